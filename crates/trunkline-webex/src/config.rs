//! The configuration of one Webex organization, and what such an account can do.

use std::sync::Arc;

use secrecy::SecretString;
use trunkline_core::capability::{ListFilter, NumberField};
use trunkline_core::vault::TokenVault;
use trunkline_core::{CallerIdMethod, Capability, Operation, OperationSet, Result};
use trunkline_http::wire::wrong_setting;
use trunkline_http::{Auth, OAuthGrant, Profile, Renewing, base_url, options};
use url::{Position, Url};

use crate::id;
use crate::request::{BATCH_MAX, ListOptions, PAGE_SIZE_MAX, RANGE_MAX};

const BASE_URL: &str = "https://webexapis.com/v1";

trunkline_http::account_settings! {
    /// One Webex organization. Give either `access_token`, or `client_id`, `client_secret` and `refresh_token`. A missing `/v1`
    /// at the end of `base_url` is added; Webex for Government has its own host. Webex publishes no rate; more than ten
    /// requests at once are not advised.
    ///
    /// `Debug` shows no secret: the secrets hide themselves.
    pub struct WebexConfig {
        /// An access token. It lasts 12 hours (a person's) or 14 days and is not renewed.
        pub access_token: Option<SecretString>,
        /// The id of an integration or service app.
        pub client_id: Option<String>,
        /// Its secret.
        pub client_secret: Option<SecretString>,
        /// The first refresh token; later ones are kept in the vault.
        pub refresh_token: Option<SecretString>,
        /// The organization, where it is not the token's own: a partner administering a customer. Also needed to tell two
        /// accounts apart, since a token does not show whose it is.
        pub org_id: Option<String>,
    }
}

impl WebexConfig {
    /// An account with an access token and everything else by default.
    #[must_use]
    pub fn new(access_token: SecretString) -> Self {
        Self {
            access_token: Some(access_token),
            ..Self::default()
        }
    }

    /// An account whose tokens are renewed.
    #[must_use]
    pub fn oauth(
        client_id: impl Into<String>,
        client_secret: SecretString,
        refresh_token: SecretString,
    ) -> Self {
        Self {
            client_id: Some(client_id.into()),
            client_secret: Some(client_secret),
            refresh_token: Some(refresh_token),
            ..Self::default()
        }
    }

    /// Sets the organization.
    #[must_use]
    pub fn with_org_id(mut self, org_id: impl Into<String>) -> Self {
        self.org_id = Some(org_id.into());
        self
    }

    /// The credential, checked as far as possible without a request.
    pub(crate) fn auth(&self, profile: &Profile, vault: Arc<dyn TokenVault>) -> Result<Auth> {
        let wrong = |field, why| Err(wrong_setting(field, why));
        let client = (&self.client_id, &self.client_secret, &self.refresh_token);
        let (id, secret, refresh_token) = match (&self.access_token, client) {
            (Some(token), (None, None, None)) => return Ok(Auth::Bearer(token.clone())),
            (Some(_), _) => {
                let why = "either this or client_id, client_secret and refresh_token, not both";
                return wrong("access_token", why);
            }
            (None, (None, None, None)) => {
                let why = "missing, and so are client_id, client_secret and refresh_token";
                return wrong("access_token", why);
            }
            (None, (None, ..)) => return wrong("client_id", "missing beside the others"),
            (None, (_, None, _)) => return wrong("client_secret", "missing beside client_id"),
            (None, (.., None)) => return wrong("refresh_token", "missing beside client_id"),
            (None, (Some(id), Some(secret), Some(token))) => (id, secret, token),
        };
        let grant = OAuthGrant::new(profile.clone(), "access_token", id.clone(), secret.clone())?
            .with_refresh_token(refresh_token.clone());
        let name = grant.vault_name(&self.identity()?);
        Ok(Auth::Refresh(Renewing::new(name, grant, vault)))
    }

    /// The organization. A token does not show whose it is: without `org_id` all that is known is that it is the
    /// token's own, so that two such accounts count as one until `org_id` tells them apart.
    pub(crate) fn identity(&self) -> Result<String> {
        if let Some(org) = &self.org_id {
            return Ok(id::uuid(org).unwrap_or_else(|| org.clone()));
        }
        let api = self.api()?;
        let host = &api[Position::BeforeHost..Position::AfterPort];
        Ok(format!("own-organization@{host}"))
    }

