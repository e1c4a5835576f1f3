//! Anchors: the end of a chain, signed with the configured secret, so that a rewritten chain is noticed.

use crate::audit::{Anchor, Audit, Head};
use crate::trails::Trails;
use trunkline_core::error::Result;
use trunkline_core::model::Tenant;
use trunkline_engine::seal::Sealer;

/// Most rows that are read at once.
const BATCH: usize = 1_000;

impl Audit {
    /// Signs the ends of chains with this secret, which must not be in the database itself.
    #[must_use]
    pub fn anchored_by(self, sealer: Sealer) -> Self {
        self.store.sign_ends(&sealer);
        Self {
            anchor: Some(sealer.clone()),
            sealer: Some(sealer),
            ..self
        }
    }

    /// Moves every tenant's anchor to the end of its chain, over rows that follow the last anchor without a fault. A
    /// chain with a fault keeps the anchor that it has, and the log says so. Does nothing without a secret.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn anchor(&self) -> Result<()> {
        let Some(sealer) = &self.anchor else {
            return Ok(());
        };
        let anchors = self.store.anchors().await?;
        for (tenant, head) in self.store.audit_heads().await? {
            let anchor = anchors.iter().find(|(of, _)| *of == tenant);
            let anchor = anchor.map(|(_, anchor)| anchor);
            if anchor.is_some_and(|anchor| anchor.head == head) {
                continue;
            }
            let genuine = anchor.is_none_or(|anchor| anchor.is_genuine(sealer, &tenant));
            let from = match anchor {
                Some(anchor) => anchor.head.clone(),
                None => self.start(sealer, &tenant).await?,
            };
            match follow(&*self.store, &tenant, from.clone()).await? {
                Some(end) if genuine && end.seq > from.seq => {
                    let anchor = Anchor::new(sealer, &tenant, end);
                    self.store.put_anchor(&tenant, &anchor).await?;
                }
                Some(_) if genuine => {}
                _ => tracing::error!(
                    %tenant,
                    "the audit trail is not as it was written: `trunkline audit verify` shows where"
                ),
            }
        }
        Ok(())
    }

    /// Where a chain that was never signed begins. Its checkpoint, which the database's own secret has signed, is signed anew.
    async fn start(&self, sealer: &Sealer, tenant: &Tenant) -> Result<Head> {
        let Some(checkpoint) = self.store.checkpoint(tenant).await? else {
            return Ok(Head::default());
        };
        let head = checkpoint.head.clone();
        if !checkpoint.is_genuine(sealer, tenant) {
            let signed = checkpoint.signed_anew(sealer, tenant);
            self.store.put_checkpoint(tenant, &signed).await?;
        }
        Ok(head)
    }
}

/// The end of a chain after a row of it; `None` if a row does not follow the one before.
async fn follow(store: &dyn Trails, tenant: &Tenant, from: Head) -> Result<Option<Head>> {
    let mut last = from;
    loop {
        let links = store.audit_links(tenant, last.seq, BATCH).await?;
        for link in &links {
            let next = last.next(&link.text);
            if next.seq != link.seq || next.hash != link.hash {
                return Ok(None);
            }
            last = next;
        }
        if links.len() < BATCH {
            return Ok(Some(last));
        }
    }
}
