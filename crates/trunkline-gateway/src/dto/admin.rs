//! Answers to the operator.

use serde::Serialize;
use utoipa::ToSchema;

use crate::reload::Reloaded;

/// What reading the configuration again has changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReloadDto {
    /// The accounts, by what became of them.
    pub(crate) accounts: ReloadedAccounts,
    /// Other settings that are different and count from now on, by path.
    #[schema(examples("server.max_body"))]
    pub(crate) applied: Vec<String>,
    /// Settings that are different and need a restart, by path.
    #[schema(examples("server.listen"))]
    pub(crate) ignored: Vec<String>,
    /// What is accepted but not advisable, for a person.
    #[schema(examples("line 5: accounts[0].auth_token: a secret in the file"))]
    pub(crate) warnings: Vec<String>,
}

/// The accounts of a configuration that was read again, by name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReloadedAccounts {
    /// New ones.
    #[schema(examples("apac-main"))]
    pub(crate) added: Vec<String>,
    /// Those that are gone.
    #[schema(examples("us-old"))]
    pub(crate) removed: Vec<String>,
    /// Those of which something is different: a setting or a secret.
    #[schema(examples("us-main"))]
    pub(crate) changed: Vec<String>,
    /// Those that stay as they are, with their connections, limits and tokens.
    #[schema(examples("emea-webex"))]
    pub(crate) unchanged: Vec<String>,
}

impl From<Reloaded> for ReloadDto {
    fn from(reloaded: Reloaded) -> Self {
        Self {
            accounts: ReloadedAccounts {
                added: reloaded.added,
                removed: reloaded.removed,
                changed: reloaded.changed,
                unchanged: reloaded.unchanged,
            },
            applied: reloaded.applied,
            ignored: reloaded.ignored,
            warnings: reloaded.warnings,
        }
    }
}
