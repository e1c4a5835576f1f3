//! Reading an account whole, and comparing it with the inventory.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use super::document::{as_read, digest, document, hash};
use super::judge::{Before, Judge};
use super::service::{Inventory, shelf};
use super::store::{Judged, Kept, Known, Reading, ReadingEnd, Touch};
use crate::action::{LOG_TARGET, now};
use crate::held_lease::HeldLease;
use crate::journal::CallerIdRecord;
use crate::machine::Winner;
use crate::prices::{PriceList, Until};
use crate::purchase::Claim;
use trunkline_core::call::{Call, Lane};
use trunkline_core::capability::Operation;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::inventory::{HoldingState, Origin, SyncReading, SyncState};
use trunkline_core::model::{
    CallerIdMethod, CallerIdQuery, CallerIdState, CountryCode, HeldRow, ListQuery, Number, Page,
    PageTrail, PurchaseId, SyncId,
};
use trunkline_core::registry::AccountEntry;

/// Longest that a page may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Longest that a price list is waited for.
const PRICES_PATIENCE: Duration = Duration::from_secs(5);

/// What is asked of a reading.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SyncRequest {
    /// The accounts to read; all that the caller sees if empty.
    pub accounts: Vec<String>,
    /// Whether missing numbers are marked even if they are so many that the reading would not be believed.
    pub believe_missing: bool,
}

/// What a reading tells while it is made.
pub(super) trait Report: Send + Sync {
    /// How far it has come.
    fn report(&self, progress: &SyncReading) -> impl Future<Output = ()> + Send;
}

/// One reading under way.
pub(super) struct Pass<'a, R> {
    pub(super) inventory: &'a Inventory,
    pub(super) entry: &'a AccountEntry,
    pub(super) believe_missing: bool,
    pub(super) report: &'a R,
}

/// What a reading has seen so far.
pub(super) struct Seen {
    pub(super) reading: Reading,
    began: Instant,
    /// Hashes of the carrier's ids.
    pub(super) ids: HashSet<u64>,
    /// Extensions without a number that the inventory did not have.
    pub(super) new_extensions: HashSet<String>,
    /// Which purchase has won which id of the carrier's, for a baseline.
    winners: HashMap<String, PurchaseId>,
    /// The carrier's price lists of the countries of numbers that it shows without a price.
    pub(super) prices: HashMap<CountryCode, PriceList>,
    progress: SyncReading,
    /// Why it can't be complete, though it goes on.
    flaw: Option<String>,
}

