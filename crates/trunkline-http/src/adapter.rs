//! From the settings of an account to its adapter.

use std::sync::Arc;

use http::HeaderMap;
use serde::de::DeserializeOwned;
use trunkline_core::vault::TokenVault;
use trunkline_core::{Account, AccountName, Descriptor, Provider, Result};
use url::Url;

use crate::explain::{Explain, Refine};
use crate::{Auth, Limits, Profile};

/// The settings that an account has at every carrier; implemented by [`account_settings!`](crate::account_settings).
pub trait CommonSettings {
    /// Fills them into a profile.
    fn apply(&self, profile: &mut Profile);

    /// Takes these in place of the account's own, where they are given.
    fn replace(&mut self, base_url: Option<String>, limits: Option<Limits>);
}

/// The settings of an account at one carrier, of which its adapter is made.
pub trait AdapterConfig: CommonSettings + DeserializeOwned + Send + Sync + 'static {
    /// What the carrier is.
    const DESCRIPTOR: &'static Descriptor;
    /// Reads the carrier's refusals.
    const EXPLAIN: Explain;
    /// Completes the errors made from them.
    const REFINE: Refine;

    /// Where the API is.
    ///
    /// # Errors
    /// `Config` naming the setting.
    fn address(&self) -> Result<Url>;

    /// The credential, checked as far as possible without a request. Tokens that rotate are asked for by a client of the
    /// profile, whose own credential is empty, and kept in the vault.
    ///
    /// # Errors
    /// `Config` naming the setting that is missing or wrong.
    fn credential(&self, profile: &Profile, vault: Arc<dyn TokenVault>) -> Result<Auth>;

    /// Headers sent with every request; default none.
    ///
    /// # Errors
    /// `Config` naming the setting.
    fn headers(&self) -> Result<HeaderMap> {
        Ok(HeaderMap::new())
    }

    /// The adapter, over a profile made by [`AdapterConfig::profile`]. Nothing is sent.
    ///
    /// # Errors
    /// `Config` naming the setting.
    fn connect(&self, profile: Profile) -> Result<Arc<dyn Provider>>;

    /// What the pipeline must know to call the carrier for this account.
    ///
    /// # Errors
    /// `Config` naming the setting that is missing or wrong.
    fn profile(&self, account: AccountName, vault: Arc<dyn TokenVault>) -> Result<Profile> {
        let provider = Self::DESCRIPTOR.provider.clone();
        let nobody = Auth::InBody(Vec::new());
        let mut profile = Profile {
            request_id_header: Self::DESCRIPTOR.request_id_header,
            refine: Self::REFINE,
            headers: self.headers()?,
            ..Profile::new(account, provider, self.address()?, nobody, Self::EXPLAIN)
        };
        self.apply(&mut profile);
        profile.auth = self.credential(&profile, vault)?;
        Ok(profile)
    }

    /// The adapter of an account. Nothing is sent.
    ///
    /// # Errors
    /// `Config` naming the setting that is missing or wrong.
    fn adapter(
        &self,
        account: AccountName,
        vault: Arc<dyn TokenVault>,
    ) -> Result<Arc<dyn Provider>> {
        self.connect(self.profile(account, vault)?)
    }

    /// An account of this name with these settings.
    fn account(mut self, name: impl Into<String>) -> Account {
        Account::new(name, move |connect| {
            self.replace(connect.base_url, connect.limits);
            self.adapter(connect.name, connect.vault)
        })
    }
}

/// Declares the settings of an account: those of one carrier, and after them those that every carrier has. An optional
/// setting is an `Option`; an unknown one is an error.
#[macro_export]
macro_rules! account_settings {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$attribute:meta])* pub $key:ident: $kind:ty,)+
        }
    ) => {
        #[derive(Clone, Debug, Default, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$attribute])* pub $key: $kind,)+
            /// Where the API is; default the carrier's own address.
            pub base_url: Option<String>,
            /// A PEM file of certificates that are trusted beside those of the machine: an authority of your own, or a
            /// proxy's.
            pub ca_file: Option<std::path::PathBuf>,
            /// The forward proxy that leads to the carrier, `http://proxy.example.com:3128`, or `direct` for none; default
            /// that of the environment. It may hold a password.
            pub proxy: Option<secrecy::SecretString>,
            /// Rate and concurrency; default no rate and ten requests at once.
            #[serde(default)]
            pub limits: $crate::Limits,
            /// Accepts a plain http `base_url` on another host than this one.
            #[serde(default)]
            pub allow_http: bool,
        }

        impl $name {
            /// Sets where the API is.
            #[must_use]
            pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
                self.base_url = Some(base_url.into());
                self
            }
        }

        impl $crate::CommonSettings for $name {
            fn apply(&self, profile: &mut $crate::Profile) {
                (profile.ca_file, profile.proxy) = (self.ca_file.clone(), self.proxy.clone());
                (profile.limits, profile.allow_http) = (self.limits.clone(), self.allow_http);
            }

            fn replace(&mut self, base_url: Option<String>, limits: Option<$crate::Limits>) {
                self.base_url = base_url.or(self.base_url.take());
                self.limits = limits.unwrap_or_else(|| self.limits.clone());
            }
        }
    };
}

/// The methods of an adapter, inside of its `impl Provider`, that tell its own fields: `account`, `capability`, `http`, and
/// whose account it is. The first argument is the name of the provider.
#[macro_export]
macro_rules! identify {
    ($provider:path, $identity:ident) => {
        fn account(&self) -> &trunkline_core::AccountName {
            &self.account
        }

        fn provider(&self) -> &trunkline_core::ProviderName {
            &$provider
        }

        fn identity(&self) -> &str {
            &self.$identity
        }

        fn capability(&self) -> &trunkline_core::Capability {
            &self.capability
        }

        fn health(&self) -> trunkline_core::AccountHealth {
            self.http.health()
        }
    };
}
