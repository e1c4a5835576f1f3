//! Caller IDs: proofs under way, which trunkline remembers, and verified ones, which the carrier shows.

mod callbacks;
mod poll;

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use crate::action::json;
use crate::action::{Action, ActionKind, Findings, Outcome};
use crate::action_log::ActionLog;
use crate::domain_event::DomainEvent;
use crate::journal::{CallerIdRecord, Store};
use crate::paging::{Listed, Listing, Reader};
use crate::seal::Sealer;
use crate::search::entries_of;
use crate::source::Filters;
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Effect, Error, ErrorKind, Result};
use trunkline_core::failpoint;
use trunkline_core::host;
use trunkline_core::model::{
    Caller, CallerId, CallerIdMethod, CallerIdQuery, CallerIdRequest, CallerIdState,
    CallerIdUpdate, NumberId, Page, Provenance,
};
use trunkline_core::provider::Provider;
use trunkline_core::registry::{AccountEntry, Registry};

/// How long a proof that nobody answers stays pending.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// Which caller IDs to list where.
#[derive(Clone, Debug, PartialEq)]
pub struct CallerIdsRequest {
    /// Which; `limit` and `cursor` in it are not used.
    pub query: CallerIdQuery,
    /// In this state.
    pub state: Option<CallerIdState>,
    /// At these accounts; at all of the tenant's if empty.
    pub accounts: Vec<String>,
    /// At most this many: 1 to 100.
    pub limit: usize,
    /// [`Listed::next_cursor`] of the page before.
    pub cursor: Option<String>,
    /// For at most this long.
    pub timeout: Duration,
}

/// The caller IDs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct CallerIds {
    registry: Arc<Registry>,
    store: Arc<dyn Store>,
    sealer: Sealer,
    public_url: Option<Arc<str>>,
    actions: ActionLog,
}

impl CallerIds {
    const TIMEOUT: Duration = Duration::from_secs(30);

    /// A service over these accounts.
    #[must_use]
    pub fn new(registry: Arc<Registry>, store: Arc<dyn Store>, sealer: Sealer) -> Self {
        Self {
            registry,
            actions: ActionLog::new(Arc::clone(&store)),
            store,
            sealer,
            public_url: None,
        }
    }

    /// Starts a proof: written down first, sent once. It stays pending without a code if it is unknown whether a phone
    /// rings.
    ///
    /// # Errors
    /// `Conflict` while a proof of the number is pending, or if it is the account's own; those of the carrier.
    pub async fn start(
        &self,
        caller: &Caller,
        account: &str,
        request: CallerIdRequest,
    ) -> Result<CallerId> {
        let entry = self.registry.of_caller(caller, account)?;
        let mut action = Action::new(caller, ActionKind::CallerIdStart).at(account);
        action.number = Some(request.number.as_str().to_owned());
        action.after = Some(json(&request));
        let proof = Proof::new(caller, &entry, request);
        let rung = Box::pin(self.ring(&entry, &mut action, proof)).await;
        self.actions.end(action, &rung, told).await;
        rung
    }

    /// Calls again, with a code of its own.
    ///
    /// # Errors
    /// `NotFound` if no proof was started here; those of the carrier.
    pub async fn resend(&self, caller: &Caller, id: &str) -> Result<CallerId> {
        let (entry, id) = self.entry(caller, id)?;
        let (id, key) = (id.as_str(), id.provider_id());
        let Some(open) = self.open(caller, id).await? else {
            // Nothing under way: verified already, or never started.
            let call = Call::within(Self::TIMEOUT, Lane::Purchase);
            return call.scope(entry.provider.get_caller_id(key)).await;
        };
        let mut action = about(Action::new(caller, ActionKind::CallerIdResend), &entry, id);
        let proof = Proof {
            again: true,
            ..Proof::new(caller, &entry, open.request)
        };
        let rung = Box::pin(self.ring(&entry, &mut action, proof)).await;
        self.actions.end(action, &rung, told).await;
        rung
    }

