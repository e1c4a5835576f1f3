//! The configuration of one Zendesk account, and what such an account can do.

use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use secrecy::SecretString;
use trunkline_core::capability::{ListFilter, SearchFilter};
use trunkline_core::vault::TokenVault;
use trunkline_core::{CallerIdMethod, Capability, NumberType, Operation, OperationSet, Result};
use trunkline_http::wire::wrong_setting;
use trunkline_http::{Auth, OAuthGrant, Profile, Renewing, TokenBody, base_url, options};
use url::Url;

use crate::request::{ListOptions, PAGE_SIZE_MAX, SEARCH_FILTERS_LOCAL, WRITABLE};

trunkline_http::account_settings! {
    /// One Zendesk account. Give one of three credentials, best an OAuth client: API tokens can't be made any more since
    /// October 2026 and stop working on 2027-04-30. Zendesk allows 200 to 2 500 requests a minute, by the plan, and 15 000 in
    /// five minutes for Talk.
    ///
    /// `Debug` shows no secret: the secrets hide themselves.
    pub struct ZendeskConfig {
        /// What stands before `.zendesk.com` in the account's address. May be left out if `base_url` is given.
        pub subdomain: Option<String>,
        /// The OAuth client.
        pub client_id: Option<String>,
        /// The OAuth client's secret.
        pub client_secret: Option<SecretString>,
        /// The first refresh token; later ones are kept in the vault. Without one the client's own credentials are used
        /// (grant `client_credentials`).
        pub refresh_token: Option<SecretString>,
        /// An OAuth access token that is not renewed.
        pub access_token: Option<SecretString>,
        /// The e-mail address of the agent that an API token acts as, without `/token`.
        pub email: Option<String>,
        /// An API token.
        pub api_token: Option<SecretString>,
    }
}

impl ZendeskConfig {
    /// An account without a credential yet, and everything else by default.
    #[must_use]
    pub fn new(subdomain: impl Into<String>) -> Self {
        Self {
            subdomain: Some(subdomain.into()),
            ..Self::default()
        }
    }

    /// Sets the OAuth client.
    #[must_use]
    pub fn with_client(mut self, id: impl Into<String>, secret: SecretString) -> Self {
        (self.client_id, self.client_secret) = (Some(id.into()), Some(secret));
        self
    }

    /// Sets the OAuth client's first refresh token.
    #[must_use]
    pub fn with_refresh_token(mut self, token: SecretString) -> Self {
        self.refresh_token = Some(token);
        self
    }

    /// Sets an access token.
    #[must_use]
    pub fn with_access_token(mut self, token: SecretString) -> Self {
        self.access_token = Some(token);
        self
    }

    /// Sets an API token and whose it is.
    #[must_use]
    pub fn with_api_token(mut self, email: impl Into<String>, token: SecretString) -> Self {
        (self.email, self.api_token) = (Some(email.into()), Some(token));
        self
    }

    /// Zendesk wants the type with every request but a GET, even with a DELETE without a body; its own examples send it with
    /// all.
    pub(crate) fn headers() -> HeaderMap {
        let json = HeaderValue::from_static("application/json");
        HeaderMap::from_iter([(ACCEPT, json.clone()), (CONTENT_TYPE, json)])
    }

