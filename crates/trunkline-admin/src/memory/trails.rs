//! The audit trail and the events, in memory.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::audit::{Anchor, AuditFilter, Checkpoint, Entry, Head, Link, OldRows};
use crate::chronicle::Trail;
use crate::events::{Event, EventFilter, EventPage};
use crate::memory::MemoryAdmin;
use crate::trails::Trails;
use trunkline_core::error::Result;
use trunkline_core::host;
use trunkline_core::model::{EventId, Tenant};

fn fits_row(filter: &AuditFilter, entry: &Entry) -> bool {
    fn is(wanted: Option<&str>, found: Option<&str>) -> bool {
        wanted.is_none() || wanted == found
    }
    let seen = filter.accounts.as_ref().is_none_or(|accounts| {
        let account = entry.account.as_deref();
        account.is_some_and(|account| accounts.contains(account))
    });
    seen && is(filter.account.as_deref(), entry.account.as_deref())
        && is(filter.number.as_deref(), entry.number.as_deref())
        && is(filter.action.as_deref(), Some(&entry.action))
        && is(filter.request_id.as_deref(), entry.request_id.as_deref())
        && filter
            .key
            .as_ref()
            .is_none_or(|key| entry.actor.key_id.as_ref() == Some(key))
        && filter
            .outcome
            .is_none_or(|outcome| entry.outcome == outcome)
        && filter.from.is_none_or(|from| entry.at >= from)
        && filter.to.is_none_or(|to| entry.at < to)
}

/// What is older than this is from before then.
fn before(kept: Duration) -> Timestamp {
    host::now().checked_sub(kept).unwrap_or(Timestamp::MIN)
}

fn fits_event(filter: &EventFilter, event: &Event) -> bool {
    let draft = &event.draft;
    let seen = filter
        .accounts
        .as_ref()
        .is_none_or(|accounts| accounts.contains(draft.account.as_str()));
    seen && (filter.types.is_empty() || filter.types.contains(&draft.kind))
        && filter
            .account
            .as_ref()
            .is_none_or(|account| draft.account == *account)
        && filter.since.is_none_or(|since| draft.at >= since)
}

#[async_trait]
impl Trails for MemoryAdmin {
    async fn note(&self, trail: &Trail) -> Result<()> {
        self.state().chains.write(trail)
    }

    async fn audit(
        &self,
        tenant: &Tenant,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let state = self.state();
        let Some(chain) = state.chains.tenants.get(tenant) else {
            return Ok(Vec::new());
        };
        let rows = chain.links.iter().map(|(_, entry)| entry).rev();
        let mut reached = filter.before.is_none();
        let older = rows.filter(|entry| {
            let after = reached;
            reached |= filter.before.as_ref() == Some(&entry.id);
            after
        });
        Ok(older
            .filter(|entry| fits_row(filter, entry))
            .take(limit)
            .cloned()
            .collect())
    }

    async fn audit_links(&self, tenant: &Tenant, after: i64, limit: usize) -> Result<Vec<Link>> {
        let state = self.state();
        let links = state.chains.tenants.get(tenant).into_iter();
        let links = links.flat_map(|chain| chain.links.iter().map(|(link, _)| link));
        Ok(links
            .filter(|link| link.seq > after)
            .take(limit)
            .cloned()
            .collect())
    }

    async fn audit_heads(&self) -> Result<Vec<(Tenant, Head)>> {
        let state = self.state();
        let chains = state.chains.tenants.iter();
        Ok(chains
            .filter(|(_, chain)| chain.head.seq > 0)
            .map(|(tenant, chain)| (tenant.clone(), chain.head.clone()))
            .collect())
    }

    async fn audited(&self) -> Result<Vec<Tenant>> {
        Ok(self.state().chains.tenants.keys().cloned().collect())
    }

    async fn anchors(&self) -> Result<Vec<(Tenant, Anchor)>> {
        let state = self.state();
        let chains = state.chains.tenants.iter();
        let anchored = chains.filter_map(|(tenant, chain)| {
            let anchor = chain.anchor.clone()?;
            Some((tenant.clone(), anchor))
        });
        Ok(anchored.collect())
    }

