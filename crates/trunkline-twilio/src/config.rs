//! The configuration of one Twilio account, and what such an account can do.

use secrecy::SecretString;
use trunkline_core::capability::{ListFilter, NumberField, SearchFilter};
use trunkline_core::{
    CallerIdMethod, Capability, NumberType, Operation, OperationSet, ProviderName, Result,
};
use trunkline_http::wire::wrong_setting;
use trunkline_http::{Auth, base_url};
use url::Url;

use crate::words::MACHINE_TO_MACHINE;

/// The provider name of this adapter, `twilio`.
pub static PROVIDER: ProviderName = ProviderName::new("twilio");

const BASE_URL: &str = "https://api.twilio.com";
const PRICING_URL: &str = "https://pricing.twilio.com";

trunkline_http::account_settings! {
    /// One Twilio account. Give either `auth_token`, or `api_key_sid` and `api_key_secret`. Twilio limits requests in flight,
    /// not per second: the cap of ten shrinks when Twilio objects.
    ///
    /// `Debug` shows no secret: the secrets hide themselves.
    pub struct TwilioConfig {
        /// The account: `AC` and 32 hexadecimal digits. A subaccount takes its own token or, beside `parent_account_sid`,
        /// its parent's.
        pub account_sid: String,
        /// The account whose token `auth_token` is, where that is the parent of a subaccount: `AC` and 32 hexadecimal
        /// digits. Verification calls are not called back then: those are signed with the subaccount's own token.
        pub parent_account_sid: Option<String>,
        /// The account's auth token, or the parent's.
        pub auth_token: Option<SecretString>,
        /// An API key: `SK` and 32 hexadecimal digits. A key of the main account can't reach a subaccount.
        pub api_key_sid: Option<String>,
        /// The secret of the API key.
        pub api_key_secret: Option<SecretString>,
        /// Where the price lists are; default `https://pricing.twilio.com`, or `base_url` if that is a host of your own.
        pub pricing_url: Option<String>,
    }
}

impl TwilioConfig {
    /// An account with its auth token and everything else by default.
    #[must_use]
    pub fn new(account_sid: impl Into<String>, auth_token: SecretString) -> Self {
        Self {
            account_sid: account_sid.into(),
            auth_token: Some(auth_token),
            ..Self::default()
        }
    }

    /// What an account configured so can do. Away from the home region it has no caller IDs:
    /// Twilio's regions do not share the verified ones.
    ///
    /// # Errors
    /// `Config` naming `base_url` if it is no URL.
    pub fn capability(&self) -> Result<Capability> {
        Ok(capability(is_home_region(&self.api()?)))
    }

    pub(crate) fn api(&self) -> Result<Url> {
        url("base_url", self.base_url.as_deref().unwrap_or(BASE_URL))
    }

    /// Twilio's own hosts share one price list; anything else serves its own.
    pub(crate) fn pricing(&self) -> Result<Url> {
        match &self.pricing_url {
            Some(own) => url("pricing_url", own),
            None => {
                let api = self.api()?;
                if is_twilio(&api) {
                    url("pricing_url", PRICING_URL)
                } else {
                    Ok(api)
                }
            }
        }
    }

    /// The credential, checked as far as possible without a request.
    pub(crate) fn auth(&self) -> Result<Auth> {
        if !is_sid(&self.account_sid, "AC") {
            return Err(wrong_setting("account_sid", "AC and 32 hexadecimal digits"));
        }
        if let Some(parent) = &self.parent_account_sid {
            if !is_sid(parent, "AC") || *parent == self.account_sid {
                let message = "AC and 32 hexadecimal digits, those of another account";
                return Err(wrong_setting("parent_account_sid", message));
            }
            if self.auth_token.is_none() {
                let message = "missing beside parent_account_sid: an API key reaches no subaccount";
                return Err(wrong_setting("auth_token", message));
            }
        }
        match (&self.auth_token, &self.api_key_sid, &self.api_key_secret) {
            (Some(token), None, None) => Ok(Auth::Basic {
                user: self
                    .parent_account_sid
                    .as_ref()
                    .unwrap_or(&self.account_sid)
                    .clone(),
                password: token.clone(),
            }),
            (None, Some(key), Some(_)) if !is_sid(key, "SK") => {
                Err(wrong_setting("api_key_sid", "SK and 32 hexadecimal digits"))
            }
            (None, Some(key), Some(secret)) => Ok(Auth::Basic {
                user: key.clone(),
                password: secret.clone(),
            }),
            (None, Some(_), None) => Err(wrong_setting(
                "api_key_secret",
                "missing beside api_key_sid",
            )),
            (None, None, Some(_)) => Err(wrong_setting(
                "api_key_sid",
                "missing beside api_key_secret",
            )),
            (None, None, None) => Err(wrong_setting(
                "auth_token",
                "missing, and so are api_key_sid and api_key_secret",
            )),
            (Some(_), _, _) => Err(wrong_setting(
                "auth_token",
                "either this or api_key_sid and api_key_secret, not both",
            )),
        }
    }
}

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

