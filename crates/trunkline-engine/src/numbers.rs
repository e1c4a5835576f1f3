//! The numbers that accounts hold: list, show, change, release.

mod main_number;
mod range;
mod register;
mod release;
mod resolve;
mod respell;
mod told;

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{Stream, StreamExt};
use serde_json::{Map, Value};

use crate::action::{Action, ActionKind, ActionLog};
use crate::journal::Store;
use crate::paging::{Listed, Listing, Reader, Streamed, streamed};
use crate::purchase::Purchases;
use crate::seal::Sealer;
use crate::search::entries_of;
use crate::source::Filters;
use trunkline_core::call::{Call, Lane};
use trunkline_core::capability::{Capability, ListFilter, Operation};
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::{
    Caller, ListQuery, Number, NumberId, NumberUpdate, Page, Patch, Routing,
};
use trunkline_core::provider::Provider;
use trunkline_core::registry::{AccountEntry, Registry};

pub use range::RangeParts;
pub use register::Registered;
pub use release::{Releasable, Released};

/// Which numbers to list where.
#[derive(Clone, Debug, PartialEq)]
pub struct NumbersRequest {
    /// Which; `limit` and `cursor` in it are not used.
    pub query: ListQuery,
    /// At these accounts; at all of the tenant's if empty.
    pub accounts: Vec<String>,
    /// Only at accounts of this provider.
    pub provider: Option<String>,
    /// At most this many: 1 to 100.
    pub limit: usize,
    /// [`Listed::next_cursor`] of the page before.
    pub cursor: Option<String>,
    /// For at most this long.
    pub timeout: Duration,
}

/// Changes to a number as a caller asks for them: a merge patch (RFC 7396), the routing in it too.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NumberPatch {
    /// Fields that are set whole.
    pub update: NumberUpdate,
    /// Merged into the number's `voice`; a `type` other than the current one replaces it whole.
    pub voice: Patch<Value>,
    /// Merged into the number's `messaging`, likewise.
    pub messaging: Patch<Value>,
    /// trunkline's own labels.
    pub tags: Patch<Vec<String>>,
    /// trunkline's own protection.
    pub protected: Option<bool>,
}

/// The numbers held. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Numbers {
    registry: Arc<Registry>,
    store: Arc<dyn Store>,
    sealer: Sealer,
    purchases: Purchases,
    actions: ActionLog,
    owner: String,
}

impl Numbers {
    /// Longest that one operation on one number takes.
    const TIMEOUT: Duration = Duration::from_secs(30);

    /// Longest that it is waited for how a number was before it is changed.
    const GLANCE: Duration = Duration::from_secs(5);

    /// A service over these accounts.
    #[must_use]
    pub fn new(
        registry: Arc<Registry>,
        store: Arc<dyn Store>,
        sealer: Sealer,
        purchases: Purchases,
    ) -> Self {
        Self {
            registry,
            actions: ActionLog::new(Arc::clone(&store)),
            store,
            sealer,
            purchases,
            owner: format!("{:016x}", rand::random::<u64>()),
        }
    }

    /// One page of what the tenant holds, account by account. A failing account is a source with an error.
    ///
    /// # Errors
    /// `InvalidRequest` for a cursor that is not of this list; `NotFound` for an account that is not the tenant's.
    pub async fn list(&self, caller: &Caller, request: &NumbersRequest) -> Result<Listed<Number>> {
        let entries = self.asked(caller, request)?;
        let filters =
            serde_json::to_string(&(&request.query, &request.accounts, &request.provider))
                .map_err(|e| {
                    Error::new(ErrorKind::Internal, "filters are not JSON").with_source(e)
                })?;
        let listing = Listing {
            sealer: &self.sealer,
            purpose: "numbers",
            tenant: &caller.tenant,
            filters: crate::fingerprint(filters.as_bytes()),
            limit: request.limit,
            cursor: request.cursor.as_deref(),
            timeout: request.timeout,
        };
        let mut listed = listing
            .run(
                entries,
                &NumberReader {
                    query: request.query.clone(),
                },
            )
            .await?;
        self.annotate_all(&mut listed.items).await?;
        Ok(listed)
    }

