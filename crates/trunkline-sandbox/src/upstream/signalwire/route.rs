//! From a path to what it names.

use http::Method;

use super::laml;
use super::projects::Scope;

/// Below what the REST API lives.
pub(super) const REST: &str = "/api/relay/rest";

/// Which of the two APIs, and what in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route<'r> {
    Rest(Place<'r>),
    Laml(laml::Path<'r>),
}

impl<'r> Route<'r> {
    pub(super) fn of(path: &'r str) -> Self {
        if let Some(path) = laml::Path::of(path) {
            return Self::Laml(path);
        }
        if let Some(rest) = path.strip_prefix("/api/fabric/resources/") {
            let resource = rest.strip_suffix("/phone_routes");
            let resource = resource.filter(|id| !id.contains('/'));
            return Self::Rest(resource.map_or(Place::Unknown, Place::PhoneRoutes));
        }
        let below = path
            .strip_prefix(REST)
            .and_then(|rest| rest.strip_prefix('/'));
        Self::Rest(below.map_or(Place::Unknown, Place::of))
    }
}

/// A place in the REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'r> {
    Search,
    Numbers,
    Number(&'r str),
    /// The emergency address of a number.
    Emergency(&'r str),
    CallerIds,
    CallerId(&'r str),
    /// The verification call of a caller ID.
    Verification(&'r str),
    Addresses,
    Address(&'r str),
    Lookup(&'r str),
    Groups,
    Group(&'r str),
    /// The memberships of a group.
    Members(&'r str),
    Member(&'r str),
    Imports,
    /// The numbers whose calls a resource takes.
    PhoneRoutes(&'r str),
    Unknown,
}

impl<'r> Place<'r> {
    fn of(below: &'r str) -> Self {
        let mut parts = below.split('/');
        let parts = (
            parts.next().unwrap_or_default(),
            parts.next(),
            parts.next(),
            parts.next(),
        );
        match parts {
            ("phone_numbers", None, None, None) => Self::Numbers,
            ("phone_numbers", Some("search"), None, None) => Self::Search,
            ("phone_numbers", Some(id), None, None) => Self::Number(id),
            ("phone_numbers", Some(id), Some("e911_address"), None) => Self::Emergency(id),
            ("verified_caller_ids", None, None, None) => Self::CallerIds,
            ("verified_caller_ids", Some(id), None, None) => Self::CallerId(id),
            ("verified_caller_ids", Some(id), Some("verification"), None) => Self::Verification(id),
            ("addresses", None, None, None) => Self::Addresses,
            ("addresses", Some(id), None, None) => Self::Address(id),
            ("lookup", Some("phone_number"), Some(number), None) => Self::Lookup(number),
            ("number_groups", None, None, None) => Self::Groups,
            ("number_groups", Some(id), None, None) => Self::Group(id),
            ("number_groups", Some(id), Some("number_group_memberships"), None) => {
                Self::Members(id)
            }
            ("number_group_memberships", Some(id), None, None) => Self::Member(id),
            ("imported_phone_numbers", None, None, None) => Self::Imports,
            _ => Self::Unknown,
        }
    }

    /// The operation's name; none if the place is none or doesn't know the method, which is a 404 here.
    pub(super) fn operation(self, method: &Method) -> Option<&'static str> {
        Some(match (self, method.as_str()) {
            (Self::Search, "GET") => "search_available",
            (Self::Numbers, "GET") => "list",
            (Self::Numbers, "POST") => "purchase",
            (Self::Number(_), "GET") => "get",
            (Self::Number(_), "PUT") => "update",
            (Self::Number(_), "DELETE") => "release",
            (Self::CallerIds, "GET") => "list_caller_ids",
            (Self::CallerIds, "POST") => "start_caller_id",
            (Self::CallerId(_), "GET") => "get_caller_id",
            (Self::CallerId(_), "PUT") => "update_caller_id",
            (Self::CallerId(_), "DELETE") => "delete_caller_id",
            (Self::Verification(_), "POST") => "resend_caller_id",
            (Self::Verification(_), "PUT") => "complete_caller_id",
            (Self::Addresses, "GET") => "list_addresses",
            (Self::Addresses, "POST") => "create_address",
            (Self::Address(_), "GET") => "get_address",
            (Self::Address(_), "PUT") => "update_address",
            (Self::Address(_), "DELETE") => "delete_address",
            // Its address and who takes its calls are settings of the number.
            (Self::Emergency(_), "POST" | "DELETE") | (Self::PhoneRoutes(_), "POST") => "update",
            (Self::Lookup(_), "GET")
            | (Self::Groups | Self::Members(_), "GET" | "POST")
            | (Self::Group(_), "GET" | "PUT" | "DELETE")
            | (Self::Member(_), "GET" | "DELETE")
            | (Self::Imports, "POST") => "other",
            _ => return None,
        })
    }

    /// What a token must be allowed to do there.
    pub(super) const fn scope(self) -> Scope {
        match self {
            Self::CallerIds | Self::CallerId(_) | Self::Verification(_) => Scope::Voice,
            Self::Lookup(_) | Self::Unknown => Scope::None,
            Self::Search
            | Self::Numbers
            | Self::Number(_)
            | Self::Emergency(_)
            | Self::Addresses
            | Self::Address(_)
            | Self::Groups
            | Self::Group(_)
            | Self::Members(_)
            | Self::Member(_)
            | Self::Imports
            | Self::PhoneRoutes(_) => Scope::Numbers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(method: &Method, path: &str) -> Option<&'static str> {
        match Route::of(path) {
            Route::Rest(place) => place.operation(method),
            Route::Laml(path) => path.operation(method),
        }
    }

    #[test]
    fn every_operation_has_a_name_that_faults_know() {
        for (method, path, name) in [
            (Method::GET, "phone_numbers/search", "search_available"),
            (Method::POST, "phone_numbers", "purchase"),
            (Method::PUT, "phone_numbers/x", "update"),
            (
                Method::POST,
                "verified_caller_ids/x/verification",
                "resend_caller_id",
            ),
            (
                Method::PUT,
                "verified_caller_ids/x/verification",
                "complete_caller_id",
            ),
        ] {
            assert_eq!(operation(&method, &format!("{REST}/{path}")), Some(name));
            assert!(crate::OPERATIONS.contains(&name));
        }
    }

    #[test]
    fn both_spellings_of_the_compatibility_api_are_one() {
        for path in [
            "/2010-04-01/Accounts/x/IncomingPhoneNumbers.json",
            "/api/laml/2010-04-01/Accounts/x/IncomingPhoneNumbers",
        ] {
            assert_eq!(operation(&Method::POST, path), Some("purchase"), "{path}");
        }
    }

    #[test]
    fn what_is_no_route_has_no_operation() {
        for path in ["/", "/api/relay/rest", "/api/relay/rest/phone_numbers/x/y"] {
            assert_eq!(operation(&Method::GET, path), None, "{path}");
        }
        assert_eq!(
            operation(&Method::PATCH, "/api/relay/rest/phone_numbers/x"),
            None
        );
    }
}
