//! From a purchase to what its allocation says of it.

use crate::journal::{Record, Scope};
use trunkline_core::error::{Error, ErrorKind, Retry};
use trunkline_core::model::ItemState;
use trunkline_core::model::{
    AccountName, AllocationId, AllocationItem, ConfigurationState, IdempotencyKey, PurchaseState,
    Tenant,
};
use trunkline_core::strength::Safeguard;

/// Refusals as invalid of one account before they are no more about the number but about the account.
const INVALID_MAX: usize = 3;

/// Where the idempotency key of an item's purchase belongs.
pub(super) fn scope(
    tenant: &Tenant,
    id: &AllocationId,
    item: u32,
) -> trunkline_core::Result<Scope> {
    Ok(Scope {
        tenant: tenant.clone(),
        route: "POST /v1/allocations".to_owned(),
        key: IdempotencyKey::new(format!("{id}-{item}"))?,
    })
}

/// Brings an item up to date with its purchase. Returns whether it changed.
pub(super) fn note(item: &mut AllocationItem, record: &Record, may_come_late: bool) -> bool {
    let before = item.clone();
    let purchase = &record.purchase;
    item.purchase = Some(purchase.id.clone());
    item.account = Some(purchase.account.clone());
    item.number = Some(purchase.number);
    item.number_id.clone_from(&purchase.number_id);
    item.price = purchase.price;
    item.late = purchase.late;
    item.presumed = may_come_late && !Safeguard::PresumedKeepsPlace.is_off();
    item.needs_person = purchase.needs_person.is_some();
    item.state = match purchase.state {
        PurchaseState::Intended | PurchaseState::Dispatched => ItemState::Open,
        PurchaseState::Unknown => ItemState::Unknown,
        // Its settings are under way.
        PurchaseState::Succeeded if !purchase.is_done() => ItemState::Open,
        PurchaseState::Succeeded => ItemState::Succeeded,
        PurchaseState::Failed => ItemState::Failed,
    };
    item.error = match purchase.configuration.state {
        ConfigurationState::Failed => purchase.configuration.error.clone(),
        _ => purchase.error.clone(),
    };
    before != *item
}

/// The accounts that refused a purchase for a reason which the next purchase would meet as well, with the reason.
pub(super) fn refusing(record: &Record) -> Vec<(AccountName, String)> {
    let attempts = || record.purchase.attempts.iter();
    let invalid = |account: &AccountName| {
        let of_account = attempts().filter(|attempt| attempt.account == *account);
        let errors = of_account.filter_map(|attempt| attempt.error.as_ref());
        errors
            .filter(|error| error.kind() == ErrorKind::InvalidRequest)
            .count()
    };
    let lasting = |error: &Error| match error.kind() {
        // About the number, or about nothing in particular.
        ErrorKind::NotAvailable
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Timeout
        | ErrorKind::InvalidRequest => false,
        _ => error.retry() == Retry::Never,
    };
    attempts()
        .filter(|attempt| !attempt.presumed)
        .filter_map(|attempt| Some((attempt, attempt.error.as_ref()?)))
        .filter(|(attempt, error)| lasting(error) || invalid(&attempt.account) >= INVALID_MAX)
        .map(|(attempt, error)| (attempt.account.clone(), error.message().to_owned()))
        .collect()
}
