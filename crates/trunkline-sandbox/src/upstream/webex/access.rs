//! Who asks, what they may do, and for which organization.

use http::{Method, StatusCode, header};
use jiff::Timestamp;

use super::error::{ApiError, Result};
use super::ids;
use super::params::Params;
use super::state::{Org, State};
use crate::credentials::{WEBEX_ACCESS_TOKEN, WEBEX_READ_ONLY_TOKEN};
use crate::exchange::Request;

/// One who was let in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    /// The organization that the request is about.
    pub(super) org: Org,
}

/// Looks at token, method and `orgId`. A read-only token lacks every scope that ends in `_write`.
pub(super) fn authenticate(request: &Request, state: &State, now: Timestamp) -> Result<Caller> {
    let token = bearer(request).ok_or_else(|| ApiError::usual(StatusCode::UNAUTHORIZED))?;
    let read_only = token == WEBEX_READ_ONLY_TOKEN;
    if !read_only && token != WEBEX_ACCESS_TOKEN && !state.grants.admits(token, now) {
        return Err(ApiError::usual(StatusCode::UNAUTHORIZED));
    }
    let forbidden = || ApiError::usual(StatusCode::FORBIDDEN);
    if read_only && request.method != Method::GET {
        return Err(forbidden());
    }
    let params = Params::of_query(request);
    // Whoever asks for an organization that isn't here gets the own one: nobody should need to know its identifier.
    let org = params
        .get("orgId")
        .and_then(ids::decode)
        .filter(|uuid| *uuid == Org::Customer.uuid())
        .map_or(Org::Own, |_| Org::Customer);
    // Only a partner's full administrator reaches into another organization.
    if read_only && org != Org::Own {
        return Err(forbidden());
    }
    Ok(Caller { org })
}

fn bearer(request: &Request) -> Option<&str> {
    let value = request.header(header::AUTHORIZATION.as_str())?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
