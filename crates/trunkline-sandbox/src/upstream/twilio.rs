//! Twilio: the phone-number part of the 2010-04-01 API, and the price list of the pricing API on the same port.
//!
//! Everything is JSON if the path says `.json`, forms come in, names are in `PascalCase`. Where Twilio's behaviour isn't
//! known, the comment at that place says what this fake does.

use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};

use crate::carrier::{Call, Carrier, Descriptor};
use crate::credentials::{TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN};
use crate::exchange::{Answer, Request, Visit};
use crate::provider::Trait;
use crate::query::Query;
use crate::routes::{Found, Table, routes};

mod accounts;
mod addresses;
mod billing;
mod caller_ids;
mod console;
mod error;
mod numbers;
mod page;
mod search;
mod settings;
mod state;
mod text;
mod wire;

use error::{ApiError, Result};
use state::{Context, Twilio};

pub(super) const FAKE: Descriptor = Descriptor {
    name: "twilio",
    make: |options, clock| Box::new(Twilio::new(options, clock)),
    traits: &[
        Trait::Shop,
        Trait::NumberIds,
        Trait::PageLinks,
        Trait::CreationTimes,
        Trait::NumberFilter,
        Trait::CleanThrottling,
    ],
    offers: |operation| ROUTES.offers(operation),
    location: None,
    console: &["label", "routing", "price", "owner"],
    account: &[
        ("account_sid", TWILIO_ACCOUNT_SID),
        ("auth_token", TWILIO_AUTH_TOKEN),
    ],
    example: "",
    login: || format!("account {TWILIO_ACCOUNT_SID}, token {TWILIO_AUTH_TOKEN}"),
};

type Handler = fn(&Twilio, &Context<'_>) -> Result<Answer>;

const ACCOUNTS: &str = "/2010-04-01/Accounts/";

#[rustfmt::skip]
const ROUTES: Table<Handler> = routes![Twilio:
    GET    "/2010-04-01/Accounts/{}"                                               get_account       => account,
    GET    "/2010-04-01/Accounts/{}/Balance"                                       get_balance       => balance,
    GET    "/2010-04-01/Accounts/{}/AvailablePhoneNumbers"                         list_countries    => countries,
    GET    "/2010-04-01/Accounts/{}/AvailablePhoneNumbers/{}"                      list_countries    => country,
    GET    "/2010-04-01/Accounts/{}/AvailablePhoneNumbers/{}/(Local|Mobile|TollFree|National|SharedCost|Voip|MachineToMachine)" search_available => search,
    GET    "/2010-04-01/Accounts/{}/IncomingPhoneNumbers"                          list              => list_numbers,
    POST   "/2010-04-01/Accounts/{}/IncomingPhoneNumbers"                          purchase          => purchase,
    GET    "/2010-04-01/Accounts/{}/IncomingPhoneNumbers/(Local|Mobile|TollFree)"  list              => list_numbers,
    POST   "/2010-04-01/Accounts/{}/IncomingPhoneNumbers/(Local|Mobile|TollFree)"  purchase          => purchase,
    GET    "/2010-04-01/Accounts/{}/IncomingPhoneNumbers/{}"                       get               => get_number,
    POST   "/2010-04-01/Accounts/{}/IncomingPhoneNumbers/{}"                       update            => update_number,
    DELETE "/2010-04-01/Accounts/{}/IncomingPhoneNumbers/{}"                       release           => release_number,
    GET    "/2010-04-01/Accounts/{}/OutgoingCallerIds"                             list_caller_ids   => list_caller_ids,
    POST   "/2010-04-01/Accounts/{}/OutgoingCallerIds"                             start_caller_id   => start_caller_id,
    GET    "/2010-04-01/Accounts/{}/OutgoingCallerIds/{}"                          get_caller_id     => get_caller_id,
    POST   "/2010-04-01/Accounts/{}/OutgoingCallerIds/{}"                          update_caller_id  => update_caller_id,
    DELETE "/2010-04-01/Accounts/{}/OutgoingCallerIds/{}"                          delete_caller_id  => delete_caller_id,
    GET    "/2010-04-01/Accounts/{}/Addresses"                                     list_addresses    => list_addresses,
    POST   "/2010-04-01/Accounts/{}/Addresses"                                     create_address    => create_address,
    GET    "/2010-04-01/Accounts/{}/Addresses/{}"                                  get_address       => get_address,
    POST   "/2010-04-01/Accounts/{}/Addresses/{}"                                  update_address    => update_address,
    DELETE "/2010-04-01/Accounts/{}/Addresses/{}"                                  delete_address    => delete_address,
    GET    "/2010-04-01/Accounts/{}/Addresses/{}/DependentPhoneNumbers"            dependent_numbers => dependent_numbers,
    GET    "/v1/PhoneNumbers/Countries"                                            list_prices       => price_list,
    GET    "/v1/PhoneNumbers/Countries/{id}"                                       list_prices       => prices,
];

/// The path without its suffix, and whether it is answered in XML: this API does so without `.json`.
fn bare(request: &Request) -> (&str, bool) {
    let path = request.path.as_str();
    if !path.starts_with(ACCOUNTS) {
        return (path, false);
    }
    match path.strip_suffix(".json") {
        Some(path) => (path, false),
        None => (path.strip_suffix(".xml").unwrap_or(path), true),
    }
}

fn find(request: &Request) -> Found<'_, Handler> {
    ROUTES.find(request.method.as_str(), bare(request).0)
}

