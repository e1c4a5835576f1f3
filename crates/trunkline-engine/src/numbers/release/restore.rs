//! Undoing a release within its grace period.

use crate::action::{Action, ActionKind, Findings};
use crate::domain_event::DomainEvent;
use crate::numbers::Numbers;
use crate::numbers::resolve::{For, Found};
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::{Caller, Number, NumberId};

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
}

fn too_late(id: &NumberId) -> Error {
    let message = format!("{id} is being released: it is too late to restore it");
    Error::new(ErrorKind::Conflict, message)
}
