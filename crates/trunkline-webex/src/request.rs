//! The unified model to Webex's requests: pure, and tested without a server.

mod caller_ids;
mod list;
mod options;

use serde::Serialize;
use trunkline_core::{Error, Operation, Result};
use trunkline_http::{ApiRequest, Replay};

pub(crate) use caller_ids::{CallerKey, LocationChange, OwnerKind, check_name};
pub(crate) use list::{Cursor, LIST_OPTIONS, ListPlan, NUMBERS, fits};
pub(crate) use options::{
    AddOptions, AgentOptions, CallerIdOptions, EmergencyAddress, LocationOptions, NumberOptions,
    State, Usage, parse,
};

use crate::PROVIDER;
use crate::id::{self, Key};

/// Requests of one account: they name the organization if it is not the token's own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests {
    pub(crate) org_id: Option<String>,
}

#[derive(Serialize)]
struct Numbers<'a> {
    #[serde(rename = "phoneNumbers")]
    phone_numbers: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Added<'a> {
    phone_numbers: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    number_type: Option<options::AddedType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_usage_type: Option<Usage>,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier_id: Option<&'a str>,
}

/// Where and how numbers are added.
#[derive(Debug)]
pub(crate) struct Addition<'a> {
    pub(crate) operation: Operation,
    pub(crate) location: &'a str,
    pub(crate) options: AddOptions,
}

/// What a job does with a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JobOrder {
    /// Takes it to another location.
    Move {
        /// That location.
        target: String,
    },
    /// Makes it a service number, or a standard one.
    Usage(Usage),
}

impl JobOrder {
    /// What Webex calls it.
    pub(crate) const fn operation(&self) -> &'static str {
        match self {
            Self::Move { .. } => "MOVE",
            Self::Usage(_) => "NUMBER_USAGE_CHANGE",
        }
    }
}

impl Requests {
    /// Names the organization.
    fn of_org(&self, request: ApiRequest) -> ApiRequest {
        request.query_opt("orgId", self.org_id.clone())
    }

    /// The numbers that could be the one with this key.
    pub(crate) fn find(&self, operation: Operation, key: &Key) -> ApiRequest {
        let list = ApiRequest::get(operation, NUMBERS);
        self.of_org(match key {
            Key::Number(number) => list.query("phoneNumber", number),
            Key::Extension {
                extension,
                location,
            } => list
                .query("locationId", location)
                .query("extension", extension),
        })
    }

    /// The numbers of a location.
    pub(crate) fn at_location(&self, operation: Operation, location: &str) -> ApiRequest {
        self.of_org(ApiRequest::get(operation, NUMBERS).query("locationId", location))
    }

    /// The cheapest list there is: one number.
    pub(crate) fn health(&self) -> ApiRequest {
        self.of_org(ApiRequest::get(Operation::CheckHealth, NUMBERS).query("max", "1"))
    }

    /// Asks what Webex thinks of numbers; changes nothing.
    pub(crate) fn validate(&self, operation: Operation, numbers: &[String]) -> Result<ApiRequest> {
        let path = "telephony/config/actions/validateNumbers/invoke";
        let request = ApiRequest::post(operation, path).replay_safe();
        self.of_org(request).json(&Numbers {
            phone_numbers: numbers,
        })
    }

    /// Adds numbers to a location. The state is always said: clients and documentation differ about the default.
    pub(crate) fn add(&self, addition: &Addition<'_>, numbers: &[String]) -> Result<ApiRequest> {
        let options = &addition.options;
        let path = numbers_of(addition.location);
        self.of_org(ApiRequest::post(addition.operation, path))
            .json(&Added {
                phone_numbers: numbers,
                number_type: options.number_type,
                number_usage_type: options.number_usage_type,
                state: options.state(),
                subscription_id: options.subscription_id.as_deref(),
                carrier_id: options.carrier_id.as_deref(),
            })
    }

    /// Puts a number in service, or takes it out.
    pub(crate) fn set_state(
        &self,
        location: &str,
        number: &str,
        state: State,
    ) -> Result<ApiRequest> {
        #[derive(Serialize)]
        struct Change<'a> {
            #[serde(rename = "phoneNumbers")]
            phone_numbers: [&'a str; 1],
            action: &'static str,
        }

        let action = match state {
            State::Active => "ACTIVATE",
            State::Inactive => "DEACTIVATE",
        };
        let request = ApiRequest::put(Operation::Update, numbers_of(location));
        self.of_org(request).json(&Change {
            phone_numbers: [number],
            action,
        })
    }

    /// Removes a number from a location. It is not repeated by itself: a second answer is a server error that would be
    /// taken for one.
    pub(crate) fn remove(&self, location: &str, number: &str) -> Result<ApiRequest> {
        let mut request = ApiRequest::delete(Operation::Release, numbers_of(location));
        request.replay = Replay::Never;
        self.of_org(request).json(&Numbers {
            phone_numbers: &[number.to_owned()],
        })
    }

    /// The calling side of a location.
    pub(crate) fn location(&self, operation: Operation, location: &str) -> ApiRequest {
        self.of_org(ApiRequest::get(operation, location_path(location)))
    }

    /// Changes the calling side of a location; what is left out stays.
    pub(crate) fn set_location(
        &self,
        operation: Operation,
        location: &str,
        change: &LocationChange,
    ) -> Result<ApiRequest> {
        self.of_org(ApiRequest::put(operation, location_path(location)))
            .json(change)
    }

    /// How a location reaches the public network.
    pub(crate) fn connection(&self, operation: Operation, location: &str) -> ApiRequest {
        self.of_org(ApiRequest::get(operation, connection_path(location)))
    }

