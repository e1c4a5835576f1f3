//! What another configuration changed.

use serde::Serialize;
use utoipa::ToSchema;

/// What another configuration changed.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Reloaded {
    /// The accounts.
    pub accounts: ReloadedAccounts,
    /// Other settings that are different and effective now, by path.
    #[schema(examples("server.max_body"))]
    pub applied: Vec<String>,
    /// Settings that are different and need a restart, by path.
    #[schema(examples("server.listen"))]
    pub ignored: Vec<String>,
    /// Warnings about the configuration, for a person.
    #[schema(examples("line 5: accounts[0].auth_token: a secret in the file"))]
    pub warnings: Vec<String>,
}

/// The accounts of another configuration, by name.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ReloadedAccounts {
    /// New accounts.
    #[schema(examples("apac-main"))]
    pub added: Vec<String>,
    /// Removed accounts.
    #[schema(examples("us-old"))]
    pub removed: Vec<String>,
    /// Accounts with a different setting or secret.
    #[schema(examples("us-main"))]
    pub changed: Vec<String>,
    /// Accounts that stay as they are, with their connections, limits and tokens.
    #[schema(examples("emea-main"))]
    pub unchanged: Vec<String>,
}
