//! Who asks, what they may do, and for which organization.

use http::{Method, StatusCode};
use jiff::Timestamp;

use super::error::{ApiError, Result};
use super::ids::{self, Org};
use super::state::State;
use crate::credentials::{WEBEX_ACCESS_TOKEN, WEBEX_READ_ONLY_TOKEN};
use crate::exchange::Request;
use crate::query::Query;

/// Looks at token, method and `orgId`; returns the organization that the request is about. A read-only token lacks every
/// scope that ends in `_write`.
pub(super) fn authenticate(request: &Request, state: &State, now: Timestamp) -> Result<Org> {
    let unauthorized = || ApiError::usual(StatusCode::UNAUTHORIZED);
    let token = request.bearer().ok_or_else(unauthorized)?;
    let read_only = token == WEBEX_READ_ONLY_TOKEN;
    if !read_only && token != WEBEX_ACCESS_TOKEN && !state.grants.admits(token, now) {
        return Err(unauthorized());
    }
    let params = Query::of(request);
    // A request for an organization that isn't here gets the own one: nobody should need to know its identifier.
    let wanted = params.filled("orgId").and_then(ids::decode);
    let org = match wanted == Some(Org::Customer.uuid()) {
        true => Org::Customer,
        false => Org::Own,
    };
    // Only a partner's full administrator reaches into another organization.
    if read_only && (request.method != Method::GET || org != Org::Own) {
        return Err(ApiError::usual(StatusCode::FORBIDDEN));
    }
    Ok(org)
}
