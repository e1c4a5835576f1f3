//! The feed of events: written with the change, in one order for each tenant, numbered without gaps for each resource.

mod event;
mod newest;

use std::sync::Arc;

use crate::trails::Trails;
use trunkline_core::error::{Error, Result};
use trunkline_core::model::{Caller, EventId, Tenant};
use trunkline_engine::seal::Sealer;

use newest::Backwards;

pub use event::{Draft, Event, EventFilter, EventPage, EventType, sees};
pub use newest::Page;

/// Where to go on in the feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum After {
    /// From the oldest that is kept.
    #[default]
    Start,
    /// From now.
    Latest,
    /// After what a cursor, or the id of an event, stands for.
    Point(String),
}

const PURPOSE: &str = "events";

/// The feed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Events {
    store: Arc<dyn Trails>,
    sealer: Sealer,
}

impl Events {
    /// The feed in this store.
    #[must_use]
    pub fn new(store: Arc<dyn Trails>, sealer: Sealer) -> Self {
        Self { store, sealer }
    }

    /// The place to go on from.
    ///
    /// # Errors
    /// `InvalidRequest` for a cursor of another tenant, or an unknown event id; those of the store.
    pub async fn position(&self, caller: &Caller, after: &After) -> Result<i64> {
        match after {
            After::Start => Ok(0),
            After::Latest => self.store.event_head(&caller.tenant).await,
            After::Point(text) => {
                let wrong = || Error::invalid("after", "no cursor of this feed, and no event's id");
                if let Ok(id) = EventId::new(text.as_str()) {
                    let found = self.store.event(&caller.tenant, &id).await?;
                    let found = found.filter(|event| sees(caller, event));
                    return found.map(|event| event.position).ok_or_else(wrong);
                }
                let opened: Option<(Tenant, i64)> = self.sealer.open(PURPOSE, text);
                let opened = opened.filter(|(tenant, _)| *tenant == caller.tenant);
                opened.map(|(_, position)| position).ok_or_else(wrong)
            }
        }
    }

    /// What stands for a place.
    ///
    /// # Errors
    /// `Internal` if it can't be sealed.
    pub fn cursor(&self, caller: &Caller, position: i64) -> Result<String> {
        self.sealer.seal(PURPOSE, &(&caller.tenant, position))
    }

    /// The next events that the caller may see.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn read(
        &self,
        caller: &Caller,
        filter: &EventFilter,
        limit: usize,
    ) -> Result<EventPage> {
        let filter = EventFilter {
            accounts: caller.accounts.clone(),
            ..filter.clone()
        };
        self.store.events(&caller.tenant, &filter, limit).await
    }

    /// A page of the caller's events, newest first, and the cursor of the next page; none after the oldest event.
    ///
    /// # Errors
    /// `InvalidRequest` for a cursor that is not of this list; those of the store.
    pub async fn newest(
        &self,
        caller: &Caller,
        filter: &EventFilter,
        page: Page<'_>,
    ) -> Result<(Vec<Event>, Option<String>)> {
        let (store, sealer) = (&*self.store, &self.sealer);
        let backwards = Backwards {
            store,
            sealer,
            caller,
        };
        backwards.read(filter, page).await
    }
}
