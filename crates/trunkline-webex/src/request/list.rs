//! Listing numbers: every filter of Webex's, and where a page starts.

mod options;

pub(crate) use options::LIST_OPTIONS;
use trunkline_core::{Error, ListQuery, Number, NumberState, NumberType, Operation, Result};
use trunkline_http::ApiRequest;

use super::Requests;
use crate::config::PAGE_SIZE_MAX;
use crate::id;
use options::{ListOptions, NumberKind, OwnerType, PhoneNumberType, TelephonyType};

/// The path of the list of numbers, the only call that shows any.
pub(crate) const NUMBERS: &str = "telephony/config/numbers";

/// Where a page starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// After so many rows, the last of which had this hash.
    Start(usize, Option<u64>),
    /// Where Webex said.
    Link(String),
}

impl Cursor {
    /// Reads what [`Cursor::write`] wrote.
    ///
    /// # Errors
    /// `InvalidRequest` for anything else.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let start = text.strip_prefix("start:").and_then(|place| {
            let (start, last) = match place.split_once('~') {
                Some((start, last)) => (start, Some(u64::from_str_radix(last, 16).ok()?)),
                None => (place, None),
            };
            Some(Self::Start(start.parse().ok()?, last))
        });
        let link = text.strip_prefix("link:").map(str::to_owned);
        start
            .or_else(|| link.map(Self::Link))
            .ok_or_else(|| Error::invalid("cursor", "not one of this list"))
    }

    /// The text that a caller keeps.
    pub(crate) fn write(&self) -> String {
        match self {
            Self::Start(start, Some(last)) => format!("start:{start}~{last:x}"),
            Self::Start(start, None) => format!("start:{start}"),
            Self::Link(link) => format!("link:{link}"),
        }
    }
}

/// How a list is to be had.
#[derive(Debug)]
pub(crate) enum ListPlan {
    /// Nothing can match, and nobody need be asked.
    Nothing,
    /// By asking Webex.
    Ask(Box<ApiRequest>),
}

impl Requests {
    /// A page of numbers.
    ///
    /// # Errors
    /// `InvalidRequest` naming the filter that is wrong, or that Webex does not take together with another.
    pub(crate) fn list(&self, query: &ListQuery) -> Result<ListPlan> {
        let own: ListOptions = query.provider_options.read()?;
        own.check(query)?;
        let state = match &query.state {
            None => None,
            // What bare extensions show: Webex says nothing of them.
            Some(NumberState::Other(state)) if state == "unknown" => None,
            Some(NumberState::Active) => Some("ACTIVE"),
            Some(NumberState::Inactive) => Some("INACTIVE"),
            Some(NumberState::Other(state)) => Some(state.as_str()),
            Some(_) => return Ok(ListPlan::Nothing),
        };
        let max = query.limit.min(PAGE_SIZE_MAX);
        let start = own.start.filter(|start| *start > 0);
        // What is not available is assigned.
        let available = query.available.filter(|available| *available);
        let assigned = own
            .assigned
            .or_else(|| query.available.filter(|available| !available).map(|_| true));
        let list = self.of_org(ApiRequest::get(Operation::List, NUMBERS));
        let list = list
            .query_opt("locationId", query.location.clone())
            .query_opt("max", (max > 0).then(|| max.to_string()))
            .query_opt("start", start.map(|start| start.to_string()))
            .query_opt("phoneNumber", query.number.clone())
            .query_opt("available", flag(available))
            .query_opt("assigned", flag(assigned))
            .query_opt("order", own.order.map(options::Order::as_str))
            .query_opt("ownerName", own.owner_name.clone())
            .query_opt("ownerId", query.owner.as_deref().map(owner_id))
            .query_opt("ownerType", own.owner_type.map(OwnerType::as_str))
            .query_opt("extension", own.extension.clone())
            .query_opt("numberType", number_kind(query, &own))
            .query_opt(
                "phoneNumberType",
                own.phone_number_type.map(PhoneNumberType::as_str),
            )
            .query_opt("state", state)
            .query_opt("details", flag(own.details))
            .query_opt("tollFreeNumbers", flag(toll_free(query, &own)))
            .query_opt(
                "restrictedNonGeoNumbers",
                flag(own.restricted_non_geo_numbers),
            )
            .query_opt(
                "includedTelephonyTypes",
                own.included_telephony_types.map(TelephonyType::as_str),
            )
            .query_opt("serviceNumber", flag(own.service_number))
            .query_opt("reservedNumber", flag(own.reserved_number))
            .query_opt("elinEnabled", flag(own.elin_enabled));
        Ok(ListPlan::Ask(Box::new(list)))
    }

