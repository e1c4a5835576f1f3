//! Which of the three credentials an account was given.

use secrecy::SecretString;
use trunkline_core::Result;
use trunkline_http::Auth;
use trunkline_http::wire::wrong_setting;

use super::ZendeskConfig;

/// A credential.
pub(super) enum Credential {
    /// Good as it is.
    Fixed(Auth),
    /// A client that is issued tokens.
    Client {
        id: String,
        secret: SecretString,
        refresh_token: Option<SecretString>,
    },
}

impl ZendeskConfig {
    /// Checks everything that can be told without asking Zendesk.
    pub(super) fn credential(&self) -> Result<Credential> {
        let client = self.client_id.is_some()
            || self.client_secret.is_some()
            || self.refresh_token.is_some();
        let api_token = self.email.is_some() || self.api_token.is_some();
        match (client, &self.access_token, api_token) {
            (true, None, false) => self.client(),
            (false, Some(token), false) => Ok(Credential::Fixed(Auth::Bearer(token.clone()))),
            (false, None, true) => self.basic(),
            (false, None, false) => Err(wrong_setting(
                "client_id",
                "missing, and so are access_token, and email with api_token",
            )),
            (_, Some(_), _) => Err(wrong_setting(
                "access_token",
                "either this, or client_id and client_secret, or email and api_token",
            )),
            (true, None, true) => Err(wrong_setting(
                "api_token",
                "either email and this, or client_id and client_secret",
            )),
        }
    }

    fn client(&self) -> Result<Credential> {
        match (&self.client_id, &self.client_secret) {
            (Some(id), Some(secret)) if !id.is_empty() => Ok(Credential::Client {
                id: id.clone(),
                secret: secret.clone(),
                refresh_token: self.refresh_token.clone(),
            }),
            (Some(_), None) => Err(wrong_setting("client_secret", "missing beside client_id")),
            (Some(_) | None, _) => Err(wrong_setting("client_id", "missing")),
        }
    }

    /// The user name is the address and the literal `/token`; who wrote that already means the same.
    fn basic(&self) -> Result<Credential> {
        match (&self.email, &self.api_token) {
            (Some(email), Some(token)) => {
                let email = email.strip_suffix("/token").unwrap_or(email);
                let plain = email.contains('@') && !email.contains(':');
                if !plain {
                    return Err(wrong_setting("email", "not an e-mail address"));
                }
                Ok(Credential::Fixed(Auth::Basic {
                    user: format!("{email}/token"),
                    password: token.clone(),
                }))
            }
            (Some(_), None) => Err(wrong_setting("api_token", "missing beside email")),
            (None, _) => Err(wrong_setting("email", "missing beside api_token")),
        }
    }
}
