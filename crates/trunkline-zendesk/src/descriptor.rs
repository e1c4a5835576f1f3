//! What Zendesk Talk is.

use trunkline_core::{Descriptor, ProviderName, Setting};

use crate::config;

/// What Zendesk Talk is.
pub static DESCRIPTOR: Descriptor = Descriptor {
    provider: ProviderName::new("zendesk"),
    label: "Zendesk Talk",
    request_id_header: "x-zendesk-request-id",
    callback_signature_header: None,
    settings: &[
        Setting::plain(
            "subdomain",
            "What stands before `.zendesk.com` in the account's address. A `base_url` makes it unnecessary.",
        ),
        Setting::plain(
            "client_id",
            "The OAuth client, made in the Admin Center: Apps and integrations, APIs.",
        ),
        Setting::secret("client_secret", "The OAuth client's secret."),
        Setting::secret(
            "refresh_token",
            "The first refresh token; later ones are kept, sealed, in the database.",
        ),
        Setting::secret(
            "access_token",
            "An OAuth access token that is not renewed, in place of the client.",
        ),
        Setting::plain(
            "email",
            "The e-mail address of the agent that an API token acts as.",
        ),
        Setting::secret(
            "api_token",
            "An API token. Those there are stop working on 2027-04-30.",
        ),
    ],
    capability: config::capability,
    voice: &["none", "group", "ivr"],
    messaging: &["none", "group"],
    by_location: false,
    caller_ids: "Zendesk's own pages prove external numbers",
    credential: "make an OAuth client in the Admin Center (Apps and integrations, APIs) and give client_id and \
     client_secret; an API token needs token access switched on there",
    to_read: "an agent with Talk permissions, an OAuth scope of `read write`, and a paid Talk plan: a trial may \
     neither list nor search",
    to_write: "an agent who may manage Talk lines, and an OAuth scope of `read write`",
    documentation: &["https://developer.zendesk.com/api-reference/voice/talk-api/phone_numbers/"],
};
