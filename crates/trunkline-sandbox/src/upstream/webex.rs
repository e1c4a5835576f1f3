//! Webex Calling: the numbers of an organization's locations, the caller IDs of who has them, and the jobs that move
//! them.
//!
//! There is no shop: numbers come from elsewhere and are written down here. Where Webex's behaviour isn't known, the
//! comment at that place says what this fake does.

use std::borrow::Cow;
use std::time::Duration;

use form_urlencoded::parse;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;

use crate::carrier::{Call, Calls, Carrier, Descriptor};
use crate::credentials::{WEBEX_ACCESS_TOKEN, WEBEX_LOCATION_ID};
use crate::exchange::{Answer, Request, Visit};
use crate::provider::Trait;
use crate::query::Query;
use crate::routes::{Found, Table, routes};

mod available;
mod caller_ids;
mod connection;
mod console;
mod error;
mod grants;
mod ids;
mod job;
mod jobs;
mod list;
mod location_numbers;
mod locations;
mod oauth;
mod params;
mod people;
mod pstn;
mod rows;
mod seeded;
mod state;
mod usage;

use error::{ApiError, Result};
use state::{Context, Webex};

pub(super) const FAKE: Descriptor = Descriptor {
    name: "webex",
    make: |options, clock| Box::new(Webex::new(options, clock)),
    traits: &[
        Trait::TokenEndpoint,
        Trait::OffsetPages,
        Trait::PageLinks,
        Trait::Totals,
    ],
    offers: |operation| ROUTES.offers(operation),
    location: Some(WEBEX_LOCATION_ID),
    console: &["location", "owner"],
    account: &[("access_token", WEBEX_ACCESS_TOKEN)],
    example: "",
    login: || format!("bearer {WEBEX_ACCESS_TOKEN}"),
};

