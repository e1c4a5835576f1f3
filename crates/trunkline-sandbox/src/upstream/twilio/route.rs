//! From a path to what it names.

use crate::exchange::Request;
use crate::world::stock::NumberKind;

/// A place in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'r> {
    Account,
    Countries,
    Country(&'r str),
    Search(&'r str, NumberKind),
    /// All numbers, or those of one type.
    Numbers(Option<NumberKind>),
    Number(&'r str),
    CallerIds,
    CallerId(&'r str),
    Addresses,
    Address(&'r str),
    Dependents(&'r str),
    Balance,
    PriceList,
    PricesOf(&'r str),
    Unknown,
}

/// A path taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route<'r> {
    /// The account in the path; the price list has none.
    pub(super) account: Option<&'r str>,
    pub(super) place: Place<'r>,
    /// Without `.json` this API speaks XML.
    pub(super) xml: bool,
}

impl<'r> Route<'r> {
    pub(super) fn of(path: &'r str) -> Self {
        if let Some(rest) = path.strip_prefix("/v1/PhoneNumbers/Countries") {
            return Self {
                account: None,
                place: price_place(rest),
                xml: false,
            };
        }
        let Some(rest) = path.strip_prefix("/2010-04-01/Accounts/") else {
            return Self {
                account: None,
                place: Place::Unknown,
                xml: false,
            };
        };
        let (rest, xml) = rest
            .strip_suffix(".json")
            .map_or((rest, true), |rest| (rest, false));
        let rest = rest.strip_suffix(".xml").unwrap_or(rest);
        let (account, below) = rest.split_once('/').unwrap_or((rest, ""));
        Self {
            account: Some(account),
            place: place(below),
            xml,
        }
    }

    /// The operation's name, and whether the place knows the method at all.
    pub(super) fn operation(&self, request: &Request) -> (&'static str, bool) {
        let known = match (self.place, request.method.as_str()) {
            (Place::Account, "GET") => "get_account",
            (Place::Countries | Place::Country(_), "GET") => "list_countries",
            (Place::Search(..), "GET") => "search_available",
            (Place::Numbers(_), "GET") => "list",
            (Place::Numbers(_), "POST") => "purchase",
            (Place::Number(_), "GET") => "get",
            (Place::Number(_), "POST") => "update",
            (Place::Number(_), "DELETE") => "release",
            (Place::CallerIds, "GET") => "list_caller_ids",
            (Place::CallerIds, "POST") => "start_caller_id",
            (Place::CallerId(_), "GET") => "get_caller_id",
            (Place::CallerId(_), "POST") => "update_caller_id",
            (Place::CallerId(_), "DELETE") => "delete_caller_id",
            (Place::Addresses, "GET") => "list_addresses",
            (Place::Addresses, "POST") => "create_address",
            (Place::Address(_), "GET") => "get_address",
            (Place::Address(_), "POST") => "update_address",
            (Place::Address(_), "DELETE") => "delete_address",
            (Place::Dependents(_), "GET") => "dependent_numbers",
            (Place::Balance, "GET") => "get_balance",
            (Place::PriceList | Place::PricesOf(_), "GET") => "list_prices",
            (_, _) => return ("other", self.place == Place::Unknown),
        };
        (known, true)
    }
}

fn price_place(rest: &str) -> Place<'_> {
    match rest.strip_prefix('/') {
        None if rest.is_empty() => Place::PriceList,
        Some(country) if !country.is_empty() && !country.contains('/') => Place::PricesOf(country),
        None | Some(_) => Place::Unknown,
    }
}

fn place(below: &str) -> Place<'_> {
    let mut parts = below.split('/');
    let parts = (
        parts.next().unwrap_or_default(),
        parts.next(),
        parts.next(),
        parts.next(),
    );
    match parts {
        ("", None, None, None) => Place::Account,
        ("Balance", None, None, None) => Place::Balance,
        ("AvailablePhoneNumbers", None, None, None) => Place::Countries,
        ("AvailablePhoneNumbers", Some(country), None, None) => Place::Country(country),
        ("AvailablePhoneNumbers", Some(country), Some(kind), None) => {
            kind_named(kind).map_or(Place::Unknown, |kind| Place::Search(country, kind))
        }
        ("IncomingPhoneNumbers", None, None, None) => Place::Numbers(None),
        ("IncomingPhoneNumbers", Some(typed @ ("Local" | "Mobile" | "TollFree")), None, None) => {
            Place::Numbers(kind_named(typed))
        }
        ("IncomingPhoneNumbers", Some(sid), None, None) => Place::Number(sid),
        ("OutgoingCallerIds", None, None, None) => Place::CallerIds,
        ("OutgoingCallerIds", Some(sid), None, None) => Place::CallerId(sid),
        ("Addresses", None, None, None) => Place::Addresses,
        ("Addresses", Some(sid), None, None) => Place::Address(sid),
        ("Addresses", Some(sid), Some("DependentPhoneNumbers"), None) => Place::Dependents(sid),
        _ => Place::Unknown,
    }
}

/// The path segment of a kind: `TollFree`.
pub(super) const fn segment(kind: NumberKind) -> &'static str {
    match kind {
        NumberKind::Local => "Local",
        NumberKind::Mobile => "Mobile",
        NumberKind::TollFree => "TollFree",
        NumberKind::National => "National",
        NumberKind::SharedCost => "SharedCost",
        NumberKind::Voip => "Voip",
        NumberKind::MachineToMachine => "MachineToMachine",
    }
}

fn kind_named(name: &str) -> Option<NumberKind> {
    NumberKind::ALL
        .into_iter()
        .find(|kind| segment(*kind) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_sub_lists_are_not_mistaken_for_sids() {
        let route = Route::of("/2010-04-01/Accounts/AC1/IncomingPhoneNumbers/TollFree.json");
        assert_eq!(route.place, Place::Numbers(Some(NumberKind::TollFree)));
        let route = Route::of("/2010-04-01/Accounts/AC1/IncomingPhoneNumbers/undefined.json");
        assert_eq!(route.place, Place::Number("undefined"));
    }

    #[test]
    fn a_path_without_the_suffix_is_asked_in_xml() {
        let route = Route::of("/2010-04-01/Accounts/AC1/AvailablePhoneNumbers/GB/Local");
        assert_eq!(
            route,
            Route {
                account: Some("AC1"),
                place: Place::Search("GB", NumberKind::Local),
                xml: true
            }
        );
    }

    #[test]
    fn paths_are_case_sensitive() {
        assert_eq!(
            Route::of("/2010-04-01/Accounts/AC1/incomingphonenumbers.json").place,
            Place::Unknown
        );
    }
}
