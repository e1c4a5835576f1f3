//! Paths below the base URL.

use trunkline_http::segment;

/// The list of numbers, the only call that shows any.
pub(crate) const NUMBERS: &str = "telephony/config/numbers";

pub(super) const JOBS: &str = "telephony/config/jobs/numbers/manageNumbers";

pub(super) fn location_path(location: &str) -> String {
    format!("telephony/config/locations/{}", segment(location))
}

pub(super) fn numbers_path(location: &str) -> String {
    format!("{}/numbers", location_path(location))
}

pub(super) fn connection_path(location: &str) -> String {
    format!("telephony/pstn/locations/{}/connection", segment(location))
}
