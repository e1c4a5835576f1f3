//! `/v1/admin`.

use axum::http::StatusCode;
use serde_json::json;
use trunkline_admin::audit::{Entry, Outcome, action};
use trunkline_admin::chronicle::Trail;
use trunkline_core::{Error, ErrorKind, Result, Tenant};

use crate::answer::{Json, JsonResult};
use crate::error::ApiError;
use crate::extract::{Call, NoQuery};
use crate::reload::Reloaded;

/// Read the configuration again.
///
/// The file and its secrets are read and checked as a whole. If anything is wrong, nothing changes, and `errors` has every
/// fault. Otherwise the new accounts replace the old ones at once. Requests under way go on with the old ones, and an
/// unchanged account keeps its connections, limits and tokens. `ignored` names the settings that need a restart. An
/// account with unsettled purchases can't be removed, and its identity at the carrier can't be changed: that is a
/// `conflict`. Only a key of the tenant `default` that sees all its accounts may do this.
#[utoipa::path(
    post, path = "/v1/admin/reload", tag = "Operations",
    responses((status = 200, description = "What has changed", body = Reloaded), crate::openapi::Common)
)]
pub(crate) async fn reload(call: Call, _: NoQuery) -> JsonResult<Reloaded> {
    let caller = call.caller();
    if caller.tenant != Tenant::default() || caller.accounts.is_some() {
        let message =
            "only a key of the tenant default, for all its accounts, may reload the configuration";
        return Err(Error::new(ErrorKind::PermissionDenied, message).into());
    }
    let outcome = call.state.reload().await;
    let row = audited(Entry::new(caller, action::CONFIG_RELOAD), &outcome);
    let audit = &call.services().audit;
    audit.write(&Trail::default().with(row)).await;
    Ok(Json(outcome.map_err(of_file)?))
}

/// The row of the audit trail, with the outcome.
fn audited(row: Entry, outcome: &Result<Reloaded>) -> Entry {
    match outcome {
        Ok(reloaded) => {
            let after = json!({"applied": reloaded.applied, "ignored": reloaded.ignored});
            row.changing(None, Some(after)).ended(Outcome::Ok)
        }
        Err(error) => row.refused(error),
    }
}

/// An error in the new configuration is the caller's: 400.
fn of_file(error: Error) -> ApiError {
    match error.kind() {
        ErrorKind::Config => ApiError::with_status(error, StatusCode::BAD_REQUEST),
        _ => error.into(),
    }
}
