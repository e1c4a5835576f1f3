//! The labels of one account's metrics.

use std::sync::Arc;

use metrics::{Label, SharedString};

use crate::capability::Operation;
use crate::model::{AccountName, ProviderName};

/// The labels of one account's metrics; making a set of them copies no text.
#[derive(Clone, Debug)]
pub struct AccountLabels {
    account: SharedString,
    provider: SharedString,
}

impl AccountLabels {
    /// The labels of this account.
    #[must_use]
    pub fn new(account: &AccountName, provider: &ProviderName) -> Self {
        Self {
            account: SharedString::from(Arc::<str>::from(account.as_str())),
            provider: SharedString::from(Arc::<str>::from(provider.as_str())),
        }
    }

    /// `provider` and `operation`.
    pub(super) fn of_provider(&self, operation: Operation) -> Vec<Label> {
        vec![
            Label::new("provider", self.provider.clone()),
            Label::from_static_parts("operation", operation.as_str()),
        ]
    }

    /// `account` and `provider`.
    pub fn labels(&self) -> Vec<Label> {
        vec![
            Label::new("account", self.account.clone()),
            Label::new("provider", self.provider.clone()),
        ]
    }

    /// The same with another label.
    pub fn with(&self, name: &'static str, value: &'static str) -> Vec<Label> {
        let mut labels = self.labels();
        labels.push(Label::from_static_parts(name, value));
        labels
    }
}