    /// Everything the tenant holds, each page of a carrier's the moment it arrives, every account at once. The request's
    /// `limit` is the size of a carrier's page, its cursor is not read.
    ///
    /// # Errors
    /// As [`Numbers::list`], before anything is asked; in the stream those of the store.
    pub fn stream(
        &self,
        caller: &Caller,
        request: &NumbersRequest,
    ) -> Result<impl Stream<Item = Result<Streamed<Number>>> + Send + use<>> {
        let entries = self.asked(caller, request)?;
        let reader = NumberReader {
            query: request.query.clone(),
        };
        let numbers = self.clone();
        let parts = streamed(entries, &reader, (request.timeout, request.limit));
        Ok(parts.then(move |mut part| {
            let numbers = numbers.clone();
            async move {
                if let Streamed::Items(items) = &mut part {
                    numbers.annotate_all(items).await?;
                }
                Ok(part)
            }
        }))
    }

    fn asked(&self, caller: &Caller, request: &NumbersRequest) -> Result<Vec<Arc<AccountEntry>>> {
        let mut entries = entries_of(&self.registry, caller, &request.accounts)?;
        if let Some(wanted) = &request.provider {
            entries.retain(|entry| entry.provider.provider().as_str() == wanted);
        }
        Ok(entries)
    }

    /// One number, by its id or by an E.164 that exactly one account of the tenant holds.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` listing the ids if several accounts hold it; those of the carrier.
    pub async fn get(&self, caller: &Caller, id: &str) -> Result<Number> {
        let call = Call::within(Self::TIMEOUT, Lane::Search);
        let mut number = call
            .scope(async {
                let (entry, id) = self.resolve(caller, id, resolve::For::Reading).await?;
                self.get_from(&entry, &id).await
            })
            .await?;
        self.annotate_all(std::slice::from_mut(&mut number)).await?;
        Ok(number)
    }

    /// Changes a number and answers it as it is then.
    ///
    /// # Errors
    /// As [`Numbers::get`]; `UpstreamUnavailable` if the number is given in E.164 form and an account
    /// that might hold it is silent; `Unsupported` naming a field that the carrier can't express.
    pub async fn update(&self, caller: &Caller, id: &str, patch: NumberPatch) -> Result<Number> {
        let call = Call::within(Self::TIMEOUT, Lane::Purchase);
        let mut action = Action::new(caller, ActionKind::NumberUpdate).on(id);
        let work = Box::pin(self.change(caller, (id, &patch), &mut action));
        let changed = call.scope(work).await;
        let told = |number: &Number| told::told(number, &patch);
        self.actions.end(action, &changed, told).await;
        let mut number = changed?;
        self.annotate_all(std::slice::from_mut(&mut number)).await?;
        Ok(number)
    }

