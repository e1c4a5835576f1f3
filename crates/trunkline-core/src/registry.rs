//! The configured accounts.

use crate::strength::Safeguard;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::error::{Error, ErrorKind, Result};
use crate::inventory::Watch;
use crate::model::Ceilings;
use crate::model::{
    AccountName, Attempt, Caller, CountryCode, Money, NumberId, NumberType, Tenant,
};
use crate::nearest::did_you_mean;
use crate::provider::Provider;
use crate::provider::guard::Guarded;
use std::time::Duration;

/// How far a carrier's `Date` header and its records may disagree: 5 minutes.
pub const TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// How far our clock and a carrier's records may disagree, where the carrier sends no `Date`: 15 minutes.
pub const TOLERANCE_OF_OURS: Duration = Duration::from_secs(15 * 60);

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

/// An account, with its terms as fields of its own.
#[derive(Clone, Debug)]
pub struct AccountEntry {
    /// The adapter, guarded.
    pub provider: Arc<dyn Provider>,
    /// What the operator says of it.
    pub terms: Terms,
    /// What the adapter was made from; `None` for one that no configuration made.
    pub made_from: Option<MadeFrom>,
}

impl Deref for AccountEntry {
    type Target = Terms;

    fn deref(&self) -> &Terms {
        &self.terms
    }
}

impl DerefMut for AccountEntry {
    fn deref_mut(&mut self) -> &mut Terms {
        &mut self.terms
    }
}

/// What the operator says of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// Who it belongs to.
    pub tenant: Tenant,
    /// Higher goes first where a strategy asks for it.
    pub priority: i32,
    /// How long an unknown purchase must stay absent to be presumed failed: 30 s by default.
    pub settle: Duration,
    /// How long after its purchase an unknown number can be gone at the earliest: some carriers show it late. 15 minutes by
    /// default.
    pub gone_after: Duration,
    /// How far the carrier's `Date` header and its records may disagree; by default [`TOLERANCE`], and
    /// [`TOLERANCE_OF_OURS`] where it sends no `Date`.
    pub clock_tolerance: Option<Duration>,
    /// How long a release can be undone before it is sent; none if zero.
    pub quarantine: Duration,
    /// Prices where the carrier gives none.
    pub prices: Vec<Price>,
    /// What its purchases may cost together.
    pub ceilings: Ceilings,
    /// How its numbers are compared with the inventory.
    pub watch: Watch,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            tenant: Tenant::default(),
            priority: 0,
            settle: AccountEntry::SETTLE,
            gone_after: AccountEntry::GONE_AFTER,
            clock_tolerance: None,
            quarantine: Duration::ZERO,
            prices: Vec::new(),
            ceilings: Ceilings::default(),
            watch: Watch::default(),
        }
    }
}

/// A digest of an adapter's settings, secrets included: equal settings need no new adapter. `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MadeFrom(pub [u8; 32]);

impl fmt::Debug for MadeFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MadeFrom")
    }
}

impl AccountEntry {
    /// An id at this account in its one spelling, see [`Provider::canonical`].
    ///
    /// # Errors
    /// `InvalidRequest` for an id that has no spelling.
    pub fn canonical(&self, id: &NumberId) -> Result<NumberId> {
        let own = self.provider.canonical(id.provider_id());
        NumberId::of(self.provider.account(), &own)
    }

    /// The settling time unless configured: 30 s.
    pub const SETTLE: Duration = Duration::from_secs(30);

    /// The earliest that a number can be gone unless configured: 15 minutes after it was won.
    pub const GONE_AFTER: Duration = Duration::from_secs(15 * 60);

    /// An account of the default tenant with nothing else said.
    #[must_use]
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self {
            provider,
            terms: Terms::default(),
            made_from: None,
        }
    }

    /// How far the clocks that an attempt is judged by may be apart.
    pub fn tolerance(&self, attempt: &Attempt) -> Duration {
        let default = if attempt.t0_is_ours {
            TOLERANCE_OF_OURS
        } else {
            TOLERANCE
        };
        self.clock_tolerance.unwrap_or(default)
    }

    /// Whether both are one account at one carrier, whatever the operator says of them.
    fn is_twin_of(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.provider, &other.provider);
        ours.provider() == theirs.provider() && ours.identity() == theirs.identity()
    }
}

/// The configured accounts, by name. Nothing registers itself: [`Registry::insert`] is called in one visible place.
///
/// All of them can be replaced at once, while others use them: who has an entry keeps it. Clones are apart from then on.
#[derive(Debug, Default)]
pub struct Registry(ArcSwap<Accounts>);