type Handler = fn(&Webex, &Context<'_>) -> Result<Answer>;

/// `NONE` is no method: of that resource only a refusal is known.
#[rustfmt::skip]
const ROUTES: Table<Handler> = routes![Webex:
    GET    "/v1/people"                                                            other               => list_people,
    GET    "/v1/people/me"                                                         health              => me,
    GET    "/v1/people/{}"                                                         other               => get_person,
    GET    "/v1/workspaces"                                                        other               => list_workspaces,
    GET    "/v1/locations"                                                         list_locations      => plain_locations,
    GET    "/v1/(people|workspaces)/{}/features/callerId"                          get_caller_id       => get_caller_id,
    PUT    "/v1/(people|workspaces)/{}/features/callerId"                          update_caller_id    => put_caller_id,
    GET    "/v1/(people|workspaces)/{}/features/numbers"                           other               => owner_numbers,
    PUT    "/v1/(people|workspaces)/{}/features/numbers"                           other               => assign_number,
    GET    "/v1/people/{}/features/outgoingPermission"                             other               => outgoing_permission,
    POST   "/v1/roleAssignments"                                                   other               => not_there,
    NONE   "/v1/groups/{}/members"                                                 other               => not_there,
    GET    "/v1/telephony/config/numbers"                                          list                => list_numbers,
    POST   "/v1/telephony/config/actions/validateNumbers/invoke"                   validate_numbers    => validate_numbers,
    GET    "/v1/telephony/config/locations"                                        list_locations      => list_locations,
    GET    "/v1/telephony/config/locations/{}"                                     get_main            => get_location,
    PUT    "/v1/telephony/config/locations/{}"                                     set_main            => update_location,
    POST   "/v1/telephony/config/locations/{}/numbers"                             register            => add_numbers,
    PUT    "/v1/telephony/config/locations/{}/numbers"                             update              => set_number_state,
    DELETE "/v1/telephony/config/locations/{}/numbers"                             release             => remove_numbers,
    POST   "/v1/telephony/config/locations/{}/queues"                              other               => add_queue,
    GET    "/v1/telephony/config/virtualLines"                                     other               => list_virtual_lines,
    GET    "/v1/telephony/config/(virtualLines)/{}/callerId"                       get_caller_id       => get_caller_id,
    PUT    "/v1/telephony/config/(virtualLines)/{}/callerId"                       update_caller_id    => put_caller_id,
    GET    "/v1/telephony/config/(people|workspaces)/{}/numbers"                   other               => owner_numbers,
    PUT    "/v1/telephony/config/(people|workspaces)/{}/numbers"                   other               => assign_number,
    POST   "/v1/telephony/config/premisePstn/trunks"                               other               => add_trunk,
    GET    "/v1/telephony/config/locations/{}/availableNumbers"                    list                => numbers_of_location,
    GET    "/v1/telephony/config/locations/{}/externalCallerId/availableNumbers"   list_caller_ids     => external_numbers,
    GET    "/v1/telephony/config/people/primary/availableNumbers"                  list                => free_numbers,
    GET    "/v1/telephony/config/(workspaces|virtualLines)/availableNumbers"       list                => free_numbers,
    GET    "/v1/telephony/config/people/{}/(secondary|faxMessage)/availableNumbers" list               => free_numbers,
    GET    "/v1/telephony/config/virtualLines/{}/faxMessage/availableNumbers"      list                => free_numbers,
    GET    "/v1/telephony/config/locations/{}/(webexGo|chargeNumber)/availableNumbers" list            => free_numbers,
    GET    "/v1/telephony/config/(people|workspaces|virtualLines|locations)/{}/(callForwarding|callIntercept|emergencyCallbackNumber)/availableNumbers" list => assigned_numbers,
    POST   "/v1/telephony/config/jobs/numbers/manageNumbers"                       update              => start_job,
    GET    "/v1/telephony/config/jobs/numbers/manageNumbers"                       get_job             => list_jobs,
    GET    "/v1/telephony/config/jobs/numbers/manageNumbers/{}"                    get_job             => get_job,
    GET    "/v1/telephony/config/jobs/numbers/manageNumbers/{}/errors"             get_job             => job_errors,
    POST   "/v1/telephony/config/jobs/numbers/manageNumbers/{}/actions/(pause|resume|abandon)/invoke" other => steer_job,
    GET    "/v1/telephony/pstn/locations/{}/connection"                            get_pstn_connection => get_connection,
    PUT    "/v1/telephony/pstn/locations/{}/connection"                            other               => set_connection,
    GET    "/v1/telephony/pstn/locations/{}/connectionOptions"                     get_pstn_connection => connection_options,
    POST   "/v1/telephony/pstn/locations/{}/numbers"                               update              => modify_numbers,
    GET    "/v1/telephony/pstn/locations/{}/numbers/availableNumbers"              list                => modifiable_numbers,
    PUT    "/v1/telephony/pstn/numbers/{}/emergencyAddress"                        update              => set_emergency_address,
];

/// What needs no token.
#[rustfmt::skip]
const OPEN: Table<fn(&Webex, &Request) -> Result<Answer>> = routes![Webex:
    POST "/v1/access_token" refresh_token => grant,
];

fn find(request: &Request) -> Found<'_, Handler> {
    ROUTES.find(request.method.as_str(), &request.path)
}

/// What the gateway calls the resource behind it, where that is known.
fn normalized(found: &Found<'_, Handler>) -> &'static str {
    let workspace = found.args.first() == Some(&"workspaces");
    match found.path.and_then(|path| path.strip_prefix("/v1/")) {
        Some("telephony/config/numbers") => "/api/v1/customers/{customerId}/numbers",
        Some("telephony/config/locations") => "/api/v1/customers/{customerId}/locations",
        Some("telephony/config/locations/{}") => {
            "/api/v1/customers/{customerId}/locations/{locationId}"
        }
        Some("telephony/config/locations/{}/numbers") => {
            "/api/v1/customers/{customerId}/locations/{locationId}/numbers"
        }
        Some("telephony/config/locations/{}/queues") => {
            "/api/v1/customers/{customerId}/locations/{locationId}/features/queues"
        }
        Some("telephony/config/premisePstn/trunks") => {
            "/api/v1/customers/{customerId}/localgateways"
        }
        Some(path) if workspace && path.ends_with("/numbers") => {
            "/api/v1/customers/{customerId}/places/{placeId}/numbers"
        }
        _ => "/**",
    }
}

/// A search for one number is what asks for a number; all else is a list. Why somebody searches can't be seen.
fn listing(request: &Request) -> &'static str {
    let params = Query::of(request);
    let has = |name| params.filled(name).is_some();
    if has("phoneNumber") || (has("extension") && has("locationId")) {
        return "get";
    }
    "list"
}

/// Going back to the direct line and giving up the additional number is as near as Webex comes to a removal.
fn setting(request: &Request) -> &'static str {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let additional = body.get("additionalExternalCallerIdCustomNumber");
    let given_up = additional.is_some_and(|number| number.is_null() || number == "");
    if body["selected"] == "DIRECT_LINE" && given_up {
        return "delete_caller_id";
    }
    "update_caller_id"
}

