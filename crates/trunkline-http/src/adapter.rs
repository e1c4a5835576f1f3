//! From the settings of an account to its adapter.

use std::path::PathBuf;
use std::sync::Arc;

use http::HeaderMap;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use trunkline_core::vault::TokenVault;
use trunkline_core::{Account, AccountName, Descriptor, Provider, Result};
use url::Url;

use crate::explain::{Explain, Refine};
use crate::{Auth, Limits, Profile};

/// The settings that an account has at every carrier, see [`account_settings!`](crate::account_settings).
#[derive(Clone, Debug, Default)]
pub struct Common {
    /// Where the API is; default the carrier's own address.
    pub base_url: Option<String>,
    /// A PEM file of certificates that are trusted beside those of the machine.
    pub ca_file: Option<PathBuf>,
    /// The forward proxy, or `direct` for none; default that of the environment.
    pub proxy: Option<SecretString>,
    /// Rate and concurrency.
    pub limits: Limits,
    /// Accepts a plain http `base_url` on another host than this one.
    pub allow_http: bool,
}

/// Reads and sets the settings of [`Common`]; implemented by [`account_settings!`](crate::account_settings).
pub trait HasCommon {
    /// The common settings.
    fn common(&self) -> Common;

    /// Sets them.
    fn set_common(&mut self, common: Common);
}

/// The settings of an account at one carrier, of which its adapter is made.
pub trait AdapterConfig: HasCommon + DeserializeOwned + Send + Sync + 'static {
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
        let common = self.common();
        let provider = Self::DESCRIPTOR.provider.clone();
        let nobody = Auth::InBody(Vec::new());
        let profile = Profile {
            request_id_header: Self::DESCRIPTOR.request_id_header,
            refine: Self::REFINE,
            headers: self.headers()?,
            ca_file: common.ca_file,
            proxy: common.proxy,
            limits: common.limits,
            allow_http: common.allow_http,
            ..Profile::new(account, provider, self.address()?, nobody, Self::EXPLAIN)
        };
        let auth = self.credential(&profile, vault)?;
        Ok(Profile { auth, ..profile })
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
            let common = self.common();
            self.set_common(Common {
                base_url: connect.base_url.or(common.base_url),
                limits: connect.limits.unwrap_or(common.limits),
                ..common
            });
            self.adapter(connect.name, connect.vault)
        })
    }
}

/// Declares the settings of an account: those of one carrier, and after them those of [`Common`]. An optional setting is an
/// `Option`; an unknown one is an error.
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

        impl $crate::HasCommon for $name {
            fn common(&self) -> $crate::Common {
                $crate::Common {
                    base_url: self.base_url.clone(),
                    ca_file: self.ca_file.clone(),
                    proxy: self.proxy.clone(),
                    limits: self.limits.clone(),
                    allow_http: self.allow_http,
                }
            }

            fn set_common(&mut self, common: $crate::Common) {
                (self.base_url, self.ca_file) = (common.base_url, common.ca_file);
                (self.proxy, self.limits) = (common.proxy, common.limits);
                self.allow_http = common.allow_http;
            }
        }
    };
}
