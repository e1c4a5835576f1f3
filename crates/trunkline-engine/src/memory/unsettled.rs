//! Counting what is open.

use std::time::Duration;

use crate::journal::{Openness, Record, Unsettled};

use trunkline_core::host;

/// The purchases that are not over among these, by account and reason; each comes with whether it is looked at again.
pub(super) fn unsettled<'a>(records: impl Iterator<Item = (&'a Record, bool)>) -> Vec<Unsettled> {
    let now = host::now();
    let mut found: Vec<Unsettled> = Vec::new();
    for (record, due) in records {
        let purchase = &record.purchase;
        let (Some(open), Some(attempt)) = (Openness::of(purchase, due), record.attempt()) else {
            continue;
        };
        let age = Duration::try_from(now.duration_since(purchase.created_at)).unwrap_or_default();
        let like = |row: &&mut Unsettled| {
            row.open == open && row.account == purchase.account && row.identity == attempt.identity
        };
        match found.iter_mut().find(like) {
            Some(row) => (row.count, row.oldest) = (row.count + 1, age.max(row.oldest)),
            None => found.push(Unsettled {
                account: purchase.account.clone(),
                identity: attempt.identity.clone(),
                open,
                count: 1,
                oldest: age,
            }),
        }
    }
    found
}
