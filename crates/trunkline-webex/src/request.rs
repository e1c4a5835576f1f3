//! The unified model to Webex's requests: pure functions, tested without a server.

mod caller_ids;
mod list;
mod options;
mod path;

use serde::Serialize;
use serde_json::json;
use trunkline_core::{E164, Error, ErrorKind, Number, Operation, Result};
use trunkline_http::wire::unsupported;
use trunkline_http::{ApiRequest, Replay, segment};

pub(crate) use caller_ids::{
    CallerKey, CallerOwner, OwnerKind, caller_id, location_change, presentable, reset, set_agent,
    set_caller_id, set_connection, setting_change,
};
pub(crate) use list::{Cursor, ListOptions, PAGE_SIZE_MAX, fits, list};
pub(crate) use options::{
    AddOptions, CallerIdOptions, EmergencyAddress, LocationOptions, NumberOptions, State, Usage,
};

pub(crate) use path::NUMBERS;
use path::{JOBS, connection_path, location_path, numbers_path};

use crate::id::Key;

/// Most numbers in one registration: ten requests' worth.
pub(crate) const BATCH_MAX: usize = 100;

/// Most numbers of a range.
pub(crate) const RANGE_MAX: usize = 1_000;

/// Numbers that are added to a location: for which operation, where and how.
#[derive(Debug)]
pub(crate) struct Addition<'a> {
    pub(crate) operation: Operation,
    pub(crate) location: &'a str,
    pub(crate) options: AddOptions,
}

/// What a job does with a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JobOrder {
    /// Moves it to this location.
    Move(String),
    /// Makes it a service number, or a standard one.
    Usage(Usage),
}

impl JobOrder {
    /// The name of the job at Webex.
    pub(crate) const fn operation(&self) -> &'static str {
        match self {
            Self::Move(_) => "MOVE",
            Self::Usage(_) => "NUMBER_USAGE_CHANGE",
        }
    }
}

/// Names the organization, if it is not the token's own and the request (the link to a page) does not name it yet.
pub(crate) fn of_organization(org_id: Option<&str>, request: ApiRequest) -> ApiRequest {
    let named = request.query.iter().any(|(name, _)| name == "orgId");
    request.query_opt("orgId", org_id.filter(|_| !named))
}

/// The numbers that could be the one with this key.
pub(crate) fn find(operation: Operation, key: &Key) -> ApiRequest {
    let list = ApiRequest::get(operation, NUMBERS);
    match key {
        Key::Number(number) => list.query("phoneNumber", number),
        Key::Extension(extension, location) => list
            .query("locationId", location)
            .query("extension", extension),
    }
}

/// The numbers of a location.
pub(crate) fn at_location(operation: Operation, location: &str) -> ApiRequest {
    ApiRequest::get(operation, NUMBERS).query("locationId", location)
}

/// A page of the numbers of all locations, of so many rows.
pub(crate) fn numbers(operation: Operation, max: usize) -> ApiRequest {
    ApiRequest::get(operation, NUMBERS).query("max", max.to_string())
}

/// Asks whether numbers can be added; changes nothing.
pub(crate) fn validate(operation: Operation, numbers: &[E164]) -> Result<ApiRequest> {
    let path = "telephony/config/actions/validateNumbers/invoke";
    let request = ApiRequest::post(operation, path).replay_safe();
    request.json(&json!({"phoneNumbers": numbers}))
}

/// Adds numbers to a location. The state is always sent: clients and documentation differ about the default.
pub(crate) fn add(addition: &Addition<'_>, numbers: &[E164]) -> Result<ApiRequest> {
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(rename = "phoneNumbers")]
        phone_numbers: &'a [E164],
        #[serde(flatten)]
        options: &'a AddOptions,
    }

    let request = ApiRequest::post(addition.operation, numbers_path(addition.location));
    request.json(&Body {
        phone_numbers: numbers,
        options: &addition.options,
    })
}

/// Puts a number in service, or takes it out.
pub(crate) fn set_state(location: &str, number: &str, state: State) -> Result<ApiRequest> {
    let action = match state {
        State::Active => "ACTIVATE",
        State::Inactive => "DEACTIVATE",
    };
    let request = ApiRequest::put(Operation::Update, numbers_path(location));
    request.json(&json!({"phoneNumbers": [number], "action": action}))
}

/// Removes a number from a location. The pipeline does not repeat it: a second removal is answered with a server error.
pub(crate) fn remove(location: &str, number: &str) -> Result<ApiRequest> {
    let mut request = ApiRequest::delete(Operation::Release, numbers_path(location));
    request.replay = Replay::Never;
    request.json(&json!({"phoneNumbers": [number]}))
}

