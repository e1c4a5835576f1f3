//! The one way to buy under a key: an exact number, what was offered, or the best of what fits.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::action::{Action, ActionKind};
use crate::action_log::ActionLog;
use crate::engine::Engine;
use crate::journal::Record;
use crate::{Choice, Keyed, Preference, SearchRequest, Started};
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::{ProviderData, PurchaseOrder, Wishes};

/// How often a number is searched for one request, where those that fit go to others every time.
const SEARCHES_MAX: u32 = 3;

/// The pause before the next search: about as long as a purchase takes.
const SEARCH_PAUSE: Duration = Duration::from_millis(250);

/// What is to be bought.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// One number at one account.
    Number(Box<PurchaseOrder>),
    /// The best of the numbers that fit.
    Criteria(Box<Criteria>),
}

/// Which number is to be bought, where it is not named.
#[derive(Clone, Debug, PartialEq)]
pub struct Criteria {
    /// What to search, at which accounts.
    pub search: SearchRequest,
    /// Which of the numbers found is the best.
    pub preference: Preference,
    /// The criteria as the caller wrote them: kept with the purchase.
    pub written: ProviderData,
    /// What is ordered with the number.
    pub wishes: Wishes,
}

/// A request to buy something, as far as it could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The account that it names, for the audit trail.
    pub account: Option<String>,
    /// The number that it names, for the audit trail.
    pub number: Option<String>,
    /// The order, or what is wrong with it.
    pub order: Result<Order>,
}

/// What a request to buy came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Bought {
    /// The purchase as it is once it is done, or once the caller's patience is over.
    Purchase {
        /// How it is.
        record: Box<Record>,
        /// Whether an earlier request with this key has begun it.
        known: bool,
    },
    /// The key was used with another request.
    Mismatch,
}

impl Engine {
    /// Buys under a key, exactly once: a used key returns its purchase. Waits up to `patience` for the outcome; the
    /// purchase goes on without the caller. Calls `request` only if the key has no purchase, so that an expired offer
    /// does not break a replay.
    ///
    /// # Errors
    /// Nothing was sent: what is wrong with the request, `NotAvailable` if no number fits or all went to others, and the
    /// errors of [`Purchases::start`](crate::Purchases::start). A purchase that failed is no error here.
    pub async fn buy<E: From<Error>>(
        &self,
        keyed: Keyed<'_>,
        patience: Duration,
        request: impl Fn() -> Result<Request, E>,
    ) -> Result<Bought, E> {
        let deadline = Instant::now() + patience;
        let mut searches = 1;
        loop {
            let known = self.purchases.replay(keyed.scope, keyed.fingerprint);
            let started = match known.await? {
                Some(known) => known,
                None => {
                    let request = request()?;
                    let mut action = Action::new(keyed.caller, ActionKind::NumberPurchase);
                    (action.account, action.number) = (request.account, request.number);
                    let started = match request.order {
                        Ok(Order::Number(order)) => self.purchases.start(keyed, *order).await,
                        Ok(Order::Criteria(criteria)) => self.choose(keyed, *criteria).await,
                        Err(error) => Err(error),
                    };
                    if let Err(error) = &started {
                        let log = ActionLog::new(Arc::clone(&self.store));
                        log.refuse(action, error).await;
                    }
                    started?
                }
            };
            let (id, known) = match started {
                Started::Known(record) if record.purchase.is_done() => {
                    let known = true;
                    return Ok(Bought::Purchase { record, known });
                }
                Started::Known(record) => (record.purchase.id, true),
                Started::Fresh(id) => (id, false),
                Started::Mismatch => return Ok(Bought::Mismatch),
            };
            let left = deadline.saturating_duration_since(Instant::now());
            let record = self.purchases.wait(&id, left).await;
            let record = record.map_err(|error| error.with_purchase(id.as_str()))?;
            let again = searches < SEARCHES_MAX && Instant::now() < deadline;
            if !(again && went_to_others(&record)) {
                let record = Box::new(record);
                return Ok(Bought::Purchase { record, known });
            }
            searches += 1;
        }
    }

    /// Searches, and begins the purchase of the best number that nobody else is at.
    async fn choose(&self, keyed: Keyed<'_>, criteria: Criteria) -> Result<Started> {
        let mut searches = 0;
        loop {
            searches += 1;
            let found =
                self.search
                    .candidates(keyed.caller, &criteria.search, &criteria.preference);
            let candidates = found
                .await
                .map_err(|e| e.with_field_renamed("account", "criteria.accounts"))?;
            let Some(first) = candidates.first() else {
                return Err(Error::new(ErrorKind::NotAvailable, "no number fits"));
            };
            let wishes = criteria.wishes.clone();
            let choice = Choice {
                criteria: criteria.written.clone(),
                strategy: criteria.preference.strategy,
                wishes: wishes.order(first.account.clone(), first.number),
                candidates,
            };
            match self.purchases.start_choice(keyed, choice).await {
                // Others are at every one of them: what they buy is not found again.
                Err(error) if searches < SEARCHES_MAX && error.retry_after().is_some() => {
                    tokio::time::sleep(SEARCH_PAUSE).await;
                }
                started => return started,
            }
        }
    }
}

/// Whether all numbers that fitted were gone when their turn came, so that another search may find more.
fn went_to_others(record: &Record) -> bool {
    let error = record.purchase.error.as_ref();
    record.purchase.criteria.is_some()
        && record.may_start_over()
        && error.is_some_and(|error| error.kind() == ErrorKind::NotAvailable)
}
