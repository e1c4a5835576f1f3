//! What each account contributed to an answer, or why it did not.

use std::borrow::Cow;
use std::time::Duration;

use trunkline_core::error::{Error, ErrorKind, Retry};
use trunkline_core::model::{AccountName, ProviderData, ProviderName};
use trunkline_core::named_enum;

named_enum! {
    /// How an account did.
    SourceStatus {
        /// It answered, whole.
        Ok = "ok",
        /// It answered in part.
        Partial = "partial",
        /// Its turn has not come.
        Pending = "pending",
        /// It can't answer this.
        Unsupported = "unsupported",
        /// It is held back by its carrier's limit.
        RateLimited = "rate_limited",
        /// It did not answer in time.
        Timeout = "timeout",
        /// It failed.
        Error = "error",
    }
}

impl SourceStatus {
    /// The status that an error gives.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Unsupported => Self::Unsupported,
            ErrorKind::RateLimited => Self::RateLimited,
            ErrorKind::Timeout => Self::Timeout,
            _ => Self::Error,
        }
    }
}

/// Who applied the filters of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filters {
    /// The carrier did.
    pub native: Vec<Cow<'static, str>>,
    /// trunkline did, to what the carrier answered.
    pub local: Vec<Cow<'static, str>>,
    /// Nobody can.
    pub unsupported: Vec<Cow<'static, str>>,
}

impl Filters {
    /// Notes filters that were applied here.
    pub(crate) fn also_local(&mut self, names: &[&'static str]) {
        for name in names {
            if !self.local.iter().any(|known| known == name) {
                self.local.push((*name).into());
            }
        }
    }
}

/// One account's part in an answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Source {
    /// The account.
    pub account: AccountName,
    /// Its provider.
    pub provider: ProviderName,
    /// How it did.
    pub status: SourceStatus,
    /// How many items it gave.
    pub count: usize,
    /// How long it took.
    pub latency: Duration,
    /// Whether it has more than was asked for.
    pub truncated: bool,
    /// Who applied the filters.
    pub filters: Filters,
    /// What the carrier says about the list as a whole, for example Webex's counts.
    pub provider_data: ProviderData,
    /// Why it failed.
    pub error: Option<Error>,
}

impl Source {
    /// A source whose turn has not come.
    #[must_use]
    pub fn pending(account: AccountName, provider: ProviderName) -> Self {
        Self {
            account,
            provider,
            status: SourceStatus::Pending,
            count: 0,
            latency: Duration::ZERO,
            truncated: false,
            filters: Filters::default(),
            provider_data: ProviderData::default(),
            error: None,
        }
    }

    /// Says that it failed.
    pub(crate) fn fail(&mut self, error: Error) {
        self.status = SourceStatus::of(&error);
        self.error = Some(error);
    }

    /// Says that the carrier's list changed while it was read: what is missing may be a number that is paid for.
    pub(crate) fn shift(&mut self) {
        let message = "the carrier's list changed while its pages were read: rows may be missing, read it again";
        self.status = SourceStatus::Partial;
        self.error = Some(Error::new(ErrorKind::Protocol, message).with_retry(Retry::Backoff));
    }

    /// Says that rows could not be read: what is missing may be a number that is paid for.
    pub(crate) fn miss(&mut self, rows: usize) {
        let message = format!("{rows} rows of the carrier's could not be read");
        self.status = SourceStatus::Partial;
        self.error = Some(Error::new(ErrorKind::Protocol, message));
    }
}