    /// Writes the proof down and has the carrier call, once: of several that ask at once, one does.
    async fn ring(
        &self,
        entry: &AccountEntry,
        action: &mut Action,
        Proof { mut record, again }: Proof,
    ) -> Result<CallerId> {
        let id = record.caller_id.id.clone();
        action.resource = Some(id.clone());
        let name = lease_of(&id);
        let Some(lease) = self.store.acquire(&name, "caller-ids").await? else {
            return Err(under_way(&id));
        };
        let before = self.store.caller_id(&id).await?;
        let pending = |open: &CallerIdRecord| current(open).state == CallerIdState::Pending;
        if !again && before.as_ref().is_some_and(pending) {
            self.store.unlock(&lease).await?;
            return Err(under_way(&id));
        }
        let asked = self.calling_back(entry, &mut record)?;
        // Written along with it: that it is about to ring.
        let event = DomainEvent::ActionBegun(action);
        self.store.keep_caller_id(&record, Some(event)).await?;
        self.store.unlock(&lease).await?;
        failpoint::hit(failpoint::CALLER_ID_BEGUN);
        let sent = Call::within(Self::TIMEOUT, Lane::Purchase).scope(async {
            match again {
                false => entry.provider.start_caller_id(&asked).await,
                true => entry.provider.resend_caller_id(&asked).await,
            }
        });
        let sent = sent.await;
        failpoint::hit(failpoint::CALLER_ID_SENT);
        if let Some(over) = self.over_already(&record).await? {
            return Ok(over);
        }
        match sent {
            Ok(verified) if verified.state == CallerIdState::Verified => {
                self.end(&record, CallerIdState::Verified).await?;
                return Ok(verified);
            }
            Ok(started) => {
                record.caller_id.validation_code = started.validation_code;
                record.caller_id.provider_data = started.provider_data;
                record.caller_id.label = started.label.or(record.caller_id.label);
            }
            Err(error) if error.effect() == Effect::None => {
                // What was refused changes nothing: an earlier call still counts.
                match before {
                    Some(before) => self.store.keep_caller_id(&before, None).await?,
                    None => self.store.forget_caller_id(&id).await?,
                }
                return Err(error);
            }
            Err(error) => {
                let account = &record.caller_id.account;
                tracing::warn!(%account, %error, "it can't be told whether a phone rings");
                record.caller_id.error = Some(error);
            }
        }
        self.store.keep_caller_id(&record, None).await?;
        Ok(record.caller_id)
    }

    /// Submits the code that the callee heard.
    ///
    /// # Errors
    /// `Unsupported` where the callee keys the code in; those of the carrier.
    pub async fn verify(&self, caller: &Caller, id: &str, code: &str) -> Result<CallerId> {
        let (entry, id) = self.entry(caller, id)?;
        let (id, key) = (id.as_str(), id.provider_id());
        let call = Call::within(Self::TIMEOUT, Lane::Purchase);
        let action = about(Action::new(caller, ActionKind::CallerIdVerify), &entry, id);
        self.actions.begin(&action).await?;
        let done = call
            .scope(entry.provider.complete_caller_id(key, code))
            .await;
        self.actions.end(action, &done, told).await;
        let done = done?;
        if done.state == CallerIdState::Verified {
            match self.open(caller, id).await? {
                Some(open) => drop(self.end(&open, CallerIdState::Verified).await?),
                None => self.store.forget_caller_id(id).await?,
            }
        }
        Ok(done)
    }

    /// One caller ID; a pending one is asked about at the carrier.
    ///
    /// # Errors
    /// `NotFound`; those of the carrier.
    pub async fn get(&self, caller: &Caller, id: &str) -> Result<CallerId> {
        let (entry, id) = self.entry(caller, id)?;
        let (id, key) = (id.as_str(), id.provider_id());
        let open = self.open(caller, id).await?;
        let call = Call::within(Self::TIMEOUT, Lane::Search);
        match (call.scope(entry.provider.get_caller_id(key)).await, open) {
            (Ok(shown), Some(open)) if shown.state == CallerIdState::Verified => {
                self.end(&open, CallerIdState::Verified).await?;
                Ok(with_start(shown, &open))
            }
            (Ok(shown), _) => Ok(shown),
            (Err(error), Some(open)) if error.kind() == ErrorKind::NotFound => Ok(current(&open)),
            (Err(error), _) => Err(error),
        }
    }

