//! Listing numbers: every filter of Webex's, and where a page starts.

use trunkline_core::{Error, ListQuery, Number, NumberState, NumberType, Operation, Result};
use trunkline_http::ApiRequest;
use trunkline_http::wire::Offset;

use super::path::NUMBERS;
use crate::id;

/// Up to 2000 rows per page: Webex's default, and no larger page is documented.
pub(crate) const PAGE_SIZE_MAX: usize = 2000;

/// Where a page starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// After so many rows.
    Rows(Offset),
    /// At a link of Webex's.
    Link(String),
}

impl Cursor {
    /// Reads what [`Cursor::write`] wrote. Errors: `InvalidRequest` for anything else.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let rows = text.strip_prefix("start:").and_then(Offset::parse);
        let link = || text.strip_prefix("link:").map(str::to_owned);
        rows.map(Self::Rows)
            .or_else(|| link().map(Self::Link))
            .ok_or_else(|| Error::invalid("cursor", "not one of this list"))
    }

    /// The text that a caller keeps.
    pub(crate) fn write(&self) -> String {
        match self {
            Self::Rows(offset) => format!("start:{offset}"),
            Self::Link(link) => format!("link:{link}"),
        }
    }
}

/// The request for a page of numbers; `None` if no number of Webex's can fit the query. Errors: `InvalidRequest` naming
/// the filter that is wrong, or that Webex does not take together with another.
pub(crate) fn list(query: &ListQuery) -> Result<Option<ApiRequest>> {
    let mut own: ListOptions = query.provider_options.read()?;
    own.check(query)?;
    let state = match &query.state {
        None => None,
        // The state of bare extensions here: Webex shows none of them.
        Some(NumberState::Other(state)) if state == "unknown" => None,
        Some(NumberState::Active) => Some("ACTIVE"),
        Some(NumberState::Inactive) => Some("INACTIVE"),
        Some(NumberState::Other(state)) => Some(state.as_str()),
        Some(_) => return Ok(None),
    };
    // What is not available is assigned.
    if query.available == Some(false) {
        own.assigned = own.assigned.or(Some(true));
    }
    // Extensions are asked for only where Webex allows it; elsewhere they are picked out here.
    let free = query.available != Some(true) && query.state.is_none();
    match query.number_type {
        Some(NumberType::Extension) if free => {
            own.number_type
                .get_or_insert_with(|| "EXTENSION".to_owned());
        }
        Some(NumberType::TollFree) => own.toll_free_numbers = own.toll_free_numbers.or(Some(true)),
        _ => {}
    }
    own.start = own.start.filter(|start| *start > 0);
    let max = query.limit.min(PAGE_SIZE_MAX);
    let available = (query.available == Some(true)).then_some("true");
    let list = ApiRequest::get(Operation::List, NUMBERS)
        .query_opt("locationId", query.location.clone())
        .query_opt("max", (max > 0).then(|| max.to_string()))
        .query_opt("phoneNumber", query.number.clone())
        .query_opt("available", available)
        .query_opt("ownerId", query.owner.as_deref().map(owner_id))
        .query_opt("state", state);
    list.query_of(&own).map(Some)
}

/// Webex documents the bare uuid here, where its answers have it encoded; a `BroadSoft` id is left as it is.
fn owner_id(owner: &str) -> String {
    id::uuid(owner).unwrap_or_else(|| owner.to_owned())
}

/// Whether a number fits the query: Webex may understand a filter more widely than we do.
pub(crate) fn fits(query: &ListQuery, number: &Number) -> bool {
    let owner = number.owner.as_ref();
    let is_owner = |wanted: &String| {
        // A BroadSoft id is shown nowhere.
        let known = id::uuid(wanted).is_some();
        let shown = owner.and_then(|owner| owner.id.as_deref());
        match known {
            true => shown.is_some_and(|shown| id::same(shown, wanted)),
            false => owner.is_some(),
        }
    };
    let is_state = |wanted: &NumberState| match wanted {
        NumberState::Other(word) if word != "unknown" => true,
        wanted => number.state == *wanted,
    };
    let is_there = |id: &String| id::is_at(number, id);
    let is_type = |wanted: &NumberType| number.number_type == *wanted;
    let is_available = |available: bool| owner.is_none() == available;
    query.is_number(number.number.as_deref())
        && query.owner.as_ref().is_none_or(is_owner)
        && query.location.as_ref().is_none_or(is_there)
        && query.state.as_ref().is_none_or(is_state)
        && query.number_type.as_ref().is_none_or(is_type)
        && query.available.is_none_or(is_available)
}

/// The kinds of owners that can be asked for, with a space between two; the answer names some of them otherwise.
const OWNERS: &str = "PEOPLE PLACE AUTO_ATTENDANT CALL_QUEUE PAGING_GROUP GROUP_PAGING HUNT_GROUP VOICE_MESSAGING \
                      BROADWORKS_ANYWHERE OFFICE_ANYWHERE CONTACT_CENTER_LINK CONTACT_CENTER_ADAPTER ROUTE_LIST \
                      VOICEMAIL_GROUP COLLABORATE_BRIDGE VIRTUAL_LINE";

