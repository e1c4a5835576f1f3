//! How much may be spent.

use serde::{Deserialize, Serialize};

use crate::model::Money;

/// What the purchases of an account, or of an API key, may cost together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceilings {
    /// The most that the monthly prices of all numbers bought and not released may come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly: Option<Money>,
    /// The most that the setup fees of a calendar month (UTC) may come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setup: Option<Money>,
}

impl Ceilings {
    /// Whether there is any.
    pub const fn is_bounded(&self) -> bool {
        self.monthly.is_some() || self.setup.is_some()
    }
}