    /// Changes a verified caller ID.
    ///
    /// # Errors
    /// `Conflict` while its proof is pending; `NotFound`; those of the carrier.
    pub async fn update(
        &self,
        caller: &Caller,
        id: &str,
        update: &CallerIdUpdate,
    ) -> Result<CallerId> {
        let (entry, id) = self.entry(caller, id)?;
        let (id, key) = (id.as_str(), id.provider_id());
        let call = Call::within(Self::TIMEOUT, Lane::Purchase);
        let mut action = about(Action::new(caller, ActionKind::CallerIdUpdate), &entry, id);
        let label = update.label.change();
        action.after = label.map(|label| serde_json::json!({ "label": label }));
        self.actions.begin(&action).await?;
        let changed = call
            .scope(entry.provider.update_caller_id(key, update))
            .await;
        self.actions.end(action, &changed, told).await;
        match changed {
            Err(error)
                if error.kind() == ErrorKind::NotFound
                    && self.open(caller, id).await?.is_some() =>
            {
                Err(Error::new(
                    ErrorKind::Conflict,
                    format!("{id} can be changed once it is verified"),
                ))
            }
            other => other,
        }
    }

    /// Removes a caller ID, verified or not.
    ///
    /// # Errors
    /// `NotFound`; those of the carrier.
    pub async fn delete(&self, caller: &Caller, id: &str) -> Result<()> {
        let (entry, id) = self.entry(caller, id)?;
        let (id, key) = (id.as_str(), id.provider_id());
        let open = self.open(caller, id).await?.is_some();
        let call = Call::within(Self::TIMEOUT, Lane::Purchase);
        let action = about(Action::new(caller, ActionKind::CallerIdDelete), &entry, id);
        self.actions.begin(&action).await?;
        let deleted = call.scope(entry.provider.delete_caller_id(key)).await;
        let deleted = match deleted {
            Err(error) if !(open && error.kind() == ErrorKind::NotFound) => Err(error),
            _ => self.store.forget_caller_id(id).await,
        };
        self.actions
            .end(action, &deleted, |()| Findings::default())
            .await;
        deleted
    }

    /// One page of the tenant's caller IDs, account by account, those not verified first.
    ///
    /// # Errors
    /// `InvalidRequest` for a cursor that is not of this list; `NotFound` for an account that is not the tenant's.
    pub async fn list(
        &self,
        caller: &Caller,
        request: &CallerIdsRequest,
    ) -> Result<Listed<CallerId>> {
        let entries = entries_of(&self.registry, caller, &request.accounts)?;
        let state = request.state.map(|state| format!("{state:?}"));
        let listing = Listing {
            sealer: &self.sealer,
            purpose: "caller-ids",
            tenant: &caller.tenant,
            filters: crate::fingerprint::of(&(&request.query, state, &request.accounts))?,
            limit: request.limit,
            cursor: request.cursor.as_deref(),
            timeout: request.timeout,
        };
        let open = self
            .store
            .open_caller_ids(&caller.tenant)
            .await?
            .iter()
            .map(current)
            .collect();
        listing
            .run(
                entries,
                &CallerIdReader {
                    query: &request.query,
                    state: request.state,
                    open,
                },
            )
            .await
    }

    async fn open(&self, caller: &Caller, id: &str) -> Result<Option<CallerIdRecord>> {
        Ok(self
            .store
            .caller_id(id)
            .await?
            .filter(|record| record.tenant == caller.tenant)
            .filter(|record| record.caller_id.state != CallerIdState::Verified))
    }

    /// The account of a caller ID, and its id in its one spelling.
    fn entry(&self, caller: &Caller, id: &str) -> Result<(Arc<AccountEntry>, NumberId)> {
        let parsed = NumberId::new(id)
            .map_err(|_| Error::invalid("id", "a caller ID's id is account:number"))?;
        let entry = self
            .registry
            .of_caller(caller, parsed.account())
            .map_err(|_| not_found(id))?;
        let id = entry.canonical(&parsed)?;
        Ok((entry, id))
    }
}

fn about(mut action: Action, entry: &AccountEntry, id: &str) -> Action {
    let number = NumberId::new(id).ok();
    let number = number.map(|id| id.provider_id().to_owned());
    action.number = number.filter(|number| number.starts_with('+'));
    action.on(id).at(entry.provider.account().as_str())
}

/// What there is to tell of a caller ID as it is now; a code is nobody's business.
fn told(caller_id: &CallerId) -> Findings {
    Findings {
        after: Some(json(&Shown {
            state: caller_id.state,
            label: caller_id.label.as_deref(),
        })),
        number: caller_id.number.clone(),
        resource: Some(caller_id.id.clone()),
        // It can't be told whether the phone rings.
        outcome: caller_id.error.as_ref().map(|_| Outcome::Unknown),
        ..Findings::default()
    }
}

