//! Wazo: the phone-number part of confd, and the tokens of auth, on one port.
//!
//! A directory, not a carrier: nothing is on sale, nothing costs anything and nothing is proved. As through the proxy
//! of a stack the services are under `/api/auth/0.1` and `/api/confd/1.1`; as on the stack itself they are also under
//! `/0.1` and `/1.1`. What this fake does where Wazo's behaviour isn't known is said where it does it.

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

mod access;
mod acl;
mod caller_ids;
mod console;
mod directory;
mod error;
mod list;
mod login;
mod main_number;
mod numbers;
mod params;
mod python;
mod ranges;
mod route;
mod schema;
mod state;
mod tenants;
mod text;
mod tokens;
mod wire;

use access::Session;
use error::{ApiError, Result};
use route::{Place, Route};
use state::State;

/// The fake.
#[derive(Debug)]
pub(crate) struct Wazo {
    seed: u64,
    clock: Clock,
    /// How many identifiers were given out; a reset doesn't begin again, so that old ones stay unknown.
    issued: AtomicU64,
    state: Mutex<State>,
}

/// One request to confd that was let in.
#[derive(Debug)]
struct Context<'r> {
    request: &'r Request,
    visit: Visit<'r>,
    session: Session,
    /// What links begin with.
    origin: String,
}

impl Wazo {
    pub(crate) fn new(options: &Options, clock: &Clock) -> Self {
        Self {
            seed: options.seed,
            clock: clock.clone(),
            issued: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn new_uuid(&self) -> String {
        text::uuid(self.seed, self.issued.fetch_add(1, Ordering::Relaxed))
    }

    fn try_answer<'r>(&self, request: &'r Request, visit: Visit<'r>) -> Result<Answer> {
        let route = Route::of(request);
        if route.method == "OPTIONS" && route.place != Place::Unknown {
            return Ok(options(route.allowed()));
        }
        // The framework looks for the route and the method before anybody is asked for a token.
        let Some(acl) = route.check()? else {
            return self.auth(request, route.place);
        };
        let session = self.admit(request, &acl)?;
        let context = &Context {
            request,
            visit,
            session,
            origin: route.origin(request),
        };
        match (route.place, route.method) {
            (Place::Numbers, "POST") => self.register(context),
            (Place::Numbers, _) => self.list_numbers(context),
            (Place::Ranges, _) => self.register_range(context),
            (Place::Main, "PUT") => self.set_main(context),
            (Place::Main, _) => self.get_main(context),
            (Place::Number(uuid), "PUT") => self.update_number(context, uuid),
            (Place::Number(uuid), "DELETE") => self.release_number(context, uuid),
            (Place::Number(uuid), _) => self.get_number(context, uuid),
            (Place::CallerIds(user), _) => self.list_caller_ids(context, user),
            (Place::Tokens | Place::Token(_) | Place::Unknown, _) => Err(ApiError::no_route()),
        }
    }

    fn auth(&self, request: &Request, place: Place<'_>) -> Result<Answer> {
        match (place, request.method.as_str()) {
            (Place::Tokens, _) => self.create_token(request),
            (Place::Token(token), "DELETE") => Ok(self.revoke_token(token)),
            (Place::Token(token), _) => self.check_token(request, token),
            _ => Err(ApiError::no_route()),
        }
    }
}

impl Carrier for Wazo {
    /// A stack has one pool of threads: limits are for all of its tenants together.
    fn classify<'r>(&self, request: &'r Request) -> Call<'r> {
        Call {
            operation: Route::of(request).operation(request),
            account: "",
        }
    }

    fn answer(&self, request: &Request, visit: Visit<'_>) -> Answer {
        self.try_answer(request, visit)
            .unwrap_or_else(|error| error.answer(self.clock.now()))
    }

    fn numbers_written(&self, request: &Request) -> usize {
        ranges::size(request)
    }

    fn dead_grant(&self) -> Option<Answer> {
        Some(tokens::refused_login().answer(self.clock.now()))
    }

    fn failure(&self, status: StatusCode) -> Answer {
        if status.is_success() {
            return Answer::empty(status);
        }
        ApiError::usual(status).answer(self.clock.now())
    }

    /// confd itself counts nothing: this is the proxy in front.
    fn throttled(&self, _refusal: Refusal) -> Answer {
        ApiError::usual(StatusCode::TOO_MANY_REQUESTS).answer(self.clock.now())
    }

    fn finish(&self, answer: &mut Answer, _in_flight: u32, _took: Duration) {
        for (name, value) in PROXY {
            answer
                .headers
                .entry(HeaderName::from_static(name))
                .or_insert(HeaderValue::from_static(value));
        }
    }

    fn console(&self, number: &str, step: Step<'_>) -> std::result::Result<Request, ConsoleError> {
        self.console_step(number, step)
    }

    fn ledger(&self) -> Ledger {
        self.lock().ledger()
    }

    fn set_stock(&self, _order: &StockOrder) -> std::result::Result<usize, StockError> {
        Err(StockError {
            field: "provider",
            message: "wazo sells no numbers: there is no stock to set".to_owned(),
        })
    }

    /// Nobody is called: what is in the directory may be shown.
    fn validation_code(&self, _number: &str) -> Option<String> {
        None
    }

    fn answer_caller_id(&self, _number: &str, _outcome: CallOutcome) -> Option<Settled> {
        None
    }

    fn reset(&self) {
        *self.lock() = State::default();
    }
}

/// What the framework below both services says of a place's methods, whoever asks.
fn options(allowed: &'static str) -> Answer {
    let mut answer = Answer::empty(StatusCode::OK);
    answer.set(header::ALLOW, HeaderValue::from_static(allowed));
    answer.set(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    answer
}

/// Headers that the proxy puts on every answer.
const PROXY: [(&str, &str); 3] = [
    ("server", "nginx/1.18.0"),
    ("access-control-allow-origin", "*"),
    ("strict-transport-security", "max-age=31536000"),
];

fn json(status: StatusCode, document: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(document).unwrap_or_default();
    Answer::with_body(status, "application/json", body)
}

/// 204 without a body, which has a content type all the same.
fn no_content() -> Answer {
    let mut answer = Answer::empty(StatusCode::NO_CONTENT);
    answer.set(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    answer
}
