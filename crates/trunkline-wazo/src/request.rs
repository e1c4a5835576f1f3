//! The unified model to Wazo's requests: pure functions, tested without a server.

mod list;
mod path;
mod write;

use serde_json::json;
use trunkline_core::{E164, Operation, Result};
use trunkline_http::ApiRequest;

pub(crate) use list::{
    ListOptions, PAGE_SIZE_MAX, Slice, caller_ids, list, of_number, of_user, within,
};
use path::{NUMBERS, instance};
pub(crate) use path::{is_number, nowhere};
pub(crate) use write::{register, rename, share, unshares, update};

/// One entry, for itself or for what `operation` needs to know of it.
pub(crate) fn get(operation: Operation, uuid: &str) -> Result<ApiRequest> {
    Ok(ApiRequest::get(operation, instance(uuid)?))
}

/// Forgets an entry, also the main one.
pub(crate) fn release(uuid: &str) -> Result<ApiRequest> {
    Ok(ApiRequest::delete(Operation::Release, instance(uuid)?))
}

/// The main number of the tenant.
pub(crate) fn get_main() -> ApiRequest {
    ApiRequest::get(Operation::GetMain, format!("{NUMBERS}/main"))
}

/// Makes an entry the main one, and shared; the one before stays shared.
pub(crate) fn set_main(uuid: &str) -> Result<ApiRequest> {
    instance(uuid)?;
    let request = ApiRequest::put(Operation::SetMain, format!("{NUMBERS}/main"));
    request.json(&json!({"phone_number_uuid": uuid}))
}

/// Records what lies between two numbers. What is there already stays as it is. The pipeline does not repeat it all the
/// same, since Wazo may still be at it. Errors: `Internal` if the body can't be written.
pub(crate) fn register_range(first: &E164, last: &E164) -> Result<ApiRequest> {
    let request = ApiRequest::post(Operation::RegisterRange, format!("{NUMBERS}/ranges"));
    request.json(&json!({"start_number": first, "end_number": last}))
}

/// The smallest look at the directory.
pub(crate) fn health() -> ApiRequest {
    ApiRequest::get(Operation::CheckHealth, NUMBERS).query("limit", "1")
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;
    use trunkline_http::wire::is_uuid;

    use super::*;

    const UUID: &str = "7d1e0a52-6b1f-4f0f-9f0e-3f4b0f6c9a10";

    #[test]
    fn id_that_is_not_a_uuid_is_not_sent() {
        assert!(is_uuid(UUID) && is_uuid(&UUID.to_ascii_uppercase()));
        for id in [
            "",
            "main",
            "ranges",
            "no such id",
            "../..",
            &UUID[1..],
            "7d1e0a526b1f4f0f9f0e3f4b0f6c9a10",
        ] {
            let error = get(Operation::Get, id).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{id}");
            assert!(release(id).is_err() && set_main(id).is_err(), "{id}");
        }
    }

    #[test]
    fn a_number_is_digits_perhaps_after_a_plus() {
        for good in [
            "1",
            "1111",
            "+1414",
            "+15555550100",
            "0100",
            &"1".repeat(128),
        ] {
            assert!(is_number(good), "{good}");
        }
        for bad in [
            "",
            "+",
            "1 1",
            "++1",
            "+1a",
            "1+",
            "\u{661}",
            &"1".repeat(129),
        ] {
            assert!(!is_number(bad), "{bad}");
        }
    }
}
