//! From a path to what it names.

use std::borrow::Cow;

use form_urlencoded::parse;
use serde_json::Value;

use super::beside::Beside;
use super::params::Params;
use crate::exchange::Request;

/// A place in the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place<'r> {
    Token,
    Numbers,
    Validate,
    Locations,
    Location(Cow<'r, str>),
    LocationNumbers(Cow<'r, str>),
    Jobs,
    Job(Cow<'r, str>),
    JobErrors(Cow<'r, str>),
    JobAction(Cow<'r, str>, JobAction),
    /// Numbers that may become somebody's, or a caller ID.
    Available(Available<'r>),
    Connection(Cow<'r, str>),
    ConnectionOptions(Cow<'r, str>),
    EmergencyAddress(Cow<'r, str>),
    /// The numbers of a location, to change what they are used for.
    Usages(Cow<'r, str>),
    /// Those of them that can be changed.
    Modifiable(Cow<'r, str>),
    /// Locations as everything in Webex knows them, not only its telephony.
    PlainLocations,
    CallerId(Holder, Cow<'r, str>),
    OwnerNumbers(Holder, Cow<'r, str>),
    Me,
    People,
    Person(Cow<'r, str>),
    Workspaces,
    VirtualLines,
    /// Another resource, and the part of its path before the last.
    Beside(Beside, Cow<'r, str>),
    Unknown,
}

/// Whose setting a caller ID is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    Person,
    Workspace,
    VirtualLine,
}

/// What is done to a running job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JobAction {
    Pause,
    Resume,
    Abandon,
}

/// A list of numbers for a purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Available<'r> {
    /// All of a location.
    OfLocation(Cow<'r, str>),
    /// Those that may be shown as caller ID in a location.
    CallerId(Cow<'r, str>),
    /// Those that may become somebody's: unassigned ones.
    ToAssign,
    /// Those that calls can go to or come back to: assigned ones.
    Assigned,
}

impl<'r> Place<'r> {
    pub(super) fn of(path: &'r str) -> Self {
        let Some(rest) = path.strip_prefix("/v1/") else {
            return Self::Unknown;
        };
        let mut parts: Vec<Cow<'r, str>> = rest.split('/').map(decoded).collect();
        let all: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
        if let Some(beside) = Beside::of(&all) {
            let above = parts.len().saturating_sub(2);
            return Self::Beside(beside, parts.swap_remove(above));
        }
        let last = parts.pop().unwrap_or_default();
        let above: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
        match (above.as_slice(), last.as_ref()) {
            ([], "access_token") => Self::Token,
            ([], "people") => Self::People,
            (["people"], "me") => Self::Me,
            (["people"], _) => Self::Person(last),
            ([], "workspaces") => Self::Workspaces,
            ([], "locations") => Self::PlainLocations,
            (["people" | "workspaces", _, "features"], "callerId" | "numbers") => {
                owner_place(&parts, &last)
            }
            (["telephony", "config", ..], _) => config(&parts[2..], last),
            (["telephony", "pstn", ..], _) => pstn(&parts[2..], &last),
            _ => Self::Unknown,
        }
    }

    /// The operation's name, and whether the place knows the method at all.
    pub(super) fn operation(&self, request: &Request) -> (&'static str, bool) {
        let known = match (self, request.method.as_str()) {
            (Self::Token, "POST") => "refresh_token",
            (Self::Numbers, "GET") => listing(request),
            (Self::Available(Available::CallerId(_)), "GET") => "list_caller_ids",
            (Self::Available(_) | Self::Modifiable(_), "GET") => "list",
            (Self::Validate, "POST") => "validate_numbers",
            (Self::Locations | Self::PlainLocations, "GET") => "list_locations",
            (Self::Location(_), "GET") => "get_main",
            (Self::Location(_), "PUT") => "set_main",
            (Self::LocationNumbers(_), "POST") => "register",
            (Self::LocationNumbers(_), "DELETE") => "release",
            (Self::LocationNumbers(_) | Self::EmergencyAddress(_), "PUT") => "update",
            (Self::Jobs | Self::Usages(_), "POST") => "update",
            (Self::Jobs | Self::Job(_) | Self::JobErrors(_), "GET") => "get_job",
            (Self::JobAction(..), "POST") => "other",
            (Self::Connection(_) | Self::ConnectionOptions(_), "GET") => "get_pstn_connection",
            (Self::CallerId(..), "GET") => "get_caller_id",
            (Self::CallerId(..), "PUT") => setting(request),
            (Self::Me, "GET") => "health",
            (Self::Beside(beside, _), method) => return ("other", beside.knows(method)),
            (Self::Connection(_), "PUT")
            | (Self::OwnerNumbers(..), "GET" | "PUT")
            | (Self::People | Self::Person(_) | Self::Workspaces | Self::VirtualLines, "GET") => {
                "other"
            }
            (_, _) => return ("other", *self == Self::Unknown),
        };
        (known, true)
    }

    /// What the gateway calls the resource behind it, where that is known.
    pub(super) const fn normalized(&self) -> &'static str {
        match self {
            Self::Numbers => "/api/v1/customers/{customerId}/numbers",
            Self::Locations => "/api/v1/customers/{customerId}/locations",
            Self::Location(_) => "/api/v1/customers/{customerId}/locations/{locationId}",
            Self::LocationNumbers(_) => {
                "/api/v1/customers/{customerId}/locations/{locationId}/numbers"
            }
            Self::OwnerNumbers(Holder::Workspace, _) => {
                "/api/v1/customers/{customerId}/places/{placeId}/numbers"
            }
            Self::Beside(beside, _) => beside.normalized(),
            _ => "/**",
        }
    }
}

/// A search for one number is what asks for a number; all else is a list. Why somebody searches can't be seen.
fn listing(request: &Request) -> &'static str {
    let params = Params::of_query(request);
    let one = params.get("phoneNumber").is_some()
        || (params.get("extension").is_some() && params.get("locationId").is_some());
    if one { "get" } else { "list" }
}

/// Going back to the direct line and giving up the additional number is as near as Webex comes to a removal.
fn setting(request: &Request) -> &'static str {
    const ADDITIONAL: &str = "additionalExternalCallerIdCustomNumber";
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let given_up = body
        .get(ADDITIONAL)
        .is_some_and(|number| number.is_null() || number == "");
    if body["selected"] == "DIRECT_LINE" && given_up {
        "delete_caller_id"
    } else {
        "update_caller_id"
    }
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
    let text = parse(escaped.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned());
    Cow::Owned(text.unwrap_or_default())
}

fn owner_place<'r>(parts: &[Cow<'r, str>], last: &str) -> Place<'r> {
    let holder = if parts[0] == "people" {
        Holder::Person
    } else {
        Holder::Workspace
    };
    if last == "callerId" {
        Place::CallerId(holder, parts[1].clone())
    } else {
        Place::OwnerNumbers(holder, parts[1].clone())
    }
}

/// What follows `telephony/config`.
fn config<'r>(parts: &[Cow<'r, str>], last: Cow<'r, str>) -> Place<'r> {
    let above: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    match (above.as_slice(), last.as_ref()) {
        ([], "numbers") => Place::Numbers,
        (["actions", "validateNumbers"], "invoke") => Place::Validate,
        ([], "locations") => Place::Locations,
        (["locations"], _) => Place::Location(last),
        (["locations", _], "numbers") => Place::LocationNumbers(parts[1].clone()),
        ([], "virtualLines") => Place::VirtualLines,
        (["virtualLines", _], "callerId") => Place::CallerId(Holder::VirtualLine, parts[1].clone()),
        (["workspaces", _], "numbers") => Place::OwnerNumbers(Holder::Workspace, parts[1].clone()),
        (["people", _], "numbers") => Place::OwnerNumbers(Holder::Person, parts[1].clone()),
        (_, "availableNumbers") => available(parts),
        (["jobs", "numbers", ..], _) => job(&parts[2..], &last),
        _ => Place::Unknown,
    }
}

/// What stands before `availableNumbers`.
fn available<'r>(parts: &[Cow<'r, str>]) -> Place<'r> {
    let above: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    let found = match above.as_slice() {
        ["locations", _] => Available::OfLocation(parts[1].clone()),
        ["locations", _, "externalCallerId"] => Available::CallerId(parts[1].clone()),
        ["people", "primary"] | ["workspaces"] | ["virtualLines"] => Available::ToAssign,
        ["people", _, "secondary" | "faxMessage"]
        | ["virtualLines", _, "faxMessage"]
        | ["locations", _, "webexGo" | "chargeNumber"] => Available::ToAssign,
        [
            "people" | "workspaces" | "virtualLines" | "locations",
            _,
            "callForwarding" | "callIntercept" | "emergencyCallbackNumber",
        ] => Available::Assigned,
        _ => return Place::Unknown,
    };
    Place::Available(found)
}

/// What follows `telephony/config/jobs/numbers`.
fn job<'r>(parts: &[Cow<'r, str>], last: &Cow<'r, str>) -> Place<'r> {
    let above: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    match (above.as_slice(), last.as_ref()) {
        ([], "manageNumbers") => Place::Jobs,
        (["manageNumbers"], _) => Place::Job(last.clone()),
        (["manageNumbers", _], "errors") => Place::JobErrors(parts[1].clone()),
        (["manageNumbers", _, "actions", action], "invoke") => {
            let action = match *action {
                "pause" => JobAction::Pause,
                "resume" => JobAction::Resume,
                "abandon" => JobAction::Abandon,
                _ => return Place::Unknown,
            };
            Place::JobAction(parts[1].clone(), action)
        }
        _ => Place::Unknown,
    }
}

/// What follows `telephony/pstn`.
fn pstn<'r>(parts: &[Cow<'r, str>], last: &str) -> Place<'r> {
    let above: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    match (above.as_slice(), last) {
        (["locations", _], "connection") => Place::Connection(parts[1].clone()),
        (["locations", _], "connectionOptions") => Place::ConnectionOptions(parts[1].clone()),
        (["locations", _], "numbers") => Place::Usages(parts[1].clone()),
        (["locations", _, "numbers"], "availableNumbers") => Place::Modifiable(parts[1].clone()),
        (["numbers", _], "emergencyAddress") => Place::EmergencyAddress(parts[1].clone()),
        _ => Place::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_sign_in_a_path_is_read_in_either_form() {
        let wanted = Place::EmergencyAddress("+14155550100".into());
        for number in ["+14155550100", "%2B14155550100"] {
            let path = format!("/v1/telephony/pstn/numbers/{number}/emergencyAddress");
            assert_eq!(Place::of(&path), wanted, "{number}");
        }
    }

    #[test]
    fn the_caller_id_of_a_person_is_not_below_telephony() {
        let right = Place::of("/v1/people/P/features/callerId");
        assert_eq!(right, Place::CallerId(Holder::Person, "P".into()));
        let wrong = Place::of("/v1/telephony/config/people/P/callerId");
        assert_eq!(wrong, Place::Unknown);
    }
}
