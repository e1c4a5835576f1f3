//! Listing and showing the inventory.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::service::{Inventory, inside};
use super::store::SortedAfter;
use crate::fingerprint;
use crate::journal::Annotation;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::inventory::{
    Drift, DriftQuery, DriftSelector, HoldingState, InventoryEntry, InventoryPage, InventoryQuery,
    InventorySource,
};
use trunkline_core::model::{Caller, E164, NumberId, Tenant};

/// What a cursor is sealed for.
const CURSOR: &str = "inventory";

/// How many drifts the history of a number shows at most.
const HISTORY_MAX: usize = 100;

/// Where a page starts, and of which list.
#[derive(Serialize, Deserialize)]
struct Cursor {
    tenant: Tenant,
    filters: String,
    after: SortedAfter,
}

/// A number of the inventory with what is known to have happened to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct InventoryItem {
    /// The number.
    #[serde(flatten)]
    pub entry: InventoryEntry,
    /// Its drifts, open or not, newest first; 100 at most. What was done here is in the audit trail.
    pub history: Vec<Drift>,
    /// How fresh it is.
    pub source: InventorySource,
}

impl Inventory {
    /// One page of the inventory. No carrier is asked.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field that makes no sense, `cursor` if it is not of this list; `NotFound` for an
    /// account that is not the caller's; those of the store.
    pub async fn list(&self, caller: &Caller, query: &InventoryQuery) -> Result<InventoryPage> {
        query.validate()?;
        let entries = self.entries(caller, &query.accounts, query.provider.as_deref())?;
        let seen = inside(caller, &entries);
        let filters = fingerprint::of(query)?;
        let after = query
            .cursor
            .as_deref()
            .map(|cursor| self.opened(caller, &filters, cursor));
        let after = after.transpose()?;
        let mut more = query.clone();
        more.limit = query.limit + 1;
        let mut found = self.store.inventory(&seen, &more, after.as_ref()).await?;
        let mut next_cursor = None;
        if found.len() > query.limit {
            found.truncate(query.limit);
            if let Some((_, after)) = found.last() {
                let cursor = Cursor {
                    tenant: caller.tenant.clone(),
                    filters,
                    after: after.clone(),
                };
                next_cursor = Some(self.sealer.seal(CURSOR, &cursor)?);
            }
        }
        let mut data: Vec<InventoryEntry> = found.into_iter().map(|(entry, _)| entry).collect();
        self.show_releases(&mut data).await?;
        let count = match query.count {
            true => Some(self.store.count_inventory(&seen, query).await?),
            false => None,
        };
        Ok(InventoryPage {
            data,
            next_cursor,
            count,
            sources: self.sources(&entries).await?,
        })
    }

    fn opened(&self, caller: &Caller, filters: &str, cursor: &str) -> Result<SortedAfter> {
        let opened = self.sealer.open::<Cursor>(CURSOR, cursor);
        let ours = opened.filter(|it| it.tenant == caller.tenant && it.filters == filters);
        let invalid = || Error::invalid("cursor", "not a cursor of this list with these filters");
        ours.map(|cursor| cursor.after).ok_or_else(invalid)
    }

    /// One number of the inventory, by its id or by an E.164 that exactly one account of the caller's holds; a number
    /// that is gone is shown too. No carrier is asked.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` listing the ids if several accounts hold it; those of the store.
    pub async fn get(&self, caller: &Caller, id: &str) -> Result<InventoryItem> {
        let none = || {
            Error::new(
                ErrorKind::NotFound,
                format!("no number {id} in the inventory"),
            )
        };
        let mut found = self.found(caller, id).await?;
        let held = |entry: &&InventoryEntry| entry.inventory.state != HoldingState::Gone;
        if found.len() > 1 && found.iter().any(|entry| held(&entry)) {
            found.retain(|entry| held(&entry));
        }
        if found.len() > 1 {
            let ids: Vec<_> = found.iter().map(|entry| entry.number.id.as_str()).collect();
            let message = format!("several accounts hold it: {}", ids.join(", "));
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        self.show_releases(&mut found).await?;
        let entry = found.pop().ok_or_else(none)?;
        let accounts = [entry.number.account.to_string()];
        let entries = self.entries(caller, &accounts, None)?;
        let query = DriftQuery {
            which: DriftSelector {
                number: Some(entry.number.id.to_string()),
                ..DriftSelector::default()
            },
            limit: HISTORY_MAX,
            before: None,
        };
        let history = self.store.drifts(&inside(caller, &entries), &query).await?;
        let source = self.sources(&entries).await?.pop().ok_or_else(none)?;
        Ok(InventoryItem {
            entry,
            history,
            source,
        })
    }

    /// What the caller has under an id or number, whatever its state.
    async fn found(&self, caller: &Caller, id: &str) -> Result<Vec<InventoryEntry>> {
        if let Ok(id) = NumberId::new(id) {
            let entry = self.registry.of_caller(caller, id.account());
            let Ok(entry) = entry else {
                return Ok(Vec::new());
            };
            let own = entry.provider.canonical(id.provider_id());
            let found = self
                .store
                .known_entries(entry.provider.identity(), &[own])
                .await?;
            let ours = found.into_iter().map(|(entry, _)| entry);
            return Ok(ours.filter(|entry| entry.tenant == caller.tenant).collect());
        }
        let number: E164 = id.parse()?;
        self.holders(caller, &number).await
    }

    /// Every record of a number at the caller's accounts, gone ones included.
    pub(super) async fn holders(
        &self,
        caller: &Caller,
        number: &E164,
    ) -> Result<Vec<InventoryEntry>> {
        let entries = self.entries(caller, &[], None)?;
        let seen = inside(caller, &entries);
        let mut all = Vec::new();
        for holding in [None, Some(HoldingState::Gone)] {
            let mut query = InventoryQuery {
                holding,
                limit: InventoryQuery::LIMIT_MAX,
                ..InventoryQuery::default()
            };
            query.numbers.number = Some(number.to_string());
            let found = self.store.inventory(&seen, &query, None).await?;
            all.extend(found.into_iter().map(|(entry, _)| entry));
        }
        Ok(all)
    }

    /// Shows the releases that can still be undone.
    async fn show_releases(&self, entries: &mut [InventoryEntry]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let ids: Vec<NumberId> = entries
            .iter()
            .map(|entry| entry.number.id.clone())
            .collect();
        let notes = self.store.annotations(&ids).await?.into_iter();
        let notes: HashMap<NumberId, Annotation> = notes.collect();
        for entry in entries {
            let number = &mut entry.number;
            if let Some(note) = notes.get(&number.id) {
                (number.release_at, number.release_held) = (note.release_at, note.release_held);
            }
        }
        Ok(())
    }
}