    /// Numbers with their owners, to find out who has a caller ID. Only the first number of each owner is wanted.
    pub(crate) fn owners(&self, limit: usize) -> ApiRequest {
        self.of_org(ApiRequest::get(Operation::ListCallerIds, NUMBERS))
            .query("max", limit.to_string())
    }
}

fn flag(flag: Option<bool>) -> Option<&'static str> {
    flag.map(|flag| if flag { "true" } else { "false" })
}

/// Webex documents the bare uuid here, where its answers have it encoded; a `BroadSoft` id is left as it is.
fn owner_id(owner: &str) -> String {
    id::uuid(owner).unwrap_or_else(|| owner.to_owned())
}

/// Extensions are asked for only where Webex allows it; elsewhere they are picked out here.
fn number_kind(query: &ListQuery, options: &ListOptions) -> Option<&'static str> {
    let free = query.available != Some(true) && query.state.is_none();
    let extensions = free && query.number_type == Some(NumberType::Extension);
    let implied = extensions.then_some(NumberKind::Extension);
    options.number_type.or(implied).map(NumberKind::as_str)
}

fn toll_free(query: &ListQuery, options: &ListOptions) -> Option<bool> {
    let implied = (query.number_type == Some(NumberType::TollFree)).then_some(true);
    options.toll_free_numbers.or(implied)
}

/// Whether a number is what was asked for: Webex may understand a filter more widely than we do.
pub(crate) fn fits(query: &ListQuery, number: &Number) -> bool {
    let owner = number.owner.as_ref();
    let is_owner = |wanted: &String| {
        // A BroadSoft id is shown nowhere.
        let known = id::uuid(wanted).is_some();
        let shown = owner.and_then(|owner| owner.id.as_deref());
        if known {
            shown.is_some_and(|shown| id::same(shown, wanted))
        } else {
            owner.is_some()
        }
    };
    let is_location = |wanted: &String| {
        let shown = number.location.id.as_deref();
        shown.is_some_and(|shown| id::same(shown, wanted))
    };
    let is_state = |wanted: &NumberState| match wanted {
        NumberState::Other(word) if word != "unknown" => true,
        wanted => number.state == *wanted,
    };
    query.is_number(number.number.as_deref())
        && query.owner.as_ref().is_none_or(is_owner)
        && query.location.as_ref().is_none_or(is_location)
        && query.state.as_ref().is_none_or(is_state)
        && query
            .number_type
            .as_ref()
            .is_none_or(|wanted| number.number_type == *wanted)
        && query
            .available
            .is_none_or(|available| owner.is_none() == available)
}

#[cfg(test)]
mod tests {
    use trunkline_core::QueryOptions;

    use super::*;

    fn options(pairs: &[(&str, &str)]) -> QueryOptions {
        let pairs = pairs
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        QueryOptions(pairs.collect())
    }

