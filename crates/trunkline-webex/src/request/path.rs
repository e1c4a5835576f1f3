//! Paths below the base URL.

use crate::id;

/// The list of numbers, the only call that shows any.
pub(crate) const NUMBERS: &str = "telephony/config/numbers";

pub(super) const JOBS: &str = "telephony/config/jobs/numbers/manageNumbers";

pub(super) fn location_path(location: &str) -> String {
    format!("telephony/config/locations/{}", id::path(location))
}

pub(super) fn connection_path(location: &str) -> String {
    format!("telephony/pstn/locations/{}/connection", id::path(location))
}
