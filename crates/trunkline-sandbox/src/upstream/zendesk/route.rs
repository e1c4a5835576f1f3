//! From a path to what it names.

use crate::exchange::Request;

/// A place in the API. Identifiers are as they stand in the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'r> {
    Numbers,
    Search,
    Number(&'r str),
    /// Phone numbers and digital lines together.
    Lines,
    DigitalLines,
    DigitalLine(&'r str),
    Addresses,
    Address(&'r str),
    /// The user that asks.
    Me,
    /// Where OAuth tokens are issued.
    Tokens,
    Unknown,
}

const TALK: &str = "/api/v2/channels/voice/";

impl<'r> Place<'r> {
    pub(super) fn of(path: &'r str) -> Self {
        let path = path.strip_suffix(".json").unwrap_or(path);
        let Some(below) = path.strip_prefix(TALK) else {
            return match path {
                "/oauth/tokens" => Self::Tokens,
                "/api/v2/users/me" => Self::Me,
                _ => Self::Unknown,
            };
        };
        match below.split_once('/') {
            None => match below {
                "phone_numbers" => Self::Numbers,
                "lines" => Self::Lines,
                "digital_lines" => Self::DigitalLines,
                "addresses" => Self::Addresses,
                _ => Self::Unknown,
            },
            Some(("phone_numbers", "search")) => Self::Search,
            Some((_, id)) if id.is_empty() || id.contains('/') => Self::Unknown,
            Some(("phone_numbers", id)) => Self::Number(id),
            Some(("digital_lines", id)) => Self::DigitalLine(id),
            Some(("addresses", id)) => Self::Address(id),
            Some(_) => Self::Unknown,
        }
    }

    /// What the request is, or nothing if the place doesn't know the method.
    pub(super) fn operation(self, request: &Request) -> Option<&'static str> {
        Some(match (self, request.method.as_str()) {
            (Self::Numbers | Self::Lines, "GET") => "list",
            (Self::Search, "GET") => "search_available",
            (Self::Numbers, "POST") => "purchase",
            (Self::Number(_), "GET") => "get",
            (Self::Number(_), "PUT") => "update",
            (Self::Number(_), "DELETE") => "release",
            (Self::DigitalLines, "POST") => "other",
            (Self::DigitalLine(_), "GET" | "PUT" | "DELETE") => "other",
            (Self::Addresses, "GET") => "list_addresses",
            (Self::Addresses, "POST") => "create_address",
            (Self::Address(_), "GET") => "get_address",
            (Self::Address(_), "PUT") => "update_address",
            (Self::Address(_), "DELETE") => "delete_address",
            (Self::Me, "GET") => "health",
            (Self::Tokens, "POST") => super::oauth::operation(request),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_works_with_and_without_the_suffix() {
        for suffix in ["", ".json"] {
            let path = format!("{TALK}phone_numbers/61{suffix}");
            assert_eq!(Place::of(&path), Place::Number("61"));
            let path = format!("{TALK}phone_numbers/search{suffix}");
            assert_eq!(Place::of(&path), Place::Search);
            let path = format!("/oauth/tokens{suffix}");
            assert_eq!(Place::of(&path), Place::Tokens);
        }
    }

    #[test]
    fn what_is_no_place_is_unknown() {
        for below in [
            "Phone_Numbers",
            "phone_numbers/",
            "phone_numbers/1/2",
            "lines/1",
            "",
        ] {
            assert_eq!(
                Place::of(&format!("{TALK}{below}")),
                Place::Unknown,
                "{below}"
            );
        }
    }
}
