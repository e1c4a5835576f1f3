//! The feed backwards, for people: what happened last comes first.

use super::event::{Event, EventFilter};
use crate::trails::Trails;
use trunkline_core::error::{Error, Result};
use trunkline_core::model::{Caller, Tenant};
use trunkline_engine::seal::Sealer;

/// Places of the feed that are looked at first; each further look takes in four times as many.
const FIRST: usize = 100;

/// Most places in one look, and most looks for one page: with a filter that fits rarely a page may be short.
const MOST: (usize, usize) = (10_000, 10);

/// Cursors of the two directions can't be mistaken for each other.
const PURPOSE: &str = "events-newest";

/// A page of the feed backwards.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// At most this many events.
    pub limit: usize,
    /// The cursor of an earlier page; from the latest event if `None`.
    pub before: Option<&'a str>,
}

/// Reads the feed backwards for a caller.
pub(super) struct Backwards<'a> {
    pub(super) store: &'a dyn Trails,
    pub(super) sealer: &'a Sealer,
    pub(super) caller: &'a Caller,
}

impl Backwards<'_> {
    /// A page, and the cursor of the next one; none after the oldest event.
    pub(super) async fn read(
        &self,
        filter: &EventFilter,
        page: Page<'_>,
    ) -> Result<(Vec<Event>, Option<String>)> {
        let (caller, limit) = (self.caller, page.limit);
        let tenant = &caller.tenant;
        let mut before = match page.before {
            Some(text) => self.opened(tenant, text)?,
            None => self.store.event_head(tenant).await? + 1,
        };
        let oldest = self
            .store
            .events(tenant, &EventFilter::default(), 1)
            .await?;
        let oldest = oldest
            .events
            .first()
            .map_or(i64::MAX, |event| event.position);
        let (mut found, mut width) = (Vec::new(), FIRST.max(limit));
        for _ in 0..MOST.1 {
            if before <= oldest || found.len() >= limit {
                break;
            }
            let after = (before - 1).saturating_sub_unsigned(width as u64).max(0);
            let window = EventFilter {
                accounts: caller.accounts.clone(),
                after,
                ..filter.clone()
            };
            // A place has one event at most, so that nothing of the window is cut off.
            let seen = self.store.events(tenant, &window, width).await?;
            let inside = seen
                .events
                .into_iter()
                .rev()
                .filter(|event| event.position < before);
            found.extend(inside);
            before = after + 1;
            width = (width * 4).min(MOST.0);
        }
        if found.len() > limit {
            found.truncate(limit);
            before = found.last().map_or(before, |event| event.position);
        }
        let more = (before > oldest).then(|| self.sealer.seal(PURPOSE, &(tenant, before)));
        Ok((found, more.transpose()?))
    }

    fn opened(&self, tenant: &Tenant, text: &str) -> Result<i64> {
        let opened: Option<(Tenant, i64)> = self.sealer.open(PURPOSE, text);
        let own = opened
            .filter(|(of, _)| of == tenant)
            .map(|(_, before)| before);
        own.ok_or_else(|| Error::invalid("after", "not a cursor of the events, newest first"))
    }
}
