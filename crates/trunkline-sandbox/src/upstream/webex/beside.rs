//! Resources beside the numbers, as far as their refusals are known. Nothing can be done at any of them; they are here
//! because a refusal by one of them is what a client learns the shapes from.

use http::StatusCode;

use super::error::{ApiError, Result};
use super::params::Body;
use super::{Context, Webex};
use crate::exchange::Answer;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    RoleAssignments,
    /// Knows no method that this fake would answer.
    GroupMembers,
    Trunks,
    /// The call queues of a location.
    Queues,
    OutgoingPermission,
}

impl Beside {
    /// The resource that a path without `/v1` names.
    pub(super) fn of(parts: &[&str]) -> Option<Self> {
        match parts {
            ["roleAssignments"] => Some(Self::RoleAssignments),
            ["groups", _, "members"] => Some(Self::GroupMembers),
            ["telephony", "config", "premisePstn", "trunks"] => Some(Self::Trunks),
            ["telephony", "config", "locations", _, "queues"] => Some(Self::Queues),
            ["people", _, "features", "outgoingPermission"] => Some(Self::OutgoingPermission),
            _ => None,
        }
    }

    /// Whether the resource knows the method.
    pub(super) fn knows(self, method: &str) -> bool {
        match self {
            Self::RoleAssignments | Self::Trunks | Self::Queues => method == "POST",
            Self::OutgoingPermission => method == "GET",
            Self::GroupMembers => false,
        }
    }

    pub(super) const fn normalized(self) -> &'static str {
        match self {
            Self::Trunks => "/api/v1/customers/{customerId}/localgateways",
            Self::Queues => "/api/v1/customers/{customerId}/locations/{locationId}/features/queues",
            Self::RoleAssignments | Self::GroupMembers | Self::OutgoingPermission => "/**",
        }
    }
}

impl Webex {
    pub(super) fn beside(
        &self,
        context: &Context<'_>,
        beside: Beside,
        location: &str,
    ) -> Result<Answer> {
        match beside {
            Beside::Trunks => {
                let body = Body::of(context.request)?;
                let required = ["name", "locationId", "password"];
                let missing: Vec<_> = required
                    .into_iter()
                    .filter(|name| !body.0.contains_key(*name))
                    .collect();
                if !missing.is_empty() {
                    return Err(ApiError::missing(&missing));
                }
            }
            Beside::Queues => {
                self.lock().location(context.caller.org, location)?;
            }
            // The code is that of a user who isn't there, the status says that it means something else.
            Beside::OutgoingPermission => {
                return Err(ApiError::new(
                    StatusCode::BAD_REQUEST,
                    4_003,
                    "[Error 4003] Unauthorized request: UserOutgoingCallingPlanPermissionsByTypeGetRequestWCV2",
                ));
            }
            Beside::RoleAssignments | Beside::GroupMembers => {}
        }
        Err(ApiError::usual(StatusCode::NOT_FOUND))
    }
}