/// The account in the path; the price list has none.
fn account(request: &Request) -> Option<&str> {
    let below = bare(request).0.strip_prefix(ACCOUNTS)?;
    below.split('/').next()
}

impl Twilio {
    fn try_answer<'r>(&self, request: &'r Request, visit: Visit<'r>) -> Result<Answer> {
        let found = find(request);
        let caller = accounts::authenticate(request, account(request))?;
        let Some(route) = found.route else {
            return Err(match found.path {
                Some(_) => ApiError::usual(StatusCode::METHOD_NOT_ALLOWED),
                None => ApiError::not_found(&request.path),
            });
        };
        if self.options.twilio_refuses_long_names {
            text::check_name(request)?;
        }
        let context = &Context {
            request,
            visit,
            args: found.args,
            caller,
        };
        (route.handler)(self, context)
    }
}

impl Carrier for Twilio {
    fn classify<'r>(&self, request: &'r Request) -> Call<'r> {
        Call {
            operation: find(request).operation(),
            account: account(request).unwrap_or_default(),
        }
    }

    fn answer(&self, request: &Request, visit: Visit<'_>) -> Answer {
        let answer = self.try_answer(request, visit);
        let mut answer = answer.unwrap_or_else(|error| error.answer());
        if bare(request).1 {
            text::rewrite(&mut answer);
        }
        answer
    }

    fn failure(&self, status: StatusCode) -> Answer {
        match status {
            StatusCode::BAD_GATEWAY => error::bad_gateway(),
            _ => ApiError::usual(status).answer(),
        }
    }

    fn finish(&self, answer: &mut Answer, in_flight: u32, took: Duration) {
        let request_id = format!("RQ{:032x}", self.scattered_for_request());
        let took = format!("{:.3}", took.as_secs_f64().max(0.001));
        let name = HeaderName::from_static;
        answer.set(name("twilio-request-id"), request_id);
        answer.set(name("twilio-request-duration"), took);
        answer.set(name("twilio-concurrent-requests"), in_flight);
        for (noise, value) in NOISE {
            answer.set(name(noise), HeaderValue::from_static(value));
        }
    }

    fn number_named(&self, request: &Request) -> Option<String> {
        Some(Query::of_form(request).filled("PhoneNumber")?.to_owned())
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

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    fn arguments(path: &str) -> (Option<&'static str>, Vec<String>, bool) {
        let request = Request::internal(Method::GET, path);
        let found = find(&request);
        let args = found.args.into_iter().map(str::to_owned).collect();
        (found.path, args, bare(&request).1)
    }

    #[test]
    fn typed_lists_are_not_mistaken_for_sids() {
        let typed = "/2010-04-01/Accounts/{}/IncomingPhoneNumbers/(Local|Mobile|TollFree)";
        let single = "/2010-04-01/Accounts/{}/IncomingPhoneNumbers/{}";
        let of = |last: &str| {
            arguments(&format!(
                "/2010-04-01/Accounts/AC1/IncomingPhoneNumbers/{last}.json"
            ))
        };
        assert_eq!(of("TollFree").0, Some(typed));
        assert_eq!(of("undefined").0, Some(single));
        assert_eq!(of("undefined").1, ["AC1", "undefined"]);
    }

    #[test]
    fn path_without_json_suffix_is_answered_in_xml() {
        let (path, args, xml) =
            arguments("/2010-04-01/Accounts/AC1/AvailablePhoneNumbers/GB/Local");
        assert!(path.is_some() && xml);
        assert_eq!(args, ["AC1", "GB", "Local"]);
        assert!(!arguments("/2010-04-01/Accounts/AC1.json").2);
    }

    #[test]
    fn paths_are_case_sensitive() {
        let lower = "/2010-04-01/Accounts/AC1/incomingphonenumbers.json";
        assert_eq!(arguments(lower).0, None);
    }
}
