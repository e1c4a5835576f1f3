//! What an account holds, compared with what the journal says was bought there and not given back.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::Store;
use crate::journal::{Openness, PurchaseFilter};
use crate::machine::Winner;
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::{E164, ListQuery, Number, NumberId, PurchaseId, PurchaseState};
use trunkline_core::registry::AccountEntry;

/// Longest that each request takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many numbers are asked for at the same time.
const AT_ONCE: usize = 8;

/// Most open purchases in each state that are looked at.
const OPEN_MAX: usize = 10_000;

/// A number that the account holds, and that no purchase in the journal has won.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Unrecorded {
    /// The number's id.
    pub id: NumberId,
    /// The carrier's id.
    pub provider_id: String,
    /// The number, if it has an E.164 form.
    pub number: Option<E164>,
    /// A purchase of this number whose outcome is open, or presumed failed.
    pub purchase: Option<PurchaseId>,
}

/// What is different between an account and the journal.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// How many numbers the account holds.
    pub held: usize,
    /// How many numbers the journal says were bought there and not given back.
    pub recorded: usize,
    /// Rows of the carrier's list that could not be read.
    pub unreadable: usize,
    /// Held, and not in the journal.
    pub unrecorded: Vec<Unrecorded>,
    /// In the journal, and not held: the carrier answers 404, or shows another number under the id.
    pub vanished: Vec<Winner>,
}

/// Compares an account with the journal, by one complete reading. Nothing is changed.
///
/// # Errors
/// Those of [`Provider::list`](trunkline_core::Provider::list) and [`Provider::get`](trunkline_core::Provider::get), so that nothing is
/// said of an account that can't be read to its end; `Protocol` if its pages run in a circle; those of the journal.
pub async fn compare(entry: &AccountEntry, store: &dyn Store) -> Result<Comparison> {
    let identity = entry.provider.identity();
    let before = store.winners(identity).await?;
    let call = Call::reading(PATIENCE, Lane::Search);
    let mut held = call.scope(Holdings::read(entry)).await?;
    let after = store.winners(identity).await?;
    let recorded: HashSet<&str> = before
        .iter()
        .chain(&after)
        .map(|winner| winner.provider_id.as_str())
        .collect();
    held.rows
        .retain(|row| !recorded.contains(row.provider_id.as_str()));
    let missing = |winner: &&Winner| !held.ids.contains(&winner.provider_id);
    let missing = after
        .iter()
        .filter(|winner| before.contains(winner))
        .filter(missing);
    Ok(Comparison {
        held: held.ids.len(),
        recorded: after.len(),
        unreadable: held.unreadable,
        vanished: vanished(entry, missing.cloned().collect()).await?,
        unrecorded: with_purchases(entry, store, held.rows).await?,
    })
}

/// What an account holds.
#[derive(Debug, Default)]
struct Holdings {
    ids: HashSet<String>,
    rows: Vec<Unrecorded>,
    unreadable: usize,
}

impl Holdings {
    /// Reads all of it.
    async fn read(entry: &AccountEntry) -> Result<Self> {
        let provider = &entry.provider;
        let mut held = Self::default();
        let mut query = ListQuery {
            limit: provider.capability().page_size_max,
            ..ListQuery::default()
        };
        let mut followed = HashSet::new();
        loop {
            let page = provider.list(&query).await?;
            held.unreadable += page.unreadable;
            page.items.into_iter().for_each(|number| held.keep(number));
            let Some(next) = page.next else {
                return Ok(held);
            };
            if !followed.insert(next.clone()) {
                let message = "the carrier's pages run in a circle";
                return Err(Error::new(ErrorKind::Protocol, message));
            }
            query.cursor = Some(next);
        }
    }

    fn keep(&mut self, number: Number) {
        // A page may repeat what has shifted since the one before.
        if self.ids.insert(number.provider_id.clone()) {
            self.rows.push(Unrecorded {
                number: number.e164(),
                id: number.id,
                provider_id: number.provider_id,
                purchase: None,
            });
        }
    }
}

/// Those that the carrier, asked for each, does not know: a list leaves out what shifts while it is read.
async fn vanished(entry: &AccountEntry, missing: Vec<Winner>) -> Result<Vec<Winner>> {
    let ask = async |winner: Winner| {
        let call = Call::within(PATIENCE, Lane::Search);
        match call.scope(entry.provider.get(&winner.provider_id)).await {
            Ok(number) if number.e164() == Some(winner.number) => Ok(None),
            Ok(_) => Ok(Some(winner)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Some(winner)),
            Err(error) => Err(error),
        }
    };
    let asked = stream::iter(missing).map(ask).buffered(AT_ONCE);
    asked
        .try_filter_map(async |vanished| Ok(vanished))
        .try_collect()
        .await
}

/// The same rows, each with the purchase that may have got it.
async fn with_purchases(
    entry: &AccountEntry,
    store: &dyn Store,
    mut rows: Vec<Unrecorded>,
) -> Result<Vec<Unrecorded>> {
    let identity = entry.provider.identity();
    let mut open = HashMap::new();
    for state in [PurchaseState::Dispatched, PurchaseState::Unknown] {
        let filter = PurchaseFilter {
            state: Some(state),
            ..PurchaseFilter::default()
        };
        for record in store.purchases(&entry.tenant, &filter, OPEN_MAX).await? {
            let here = record
                .attempt()
                .filter(|attempt| attempt.identity == identity);
            if let Some(attempt) = here {
                open.insert(attempt.number, record.purchase.id.clone());
            }
        }
    }
    let watched = store.unsettled().await?.into_iter().any(|row| {
        row.identity == identity && matches!(row.open, Openness::Watched | Openness::NeedsPerson)
    });
    for row in &mut rows {
        let Some(number) = row.number else { continue };
        row.purchase = open.get(&number).cloned();
        if row.purchase.is_none() && watched {
            let presumed = store.presumed(identity, &number).await?;
            row.purchase = presumed
                .into_iter()
                .next_back()
                .map(|record| record.purchase.id);
        }
    }
    Ok(rows)
}
