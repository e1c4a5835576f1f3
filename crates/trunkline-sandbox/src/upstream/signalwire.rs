//! SignalWire: phone numbers, verified caller IDs, emergency addresses and lookups of the REST API below
//! `/api/relay/rest`, and the numbers of the compatibility (`LaML`) API on the same port, over the same stock.
//!
//! JSON goes in and comes out, names are in `snake_case`. Where the documents and the real service were seen to
//! differ, this fake does as the service did, except for one project ([`projects`]) that does as the documents say.
//! What it does where neither says anything is said where it does it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::carrier::{Call, CallOutcome, Carrier, Settled, StockError, StockOrder};
use crate::clock::{Clock, Recorded};
use crate::console::{ConsoleError, Step};
use crate::exchange::{Answer, Request, Visit};
use crate::ledger::Ledger;
use crate::limits::Refusal;
use crate::options::Options;

mod addresses;
mod body;
mod book;
mod caller_ids;
mod console;
mod emergency;
mod error;
mod fabric;
mod groups;
mod laml;
mod lookup;
mod memberships;
mod numbers;
mod page;
mod projects;
mod query;
mod route;
mod search;
mod settings;
mod state;
mod stock;
mod text;
mod verification;
mod wire;

use error::{ApiError, Result};
use projects::Project;
use route::{Place, Route};
use state::State;

/// The fake.
#[derive(Debug)]
pub(crate) struct SignalWire {
    seed: u64,
    clock: Clock,
    /// How many identifiers were given out; a reset doesn't begin again, so that old ones stay unknown.
    issued: AtomicU64,
    state: Mutex<State>,
}

/// One request that was let in.
#[derive(Debug)]
struct Context<'r> {
    request: &'r Request,
    visit: Visit<'r>,
    project: &'static Project,
}

impl SignalWire {
    pub(crate) fn new(options: &Options, clock: &Clock) -> Self {
        Self {
            seed: options.seed,
            clock: clock.clone(),
            issued: AtomicU64::new(0),
            state: Mutex::new(State::new()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> u64 {
        self.issued.fetch_add(1, Ordering::Relaxed)
    }

    fn new_id(&self) -> String {
        text::uuid(self.seed, self.next())
    }

    /// This moment as a record shows it.
    fn written_now(&self) -> Recorded {
        self.clock.record(self.clock.now())
    }

    fn try_answer<'r>(
        &self,
        request: &'r Request,
        visit: Visit<'r>,
        place: Place<'_>,
    ) -> Result<Answer> {
        let operation = place.operation(&request.method);
        if operation.is_none() {
            return Err(ApiError::Plain(StatusCode::NOT_FOUND));
        }
        let project = projects::admit(request, place.scope())?;
        let context = &Context {
            request,
            visit,
            project,
        };
        match request.method.as_str() {
            "POST" => self.post(context, place),
            "PUT" => self.put(context, place),
            "DELETE" => self.delete(context, place),
            _ => self.get(context, place),
        }
    }

    fn get(&self, context: &Context<'_>, place: Place<'_>) -> Result<Answer> {
        match place {
            Place::Search => self.search(context),
            Place::Numbers => self.list_numbers(context),
            Place::Number(id) => self.get_number(context, id),
            Place::CallerIds => self.list_caller_ids(context),
            Place::CallerId(id) => self.get_caller_id(context, id),
            Place::Addresses => self.list_addresses(context),
            Place::Address(id) => self.get_address(context, id),
            Place::Lookup(number) => self.lookup(context, number),
            Place::Groups => self.list_groups(context),
            Place::Group(id) => self.get_group(context, id),
            Place::Members(id) => self.list_members(context, id),
            Place::Member(id) => self.get_member(context, id),
            _ => Err(ApiError::Plain(StatusCode::NOT_FOUND)),
        }
    }

    fn post(&self, context: &Context<'_>, place: Place<'_>) -> Result<Answer> {
        match place {
            Place::Numbers => self.purchase(context),
            Place::Emergency(id) => self.assign_emergency_address(context, id),
            Place::CallerIds => self.start_caller_id(context),
            Place::Verification(id) => self.redial(context, id),
            Place::Addresses => self.create_address(context),
            Place::Groups => self.create_group(context),
            Place::Members(id) => self.add_member(context, id),
            Place::PhoneRoutes(id) => self.route_to(context, id),
            Place::Imports => Err(ApiError::invalid(
                "feature_not_available",
                "Importing phone numbers is not enabled on this Space.",
            )),
            _ => Err(ApiError::Plain(StatusCode::NOT_FOUND)),
        }
    }

    fn put(&self, context: &Context<'_>, place: Place<'_>) -> Result<Answer> {
        match place {
            Place::Number(id) => self.update_number(context, id),
            Place::CallerId(id) => self.rename_caller_id(context, id),
            Place::Verification(id) => self.submit_code(context, id),
            Place::Address(id) => self.update_address(context, id),
            Place::Group(id) => self.update_group(context, id),
            _ => Err(ApiError::Plain(StatusCode::NOT_FOUND)),
        }
    }

    fn delete(&self, context: &Context<'_>, place: Place<'_>) -> Result<Answer> {
        match place {
            Place::Number(id) => self.release_number(context, id),
            Place::Emergency(id) => self.remove_emergency_address(context, id),
            Place::CallerId(id) => self.delete_caller_id(context, id),
            Place::Address(id) => self.delete_address(context, id),
            Place::Group(id) => self.delete_group(context, id),
            Place::Member(id) => self.remove_member(context, id),
            _ => Err(ApiError::Plain(StatusCode::NOT_FOUND)),
        }
    }
}

impl Carrier for SignalWire {
    fn classify<'r>(&self, request: &'r Request) -> Call<'r> {
        let operation = match Route::of(&request.path) {
            Route::Rest(place) => place.operation(&request.method),
            Route::Laml(path) => path.operation(&request.method),
        };
        Call {
            operation: operation.unwrap_or("other"),
            account: projects::named(request).map_or("", |project| project.id),
        }
    }

