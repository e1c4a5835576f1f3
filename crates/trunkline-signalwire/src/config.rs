//! The configuration of one SignalWire project, and what such an account can do.

use secrecy::SecretString;
use trunkline_core::capability::{ListFilter, NumberField, SearchFilter};
use trunkline_core::{
    CallerIdMethod, Capability, CountryCode, NumberType, Operation, OperationSet, ProviderName,
    Result,
};
use trunkline_http::wire::{is_uuid, wrong_setting};
use trunkline_http::{Auth, base_url};
use url::Url;

/// The provider name of this adapter, `signalwire`.
pub static PROVIDER: ProviderName = ProviderName::new("signalwire");

trunkline_http::account_settings! {
    /// One SignalWire project. Give either `space_url` or `base_url`: every space has its own host. SignalWire takes 13 800
    /// writes in 10 seconds from a space, far more than the default limits allow.
    ///
    /// `Debug` shows no secret: the token hides itself.
    pub struct SignalWireConfig {
        /// The space: `acme.signalwire.com`, with or without `https://`.
        pub space_url: Option<String>,
        /// The project, a UUID. It is the user name.
        pub project_id: String,
        /// An API token of the project with the scopes Numbers and Voice.
        pub api_token: SecretString,
        /// Lets a number be routed to a Relay context, which SignalWire has deprecated in favour of topics and
        /// applications. They are shown in any case.
        #[serde(default)]
        pub allow_deprecated: bool,
    }
}

impl SignalWireConfig {
    /// A project with its token. It still needs its space or a base URL.
    #[must_use]
    pub fn new(project_id: impl Into<String>, api_token: SecretString) -> Self {
        Self {
            project_id: project_id.into(),
            api_token,
            ..Self::default()
        }
    }

    /// Sets the space.
    #[must_use]
    pub fn with_space_url(mut self, space_url: impl Into<String>) -> Self {
        self.space_url = Some(space_url.into());
        self
    }

    pub(crate) fn auth(&self) -> Result<Auth> {
        Ok(Auth::Basic {
            user: self.identity()?,
            password: self.api_token.clone(),
        })
    }

    /// The project, in the spelling by which two are compared.
    pub(crate) fn identity(&self) -> Result<String> {
        if !is_uuid(&self.project_id) {
            return Err(wrong_setting("project_id", "not a UUID"));
        }
        Ok(self.project_id.to_ascii_lowercase())
    }

    /// Where the API is: `base_url`, else the space.
    pub(crate) fn api(&self) -> Result<Url> {
        if let Some(base_url) = &self.base_url {
            return url("base_url", base_url);
        }
        let Some(space) = &self.space_url else {
            return Err(wrong_setting("space_url", "missing, and so is base_url"));
        };
        let space = space.trim_end_matches('/');
        if space.contains("://") {
            url("space_url", space)
        } else {
            url("space_url", &format!("https://{space}"))
        }
    }
}

/// The filters that SignalWire applies itself.
pub(crate) const SEARCH_FILTERS: [SearchFilter; 4] = [
    SearchFilter::AreaCode,
    SearchFilter::Contains,
    SearchFilter::Region,
    SearchFilter::Locality,
];

/// The fields of a number that can be changed.
pub(crate) const WRITABLE: [NumberField; 5] = [
    NumberField::Label,
    NumberField::Voice,
    NumberField::Messaging,
    NumberField::EmergencyAddressId,
    NumberField::ProviderOptions,
];

/// Up to 1000 rows per page (upstream limit of every list).
pub(crate) const PAGE_SIZE_MAX: usize = 1000;

/// Up to 100 numbers per search (upstream limit of `max_results`).
pub(crate) const SEARCH_MAX: usize = 100;

/// A number can't be released earlier, in a trial account not for 30 days.
pub(crate) const RELEASE_COOLDOWN_DAYS: u32 = 14;

