//! What the audit trail and the feed hold, in memory.

use std::collections::{BTreeMap, HashMap};

use crate::audit::{Anchor, Checkpoint, Entry, Head, Link};
use crate::chronicle::{Lines, Trail};
use crate::events::Event;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::Tenant;

/// What each tenant's chain and order of events hold.
#[derive(Debug, Default)]
pub(super) struct Chains {
    pub(super) tenants: BTreeMap<Tenant, Chain>,
}

#[derive(Debug, Default)]
pub(super) struct Chain {
    pub(super) head: Head,
    pub(super) anchor: Option<Anchor>,
    pub(super) checkpoint: Option<Checkpoint>,
    pub(super) links: Vec<(Link, Entry)>,
    pub(super) position: i64,
    sequences: HashMap<String, i64>,
    pub(super) events: Vec<Event>,
}

impl Chains {
    /// Adds what a change leaves behind.
    pub(super) fn write(&mut self, trail: &Trail) -> Result<()> {
        for entry in &trail.audit {
            let chain = self.tenants.entry(entry.tenant.clone()).or_default();
            let link = Link::after(&chain.head, entry).map_err(|error| {
                Error::new(ErrorKind::Internal, "an audit row can't be written").with_source(error)
            })?;
            chain.head = Head {
                seq: link.seq,
                hash: link.hash.clone(),
            };
            chain.links.push((link, entry.clone()));
        }
        for draft in &trail.events {
            let chain = self.tenants.entry(draft.tenant.clone()).or_default();
            chain.position += 1;
            let sequence = chain.sequences.entry(draft.resource.clone()).or_default();
            *sequence += 1;
            let event = Event {
                draft: draft.clone(),
                sequence: *sequence,
                position: chain.position,
            };
            chain.events.push(event);
        }
        let mut lines = Lines::default();
        lines.add(trail);
        lines.write();
        Ok(())
    }

    /// The event at a place.
    pub(super) fn at(&self, tenant: &Tenant, position: i64) -> Option<&Event> {
        let events = &self.tenants.get(tenant)?.events;
        let index = events.binary_search_by_key(&position, |event| event.position);
        events.get(index.ok()?)
    }

    /// The place of the latest event.
    pub(super) fn position(&self, tenant: &Tenant) -> i64 {
        self.tenants.get(tenant).map_or(0, |chain| chain.position)
    }
}
