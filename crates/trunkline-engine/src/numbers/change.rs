//! Changing a number.

use std::time::Duration;

use serde_json::Map;

use crate::action::{Action, ActionKind, Findings};
use crate::inventory::{HoldingKey, HoldingStep};
use crate::journal::Annotation;
use crate::numbers::patch::merge;
use crate::numbers::resolve::{For, Found};
use crate::numbers::{NumberPatch, Numbers, findings};
use crate::protection::{self, Earlier};
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::Result;
use trunkline_core::model::{Caller, Number, NumberId, Patch};

/// Longest wait for what a number is before it is changed.
const GLANCE: Duration = Duration::from_secs(5);

/// A change as it was asked for.
struct Wanted<'a> {
    caller: &'a Caller,
    /// The number's id, or the number.
    id: &'a str,
    patch: &'a NumberPatch,
}

impl Numbers {
    /// Changes a number and answers it as it is then.
    ///
    /// # Errors
    /// As [`Numbers::get`]; `UpstreamUnavailable` if the number is given in E.164 form and an account
    /// that might hold it is silent; `Unsupported` naming a field that the carrier can't express.
    pub async fn update(&self, caller: &Caller, id: &str, patch: NumberPatch) -> Result<Number> {
        let call = Call::within(Self::TIMEOUT, Lane::Purchase);
        let mut action = Action::new(caller, ActionKind::NumberUpdate).on(id);
        let wanted = Wanted {
            caller,
            id,
            patch: &patch,
        };
        let work = Box::pin(self.change(wanted, &mut action));
        let changed = call.scope(work).await;
        let touched = action.touches.first().map(|key| key.identity.clone());
        let find = |number: &Number| Findings {
            held: touched
                .map(|identity| HoldingStep::held(&caller.tenant, &identity, number))
                .into_iter()
                .collect(),
            ..findings::of_change(number, &patch)
        };
        self.actions.end(action, &changed, find).await;
        self.annotated(changed?).await
    }

    async fn change(
        &self,
        Wanted { caller, id, patch }: Wanted<'_>,
        action: &mut Action,
    ) -> Result<Number> {
        let Found { entry, id, .. } = self.resolve(caller, id, For::Writing).await?;
        action.account = Some(id.account().to_owned());
        action.resource = Some(id.to_string());
        let release = match patch.protected {
            Some(true) => self.store.find_release(&caller.tenant, &id).await?,
            _ => None,
        };
        let provider = &entry.provider;
        let mut update = patch.update.clone();
        let merges = [&patch.voice, &patch.messaging]
            .iter()
            .any(|routing| matches!(routing, Patch::Set(_)));
        let only_ours = update.is_empty() && patch.voice.is_keep() && patch.messaging.is_keep();
        let sendable = only_ours || findings::can_be_set(provider.capability(), patch);
        let current = if merges || only_ours {
            Some(self.get_from(&entry, &id).await?)
        } else if !sendable {
            // It is going to be refused, and no carrier is asked.
            None
        } else {
            // Only for the audit trail: a number that can't be read can still be changed.
            let look = tokio::time::timeout(GLANCE, provider.get(id.provider_id()));
            look.await.ok().and_then(Result::ok)
        };
        let now = current.as_ref();
        update.voice = merge("voice", now.map(|n| &n.voice), &patch.voice)?;
        update.messaging = merge("messaging", now.map(|n| &n.messaging), &patch.messaging)?;
        let mut before = now.map_or_else(Map::new, |now| findings::fields(now, patch));
        action.number = now.and_then(|now| now.number.clone());
        action.before = Some(before.clone().into());
        if sendable {
            if !only_ours {
                let key = HoldingKey::new(provider.identity(), id.provider_id());
                action.touches.push(key);
            }
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
            let identity = provider.identity();
            let id = self.id_now(identity, &number.id).await?;
            let note = self.noted(&id).await?;
            findings::noted(&note, patch, &mut before);
            action.before = Some(before.into());
            let earlier = Earlier::of(release, &note);
            let note = patch.noted(note);
            let id = self.store.annotate_at(identity, &id, &note).await?;
            if note.protected {
                protection::hold_back(&*self.store, caller, &id, &earlier).await?;
                protection::refuse_leaving(&*self.store, identity, &id).await?;
            }
        }
        Ok(number)
    }

    /// The id that a number has by the name that its account has now: another process may have heard of it first.
    async fn id_now(&self, identity: &str, id: &NumberId) -> Result<NumberId> {
        let known = self.store.shelves(&[identity.to_owned()]).await?;
        match known.first() {
            Some(known) => NumberId::of(&known.shelf.account, id.provider_id()),
            None => Ok(id.clone()),
        }
    }

    async fn noted(&self, id: &NumberId) -> Result<Annotation> {
        let found = self.store.annotations(std::slice::from_ref(id)).await?;
        let mut found = found.into_iter().map(|(_, note)| note);
        Ok(found.next().unwrap_or_default())
    }
}
