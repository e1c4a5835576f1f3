//! What is kept of a purchase in columns of its own.

use trunkline_core::service::journal::{Change, Record};
use trunkline_core::service::spend::{Booking, Charge};
use trunkline_core::{Error, ErrorKind, PurchaseId, PurchaseState, Result};

use crate::lease::millis;

/// What every write of a purchase keeps in columns of its own, and the document.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: PurchaseId,
    pub(crate) tenant: String,
    pub(crate) account: String,
    pub(crate) identity: String,
    pub(crate) number: String,
    pub(crate) state: PurchaseState,
    pub(crate) doc: String,
}

impl Row {
    pub(crate) fn of(record: &Record) -> Result<Self> {
        let broken = || Error::new(ErrorKind::Internal, "a purchase can't be written down");
        let attempt = record.attempt().ok_or_else(broken)?;
        Ok(Self {
            id: record.purchase.id.clone(),
            tenant: record.tenant.as_str().to_owned(),
            account: record.purchase.account.as_str().to_owned(),
            identity: attempt.identity.clone(),
            number: attempt.number.as_str().to_owned(),
            state: record.purchase.state,
            doc: serde_json::to_string(record).map_err(|error| broken().with_source(error))?,
        })
    }
}

/// What a step does to the charges of its purchase: they become these.
pub(crate) type Charging = (Vec<Charge>, Booking);

/// What a step does to the charges of its purchase, if anything.
pub(crate) fn charging(change: &Change<'_>) -> Option<Charging> {
    let record = change.record;
    match record.purchase.state {
        PurchaseState::Failed if record.charges.is_empty() => None,
        PurchaseState::Failed => Some((Vec::new(), Booking::Owed)),
        PurchaseState::Succeeded if change.unclaimed => {
            Some((record.charges.clone(), Booking::Owed))
        }
        PurchaseState::Succeeded => None,
        _ if change.gives_up.is_some() => Some((record.charges.clone(), Booking::Bounded)),
        _ => None,
    }
}

/// Whether the last attempt is presumed to have failed.
pub(crate) fn presumed(record: &Record) -> bool {
    record.attempt().is_some_and(|attempt| attempt.presumed)
}

/// When to look at it again, in milliseconds from now: 0 is at once, nothing is never.
pub(crate) fn due_in_ms(change: &Change<'_>) -> Option<i64> {
    let at_once = (!change.record.purchase.is_done()).then_some(0);
    let pause = change.look_in.map(|pause| pause.min(Change::LONGEST_PAUSE));
    pause.map(millis).or(at_once)
}

/// The carrier's id that a success takes.
pub(crate) fn won(record: &Record) -> Option<String> {
    let attempt = record.attempt();
    let won = attempt.and_then(|attempt| attempt.provider_id.clone());
    won.filter(|_| record.purchase.state == PurchaseState::Succeeded)
}

/// A write was refused though nothing stands in its way.
pub(crate) fn contradiction(what: &str) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("the journal refused a {what} for no reason it knows"),
    )
}
