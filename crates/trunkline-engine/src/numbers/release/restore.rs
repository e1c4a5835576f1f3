//! Undoing a release within its grace period.

use crate::action::{Action, ActionKind, Findings};
use crate::domain_event::DomainEvent;
use crate::journal::{Annotation, Release};
use crate::numbers::Numbers;
use crate::numbers::resolve::{For, Found};
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::{Caller, Number, NumberId};
use trunkline_core::registry::AccountEntry;

impl Numbers {
    /// Undoes a release whose grace period is not over, and answers the number as it is.
    ///
    /// # Errors
    /// `Conflict` if no release of it waits, or it is too late; as [`Numbers::update`] otherwise.
    pub async fn restore(&self, caller: &Caller, id: &str) -> Result<Number> {
        let call = Call::within(Self::TIMEOUT, Lane::Purchase);
        let mut action = Action::new(caller, ActionKind::NumberRestore).on(id);
        let restored = call.scope(self.take_back(caller, id, &mut action)).await;
        self.actions
            .end(action, &restored, |_| Findings::default())
            .await;
        self.annotated(restored?).await
    }

    async fn take_back(&self, caller: &Caller, text: &str, action: &mut Action) -> Result<Number> {
        let Found { entry, id, .. } = self.resolve(caller, text, For::Writing).await?;
        action.account = Some(id.account().to_owned());
        action.resource = Some(id.to_string());
        let release = self.store.find_release(&caller.tenant, &id).await?;
        let release = release.filter(|release| !release.done);
        let undone = match &release {
            Some(release) => {
                let event = DomainEvent::ReleaseUndone { caller, release };
                self.store.undo_release(release, event).await?
            }
            None => false,
        };
        if undone {
            action.leave();
        }
        if release.is_some() && !undone {
            return Err(too_late(&id));
        }
        let number = self.get_from(&entry, &id).await?;
        if undone {
            Ok(number)
        } else {
            let message = format!("no release of {id} waits: there is nothing to restore");
            Err(Error::new(ErrorKind::Conflict, message))
        }
    }

    /// Undoes the release that waits for a number, if one does: it is protected now. `earlier` is the release that was
    /// known of before the number was looked at.
    ///
    /// # Errors
    /// `Conflict` if one has been sent, is about to be, or was carried out meanwhile.
    pub(in crate::numbers) async fn hold_back(
        &self,
        caller: &Caller,
        id: &NumberId,
        earlier: Option<&Release>,
    ) -> Result<()> {
        let find = || self.store.find_release(&caller.tenant, id);
        let mut left = find().await?;
        if let Some(release) = left.as_ref().filter(|release| !release.done) {
            let event = DomainEvent::ReleaseUndone { caller, release };
            if self.store.undo_release(release, event).await? {
                return Ok(());
            }
            left = find().await?;
        }
        let message = match left {
            Some(left) if left.done && Some(&left) != earlier => {
                // Its id may come to stand for another number.
                self.store.annotate(id, &Annotation::default()).await?;
                format!("{id} was released before it could be protected")
            }
            Some(left) if left.sent && !left.done => return Err(leaving(id)),
            _ => return Ok(()),
        };
        Err(Error::new(ErrorKind::Conflict, message))
    }

    /// Refuses to call a number protected whose release was sent before its account got another name, which the release
    /// does not follow.
    pub(in crate::numbers) async fn refuse_leaving(
        &self,
        entry: &AccountEntry,
        id: &NumberId,
    ) -> Result<()> {
        let open = self.store.open_releases(1_000).await?;
        let is_of = |release: &Release| {
            let number = release.number_id.provider_id();
            release.identity == entry.provider.identity() && number == id.provider_id()
        };
        match open.iter().any(|release| release.sent && is_of(release)) {
            true => Err(leaving(id)),
            false => Ok(()),
        }
    }
}

fn leaving(id: &NumberId) -> Error {
    let message = format!("{id} is being released: protecting it may have come too late");
    Error::new(ErrorKind::Conflict, message)
}

fn too_late(id: &NumberId) -> Error {
    let message = format!("{id} is being released: it is too late to restore it");
    Error::new(ErrorKind::Conflict, message)
}
