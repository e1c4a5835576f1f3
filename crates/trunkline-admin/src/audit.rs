//! The audit trail: who did what to which number, and what came of it. Rows are only ever added, and each holds the
//! hash of the one before it, so that whoever changes one later has to change all that follow.

mod anchor;
mod refusals;
mod verify;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::audit::refusals::Refusals;
use crate::chronicle::Trail;
use crate::store::AdminStore;
use trunkline_core::error::{Error, Result};
use trunkline_core::model::{AccountName, Actor, AuditId, Caller, KeyId, Requester, Tenant};
use trunkline_engine::action::now;
use trunkline_engine::seal::{Sealer, hex};

pub use anchor::Anchor;
pub use trunkline_engine::action::Outcome;
pub use verify::{Fault, Link, Verification, verify};

/// What is done, as it stands in the trail.
pub mod action {
    /// A number is gone at its carrier without a release of ours.
    pub const NUMBER_GONE: &str = "number.gone";
    /// A number that was gone is there again.
    pub const NUMBER_RETURNED: &str = "number.returned";
    /// A person says what became of a purchase.
    pub const PURCHASE_RESOLVE: &str = "purchase.resolve";
    /// An API key is made.
    pub const KEY_CREATE: &str = "key.create";
    /// An API key is made useless.
    pub const KEY_REVOKE: &str = "key.revoke";
    /// An API key is replaced.
    pub const KEY_ROTATE: &str = "key.rotate";
    /// A webhook is made.
    pub const WEBHOOK_CREATE: &str = "webhook.create";
    /// A webhook is changed.
    pub const WEBHOOK_UPDATE: &str = "webhook.update";
    /// A webhook's secret is replaced.
    pub const WEBHOOK_ROTATE: &str = "webhook.rotate";
    /// A webhook is removed.
    pub const WEBHOOK_DELETE: &str = "webhook.delete";
    /// Events are delivered once more.
    pub const WEBHOOK_REDELIVER: &str = "webhook.redeliver";
    /// The configuration is read again.
    pub const CONFIG_RELOAD: &str = "config.reload";
    /// A request is refused before it is known what it would have done: its key may not.
    pub const REQUEST: &str = "request";
}

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
    /// What: one of [`action`].
    pub action: Cow<'static, str>,
    /// At which account.
    pub account: Option<String>,
    /// To which number: E.164, or as the carrier keeps it.
    pub number: Option<String>,
    /// To what: the id of a number, purchase, caller ID, key or webhook.
    pub resource: Option<String>,
    /// The fields that changed, as they were.
    pub before: Option<Value>,
    /// The fields that changed, as they are.
    pub after: Option<Value>,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it was not done.
    pub error: Option<Reason>,
    /// The request, as the logs know it.
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

/// The last row of a chain: nothing may be missing before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Its place, from 1; 0 of an empty chain.
    pub seq: i64,
    /// Its hash, 64 hexadecimal digits; empty of an empty chain.
    pub hash: String,
}

impl Head {
    /// The head once this row is added: SHA-256 over the hash before, the place and the row's text.
    #[must_use]
    pub fn next(&self, text: &str) -> Self {
        let seq = self.seq + 1;
        let mut hash = Sha256::new_with_prefix(b"trunkline audit 1\0");
        hash.update(format!("{}\n{seq}\n{text}", self.hash).as_bytes());
        let hash = hex(&hash.finalize());
        Self { seq, hash }
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

/// The audit trail. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Audit {
    store: Arc<dyn AdminStore>,
    anchor: Option<Sealer>,
    refusals: Arc<Refusals>,
}

impl Audit {
    /// The trail in this store.
    #[must_use]
    pub fn new(store: Arc<dyn AdminStore>) -> Self {
        Self {
            store,
            anchor: None,
            refusals: Arc::default(),
        }
    }

    /// Writes down something that is over, and can't be undone because of a database that is away for a moment: tries
    /// again for some seconds, then says so in the log.
    pub async fn write(&self, trail: &Trail) {
        let mut pause = Duration::from_millis(50);
        loop {
            match self.store.note(trail).await {
                Ok(()) => return,
                Err(error) if pause < Duration::from_secs(2) => {
                    tracing::debug!(%error, "the audit trail can't be written yet");
                    tokio::time::sleep(pause).await;
                    pause *= 3;
                }
                Err(error) => {
                    let what = trail.audit.first().map(|row| row.action.as_ref());
                    tracing::error!(%error, action = what, "what was done is missing from the audit trail");
                    return;
                }
            }
        }
    }

    /// A tenant's rows that the caller may see, newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list(
        &self,
        caller: &Caller,
        filter: AuditFilter,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let filter = AuditFilter {
            accounts: caller.accounts.clone(),
            ..filter
        };
        self.store.audit(&caller.tenant, &filter, limit).await
    }

    /// Whether the tenant's chain is whole, and where there is a secret to sign with, whether it holds the row that was
    /// signed last.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn verify(&self, tenant: &Tenant) -> Result<Verification> {
        let mut found = verify(&*self.store, tenant).await?;
        let Some(sealer) = &self.anchor else {
            return Ok(found);
        };
        let anchors = self.store.anchors().await?;
        let anchor = anchors.into_iter().find(|(of, _)| of == tenant);
        let place = found.head.seq;
        match anchor {
            None if found.rows == 0 => {}
            None => found.fault(place, None, "the chain is not signed: rows were written without the secret_key, or the signature was removed"),
            Some((_, anchor)) if !anchor.is_genuine(sealer, tenant) => {
                found.fault(anchor.head.seq, None, "the signature of the chain was not made with this secret_key");
            }
            Some((_, anchor)) => {
                let before = anchor.head.seq - 1;
                let links = self.store.audit_links(tenant, before, 1).await?;
                let signed = links.first().filter(|link| link.seq == anchor.head.seq);
                if signed.is_none_or(|link| link.hash != anchor.head.hash) {
                    found.fault(anchor.head.seq, None, "the row that was signed is missing, or is another one");
                }
            }
        }
        Ok(found)
    }
}
