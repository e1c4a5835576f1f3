//! The main number of an account.

use serde::Deserialize;
use utoipa::ToSchema;

/// The number that shall be the main one.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = MainNumberRequest, example = json!({"number": "+14155550100"}))]
pub(crate) struct MainNumberBody {
    /// Its id, the carrier's own id of it, or its E.164.
    #[schema(examples("+14155550100"))]
    pub(crate) number: String,
    /// The carrier's id of the place, where there is a main number for each; needed at Webex.
    pub(crate) location: Option<String>,
}
