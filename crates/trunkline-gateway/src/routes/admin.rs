//! What the operator of the gateway does with it.

use axum::Json;
use axum::http::StatusCode;
use serde_json::json;
use trunkline_admin::audit::{Entry, Outcome, action};
use trunkline_admin::chronicle::Trail;
use trunkline_core::{Error, ErrorKind, Result, Tenant};

use crate::dto::admin::ReloadDto;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Call, NoQuery};
use crate::openapi::answers::Common;
use crate::reload::Reloaded;

/// Read the configuration again.
///
/// The file and the secrets that it names are read and checked as a whole. If anything is wrong nothing changes, and every
/// reason is an entry of `errors`. Otherwise the new accounts take the place of the old ones at once, while requests under
/// way keep what they have; an account that is the same keeps its connections, limits and tokens. Settings that need a
/// restart are named in `ignored`. An account with purchases that are not settled can be neither removed nor pointed at
/// another identity: that is a `conflict`. The file is the operator's: a key of another tenant than `default`, or one that
/// is limited to some accounts, may not do this.
#[utoipa::path(
    post, path = "/v1/admin/reload", tag = "Operations",
    responses((status = 200, description = "What is different", body = ReloadDto), Common)
)]
pub(crate) async fn reload(call: Call, _: NoQuery) -> ApiResult<Json<ReloadDto>> {
    let caller = call.caller();
    if caller.tenant != Tenant::default() || caller.accounts.is_some() {
        let message = "the configuration is the operator's: it takes a key of the tenant default, for all its accounts";
        return Err(Error::new(ErrorKind::PermissionDenied, message).into());
    }
    let outcome = call.state.reload().await;
    let row = audited(Entry::new(caller, action::CONFIG_RELOAD), &outcome);
    let audit = &call.services().audit;
    audit.write(&Trail::default().with(row)).await;
    Ok(Json(outcome.map_err(of_file)?.into()))
}

/// The row of the audit trail, with what came of it.
fn audited(row: Entry, outcome: &Result<Reloaded>) -> Entry {
    match outcome {
        Ok(reloaded) => {
            let after = json!({"applied": reloaded.applied, "ignored": reloaded.ignored});
            row.changing(None, Some(after)).ended(Outcome::Ok)
        }
        Err(error) => row.refused(error),
    }
}

/// An error of the file that the caller wants to be read; what is in use is not wrong.
fn of_file(error: Error) -> ApiError {
    match error.kind() {
        ErrorKind::Config => ApiError::with_status(error, StatusCode::BAD_REQUEST),
        _ => error.into(),
    }
}
