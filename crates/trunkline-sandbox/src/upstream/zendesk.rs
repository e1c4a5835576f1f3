//! Zendesk Talk: phone numbers, lines and addresses, and the token endpoint of its OAuth on the same port.
//!
//! Numbers are searched, bought with the token that the search gave, configured and released. Everything is JSON in an
//! envelope of its name, except some refusals; every path may end in `.json`. What this fake does where Zendesk's
//! behaviour isn't known is said where it does it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderName, StatusCode, header};
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
mod console;
mod contains;
mod digital;
mod error;
mod fields;
mod includes;
mod line;
mod numbers;
mod oauth;
mod offers;
mod page;
mod params;
mod purchase;
mod quota;
mod route;
mod search;
mod state;
mod text;
mod wire;

use accounts::{Account, Caller, Right};
use error::{ApiError, Result};
use quota::Quota;
use route::Place;
use state::State;

/// The fake.
#[derive(Debug)]
pub(crate) struct Zendesk {
    seed: u64,
    clock: Clock,
    style: Style,
    /// How many identifiers were given out; a reset doesn't begin again, so that old ones stay unknown.
    issued: AtomicU64,
    quota: Quota,
    state: Mutex<State>,
}

/// What is known to differ, or not known, and can therefore be chosen.
#[derive(Clone, Copy, Debug)]
struct Style {
    token_life: Duration,
    releases_with_a_space: bool,
    refuses_area_codes_abroad: bool,
}

/// One request that was let in.
#[derive(Debug)]
struct Context<'r> {
    request: &'r Request,
    visit: Visit<'r>,
    account: &'static Account,
}

impl Zendesk {
    pub(crate) fn new(options: &Options, clock: &Clock) -> Self {
        Self {
            seed: options.seed,
            clock: clock.clone(),
            style: Style {
                token_life: options.zendesk_token_life,
                releases_with_a_space: options.zendesk_releases_with_a_space,
                refuses_area_codes_abroad: options.zendesk_refuses_area_codes_abroad,
            },
            issued: AtomicU64::new(0),
            quota: Quota::default(),
            state: Mutex::new(State::new(options.seed)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> u64 {
        self.issued.fetch_add(1, Ordering::Relaxed)
    }

    fn new_id(&self) -> u64 {
        text::id(self.seed, self.next())
    }

    fn caller(&self, request: &Request) -> Option<Caller> {
        let state = self.lock();
        accounts::caller(request, &state.grants, self.clock.now())
    }

    fn try_answer<'r>(&self, request: &'r Request, visit: Visit<'r>) -> Result<Answer> {
        let place = Place::of(&request.path);
        if place.operation(request).is_none() {
            return Err(ApiError::invalid_endpoint());
        }
        match place {
            Place::Tokens => return self.issue_token(request),
            // Who is not let in is told so with a 200.
            Place::Me => return Ok(accounts::me(self.caller(request))),
            _ => {}
        }
        let right = if request.method == http::Method::GET {
            Right::Read
        } else {
            Right::Write
        };
        let caller = self.caller(request).ok_or_else(ApiError::unauthenticated)?;
        caller.check(right)?;
        let context = &Context {
            request,
            visit,
            account: caller.user.account,
        };
        match request.method.as_str() {
            "GET" => self.get(context, place),
            "POST" => self.post(context, place),
            "PUT" => self.put(context, place),
            _ => self.delete(context, place),
        }
    }

    fn get(&self, context: &Context<'_>, place: Place<'_>) -> Result<Answer> {
        match place {
            Place::Numbers => self.list_numbers(context),
            Place::Search => self.search(context),
            Place::Number(id) => self.show_number(context, id),
            Place::Lines => self.list_lines(context),
            Place::DigitalLine(id) => self.show_digital_line(context, id),
            Place::Addresses => self.list_addresses(context),
            Place::Address(id) => self.show_address(context, id),
            _ => Err(ApiError::invalid_endpoint()),
        }
    }

    fn post(&self, context: &Context<'_>, place: Place<'_>) -> Result<Answer> {
        match place {
            Place::Numbers => self.purchase(context),
            Place::DigitalLines => self.create_digital_line(context),
            Place::Addresses => self.create_address(context),
            _ => Err(ApiError::invalid_endpoint()),
        }
    }

    fn put(&self, context: &Context<'_>, place: Place<'_>) -> Result<Answer> {
        match place {
            Place::Number(id) => self.update_number(context, id),
            Place::DigitalLine(id) => self.update_digital_line(context, id),
            Place::Address(id) => self.update_address(context, id),
            _ => Err(ApiError::invalid_endpoint()),
        }
    }

    fn delete(&self, context: &Context<'_>, place: Place<'_>) -> Result<Answer> {
        match place {
            Place::Number(id) => self.release_number(context, id),
            Place::DigitalLine(id) => self.delete_digital_line(context, id),
            Place::Address(id) => self.delete_address(context, id),
            _ => Err(ApiError::invalid_endpoint()),
        }
    }
}

impl Carrier for Zendesk {
    fn classify<'r>(&self, request: &'r Request) -> Call<'r> {
        let operation = Place::of(&request.path).operation(request);
        Call {
            operation: operation.unwrap_or("other"),
            account: self
                .caller(request)
                .map_or("", |caller| caller.user.account.subdomain),
        }
    }

    fn answer(&self, request: &Request, visit: Visit<'_>) -> Answer {
        self.try_answer(request, visit)
            .unwrap_or_else(|error| error.answer())
    }

    fn dead_grant(&self) -> Option<Answer> {
        Some(oauth::bad_grant().answer())
    }

    fn failure(&self, status: StatusCode) -> Answer {
        if status.is_success() {
            Answer::empty(status)
        } else {
            ApiError::usual(status).answer()
        }
    }

    /// Zendesk counts requests a minute and knows no limit on those in flight.
    fn throttled(&self, _refusal: Refusal) -> Answer {
        ApiError::usual(StatusCode::TOO_MANY_REQUESTS).answer()
    }

    fn finish(&self, answer: &mut Answer, _in_flight: u32, took: Duration) {
        let request_id = text::request_id(!self.seed, self.next());
        let took = format!("{:.6}", took.as_secs_f64().max(0.001));
        answer.set(HeaderName::from_static("x-zendesk-request-id"), request_id);
        answer.set(HeaderName::from_static("x-runtime"), took);
        answer.set(HeaderName::from_static("x-zendesk-api-version"), "v2");
        answer.set(
            HeaderName::from_static("x-zendesk-application-version"),
            "v18385",
        );
        if !answer.headers.contains_key(header::CACHE_CONTROL) {
            let caching = if answer.status == StatusCode::OK {
                "max-age=0, private, must-revalidate"
            } else {
                "no-cache"
            };
            answer.set(header::CACHE_CONTROL, caching);
        }
        self.quota.count(answer, self.clock.now());
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

    /// Callers' numbers of one's own are proved by a person in the admin centre; the API has no part in it.
    fn validation_code(&self, _number: &str) -> Option<String> {
        None
    }

    fn answer_caller_id(&self, _number: &str, _outcome: CallOutcome) -> Option<Settled> {
        None
    }

    fn reset(&self) {
        *self.lock() = State::new(self.seed);
        self.quota.reset();
    }
}

/// A success, which is 200 whether something was made or shown.
fn json(document: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(document).unwrap_or_default();
    Answer::with_body(StatusCode::OK, "application/json; charset=utf-8", body)
}
