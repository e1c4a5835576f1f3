//! The inventory: what the accounts hold, as it is remembered; and what was changed elsewhere.

use std::future::IntoFuture;
use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, stream};
use trunkline_core::inventory::{
    Drift, DriftQuery, DriftSelector, InventoryEntry, InventoryPage, InventoryQuery,
    InventoryReport, SummaryBy, SyncProgress, WhereAbouts,
};
use trunkline_core::{DriftId, Result};
use trunkline_engine::inventory::SyncRequest;

use crate::front::Trunkline;

/// Pause between two looks at a reading.
const PAUSE: Duration = Duration::from_millis(50);

/// Which numbers of the inventory: see [`Trunkline::inventory`].
#[derive(Clone, Debug)]
#[must_use = "nothing is read before it is awaited, counted or streamed"]
pub struct ListInventory<'a> {
    trunkline: &'a Trunkline,
    query: InventoryQuery,
}

impl ListInventory<'_> {
    /// Only numbers that match, in the order of the query. A `limit` of 0 stands for 1000.
    pub fn matching(mut self, query: InventoryQuery) -> Self {
        self.query = query;
        if self.query.limit == 0 {
            self.query.limit = InventoryQuery::LIMIT_MAX;
        }
        self
    }

    /// Only numbers with these digits anywhere, or with these words in label, tags, place or owner: at least 3 characters.
    pub fn search(mut self, words: impl Into<String>) -> Self {
        self.query.q = Some(words.into());
        self
    }

    /// Only numbers at this account, too; default all accounts.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.query.accounts.push(account.into());
        self
    }

    /// How many match and what they cost a month, in all and by these values.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field; `NotFound` for an unknown account; those of the store.
    pub async fn summary(self, by: &[SummaryBy]) -> Result<InventoryReport> {
        let inventory = &self.trunkline.services.engine.inventory;
        inventory
            .summary(&self.trunkline.caller, &self.query, by)
            .await
    }

    /// All that match one by one, read a page at a time: for inventories that do not fit into memory. It ends after an
    /// error.
    pub fn stream(self) -> impl Stream<Item = Result<InventoryEntry>> + Send + 'static {
        let (trunkline, query) = (self.trunkline.clone(), self.query);
        let pages = stream::unfold(Some(query), move |query| {
            let trunkline = trunkline.clone();
            async move {
                let mut query = query?;
                let inventory = &trunkline.services.engine.inventory;
                let page = match inventory.list(&trunkline.caller, &query).await {
                    Ok(page) => page,
                    Err(error) => return Some((vec![Err(error)], None)),
                };
                query.cursor = page.next_cursor;
                let next = query.cursor.is_some().then_some(query);
                Some((page.data.into_iter().map(Ok).collect(), next))
            }
        });
        futures_util::StreamExt::flat_map(pages, stream::iter)
    }
}

impl<'a> IntoFuture for ListInventory<'a> {
    type Output = Result<InventoryPage>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let inventory = &self.trunkline.services.engine.inventory;
            inventory.list(&self.trunkline.caller, &self.query).await
        })
    }
}

impl Trunkline {
    /// The numbers that the accounts hold, as they are remembered: choose which, then `.await` one page, read all as a
    /// stream, or count them. No carrier is asked: `sources` says how old this is.
    pub fn inventory(&self) -> ListInventory<'_> {
        ListInventory {
            trunkline: self,
            query: InventoryQuery {
                limit: InventoryQuery::LIMIT_MAX,
                ..InventoryQuery::default()
            },
        }
    }

    /// Reads every account whole, waits for the end, and tells what has changed there.
    ///
    /// # Errors
    /// Those of the store. An account that could not be read is not an error: its state says so.
    pub async fn sync(&self) -> Result<SyncProgress> {
        let inventory = &self.services.engine.inventory;
        let request = SyncRequest::default();
        let mut progress = inventory.sync(&self.caller, &request).await?;
        while progress.ended_at.is_none() {
            tokio::time::sleep(PAUSE).await;
            progress = inventory.syncing(&self.caller, &progress.id).await?;
        }
        Ok(progress)
    }

    /// What was changed elsewhere and nobody has accepted, newest first; at most 1000.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn drift(&self) -> Result<Vec<Drift>> {
        let open = DriftQuery {
            which: DriftSelector {
                open: Some(true),
                ..DriftSelector::default()
            },
            limit: 1_000,
            before: None,
        };
        let inventory = &self.services.engine.inventory;
        inventory.drift(&self.caller, &open).await
    }

    /// Accepts a drift: the carrier's value is right.
    ///
    /// # Errors
    /// `NotFound`; those of the store.
    pub async fn accept(&self, id: &DriftId) -> Result<Drift> {
        let inventory = &self.services.engine.inventory;
        inventory.accept(&self.caller, id).await
    }

    /// Every account that has a number, E.164, and what disagrees between them.
    ///
    /// # Errors
    /// `InvalidRequest` for another form of number; those of the store.
    pub async fn where_is(&self, number: impl AsRef<str>) -> Result<WhereAbouts> {
        let inventory = &self.services.engine.inventory;
        inventory
            .where_is(&self.caller, &number.as_ref().parse()?)
            .await
    }
}
