//! What SignalWire is.

use trunkline_core::{Descriptor, ProviderName, Setting};

use crate::config;

/// What SignalWire is.
pub static DESCRIPTOR: Descriptor = Descriptor {
    provider: ProviderName::new("signalwire"),
    label: "SignalWire",
    request_id_header: "x-request-id",
    callback_signature_header: None,
    settings: &[
        Setting::plain(
            "space_url",
            "The space: `example.signalwire.com`. A `base_url` makes it unnecessary.",
        ),
        Setting::plain(
            "project_id",
            "The project, a UUID, from the space's dashboard.",
        ),
        Setting::secret(
            "api_token",
            "An API token of the project with the scopes Numbers and Voice, from the dashboard, API.",
        ),
        Setting::plain(
            "allow_deprecated",
            "Lets settings be written that SignalWire has deprecated.",
        ),
    ],
    capability: config::capability,
    voice: &["none", "webhook", "application", "sip_endpoint", "provider"],
    messaging: &["none", "webhook", "application", "provider"],
    by_location: false,
    caller_ids: "SignalWire calls the number, and the callee hears a code",
    credential: "copy project id and an API token from the space's dashboard, API; space_url must be that space's",
    to_read: "an API token with the scopes Numbers, and Voice for caller IDs",
    to_write: "the scopes Numbers, and Voice for caller IDs",
    documentation: &[
        "https://developer.signalwire.com/rest/signalwire-rest/endpoints/space/phone-numbers",
    ],
};