#[derive(serde::Serialize)]
struct Shown<'a> {
    state: CallerIdState,
    label: Option<&'a str>,
}

fn under_way(id: &str) -> Error {
    let message = format!("a proof of {id} is pending: answer it, or ask for another call");
    Error::new(ErrorKind::Conflict, message)
}

/// A proof that is about to ring.
struct Proof {
    record: CallerIdRecord,
    /// Whether it is another call of a proof that was started before.
    again: bool,
}

impl Proof {
    /// The first call.
    fn new(caller: &Caller, entry: &AccountEntry, request: CallerIdRequest) -> Self {
        let record = written_down(caller, entry, request);
        Self {
            record,
            again: false,
        }
    }
}

/// A proof as it is before the carrier is asked.
fn written_down(caller: &Caller, entry: &AccountEntry, request: CallerIdRequest) -> CallerIdRecord {
    let provider = &entry.provider;
    let method = provider
        .capability()
        .caller_id_method
        .unwrap_or(CallerIdMethod::Directory);
    let now = host::now();
    let account = provider.account().clone();
    let mut pending = CallerId::new(account, request.number, method, CallerIdState::Pending);
    pending.created_at = Some(now);
    pending.label.clone_from(&request.label);
    pending.extension.clone_from(&request.extension);
    pending.call_delay = request.call_delay;
    pending.status_callback.clone_from(&request.status_callback);
    CallerIdRecord {
        tenant: caller.tenant.clone(),
        caller_id: pending,
        request,
        callback_token: None,
        provenance: Provenance::of(caller),
        expires_at: now.checked_add(PATIENCE).unwrap_or(now),
    }
}

/// A proof nobody answered in time has expired. One that may never have been called for stays pending.
fn current(record: &CallerIdRecord) -> CallerId {
    let mut caller_id = record.caller_id.clone();
    if caller_id.error.is_some() {
        return caller_id;
    }
    if caller_id.state == CallerIdState::Pending && record.expires_at <= host::now() {
        caller_id.state = CallerIdState::Expired;
        caller_id.validation_code = None;
    }
    caller_id
}

/// The lease under which a proof is started or ended.
fn lease_of(id: &str) -> String {
    format!("caller-id:{id}")
}

fn with_start(mut shown: CallerId, open: &CallerIdRecord) -> CallerId {
    let started = &open.caller_id;
    shown.extension.clone_from(&started.extension);
    shown.call_delay = started.call_delay;
    shown.status_callback.clone_from(&started.status_callback);
    shown
}

fn not_found(id: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("no caller ID {id}"))
}

struct CallerIdReader<'a> {
    query: &'a CallerIdQuery,
    state: Option<CallerIdState>,
    open: Vec<CallerId>,
}

impl Reader<CallerId> for CallerIdReader<'_> {
    async fn read(
        &self,
        provider: &Arc<dyn Provider>,
        cursor: Option<String>,
        limit: usize,
    ) -> Result<Page<CallerId>> {
        let first = cursor.is_none();
        let mut page = provider
            .list_caller_ids(&CallerIdQuery {
                cursor,
                limit,
                ..self.query.clone()
            })
            .await?;
        if first {
            let open = self.open.iter().filter(|open| {
                open.account == *provider.account()
                    && self.query.fits(open)
                    && !page.items.iter().any(|shown| shown.id == open.id)
            });
            page.items = open
                .cloned()
                .collect::<Vec<_>>()
                .into_iter()
                .chain(page.items)
                .collect();
        }
        Ok(page)
    }

    fn id<'a>(&self, item: &'a CallerId) -> &'a str {
        &item.id
    }

    fn fits(&self, _: &dyn Provider, item: &CallerId) -> bool {
        self.state.is_none_or(|state| item.state == state)
    }

    fn filters(&self, _: &dyn Provider) -> Filters {
        let used = [
            ("number", self.query.number.is_some()),
            ("label", self.query.label.is_some()),
            ("owner", self.query.owner.is_some()),
            ("location", self.query.location.is_some()),
        ];
        let native = used
            .into_iter()
            .filter_map(|(name, used)| used.then_some(name.into()))
            .collect();
        let local = self.state.map(|_| "state".into()).into_iter().collect();
        Filters {
            native,
            local,
            unsupported: Vec::new(),
        }
    }
}