/// Percent-decoded. A plus sign in a path is a plus sign.
fn decoded(part: &str) -> Cow<'_, str> {
    if !part.contains('%') {
        return Cow::Borrowed(part);
    }
    let escaped = part
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    let text = parse(escaped.as_bytes()).next();
    Cow::Owned(text.map(|(name, _)| name.into_owned()).unwrap_or_default())
}

impl Webex {
    fn try_answer(
        &self,
        request: &Request,
        visit: Visit<'_>,
        found: &Found<'_, Handler>,
    ) -> Result<Answer> {
        let open = OPEN.find(request.method.as_str(), &request.path);
        if let Some(route) = open.route {
            return (route.handler)(self, request);
        }
        let caller = oauth::authenticate(request, &self.lock(), self.clock.now())?;
        let Some(route) = found.route else {
            return Err(match found.path.or(open.path) {
                Some(_) => ApiError::method(&request.method),
                None => ApiError::no_such_path(&request.path),
            });
        };
        let args: Vec<_> = found.args.iter().map(|arg| decoded(arg)).collect();
        let context = &Context {
            request,
            visit,
            args: args.iter().map(|arg| &**arg).collect(),
            caller,
        };
        (route.handler)(self, context)
    }
}

impl Calls for Webex {}

impl Carrier for Webex {
    /// All requests count against one account: whose a token is shows only when it is looked at.
    fn classify<'r>(&self, request: &'r Request) -> Call<'r> {
        let found = find(request);
        let operation = match (found.operation(), found.path) {
            ("list", Some("/v1/telephony/config/numbers")) => listing(request),
            ("update_caller_id", _) => setting(request),
            ("other", None) => OPEN
                .find(request.method.as_str(), &request.path)
                .operation(),
            (operation, _) => operation,
        };
        Call {
            operation,
            account: "",
        }
    }

    fn answer(&self, request: &Request, visit: Visit<'_>) -> Answer {
        let found = find(request);
        let mut answer = self
            .try_answer(request, visit, &found)
            .unwrap_or_else(|error| error.answer(&self.tracking_id()));
        // A wrong method doesn't get as far as the resource behind the gateway.
        if answer.status != StatusCode::METHOD_NOT_ALLOWED || found.route.is_some() {
            let name = HeaderName::from_static("x-normalized-path");
            answer.set(name, HeaderValue::from_static(normalized(&found)));
        }
        answer
    }

    fn numbers_written(&self, request: &Request) -> usize {
        let numbers = params::Body::of(request).and_then(|body| body.numbers());
        numbers.map_or(1, |numbers| numbers.len())
    }

    fn dead_grant(&self) -> Option<Answer> {
        Some(oauth::dead().answer(&self.tracking_id()))
    }

    fn failure(&self, status: StatusCode) -> Answer {
        error::mesh(status).unwrap_or_else(|| ApiError::usual(status).answer(&self.tracking_id()))
    }

    fn finish(&self, answer: &mut Answer, _in_flight: u32, _took: Duration) {
        if !answer.headers.contains_key(error::TRACKING) {
            answer.set(error::TRACKING, self.tracking_id());
        }
        answer.set(header::VARY, "Origin");
        answer.set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        answer.set(header::SERVER, "istio-envoy");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plus_sign_in_a_path_is_read_in_either_form() {
        for number in ["+14155550100", "%2B14155550100"] {
            let path = format!("/v1/telephony/pstn/numbers/{number}/emergencyAddress");
            let found = ROUTES.find("PUT", &path);
            assert!(found.route.is_some(), "{number}");
            assert_eq!(decoded(found.args[0]), "+14155550100", "{number}");
        }
    }

    #[test]
    fn caller_id_of_a_person_is_not_below_telephony() {
        let right = ROUTES.find("GET", "/v1/people/P/features/callerId");
        assert_eq!(right.operation(), "get_caller_id");
        assert_eq!(right.args, ["people", "P"]);
        let wrong = ROUTES.find("GET", "/v1/telephony/config/people/P/callerId");
        assert_eq!(wrong.path, None);
    }

    #[test]
    fn every_operation_has_a_name_that_faults_know() {
        for route in ROUTES.0 {
            assert!(crate::OPERATIONS.contains(&route.operation), "{route:?}");
        }
    }
}
