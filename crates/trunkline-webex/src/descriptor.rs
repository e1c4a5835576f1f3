//! What Webex Calling is.

use trunkline_core::{Descriptor, ProviderName, Setting};

use crate::config;

/// What Webex Calling is.
pub static DESCRIPTOR: Descriptor = Descriptor {
    provider: ProviderName::new("webex"),
    label: "Webex Calling",
    request_id_header: "trackingid",
    callback_signature_header: None,
    settings: &[
        Setting::secret(
            "access_token",
            "An access token. It lasts 12 hours (a person's) or 14 days and is not renewed.",
        ),
        Setting::plain(
            "client_id",
            "The id of an integration or service app of developer.webex.com.",
        ),
        Setting::secret("client_secret", "Its secret."),
        Setting::secret(
            "refresh_token",
            "The refresh token that it was given first; later ones are kept, sealed, in the database.",
        ),
        Setting::plain(
            "org_id",
            "The organization, where it is not the token's own.",
        ),
    ],
    capability: config::capability,
    voice: &[],
    messaging: &[],
    by_location: true,
    caller_ids: "a setting of people, workspaces and virtual lines",
    credential: "a personal access token lasts 12 hours: use an integration or service app of developer.webex.com with \
     client_id, client_secret and refresh_token",
    to_read: "the scope spark-admin:telephony_config_read and a full, read-only or location administrator; for caller \
     IDs spark-admin:people_read and spark-admin:workspaces_read as well",
    to_write: "the scope spark-admin:telephony_config_write and a full administrator; for caller IDs \
     spark-admin:people_write and spark-admin:workspaces_write as well",
    documentation: &[
        "https://developer.webex.com/docs/api/v1/numbers",
        "https://developer.webex.com/docs/api/v1/user-call-settings",
    ],
};