    fn pairs(query: &ListQuery) -> Vec<(String, String)> {
        match Requests::default().list(query).unwrap() {
            ListPlan::Ask(request) => {
                let pairs = request.query.into_iter();
                pairs.map(|(n, v)| (n.into_owned(), v)).collect()
            }
            ListPlan::Nothing => panic!("nothing is asked"),
        }
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn every_option_is_known_by_its_name_and_by_no_other() {
        for name in LIST_OPTIONS {
            let error = options(&[(name, "\u{0}")]).read::<ListOptions>();
            let unknown = error.is_err_and(|error| error.message().contains("unknown field"));
            assert!(!unknown, "{name}");
        }
        assert!(options(&[("colour", "red")]).read::<ListOptions>().is_err());
    }

    #[test]
    fn what_webex_does_not_take_together_is_refused_by_name() {
        let taken = ListQuery::default();
        let available = ListQuery {
            available: Some(true),
            ..taken.clone()
        };
        let active = ListQuery {
            state: Some(NumberState::Active),
            ..taken.clone()
        };
        for (query, name, value) in [
            (&available, "owner_type", "PEOPLE"),
            (&available, "number_type", "NUMBER"),
            (&active, "number_type", "EXTENSION"),
            (&available, "reserved_number", "false"),
            (&taken, "owner_name", "x".repeat(256).as_str()),
        ] {
            let query = ListQuery {
                provider_options: options(&[(name, value)]),
                ..query.clone()
            };
            let error = Requests::default().list(&query).unwrap_err();
            let field = format!("provider_options.{name}");
            assert_eq!(error.fields()[0].field, field);
        }
    }

    #[test]
    fn an_owner_is_asked_for_by_its_bare_uuid() {
        let person =
            "Y2lzY29zcGFyazovL3VzL1BFT1BMRS8yYjZmMGMxZS01YTVmLTRjMzgtOWE1Mi02YzRmMmYxZDllMDE";
        let by = |owner: &str| ListQuery {
            owner: Some(owner.to_owned()),
            ..ListQuery::default()
        };
        let bare = pair("ownerId", "2b6f0c1e-5a5f-4c38-9a52-6c4f2f1d9e01");
        assert_eq!(pairs(&by(person)), [bare]);
        let broadsoft = pair("ownerId", "user17@example.com");
        assert_eq!(pairs(&by("user17@example.com")), [broadsoft]);
    }

    #[test]
    fn extensions_are_asked_for_where_that_is_allowed() {
        let mut query = ListQuery {
            number_type: Some(NumberType::Extension),
            ..ListQuery::default()
        };
        assert_eq!(pairs(&query), [pair("numberType", "EXTENSION")]);
        query.available = Some(true);
        assert_eq!(pairs(&query), [pair("available", "true")]);
    }

    #[test]
    fn the_words_that_webex_documents_are_sent_as_they_are() {
        for (option, theirs, word) in [
            ("order", "order", "lastName"),
            ("order", "order", "dn"),
            ("order", "order", "extension"),
            (
                "included_telephony_types",
                "includedTelephonyTypes",
                "PSTN_NUMBER",
            ),
            (
                "included_telephony_types",
                "includedTelephonyTypes",
                "MOBILE_NUMBER",
            ),
        ] {
            let query = ListQuery {
                provider_options: options(&[(option, word)]),
                ..ListQuery::default()
            };
            assert_eq!(pairs(&query), [pair(theirs, word)]);
        }
    }

    #[test]
    fn what_is_not_available_is_asked_for_as_assigned() {
        let by = |available| ListQuery {
            available: Some(available),
            ..ListQuery::default()
        };
        assert_eq!(pairs(&by(true)), [pair("available", "true")]);
        assert_eq!(pairs(&by(false)), [pair("assigned", "true")]);
        for (name, available) in [("reserved_number", false), ("assigned", true)] {
            let query = ListQuery {
                provider_options: options(&[(name, "true")]),
                ..by(available)
            };
            let error = Requests::default().list(&query).unwrap_err();
            assert_eq!(error.fields()[0].field, format!("provider_options.{name}"));
        }
        let query = ListQuery {
            provider_options: options(&[("elin_enabled", "true"), ("assigned", "false")]),
            ..ListQuery::default()
        };
        assert_eq!(
            pairs(&query),
            [pair("assigned", "false"), pair("elinEnabled", "true")]
        );
    }

    #[test]
    fn a_state_that_webex_does_not_know_is_asked_of_nobody() {
        let query = ListQuery {
            state: Some(NumberState::Released),
            ..ListQuery::default()
        };
        let plan = Requests::default().list(&query).unwrap();
        assert!(matches!(plan, ListPlan::Nothing));
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for cursor in [
            Cursor::Start(2000, None),
            Cursor::Start(2000, Some(0xfeed)),
            Cursor::Link("/v1/x?start=5".to_owned()),
        ] {
            assert_eq!(Cursor::parse(&cursor.write()).unwrap(), cursor);
        }
        for bad in [
            "",
            "nonsense",
            "start:-1",
            "start:1~x",
            "//elsewhere.example/",
        ] {
            assert!(Cursor::parse(bad).is_err(), "{bad}");
        }
    }
}
