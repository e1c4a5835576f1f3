//! Where the API has the numbers held.

pub(super) const PATH: &str = "/v1/numbers";
