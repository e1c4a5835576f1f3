//! What every fake is made of: its options, its clock, and a state behind a lock.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};

use crate::carrier::{Books, StockOrder};
use crate::clock::{Clock, Recorded};
use crate::exchange::{Request, Visit};
use crate::ledger::Ledger;
use crate::options::Options;
use crate::query::Query;
use crate::seed::scatter;
use crate::settings::PlanError;
use crate::world::Market;

pub(crate) trait State: Debug + Send + Sized + 'static {
    fn new(options: &Options, now: Timestamp) -> Self;

    /// Does what is due by now. Called whenever the state is looked at.
    fn catch_up(&mut self, _now: Timestamp) {}

    /// What is on sale and who holds it, at a carrier that sells numbers.
    fn market(&mut self) -> Option<&mut Market> {
        None
    }

    fn ledger(&mut self) -> Ledger {
        self.market()
            .map(|market| market.ledger())
            .unwrap_or_default()
    }

    /// Makes the stock hold exactly so many numbers of a kind; returns how many it holds.
    fn set_stock(&mut self, order: &StockOrder, _now: Timestamp) -> Result<usize, PlanError> {
        let none = || PlanError::new("provider", "this carrier sells no numbers");
        self.market().ok_or_else(none)?.set_stock(order)
    }
}

/// A fake with its state. The carriers are aliases of this.
#[derive(Debug)]
pub(crate) struct Fake<S> {
    pub(crate) options: Options,
    pub(crate) clock: Clock,
    /// How many identifiers were given out; a reset doesn't begin again, so that old ones stay unknown.
    issued: AtomicU64,
    state: Mutex<S>,
}

impl<S: State> Fake<S> {
    pub(crate) fn new(options: &Options, clock: &Clock) -> Self {
        Self {
            options: options.clone(),
            clock: clock.clone(),
            issued: AtomicU64::new(0),
            state: Mutex::new(S::new(options, clock.now())),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, S> {
        let mut state = self.state.lock();
        state.catch_up(self.clock.now());
        state
    }

    pub(crate) fn next(&self) -> u64 {
        self.issued.fetch_add(1, Ordering::Relaxed)
    }

    /// 128 scattered bits that were not given out before.
    pub(crate) fn scattered(&self) -> u128 {
        scatter(self.options.seed, self.next())
    }

    /// The same for what names a request.
    pub(crate) fn scattered_for_request(&self) -> u128 {
        scatter(!self.options.seed, self.next())
    }

    /// This moment as a record shows it.
    pub(crate) fn written_now(&self) -> Recorded {
        self.clock.record(self.clock.now())
    }
}

impl<S: State> Books for Fake<S> {
    fn ledger(&self) -> Ledger {
        self.lock().ledger()
    }

    fn set_stock(&self, order: &StockOrder) -> Result<usize, PlanError> {
        self.lock().set_stock(order, self.clock.now())
    }

    fn reprice(&self, number: &str, cents: u32) {
        if let Some(market) = self.lock().market() {
            market.reprice(number, cents);
        }
    }

    fn reset(&self) {
        let new = S::new(&self.options, self.clock.now());
        *self.state.lock() = new;
    }
}

/// One request that was let in, and who sends it.
#[derive(Debug)]
pub(crate) struct Context<'r, C> {
    pub(crate) request: &'r Request,
    pub(crate) visit: Visit<'r>,
    /// What the request has at the variable segments of its route.
    pub(crate) args: Vec<&'r str>,
    pub(crate) caller: C,
}

impl<'r, C> Context<'r, C> {
    /// The variable segment of a route at this position, from 0; empty if the route has none there.
    pub(crate) fn arg(&self, at: usize) -> &'r str {
        self.args.get(at).copied().unwrap_or_default()
    }

    /// The last variable segment of the route: what the request is about.
    pub(crate) fn id(&self) -> &'r str {
        self.args.last().copied().unwrap_or_default()
    }

    pub(crate) fn query(&self) -> Query {
        Query::of(self.request)
    }
}