/// Rejects the removal of a number that Webex would reject, as far as the number shows it. Errors: `Unsupported` for a
/// bare extension, `Conflict` for a main or an assigned number.
pub(crate) fn check_release(number: &Number) -> Result<()> {
    if number.number.is_none() {
        return Err(is_extension());
    }
    if number.main {
        let message = "the main number of a location can't be released: choose another first";
        return Err(Error::new(ErrorKind::Conflict, message));
    }
    let Some(owner) = &number.owner else {
        return Ok(());
    };
    let who = owner.id.as_ref().or(owner.name.as_ref());
    let who = who.map(|who| format!(" {who}")).unwrap_or_default();
    let message = format!(
        "the number is assigned to {}{who}: unassign it first",
        owner.kind
    );
    Err(Error::new(ErrorKind::Conflict, message))
}

pub(crate) fn is_extension() -> Error {
    unsupported("id", "an extension goes with its owner")
}

/// The calling side of a location.
pub(crate) fn location(operation: Operation, location: &str) -> ApiRequest {
    ApiRequest::get(operation, location_path(location))
}

/// Changes the calling side of a location; what is left out stays.
pub(crate) fn set_location(
    operation: Operation,
    location: &str,
    change: &LocationOptions,
) -> Result<ApiRequest> {
    ApiRequest::put(operation, location_path(location)).json(change)
}

/// How a location reaches the public network.
pub(crate) fn connection(operation: Operation, location: &str) -> ApiRequest {
    ApiRequest::get(operation, connection_path(location))
}

/// Tells emergency services where a number is.
pub(crate) fn emergency_address(number: &str, address: &EmergencyAddress) -> Result<ApiRequest> {
    let number = segment(number);
    let path = format!("telephony/pstn/numbers/{number}/emergencyAddress");
    ApiRequest::put(Operation::Update, path).json(&json!({"emergencyAddress": address}))
}

/// Changes at once what a number is used for. The pipeline does not repeat it: Webex refuses a change to what is so
/// already.
pub(crate) fn set_usage(location: &str, number: &str, usage: Usage) -> Result<ApiRequest> {
    let path = format!("telephony/pstn/locations/{}/numbers", segment(location));
    let request = ApiRequest::post(Operation::Update, path).query("action", usage.action());
    request.json(&json!({"numbers": [number]}))
}

/// Starts a job about one number at a location.
pub(crate) fn start_job(order: &JobOrder, location: &str, number: &str) -> Result<ApiRequest> {
    let mut job = json!({
        "operation": order.operation(),
        "numberList": [{"locationId": location, "numbers": [number]}],
    });
    match order {
        JobOrder::Move(target) => job["targetLocationId"] = json!(target),
        JobOrder::Usage(usage) => job["numberUsageType"] = json!(usage),
    }
    ApiRequest::post(Operation::Update, JOBS).json(&job)
}

/// The newest jobs.
pub(crate) fn jobs() -> ApiRequest {
    ApiRequest::get(Operation::Update, JOBS).query("max", "20")
}

/// One job, or what is `below` it: `/errors`.
pub(crate) fn job(job: &str, below: &str) -> ApiRequest {
    ApiRequest::get(Operation::Update, format!("{JOBS}/{}{below}", segment(job)))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use trunkline_http::Body;

    use super::*;

    const NUMBER: &str = "+14165550171";

    fn body(request: &ApiRequest) -> Value {
        match &request.body {
            Body::Json(json) => serde_json::from_slice(json).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_request_names_another_organization_once() {
        let find = || find(Operation::Get, &Key::Number(NUMBER.to_owned()));
        let request = of_organization(Some("ORG"), find());
        assert!(request.query.contains(&("orgId".into(), "ORG".to_owned())));
        let again = of_organization(Some("ORG"), request.clone());
        assert_eq!(again, request);
        assert_eq!(of_organization(None, find()).query.len(), 1);
    }

    #[test]
    fn a_removal_has_a_body_and_is_not_repeated_by_the_pipeline() {
        let request = remove("LOC", NUMBER).unwrap();
        assert_eq!(body(&request), json!({"phoneNumbers": [NUMBER]}));
        assert_eq!(request.replay, Replay::Never);
    }

    #[test]
    fn a_job_has_a_target_or_a_usage() {
        let list = json!([{"locationId": "LOC1", "numbers": [NUMBER]}]);
        let target = JobOrder::Move("LOC2".to_owned());
        let request = start_job(&target, "LOC1", NUMBER).unwrap();
        assert_eq!(
            body(&request),
            json!({"operation": "MOVE", "targetLocationId": "LOC2", "numberList": list})
        );
        let request = start_job(&JobOrder::Usage(Usage::Service), "LOC1", NUMBER).unwrap();
        assert_eq!(
            body(&request),
            json!({"operation": "NUMBER_USAGE_CHANGE", "numberUsageType": "SERVICE", "numberList": list})
        );
    }

    #[test]
    fn emergency_address_path_encodes_the_number() {
        let request = emergency_address(NUMBER, &EmergencyAddress::default()).unwrap();
        assert_eq!(
            request.path,
            "telephony/pstn/numbers/%2B14165550171/emergencyAddress"
        );
    }
}