    pub(crate) fn api(&self) -> Result<Url> {
        let is_blank = |org: &String| org.trim().is_empty();
        if self.org_id.as_ref().is_some_and(is_blank) {
            return Err(wrong_setting("org_id", "must not be empty"));
        }
        let address = self.base_url.as_deref().unwrap_or(BASE_URL);
        let mut url = base_url("base_url", address, "/v1", BASE_URL)?;
        let path = format!("{}/v1", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Ok(url)
    }
}

/// The fields of a number that can be changed.
pub(crate) const WRITABLE: [NumberField; 3] = [
    NumberField::Location,
    NumberField::State,
    NumberField::ProviderOptions,
];

/// What an account can do.
pub(crate) fn capability() -> Capability {
    Capability {
        ids_are_numbers: true,
        operations: OperationSet::of(&[
            Operation::Register,
            Operation::RegisterRange,
            Operation::List,
            Operation::Get,
            Operation::FindOwned,
            Operation::Update,
            Operation::Release,
            Operation::GetMain,
            Operation::SetMain,
            Operation::ListCallerIds,
            Operation::GetCallerId,
            Operation::UpdateCallerId,
            Operation::DeleteCallerId,
            Operation::CheckHealth,
        ]),
        list_filters: vec![
            ListFilter::Number,
            ListFilter::Type,
            ListFilter::State,
            ListFilter::Owner,
            ListFilter::Location,
            ListFilter::Available,
        ],
        list_filters_local: vec![
            ListFilter::Contains,
            ListFilter::Country,
            ListFilter::Features,
            ListFilter::Main,
        ],
        list_options: options::names::<ListOptions>(),
        page_size_max: PAGE_SIZE_MAX,
        batch_max: BATCH_MAX,
        range_max: RANGE_MAX,
        range_chunk: BATCH_MAX,
        writable: WRITABLE.to_vec(),
        caller_id_method: Some(CallerIdMethod::Directory),
        ..Capability::default()
    }
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;
    use trunkline_core::vault::MemoryVault;
    use trunkline_http::AdapterConfig;

    use super::*;

    fn profile(json: &str) -> Result<Profile> {
        let config: WebexConfig = serde_json::from_str(json).unwrap();
        let vault = Arc::new(MemoryVault::default());
        config.profile("webex".parse().unwrap(), vault)
    }

    #[test]
    fn invalid_setting_is_rejected_by_name() {
        for (json, field) in [
            ("{}", "access_token"),
            (r#"{"access_token": "t", "client_id": "c"}"#, "access_token"),
            (
                r#"{"access_token": "t", "refresh_token": "r"}"#,
                "access_token",
            ),
            (r#"{"client_id": "c"}"#, "client_secret"),
            (r#"{"client_secret": "s"}"#, "client_id"),
            (r#"{"refresh_token": "r"}"#, "client_id"),
            (
                r#"{"client_id": "c", "client_secret": "s"}"#,
                "refresh_token",
            ),
            (
                r#"{"access_token": "t", "base_url": "ftp://x"}"#,
                "base_url",
            ),
            (r#"{"access_token": "t", "org_id": " "}"#, "org_id"),
        ] {
            let error = profile(json).unwrap_err();
            let found = (error.kind(), error.fields()[0].field.as_str());
            assert_eq!(found, (ErrorKind::Config, field), "{json}");
        }
    }

    #[test]
    fn token_or_client_with_refresh_token_is_accepted() {
        let fixed = profile(r#"{"access_token": "t"}"#).unwrap();
        assert!(matches!(fixed.auth, Auth::Bearer(_)));
        let renewed =
            profile(r#"{"client_id": "c", "client_secret": "s", "refresh_token": "r"}"#).unwrap();
        assert!(matches!(renewed.auth, Auth::Refresh(_)));
    }

    #[test]
    fn unknown_key_is_an_error() {
        let error = serde_json::from_str::<WebexConfig>(r#"{"acces_token": "t"}"#).unwrap_err();
        assert!(error.to_string().contains("acces_token"));
    }

    #[test]
    fn identity_is_the_organization_in_any_spelling() {
        let identity = |org: &str| WebexConfig::new("t".into()).with_org_id(org).identity();
        let encoded = "Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi8yYjZmMGMxZS01YTVmLTRjMzgtOWE1Mi02YzRmMmYxZDllMDE";
        let uuid = "2b6f0c1e-5a5f-4c38-9a52-6c4f2f1d9e01";
        assert_eq!(identity(encoded).unwrap(), uuid);
        assert_eq!(identity(uuid).unwrap(), uuid);
        let own = WebexConfig::new("t".into()).with_base_url("http://127.0.0.1:9104/v1");
        assert_eq!(own.identity().unwrap(), "own-organization@127.0.0.1:9104");
    }

    #[test]
    fn host_alone_means_version_1() {
        let api = |url: &str| {
            WebexConfig::new("t".into())
                .with_base_url(url)
                .api()
                .unwrap()
        };
        assert_eq!(api("http://127.0.0.1:9104").path(), "/v1");
        assert_eq!(
            api("https://proxy.example.com/webex/v1/").path(),
            "/webex/v1"
        );
        assert_eq!(api("https://proxy.example.com/webex").path(), "/webex/v1");
    }
}
