//! The audit trail.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use trunkline_admin::audit::{Entry, Fault, Reason, Verification};
use trunkline_core::Actor;
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;

mirrors! {
    /// What came of something.
    OutcomeDto as AuditOutcome = trunkline_admin::audit::Outcome {
        Begun "begun", Ok "ok", Refused "refused", Failed "failed", Unknown "unknown",
    }

    /// How a caller calls.
    ViaDto as Via = trunkline_core::Via { Api "api", Cli "cli", Console "console", System "system" }
}

/// A row of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditRow)]
pub(crate) struct AuditDto {
    /// Its id.
    #[schema(examples("aud_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
    pub(crate) id: String,
    /// When.
    pub(crate) at: Timestamp,
    /// Who.
    pub(crate) actor: ActorDto,
    /// What: `number.purchase`, `number.update`, `number.release`, `key.create` and so on.
    #[schema(examples("number.update"))]
    pub(crate) action: String,
    /// At which account.
    #[schema(examples("us-main"))]
    pub(crate) account: Option<String>,
    /// To which number.
    #[schema(examples("+14155550100"))]
    pub(crate) number: Option<String>,
    /// To what: the id of a number, purchase, caller ID, key or webhook.
    #[schema(examples("us-main:PN00000000000000000000000000000001"))]
    pub(crate) resource: Option<String>,
    /// The fields that changed, as they were; `null` where that is not known.
    pub(crate) before: Option<Value>,
    /// The fields that changed, as they are.
    pub(crate) after: Option<Value>,
    /// `begun` (about to be sent; a later row says what came of it), `ok`, `refused` (nothing has changed), `failed` or
    /// `unknown`.
    pub(crate) outcome: OutcomeDto,
    /// Why it was not done.
    pub(crate) error: Option<ReasonDto>,
    /// The request, as in its `X-Request-Id`.
    #[schema(examples("req_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
    pub(crate) request_id: Option<String>,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Actor)]
pub(crate) struct ActorDto {
    /// The API key's id, if there was one.
    pub(crate) key_id: Option<String>,
    /// The API key's name.
    pub(crate) key_name: Option<String>,
    /// `api`, `cli`, `console`, or `system` for what trunkline goes on with by itself. For people: a client says this of
    /// itself.
    pub(crate) via: ViaDto,
}

/// Why something was not done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditError)]
pub(crate) struct ReasonDto {
    /// The kind, as in problem documents.
    #[schema(examples("locked"))]
    pub(crate) kind: String,
    /// What happened, for a person.
    pub(crate) message: String,
}

impl From<Actor> for ActorDto {
    fn from(actor: Actor) -> Self {
        Self {
            key_id: actor.key_id.map(String::from),
            key_name: actor.key_name,
            via: actor.via.into(),
        }
    }
}

impl From<Reason> for ReasonDto {
    fn from(reason: Reason) -> Self {
        Self {
            kind: reason.kind,
            message: reason.message,
        }
    }
}

impl From<Entry> for AuditDto {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id.into(),
            at: entry.at,
            actor: entry.actor.into(),
            action: entry.action.into_owned(),
            account: entry.account,
            number: entry.number,
            resource: entry.resource,
            before: entry.before,
            after: entry.after,
            outcome: entry.outcome.into(),
            error: entry.error.map(Into::into),
            request_id: entry.request_id,
        }
    }
}

/// Whether the audit trail is as it was written.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditVerification)]
pub struct VerificationDto {
    /// Whether every row is as it was written and none is missing.
    pub whole: bool,
    /// Rows that were read.
    pub rows: u64,
    /// The hash of the last row: kept elsewhere, it shows later that nothing before it was changed or cut off.
    #[schema(examples("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"))]
    pub head: String,
    /// What is wrong, in order; the first hundred.
    pub faults: Vec<FaultDto>,
}

/// What is wrong at one place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditFault)]
pub struct FaultDto {
    /// The place in the chain, from 1.
    pub place: i64,
    /// The row's id, if it can be read.
    pub id: Option<String>,
    /// What is wrong, for a person.
    pub what: String,
}

impl From<Verification> for VerificationDto {
    fn from(found: Verification) -> Self {
        Self {
            whole: found.is_whole(),
            rows: found.rows,
            head: found.head.hash,
            faults: found.faults.into_iter().map(FaultDto::from).collect(),
        }
    }
}

impl From<Fault> for FaultDto {
    fn from(fault: Fault) -> Self {
        Self {
            place: fault.seq,
            id: fault.id,
            what: fault.what,
        }
    }
}
