//! The audit chain and the feed of a tenant, which every change adds to in its own transaction. Many changes are one
//! transaction of SQLite: where a chain ends is read before the first of them, and written after the last.

use std::collections::BTreeMap;

use trunkline_admin::audit::{Anchor, Head, Link};
use trunkline_admin::chronicle::Trail;
use trunkline_core::{Result, Tenant};
use trunkline_engine::seal::Sealer;

use crate::query::{Document, Query};
use crate::rows::json;
use crate::sql;
use crate::sqlite::writer::Session;
use crate::trails::{self, End};

/// The table with the ends of chains.
const TABLE: &str = " trails ";

/// Where the chains of a transaction end, as far as it has added to them.
#[derive(Default)]
pub(super) struct Ends {
    kept: BTreeMap<Tenant, ChainEnd>,
    /// After the write under way, which may still be undone.
    next: BTreeMap<Tenant, ChainEnd>,
}

#[derive(Clone)]
struct ChainEnd {
    end: End,
    /// Whether its next end is signed too. A chain whose end is not signed as it stands is signed only by
    /// [`Audit::anchor`](trunkline_admin::audit::Audit::anchor), which reads it first.
    is_signed: bool,
}

impl Ends {
    /// The write under way stays.
    pub(super) fn keep(&mut self) {
        self.kept.append(&mut self.next);
    }

    /// The write under way is undone.
    pub(super) fn undo(&mut self) {
        self.next.clear();
    }

    /// Whether a statement reads what is still to be written.
    pub(super) fn concern(&self, query: &Query) -> bool {
        let any = !self.kept.is_empty() || !self.next.is_empty();
        any && query.names(TABLE)
    }

    /// The statements that write all ends.
    pub(super) fn puts(&self, signer: Option<&Sealer>) -> Vec<Query> {
        let mut puts = Vec::new();
        for (tenant, chain) in self.kept.iter().chain(&self.next) {
            puts.push(chain.end.bind(&sql::PUT_TRAIL, tenant));
            let signer = signer.filter(|_| chain.is_signed && chain.end.head.seq > 0);
            if let Some(sealer) = signer {
                let anchor = Anchor::new(sealer, tenant, chain.end.head.clone());
                puts.push(trails::put_anchor(tenant, &anchor));
            }
        }
        puts
    }
}

/// Writes what a change leaves behind, after the change itself.
pub(super) fn leave(on: &mut Session<'_>, trail: &Trail) -> Result<()> {
    let Some(tenant) = trails::tenant_of(trail) else {
        return Ok(());
    };
    let known = on.ends.next.remove(tenant);
    let mut chain = match known.or_else(|| on.ends.kept.get(tenant).cloned()) {
        Some(chain) => chain,
        None => find(on, tenant)?,
    };
    for link in chain.end.links(trail)? {
        on.execute(&put_audit(tenant, &link))?;
    }
    for draft in &trail.events {
        chain.end.position += 1;
        let sequence = sql::NEXT_SEQUENCE.query().bind(tenant.as_str());
        on.execute(&sequence.bind(draft.resource.as_str()))?;
        let event = sql::PUT_EVENT
            .query()
            .bind(tenant.as_str())
            .bind(chain.end.position)
            .bind(draft.id.as_str())
            .bind(draft.kind.as_str())
            .bind(draft.account.as_str())
            .bind(draft.resource.as_str())
            .bind(draft.at.as_millisecond())
            .bind(Document(&json(draft)?));
        on.execute(&event)?;
    }
    on.ends.next.insert(tenant.clone(), chain);
    Ok(())
}

/// Where a tenant's chain ends, and whether that is signed.
fn find(on: &mut Session<'_>, tenant: &Tenant) -> Result<ChainEnd> {
    let locked = sql::LOCK_TRAIL.query().bind(tenant.as_str());
    let end = End::read(on.rows(&locked)?.first())?;
    let Some(sealer) = on.signer else {
        let is_signed = false;
        return Ok(ChainEnd { end, is_signed });
    };
    let anchor = sql::FIND_ANCHOR.query().bind(tenant.as_str());
    let is_signed = match on.rows(&anchor)?.first() {
        Some(row) => {
            let (_, anchor) = trails::anchor(row)?;
            anchor.head == end.head && anchor.is_genuine(sealer, tenant)
        }
        None => end.head == Head::default(),
    };
    Ok(ChainEnd { end, is_signed })
}

fn put_audit(tenant: &Tenant, link: &Link) -> Query {
    let query = sql::PUT_AUDIT
        .query()
        .bind(tenant.as_str())
        .bind(link.seq)
        .bind(link.at_ms)
        .bind(link.hash.as_str())
        .bind(Document(&link.text));
    let copies = link.copies.iter();
    copies.fold(query, |query, copy| query.bind(copy.as_deref()))
}
