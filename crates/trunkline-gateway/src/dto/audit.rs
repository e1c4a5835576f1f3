//! The audit trail.

use jiff::Timestamp;
use serde_json::Value;
use trunkline_admin::audit::{Checkpoint, Entry, Fault, Reason, Verification};
use trunkline_core::Actor;

use crate::dto::closed_set::mirrors;
use crate::dto::convert::dtos;

mirrors! {
    /// Outcome of an audited action.
    OutcomeDto as AuditOutcome = trunkline_admin::audit::Outcome {
        Begun "begun", Ok "ok", Refused "refused", Failed "failed", Unknown "unknown",
    }

    /// The kind of client.
    ViaDto as Via = trunkline_core::Via { Api "api", Cli "cli", Console "console", System "system" }
}

dtos! {
    /// A row of the audit trail.
    pub(crate) AuditDto as AuditRow = Entry, |entry| {
        /// Id.
        #[schema(examples("aud_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
        id: String,
        /// Time.
        at: Timestamp,
        /// Who did it.
        actor: ActorDto,
        /// The action: `number.purchase`, `number.update`, `number.release`, `key.create` and so on.
        #[schema(examples("number.update"))]
        action: String,
        /// The account.
        #[schema(examples("twilio"))]
        account: Option<String>,
        /// The number.
        #[schema(examples("+14152000137"))]
        number: Option<String>,
        /// The id of the number, purchase, caller ID, key or webhook.
        #[schema(examples("twilio:PN00000000000000000000000000000001"))]
        resource: Option<String>,
        /// The changed fields before; `null` if unknown.
        before: Option<Value>,
        /// The changed fields afterwards.
        after: Option<Value>,
        /// `begun` (about to be sent; a later row has the outcome), `ok`, `refused` (nothing has changed), `failed` or
        /// `unknown`.
        outcome: OutcomeDto,
        /// Why it was not done.
        error: Option<ReasonDto>,
        /// The request, as in its `X-Request-Id`.
        #[schema(examples("req_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
        request_id: Option<String>,
    }

    /// Who did something.
    pub(crate) ActorDto as Actor = Actor, |actor| {
        /// The API key's id, if there was one.
        key_id: Option<String>,
        /// The API key's name.
        key_name: Option<String>,
        /// `api`, `cli`, `console`, or `system` for background work. Clients report this themselves.
        via: ViaDto,
    }

    /// Why something was not done.
    pub(crate) ReasonDto as AuditError = Reason, |reason| {
        /// The kind, as in problem documents.
        #[schema(examples("locked"))]
        kind: String,
        /// What happened, for a person.
        message: String,
    }

    /// Whether the audit trail is intact.
    pub VerificationDto as AuditVerification = Verification, |found| {
        /// True when no row was changed and none is missing.
        whole: bool = found.is_whole(),
        /// Checked rows.
        rows: u64,
        /// The hash of the last row. Keep it elsewhere to prove later that nothing before it was changed or removed.
        #[schema(examples("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"))]
        head: String = found.head.hash,
        /// The rows before them that were deleted because of their age; `null` if none were.
        deleted: Option<DeletedRowsDto> = found.checkpoint,
        /// False if the signature in the place of the deleted rows was made with a `secret_key` that is not known here.
        signature_checked: bool = found.checkpoint.is_none() || found.checkpoint_checked,
        /// What is wrong, in order; the first 100.
        faults: Vec<FaultDto>,
    }

    /// Rows of the audit trail that were deleted because of their age.
    pub DeletedRowsDto as AuditDeletion = Checkpoint, |deleted| {
        /// How many.
        rows: i64 = deleted.head.seq,
        /// When rows were last deleted.
        at: Timestamp = deleted.at(),
        /// The hash of the last of them.
        #[schema(examples("2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"))]
        head: String = deleted.head.hash,
    }

    /// One fault of the audit trail.
    pub FaultDto as AuditFault = Fault, |fault| {
        /// The place in the chain, from 1.
        place: i64 = fault.seq,
        /// The row's id, if it can be read.
        id: Option<String>,
        /// What is wrong, for a person.
        what: String,
    }
}
