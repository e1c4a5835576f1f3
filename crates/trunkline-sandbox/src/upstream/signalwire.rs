//! SignalWire: phone numbers, verified caller IDs, emergency addresses and lookups of the REST API below
//! `/api/relay/rest`, and the numbers of the compatibility (`LaML`) API on the same port, over the same stock.
//!
//! JSON goes in and comes out, names are in `snake_case`. Where the documents and the real service were seen to
//! differ, this fake does as the service did, except for one project ([`projects`]) that does as the documents say.
//! Where neither is known, the comment at that place says what this fake does.

use std::time::Duration;

use http::{HeaderName, StatusCode};

use crate::carrier::{Call, Carrier, Descriptor};
use crate::credentials::{SIGNALWIRE_API_TOKEN, SIGNALWIRE_PROJECT_ID};
use crate::exchange::{Answer, Request, Visit};
use crate::provider::Trait;
use crate::routes::{Table, routes};

mod addresses;
mod body;
mod caller_ids;
mod console;
mod error;
mod groups;
mod laml;
mod numbers;
mod page;
mod projects;
mod search;
mod settings;
mod state;
mod text;
mod wire;

use body::Body;
use error::{ApiError, Result};
use projects::Scope;
use state::{Context, SignalWire};

pub(super) const FAKE: Descriptor = Descriptor {
    name: "signalwire",
    make: |options, clock| Box::new(SignalWire::new(options, clock)),
    traits: &[
        Trait::Shop,
        Trait::NumberIds,
        Trait::PageLinks,
        Trait::CreationTimes,
        Trait::NumberFilter,
        Trait::Cooldown,
        Trait::LocalTimes,
        Trait::UndeclaredPageSizes,
    ],
    offers: |operation| ROUTES.offers(operation),
    location: None,
    console: &["label", "routing", "price"],
    account: &[
        ("project_id", SIGNALWIRE_PROJECT_ID),
        ("api_token", SIGNALWIRE_API_TOKEN),
    ],
    example: PRICES,
    login: || format!("project {SIGNALWIRE_PROJECT_ID}, token {SIGNALWIRE_API_TOKEN}"),
};

const PRICES: &str = "prices = [{ country = \"US\", type = \"local\", monthly = \"1.15\", currency = \"USD\" }, \
     { country = \"US\", type = \"toll_free\", monthly = \"2.15\", currency = \"USD\" }]\n";

type Handler = fn(&SignalWire, &Context<'_>) -> Result<Answer>;

/// Its emergency address and who takes its calls are settings of a number.
#[rustfmt::skip]
const ROUTES: Table<Handler> = routes![SignalWire:
    GET    "/api/relay/rest/phone_numbers/search"                       search_available   => search,
    GET    "/api/relay/rest/phone_numbers"                              list               => list_numbers,
    POST   "/api/relay/rest/phone_numbers"                              purchase           => purchase,
    GET    "/api/relay/rest/phone_numbers/{}"                           get                => get_number,
    PUT    "/api/relay/rest/phone_numbers/{}"                           update             => update_number,
    DELETE "/api/relay/rest/phone_numbers/{}"                           release            => release_number,
    POST   "/api/relay/rest/phone_numbers/{}/e911_address"              update             => assign_emergency_address,
    DELETE "/api/relay/rest/phone_numbers/{}/e911_address"              update             => remove_emergency_address,
    GET    "/api/relay/rest/verified_caller_ids"                        list_caller_ids    => list_caller_ids,
    POST   "/api/relay/rest/verified_caller_ids"                        start_caller_id    => start_caller_id,
    GET    "/api/relay/rest/verified_caller_ids/{}"                     get_caller_id      => get_caller_id,
    PUT    "/api/relay/rest/verified_caller_ids/{}"                     update_caller_id   => rename_caller_id,
    DELETE "/api/relay/rest/verified_caller_ids/{}"                     delete_caller_id   => delete_caller_id,
    POST   "/api/relay/rest/verified_caller_ids/{}/verification"        resend_caller_id   => redial,
    PUT    "/api/relay/rest/verified_caller_ids/{}/verification"        complete_caller_id => submit_code,
    GET    "/api/relay/rest/addresses"                                  list_addresses     => list_addresses,
    POST   "/api/relay/rest/addresses"                                  create_address     => create_address,
    GET    "/api/relay/rest/addresses/{}"                               get_address        => get_address,
    PUT    "/api/relay/rest/addresses/{}"                               update_address     => update_address,
    DELETE "/api/relay/rest/addresses/{}"                               delete_address     => delete_address,
    GET    "/api/relay/rest/lookup/phone_number/{}"                     other              => lookup,
    GET    "/api/relay/rest/number_groups"                              other              => list_groups,
    POST   "/api/relay/rest/number_groups"                              other              => create_group,
    GET    "/api/relay/rest/number_groups/{}"                           other              => get_group,
    PUT    "/api/relay/rest/number_groups/{}"                           other              => update_group,
    DELETE "/api/relay/rest/number_groups/{}"                           other              => delete_group,
    GET    "/api/relay/rest/number_groups/{}/number_group_memberships"  other              => list_members,
    POST   "/api/relay/rest/number_groups/{}/number_group_memberships"  other              => add_member,
    GET    "/api/relay/rest/number_group_memberships/{}"                other              => get_member,
    DELETE "/api/relay/rest/number_group_memberships/{}"                other              => remove_member,
    POST   "/api/relay/rest/imported_phone_numbers"                     other              => import_number,
    POST   "/api/fabric/resources/{}/phone_routes"                      update             => route_to,
];

/// What a token must be allowed to do at a path of the table.
fn scope(path: &str) -> Scope {
    match path.strip_prefix("/api/relay/rest/") {
        Some(below) if below.starts_with("verified_caller_ids") => Scope::Voice,
        Some(below) if below.starts_with("lookup") => Scope::None,
        _ => Scope::Numbers,
    }
}

impl SignalWire {
    /// A method that the path doesn't know is a 404 here.
    fn try_answer<'r>(&self, request: &'r Request, visit: Visit<'r>) -> Result<Answer> {
        let found = ROUTES.find(request.method.as_str(), &request.path);
        let route = found.route.ok_or(ApiError::not_found())?;
        let context = &Context {
            request,
            visit,
            args: found.args,
            caller: projects::admit(request, scope(route.path))?,
        };
        (route.handler)(self, context)
    }
}

