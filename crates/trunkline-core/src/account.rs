//! An account at a carrier, as a program describes it. Nothing is asked of the carrier until it is in use.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::{AccountName, Tenant};
use crate::provider::Provider;
use crate::quota::Limits;
use crate::registry::{AccountEntry, Price, Terms};
use crate::vault::TokenVault;

/// Longest settling time and tolerance: longer ones would not tell purchases of one day apart.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What an adapter is made with, beside its own configuration.
#[derive(Debug)]
#[non_exhaustive]
pub struct Connect {
    /// Name of the account.
    pub name: AccountName,
    /// Where the carrier's API is, in place of its usual address.
    pub base_url: Option<String>,
    /// How hard to press, in place of the adapter's default.
    pub limits: Option<Limits>,
    /// Where tokens that rotate are kept.
    pub vault: Arc<dyn TokenVault>,
}

type Make = Box<dyn FnOnce(Connect) -> Result<Arc<dyn Provider>> + Send + Sync>;

/// An account at a carrier: each adapter has functions that make one, `account` from what a simple sign-in needs and
/// `configured` from everything that the adapter can be told. What is wrong with it is said when it is put to use.
///
/// `Debug` shows no credential.
#[must_use]
pub struct Account {
    name: String,
    tenant: Option<String>,
    base_url: Option<String>,
    limits: Option<Limits>,
    terms: Terms,
    make: Make,
}

impl Account {
    /// An account of this name, whose adapter `make` makes.
    pub fn new(
        name: impl Into<String>,
        make: impl FnOnce(Connect) -> Result<Arc<dyn Provider>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            tenant: None,
            base_url: None,
            limits: None,
            terms: Terms::default(),
            make: Box::new(make),
        }
    }

    /// Asks a server of your own, such as the sandbox's, in place of the carrier.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets whose the account is; default `default`.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Sets how much it is preferred where numbers are chosen by priority: higher goes first, default 0.
    pub const fn priority(mut self, priority: i32) -> Self {
        self.terms.priority = priority;
        self
    }

    /// Sets how many requests may be on their way, and how fast they may leave.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Adds a price, used where the carrier gives none.
    pub fn price(mut self, price: Price) -> Self {
        self.terms.prices.push(price);
        self
    }

    /// Sets how long an unanswered purchase must be absent to be presumed failed; default 30 s.
    pub const fn settle(mut self, time: Duration) -> Self {
        self.terms.settle = time;
        self
    }

    /// Sets how far the carrier's `Date` header and its records may disagree; default 5 minutes, 15 where it sends no
    /// `Date`.
    pub const fn clock_tolerance(mut self, time: Duration) -> Self {
        self.terms.clock_tolerance = Some(time);
        self
    }

    /// Makes the adapter, with its tokens that rotate kept in this vault.
    ///
    /// # Errors
    /// `InvalidRequest` or `Config` naming the field.
    pub fn entry(self, vault: Arc<dyn TokenVault>) -> Result<AccountEntry> {
        let name: AccountName = self.name.parse()?;
        let tenant = self.tenant.map(Tenant::new).transpose()?;
        let mut terms = self.terms;
        terms.tenant = tenant.unwrap_or_default();
        for (field, time) in [
            ("settle", terms.settle),
            ("clock_tolerance", terms.clock_tolerance.unwrap_or_default()),
        ] {
            if time > LONGEST {
                let error = Error::invalid(field, "longer than a day");
                return Err(error.with_account(name));
            }
        }
        let connect = Connect {
            name: name.clone(),
            base_url: self.base_url,
            limits: self.limits,
            vault,
        };
        let provider = (self.make)(connect).map_err(|error| error.with_account(name))?;
        let mut entry = AccountEntry::new(provider);
        entry.terms = terms;
        Ok(entry)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
