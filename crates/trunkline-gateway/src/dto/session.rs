//! Sessions of a browser.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use trunkline_admin::KeyScope;
use utoipa::ToSchema;

use crate::identity::{By, Identity};

/// What a session begins with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object, such as {\"key\": \"tl_...\"}")]
#[schema(as = SessionCreate)]
pub(crate) struct SessionBody {
    /// An API key.
    #[schema(value_type = String, format = "password", write_only, examples("tl_..."))]
    pub(crate) key: SecretString,
}

/// Who is calling, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionDto {
    /// Whether no key is needed: the gateway has fake carriers alone and no API key yet, and the caller is on its machine.
    pub(crate) keyless: bool,
    /// The key; `null` without one.
    pub(crate) key: Option<SessionKeyDto>,
    /// Whose things are seen.
    #[schema(examples("default"))]
    pub(crate) tenant: String,
    /// What may be done.
    #[schema(examples("numbers:read"))]
    pub(crate) scopes: Vec<&'static str>,
    /// The only accounts that are seen; `null` for all of the tenant's.
    pub(crate) accounts: Option<Vec<String>>,
}

/// The key of a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionKey)]
pub(crate) struct SessionKeyDto {
    /// Its id.
    #[schema(examples("key_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
    pub(crate) id: String,
    /// What a person calls it.
    #[schema(examples("operations"))]
    pub(crate) name: String,
}

impl From<&Identity> for SessionDto {
    fn from(identity: &Identity) -> Self {
        let caller = &identity.caller;
        let accounts = caller.accounts.as_ref();
        let key = match &identity.by {
            By::Key(key) => Some(SessionKeyDto {
                id: key.id.to_string(),
                name: key.name.clone(),
            }),
            By::Nobody | By::Operator => None,
        };
        Self {
            keyless: matches!(identity.by, By::Nobody),
            key,
            tenant: caller.tenant.to_string(),
            scopes: identity
                .scopes()
                .into_iter()
                .map(KeyScope::as_str)
                .collect(),
            accounts: accounts.map(|all| all.iter().map(ToString::to_string).collect()),
        }
    }
}