fn url(field: &'static str, text: &str) -> Result<Url> {
    base_url(
        field,
        text,
        "/api/relay/rest",
        "https://acme.signalwire.com",
    )
}

/// What a project can do; it is the same for all of them.
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
            Operation::StartCallerId,
            Operation::CompleteCallerId,
            Operation::ResendCallerId,
            Operation::ListCallerIds,
            Operation::GetCallerId,
            Operation::UpdateCallerId,
            Operation::DeleteCallerId,
            Operation::CheckHealth,
        ]),
        number_types: vec![NumberType::Local, NumberType::TollFree],
        countries: Some(vec![CountryCode::US, CountryCode::CA]),
        search_filters: SEARCH_FILTERS.to_vec(),
        search_filters_local: vec![SearchFilter::Features],
        search_limit_max: SEARCH_MAX,
        list_filters: vec![ListFilter::Number, ListFilter::Contains, ListFilter::Label],
        list_filters_local: vec![
            ListFilter::Country,
            ListFilter::Type,
            ListFilter::State,
            ListFilter::Features,
        ],
        page_size_max: PAGE_SIZE_MAX,
        writable: WRITABLE.to_vec(),
        caller_id_method: Some(CallerIdMethod::CallSubmitCode),
        release_cooldown_days: RELEASE_COOLDOWN_DAYS,
        ..Capability::default()
    }
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;

    use super::*;

    const PROJECT: &str = "5Ca1ab1e-0000-4000-8000-00000000000a";

    fn config() -> SignalWireConfig {
        SignalWireConfig::new(PROJECT, "secret".into())
    }

    fn field_of(config: &SignalWireConfig) -> (ErrorKind, String) {
        let wrong = config.auth().and_then(|_| config.api());
        let error = wrong.unwrap_err();
        (error.kind(), error.fields()[0].field.clone())
    }

    fn host(config: &SignalWireConfig) -> String {
        config.api().unwrap().to_string()
    }

    #[test]
    fn invalid_value_names_its_field() {
        let kind = ErrorKind::Config;
        assert_eq!(field_of(&config()), (kind, "space_url".into()));
        let spaced = config().with_space_url("acme signalwire");
        assert_eq!(field_of(&spaced), (kind, "space_url".into()));
        let odd = config().with_base_url("ftp://x");
        assert_eq!(field_of(&odd), (kind, "base_url".into()));
        for project in ["", "5ca1ab1e", "5ca1ab1e-0000-4000-8000-00000000000g"] {
            let config = SignalWireConfig::new(project, "t".into()).with_space_url("a.example");
            assert_eq!(field_of(&config), (kind, "project_id".into()), "{project}");
        }
    }

    #[test]
    fn a_space_is_a_host_or_an_address_and_a_base_url_comes_before_it() {
        for space in ["acme.signalwire.com", "https://acme.signalwire.com/"] {
            let config = config().with_space_url(space);
            assert_eq!(host(&config), "https://acme.signalwire.com/");
        }
        let both = config()
            .with_space_url("acme.signalwire.com")
            .with_base_url("http://127.0.0.1:9102");
        assert_eq!(host(&both), "http://127.0.0.1:9102/");
        let copied = config().with_space_url("https://acme.signalwire.com/api/relay/rest/");
        assert_eq!(host(&copied), "https://acme.signalwire.com/");
    }

    #[test]
    fn one_project_is_one_identity_in_either_case() {
        assert_eq!(config().identity().unwrap(), PROJECT.to_ascii_lowercase());
    }

    #[test]
    fn an_unknown_key_and_a_missing_token_are_errors() {
        for (text, word) in [
            (r#"{"project_id": "x", "api_tokn": "t"}"#, "api_tokn"),
            (r#"{"project_id": "x"}"#, "api_token"),
        ] {
            let error = serde_json::from_str::<SignalWireConfig>(text).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let config = SignalWireConfig::new(PROJECT, "hunter2".into());
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
