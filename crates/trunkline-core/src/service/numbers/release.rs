//! Giving a number back: written down first, sent again until it is done.

use crate::call::{Call, Lane};
use crate::error::{Effect, Error, ErrorKind, Result, Retry};
use crate::failpoint;
use crate::model::{NumberId, Seen, Sighting, Tenant};
use crate::provider::registry::AccountEntry;
use crate::service::journal::Release;
use crate::service::numbers::{Numbers, not_found, resolve};
use std::time::Duration;

/// What came of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Released {
    /// The carrier has it back.
    Now(NumberId),
    /// It had been given back before.
    Before(NumberId),
}

impl Numbers {
    /// Gives a number back. Repeating it is no error if the records show the release; an id that
    /// was never held is.
    ///
    /// # Errors
    /// `Locked` for a protected number; `Conflict` with a wait while the number is being bought;
    /// as [`Numbers::update`] otherwise.
    pub async fn release(&self, tenant: &Tenant, id: &str) -> Result<Released> {
        Call::within(Self::TIMEOUT, Lane::Purchase)
            .scope(self.give_back(tenant, id))
            .await
    }

    /// What a release would do: the number it would give back.
    ///
    /// # Errors
    /// As [`Numbers::release`].
    pub async fn check_release(&self, tenant: &Tenant, id: &str) -> Result<crate::Number> {
        let number = self.get(tenant, id).await?;
        if number.protected {
            Err(protected(&number.id))
        } else {
            Ok(number)
        }
    }

    /// Finishes the releases that a process left open. Answers how many.
    ///
    /// # Errors
    /// Those of the journal; a carrier that fails is asked again the next time.
    pub async fn finish_releases(&self) -> Result<usize> {
        let mut finished = 0;
        for release in self.store.open_releases(1_000).await? {
            let Ok(entry) = self
                .registry
                .of_tenant(&release.tenant, release.number_id.account())
            else {
                continue;
            };
            if entry.provider.identity() != release.identity {
                continue;
            }
            let Some(lease) = self
                .store
                .acquire(&lease_name(&release), &self.owner)
                .await?
            else {
                continue;
            };
            let notes = self
                .store
                .annotations(std::slice::from_ref(&release.number_id))
                .await?;
            if notes.iter().any(|(_, note)| note.protected) {
                self.store.end_release(&release).await?;
                self.store.unlock(&lease).await?;
                continue;
            }
            let call = Call::within(Self::TIMEOUT, Lane::Reconcile);
            let outcome = call.scope(self.send_release(entry, release)).await;
            self.store.unlock(&lease).await?;
            finished += usize::from(outcome.is_ok());
        }
        Ok(finished)
    }

    async fn give_back(&self, tenant: &Tenant, text: &str) -> Result<Released> {
        let (entry, id) = self.resolve(tenant, text, resolve::For::Writing).await?;
        let notes = self.store.annotations(std::slice::from_ref(&id)).await?;
        if notes.iter().any(|(_, note)| note.protected) {
            return Err(protected(&id));
        }
        let number = match entry.provider.get(id.provider_id()).await {
            Ok(number) => number,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return self.given_back_before(tenant, &id, error).await;
            }
            Err(error) => return Err(error),
        };
        if let Some(e164) = number.e164() {
            // A purchase that was presumed failed may have got it: it is recorded before the number goes.
            let seen = Seen::Held {
                provider_id: number.provider_id.clone(),
                created_at: number.purchased_at,
            };
            let sighting = Sighting {
                seen,
                carrier_time: None,
            };
            self.purchases
                .notice(entry.provider.identity(), &e164, &sighting)
                .await?;
        }
        let release = Release {
            tenant: tenant.clone(),
            number_id: id.clone(),
            identity: entry.provider.identity().to_owned(),
            number: number.e164(),
            done: false,
        };
        let Some(lease) = self
            .store
            .acquire(&lease_name(&release), &self.owner)
            .await?
        else {
            return Err(busy(&id, "release"));
        };
        let outcome = async {
            failpoint::hit(failpoint::BEFORE_RELEASE);
            if let Some(by) = self.store.begin_release(&release).await? {
                return Err(busy(&id, &by));
            }
            failpoint::hit(failpoint::RELEASE_BEGUN);
            self.send_release(entry, release).await
        };
        let outcome = outcome.await;
        self.store.unlock(&lease).await?;
        outcome.map(|()| Released::Now(id))
    }

    async fn send_release(&self, entry: &AccountEntry, mut release: Release) -> Result<()> {
        let sent = entry
            .provider
            .release(release.number_id.provider_id())
            .await;
        failpoint::hit(failpoint::RELEASE_SENT);
        match sent {
            Ok(()) => release.done = true,
            // Somebody else, or an answer of ours that was lost: gone only if a complete look agrees.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                release.done = match &release.number {
                    Some(number) => self.is_gone(entry, number, &release.number_id).await?,
                    None => true,
                };
            }
            // Nothing has happened: it is not sent again behind anybody's back.
            Err(error) if error.effect() == Effect::None => {
                self.store.end_release(&release).await?;
                return Err(error);
            }
            // It stays open, and is sent again when the carrier answers.
            Err(error) => return Err(error),
        }
        let done = release.done;
        self.store.end_release(&release).await?;
        failpoint::hit(failpoint::RELEASE_ENDED);
        if done {
            Ok(())
        } else {
            Err(not_found(release.number_id.as_str()))
        }
    }

    async fn is_gone(
        &self,
        entry: &AccountEntry,
        number: &crate::E164,
        id: &NumberId,
    ) -> Result<bool> {
        let seen = entry.provider.find_owned(number).await?.seen;
        Ok(!matches!(seen, Seen::Held { provider_id, .. } if provider_id == id.provider_id()))
    }

    async fn given_back_before(
        &self,
        tenant: &Tenant,
        id: &NumberId,
        error: Error,
    ) -> Result<Released> {
        match self.store.find_release(tenant, id).await? {
            Some(release) if release.done => Ok(Released::Before(id.clone())),
            Some(mut release) => {
                let entry = self.registry.of_tenant(tenant, id.account())?;
                let gone = match &release.number {
                    Some(number) => self.is_gone(entry, number, id).await?,
                    None => true,
                };
                if !gone {
                    return Err(error);
                }
                release.done = true;
                self.store.end_release(&release).await?;
                Ok(Released::Before(id.clone()))
            }
            None => Err(error),
        }
    }
}

fn lease_name(release: &Release) -> String {
    format!("release:{}", release.number_id)
}

fn protected(id: &NumberId) -> Error {
    let message = format!("{id} is protected: set protected to false before releasing it");
    Error::new(ErrorKind::Locked, message)
}

fn busy(id: &NumberId, by: &str) -> Error {
    let error = Error::new(
        ErrorKind::Conflict,
        format!("{id} is being bought or released"),
    )
    .with_retry(Retry::After(Duration::from_secs(2)));
    if by.starts_with("pur_") {
        error.with_purchase(by)
    } else {
        error
    }
}
