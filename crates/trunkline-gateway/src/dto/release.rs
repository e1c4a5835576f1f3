//! Releases that wait.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A release that can still be undone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PendingRelease)]
pub(crate) struct PendingReleaseDto {
    /// The number's id.
    #[schema(examples("us-main:PN00000000000000000000000000000001"))]
    pub(crate) id: String,
    /// When it is given back, unless it is restored before.
    pub(crate) release_at: Timestamp,
}
