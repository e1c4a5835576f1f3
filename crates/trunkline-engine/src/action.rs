//! What somebody asks for at a carrier, from before it is sent until its outcome is known.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::inventory::{HoldingKey, HoldingStep};
use trunkline_core::error::{Effect, Error};
use trunkline_core::host;
use trunkline_core::model::{AuditId, Caller, Requester, Tenant};
use trunkline_core::named_enum;

/// The target of log lines that say what was done, by which a filter can select them: `trunkline::actions=off`.
pub const LOG_TARGET: &str = "trunkline::actions";

named_enum! {
    /// What can be asked for.
    #[non_exhaustive]
    ActionKind {
        /// Buying a number.
        NumberPurchase = "number.purchase",
        /// Changing a number's settings.
        NumberUpdate = "number.update",
        /// Giving a number back.
        NumberRelease = "number.release",
        /// Undoing a release that waits.
        NumberRestore = "number.restore",
        /// Recording a number that is held elsewhere.
        NumberRegister = "number.register",
        /// Recording contiguous numbers that are held elsewhere.
        RangeRegister = "range.register",
        /// Making a number the main one.
        MainNumberSet = "main_number.set",
        /// Starting the proof of a caller ID.
        CallerIdStart = "caller_id.start",
        /// Submitting the code that the callee heard.
        CallerIdVerify = "caller_id.verify",
        /// Asking for another verification call.
        CallerIdResend = "caller_id.resend",
        /// Changing a caller ID.
        CallerIdUpdate = "caller_id.update",
        /// Removing a caller ID.
        CallerIdDelete = "caller_id.delete",
        /// Asking for many numbers at once.
        AllocationCreate = "allocation.create",
        /// Reading accounts for the inventory.
        InventorySync = "inventory.sync",
        /// Accepting what differs from the inventory.
        DriftAccept = "drift.accept",
    }
}

named_enum! {
    /// How something ended.
    Outcome {
        /// It is about to be sent; how it ended is in a later row.
        Begun = "begun",
        /// It is done.
        Ok = "ok",
        /// It was refused, and nothing has changed.
        Refused = "refused",
        /// It was not done, though perhaps in part.
        Failed = "failed",
        /// Nobody knows (yet).
        Unknown = "unknown",
    }
}

impl Outcome {
    /// The outcome of something that ended with this error.
    #[must_use]
    pub fn of_error(error: &Error) -> Self {
        match error.effect() {
            Effect::None => Self::Refused,
            Effect::Applied => Self::Failed,
            Effect::Unknown => Self::Unknown,
        }
    }
}

/// Something that a caller asks for, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// What.
    pub kind: ActionKind,
    /// Whose things it is about.
    pub tenant: Tenant,
    /// Who asks.
    pub requester: Requester,
    /// At which account.
    pub account: Option<String>,
    /// About which number: E.164, or as the carrier keeps it.
    pub number: Option<String>,
    /// About what: the id of a number, a caller ID or an allocation.
    pub resource: Option<String>,
    /// The fields that change, as they were.
    pub before: Option<Value>,
    /// The fields that change, as they shall be.
    pub after: Option<Value>,
    /// When it was asked for, by our clock.
    pub at: Timestamp,
    /// What it touches at the account, for the inventory.
    pub touches: Vec<HoldingKey>,
    /// What the carrier answered that it holds now, for the inventory.
    pub held: Vec<HoldingStep>,
    /// True once the change itself tells of it, so that its end needs no event of its own.
    pub(crate) told: bool,
}

impl Action {
    /// Something that this caller asks for.
    #[must_use]
    pub fn new(caller: &Caller, kind: ActionKind) -> Self {
        Self {
            kind,
            tenant: caller.tenant.clone(),
            requester: Requester::of(caller),
            account: None,
            number: None,
            resource: None,
            before: None,
            after: None,
            at: now(),
            touches: Vec::new(),
            held: Vec::new(),
            told: false,
        }
    }

    /// The same about something with an id, or what the caller took for one.
    #[must_use]
    pub fn on(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// The same at an account.
    #[must_use]
    pub fn at(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Leaves its end to the event of the change that it led to.
    pub(crate) fn leave(&mut self) {
        self.told = true;
    }
}

/// What a result adds to what is known of an action.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// The fields that changed, as they are.
    pub after: Option<Value>,
    /// The number it turned out to be about.
    pub number: Option<String>,
    /// The id of what it turned out to be about.
    pub resource: Option<String>,
    /// How it ended, if it is not simply done.
    pub outcome: Option<Outcome>,
    /// What the carrier answered that it holds now, for the inventory.
    pub held: Vec<HoldingStep>,
}

/// An action that is over. Its id stays the same however often it is written.
#[derive(Clone, Debug)]
pub struct Ended<'a> {
    /// The id of what is written of it.
    pub id: AuditId,
    /// When it ended, by our clock.
    pub at: Timestamp,
    /// What was asked for.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was not done.
    pub error: Option<&'a Error>,
}

impl<'a> Ended<'a> {
    pub(crate) fn new(action: Action, outcome: Outcome, error: Option<&'a Error>) -> Self {
        let at = now();
        Self {
            id: AuditId::generate(at),
            at,
            action,
            outcome,
            error,
        }
    }
}

/// Now, to the millisecond: what is written is the same in every database.
#[must_use]
pub fn now() -> Timestamp {
    let now = host::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// Anything as JSON, for [`Action::before`] and [`Action::after`]. Who writes it down takes secrets out.
pub(crate) fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
