//! Wazo's documents, in its own words. Every member may be missing.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;
use trunkline_http::document;
use trunkline_http::wire::{Flag, Listing};

/// Part of a list. `total` counts all rows that fit the filters, on all pages.
pub(crate) struct Items;

impl Listing for Items {
    const ROWS: &'static [&'static str] = &["items"];
    const TOTAL: &'static str = "total";
    const NULL_IS_EMPTY: bool = false;
}

document! {
    /// An entry of the directory.
    PhoneNumber {
        uuid,
        tenant_uuid,
        number,
        caller_id_name,
        main: Flag,
        shared: Flag,
        // Where the stack thinks that the entry can be found, built from the host name that it saw: never followed.
        links: Option<&'a RawValue>,
        ..rest
    }

    /// A caller ID that a user may show. `anonymous` has no number.
    UserCallerId {
        kind = "type",
        number,
        caller_id_name,
        ..rest
    }
}

/// A token.
#[derive(Deserialize)]
pub(crate) struct Issued {
    pub(crate) data: Token,
}

/// The token itself, and when it begins and ends in UTC.
#[derive(Deserialize)]
pub(crate) struct Token {
    pub(crate) token: SecretString,
    #[serde(default)]
    pub(crate) utc_issued_at: Option<String>,
    #[serde(default)]
    pub(crate) utc_expires_at: Option<String>,
}