    async fn change(
        &self,
        caller: &Caller,
        (id, patch): (&str, &NumberPatch),
        action: &mut Action,
    ) -> Result<Number> {
        let (entry, id) = self.resolve(caller, id, resolve::For::Writing).await?;
        action.account = Some(id.account().to_owned());
        action.resource = Some(id.to_string());
        let provider = &entry.provider;
        let mut update = patch.update.clone();
        let merges = [&patch.voice, &patch.messaging]
            .iter()
            .any(|routing| matches!(routing, Patch::Set(_)));
        let only_ours = update.is_empty() && patch.voice.is_keep() && patch.messaging.is_keep();
        let sendable = only_ours || told::can_be_set(provider.capability(), patch);
        let current = if merges || only_ours {
            Some(self.get_from(&entry, &id).await?)
        } else if !sendable {
            // It is going to be refused, and no carrier is asked.
            None
        } else {
            // Only to tell how it was: whatever keeps that from being known keeps nobody from changing it.
            let look = tokio::time::timeout(Self::GLANCE, provider.get(id.provider_id()));
            look.await.ok().and_then(Result::ok)
        };
        let now = current.as_ref();
        update.voice = merge("voice", now.map(|n| &n.voice), &patch.voice)?;
        update.messaging = merge("messaging", now.map(|n| &n.messaging), &patch.messaging)?;
        let mut before = now.map_or_else(Map::new, |now| told::fields(now, patch));
        action.number = now.and_then(|now| now.number.clone());
        action.before = Some(before.clone().into());
        if sendable {
            self.actions.begin(action).await?;
        }
        let number = match current {
            Some(current) if only_ours => current,
            _ => match provider.update(id.provider_id(), &update).await {
                Ok(number) => number,
                Err(error) => return Err(self.purchases.not_found(&entry, &id, error).await),
            },
        };
        if patch.protected.is_some() || !patch.tags.is_keep() {
            // The carrier's own spelling counts.
            let id = number.id.clone();
            let found = self.store.annotations(std::slice::from_ref(&id)).await?;
            let mut annotation = found
                .into_iter()
                .next()
                .map(|(_, note)| note)
                .unwrap_or_default();
            told::noted(&annotation, patch, &mut before);
            action.before = Some(before.into());
            annotation.protected = patch.protected.unwrap_or(annotation.protected);
            if let Some(tags) = patch.tags.change() {
                annotation.tags = tags.cloned().unwrap_or_default();
            }
            self.store.annotate(&id, &annotation).await?;
            if annotation.protected {
                self.hold_back(caller, &id).await?;
            }
        }
        Ok(number)
    }

    /// A number from its carrier. One of ours that it does not know is looked for from then on.
    async fn get_from(&self, entry: &AccountEntry, id: &NumberId) -> Result<Number> {
        match entry.provider.get(id.provider_id()).await {
            Ok(number) => Ok(number),
            Err(error) => Err(self.purchases.not_found(entry, id, error).await),
        }
    }

    async fn annotate_all(&self, numbers: &mut [Number]) -> Result<()> {
        if numbers.is_empty() {
            return Ok(());
        }
        let ids: Vec<NumberId> = numbers.iter().map(|number| number.id.clone()).collect();
        for (id, note) in self.store.annotations(&ids).await? {
            if note.gone
                && let Some(entry) = self.registry.get(id.account())
            {
                let identity = entry.provider.identity();
                self.purchases.is_shown(identity, id.provider_id()).await;
            }
            if let Some(number) = numbers.iter_mut().find(|number| number.id == id) {
                (number.tags, number.protected) = (note.tags, note.protected);
                number.release_at = note.release_at;
                number.release_held = note.release_held;
            }
        }
        Ok(())
    }
}

/// Merges a patch into a routing. A `type` other than the current one replaces it whole.
fn merge(field: &str, current: Option<&Routing>, patch: &Patch<Value>) -> Result<Patch<Routing>> {
    let patch = match patch {
        Patch::Keep => return Ok(Patch::Keep),
        Patch::Clear => return Ok(Patch::Set(Routing::None)),
        Patch::Set(Value::Object(patch)) => patch,
        Patch::Set(_) => {
            return Err(Error::invalid(
                field,
                "an object with a type, such as webhook, or null",
            ));
        }
    };
    let current = current.map(serde_json::to_value).transpose();
    let current = current
        .map_err(|e| Error::new(ErrorKind::Internal, "a routing is not JSON").with_source(e))?;
    let mut merged = match current {
        Some(Value::Object(now))
            if patch
                .get("type")
                .is_none_or(|kind| now.get("type") == Some(kind)) =>
        {
            now
        }
        _ => serde_json::Map::new(),
    };
    for (name, value) in patch {
        if value.is_null() {
            merged.remove(name);
        } else {
            merged.insert(name.clone(), value.clone());
        }
    }
    Routing::parse(field, Value::Object(merged)).map(Patch::Set)
}

#[derive(Clone)]
struct NumberReader {
    query: ListQuery,
}

