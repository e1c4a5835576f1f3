//! The built-in adapters: one feature and one line each.

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use trunkline_core::quota::{Allotment, SharedQuotas};
use trunkline_core::vault::{MemoryVault, TokenVault};
use trunkline_core::{AccountName, Descriptor, Error, MadeFrom, Provider, nearest};
use trunkline_http::{AdapterConfig, Limits, Profile};

use crate::config::common_keys;
use crate::config::document::{Table, Value};
use crate::config::problems::Problem;
use crate::config::read::{Reading, keys_of};
use crate::secret::SecretDigest;

/// An adapter, or everything that is wrong with its settings.
pub(crate) type Built = Result<Arc<dyn Provider>, Vec<Problem>>;

/// Makes accounts of one provider from their settings.
#[derive(Debug)]
pub(crate) struct Adapter {
    /// The carrier's description.
    pub(crate) descriptor: &'static Descriptor,
    /// The keys of its settings.
    pub(crate) keys: fn() -> &'static [&'static str],
    /// Makes the adapter without calling the carrier.
    pub(crate) build: fn(&Prepared<'_>) -> Built,
}

impl Adapter {
    /// The name of the provider.
    pub(crate) fn name(&self) -> &'static str {
        self.descriptor.provider.as_str()
    }
}

/// Registers the carriers: each has a feature, which is its name, and a crate with an adapter and its settings.
macro_rules! carriers {
    ($($feature:literal: $package:ident as $name:ident { $adapter:ident, $config:ident },)+) => {
        $(
            #[cfg(feature = $feature)]
            #[doc(no_inline)]
            pub use $package::{self as $name, $adapter, $config};
        )+

        /// Every provider that an adapter exists for, built in or not.
        const KNOWN: &[&str] = &[$($feature),+];

        /// The adapters in this build.
        pub(crate) const BUILT_IN: &[Adapter] = &[$(
            #[cfg(feature = $feature)]
            Adapter::of::<$config>(),
        )+];

        impl Adapter {
            #[cfg_attr(
                not(any($(feature = $feature),+)),
                expect(dead_code, reason = "there is nothing to build without an adapter")
            )]
            const fn of<C: AdapterConfig>() -> Self {
                Self {
                    descriptor: C::DESCRIPTOR,
                    keys: keys_of::<C>,
                    build: build::<C>,
                }
            }
        }
    };
}

carriers! {
    "twilio": trunkline_twilio as twilio { Twilio, TwilioConfig },
    "signalwire": trunkline_signalwire as signalwire { SignalWire, SignalWireConfig },
    "zendesk": trunkline_zendesk as zendesk { Zendesk, ZendeskConfig },
    "webex": trunkline_webex as webex { Webex, WebexConfig },
    "wazo": trunkline_wazo as wazo { Wazo, WazoConfig },
}

fn build<C: AdapterConfig>(account: &Prepared<'_>) -> Built {
    let config: C = account.settings()?;
    let profile = config.profile(account.name.clone(), Arc::clone(&account.vault));
    let adapter = profile.and_then(|profile| config.connect(account.share(profile)));
    adapter.map_err(|error| account.refused(&error))
}

/// The adapter of a provider.
pub(crate) fn find(provider: &str) -> Option<&'static Adapter> {
    BUILT_IN.iter().find(|adapter| adapter.name() == provider)
}

/// The names of the built-in providers.
#[must_use]
pub fn providers() -> Vec<&'static str> {
    BUILT_IN.iter().map(Adapter::name).collect()
}

/// The descriptions of the built-in providers.
#[must_use]
pub fn descriptors() -> Vec<&'static Descriptor> {
    let adapters = BUILT_IN.iter();
    adapters.map(|adapter| adapter.descriptor).collect()
}