#[derive(Clone, Debug, Default)]
struct Accounts {
    current: BTreeMap<AccountName, Arc<AccountEntry>>,
    /// What was replaced by something else: what was begun there is finished there.
    retired: Vec<Arc<AccountEntry>>,
}

impl Clone for Registry {
    fn clone(&self) -> Self {
        Self(ArcSwap::new(self.0.load_full()))
    }
}

impl Registry {
    /// Adds an account, wrapped in [`Guarded`].
    ///
    /// # Errors
    /// `Config` if the name, or the identity at the carrier, is there already.
    pub fn insert(&mut self, mut entry: AccountEntry) -> Result<()> {
        entry.provider = Arc::new(Guarded::new(entry.provider));
        self.insert_guarded(entry)
    }

    /// Adds an account with the adapter of one that is in a registry already, and so is wrapped.
    ///
    /// # Errors
    /// As [`Registry::insert`].
    pub fn insert_guarded(&mut self, entry: AccountEntry) -> Result<()> {
        let mut accounts = Accounts::clone(&self.0.load());
        let name = entry.provider.account().clone();
        let (provider, identity) = (entry.provider.provider(), entry.provider.identity());
        let twin = accounts
            .current
            .values()
            .find(|other| other.is_twin_of(&entry));
        if let Some(twin) = twin {
            let other = twin.provider.account();
            let message =
                format!("accounts {other} and {name} are the same {provider} account {identity}");
            return Err(Error::new(ErrorKind::Config, message));
        }
        if accounts.current.contains_key(&name) {
            return Err(Error::new(
                ErrorKind::Config,
                format!("two accounts are named {name}"),
            ));
        }
        accounts.current.insert(name, Arc::new(entry));
        self.0.store(Arc::new(accounts));
        Ok(())
    }

    /// Replaces all accounts at once. Removed ones are found by [`Registry::find`] alone, to finish what was begun
    /// there.
    pub fn replace(&self, with: &Self) {
        let (before, with) = (self.0.load(), with.0.load());
        let is_current = |entry: &Arc<AccountEntry>| {
            let same_name = with.current.get(entry.provider.account());
            same_name.is_some_and(|same| same.is_twin_of(entry))
        };
        let mut retired: Vec<Arc<AccountEntry>> = Vec::new();
        // The later of two that are one account is the one that was used last.
        for entry in before.current.values().chain(&before.retired) {
            let account = entry.provider.account();
            let known = |other: &Arc<AccountEntry>| {
                other.provider.account() == account && other.is_twin_of(entry)
            };
            if !is_current(entry) && !retired.iter().any(known) {
                retired.push(Arc::clone(entry));
            }
        }
        self.0.store(Arc::new(Accounts {
            current: with.current.clone(),
            retired,
        }));
    }

    /// The account of this name.
    pub fn get(&self, account: &str) -> Option<Arc<AccountEntry>> {
        self.0.load().current.get(account).cloned()
    }

    /// The account with this identity, under any name, also a removed one; the one of this name if there are several.
    pub fn find(&self, identity: &str, account: &str) -> Option<Arc<AccountEntry>> {
        let accounts = self.0.load();
        let is_meant = |entry: &&Arc<AccountEntry>| entry.provider.identity() == identity;
        let named = accounts.current.get(account).filter(is_meant);
        if Safeguard::AccountsByIdentity.is_off() {
            return named.cloned();
        }
        named
            .or_else(|| accounts.current.values().find(is_meant))
            .or_else(|| accounts.retired.iter().find(is_meant))
            .cloned()
    }

    /// The account of this name, if the caller sees it.
    ///
    /// # Errors
    /// `NotFound`, whether there is none or it is another's.
    pub fn of_caller(&self, caller: &Caller, account: &str) -> Result<Arc<AccountEntry>> {
        self.get(account)
            .filter(|entry| caller.sees(&entry.tenant, account))
            .ok_or_else(|| {
                let seen: Vec<_> = self.visible(caller).collect();
                let names = seen.iter().map(|entry| entry.provider.account().as_str());
                let message = format!("no account {account}{}", did_you_mean(account, names));
                Error::new(ErrorKind::NotFound, message.clone()).with_field("account", message)
            })
    }

    /// The accounts that the caller sees, by name.
    pub fn visible(&self, caller: &Caller) -> impl Iterator<Item = Arc<AccountEntry>> {
        self.iter()
            .filter(|entry| caller.sees(&entry.tenant, entry.provider.account().as_str()))
    }

    /// All accounts, by name, as they are now.
    pub fn iter(&self) -> impl Iterator<Item = Arc<AccountEntry>> + use<> {
        let entries: Vec<_> = self.0.load().current.values().cloned().collect();
        entries.into_iter()
    }
}

#[cfg(test)]
mod tests;
