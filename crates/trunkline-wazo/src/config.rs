//! The configuration of one tenant of a Wazo stack, and what it can do.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use trunkline_core::capability::{ListFilter, NumberField};
use trunkline_core::vault::MemoryVault;
use trunkline_core::{CallerIdMethod, Capability, Operation, OperationSet, Result};
use trunkline_http::wire::{is_uuid, wrong_setting};
use trunkline_http::{Auth, Profile, Renewing, base_url, options};
use url::Url;

use crate::PROVIDER;
use crate::login::{Login, TOKEN_HEADER};
use crate::request::{ListOptions, PAGE_SIZE_MAX};

const TENANT_HEADER: HeaderName = HeaderName::from_static("wazo-tenant");

/// Most numbers in one range (Wazo's own limit).
pub(crate) const RANGE_MAX: usize = 10_000;

/// Most numbers of a range that are asked for at once. Wazo makes them one by one, at some milliseconds each, before it
/// answers.
pub(crate) const RANGE_CHUNK: usize = 500;

trunkline_http::account_settings! {
    /// One tenant of a Wazo stack. Give `base_url`, where the stack is without `/api`, and either `username` and `password`, or
    /// `token`.
    ///
    /// `Debug` shows no secret: the secrets hide themselves.
    pub struct WazoConfig {
        /// The user that signs in at wazo-auth.
        pub username: Option<String>,
        /// The user's password.
        pub password: Option<SecretString>,
        /// A token from elsewhere. It is not renewed: when it expires, so does the account.
        pub token: Option<SecretString>,
        /// The tenant to act in: that of the user or one below it, default the user's own. Set it where several accounts
        /// share a stack: without it they are taken for one.
        pub tenant_uuid: Option<String>,
    }
}

impl WazoConfig {
    /// The own tenant of a user, with everything else by default.
    #[must_use]
    pub fn new(
        base_url: impl Into<String>,
        username: impl Into<String>,
        password: SecretString,
    ) -> Self {
        Self {
            base_url: Some(base_url.into()),
            username: Some(username.into()),
            password: Some(password),
            ..Self::default()
        }
    }

    /// Signs in with this token instead of user and password.
    #[must_use]
    pub fn with_token(mut self, token: SecretString) -> Self {
        (self.username, self.password) = (None, None);
        self.token = Some(token);
        self
    }

    /// Sets the tenant to act in.
    #[must_use]
    pub fn with_tenant_uuid(mut self, tenant_uuid: impl Into<String>) -> Self {
        self.tenant_uuid = Some(tenant_uuid.into());
        self
    }

    /// Who the account is: the stack, and the tenant if it is said. Errors: `Config` naming `base_url` or `tenant_uuid`.
    pub(crate) fn identity(&self) -> Result<String> {
        let stack = self.stack()?.to_string();
        let stack = stack.trim_end_matches('/');
        Ok(match self.tenant()? {
            Some(tenant) => format!("{stack}/{tenant}"),
            None => stack.to_owned(),
        })
    }

    /// The tenant, which Wazo reads from a header.
    pub(crate) fn headers(&self) -> Result<HeaderMap> {
        let mut headers = HeaderMap::new();
        if let Some(tenant) = self.tenant()? {
            let value = HeaderValue::from_str(&tenant)
                .map_err(|_| wrong_setting("tenant_uuid", "can't be sent in a header"))?;
            headers.insert(TENANT_HEADER, value);
        }
        Ok(headers)
    }

    /// The credential, checked as far as possible without a request.
    pub(crate) fn auth(&self, profile: &Profile) -> Result<Auth> {
        match (&self.username, &self.password, &self.token) {
            (Some(username), Some(password), None) => {
                if username.is_empty() || username.contains([':', '\n', '\r']) {
                    return Err(wrong_setting("username", "empty, or with a colon in it"));
                }
                let login = Login::new(profile.clone(), username, password.clone())?;
                let name = format!("{PROVIDER}/{}/{username}", self.identity()?);
                // Signing in again costs nothing: there is nothing to keep longer than the process lives.
                let tokens = Renewing::new(name, login, Arc::new(MemoryVault::default()));
                Ok(Auth::Refresh(tokens))
            }
            (None, None, Some(token)) => Ok(Auth::Header {
                name: TOKEN_HEADER,
                value: token.clone(),
            }),
            (None, None, None) => Err(wrong_setting("username", "missing, or a token instead")),
            (Some(_), None, None) => Err(wrong_setting("password", "missing")),
            (None, Some(_), _) => Err(wrong_setting("username", "missing beside the password")),
            (Some(_), _, Some(_)) => Err(wrong_setting(
                "token",
                "either a token, or username and password, not both",
            )),
        }
    }

    /// Where the stack is.
    pub(crate) fn stack(&self) -> Result<Url> {
        let address = self.base_url.clone();
        let mut address = address.ok_or_else(|| wrong_setting("base_url", "missing"))?;
        // However much of the API's path was copied.
        for own_path in ["/1.1", "/confd", "/api"] {
            let url = base_url("base_url", &address, own_path, "https://wazo.example.com")?;
            address = url.into();
        }
        base_url("base_url", &address, "/api", "https://wazo.example.com")
    }

