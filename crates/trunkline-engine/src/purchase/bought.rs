//! Telling the inventory what a purchase may have to do with a number.

use crate::journal::PurchaseFilter;
use crate::purchase::Purchases;
use trunkline_core::error::Result;
use trunkline_core::model::{E164, HeldRow, Number, PurchaseId, Sighting};
use trunkline_core::registry::AccountEntry;

/// Purchases of one number that are looked at.
const LOOKED_AT: usize = 20;

/// What purchases say of a number that an account holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// This one has won it.
    Won(PurchaseId),
    /// One is open, or has a question for a person: it will say what the number is.
    Open,
    /// One was watched, and the number is not its own.
    Rejected,
    /// There is none.
    None,
}

impl Purchases {
    /// Shows a number that an account holds to the watched purchases of it, and says what purchases have to do with it.
    pub(crate) async fn claim_of(
        &self,
        entry: &AccountEntry,
        e164: &E164,
        number: &Number,
    ) -> Result<Claim> {
        let (store, identity) = (&self.0.store, entry.provider.identity());
        if let Some(winner) = store.winner(identity, &number.provider_id).await? {
            return Ok(Claim::Won(winner));
        }
        let watched = !store.presumed(identity, e164).await?.is_empty();
        if watched {
            let row = HeldRow::of(number);
            let sighting = Sighting::of(vec![row], None);
            self.notice(identity, e164, &sighting).await?;
            if let Some(winner) = store.winner(identity, &number.provider_id).await? {
                return Ok(Claim::Won(winner));
            }
        }
        let filter = PurchaseFilter {
            number: Some(*e164),
            ..PurchaseFilter::default()
        };
        let found = store.purchases(&entry.tenant, &filter, LOOKED_AT).await?;
        let is_open = found.iter().any(|record| {
            let here = record
                .attempt()
                .is_some_and(|attempt| attempt.identity == identity);
            let purchase = &record.purchase;
            here && (!purchase.state.is_settled() || purchase.needs_person.is_some())
        });
        Ok(match (is_open, watched) {
            (true, _) => Claim::Open,
            (false, true) => Claim::Rejected,
            (false, false) => Claim::None,
        })
    }
}
