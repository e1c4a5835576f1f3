//! What Wazo is.

use trunkline_core::{Descriptor, ProviderName, Setting};

use crate::config;

/// What Wazo is.
pub static DESCRIPTOR: Descriptor = Descriptor {
    provider: ProviderName::new("wazo"),
    label: "Wazo",
    request_id_header: "x-request-id",
    callback_signature_header: None,
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
    capability: config::capability,
    voice: &[],
    messaging: &[],
    by_location: false,
    caller_ids: "numbers marked as shared, and what a user may show",
    credential: "check username and password at wazo-auth, or get a new token: tokens expire",
    to_read: "an ACL with confd.phone-numbers.read, confd.phone-numbers.*.read, confd.phone-numbers.main.read and \
     confd.users.*.callerids.outgoing.read, in this tenant",
    to_write: "an ACL with confd.phone-numbers.create, confd.phone-numbers.*.update, confd.phone-numbers.*.delete and \
     confd.phone-numbers.main.update",
    documentation: &["https://wazo-platform.org/documentation/api/configuration.html"],
};