    fn tenant(&self) -> Result<Option<String>> {
        match &self.tenant_uuid {
            None => Ok(None),
            Some(uuid) if is_uuid(uuid) => Ok(Some(uuid.to_ascii_lowercase())),
            Some(_) => Err(wrong_setting(
                "tenant_uuid",
                "not a UUID: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12",
            )),
        }
    }
}

/// What an account configured so can do.
pub(crate) fn capability() -> Capability {
    Capability {
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
        list_filters: vec![ListFilter::Number, ListFilter::Contains, ListFilter::Main],
        list_filters_local: vec![
            ListFilter::Country,
            ListFilter::Type,
            ListFilter::State,
            ListFilter::Features,
        ],
        list_options: options::names::<ListOptions>(),
        page_size_max: PAGE_SIZE_MAX,
        batch_max: 1,
        range_max: RANGE_MAX,
        range_chunk: RANGE_CHUNK,
        writable: vec![
            NumberField::CallerIdName,
            NumberField::Shared,
            NumberField::ProviderOptions,
        ],
        caller_id_method: Some(CallerIdMethod::Directory),
        ..Capability::default()
    }
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;
    use trunkline_http::AdapterConfig;

    use super::*;

    const TENANT: &str = "2B8A52A6-0A0C-4D2F-9D43-5A1F2B3C4D5E";

    fn profile(config: &WazoConfig) -> Result<Profile> {
        let vault = Arc::new(MemoryVault::default());
        config.profile("office".parse().unwrap(), vault)
    }

    fn field_of(settings: &str) -> String {
        let text = format!(r#"{{"base_url": "https://wazo.example.com"{settings}}}"#);
        let config: WazoConfig = serde_json::from_str(&text).unwrap();
        let error = profile(&config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.fields()[0].field.clone()
    }

    fn at(base_url: &str) -> WazoConfig {
        WazoConfig::new(base_url, "trunkline", "s3cret".into())
    }

    #[test]
    fn invalid_setting_is_rejected_by_name() {
        assert_eq!(field_of(""), "username");
        assert_eq!(field_of(r#", "username": "a""#), "password");
        assert_eq!(field_of(r#", "password": "a""#), "username");
        assert_eq!(field_of(r#", "token": "a", "password": "b""#), "username");
        let both = r#", "token": "t", "username": "a", "password": "b""#;
        assert_eq!(field_of(both), "token");
        let colon = r#", "username": "a:b", "password": "b""#;
        assert_eq!(field_of(colon), "username");
        let tenant = r#", "token": "t", "tenant_uuid": "acme""#;
        assert_eq!(field_of(tenant), "tenant_uuid");
        let ca = r#", "token": "t", "ca_file": "/nowhere/ca.pem""#;
        let text = format!(r#"{{"base_url": "https://wazo.example.com"{ca}}}"#);
        let config: WazoConfig = serde_json::from_str(&text).unwrap();
        let error = config.connect(profile(&config).unwrap()).unwrap_err();
        assert_eq!(error.fields()[0].field, "ca_file");
        for base in ["wazo.example.com", "ftp://x"] {
            let error = at(base).identity().unwrap_err();
            assert_eq!(error.fields()[0].field, "base_url", "{base}");
        }
    }

    #[test]
    fn unknown_key_is_an_error() {
        let text = r#"{"base_url": "https://wazo.example.com", "tenant": "t"}"#;
        let error = serde_json::from_str::<WazoConfig>(text).unwrap_err();
        assert!(error.to_string().contains("tenant"));
    }

    #[test]
    fn identity_is_stack_and_tenant_in_any_spelling() {
        let identity = |config: WazoConfig| config.identity().unwrap();
        let lower = at("https://wazo.example.com").with_tenant_uuid(TENANT.to_ascii_lowercase());
        let upper = at("HTTPS://WAZO.example.com:443/").with_tenant_uuid(TENANT);
        assert_eq!(identity(lower.clone()), identity(upper));
        assert_ne!(
            identity(lower),
            identity(at("https://other.example.com").with_tenant_uuid(TENANT))
        );
        for end in ["/", "/api", "/api/confd", "/api/confd/1.1/"] {
            let address = format!("https://wazo.example.com{end}");
            assert_eq!(identity(at(&address)), "https://wazo.example.com", "{end}");
        }
    }

    #[test]
    fn tenant_is_sent_in_a_header() {
        let config = at("https://wazo.example.com").with_tenant_uuid(TENANT);
        let profile = profile(&config).unwrap();
        assert_eq!(
            profile.headers["wazo-tenant"],
            TENANT.to_ascii_lowercase().as_str()
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let config = at("https://wazo.example.com");
        let profile = profile(&config).unwrap();
        let token = config.clone().with_token("s3cret".into());
        assert!(!format!("{config:?} {profile:?} {token:?}").contains("s3cret"));
    }
}
