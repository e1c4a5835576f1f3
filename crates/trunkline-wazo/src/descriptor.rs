//! What Wazo is, for everybody who has to tell people.

use std::sync::Arc;

use trunkline_core::vault::TokenVault;
use trunkline_core::{AccountName, Descriptor, Provider, ProviderName, Result, Setting};
use trunkline_http::{AdapterConfig, Limits, Profile};

use crate::config::WazoConfig;
use crate::provider::Wazo;

/// What Wazo is.
pub static DESCRIPTOR: Descriptor = Descriptor {
    provider: ProviderName::new("wazo"),
    label: "Wazo",
    request_id_header: "x-request-id",
    settings: &[
        Setting::plain(
            "username",
            "A user of wazo-auth that may use confd.phone-numbers.",
        ),
        Setting::secret("password", "The user's password."),
        Setting::secret("token", "A token in place of the user. It is not renewed."),
        Setting::plain(
            "tenant_uuid",
            "The tenant to act in; default the user's own.",
        ),
    ],
    credential: "check username and password at wazo-auth, or get a new token: tokens expire",
    to_read: "an ACL with confd.phone-numbers.read, confd.phone-numbers.*.read, confd.phone-numbers.main.read and \
     confd.users.*.callerids.outgoing.read, in this tenant",
    to_write: "an ACL with confd.phone-numbers.create, confd.phone-numbers.*.update, confd.phone-numbers.*.delete and \
     confd.phone-numbers.main.update",
    documentation: &["https://wazo-platform.org/documentation/api/configuration.html"],
};

impl AdapterConfig for WazoConfig {
    const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

    fn set_base_url(&mut self, url: String) {
        self.base_url = url;
    }

    fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    fn profile(&self, account: AccountName, _vault: Arc<dyn TokenVault>) -> Result<Profile> {
        Self::profile(self, account)
    }

    fn connect(&self, profile: Profile) -> Result<Arc<dyn Provider>> {
        Ok(Arc::new(Wazo::with_profile(self, profile)?))
    }
}
