//! The fields of a number that say where its calls and messages go.

use trunkline_http::wire::{AddressFields, WebhookFields};

/// The webhook of calls.
pub(crate) const VOICE: WebhookFields = WebhookFields {
    field: "voice",
    main: AddressFields::new("voice_url", "voice_method"),
    fallback: AddressFields::new("voice_fallback_url", "voice_fallback_method"),
    status_callback: Some(AddressFields::new(
        "status_callback",
        "status_callback_method",
    )),
};

/// The webhook of messages. Twilio has a status callback for calls only.
pub(crate) const MESSAGING: WebhookFields = WebhookFields {
    field: "messaging",
    main: AddressFields::new("sms_url", "sms_method"),
    fallback: AddressFields::new("sms_fallback_url", "sms_fallback_method"),
    status_callback: None,
};
