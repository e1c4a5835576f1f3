//! Undoing a release within its grace period.

use crate::call::{Call, Lane};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Caller, Number, NumberId};
use crate::service::audit::{Deed, Told, action};
use crate::service::numbers::{Numbers, resolve};

impl Numbers {
    /// Undoes a release whose grace period is not over, and answers the number as it is.
    ///
    /// # Errors
    /// `Conflict` if no release of it waits, or it is too late; as [`Numbers::update`] otherwise.
    pub async fn restore(&self, caller: &Caller, id: &str) -> Result<Number> {
        let call = Call::within(Self::TIMEOUT, Lane::Purchase);
        let mut deed = Deed::new(caller, action::NUMBER_RESTORE).on(id);
        let restored = call.scope(self.take_back(caller, id, &mut deed)).await;
        self.audit.end(deed, &restored, |_| Told::default()).await;
        let mut number = restored?;
        self.annotate_all(std::slice::from_mut(&mut number)).await?;
        Ok(number)
    }

    async fn take_back(&self, caller: &Caller, text: &str, deed: &mut Deed) -> Result<Number> {
        let (entry, id) = self.resolve(caller, text, resolve::For::Writing).await?;
        deed.entry.account = Some(id.account().to_owned());
        deed.entry.resource = Some(id.to_string());
        let release = self.store.find_release(&caller.tenant, &id).await?;
        let release = release.filter(|release| !release.done);
        let undone = match release.clone() {
            Some(release) => {
                let release = release.told_of_undoing(caller);
                self.store.undo_release(&release).await?
            }
            None => false,
        };
        if undone {
            deed.leave();
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

    /// Undoes the release that waits for a number, if one does: it is protected now.
    ///
    /// # Errors
    /// `Conflict` if one has been sent, or is about to be.
    pub(in crate::service::numbers) async fn hold_back(
        &self,
        caller: &Caller,
        id: &NumberId,
    ) -> Result<()> {
        if let Some(release) = self.store.find_release(&caller.tenant, id).await? {
            let told = release.told_of_undoing(caller);
            if !self.store.undo_release(&told).await? {
                let left = self.store.find_release(&caller.tenant, id).await?;
                if left.is_some_and(|left| left.sent && !left.done) {
                    let message =
                        format!("{id} is being released: protecting it may have come too late");
                    return Err(Error::new(ErrorKind::Conflict, message));
                }
            }
        }
        Ok(())
    }
}

fn too_late(id: &NumberId) -> Error {
    let message = format!("{id} is being released: it is too late to restore it");
    Error::new(ErrorKind::Conflict, message)
}
