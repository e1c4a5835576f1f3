//! The documents, keys in the order in which they are sent.

use serde::Serialize;

use super::directory::Row;
use crate::json::object;

/// A number.
pub(super) fn phone_number(row: &Row, origin: &str) -> impl Serialize {
    object! {
        "uuid": &row.uuid,
        "tenant_uuid": row.tenant,
        "number": &row.number,
        "caller_id_name": &row.caller_id_name,
        "main": row.main,
        "shared": row.shared,
        "links": [link(row, origin)],
    }
}

/// Where a number is, as the stack sees itself.
pub(super) fn link(row: &Row, origin: &str) -> impl Serialize + use<> {
    object! { "rel": "phone_numbers", "href": address(row, origin) }
}

/// The address of a number.
pub(super) fn address(row: &Row, origin: &str) -> String {
    format!("{origin}/phone-numbers/{}", row.uuid)
}

/// A number that a user may show.
pub(super) fn caller_id(
    kind: &'static str,
    number: Option<&str>,
    name: Option<String>,
) -> impl Serialize {
    object! { "type": kind, "number"?: number, "caller_id_name"?: name }
}