impl Carrier for SignalWire {
    fn classify<'r>(&self, request: &'r Request) -> Call<'r> {
        let method = request.method.as_str();
        Call {
            operation: laml::operation(request)
                .unwrap_or_else(|| ROUTES.find(method, &request.path).operation()),
            account: projects::named(request).map_or("", |project| project.id),
        }
    }

    fn answer(&self, request: &Request, visit: Visit<'_>) -> Answer {
        let laml = laml::answer(self, request, visit);
        laml.unwrap_or_else(|| {
            self.try_answer(request, visit)
                .unwrap_or_else(|error| error.answer())
        })
    }

    fn failure(&self, status: StatusCode) -> Answer {
        match status {
            StatusCode::UNPROCESSABLE_ENTITY => ApiError::opaque().answer(),
            // How a request over the limits is refused is not published; it is taken to be worded like the others.
            _ => ApiError::Plain(status).answer(),
        }
    }

    /// The header of the request id is not documented; the vendor's own library looks for it under this name.
    fn finish(&self, answer: &mut Answer, _in_flight: u32, _took: Duration) {
        let request_id = text::uuid(!self.options.seed, self.next());
        answer.set(HeaderName::from_static("x-request-id"), request_id);
    }

    fn number_named(&self, request: &Request) -> Option<String> {
        let body = Body::of(request).ok()?;
        body.text("number").ok()?.map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    fn operation(method: Method, path: &str) -> Option<&'static str> {
        let request = Request::internal(method, path);
        let rest = ROUTES.find(request.method.as_str(), path).route;
        laml::operation(&request).or_else(|| Some(rest?.operation))
    }

    #[test]
    fn every_operation_has_a_name_that_faults_know() {
        for route in ROUTES.0 {
            assert!(crate::OPERATIONS.contains(&route.operation), "{route:?}");
        }
        let verification = "/api/relay/rest/verified_caller_ids/x/verification";
        let name = operation(Method::PUT, verification);
        assert_eq!(name, Some("complete_caller_id"));
    }

    #[test]
    fn both_spellings_of_the_compatibility_api_are_one() {
        for path in [
            "/2010-04-01/Accounts/x/IncomingPhoneNumbers.json",
            "/api/laml/2010-04-01/Accounts/x/IncomingPhoneNumbers",
        ] {
            assert_eq!(operation(Method::POST, path), Some("purchase"), "{path}");
        }
    }

    #[test]
    fn unknown_path_or_method_has_no_operation() {
        for path in ["/", "/api/relay/rest", "/api/relay/rest/phone_numbers/x/y"] {
            assert_eq!(operation(Method::GET, path), None, "{path}");
        }
        let number = "/api/relay/rest/phone_numbers/x";
        assert_eq!(operation(Method::PATCH, number), None);
    }
}
