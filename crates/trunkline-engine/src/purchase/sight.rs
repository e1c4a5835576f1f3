//! Looking for a number at an account.

use tokio::sync::oneshot;

use crate::purchase::Purchases;
use crate::purchase::readings::Waiting;
use trunkline_core::call::{Call, Lane};
use trunkline_core::capability::ListFilter;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::host;
use trunkline_core::model::{E164, Sighting};
use trunkline_core::registry::AccountEntry;

impl Purchases {
    /// Makes a complete look for a number. Where the carrier has no filter for numbers all who wait share one reading.
    ///
    /// # Errors
    /// Those of the account.
    pub(super) async fn sight(&self, entry: &AccountEntry, number: &E164) -> Result<Sighting> {
        let provider = &entry.provider;
        if provider
            .capability()
            .list_filters
            .contains(&ListFilter::Number)
        {
            let _turn = self.0.slots.turn(provider.account()).await;
            return self.reading().scope(provider.find_owned(number)).await;
        }
        let identity = provider.identity();
        let (told, answer) = oneshot::channel();
        let number = *number;
        if self.0.readings.wait(identity, Waiting { number, told }) {
            let (this, entry) = (self.clone(), entry.clone());
            self.0.tasks.spawn(host::carried(
                async move { this.read_for_all(&entry).await },
            ));
        }
        answer.await.unwrap_or_else(|_| {
            let message = "the reading of the account's list was given up";
            Err(Error::new(ErrorKind::Internal, message))
        })
    }

    fn reading(&self) -> Call {
        Call::reading(self.0.timing.look, Lane::Reconcile)
    }

    async fn read_for_all(&self, entry: &AccountEntry) {
        let identity = entry.provider.identity();
        loop {
            let waiting = self.0.readings.next(identity);
            if waiting.is_empty() {
                return;
            }
            let numbers: Vec<E164> = waiting.iter().map(|waiting| waiting.number).collect();
            let read = self
                .reading()
                .scope(entry.provider.find_all_owned(&numbers));
            let (mut seen, failed) = match read.await {
                Ok(seen) => (seen.into_iter(), None),
                Err(error) => (Vec::new().into_iter(), Some(error)),
            };
            for waiting in waiting {
                let missing = || Error::new(ErrorKind::Internal, "a look gave no answer");
                let sighting = seen
                    .next()
                    .ok_or_else(|| failed.clone().unwrap_or_else(missing));
                // Who waits no more needs no answer.
                let _ = waiting.told.send(sighting);
            }
        }
    }
}
