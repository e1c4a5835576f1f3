//! The documents, keys in the order in which they are sent.

use serde::Serialize;

use super::directory::Row;

/// A number.
#[derive(Serialize)]
pub(super) struct PhoneNumber<'a> {
    uuid: &'a str,
    tenant_uuid: &'a str,
    number: &'a str,
    caller_id_name: Option<&'a str>,
    main: bool,
    shared: bool,
    links: [Link; 1],
}

impl<'a> PhoneNumber<'a> {
    pub(super) fn of(row: &'a Row, origin: &str) -> Self {
        Self {
            uuid: &row.uuid,
            tenant_uuid: row.tenant,
            number: &row.number,
            caller_id_name: row.caller_id_name.as_deref(),
            main: row.main,
            shared: row.shared,
            links: [Link::to(row, origin)],
        }
    }
}

/// Where a number is, as the stack sees itself.
#[derive(Serialize)]
pub(super) struct Link {
    rel: &'static str,
    href: String,
}

impl Link {
    pub(super) fn to(row: &Row, origin: &str) -> Self {
        Self {
            rel: "phone_numbers",
            href: address(row, origin),
        }
    }
}

/// The address of a number.
pub(super) fn address(row: &Row, origin: &str) -> String {
    format!("{origin}/phone-numbers/{}", row.uuid)
}

/// A page of a list: how many there are in all, and some of them.
#[derive(Serialize)]
pub(super) struct Items<T> {
    pub(super) total: usize,
    pub(super) items: Vec<T>,
}

/// What became of a range.
#[derive(Serialize)]
pub(super) struct Range<'a> {
    pub(super) created: Vec<Created<'a>>,
    pub(super) links: Vec<Link>,
    pub(super) total: usize,
}

/// A number of a range that is new.
#[derive(Serialize)]
pub(super) struct Created<'a> {
    pub(super) uuid: &'a str,
}

/// What a user may show.
#[derive(Serialize)]
pub(super) struct CallerId<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) caller_id_name: Option<&'a str>,
}
