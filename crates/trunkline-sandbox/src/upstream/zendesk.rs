//! Zendesk Talk: phone numbers, lines and addresses, and the token endpoint of its OAuth on the same port.
//!
//! Numbers are searched, bought with the token that the search gave, configured and released. Everything is JSON in an
//! envelope of its name, except some refusals; every path may end in `.json`. Where Zendesk's behaviour isn't known, the
//! comment at that place says what this fake does.

use std::time::Duration;

use http::{HeaderName, Method, StatusCode, header};

use crate::carrier::{Call, Calls, Carrier, Descriptor};
use crate::credentials::{ZENDESK_ACCESS_TOKEN, ZENDESK_API_TOKEN, ZENDESK_EMAIL};
use crate::exchange::{Answer, Request, Visit};
use crate::provider::Trait;
use crate::routes::{Table, routes};

mod accounts;
mod addresses;
mod console;
mod error;
mod fields;
mod grants;
mod line;
mod numbers;
mod oauth;
mod offers;
mod params;
mod purchase;
mod search;
mod state;
mod wire;

use accounts::{Caller, Right};
use error::{ApiError, Result};
use state::{Context, Zendesk};

pub(super) const FAKE: Descriptor = Descriptor {
    name: "zendesk",
    make: |options, clock| Box::new(Zendesk::new(options, clock)),
    traits: &[
        Trait::Shop,
        Trait::NumberIds,
        Trait::TokenEndpoint,
        Trait::OffsetPages,
        Trait::PageLinks,
        Trait::Totals,
        Trait::CreationTimes,
        Trait::LocalTimes,
        Trait::RowsWithoutNumber,
        Trait::UndeclaredPageSizes,
    ],
    offers: |operation| ROUTES.offers(operation),
    location: None,
    console: &["label", "routing", "price"],
    account: &[("access_token", ZENDESK_ACCESS_TOKEN)],
    example: "",
    login: || {
        let by_token = format!("{ZENDESK_EMAIL}/token with {ZENDESK_API_TOKEN}");
        format!("{by_token}, or bearer {ZENDESK_ACCESS_TOKEN}")
    },
};

type Handler = fn(&Zendesk, &Context<'_>) -> Result<Answer>;

#[rustfmt::skip]
const ROUTES: Table<Handler> = routes![Zendesk:
    GET    "/api/v2/channels/voice/phone_numbers"            list             => list_numbers,
    POST   "/api/v2/channels/voice/phone_numbers"            purchase         => purchase,
    GET    "/api/v2/channels/voice/phone_numbers/search"     search_available => search,
    GET    "/api/v2/channels/voice/phone_numbers/{id}"       get              => show_number,
    PUT    "/api/v2/channels/voice/phone_numbers/{id}"       update           => update_number,
    DELETE "/api/v2/channels/voice/phone_numbers/{id}"       release          => release_number,
    GET    "/api/v2/channels/voice/lines"                    list             => list_lines,
    POST   "/api/v2/channels/voice/digital_lines"            other            => create_digital_line,
    GET    "/api/v2/channels/voice/digital_lines/{id}"       other            => show_digital_line,
    PUT    "/api/v2/channels/voice/digital_lines/{id}"       other            => update_digital_line,
    DELETE "/api/v2/channels/voice/digital_lines/{id}"       other            => delete_digital_line,
    GET    "/api/v2/channels/voice/addresses"                list_addresses   => list_addresses,
    POST   "/api/v2/channels/voice/addresses"                create_address   => create_address,
    GET    "/api/v2/channels/voice/addresses/{id}"           get_address      => show_address,
    PUT    "/api/v2/channels/voice/addresses/{id}"           update_address   => update_address,
    DELETE "/api/v2/channels/voice/addresses/{id}"           delete_address   => delete_address,
];

#[rustfmt::skip]
const OPEN: Table<fn(&Zendesk, &Request) -> Result<Answer>> = routes![Zendesk:
    GET  "/api/v2/users/me" health       => me,
    POST "/oauth/tokens"    authenticate => issue_token,
];

/// Every path works with and without the suffix.
fn bare(request: &Request) -> (&str, &str) {
    let path = request.path.as_str();
    let path = path.strip_suffix(".json").unwrap_or(path);
    (request.method.as_str(), path)
}

impl Zendesk {
    fn caller(&self, request: &Request) -> Option<Caller> {
        let state = self.lock();
        accounts::caller(request, &state.grants, self.clock.now())
    }

    fn me(&self, request: &Request) -> Result<Answer> {
        Ok(accounts::me(self.caller(request)))
    }

    fn try_answer<'r>(&self, request: &'r Request, visit: Visit<'r>) -> Result<Answer> {
        let (method, path) = bare(request);
        if let Some(route) = OPEN.find(method, path).route {
            return (route.handler)(self, request);
        }
        let found = ROUTES.find(method, path);
        let route = found.route.ok_or_else(ApiError::invalid_endpoint)?;
        let right = match request.method {
            Method::GET => Right::Read,
            _ => Right::Write,
        };
        let caller = self.caller(request).ok_or_else(ApiError::unauthenticated)?;
        caller.check(right)?;
        let context = &Context {
            request,
            visit,
            args: found.args,
            caller: caller.user.account,
        };
        (route.handler)(self, context)
    }
}

