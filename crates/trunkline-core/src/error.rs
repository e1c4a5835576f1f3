//! One error type for everything that can go wrong, inside and at a carrier.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::mask::one_line;

use crate::capability::Operation;
use crate::model::{AccountName, ProviderName};

/// The result of any trunkline operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

named_enum! {
    /// What went wrong, by what a caller does differently about it.
    #[non_exhaustive]
    ErrorKind {
        /// The request makes no sense; [`Error::fields`] may name what to mend.
        InvalidRequest = "invalid_request",
        /// The caller's own API key was not accepted.
        Unauthenticated = "unauthenticated",
        /// The carrier did not accept the credential of the account.
        CredentialRefused = "credential_refused",
        /// The credential may not do this.
        PermissionDenied = "permission_denied",
        /// There is no such thing.
        NotFound = "not_found",
        /// The number can't be had (any more), or the offer has expired.
        NotAvailable = "not_available",
        /// It is so already, or somebody else is at it.
        Conflict = "conflict",
        /// An address, bundle or identity document is needed first.
        VerificationRequired = "verification_required",
        /// The account is out of funds, or a trial; or a ceiling on what it may spend leaves no room.
        PaymentRequired = "payment_required",
        /// Too many requests; [`Error::retry`] says how long to wait.
        RateLimited = "rate_limited",
        /// The thing exists but can't be changed now.
        Locked = "locked",
        /// The carrier or account lacks this.
        Unsupported = "unsupported",
        /// The carrier can't be reached or answers 5xx.
        UpstreamUnavailable = "upstream_unavailable",
        /// No answer in time.
        Timeout = "timeout",
        /// The carrier answered something unreadable.
        Protocol = "protocol",
        /// The configuration is wrong.
        Config = "config",
        /// A fault in trunkline or its database.
        Internal = "internal",
    }
}

/// May the same request be made again?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// The answer would be the same.
    Never,
    /// After a growing pause.
    Backoff,
    /// After at least this long.
    After(Duration),
}

/// May the carrier have acted on the request that failed?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Certainly not.
    None,
    /// Certainly.
    Applied,
    /// It can't be told: ask before acting again.
    Unknown,
}

/// What the carrier itself said, verbatim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The carrier's own error code, for example `21422`.
    pub code: Option<String>,
    /// The carrier's message.
    pub message: Option<String>,
    /// The carrier's id of the request, to quote to its support.
    pub request_id: Option<String>,
}

/// One input field and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Path of the field as the caller wrote it, for example `voice.url`.
    pub field: String,
    /// What is wrong, for a person.
    pub message: String,
}

/// What went wrong, whether to try again, and whether the carrier may have acted anyway.
///
/// `Display` is one line; `Debug` shows everything, one item a line. Neither holds a secret.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Error(Box<Inner>);

#[derive(Clone, Serialize, Deserialize)]
struct Inner {
    kind: ErrorKind,
    message: String,
    retry: Retry,
    effect: Effect,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<AccountName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    provider: Option<ProviderName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<Operation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    upstream: Option<Upstream>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldError>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purchase: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ids: Vec<String>,
    #[serde(skip)]
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error that is not worth retrying and had no effect; change either with the `with_` methods.
    /// The message is lower case, without a full stop, and holds no secret.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: plain(message.into()),
            retry: Retry::Never,
            effect: Effect::None,
            account: None,
            provider: None,
            operation: None,
            upstream: None,
            fields: Vec::new(),
            purchase: None,
            ids: Vec::new(),
            source: None,
        }))
    }

    /// `invalid_request` about one field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        Self::new(ErrorKind::InvalidRequest, format!("{field}: {message}"))
            .with_field(field, message)
    }

    /// `unsupported`, naming what the provider lacks.
    pub fn unsupported(provider: &ProviderName, operation: Operation) -> Self {
        Self::new(
            ErrorKind::Unsupported,
            format!("{provider} does not offer {}", operation.words()),
        )
        .with_provider(provider.clone())
        .with_operation(operation)
    }

    /// Says it in other words.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Sets whether to try again.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Sets whether the carrier may have acted.
    #[must_use]
    pub fn with_effect(mut self, effect: Effect) -> Self {
        self.0.effect = effect;
        self
    }

    /// Names the account it happened at.
    #[must_use]
    pub fn with_account(mut self, account: AccountName) -> Self {
        self.0.account = Some(account);
        self
    }

    /// Names the provider it happened at.
    #[must_use]
    pub fn with_provider(mut self, provider: ProviderName) -> Self {
        self.0.provider = Some(provider);
        self
    }

    /// Names the operation that failed.
    #[must_use]
    pub fn with_operation(mut self, operation: Operation) -> Self {
        self.0.operation = Some(operation);
        self
    }

    /// Keeps what the carrier said.
    #[must_use]
    pub fn with_upstream(mut self, upstream: Upstream) -> Self {
        self.0.upstream = Some(Upstream {
            status: upstream.status,
            code: upstream.code.map(plain),
            message: upstream.message.map(plain),
            request_id: upstream.request_id.map(plain),
        });
        self
    }

    /// Adds a field to mend.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.0.fields.push(FieldError {
            field: plain(field.into()),
            message: plain(message.into()),
        });
        self
    }

    /// Calls a field by the name that the caller knows it by.
    #[must_use]
    pub fn with_field_renamed(mut self, from: &str, to: &str) -> Self {
        for wrong in &mut self.0.fields {
            if wrong.field == from {
                to.clone_into(&mut wrong.field);
            }
        }
        self
    }

    /// Says that its fields are members of this one.
    #[must_use]
    pub fn with_fields_under(mut self, parent: &str) -> Self {
        for wrong in &mut self.0.fields {
            wrong.field = format!("{parent}.{}", wrong.field);
        }
        self
    }

    /// Names the purchase it is about.
    #[must_use]
    pub fn with_purchase(mut self, purchase: impl Into<String>) -> Self {
        self.0.purchase = Some(purchase.into());
        self
    }

    /// Lists the ids of what the request could have meant.
    #[must_use]
    pub fn with_ids(mut self, ids: Vec<String>) -> Self {
        self.0.ids = ids;
        self
    }

    /// Keeps the cause. It is not stored with a purchase.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message for a person, without account or carrier code.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether to try again.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// Whether the carrier may have acted.
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// The account it happened at.
    pub fn account(&self) -> Option<&AccountName> {
        self.0.account.as_ref()
    }

    /// The provider it happened at.
    pub fn provider(&self) -> Option<&ProviderName> {
        self.0.provider.as_ref()
    }

    /// The operation that failed.
    pub fn operation(&self) -> Option<Operation> {
        self.0.operation
    }

    /// What the carrier said.
    pub fn upstream(&self) -> Option<&Upstream> {
        self.0.upstream.as_ref()
    }

    /// The fields to mend.
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// The purchase it is about.
    pub fn purchase(&self) -> Option<&str> {
        self.0.purchase.as_deref()
    }

    /// What the request could have meant.
    pub fn ids(&self) -> &[String] {
        &self.0.ids
    }

    /// How long to wait before trying again, if that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.0.retry {
            Retry::After(wait) => Some(wait),
            Retry::Never | Retry::Backoff => None,
        }
    }
}