/// The orders that a list can be sorted in.
const ORDERS: &str =
    "lastName lastName-asc lastName-desc dn dn-asc dn-desc extension extension-asc extension-desc";

trunkline_http::options! {
    /// What Webex alone can filter by; written, the query of its list.
    #[serde(rename_all(serialize = "camelCase"))]
    pub(crate) struct ListOptions {
        assigned: Option<bool>,
        details: Option<bool>,
        elin_enabled: Option<bool>,
        extension: Option<String>,
        included_telephony_types: Option<String>,
        number_type: Option<String>,
        order: Option<String>,
        owner_name: Option<String>,
        owner_type: Option<String>,
        phone_number_type: Option<String>,
        reserved_number: Option<bool>,
        restricted_non_geo_numbers: Option<bool>,
        service_number: Option<bool>,
        start: Option<usize>,
        toll_free_numbers: Option<bool>,
    }
}

impl ListOptions {
    /// Rejects words that Webex does not know, and filters that it does not take together.
    fn check(&self, query: &ListQuery) -> Result<()> {
        let refused = |name: &str, why: &str| {
            let field = format!("provider_options.{name}");
            Err(Error::invalid(field, format!("{why} (a rule of Webex)")))
        };
        let telephony = &self.included_telephony_types;
        for (name, word, known) in [
            (
                "included_telephony_types",
                telephony,
                "PSTN_NUMBER MOBILE_NUMBER",
            ),
            ("number_type", &self.number_type, "NUMBER EXTENSION"),
            ("order", &self.order, ORDERS),
            ("owner_type", &self.owner_type, OWNERS),
            (
                "phone_number_type",
                &self.phone_number_type,
                "PRIMARY ALTERNATE FAX DNIS Default",
            ),
        ] {
            let is_known = |word: &String| known.split(' ').any(|other| other == word);
            if !word.as_ref().is_none_or(is_known) {
                return refused(name, &format!("one of {}", known.replace(' ', ", ")));
            }
        }
        let available = query.available == Some(true);
        if self.number_type.is_some() && (available || query.state.is_some()) {
            return refused("number_type", "not together with available or state");
        }
        if self.owner_type.is_some() && available {
            return refused("owner_type", "not together with available");
        }
        if self.reserved_number.is_some() && query.available.is_some() {
            return refused("reserved_number", "not together with available");
        }
        if self.assigned.is_some() && query.available.is_some() {
            let why = "not together with available, which says the same";
            return refused("assigned", why);
        }
        let too_long = |name: &String| name.chars().count() > 255;
        if self.owner_name.as_ref().is_some_and(too_long) {
            return refused("owner_name", "at most 255 characters");
        }
        Ok(())
    }
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
        let pairs = list(query).unwrap().unwrap().query.into_iter();
        pairs
            .map(|(name, value)| (name.into_owned(), value))
            .collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn unknown_option_is_rejected() {
        assert!(options(&[("colour", "red")]).read::<ListOptions>().is_err());
        assert!(trunkline_http::options::names::<ListOptions>().contains(&"owner_name"));
    }

    #[test]
    fn filters_that_exclude_each_other_are_rejected_by_name() {
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
            (&taken, "owner_type", "people"),
            (&taken, "order", "lastName-up"),
        ] {
            let query = ListQuery {
                provider_options: options(&[(name, value)]),
                ..query.clone()
            };
            let error = list(&query).unwrap_err();
            let field = format!("provider_options.{name}");
            assert_eq!(error.fields()[0].field, field);
        }
    }

    #[test]
    fn owner_is_sent_as_its_bare_uuid() {
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
    fn extensions_are_filtered_by_webex_where_it_allows_that() {
        let mut query = ListQuery {
            number_type: Some(NumberType::Extension),
            ..ListQuery::default()
        };
        assert_eq!(pairs(&query), [pair("numberType", "EXTENSION")]);
        query.available = Some(true);
        assert_eq!(pairs(&query), [pair("available", "true")]);
    }

    #[test]
    fn documented_words_are_sent_unchanged() {
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
    fn unavailable_numbers_are_listed_as_assigned() {
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
            let error = list(&query).unwrap_err();
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
    fn state_unknown_to_webex_sends_nothing() {
        let query = ListQuery {
            state: Some(NumberState::Released),
            ..ListQuery::default()
        };
        assert_eq!(list(&query), Ok(None));
    }

    #[test]
    fn cursor_is_read_as_it_was_written() {
        for cursor in [
            Cursor::Rows(Offset::after(2000, None)),
            Cursor::Rows(Offset::after(2000, Some(&"mark".to_owned()))),
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
