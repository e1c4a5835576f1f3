//! What Twilio is.

use trunkline_core::{Descriptor, ProviderName, Setting};

use crate::{callback, config};

/// What Twilio is.
pub static DESCRIPTOR: Descriptor = Descriptor {
    provider: ProviderName::new("twilio"),
    label: "Twilio",
    request_id_header: "twilio-request-id",
    callback_signature_header: Some(callback::SIGNATURE),
    settings: &[
        Setting::plain(
            "account_sid",
            "The account: `AC` and 32 hexadecimal digits, from the Twilio Console.",
        ),
        Setting::plain(
            "parent_account_sid",
            "The account whose token `auth_token` is, where that is the parent of a subaccount.",
        ),
        Setting::secret(
            "auth_token",
            "The account's auth token, or its parent's, from the Twilio Console.",
        ),
        Setting::plain(
            "api_key_sid",
            "An API key in place of the auth token: `SK` and 32 hexadecimal digits, made in the Twilio Console.",
        ),
        Setting::secret(
            "api_key_secret",
            "The secret of the API key, shown once when it is made.",
        ),
        Setting::plain(
            "pricing_url",
            "Where the price lists are; default `https://pricing.twilio.com`.",
        ),
    ],
    capability: || config::capability(true),
    voice: &["none", "webhook", "application", "trunk"],
    messaging: &["none", "webhook", "application"],
    by_location: false,
    caller_ids: "Twilio calls the number, and the callee keys in a code",
    credential: "copy Account SID and auth token from the Twilio Console (of this very account or subaccount, and of the \
     region that base_url names), or make an API key there: a key of the main account is refused at subaccounts",
    to_read: "a standard API key, or a restricted one that may read and list incoming and available phone numbers, \
     outgoing caller IDs and prices; test credentials can do next to nothing",
    to_write: "an auth token or standard API key, or a restricted key that may create, update and delete incoming \
     phone numbers and outgoing caller IDs",
    documentation: &[
        "https://www.twilio.com/docs/phone-numbers/api",
        "https://www.twilio.com/docs/voice/api/outgoing-caller-ids",
    ],
};
