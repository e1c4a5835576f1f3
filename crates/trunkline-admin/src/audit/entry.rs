//! Rows of the audit trail.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use trunkline_core::error::Error;
use trunkline_core::model::{AccountName, Actor, AuditId, Caller, KeyId, Requester, Tenant};
use trunkline_engine::action::{Outcome, now};

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The kind of error.
    pub kind: String,
    /// What happened, for a person.
    pub message: String,
}

impl From<&Error> for Reason {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind().as_str().to_owned(),
            message: error.message().to_owned(),
        }
    }
}

/// A row of the trail, as it is written: its text is what is hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: AuditId,
    /// When, by our clock.
    pub at: Timestamp,
    /// Whose.
    pub tenant: Tenant,
    /// Who.
    pub actor: Actor,
    /// What: one of [`action`](crate::audit::action).
    pub action: Cow<'static, str>,
    /// At which account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// To which number: E.164, or as the carrier keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// To what: the id of a number, purchase, caller ID, key or webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The fields that changed, as they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The fields that changed, as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it was not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Reason>,
    /// The request, as the logs know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Entry {
    /// Something that this caller begins.
    #[must_use]
    pub fn new(caller: &Caller, action: &'static str) -> Self {
        Self::by(&caller.tenant, Requester::of(caller), action)
    }

    /// Something that is begun for a tenant by somebody.
    pub(crate) fn by(tenant: &Tenant, by: Requester, action: &'static str) -> Self {
        let at = now();
        Self {
            id: AuditId::generate(at),
            at,
            tenant: tenant.clone(),
            actor: by.actor,
            action: Cow::Borrowed(action),
            account: None,
            number: None,
            resource: None,
            before: None,
            after: None,
            outcome: Outcome::Begun,
            error: None,
            request_id: by.request_id,
        }
    }

    /// The same at an account.
    #[must_use]
    pub fn at(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// The same about a number.
    #[must_use]
    pub fn about(mut self, number: Option<impl Into<String>>) -> Self {
        self.number = number.map(Into::into);
        self
    }

    /// The same about something with an id.
    #[must_use]
    pub fn on(mut self, resource: impl Into<String>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// The same with what changed: as it was, and as it is. Secrets must not be among it.
    #[must_use]
    pub fn changing(mut self, before: Option<Value>, after: Option<Value>) -> Self {
        (self.before, self.after) = (before, after);
        self
    }

    /// The same with what came of it.
    #[must_use]
    pub fn ended(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// The same, not done for this reason.
    #[must_use]
    pub fn refused(mut self, error: &Error) -> Self {
        self.outcome = Outcome::of_error(error);
        self.error = Some(error.into());
        self
    }

    /// The same as another row, of now.
    pub(crate) fn anew(&self) -> Self {
        let at = now();
        Self {
            id: AuditId::generate(at),
            at,
            ..self.clone()
        }
    }

    /// What can be filtered by, in the order that a store keeps it: id, account, number, action, key, outcome, request.
    #[must_use]
    pub fn copies(&self) -> [Option<String>; 7] {
        // No text of PostgreSQL's holds this character.
        let text = |text: &str| Some(text.replace('\0', "\u{fffd}"));
        [
            text(self.id.as_str()),
            self.account.as_deref().and_then(text),
            self.number.as_deref().and_then(text),
            text(&self.action),
            self.actor.key_id.as_ref().and_then(|id| text(id.as_str())),
            text(self.outcome.as_str()),
            self.request_id.as_deref().and_then(text),
        ]
    }
}

/// Which rows to list, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditFilter {
    /// Only of these accounts; those of none are left out then.
    pub accounts: Option<BTreeSet<AccountName>>,
    /// At this account.
    pub account: Option<String>,
    /// About this number.
    pub number: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// By this key.
    pub key: Option<KeyId>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// Of this request.
    pub request_id: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Older than this row.
    pub before: Option<AuditId>,
}