    fn answer(&self, request: &Request, visit: Visit<'_>) -> Answer {
        match Route::of(&request.path) {
            Route::Rest(place) => self
                .try_answer(request, visit, place)
                .unwrap_or_else(|error| error.answer()),
            Route::Laml(path) => self.answer_laml(request, visit, path),
        }
    }

    fn failure(&self, status: StatusCode) -> Answer {
        if status.is_success() {
            return Answer::empty(status);
        }
        match status {
            StatusCode::UNPROCESSABLE_ENTITY => ApiError::opaque().answer(),
            _ => ApiError::Plain(status).answer(),
        }
    }

    /// What a refusal looks like is not published; it is taken to be worded like the other plain ones.
    fn throttled(&self, _refusal: Refusal) -> Answer {
        ApiError::Plain(StatusCode::TOO_MANY_REQUESTS).answer()
    }

    /// The header of the request id is not documented; the vendor's own library looks for it under this name.
    fn finish(&self, answer: &mut Answer, _in_flight: u32, _took: Duration) {
        let request_id = text::uuid(!self.seed, self.next());
        answer.set(HeaderName::from_static("x-request-id"), request_id);
    }

    fn console(&self, number: &str, step: Step<'_>) -> std::result::Result<Request, ConsoleError> {
        self.console_step(number, step)
    }

    fn reprice(&self, number: &str, cents: u32) {
        self.lock().market.reprice(number, cents);
    }

    fn ledger(&self) -> Ledger {
        self.lock().market.ledger()
    }

    fn set_stock(&self, order: &StockOrder) -> std::result::Result<usize, StockError> {
        stock::check(order)?;
        self.lock().market.set_stock(order)
    }

    fn validation_code(&self, number: &str) -> Option<String> {
        self.open_code(number)
    }

    fn answer_caller_id(&self, number: &str, outcome: CallOutcome) -> Option<Settled> {
        self.settle(number, outcome)
    }

    fn reset(&self) {
        *self.lock() = State::new();
    }
}

fn json(status: StatusCode, document: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(document).unwrap_or_default();
    let mut answer = Answer::empty(status);
    answer.body = body.into();
    answer.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    answer
}