impl<R: Report> Pass<'_, R> {
    /// Reads the account once, if no other process does. `None` if one does.
    pub(super) async fn run(&self) -> Result<Option<SyncReading>> {
        let store = &*self.inventory.store;
        let name = format!("inventory:{}", self.entry.provider.identity());
        let Some(lease) = store.acquire(&name, &self.inventory.owner).await? else {
            return Ok(None);
        };
        let held = HeldLease::new(lease);
        let work = Box::pin(self.read(&held));
        let progress = held.during(store, work).await?;
        Ok(Some(progress))
    }

    async fn read(&self, held: &HeldLease) -> Result<SyncReading> {
        let began = Instant::now();
        let (id, account) = (SyncId::generate(now()), shelf(self.entry));
        let store = &self.inventory.store;
        let reading = store
            .begin_reading(&account, &id, self.entry.settle)
            .await?;
        let winners = match reading.baseline {
            true => store.winners(&account.identity).await?,
            false => Vec::new(),
        };
        let won = |winner: Winner| (winner.provider_id, winner.purchase);
        let mut seen = Seen {
            winners: winners.into_iter().map(won).collect(),
            progress: SyncReading {
                state: SyncState::Reading,
                ..SyncReading::new(account.account.clone())
            },
            ids: HashSet::new(),
            new_extensions: HashSet::new(),
            prices: HashMap::new(),
            flaw: None,
            began,
            reading,
        };
        self.report.report(&seen.progress).await;
        let end = match self.pages(&mut seen, held).await {
            Ok(()) => match seen.flaw.take() {
                Some(error) => ReadingEnd::Incomplete { error },
                None => {
                    let end = self.missing(&mut seen).await?;
                    self.caller_ids().await;
                    end
                }
            },
            Err(error) => {
                let told = error.to_string();
                seen.progress.error = Some(error);
                ReadingEnd::Incomplete { error: told }
            }
        };
        seen.progress.state = match &end {
            ReadingEnd::Complete => SyncState::Complete,
            ReadingEnd::Incomplete { error } => {
                let told = || Error::new(ErrorKind::Protocol, error.clone());
                seen.progress.error.get_or_insert_with(told);
                SyncState::Incomplete
            }
            ReadingEnd::Suspect { .. } => SyncState::Suspect,
        };
        let each_max = self.inventory.pace.events_each;
        store.end_reading(&seen.reading, &end, each_max).await?;
        self.log(&seen, &end);
        self.report.report(&seen.progress).await;
        Ok(seen.progress)
    }

    fn log(&self, seen: &Seen, end: &ReadingEnd) {
        let (account, progress) = (self.entry.provider.account(), &seen.progress);
        let (rows, appeared, changed) = (progress.rows, progress.appeared, progress.changed);
        let duration_ms = u64::try_from(seen.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match end {
            ReadingEnd::Complete => tracing::info!(
                target: LOG_TARGET, %account, rows, appeared, changed, missing = progress.missing, gone = progress.gone,
                duration_ms, "{account} was read for the inventory"
            ),
            ReadingEnd::Incomplete { error } => tracing::warn!(
                target: LOG_TARGET, %account, rows, %error, duration_ms,
                "the reading of {account} is not complete: {error}"
            ),
            ReadingEnd::Suspect { missing } => tracing::warn!(
                target: LOG_TARGET, %account, rows, missing, held = seen.reading.held, duration_ms,
                "{account} shows {missing} numbers fewer than the inventory has: its credential may see less than \
                 before, and nothing was marked missing"
            ),
        }
    }

    /// Reads all pages and keeps what they show. While a page is written, the carrier is asked for the next one.
    async fn pages(&self, seen: &mut Seen, held: &HeldLease) -> Result<()> {
        let provider = &self.entry.provider;
        let mut query = ListQuery {
            limit: provider.capability().page_size_max,
            ..ListQuery::default()
        };
        let mut trail = PageTrail::default();
        let mut page = self.ask(&query, held).await?;
        loop {
            let ids = page.items.iter().map(|number| number.provider_id.as_str());
            trail.note(ids, page.next.as_deref())?;
            query.cursor.clone_from(&page.next);
            let ahead = async {
                match &query.cursor {
                    Some(_) => self.ask(&query, held).await.map(Some),
                    None => Ok(None),
                }
            };
            let (written, ahead) = tokio::join!(biased; self.page(seen, page), ahead);
            written?;
            self.report.report(&seen.progress).await;
            match ahead? {
                Some(next) => page = next,
                None => return Ok(()),
            }
        }
    }

    /// Asks the carrier for a page.
    async fn ask(&self, query: &ListQuery, held: &HeldLease) -> Result<Page<Number>> {
        if self.inventory.purchases.is_stopping() {
            return Err(stopped("trunkline was stopped"));
        }
        if !held.lease().holds() {
            return Err(stopped("another process reads the account"));
        }
        let call = Call::within(PATIENCE, Lane::Search);
        call.scope(self.entry.provider.list(query)).await
    }

    async fn page(&self, seen: &mut Seen, page: Page<Number>) -> Result<()> {
        seen.progress.pages += 1;
        seen.progress.rows += page.items.len() as u64;
        if page.unreadable > 0 {
            let flaw = format!("{} rows could not be read", page.unreadable);
            seen.flaw.get_or_insert(flaw);
        }
        if page.shifted {
            let flaw = "the list changed while it was read".to_owned();
            seen.flaw.get_or_insert(flaw);
        }
        let mut new = Vec::with_capacity(page.items.len());
        for number in page.items {
            if seen.ids.insert(hash(&number.provider_id)) {
                new.push(as_read(number, &self.entry.watch));
            } else {
                let flaw = "the carrier's pages repeat rows".to_owned();
                seen.flaw.get_or_insert(flaw);
            }
        }
        for numbers in new.chunks(self.inventory.pace.batch) {
            self.compare(seen, numbers).await?;
        }
        Ok(())
    }

    /// Compares numbers with the inventory, and writes what differs.
    async fn compare(&self, seen: &mut Seen, numbers: &[Number]) -> Result<()> {
        let store = &self.inventory.store;
        let identity = self.entry.provider.identity();
        let ids: Vec<String> = numbers
            .iter()
            .map(|number| number.provider_id.clone())
            .collect();
        let known: HashMap<String, Known> = store
            .known(identity, &ids)
            .await?
            .into_iter()
            .map(|known| (known.provider_id.clone(), known))
            .collect();
        self.ask_prices(seen, numbers, &known).await;
        let judge = self.judge_of(seen);
        let mut differing: Vec<&Number> = Vec::new();
        for number in numbers {
            let is_same = match known.get(&number.provider_id) {
                Some(known) => {
                    let price = judge.price(number, known.price, known.purchased);
                    let same = price == known.price && known.digest == digest(&document(number)?);
                    same && known.read && known.state == HoldingState::Held
                }
                None => false,
            };
            if !is_same {
                differing.push(number);
            }
        }
        if differing.is_empty() {
            return Ok(());
        }
        for number in &differing {
            let known = known.get(&number.provider_id);
            if known.is_some_and(|it| it.state != HoldingState::Held) {
                // One that was taken for gone costs money again. If that can't be written down the reading ends here:
                // once the number is remembered as held no reading asks for it again.
                let row = HeldRow::of(number);
                self.inventory.purchases.take_back(identity, &row).await?;
            }
        }
        let judged = self.judge(seen, &differing, &known).await?;
        self.keep(seen, judged).await.map(drop)
    }

    pub(super) fn judge_of<'s>(&'s self, seen: &'s Seen) -> Judge<'s> {
        Judge {
            account: self.entry,
            reading: &seen.reading,
            prices: &seen.prices,
        }
    }

    /// Asks for the price lists that numbers need, each once in a reading.
    async fn ask_prices(
        &self,
        seen: &mut Seen,
        numbers: &[Number],
        known: &HashMap<String, Known>,
    ) {
        let is_agreed = |known: &Known| known.purchased && known.price.is_some();
        let unpriced = numbers.iter().filter(|it| {
            it.monthly_price.is_none() && !known.get(&it.provider_id).is_some_and(is_agreed)
        });
        let countries: BTreeSet<CountryCode> = unpriced.filter_map(|it| it.country).collect();
        let lists = self.inventory.purchases.prices();
        for country in countries {
            if let Entry::Vacant(vacant) = seen.prices.entry(country) {
                let until = Until::choosing(PRICES_PATIENCE);
                vacant.insert(lists.of(self.entry, country, until).await);
            }
        }
    }

    async fn judge(
        &self,
        seen: &Seen,
        numbers: &[&Number],
        known: &HashMap<String, Known>,
    ) -> Result<Vec<Judged>> {
        let (store, identity) = (&self.inventory.store, self.entry.provider.identity());
        let own = |number: &&Number| number.number.clone();
        let ids = numbers.iter().map(|number| number.provider_id.clone());
        let keys: Vec<String> = ids.clone().chain(numbers.iter().filter_map(own)).collect();
        let touches = Touches(store.touched(&seen.reading, &keys).await?);
        let wanted: Vec<String> = ids.filter(|id| known.contains_key(id)).collect();
        let entries = store.known_entries(identity, &wanted).await?;
        let mut entries: HashMap<String, _> = entries
            .into_iter()
            .map(|(entry, version)| (entry.number.provider_id.clone(), (entry, version)))
            .collect();
        let judge = self.judge_of(seen);
        let mut judged = Vec::new();
        for number in numbers {
            if touches.is_recent(number) {
                continue;
            }
            let number = Number::clone(number);
            let unfinished = touches.is_open(&number);
            match entries.remove(&number.provider_id) {
                Some((entry, version)) => {
                    let read = known
                        .get(&number.provider_id)
                        .is_some_and(|known| known.read);
                    let before = Before {
                        entry,
                        version,
                        read,
                        unfinished,
                    };
                    judged.push(judge.known_number(number, before, now()));
                }
                None => {
                    let claim = self.claim(&number, unfinished, seen).await?;
                    let Some(origin) = origin_of(claim, unfinished) else {
                        continue;
                    };
                    let mut new = judge.new_number(number, origin, now());
                    self.find_duplicates(&judge, &mut new).await?;
                    judged.push(new);
                }
            }
        }
        Ok(judged)
    }

    /// What purchases have to do with a number that the inventory does not have.
    async fn claim(&self, number: &Number, unfinished: bool, seen: &Seen) -> Result<Claim> {
        if seen.reading.baseline && !unfinished {
            let winner = seen.winners.get(&number.provider_id);
            return Ok(winner.cloned().map_or(Claim::None, Claim::Won));
        }
        match number.e164() {
            Some(e164) => {
                self.inventory
                    .purchases
                    .claim_of(self.entry, &e164, number)
                    .await
            }
            None => Ok(Claim::None),
        }
    }

    /// Adds the drifts of a number that another account of the tenant's holds too, if both sell numbers.
    async fn find_duplicates(&self, judge: &Judge<'_>, new: &mut Judged) -> Result<()> {
        if new.drifts.is_empty() {
            return Ok(());
        }
        for other in self.inventory.twins(self.entry, &new.entry).await? {
            new.drifts
                .push(judge.duplicate(&new.entry, &other.number, now()));
        }
        Ok(())
    }

    /// Writes, and counts what was written. `false` if another reading has begun.
    pub(super) async fn keep(&self, seen: &mut Seen, rows: Vec<Judged>) -> Result<()> {
        for batch in rows.chunks(self.inventory.pace.batch) {
            let written = match self.inventory.store.keep(&seen.reading, batch).await? {
                Kept::Written(ids) => ids,
                Kept::Superseded => {
                    return Err(stopped("another reading of the account has begun"));
                }
            };
            let progress = &mut seen.progress;
            for row in batch
                .iter()
                .filter(|row| written.contains(&row.entry.number.provider_id))
            {
                match (row.version, row.entry.inventory.state) {
                    (None, _) => {
                        progress.appeared += 1;
                        if row.entry.number.number.is_none() {
                            let id = row.entry.number.provider_id.clone();
                            seen.new_extensions.insert(id);
                        }
                    }
                    (_, HoldingState::Missing) => progress.missing += 1,
                    (_, HoldingState::Gone) => progress.gone += 1,
                    (Some(_), HoldingState::Held) => {
                        progress.changed += u64::from(!row.drifts.is_empty());
                    }
                }
            }
            // Purchases go first.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// After a complete reading: the caller IDs that the account has proved. Those of before stay if they can't be read.
    async fn caller_ids(&self) {
        let provider = &self.entry.provider;
        let capability = provider.capability();
        let proves = capability
            .caller_id_method
            .is_some_and(|it| it != CallerIdMethod::Directory);
        if !proves || !capability.supports(Operation::ListCallerIds) {
            return;
        }
        let (account, store) = (provider.account(), &self.inventory.store);
        let kept = match self.verified().await {
            Ok(verified) => store.keep_verified(account, &verified).await,
            Err(error) => Err(error),
        };
        if let Err(error) = kept {
            tracing::warn!(%account, %error, "the verified caller IDs of {account} can't be read: {error}");
        }
    }

    async fn verified(&self) -> Result<Vec<CallerIdRecord>> {
        let (entry, provider) = (self.entry, &self.entry.provider);
        let mut query = CallerIdQuery::default();
        let (mut found, mut trail) = (Vec::new(), PageTrail::default());
        loop {
            let call = Call::within(PATIENCE, Lane::Search);
            let page = call.scope(provider.list_caller_ids(&query)).await?;
            let ids = page.items.iter().map(|it| it.id.as_str());
            trail.note(ids, page.next.as_deref())?;
            for caller_id in page.items {
                if caller_id.state == CallerIdState::Verified {
                    found.extend(CallerIdRecord::shown(&entry.tenant, caller_id));
                }
            }
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => return Ok(found),
            }
        }
    }
}

/// How a new number came, if that is our doing; `None` if a purchase is to say what it is.
fn origin_of(claim: Claim, unfinished: bool) -> Option<Option<Origin>> {
    match claim {
        Claim::Won(purchase_id) => Some(Some(Origin::Purchased { purchase_id })),
        Claim::Open => None,
        Claim::Rejected => Some(None),
        Claim::None => Some(unfinished.then_some(Origin::Registered)),
    }
}

/// What we have touched of a batch.
struct Touches(Vec<Touch>);

impl Touches {
    fn any(&self, number: &Number, which: impl Fn(&Touch) -> bool) -> bool {
        let is_about = |touch: &&Touch| {
            touch.key == number.provider_id || Some(&touch.key) == number.number.as_ref()
        };
        self.0.iter().filter(is_about).any(which)
    }

    fn is_recent(&self, number: &Number) -> bool {
        self.any(number, |touch| touch.recent)
    }

    fn is_open(&self, number: &Number) -> bool {
        self.any(number, |touch| touch.open)
    }
}

fn stopped(why: &str) -> Error {
    Error::new(ErrorKind::Internal, why)
}
