//! What purchases have taken from which purse.

use std::collections::{BTreeMap, HashMap};

use crate::spend::{Booking, Charge, Full, deltas};
use trunkline_core::model::PurchaseId;

#[derive(Clone, Debug, Default)]
pub(super) struct Purses {
    spent: HashMap<String, i64>,
    charges: BTreeMap<PurchaseId, Vec<Charge>>,
}

impl Purses {
    /// What is in a purse, in millionths.
    pub(super) fn spent(&self, purse: &str) -> i64 {
        self.spent.get(purse).copied().unwrap_or_default()
    }

    /// What a purchase has taken.
    pub(super) fn charges_of(&self, id: &PurchaseId) -> Vec<Charge> {
        self.charges.get(id).cloned().unwrap_or_default()
    }

    /// Purchases that take from a purse every month, so many of them.
    pub(super) fn spenders(&self, purse: &str, limit: usize) -> Vec<PurchaseId> {
        let takes = |charges: &&Vec<Charge>| {
            let mut charges = charges.iter();
            charges.any(|charge| charge.monthly && charge.purse == purse)
        };
        let spenders = self.charges.iter().filter(|(_, charges)| takes(charges));
        spenders.take(limit).map(|(id, _)| id.clone()).collect()
    }

    /// Makes these the charges of a purchase, or changes nothing and gives the purse that has no room.
    pub(super) fn take(
        &mut self,
        id: &PurchaseId,
        charges: &[Charge],
        booking: Booking,
    ) -> Option<Full> {
        let old = self.charges.get(id).into_iter().flatten();
        let freed = old.map(|charge| (charge.purse.clone(), charge.millionths()));
        let deltas = deltas(freed, charges, booking);
        for (purse, delta) in &deltas {
            let spent = self.spent(purse);
            if !delta.fits(spent) {
                let purse = purse.clone();
                return Some(Full { purse, spent });
            }
        }
        for (purse, delta) in deltas {
            *self.spent.entry(purse).or_default() += delta.amount;
        }
        self.charges.insert(id.clone(), charges.to_vec());
        None
    }

    /// Gives back those of a purchase's charges that are meant.
    pub(super) fn give_back(&mut self, id: &PurchaseId, meant: impl Fn(&Charge) -> bool) {
        let Some(mut charges) = self.charges.remove(id) else {
            return;
        };
        for charge in charges.extract_if(.., |charge| meant(charge)) {
            *self.spent.entry(charge.purse.clone()).or_default() -= charge.millionths();
        }
        self.charges.insert(id.clone(), charges);
    }

    /// Forgets what a purchase has taken, and leaves it in the purses.
    pub(super) fn forget(&mut self, id: &PurchaseId) {
        self.charges.remove(id);
    }

    /// Takes more for a purchase, whatever the ceilings.
    pub(super) fn add(&mut self, id: &PurchaseId, charges: &[Charge]) {
        let mut all = self.charges_of(id);
        all.extend_from_slice(charges);
        self.take(id, &all, Booking::Owed);
    }
}