    /// Tells emergency services where a number is.
    pub(crate) fn emergency_address(
        &self,
        number: &str,
        address: &options::EmergencyAddress,
    ) -> Result<ApiRequest> {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(rename = "emergencyAddress")]
            emergency_address: &'a options::EmergencyAddress,
        }

        let number = id::path(number);
        let path = format!("telephony/pstn/numbers/{number}/emergencyAddress");
        let request = ApiRequest::put(Operation::Update, path);
        self.of_org(request).json(&Body {
            emergency_address: address,
        })
    }

    /// Has a number used otherwise, at once. It is not repeated by itself: Webex refuses what is so already.
    pub(crate) fn set_usage(
        &self,
        location: &str,
        number: &str,
        usage: Usage,
    ) -> Result<ApiRequest> {
        #[derive(Serialize)]
        struct Body<'a> {
            numbers: [&'a str; 1],
        }

        let location = id::path(location);
        let path = format!("telephony/pstn/locations/{location}/numbers");
        let request = ApiRequest::post(Operation::Update, path).query("action", usage.action());
        self.of_org(request).json(&Body { numbers: [number] })
    }

    /// Starts a job about one number.
    pub(crate) fn start_job(&self, order: &JobOrder, at: &str, number: &str) -> Result<ApiRequest> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body<'a> {
            operation: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            target_location_id: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            number_usage_type: Option<Usage>,
            number_list: [Part<'a>; 1],
        }

        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Part<'a> {
            location_id: &'a str,
            numbers: [&'a str; 1],
        }

        let (target_location_id, number_usage_type) = match order {
            JobOrder::Move { target } => (Some(target.as_str()), None),
            JobOrder::Usage(usage) => (None, Some(*usage)),
        };
        self.of_org(ApiRequest::post(Operation::Update, JOBS))
            .json(&Body {
                operation: order.operation(),
                target_location_id,
                number_usage_type,
                number_list: [Part {
                    location_id: at,
                    numbers: [number],
                }],
            })
    }

    /// The newest jobs.
    pub(crate) fn jobs(&self) -> ApiRequest {
        self.of_org(ApiRequest::get(Operation::Update, JOBS).query("max", "20"))
    }

    /// One job.
    pub(crate) fn job(&self, job: &str) -> ApiRequest {
        let path = format!("{JOBS}/{}", id::path(job));
        self.of_org(ApiRequest::get(Operation::Update, path))
    }

    /// What went wrong in a job.
    pub(crate) fn job_errors(&self, job: &str) -> ApiRequest {
        let path = format!("{JOBS}/{}/errors", id::path(job));
        self.of_org(ApiRequest::get(Operation::Update, path))
    }
}

const JOBS: &str = "telephony/config/jobs/numbers/manageNumbers";

fn location_path(location: &str) -> String {
    format!("telephony/config/locations/{}", id::path(location))
}

fn numbers_of(location: &str) -> String {
    format!("{}/numbers", location_path(location))
}

fn connection_path(location: &str) -> String {
    format!("telephony/pstn/locations/{}/connection", id::path(location))
}

/// A write that Webex has no way to express. Nothing has been sent.
pub(crate) fn lacks(operation: Operation, field: &str, why: &str) -> Error {
    Error::new(
        trunkline_core::ErrorKind::Unsupported,
        format!("{field}: {why}"),
    )
    .with_provider(PROVIDER.clone())
    .with_operation(operation)
    .with_field(field, why)
}

#[cfg(test)]
mod tests {
    use trunkline_http::Body;

    use super::*;

    fn requests() -> Requests {
        Requests {
            org_id: Some("ORG".to_owned()),
        }
    }

    fn body(request: &ApiRequest) -> String {
        match &request.body {
            Body::Json(json) => String::from_utf8(json.clone()).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_request_names_the_organization_if_it_is_another() {
        let key = Key::Number("+14165550171".to_owned());
        let request = requests().find(Operation::Get, &key);
        assert!(request.query.contains(&("orgId".into(), "ORG".to_owned())));
        let own = Requests::default().find(Operation::Get, &key);
        assert_eq!(own.query.len(), 1);
    }

    #[test]
    fn a_removal_has_a_body_and_is_not_repeated_by_itself() {
        let request = requests().remove("LOC", "+14165550171").unwrap();
        assert_eq!(body(&request), r#"{"phoneNumbers":["+14165550171"]}"#);
        assert_eq!(request.replay, Replay::Never);
    }

    #[test]
    fn a_job_says_what_it_needs_and_no_more() {
        let target = "LOC2".to_owned();
        let order = JobOrder::Move { target };
        let request = requests()
            .start_job(&order, "LOC1", "+14165550171")
            .unwrap();
        assert_eq!(
            body(&request),
            r#"{"operation":"MOVE","targetLocationId":"LOC2","numberList":[{"locationId":"LOC1","numbers":["+14165550171"]}]}"#
        );
        let order = JobOrder::Usage(Usage::Service);
        let request = requests()
            .start_job(&order, "LOC1", "+14165550171")
            .unwrap();
        assert!(
            body(&request)
                .starts_with(r#"{"operation":"NUMBER_USAGE_CHANGE","numberUsageType":"SERVICE","#)
        );
    }

    #[test]
    fn an_emergency_address_stands_under_the_encoded_number() {
        let address = options::EmergencyAddress::default();
        let request = requests()
            .emergency_address("+14165550171", &address)
            .unwrap();
        assert_eq!(
            request.path,
            "telephony/pstn/numbers/%2B14165550171/emergencyAddress"
        );
    }
}