const NUMBERS: [Operation; 10] = [
    Operation::SearchAvailable,
    Operation::Purchase,
    Operation::List,
    Operation::Get,
    Operation::FindOwned,
    Operation::Update,
    Operation::Release,
    Operation::CheckHealth,
    Operation::ListPrices,
    Operation::ListCountries,
];

const CALLER_IDS: [Operation; 6] = [
    Operation::StartCallerId,
    Operation::ResendCallerId,
    Operation::ListCallerIds,
    Operation::GetCallerId,
    Operation::UpdateCallerId,
    Operation::DeleteCallerId,
];

fn number_types() -> Vec<NumberType> {
    vec![
        NumberType::Local,
        NumberType::Mobile,
        NumberType::TollFree,
        NumberType::National,
        NumberType::SharedCost,
        NumberType::Voip,
        NumberType::Other(MACHINE_TO_MACHINE.to_owned()),
    ]
}

/// Whether a text is a sid: two letters that name its kind, and 32 hexadecimal digits.
pub(crate) fn is_sid(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|hex| hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_twilio(url: &Url) -> bool {
    url.host_str()
        .is_some_and(|host| host == "twilio.com" || host.ends_with(".twilio.com"))
}

/// Twilio's hosts are `api`, then optionally an edge, then optionally a region; `us1` is the home.
fn is_home_region(url: &Url) -> bool {
    let labels = url
        .host_str()
        .and_then(|host| host.strip_suffix(".twilio.com"));
    match labels.and_then(|labels| labels.split_once('.')) {
        Some((_, rest)) => rest.rsplit('.').next() == Some("us1"),
        None => true,
    }
}

fn url(field: &'static str, text: &str) -> Result<Url> {
    base_url(field, text, "/2010-04-01", BASE_URL)
}

/// What an account with or without caller IDs can do.
pub(crate) fn capability(caller_ids: bool) -> Capability {
    let operations = if caller_ids {
        OperationSet::of(&[NUMBERS.as_slice(), CALLER_IDS.as_slice()].concat())
    } else {
        OperationSet::of(&NUMBERS)
    };
    Capability {
        operations,
        number_types: number_types(),
        search_filters: SearchFilter::ALL.to_vec(),
        search_limit_max: PAGE_SIZE_MAX,
        list_filters: vec![ListFilter::Number, ListFilter::Contains, ListFilter::Label],
        list_filters_local: vec![
            ListFilter::Country,
            ListFilter::Type,
            ListFilter::State,
            ListFilter::Features,
        ],
        page_size_max: PAGE_SIZE_MAX,
        writable: WRITABLE.to_vec(),
        caller_id_method: caller_ids.then_some(CallerIdMethod::CallEnterCode),
        // Answered 201 with the number as it is held.
        repeated_purchase_is_safe: true,
        ..Capability::default()
    }
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;

    use super::*;

    const SID: &str = "AC0123456789abcdef0123456789abcdef";

    fn config(json: &str) -> TwilioConfig {
        serde_json::from_str(json).unwrap()
    }

    fn field_of(json: &str) -> String {
        config(json).auth().unwrap_err().fields()[0].field.clone()
    }

    fn with_base(base_url: &str) -> TwilioConfig {
        TwilioConfig::new(SID, "secret".into()).with_base_url(base_url)
    }

    #[test]
    fn invalid_value_names_its_field() {
        assert_eq!(field_of(r#"{"account_sid": "AC12"}"#), "account_sid");
        let with = |rest: &str| field_of(&format!(r#"{{"account_sid": "{SID}"{rest}}}"#));
        assert_eq!(with(""), "auth_token");
        assert_eq!(with(r#", "api_key_sid": "SK1""#), "api_key_secret");
        assert_eq!(with(r#", "api_key_secret": "x""#), "api_key_sid");
        assert_eq!(
            with(r#", "api_key_sid": "SK1", "api_key_secret": "x""#),
            "api_key_sid"
        );
        assert_eq!(
            with(r#", "auth_token": "t", "api_key_secret": "x""#),
            "auth_token"
        );
        let error = with_base("ftp://x").capability().unwrap_err();
        assert_eq!(
            (error.kind(), error.fields()[0].field.as_str()),
            (ErrorKind::Config, "base_url")
        );
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        let text = format!(r#"{{"account_sid": "{SID}", "auth_tokn": "t"}}"#);
        let error = serde_json::from_str::<TwilioConfig>(&text).unwrap_err();
        assert!(error.to_string().contains("auth_tokn"));
    }

    #[test]
    fn prices_are_asked_where_the_api_is_unless_that_is_twilio() {
        let host = |config: TwilioConfig| config.pricing().unwrap().host_str().unwrap().to_owned();
        assert_eq!(
            host(TwilioConfig::new(SID, "t".into())),
            "pricing.twilio.com"
        );
        assert_eq!(
            host(with_base("https://api.dublin.ie1.twilio.com")),
            "pricing.twilio.com"
        );
        assert_eq!(host(with_base("http://127.0.0.1:9101")), "127.0.0.1");
        let own = TwilioConfig {
            pricing_url: Some("https://prices.example.com".to_owned()),
            ..with_base("http://127.0.0.1:9101")
        };
        assert_eq!(host(own), "prices.example.com");
    }

    #[test]
    fn caller_ids_exist_in_the_home_region_only() {
        let offers = |base: &str| {
            let capability = with_base(base).capability().unwrap();
            assert_eq!(
                capability.caller_id_method.is_some(),
                capability.supports(Operation::ListCallerIds)
            );
            capability.supports(Operation::StartCallerId)
        };
        assert!(offers("https://api.twilio.com") && offers("https://api.ashburn.us1.twilio.com"));
        assert!(offers("http://localhost:9101") && offers("https://api.us1.twilio.com"));
        assert!(!offers("https://api.dublin.ie1.twilio.com"));
        assert!(!offers("https://api.au1.twilio.com"));
    }

    #[test]
    fn an_api_key_signs_in_for_the_account() {
        let text = format!(
            r#"{{"account_sid": "{SID}", "api_key_sid": "SK0123456789abcdef0123456789abcdef", "api_key_secret": "s"}}"#
        );
        let Auth::Basic { user, .. } = config(&text).auth().unwrap() else {
            panic!("no user")
        };
        assert_eq!(user, "SK0123456789abcdef0123456789abcdef");
    }

    #[test]
    fn a_subaccount_may_sign_in_with_the_sid_and_token_of_its_parent() {
        let parent = "ACffffffffffffffffffffffffffffffff";
        let mut config = TwilioConfig::new(SID, "parents-token".into());
        config.parent_account_sid = Some(parent.to_owned());
        let Auth::Basic { user, .. } = config.auth().unwrap() else {
            panic!("no user")
        };
        assert_eq!(user, parent);
        let field = |rest: &str| field_of(&format!(r#"{{"account_sid": "{SID}", {rest}}}"#));
        assert_eq!(
            field(r#""parent_account_sid": "AC1", "auth_token": "t""#),
            "parent_account_sid"
        );
        let own = format!(r#""parent_account_sid": "{SID}", "auth_token": "t""#);
        assert_eq!(field(&own), "parent_account_sid");
        let key = format!(
            r#""parent_account_sid": "{parent}", "api_key_sid": "SK1", "api_key_secret": "s""#
        );
        assert_eq!(field(&key), "auth_token");
    }

    #[test]
    fn the_path_of_the_api_may_stand_in_its_address() {
        let config = with_base("https://gw.example.com/twilio/2010-04-01/");
        let api = config.api().unwrap();
        assert_eq!(api.as_str(), "https://gw.example.com/twilio");
    }

    #[test]
    fn debug_shows_no_secret() {
        let mut config = TwilioConfig::new(SID, "hunter2".into());
        config.api_key_secret = Some("hunter3".into());
        assert!(!format!("{config:?}").contains("hunter"));
    }
}