/// The issue for a provider that [`find`] does not find.
pub(crate) fn unknown(path: &str, provider: &str) -> Problem {
    let built_in = match providers().as_slice() {
        [] => "no provider is".to_owned(),
        [only] => format!("{only} is"),
        names => format!("{} are", names.join(", ")),
    };
    if KNOWN.contains(&provider) {
        return Problem::value(path, format!("{provider} is not built in, {built_in}"));
    }
    let suggestion = nearest(provider, KNOWN.iter().copied()).map(ToOwned::to_owned);
    Problem {
        suggestion,
        ..Problem::value(path, format!("no such provider, {built_in} built in"))
    }
}

/// The settings of an account on their way to its adapter.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    /// The account's name.
    pub(crate) name: &'a AccountName,
    /// Paths of settings to leave out.
    pub(crate) skip: BTreeSet<String>,
    /// How many replicas share the account.
    pub(crate) replicas: NonZeroU32,
    /// Where rotating tokens are kept.
    pub(crate) vault: Arc<dyn TokenVault>,
    /// Where replicas share quotas, and the account's identity there.
    pub(crate) shared: Option<(&'a dyn SharedQuotas, &'a str)>,
    path: &'a str,
    table: Table,
}

impl<'a> Prepared<'a> {
    pub(crate) fn new(name: &'a AccountName, path: &'a str, table: Table) -> Self {
        Self {
            name,
            skip: BTreeSet::new(),
            replicas: NonZeroU32::MIN,
            vault: Arc::new(MemoryVault::default()),
            shared: None,
            path,
            table,
        }
    }

    pub(crate) fn insert_secret(&mut self, key: &str, secret: SecretString) {
        self.table.insert(key.to_owned(), Value::Secret(secret));
    }

    pub(crate) fn insert_text(&mut self, key: &str, text: &str) {
        self.table
            .insert(key.to_owned(), Value::Text(text.to_owned()));
    }

    /// A digest of what the adapter is made from: settings, secrets, the certificates in `ca_file`, and the part of the
    /// limits.
    pub(crate) fn digest(&self) -> MadeFrom {
        let certificates = match self.table.get("ca_file") {
            Some(Value::Text(path)) => std::fs::read(path).unwrap_or_default(),
            _ => Vec::new(),
        };
        let mut digest = SecretDigest::default();
        digest.table(&self.table);
        digest.bytes(&certificates);
        digest.bytes(&self.replicas.get().to_be_bytes());
        digest.finish()
    }

    /// The settings as the adapter's own type.
    fn settings<T: DeserializeOwned>(&self) -> Result<T, Vec<Problem>> {
        let reading = Reading {
            path: self.path,
            also: common_keys(),
            skip: self.skip.clone(),
        };
        reading.read(&self.table)
    }

    /// The profile with this replica's part of the limits and, if it has a rate limit, the shared quota.
    fn share(&self, profile: Profile) -> Profile {
        let Limits {
            per_second, burst, ..
        } = profile.limits;
        let part = self.part(&profile.limits);
        let profile = Profile {
            limits: part,
            ..profile
        };
        let (Some((quotas, identity)), Some(per_second)) = (self.shared, per_second) else {
            return profile;
        };
        let quota = quotas.quota(Allotment {
            account: profile.account.clone(),
            provider: profile.provider.clone(),
            identity: identity.to_owned(),
            per_second,
            burst: burst.unwrap_or(per_second),
        });
        Profile {
            quota: Some(quota),
            ..profile
        }
    }

    /// This replica's part of the account's limits, at least 1 of each.
    fn part(&self, limits: &Limits) -> Limits {
        let part = |whole: NonZeroU32| {
            NonZeroU32::new(whole.get() / self.replicas).unwrap_or(NonZeroU32::MIN)
        };
        let replicas = usize::try_from(self.replicas.get()).unwrap_or(usize::MAX);
        let concurrency = NonZeroUsize::new(limits.concurrency.get() / replicas);
        Limits {
            per_second: limits.per_second.map(part),
            burst: limits.burst.map(part),
            concurrency: concurrency.unwrap_or(NonZeroUsize::MIN),
            ..limits.clone()
        }
    }

    /// The issues in an adapter's error.
    fn refused(&self, error: &Error) -> Vec<Problem> {
        Problem::of_error(self.path, error)
    }
}