/// Makes a text one line, the carriers' too: errors are shown in logs and on terminals.
fn plain(text: String) -> String {
    match one_line(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(plain) => plain,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(account) = &self.0.account {
            write!(f, "{account}: ")?;
        }
        f.write_str(&self.0.message)?;
        if let Some(code) = self.0.upstream.as_ref().and_then(|u| u.code.as_deref()) {
            write!(f, " (carrier code {code})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            message,
            retry,
            effect,
            ..
        } = &*self.0;
        writeln!(f, "{kind}: {message}")?;
        writeln!(f, "  retry: {retry:?}, effect: {effect:?}")?;
        if let Some(provider) = &self.0.provider {
            writeln!(f, "  provider: {provider}")?;
        }
        if let Some(account) = &self.0.account {
            writeln!(f, "  account: {account}")?;
        }
        if let Some(operation) = self.0.operation {
            writeln!(f, "  operation: {operation}")?;
        }
        if let Some(upstream) = &self.0.upstream {
            writeln!(f, "  upstream: {upstream:?}")?;
        }
        for field in &self.0.fields {
            writeln!(f, "  field {}: {}", field.field, field.message)?;
        }
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            writeln!(f, "  because: {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl PartialEq for Error {
    /// Equal in all that is stored: the cause is not compared.
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (&self.0, &other.0);
        (
            a.kind,
            &a.message,
            a.retry,
            a.effect,
            &a.upstream,
            &a.fields,
        ) == (
            b.kind,
            &b.message,
            b.retry,
            b.effect,
            &b.upstream,
            &b.fields,
        )
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0
            .source
            .as_ref()
            .map(|s| s.as_ref() as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_word_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn an_error_survives_the_journal() {
        let error = Error::invalid("number", "not an E.164 number")
            .with_retry(Retry::After(Duration::from_secs(2)))
            .with_effect(Effect::Unknown)
            .with_upstream(Upstream {
                status: Some(400),
                code: Some("21421".into()),
                ..Upstream::default()
            });
        let stored = serde_json::to_string(&error).unwrap();
        assert_eq!(serde_json::from_str::<Error>(&stored).unwrap(), error);
    }

    #[test]
    fn carrier_text_with_control_characters_is_made_one_plain_line() {
        let bad = "21422\nERROR forged \u{1b}[31m\u{202e}";
        let upstream = Upstream {
            status: Some(400),
            code: Some(bad.into()),
            message: Some(bad.into()),
            request_id: Some(bad.into()),
        };
        let error = Error::new(ErrorKind::Protocol, bad)
            .with_field(bad, bad)
            .with_upstream(upstream);
        let shown = format!("{error} {} {:?}", error.message(), error.fields());
        let told = error
            .upstream()
            .map(|u| format!("{u:?}"))
            .unwrap_or_default();
        for text in [shown, told] {
            assert!(
                !text.contains(['\n', '\u{1b}', '\u{202e}']) && text.contains('\u{fffd}'),
                "{text}"
            );
        }
        assert!(!format!("{error:?}").contains("\nERROR"));
    }

    #[test]
    fn debug_shows_the_cause_and_display_is_one_line() {
        let cause = std::io::Error::other("disk on fire");
        let error = Error::new(ErrorKind::Internal, "can't write the journal").with_source(cause);
        assert_eq!(error.to_string(), "can't write the journal");
        assert!(format!("{error:?}").contains("because: disk on fire"));
    }
}
