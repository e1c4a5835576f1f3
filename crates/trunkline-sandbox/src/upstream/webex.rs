//! Webex Calling: the numbers of an organization's locations, the caller IDs of who has them, and the jobs that move
//! them.
//!
//! There is no shop: numbers come from elsewhere and are written down here. What this fake does where Webex's behaviour
//! isn't known is said where it does it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode, header};
use jiff::SignedDuration;
use serde::Serialize;

use crate::carrier::{Call, CallOutcome, Carrier, Settled, StockError, StockOrder};
use crate::clock::Clock;
use crate::console::{ConsoleError, Step};
use crate::exchange::{Answer, Request, Visit};
use crate::ledger::Ledger;
use crate::limits::Refusal;
use crate::options::Options;
use crate::seed::scatter;

mod access;
mod available;
mod beside;
mod books;
mod caller_ids;
mod console;
mod error;
mod grants;
mod ids;
mod jobs;
mod list;
mod location_numbers;
mod locations;
mod page;
mod params;
mod people;
mod plan;
mod pstn;
mod route;
mod rows;
mod seeded;
mod state;
mod usage;
mod validate;

use access::Caller;
use error::{ApiError, Result};
use route::{Available, Place};
use state::State;

/// The fake.
#[derive(Debug)]
pub(crate) struct Webex {
    seed: u64,
    clock: Clock,
    /// Whether pages name the next one.
    links: bool,
    /// How long a job takes.
    job_time: SignedDuration,
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

impl Webex {
    pub(crate) fn new(options: &Options, clock: &Clock) -> Self {
        Self {
            seed: options.seed,
            clock: clock.clone(),
            links: options.webex_links,
            job_time: SignedDuration::from_millis(options.webex_job_ms.into()),
            issued: AtomicU64::new(0),
            state: Mutex::new(State::new(clock.now())),
        }
    }

    /// The state as it is now: jobs whose time has come are done first.
    fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        jobs::settle(&mut state, self.clock.now());
        state
    }

    fn next(&self) -> u64 {
        self.issued.fetch_add(1, Ordering::Relaxed)
    }

    fn new_uuid(&self) -> ids::Uuid {
        ids::random(scatter(self.seed, self.next()))
    }

    fn tracking_id(&self) -> String {
        let bits = scatter(!self.seed, self.next());
        format!("ROUTERGW_{}", ids::dashed(ids::random(bits)))
    }

    fn try_answer<'r>(
        &self,
        request: &'r Request,
        visit: Visit<'r>,
        place: &Place<'_>,
    ) -> Result<Answer> {
        if *place == Place::Token && place.operation(request).1 {
            return self.grant(request);
        }
        let caller = access::authenticate(request, &self.lock(), self.clock.now())?;
        if *place == Place::Unknown {
            return Err(ApiError::no_such_path(&request.path));
        }
        if !place.operation(request).1 {
            return Err(ApiError::method(&request.method));
        }
        let context = &Context {
            request,
            visit,
            caller,
        };
        if let Place::Beside(beside, part) = place {
            return self.beside(context, *beside, part);
        }
        match request.method.as_str() {
            "POST" => self.post(context, place),
            "PUT" => self.put(context, place),
            "DELETE" => self.delete(context, place),
            _ => self.get(context, place),
        }
    }

    fn get(&self, context: &Context<'_>, place: &Place<'_>) -> Result<Answer> {
        match place {
            Place::Numbers => self.list_numbers(context),
            Place::Locations => self.list_locations(context),
            Place::PlainLocations => self.plain_locations(context),
            Place::Modifiable(id) => self.modifiable_numbers(context, id),
            Place::Location(id) => self.get_location(context, id),
            Place::Jobs => self.list_jobs(context),
            Place::Job(id) => self.get_job(context, id),
            Place::JobErrors(id) => self.job_errors(context, id),
            Place::Available(Available::CallerId(id)) => self.external_numbers(context, id),
            Place::Available(which) => self.available_numbers(context, which),
            Place::Connection(id) => self.get_connection(context, id),
            Place::ConnectionOptions(id) => self.connection_options(context, id),
            Place::CallerId(holder, id) => self.get_caller_id(context, *holder, id),
            Place::OwnerNumbers(holder, id) => self.owner_numbers(context, *holder, id),
            Place::Me => Ok(self.me()),
            Place::People => self.list_people(context),
            Place::Person(id) => self.get_person(context, id),
            Place::Workspaces => self.list_workspaces(context),
            Place::VirtualLines => self.list_virtual_lines(context),
            _ => Err(ApiError::method(&context.request.method)),
        }
    }

    fn post(&self, context: &Context<'_>, place: &Place<'_>) -> Result<Answer> {
        match place {
            Place::Validate => self.validate_numbers(context),
            Place::LocationNumbers(id) => self.add_numbers(context, id),
            Place::Usages(id) => self.modify_numbers(context, id),
            Place::Jobs => self.start_job(context),
            Place::JobAction(id, action) => self.steer_job(context, id, *action),
            _ => Err(ApiError::method(&context.request.method)),
        }
    }

    fn put(&self, context: &Context<'_>, place: &Place<'_>) -> Result<Answer> {
        match place {
            Place::Location(id) => self.update_location(context, id),
            Place::LocationNumbers(id) => self.set_number_state(context, id),
            Place::Connection(id) => self.set_connection(context, id),
            Place::EmergencyAddress(number) => self.set_emergency_address(context, number),
            Place::CallerId(holder, id) => self.put_caller_id(context, *holder, id),
            Place::OwnerNumbers(holder, id) => self.assign_number(context, *holder, id),
            _ => Err(ApiError::method(&context.request.method)),
        }
    }

    fn delete(&self, context: &Context<'_>, place: &Place<'_>) -> Result<Answer> {
        match place {
            Place::LocationNumbers(id) => self.remove_numbers(context, id),
            _ => Err(ApiError::method(&context.request.method)),
        }
    }
}

