//! The Twilio adapter of trunkline: phone numbers and verified caller IDs of one Twilio account.
//!
//! It translates and does nothing else: waiting, retrying and limiting are `trunkline-http`'s,
//! buying safely is `trunkline-core`'s. It does not carry calls or messages.
//!
//! ```
//! use trunkline_core::{Operation, Provider};
//! use trunkline_twilio::{Twilio, TwilioConfig};
//!
//! # fn main() -> trunkline_core::Result<()> {
//! let config = TwilioConfig::new("AC00000000000000000000000000000000", "sandbox".into())
//!     .with_base_url("http://127.0.0.1:9101");
//! let twilio = Twilio::new("us-main".parse()?, &config)?;
//! assert!(twilio.capability().supports(Operation::Purchase));
//! # Ok(())
//! # }
//! ```
//!
//! # What a Twilio account can do
//!
//! | operation | Twilio's call |
//! | --- | --- |
//! | `search_available` | `GET AvailablePhoneNumbers/{country}/{type}.json`; every filter is Twilio's own, several for the US and Canada only |
//! | `list_prices` | `GET v1/PhoneNumbers/Countries/{country}` on the pricing host |
//! | `purchase` | `POST IncomingPhoneNumbers.json`, by number only |
//! | `list`, `find_owned` | `GET IncomingPhoneNumbers.json`; filtered by number and label there, by country, type, features, state and digits here |
//! | `get`, `update`, `release` | `GET`, `POST`, `DELETE IncomingPhoneNumbers/{sid}.json` |
//! | `start_caller_id`, `resend_caller_id` | `POST OutgoingCallerIds.json`: Twilio calls, and the callee keys in the code that is answered |
//! | `list_caller_ids`, `get_caller_id`, `update_caller_id`, `delete_caller_id` | `OutgoingCallerIds.json` and `OutgoingCallerIds/{sid}.json`; only verified ones exist |
//! | `check_health` | `GET Balance.json`, which a subaccount lacks, or with an API key the first of the numbers |
//! | `complete_caller_id`, `register`, `register_range`, `get_main`, `set_main` | none: unsupported |
//!
//! How a verification call went is posted by Twilio to the address it was given, and believed if it is signed with the
//! account's auth token. An account that signs in with an API key has none, and is asked instead.
//!
//! Outside of the `us1` region there are no caller IDs.
//!
//! Upstream documentation: [available numbers](https://www.twilio.com/docs/phone-numbers/api/availablephonenumber-resource),
//! [incoming numbers](https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource),
//! [caller IDs](https://www.twilio.com/docs/voice/api/outgoing-caller-ids),
//! [signatures](https://www.twilio.com/docs/usage/webhooks/webhooks-security),
//! [prices](https://www.twilio.com/docs/phone-numbers/pricing),
//! [errors](https://www.twilio.com/docs/api/errors).

mod callback;
mod config;
mod convert;
mod error;
mod provider;
mod request;
#[doc(hidden)]
pub mod translation;
mod wire;

use trunkline_core::ProviderName;

pub use config::TwilioConfig;
pub use provider::Twilio;

/// The provider name of this adapter, `twilio`.
pub static PROVIDER: ProviderName = ProviderName::new("twilio");
