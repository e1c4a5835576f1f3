//! What every request to SignalWire is made of: paths and pages.

use trunkline_core::{Error, ErrorKind, Result};
use trunkline_http::wire::is_uuid;
use trunkline_http::{ApiRequest, Replay};

/// Below the space; a base URL may add a prefix.
const ROOT: &str = "api/relay/rest";

/// The numbers held, or with an id one of them.
pub(crate) const NUMBERS: &str = "phone_numbers";
/// The caller IDs, or with an id one of them.
pub(crate) const CALLER_IDS: &str = "verified_caller_ids";

/// The path of a collection.
pub(crate) fn collection(name: &str) -> String {
    format!("{ROOT}/{name}")
}

/// The path of one member of a collection, or of something below it. Errors: `NotFound` for what is no UUID: `search`,
/// for one, is a path of its own there.
pub(super) fn instance(name: &str, id: &str, below: &str) -> Result<String> {
    if !is_uuid(id) {
        let message = "there is nothing of this id: SignalWire's are UUIDs";
        return Err(Error::new(ErrorKind::NotFound, message));
    }
    Ok(format!("{ROOT}/{name}/{id}{below}"))
}

/// Declares that sending it twice may do more than sending it once.
pub(super) fn once(request: ApiRequest) -> ApiRequest {
    ApiRequest {
        replay: Replay::Never,
        ..request
    }
}