impl Reader<Number> for NumberReader {
    async fn read(
        &self,
        provider: &Arc<dyn Provider>,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<Number>> {
        provider
            .list(&ListQuery {
                cursor,
                limit,
                ..self.query.clone()
            })
            .await
    }

    fn id<'a>(&self, item: &'a Number) -> &'a str {
        item.id.as_str()
    }

    fn fits(&self, provider: &dyn Provider, number: &Number) -> bool {
        fits(number, &self.query, provider.capability())
    }

    fn filters(&self, provider: &dyn Provider) -> Filters {
        let capability = provider.capability();
        let mut filters = Filters::default();
        for filter in self.query.filters() {
            let list = if capability.list_filters.contains(&filter) {
                &mut filters.native
            } else if capability.list_filters_local.contains(&filter) {
                &mut filters.local
            } else {
                &mut filters.unsupported
            };
            list.push(filter.as_str().into());
        }
        for name in self.query.provider_options.names() {
            let list = if capability.list_options.contains(&name) {
                &mut filters.native
            } else {
                &mut filters.unsupported
            };
            list.push(format!("provider_options[{name}]").into());
        }
        filters
    }
}

/// What trunkline filters itself, where the carrier does not.
fn fits(number: &Number, query: &ListQuery, capability: &Capability) -> bool {
    let is = |have: &Option<String>, want: &Option<String>| want.is_none() || have == want;
    capability
        .list_filters_local
        .iter()
        .all(|filter| match filter {
            ListFilter::Number => query.is_number(number.number.as_deref()),
            ListFilter::Contains => query.contains.as_ref().is_none_or(|digits| {
                [&number.number, &number.extension]
                    .into_iter()
                    .flatten()
                    .any(|have| have.contains(digits))
            }),
            ListFilter::Country => query.country.is_none() || number.country == query.country,
            ListFilter::Type => query
                .number_type
                .as_ref()
                .is_none_or(|kind| number.number_type == *kind),
            ListFilter::State => query
                .state
                .as_ref()
                .is_none_or(|state| number.state == *state),
            ListFilter::Features => number.features.cover(query.features),
            ListFilter::Label => is(&number.label, &query.label),
            ListFilter::Owner => {
                query.owner.is_none()
                    || number.owner.as_ref().and_then(|o| o.id.as_ref()) == query.owner.as_ref()
            }
            ListFilter::Location => is(&number.location.id, &query.location),
            ListFilter::Main => query.main.is_none_or(|main| number.main == main),
            ListFilter::Available => query
                .available
                .is_none_or(|free| number.owner.is_none() == free),
        })
}

fn not_found(id: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("no number {id}"))
}

fn supports_lookup(provider: &dyn Provider) -> bool {
    provider.capability().supports(Operation::FindOwned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trunkline_core::model::Webhook;

    fn patch(text: &str) -> Patch<Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_partial_routing_changes_only_what_it_names() {
        let now: Routing = serde_json::from_str(
            r#"{"type":"webhook","url":"https://a.test","method":"GET","fallback_url":"https://b.test"}"#,
        )
        .unwrap();
        let merged = merge(
            "voice",
            Some(&now),
            &patch(r#"{"url":"https://c.test","fallback_url":null}"#),
        )
        .unwrap();
        let Patch::Set(Routing::Webhook(Webhook {
            url,
            method,
            fallback_url,
            ..
        })) = merged
        else {
            panic!()
        };
        assert_eq!(
            (url.as_deref(), method.map(|m| m.as_str()), fallback_url),
            (Some("https://c.test"), Some("GET"), None)
        );
    }

    #[test]
    fn another_type_replaces_the_routing() {
        let now: Routing =
            serde_json::from_str(r#"{"type":"webhook","url":"https://a.test"}"#).unwrap();
        let merged = merge(
            "voice",
            Some(&now),
            &patch(r#"{"type":"application","id":"AP1"}"#),
        )
        .unwrap();
        assert_eq!(
            merged,
            Patch::Set(Routing::Application { id: "AP1".into() })
        );
        assert_eq!(
            merge("voice", Some(&now), &Patch::Clear).unwrap(),
            Patch::Set(Routing::None)
        );
    }

    #[test]
    fn an_unknown_member_names_the_field() {
        let error = merge(
            "voice",
            None,
            &patch(r#"{"type":"webhook","uri":"https://a.test"}"#),
        )
        .unwrap_err();
        assert_eq!(error.fields()[0].field, "voice.uri");
    }
}
