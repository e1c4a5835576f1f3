//! The configured accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{AccountName, Caller, CountryCode, Money, NumberType, Tenant};
use crate::provider::Provider;
use crate::provider::guard::Guarded;
use crate::service::spend::Ceilings;
use std::time::Duration;

/// What a kind of number costs, as the operator says.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// The country.
    pub country: CountryCode,
    /// The type.
    pub number_type: NumberType,
    /// A month.
    pub monthly: Money,
    /// The purchase itself.
    pub setup: Option<Money>,
}

/// An account with what the operator says of it.
#[derive(Clone, Debug)]
pub struct AccountEntry {
    /// The adapter, guarded.
    pub provider: Arc<dyn Provider>,
    /// Who it belongs to.
    pub tenant: Tenant,
    /// Higher goes first where a strategy asks for it.
    pub priority: i32,
    /// How long an unknown purchase must stay absent to be presumed failed.
    pub settle: Duration,
    /// How long a release can be undone before it is sent; none if zero.
    pub quarantine: Duration,
    /// Prices where the carrier gives none.
    pub prices: Vec<Price>,
    /// What its purchases may cost together.
    pub ceilings: Ceilings,
}

impl AccountEntry {
    /// The settling time unless configured: 30 s.
    pub const SETTLE: Duration = Duration::from_secs(30);

    /// An account of the default tenant with nothing else said.
    #[must_use]
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self {
            provider,
            tenant: Tenant::default(),
            priority: 0,
            settle: Self::SETTLE,
            quarantine: Duration::ZERO,
            prices: Vec::new(),
            ceilings: Ceilings::default(),
        }
    }
}

/// The configured accounts, by name. Nothing registers itself: [`Registry::insert`] is called in one visible place.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    accounts: BTreeMap<AccountName, AccountEntry>,
}

impl Registry {
    /// Adds an account, wrapped in [`Guarded`].
    ///
    /// # Errors
    /// `Config` if the name, or the identity at the carrier, is there already.
    pub fn insert(&mut self, mut entry: AccountEntry) -> Result<()> {
        let name = entry.provider.account().clone();
        let (provider, identity) = (entry.provider.provider(), entry.provider.identity());
        let twin = self.accounts.values().find(|other| {
            other.provider.provider() == provider && other.provider.identity() == identity
        });
        if let Some(twin) = twin {
            let other = twin.provider.account();
            let message =
                format!("accounts {other} and {name} are the same {provider} account {identity}");
            return Err(Error::new(ErrorKind::Config, message));
        }
        if self.accounts.contains_key(&name) {
            return Err(Error::new(
                ErrorKind::Config,
                format!("two accounts are named {name}"),
            ));
        }
        entry.provider = Arc::new(Guarded::new(entry.provider));
        self.accounts.insert(name, entry);
        Ok(())
    }

    /// The account of this name.
    #[must_use]
    pub fn get(&self, account: &str) -> Option<&AccountEntry> {
        self.accounts.get(account)
    }

    /// The account of this name, if the caller sees it.
    ///
    /// # Errors
    /// `NotFound`, whether there is none or it is another's.
    pub fn of_caller(&self, caller: &Caller, account: &str) -> Result<&AccountEntry> {
        self.get(account)
            .filter(|entry| caller.sees(&entry.tenant, account))
            .ok_or_else(|| {
                let message = format!("no account {account}");
                Error::new(ErrorKind::NotFound, message.clone()).with_field("account", message)
            })
    }

    /// The accounts that the caller sees, by name.
    pub fn visible(&self, caller: &Caller) -> impl Iterator<Item = &AccountEntry> {
        self.iter()
            .filter(|entry| caller.sees(&entry.tenant, entry.provider.account().as_str()))
    }

    /// All accounts, by name.
    pub fn iter(&self) -> impl Iterator<Item = &AccountEntry> {
        self.accounts.values()
    }
}