    async fn put_anchor(&self, tenant: &Tenant, anchor: &Anchor) -> Result<()> {
        let mut state = self.state();
        let chain = state.chains.tenants.entry(tenant.clone()).or_default();
        let seq = |anchor: &Anchor| anchor.head.seq;
        if chain
            .anchor
            .as_ref()
            .is_none_or(|old| seq(old) < seq(anchor))
        {
            chain.anchor = Some(anchor.clone());
        }
        Ok(())
    }

    async fn checkpoint(&self, tenant: &Tenant) -> Result<Option<Checkpoint>> {
        let state = self.state();
        let chain = state.chains.tenants.get(tenant);
        Ok(chain.and_then(|chain| chain.checkpoint.clone()))
    }

    async fn put_checkpoint(&self, tenant: &Tenant, checkpoint: &Checkpoint) -> Result<()> {
        let mut state = self.state();
        let chain = state.chains.tenants.entry(tenant.clone()).or_default();
        let last = chain.checkpoint.as_ref();
        if last.is_none_or(|last| last.head.seq <= checkpoint.head.seq) {
            chain.checkpoint = Some(checkpoint.clone());
        }
        Ok(())
    }

    async fn prune_audit(&self, old: &OldRows) -> Result<u64> {
        let before = before(old.kept).as_millisecond();
        let mut state = self.state();
        let Some(chain) = state.chains.tenants.get_mut(&old.tenant) else {
            return Ok(0);
        };
        let links = chain.links.iter().map(|(link, _)| link).take(old.limit);
        let links: Vec<_> = links.filter(|link| link.at_ms < before).cloned().collect();
        let (last, signed) = (chain.checkpoint.as_ref(), chain.anchor.as_ref());
        let Some(next) = old.checkpoint(last, signed, &links)? else {
            return Ok(0);
        };
        let is_old = |row: &mut (Link, Entry)| row.0.seq <= next.head.seq;
        let deleted = chain.links.extract_if(.., is_old).count();
        chain.checkpoint = Some(next);
        Ok(u64::try_from(deleted).unwrap_or(u64::MAX))
    }

    async fn events(
        &self,
        tenant: &Tenant,
        filter: &EventFilter,
        limit: usize,
    ) -> Result<EventPage> {
        let (state, after) = (self.state(), filter.after);
        let Some(chain) = state.chains.tenants.get(tenant) else {
            return Ok(EventPage {
                events: Vec::new(),
                position: after,
            });
        };
        let events = chain.events.iter().filter(|event| event.position > after);
        let events: Vec<_> = events
            .filter(|event| fits_event(filter, event))
            .take(limit)
            .cloned()
            .collect();
        Ok(EventPage::of(events, limit, chain.position.max(after)))
    }

    async fn event(&self, tenant: &Tenant, id: &EventId) -> Result<Option<Event>> {
        let state = self.state();
        let mut events = state
            .chains
            .tenants
            .get(tenant)
            .into_iter()
            .flat_map(|chain| &chain.events);
        Ok(events.find(|event| event.draft.id == *id).cloned())
    }

    async fn event_head(&self, tenant: &Tenant) -> Result<i64> {
        Ok(self.state().chains.position(tenant))
    }

    async fn prune_events(&self, kept: Duration, limit: usize) -> Result<u64> {
        let before = before(kept);
        let mut state = self.state();
        let state = &mut *state;
        let mut pruned = 0;
        for (tenant, chain) in &mut state.chains.tenants {
            let wanted = state.outbox.wanted(tenant);
            let old = |event: &Event| event.draft.at < before && event.position <= wanted;
            let most = chain.events.iter().take_while(|event| old(event)).count();
            pruned += chain.events.drain(..most.min(limit)).count();
        }
        Ok(u64::try_from(pruned).unwrap_or(u64::MAX))
    }
}
