//! What is kept of a purchase in columns of its own.

use std::time::Duration;

use jiff::Timestamp;
use trunkline_core::{Error, ErrorKind, PurchaseId, PurchaseState, Result};
use trunkline_engine::journal::{Change, Record};
use trunkline_engine::spend::{Booking, Charge};

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
    pub(crate) needs_person: Option<&'static str>,
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
            needs_person: record
                .purchase
                .needs_person
                .as_ref()
                .map(|question| question.why.as_str()),
            doc: serde_json::to_string(record).map_err(|error| broken().with_source(error))?,
        })
    }
}

/// What a step does to the charges of its purchase: they become these.
pub(crate) type Charging = (Vec<Charge>, Booking);

/// What a step does to the charges of its purchase, if anything.
pub(crate) fn charging(change: &Change<'_>) -> Option<Charging> {
    let (charges, booking) = change.record.charging(change)?;
    Some((charges.to_vec(), booking))
}

/// The id that a success takes.
#[derive(Clone, Debug)]
pub(crate) struct Won {
    /// The carrier's id.
    pub(crate) provider_id: String,
    /// When the carrier created it.
    pub(crate) created_ms: Option<i64>,
}

/// Whether the last attempt is presumed to have failed.
pub(crate) fn presumed(record: &Record) -> bool {
    record.attempt().is_some_and(|attempt| attempt.presumed)
}

/// How soon a purchase that was written back as presumed failed is looked for.
pub(crate) const LOOK_SOON: Duration = Duration::from_secs(60);

/// When to look at it again, in milliseconds from now: 0 is at once, nothing is never.
pub(crate) fn due_in_ms(change: &Change<'_>) -> Option<i64> {
    let at_once = (!change.record.purchase.is_done()).then_some(0);
    let pause = change.look_in.map(|pause| pause.min(Change::LONGEST_PAUSE));
    pause.map(millis).or(at_once)
}

/// The carrier's id that a success takes.
pub(crate) fn won(record: &Record) -> Option<Won> {
    let attempt = record.attempt()?;
    let won = attempt.provider_id.clone().map(|provider_id| Won {
        provider_id,
        created_ms: attempt.created_at.map(Timestamp::as_millisecond),
    });
    won.filter(|_| record.purchase.state == PurchaseState::Succeeded)
}

/// A write was refused though nothing stands in its way.
pub(crate) fn contradiction(what: &str) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("the journal refused a {what} for no reason it knows"),
    )
}
