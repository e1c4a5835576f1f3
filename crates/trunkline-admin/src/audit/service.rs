//! Writing, listing and checking the audit trail.

use std::sync::Arc;

use crate::audit::refusals::Refusals;
use crate::audit::{AuditFilter, Entry, Verification, verify};
use crate::chronicle::Trail;
use crate::trails::Trails;
use trunkline_core::error::{Error, Result};
use trunkline_core::model::{Caller, Tenant};
use trunkline_engine::seal::Sealer;
use trunkline_engine::write_patiently;

/// The audit trail. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Audit {
    pub(super) store: Arc<dyn Trails>,
    pub(super) anchor: Option<Sealer>,
    /// Signs checkpoints; the same as `anchor` if that is there.
    pub(super) sealer: Option<Sealer>,
    pub(super) refusals: Arc<Refusals>,
}

impl Audit {
    /// The trail in this store.
    #[must_use]
    pub fn new(store: Arc<dyn Trails>) -> Self {
        Self {
            store,
            anchor: None,
            sealer: None,
            refusals: Arc::default(),
        }
    }

    /// The same that checks checkpoints with this secret, which may be in the database itself.
    #[must_use]
    pub fn checked_by(self, sealer: Sealer) -> Self {
        let sealer = Some(sealer);
        Self { sealer, ..self }
    }

    /// Writes something that is over. Tries again for some seconds, then logs an error.
    pub async fn write(&self, trail: &Trail) {
        let action = trail.audit.first().map(|row| row.action.as_ref());
        write_patiently(action, || self.store.note(trail)).await;
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

    /// Whether the tenant's chain is whole, and whether it holds the row that was signed last.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn verify(&self, tenant: &Tenant) -> Result<Verification> {
        let mut found = verify(&*self.store, tenant).await?;
        let anchors = self.store.anchors().await?;
        let anchor = anchors.into_iter().find(|(of, _)| of == tenant);
        self.check_checkpoint(tenant, &mut found, anchor.is_some());
        let Some(sealer) = &self.anchor else {
            return Ok(found);
        };
        let place = found.head.seq;
        match anchor {
            None if found.rows == 0 => {}
            None => found.fault(place, None, "the chain is not signed: rows were written without the secret_key, or the signature was removed"),
            Some((_, anchor)) if !anchor.is_genuine(sealer, tenant) => {
                found.fault(anchor.head.seq, None, "the signature of the chain was not made with this secret_key");
            }
            Some((_, anchor)) if found.begins_after(&anchor.head) => {}
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

    /// Checks who has signed the checkpoint. Of a chain with a signed end it was the configured secret.
    fn check_checkpoint(&self, tenant: &Tenant, found: &mut Verification, signed_end: bool) {
        let (Some(checkpoint), Some(sealer)) = (&found.checkpoint, &self.sealer) else {
            return;
        };
        found.checkpoint_checked = self.anchor.is_some() || !signed_end;
        if found.checkpoint_checked && !checkpoint.is_genuine(sealer, tenant) {
            let place = checkpoint.head.seq;
            found.fault(place, None, "the checkpoint of the deleted rows was not signed by this gateway: they were removed by somebody else, or signed with another secret_key");
        }
    }

    /// Writes that a request was refused. Repetitions within a minute are one more row, with their count in
    /// `after.refused`.
    pub async fn refuse_often(&self, name: &str, entry: &Entry, error: &Error) {
        let row = entry.anew().refused(error);
        self.write_refusals(false).await;
        if let Some(row) = self.refusals.count(name, row) {
            self.write(&Trail::default().with(row)).await;
        }
    }

    /// Writes the counts of refusals whose minute is over, or of all.
    pub async fn write_refusals(&self, all: bool) {
        for row in self.refusals.take(all) {
            self.write(&Trail::default().with(row)).await;
        }
    }
}