impl Calls for Zendesk {}

impl Carrier for Zendesk {
    fn classify<'r>(&self, request: &'r Request) -> Call<'r> {
        let (method, path) = bare(request);
        let open = OPEN.find(method, path).route;
        let operation = match open.map(|route| route.operation) {
            Some("authenticate") => oauth::operation(request),
            Some(operation) => operation,
            None => ROUTES.find(method, path).operation(),
        };
        let caller = self.caller(request);
        Call {
            operation,
            account: caller.map_or("", |caller| caller.user.account.subdomain),
        }
    }

    fn answer(&self, request: &Request, visit: Visit<'_>) -> Answer {
        self.try_answer(request, visit)
            .unwrap_or_else(|error| error.answer())
    }

    fn dead_grant(&self) -> Option<Answer> {
        Some(grants::bad_grant().answer())
    }

    fn failure(&self, status: StatusCode) -> Answer {
        ApiError::usual(status).answer()
    }

    fn finish(&self, answer: &mut Answer, _in_flight: u32, took: Duration) {
        let request_id = format!("{:020x}", self.scattered_for_request() >> 48);
        let took = format!("{:.6}", took.as_secs_f64().max(0.001));
        let name = HeaderName::from_static;
        answer.set(name("x-zendesk-request-id"), request_id);
        answer.set(name("x-runtime"), took);
        answer.set(name("x-zendesk-api-version"), "v2");
        answer.set(name("x-zendesk-application-version"), "v18385");
        if !answer.headers.contains_key(header::CACHE_CONTROL) {
            let caching = match answer.status {
                StatusCode::OK => "max-age=0, private, must-revalidate",
                _ => "no-cache",
            };
            answer.set(header::CACHE_CONTROL, caching);
        }
        self.lock().quota.count(answer, self.clock.now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TALK: &str = "/api/v2/channels/voice/";

    fn arguments(method: Method, path: &str) -> Option<Vec<String>> {
        let request = Request::internal(method, path);
        let (method, path) = bare(&request);
        let found = ROUTES.find(method, path);
        let open = OPEN.find(method, path);
        let args = found.args.iter().map(|arg| (*arg).to_owned()).collect();
        found.path.or(open.path).map(|_| args)
    }

    #[test]
    fn every_path_works_with_and_without_the_suffix() {
        for suffix in ["", ".json"] {
            let number = format!("{TALK}phone_numbers/61{suffix}");
            assert_eq!(arguments(Method::GET, &number), Some(vec!["61".to_owned()]));
            let search = format!("{TALK}phone_numbers/search{suffix}");
            assert_eq!(arguments(Method::GET, &search), Some(vec![]));
            let tokens = format!("/oauth/tokens{suffix}");
            assert_eq!(arguments(Method::POST, &tokens), Some(vec![]));
        }
    }

    #[test]
    fn other_paths_are_unknown() {
        for below in [
            "Phone_Numbers",
            "phone_numbers/",
            "phone_numbers/1/2",
            "lines/1",
            "",
        ] {
            let path = format!("{TALK}{below}");
            assert_eq!(arguments(Method::GET, &path), None, "{below}");
        }
    }
}
