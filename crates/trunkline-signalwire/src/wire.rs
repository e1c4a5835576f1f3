//! SignalWire's documents, as they come. Everything is borrowed from the answer where the JSON text allows it, and every
//! member may be missing: null, absent and `""` all mean unset, in one and the same object.

use serde_json::value::RawValue;
use trunkline_http::document;
use trunkline_http::wire::{Capabilities, Flag, Listing};

/// Any of SignalWire's lists.
pub(crate) struct List;

impl Listing for List {
    const ROWS: &'static [&'static str] = ROWS;
    const NULL_IS_EMPTY: bool = false;
}

/// The answer to a search, which may leave out the collection.
pub(crate) struct Search;

impl Listing for Search {
    const ROWS: &'static [&'static str] = ROWS;
    const OPTIONAL: bool = true;
}

/// The compatible API has other names for its collections.
const ROWS: &[&str] = &["data", "available_phone_numbers", "incoming_phone_numbers"];

document! {
    /// A row of `phone_numbers/search`. The description has `number`, the answers seen have `e164`.
    AvailableNumber {
        number = "number" | "phone_number",
        e164,
        region,
        city,
        rate_center,
        lata,
        country_code = "country_code" | "iso_country",
        national_number_formatted,
        international_number_formatted,
        capabilities: Capabilities,
        ..rest
    }
}

document! {
    /// `phone_numbers/{id}`, or a row of that list. In `rest` it has the pointers of every handler it ever had: only those
    /// of the one that `call_handler` or `message_handler` names are in use.
    PhoneNumber {
        id,
        number,
        name,
        capabilities: Capabilities,
        number_type,
        country_code,
        e911_address_id,
        e911_status,
        created_at,
        updated_at,
        next_billed_at,
        call_receive_mode,
        ..rest
    }
}

document! {
    /// `verified_caller_ids/{id}`, or a row of that list; pending ones are in it too.
    CallerId {
        id,
        number,
        name,
        extension,
        verified: Flag,
        verified_at,
        status,
        ..rest except "type"
    }
}

document! {
    /// The body of a refusal, in any of its three shapes.
    Refusal {
        error: Option<&'a RawValue>,
        errors: Option<&'a RawValue>,
        code,
        message,
    }
}

document! {
    /// One of several reasons: with `detail` and `title`, or with `message` and `attribute`.
    Reason {
        code,
        detail: Option<&'a RawValue>,
        message,
        title,
    }
}

#[cfg(test)]
mod tests {
    use trunkline_http::wire::Rows;

    use super::*;

    fn page<L: Listing>(text: &str) -> Option<(Option<String>, usize)> {
        let page = Rows::<CallerId<'_>>::from_json::<L>(text).ok()?;
        Some((page.next, page.rows.len()))
    }

    #[test]
    fn links_may_be_of_any_type_and_a_search_may_have_no_rows() {
        assert_eq!(page::<Search>("{}"), Some((None, 0)));
        assert_eq!(
            page::<Search>(r#"{"links": {}, "data": null}"#),
            Some((None, 0))
        );
        assert_eq!(
            page::<List>(r#"{"links": [], "data": []}"#),
            Some((None, 0))
        );
        assert_eq!(
            page::<List>(r#"{"links": null, "data": [{}]}"#),
            Some((None, 1))
        );
        let more = r#"{"links": {"self": "/a", "next": "/b", "prev": null}, "data": [{}, {}]}"#;
        assert_eq!(page::<List>(more), Some((Some("/b".to_owned()), 2)));
    }

    #[test]
    fn list_without_rows_is_an_error() {
        assert_eq!(page::<List>("{}"), None);
        assert_eq!(page::<List>(r#"{"data": null}"#), None);
    }
}
