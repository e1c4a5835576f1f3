//! Twilio: the phone-number part of the 2010-04-01 API, and the price list of the pricing API on the same port.
//!
//! Everything is JSON if the path says `.json`, forms come in, names are in `PascalCase`. What this fake does where
//! Twilio's behaviour isn't known is said where it does it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::carrier::{Call, CallOutcome, Carrier, Settled, StockError, StockOrder};
use crate::clock::Clock;
use crate::console::{ConsoleError, Step};
use crate::exchange::{Answer, Request, Visit};
use crate::ledger::Ledger;
use crate::limits::Refusal;
use crate::options::Options;

mod accounts;
mod addresses;
mod billing;
mod book;
mod callback;
mod caller_ids;
mod console;
mod contains;
mod error;
mod numbers;
mod page;
mod params;
mod purchase;
mod route;
mod search;
mod settings;
mod state;
mod text;
mod wire;
mod xml;

use accounts::Caller;
use error::{ApiError, Result};
use route::{Place, Route};
use state::State;

/// The fake.
#[derive(Debug)]
pub(crate) struct Twilio {
    seed: u64,
    clock: Clock,
    refuses_long_names: bool,
    /// How many identifiers were given out; a reset doesn't begin again, so that old ones stay unknown.
    issued: AtomicU64,
    state: Mutex<State>,
}

/// One request that was let in.
#[derive(Debug)]
struct Context<'r> {
    request: &'r Request,
    visit: Visit<'r>,
    caller: Caller,
}

impl Context<'_> {
    fn not_found(&self) -> ApiError {
        ApiError::not_found(&self.request.path)
    }
}

impl Twilio {
    pub(crate) fn new(options: &Options, clock: &Clock) -> Self {
        Self {
            seed: options.seed,
            clock: clock.clone(),
            refuses_long_names: options.twilio_refuses_long_names,
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

    /// This moment as a record shows it.
    fn written_now(&self) -> String {
        text::date(self.clock.record(self.clock.now()).at)
    }

    fn new_sid(&self, prefix: &str) -> String {
        text::sid(prefix, self.seed, self.next())
    }

    fn try_answer<'r>(
        &self,
        request: &'r Request,
        visit: Visit<'r>,
        route: &Route<'_>,
    ) -> Result<Answer> {
        let caller = accounts::authenticate(request, route.account)?;
        if !route.operation(request).1 {
            return Err(ApiError::usual(StatusCode::METHOD_NOT_ALLOWED));
        }
        let context = &Context {
            request,
            visit,
            caller,
        };
        if self.refuses_long_names {
            params::check_name(request)?;
        }
        match request.method.as_str() {
            "POST" => self.post(context, route.place),
            "DELETE" => self.delete(context, route.place),
            _ => self.get(context, route.place),
        }
    }

    fn get(&self, context: &Context<'_>, place: Place<'_>) -> Result<Answer> {
        match place {
            Place::Account => self.account(context),
            Place::Countries => self.countries(context),
            Place::Country(code) => self.country(context, code),
            Place::Search(country, kind) => self.search(context, (country, kind)),
            Place::Numbers(kind) => self.list_numbers(context, kind),
            Place::Number(sid) => self.get_number(context, sid),
            Place::CallerIds => self.list_caller_ids(context),
            Place::CallerId(sid) => self.get_caller_id(context, sid),
            Place::Addresses => self.list_addresses(context),
            Place::Address(sid) => self.get_address(context, sid),
            Place::Dependents(sid) => self.dependent_numbers(context, sid),
            Place::Balance => self.balance(context),
            Place::PriceList => Ok(self.price_list(context)),
            Place::PricesOf(code) => self.prices(context, code),
            Place::Unknown => Err(context.not_found()),
        }
    }

    fn post(&self, context: &Context<'_>, place: Place<'_>) -> Result<Answer> {
        match place {
            Place::Numbers(kind) => self.purchase(context, kind),
            Place::Number(sid) => self.update_number(context, sid),
            Place::CallerIds => self.start_caller_id(context),
            Place::CallerId(sid) => self.update_caller_id(context, sid),
            Place::Addresses => self.create_address(context),
            Place::Address(sid) => self.update_address(context, sid),
            _ => Err(context.not_found()),
        }
    }

    fn delete(&self, context: &Context<'_>, place: Place<'_>) -> Result<Answer> {
        match place {
            Place::Number(sid) => self.release_number(context, sid),
            Place::CallerId(sid) => self.delete_caller_id(context, sid),
            Place::Address(sid) => self.delete_address(context, sid),
            _ => Err(context.not_found()),
        }
    }
}

impl Carrier for Twilio {
    fn classify<'r>(&self, request: &'r Request) -> Call<'r> {
        let route = Route::of(&request.path);
        Call {
            operation: route.operation(request).0,
            account: route.account.unwrap_or_default(),
        }
    }

    fn answer(&self, request: &Request, visit: Visit<'_>) -> Answer {
        let route = Route::of(&request.path);
        let mut answer = self
            .try_answer(request, visit, &route)
            .unwrap_or_else(|error| error.answer());
        if route.xml {
            xml::rewrite(&mut answer);
        }
        answer
    }

    fn failure(&self, status: StatusCode) -> Answer {
        match status {
            StatusCode::BAD_GATEWAY => error::bad_gateway(),
            _ if status.is_success() => Answer::empty(status),
            _ => ApiError::usual(status).answer(),
        }
    }

    /// Too many in flight or too many a second: Twilio says the same.
    fn throttled(&self, _refusal: Refusal) -> Answer {
        ApiError::usual(StatusCode::TOO_MANY_REQUESTS).answer()
    }

    fn finish(&self, answer: &mut Answer, in_flight: u32, took: Duration) {
        let request_id = text::sid("RQ", !self.seed, self.next());
        let took = format!("{:.3}", took.as_secs_f64().max(0.001));
        answer.set(HeaderName::from_static("twilio-request-id"), request_id);
        answer.set(HeaderName::from_static("twilio-request-duration"), took);
        answer.set(
            HeaderName::from_static("twilio-concurrent-requests"),
            in_flight,
        );
        for (name, value) in NOISE {
            answer.headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
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

/// Headers that come with every answer and mean nothing here.
const NOISE: [(&str, &str); 9] = [
    ("access-control-allow-credentials", "true"),
    (
        "access-control-allow-headers",
        "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, Idempotency-Key",
    ),
    ("access-control-allow-methods", "GET, POST, DELETE, OPTIONS"),
    ("access-control-expose-headers", "ETag"),
    ("strict-transport-security", "max-age=15768000"),
    ("x-api-domain", "api.twilio.com"),
    ("x-home-region", "us1"),
    ("x-powered-by", "AT-5000"),
    ("x-shenanigans", "none"),
];

/// A success. Its content type names a character set, that of an error doesn't.
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