impl Carrier for Webex {
    /// All requests count against one account: whose a token is shows only when it is looked at.
    fn classify<'r>(&self, request: &'r Request) -> Call<'r> {
        Call {
            operation: Place::of(&request.path).operation(request).0,
            account: "",
        }
    }

    fn answer(&self, request: &Request, visit: Visit<'_>) -> Answer {
        let place = Place::of(&request.path);
        let mut answer = self
            .try_answer(request, visit, &place)
            .unwrap_or_else(|error| error.answer(&self.tracking_id()));
        // A wrong method doesn't get as far as the resource behind the gateway.
        if answer.status != StatusCode::METHOD_NOT_ALLOWED || place.operation(request).1 {
            answer.headers.insert(
                HeaderName::from_static("x-normalized-path"),
                HeaderValue::from_static(place.normalized()),
            );
        }
        answer
    }

    fn numbers_written(&self, request: &Request) -> usize {
        params::Body::of(request)
            .and_then(|body| body.numbers())
            .map_or(1, |numbers| numbers.len())
    }

    fn dead_grant(&self) -> Option<Answer> {
        Some(grants::dead().answer(&self.tracking_id()))
    }

    fn failure(&self, status: StatusCode) -> Answer {
        if status.is_success() {
            return Answer::empty(status);
        }
        error::mesh(status).unwrap_or_else(|| ApiError::usual(status).answer(&self.tracking_id()))
    }

    fn throttled(&self, _refusal: Refusal) -> Answer {
        ApiError::usual(StatusCode::TOO_MANY_REQUESTS).answer(&self.tracking_id())
    }

    fn finish(&self, answer: &mut Answer, _in_flight: u32, _took: Duration) {
        if !answer.headers.contains_key(error::TRACKING) {
            answer.set(error::TRACKING, self.tracking_id());
        }
        for (name, value) in [
            (header::VARY, "Origin"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::SERVER, "istio-envoy"),
        ] {
            answer.headers.insert(name, HeaderValue::from_static(value));
        }
    }

    fn console(&self, number: &str, step: Step<'_>) -> std::result::Result<Request, ConsoleError> {
        self.console_step(number, step)
    }

    fn ledger(&self) -> Ledger {
        books::ledger(&self.lock())
    }

    fn set_stock(&self, order: &StockOrder) -> std::result::Result<usize, StockError> {
        books::set_stock(&mut self.lock(), order, self.clock.now())
    }

    /// Nothing is verified here.
    fn validation_code(&self, _number: &str) -> Option<String> {
        None
    }

    fn answer_caller_id(&self, _number: &str, _outcome: CallOutcome) -> Option<Settled> {
        None
    }

    fn reset(&self) {
        let now = self.clock.now();
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::new(now);
    }
}

/// A success with a document.
fn json(status: StatusCode, document: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(document).unwrap_or_default();
    Answer::with_body(status, "application/json", body)
}
