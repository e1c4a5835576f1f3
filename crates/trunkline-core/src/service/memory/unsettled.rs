//! Counting what is open.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::Purchase;
use crate::service::journal::Unsettled;

/// The open ones among these purchases, by account and state.
pub(super) fn unsettled<'a>(purchases: impl Iterator<Item = &'a Purchase>) -> Vec<Unsettled> {
    let now = Timestamp::now();
    let mut found: Vec<Unsettled> = Vec::new();
    for purchase in purchases.filter(|purchase| !purchase.state.is_settled()) {
        let age = Duration::try_from(now.duration_since(purchase.created_at)).unwrap_or_default();
        let like =
            |row: &&mut Unsettled| row.state == purchase.state && row.account == purchase.account;
        match found.iter_mut().find(like) {
            Some(row) => (row.count, row.oldest) = (row.count + 1, age.max(row.oldest)),
            None => found.push(Unsettled {
                account: purchase.account.clone(),
                state: purchase.state,
                count: 1,
                oldest: age,
            }),
        }
    }
    found
}
