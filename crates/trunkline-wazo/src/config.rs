//! The configuration of one tenant of a Wazo stack, and what it can do.

use std::path::PathBuf;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde::Deserialize;
use trunkline_core::capability::{ListFilter, NumberField};
use trunkline_core::vault::MemoryVault;
use trunkline_core::{AccountName, CallerIdMethod, Capability, Operation, OperationSet, Result};
use trunkline_http::wire::{is_uuid, wrong_setting};
use trunkline_http::{Auth, Limits, Profile, Renewing, base_url, options};
use url::Url;

use crate::PROVIDER;
use crate::error::explain;
use crate::login::{Login, TOKEN_HEADER};
use crate::request::{ListOptions, PAGE_SIZE_MAX};

const TENANT_HEADER: HeaderName = HeaderName::from_static("wazo-tenant");

/// Most numbers in one range (Wazo's own limit).
pub(crate) const RANGE_MAX: usize = 10_000;

/// Most numbers of a range that are asked for at once. Wazo makes them one by one, at some milliseconds each, before it
/// answers.
pub(crate) const RANGE_CHUNK: usize = 500;

const OPERATIONS: [Operation; 14] = [
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
];

/// One tenant of a Wazo stack. Give either `username` and `password`, or `token`.
///
/// `Debug` shows no secret: the secrets hide themselves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WazoConfig {
    /// Where the stack is, without `/api`: `https://wazo.example.com`.
    pub base_url: String,
    /// The user that signs in at wazo-auth.
    #[serde(default)]
    pub username: Option<String>,
    /// The user's password.
    #[serde(default)]
    pub password: Option<SecretString>,
    /// A token that was had elsewhere. It is not renewed: when it expires, so does the account.
    #[serde(default)]
    pub token: Option<SecretString>,
    /// The tenant to act in: that of the user or one below it, default the user's own. Set it where
    /// several accounts share a stack: without it they are taken for one.
    #[serde(default)]
    pub tenant_uuid: Option<String>,
    /// A PEM file of certificates that are trusted beside those of the machine: the stack's
    /// own, or those of an authority of your own.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The forward proxy that leads to the carrier, `http://proxy.example.com:3128`, or `direct` for none. Unless said, that
    /// of the environment. It may hold a password.
    #[serde(default)]
    pub proxy: Option<SecretString>,
    /// Limits of the request rate; default ten requests at once.
    #[serde(default)]
    pub limits: Limits,
    /// Lets `base_url` be plain http on a host that is not this one.
    #[serde(default)]
    pub allow_http: bool,
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
            base_url: base_url.into(),
            username: Some(username.into()),
            password: Some(password),
            token: None,
            tenant_uuid: None,
            ca_file: None,
            proxy: None,
            limits: Limits::default(),
            allow_http: false,
        }
    }

    /// Signs in with this token instead of user and password.
    #[must_use]
    pub fn with_token(mut self, token: SecretString) -> Self {
        (self.username, self.password) = (None, None);
        self.token = Some(token);
        self
    }

    /// Sets where the stack is.
    #[must_use]
    pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Sets the tenant to act in.
    #[must_use]
    pub fn with_tenant_uuid(mut self, tenant_uuid: impl Into<String>) -> Self {
        self.tenant_uuid = Some(tenant_uuid.into());
        self
    }

    /// Who the account is: the stack, and the tenant if it is said.
    ///
    /// # Errors
    /// `Config` naming `base_url` or `tenant_uuid`.
    pub(crate) fn identity(&self) -> Result<String> {
        let stack = self.stack()?.to_string();
        let stack = stack.trim_end_matches('/');
        Ok(match self.tenant()? {
            Some(tenant) => format!("{stack}/{tenant}"),
            None => stack.to_owned(),
        })
    }

    /// What the pipeline must know to call the stack for this account.
    ///
    /// # Errors
    /// `Config` naming the setting that is missing or wrong.
    pub fn profile(&self, account: AccountName) -> Result<Profile> {
        // The credential of the login is put in its place below.
        let nobody = Auth::InBody(Vec::new());
        let profile = Profile::new(account, PROVIDER.clone(), self.stack()?, nobody, explain)
            .with_request_id_header(crate::REQUEST_ID_HEADER)
            .with_limits(self.limits.clone())
            .with_ca_file(self.ca_file.clone())
            .with_proxy(self.proxy.clone())
            .with_allow_http(self.allow_http);
        let mut headers = HeaderMap::new();
        if let Some(tenant) = self.tenant()? {
            let value = HeaderValue::from_str(&tenant)
                .map_err(|_| wrong_setting("tenant_uuid", "can't be sent in a header"))?;
            headers.insert(TENANT_HEADER, value);
        }
        Ok(Profile {
            auth: self.auth(&profile)?,
            ..profile
        }
        .with_headers(headers))
    }

    /// Checks the credential, as far as that takes no request.
    fn auth(&self, profile: &Profile) -> Result<Auth> {
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

    fn stack(&self) -> Result<Url> {
        let mut address = self.base_url.clone();
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
        operations: OperationSet::of(&OPERATIONS),
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

    use super::*;

    const TENANT: &str = "2B8A52A6-0A0C-4D2F-9D43-5A1F2B3C4D5E";

    fn field_of(settings: &str) -> String {
        let text = format!(r#"{{"base_url": "https://wazo.example.com"{settings}}}"#);
        let config: WazoConfig = serde_json::from_str(&text).unwrap();
        let error = config.profile("office".parse().unwrap()).unwrap_err();
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
        let error = crate::Wazo::new("office".parse().unwrap(), &config).unwrap_err();
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
        let profile = config.profile("office".parse().unwrap()).unwrap();
        assert_eq!(
            profile.headers["wazo-tenant"],
            TENANT.to_ascii_lowercase().as_str()
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let config = at("https://wazo.example.com");
        let profile = config.profile("office".parse().unwrap()).unwrap();
        let token = config.clone().with_token("s3cret".into());
        assert!(!format!("{config:?} {profile:?} {token:?}").contains("s3cret"));
    }
}