    /// The credential, checked as far as possible without a request.
    pub(crate) fn auth(&self, profile: &Profile, vault: Arc<dyn TokenVault>) -> Result<Auth> {
        let client = self.client_id.is_some()
            || self.client_secret.is_some()
            || self.refresh_token.is_some();
        let api_token = self.email.is_some() || self.api_token.is_some();
        match (client, &self.access_token, api_token) {
            (true, None, false) => self.client(profile, vault),
            (false, Some(token), false) => Ok(Auth::Bearer(token.clone())),
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

    /// A client that is issued tokens.
    fn client(&self, profile: &Profile, vault: Arc<dyn TokenVault>) -> Result<Auth> {
        let (id, secret) = match (&self.client_id, &self.client_secret) {
            (Some(id), Some(secret)) if !id.is_empty() => (id.clone(), secret.clone()),
            (Some(_), None) => {
                return Err(wrong_setting("client_secret", "missing beside client_id"));
            }
            (Some(_) | None, _) => return Err(wrong_setting("client_id", "missing")),
        };
        let mut grant = OAuthGrant::new(profile.clone(), "oauth/tokens", id, secret)?
            .with_body(TokenBody::Json)
            .with_parameter("scope", "read write");
        if let Some(token) = &self.refresh_token {
            grant = grant.with_refresh_token(token.clone());
        }
        let name = grant.vault_name(&self.identity()?);
        Ok(Auth::Refresh(Renewing::new(name, grant, vault)))
    }

    /// The user name is the e-mail address and the literal `/token`, which may have been written already.
    fn basic(&self) -> Result<Auth> {
        match (&self.email, &self.api_token) {
            (Some(email), Some(token)) => {
                let email = email.strip_suffix("/token").unwrap_or(email);
                let plain = email.contains('@') && !email.contains(':');
                if !plain {
                    return Err(wrong_setting("email", "not an e-mail address"));
                }
                Ok(Auth::Basic {
                    user: format!("{email}/token"),
                    password: token.clone(),
                })
            }
            (Some(_), None) => Err(wrong_setting("api_token", "missing beside email")),
            (None, _) => Err(wrong_setting("email", "missing beside api_token")),
        }
    }

    /// The subdomain, or where another host stands in for Zendesk's, its address. Errors: `Config` as for
    /// [`ZendeskConfig::profile`].
    pub(crate) fn identity(&self) -> Result<String> {
        let url = self.api()?;
        if let Some(subdomain) = &self.subdomain {
            return Ok(subdomain.to_ascii_lowercase());
        }
        let host = url.host_str().unwrap_or_default();
        if let Some(subdomain) = host.strip_suffix(".zendesk.com") {
            return Ok(subdomain.to_owned());
        }
        let port = url.port().map(|port| format!(":{port}"));
        let path = url.path().trim_end_matches('/');
        Ok(format!("{host}{}{path}", port.unwrap_or_default()))
    }

    pub(crate) fn api(&self) -> Result<Url> {
        if let Some(subdomain) = &self.subdomain
            && !is_label(subdomain)
        {
            let rule = "what stands before .zendesk.com: letters, digits and hyphens";
            return Err(wrong_setting("subdomain", rule));
        }
        let address = match (&self.base_url, &self.subdomain) {
            (Some(base_url), _) => base_url.clone(),
            (None, Some(subdomain)) => format!("https://{subdomain}.zendesk.com"),
            (None, None) => return Err(wrong_setting("subdomain", "missing, and so is base_url")),
        };
        base_url("base_url", &address, "/api/v2", "https://acme.zendesk.com")
    }
}

/// Zendesk answers one page and takes no limit; more than this are never asked for.
const SEARCH_LIMIT_MAX: usize = 100;

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// What an account can do. Which countries Zendesk sells numbers in, only Zendesk knows.
pub(crate) fn capability() -> Capability {
    Capability {
        operations: OperationSet::of(&[
            Operation::SearchAvailable,
            Operation::Purchase,
            Operation::List,
            Operation::Get,
            Operation::FindOwned,
            Operation::Update,
            Operation::Release,
            Operation::ListCallerIds,
            Operation::GetCallerId,
            Operation::UpdateCallerId,
            Operation::DeleteCallerId,
            Operation::CheckHealth,
        ]),
        number_types: vec![NumberType::Local, NumberType::TollFree],
        search_filters: vec![SearchFilter::AreaCode, SearchFilter::Contains],
        search_filters_local: SEARCH_FILTERS_LOCAL.to_vec(),
        search_limit_max: SEARCH_LIMIT_MAX,
        list_filters_local: vec![
            ListFilter::Number,
            ListFilter::Contains,
            ListFilter::Country,
            ListFilter::Type,
            ListFilter::State,
            ListFilter::Features,
            ListFilter::Label,
        ],
        list_options: options::names::<ListOptions>(),
        page_size_max: PAGE_SIZE_MAX,
        writable: WRITABLE.to_vec(),
        caller_id_method: Some(CallerIdMethod::Directory),
        search_has_prices: true,
        ..Capability::default()
    }
}

#[cfg(test)]
mod tests;
