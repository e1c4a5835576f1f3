//! What somebody asks for at a carrier, from before it is sent until its outcome is known.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use trunkline_core::error::{Effect, Error};
use trunkline_core::model::{AuditId, Caller, Requester, Tenant};

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActionKind {
    /// Buying a number.
    NumberPurchase,
    /// Changing a number's settings.
    NumberUpdate,
    /// Giving a number back.
    NumberRelease,
    /// Undoing a release that waits.
    NumberRestore,
    /// Recording a number that is held elsewhere.
    NumberRegister,
    /// Recording contiguous numbers that are held elsewhere.
    RangeRegister,
    /// Making a number the main one.
    MainNumberSet,
    /// Starting the proof of a caller ID.
    CallerIdStart,
    /// Submitting the code that the callee heard.
    CallerIdVerify,
    /// Asking for another verification call.
    CallerIdResend,
    /// Changing a caller ID.
    CallerIdUpdate,
    /// Removing a caller ID.
    CallerIdDelete,
    /// Asking for many numbers at once.
    AllocationCreate,
}

impl ActionKind {
    /// The name used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NumberPurchase => "number.purchase",
            Self::NumberUpdate => "number.update",
            Self::NumberRelease => "number.release",
            Self::NumberRestore => "number.restore",
            Self::NumberRegister => "number.register",
            Self::RangeRegister => "range.register",
            Self::MainNumberSet => "main_number.set",
            Self::CallerIdStart => "caller_id.start",
            Self::CallerIdVerify => "caller_id.verify",
            Self::CallerIdResend => "caller_id.resend",
            Self::CallerIdUpdate => "caller_id.update",
            Self::CallerIdDelete => "caller_id.delete",
            Self::AllocationCreate => "allocation.create",
        }
    }
}

/// How something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is about to be sent; how it ended is in a later row.
    Begun,
    /// It is done.
    Ok,
    /// It was refused, and nothing has changed.
    Refused,
    /// It was not done, though perhaps in part.
    Failed,
    /// Nobody knows (yet).
    Unknown,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [
        Self::Begun,
        Self::Ok,
        Self::Refused,
        Self::Failed,
        Self::Unknown,
    ];

    /// The name used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The fields that changed, as they are.
    pub after: Option<Value>,
    /// The number it turned out to be about.
    pub number: Option<String>,
    /// The id of what it turned out to be about.
    pub resource: Option<String>,
    /// How it ended, if it is not simply done.
    pub outcome: Option<Outcome>,
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
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// Anything as JSON, for [`Action::before`] and [`Action::after`]. Who writes it down takes secrets out.
pub(crate) fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
