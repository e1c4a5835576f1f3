//! From the settings of an account to its adapter.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use trunkline_core::vault::TokenVault;
use trunkline_core::{Account, AccountName, Descriptor, Provider, Result};

use crate::{Limits, Profile};

/// The settings of an account at one carrier, of which its adapter is made.
pub trait AdapterConfig: DeserializeOwned + Send + Sync + 'static {
    /// What the carrier is.
    const DESCRIPTOR: &'static Descriptor;

    /// Sets where the carrier's API is.
    fn set_base_url(&mut self, url: String);

    /// Sets how hard to press.
    fn set_limits(&mut self, limits: Limits);

    /// What the pipeline must know to call the carrier for this account. Tokens that rotate are kept in the vault.
    ///
    /// # Errors
    /// `Config` naming the setting that is missing or wrong.
    fn profile(&self, account: AccountName, vault: Arc<dyn TokenVault>) -> Result<Profile>;

    /// The adapter, over a profile made of [`AdapterConfig::profile`]. Nothing is asked of the carrier.
    ///
    /// # Errors
    /// `Config` naming the setting.
    fn connect(&self, profile: Profile) -> Result<Arc<dyn Provider>>;

    /// An account of this name with these settings.
    fn account(mut self, name: impl Into<String>) -> Account {
        Account::new(name, move |connect| {
            if let Some(url) = connect.base_url {
                self.set_base_url(url);
            }
            if let Some(limits) = connect.limits {
                self.set_limits(limits);
            }
            self.connect(self.profile(connect.name, connect.vault)?)
        })
    }
}
