//! Sessions of a browser.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dto::key::names;
use crate::identity::{By, Identity};

/// A new session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object, such as {\"key\": \"tl_...\"}")]
#[schema(as = SessionCreate)]
pub(crate) struct SessionBody {
    /// An API key.
    #[schema(value_type = String, format = "password", write_only, examples("tl_..."))]
    pub(crate) key: SecretString,
}

/// The caller and their rights.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionDto {
    /// True when no key is needed: the gateway has only fake carriers and no API key yet, and the caller is on its machine.
    pub(crate) keyless: bool,
    /// The key; `null` without one.
    pub(crate) key: Option<SessionKeyDto>,
    /// The tenant.
    #[schema(examples("default"))]
    pub(crate) tenant: String,
    /// The scopes.
    #[schema(examples("numbers:read"))]
    pub(crate) scopes: Vec<String>,
    /// The only accounts that are seen; `null` for all accounts of the tenant.
    pub(crate) accounts: Option<Vec<String>>,
}

/// The key of a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionKey)]
pub(crate) struct SessionKeyDto {
    /// Id.
    #[schema(examples("key_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
    pub(crate) id: String,
    /// Name.
    #[schema(examples("operations"))]
    pub(crate) name: String,
}

impl From<&Identity> for SessionDto {
    fn from(identity: &Identity) -> Self {
        let caller = &identity.caller;
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
            scopes: identity.scopes().iter().map(ToString::to_string).collect(),
            accounts: caller.accounts.as_ref().map(names),
        }
    }
}
