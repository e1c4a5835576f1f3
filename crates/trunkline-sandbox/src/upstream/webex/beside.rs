//! Resources beside the numbers, as far as their refusals are known. Nothing can be done at any of them; they are here
//! because a refusal by one of them is what a client learns the shapes from.

use http::StatusCode;

use super::error::{ApiError, Result};
use super::params::Body;
use super::state::{Context, Webex};
use crate::exchange::Answer;

impl Webex {
    pub(super) fn not_there(&self, _context: &Context<'_>) -> Result<Answer> {
        Err(ApiError::usual(StatusCode::NOT_FOUND))
    }

    pub(super) fn add_trunk(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let required = ["name", "locationId", "password"].into_iter();
        let missing: Vec<_> = required
            .filter(|name| !body.0.contains_key(*name))
            .collect();
        if !missing.is_empty() {
            return Err(ApiError::missing(&missing));
        }
        self.not_there(context)
    }

    pub(super) fn add_queue(&self, context: &Context<'_>) -> Result<Answer> {
        self.lock().location(context.caller, context.id())?;
        self.not_there(context)
    }

    /// The code is that of a user who isn't there, the status says that it means something else.
    pub(super) fn outgoing_permission(&self, _context: &Context<'_>) -> Result<Answer> {
        let message = "[Error 4003] Unauthorized request: UserOutgoingCallingPlanPermissionsByTypeGetRequestWCV2";
        Err(ApiError::new(StatusCode::BAD_REQUEST, 4_003, message))
    }
}
