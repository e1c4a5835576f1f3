//! Paths below the base URL, and reading one number.

use trunkline_core::{Error, ErrorKind, Operation, Result};
use trunkline_http::ApiRequest;

/// Everything that a single number can be shown with: its settings, and beside it what it may refer to.
pub(super) const INCLUDE: &str = "settings,ivrs,all_greetings,all_groups,all_schedules";

/// The path of a resource of Talk. Zendesk takes a `.json` behind it too, and does not need it.
pub(super) fn path(resource: &str) -> String {
    format!("api/v2/channels/voice/{resource}")
}

/// The path of a number. Errors: `NotFound` for a text that is not an id of Zendesk's, an integer.
pub(super) fn number(id: &str) -> Result<String> {
    if !is_id(id) {
        return Err(Error::new(
            ErrorKind::NotFound,
            "there is no number of this id",
        ));
    }
    Ok(path(&format!("phone_numbers/{id}")))
}

pub(super) fn is_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// One number held, for itself or for what `operation` needs to know of it.
pub(crate) fn get(operation: Operation, id: &str) -> Result<ApiRequest> {
    Ok(ApiRequest::get(operation, number(id)?).query("include", INCLUDE))
}
