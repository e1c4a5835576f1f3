//! What is known of a purchase from outside of it: the journal's ids, complete looks, and what they say to others.

use std::time::Duration;

use crate::journal::Record;
use crate::machine::{Evidence, KnownId, Verdict};
use crate::purchase::drive::{gone, held_already};
use crate::purchase::service::{Purchases, now};
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Error, ErrorKind, Result, Retry};
use trunkline_core::model::{E164, HeldRow, PurchaseState, Sighting};
use trunkline_core::registry::AccountEntry;
use trunkline_core::strength::Safeguard;

impl Purchases {
    /// Refuses a number that another purchase of ours has won and the carrier still shows: a list may lag behind.
    ///
    /// # Errors
    /// `Conflict`; what keeps the carrier from being asked.
    pub(super) async fn ask_journal(&self, record: &Record) -> Result<()> {
        let known = self.known(record).await?;
        let Some(won) = known.iter().find(|known| known.holder().is_some()) else {
            return Ok(());
        };
        let Some(entry) = self.entry(record) else {
            return Err(gone(record));
        };
        let call = Call::within(self.0.timing.look, Lane::Purchase);
        let refusal = match call.scope(entry.provider.get(&won.provider_id)).await {
            Ok(number) if number.e164() == Some(record.order.number) => held_already(record),
            // The id stands for another number now.
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.suspect(&entry, &won.provider_id).await?;
                let message = format!(
                    "{} was bought before, and {} does not show it now: it may not show yet, or have gone",
                    record.purchase.number, record.purchase.account
                );
                let wait = Duration::from_secs(60);
                Error::new(ErrorKind::Conflict, message).with_retry(Retry::After(wait))
            }
            Err(error) => return Err(error),
        };
        let other = won.holder().cloned();
        let other = match &other {
            Some(id) => self.0.store.load(id).await?,
            None => None,
        };
        // Purchases of other tenants are not named.
        Err(match other.filter(|other| other.tenant == record.tenant) {
            Some(other) => refusal.with_purchase(other.purchase.id.as_str()),
            None => refusal,
        })
    }

    /// What the journal knows of the ids under which the account has had the number.
    async fn known(&self, record: &Record) -> Result<Vec<KnownId>> {
        let Some(attempt) = record.attempt() else {
            return Ok(Vec::new());
        };
        let store = &self.0.store;
        store
            .known_ids(&attempt.identity, &attempt.number, &record.purchase.id)
            .await
    }

    /// What a purchase is judged by, apart from what was seen.
    pub(super) async fn evidence(&self, record: &Record) -> Result<Evidence> {
        let known = self.known(record).await?;
        let entry = self.entry(record);
        let tolerance = |entry: &AccountEntry| record.attempt().map(|a| entry.tolerance(a));
        Ok(Evidence {
            known,
            tolerance: entry.as_deref().and_then(tolerance).unwrap_or_default(),
            ids_are_numbers: entry.is_some_and(|e| e.provider.capability().ids_are_numbers),
        })
    }

    /// Other purchases of the number may have a question open about the id that this one has just won.
    pub(super) async fn settle_others(&self, record: &Record) {
        let (Some(attempt), PurchaseState::Succeeded) = (record.attempt(), record.purchase.state)
        else {
            return;
        };
        let rows = attempt.provider_id.clone().map(|provider_id| HeldRow {
            provider_id,
            created_at: attempt.created_at,
        });
        let sighting = Sighting::of(rows.into_iter().collect(), None);
        let told = self.tell_watched(&attempt.identity, &attempt.number, &sighting);
        if let Err(error) = Box::pin(told).await {
            tracing::debug!(%error, "open questions about the number are left to their next look");
        }
    }

    /// Shows a look to the watched purchases of the number: one of them may have succeeded late.
    pub(crate) async fn notice(
        &self,
        identity: &str,
        number: &E164,
        sighting: &Sighting,
    ) -> Result<()> {
        if sighting.is_held() {
            let rows = &sighting.rows;
            self.0.store.keep_ids(identity, number, rows).await?;
            self.are_shown(identity, rows).await;
        }
        self.tell_watched(identity, number, sighting).await
    }

    async fn tell_watched(&self, identity: &str, number: &E164, sighting: &Sighting) -> Result<()> {
        for mut other in self.0.store.presumed(identity, number).await? {
            if self.is_watched(&other) && self.take_in(&mut other, sighting).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Applies what a complete look says about a purchase; answers whether it has the number now.
    pub(super) async fn take_in(&self, record: &mut Record, sighting: &Sighting) -> Result<bool> {
        if !sighting.is_held() {
            return Ok(false);
        }
        let evidence = self.evidence(record).await?;
        // The number is read whole before it is ours: the answer to the purchase's key does not change afterwards.
        let mut sighting = sighting.clone();
        if let Verdict::Ours(row) = record.judge(&sighting, &evidence, now())
            && sighting.number(&row.provider_id).is_none()
        {
            let number = self.number_at(record, &row.provider_id).await;
            sighting.numbers.extend(number);
        }
        let found = self
            .apply(record, None, |next, now| {
                next.see(&sighting, &evidence, now)
            })
            .await?;
        if found && record.purchase.state == PurchaseState::Succeeded {
            self.settle_others(record).await;
            return Ok(true);
        }
        if let Verdict::Won { provider_id, .. } = record.judge(&sighting, &evidence, now())
            && self.shows(record, &provider_id).await?
        {
            let step = |next: &mut Record, now| next.see_anothers(&provider_id, now);
            self.apply(record, None, step).await?;
        }
        Ok(false)
    }

    /// Whether the carrier shows this id now, with the number.
    async fn shows(&self, record: &Record, provider_id: &str) -> Result<bool> {
        let Some(entry) = self.entry(record) else {
            return Ok(false);
        };
        let call = Call::within(self.0.timing.look, Lane::Reconcile);
        match call.scope(entry.provider.get(provider_id)).await {
            Ok(number) => Ok(number.e164() == Some(record.order.number)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// One complete look at the account for the number. The ids that it shows are kept.
    pub(super) async fn look(&self, record: &Record, lane: Lane) -> Result<Sighting> {
        let (Some(entry), Some(attempt)) = (self.entry(record), record.attempt()) else {
            return Err(gone(record));
        };
        let number = &record.order.number;
        let looked = match lane {
            Lane::Reconcile => self.sight(&entry, number).await,
            _ => {
                let call = Call::reading(self.0.timing.look, lane);
                call.scope(entry.provider.find_owned(number)).await
            }
        };
        let mut sighting = match looked {
            Err(_) if Safeguard::CompleteLook.is_off() => Sighting::of(Vec::new(), None),
            looked => looked?,
        };
        // Before anything is sent there is no row that could be what it bought.
        if attempt.sent_at.is_some() {
            sighting = sighting.complete(&attempt.unreadable)?;
        }
        if sighting.is_held() {
            let store = &self.0.store;
            store
                .keep_ids(&attempt.identity, number, &sighting.rows)
                .await?;
            self.are_shown(&attempt.identity, &sighting.rows).await;
        }
        Ok(sighting)
    }
}
