//! The audit chain and the feed of a tenant, which every change adds to in its own transaction.

use trunkline_admin::audit::{Anchor, Head, Link};
use trunkline_admin::chronicle::Trail;
use trunkline_core::{Result, Tenant};
use trunkline_engine::seal::Sealer;

use crate::query::Query;
use crate::rows::json;
use crate::sql;
use crate::sqlite::writer::Session;
use crate::trails::{self, End};

/// Writes what a change leaves behind, after the change itself.
pub(super) async fn leave(on: &mut Session<'_>, trail: &Trail) -> Result<()> {
    let Some(tenant) = trails::tenant_of(trail) else {
        return Ok(());
    };
    let (mut end, signer) = lock(on, tenant).await?;
    let links = end.links(trail)?;
    for link in &links {
        put_audit(tenant, link).count(on).await?;
    }
    for draft in &trail.events {
        end.position += 1;
        let sequence = sql::NEXT_SEQUENCE.query().bind(tenant.as_str());
        let sequence = sequence.bind(draft.resource.as_str());
        sequence.count(on).await?;
        let event = sql::PUT_EVENT
            .query()
            .bind(tenant.as_str())
            .bind(end.position)
            .bind(draft.id.as_str())
            .bind(draft.kind.as_str())
            .bind(draft.account.as_str())
            .bind(draft.resource.as_str())
            .bind(draft.at.as_millisecond())
            .bind(json(draft)?);
        event.count(on).await?;
    }
    end.bind(&sql::PUT_TRAIL, tenant).count(on).await?;
    if let Some(sealer) = signer.filter(|_| !links.is_empty()) {
        let anchor = Anchor::new(sealer, tenant, end.head);
        trails::put_anchor(tenant, &anchor).count(on).await?;
    }
    Ok(())
}

/// Where a tenant's trail ends, and the secret that its next end is signed with. A chain whose end is not signed as it
/// stands is signed only by [`Audit::anchor`](trunkline_admin::audit::Audit::anchor), which reads it first.
async fn lock<'c>(on: &mut Session<'c>, tenant: &Tenant) -> Result<(End, Option<&'c Sealer>)> {
    let locked = sql::LOCK_TRAIL.query().bind(tenant.as_str());
    let end = End::read(locked.row(on).await?.as_ref())?;
    let Some(sealer) = on.signer else {
        return Ok((end, None));
    };
    let anchor = sql::FIND_ANCHOR.query().bind(tenant.as_str());
    let is_signed = match anchor.row(on).await? {
        Some(row) => {
            let (_, anchor) = trails::anchor(&row)?;
            anchor.head == end.head && anchor.is_genuine(sealer, tenant)
        }
        None => end.head == Head::default(),
    };
    Ok((end, is_signed.then_some(sealer)))
}

fn put_audit(tenant: &Tenant, link: &Link) -> Query {
    let query = sql::PUT_AUDIT
        .query()
        .bind(tenant.as_str())
        .bind(link.seq)
        .bind(link.at_ms)
        .bind(link.hash.as_str())
        .bind(link.text.as_str());
    let copies = link.copies.iter();
    copies.fold(query, |query, copy| query.bind(copy.as_deref()))
}
