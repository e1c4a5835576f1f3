//! The SignalWire adapter of trunkline: phone numbers and verified caller IDs of one SignalWire project.
//!
//! It speaks the REST API of a space (`/api/relay/rest`), which alone has verified caller IDs, and translates it.
//! Waiting, retrying and limiting are `trunkline-http`'s, buying safely is `trunkline-core`'s. It does not carry calls
//! or messages.
//!
//! ```
//! use trunkline_core::{Operation, Provider};
//! use trunkline_signalwire::{SignalWire, SignalWireConfig};
//!
//! # fn main() -> trunkline_core::Result<()> {
//! let config = SignalWireConfig::new("00000000-0000-4000-8000-000000000000", "sandbox".into())
//!     .with_base_url("http://127.0.0.1:9102");
//! let signalwire = SignalWire::new("us-main".parse()?, &config)?;
//! assert!(signalwire.capability().supports(Operation::Purchase));
//! # Ok(())
//! # }
//! ```
//!
//! # What a SignalWire project can do
//!
//! | operation | SignalWire's call |
//! | --- | --- |
//! | `search_available` | `GET phone_numbers/search`: local and toll-free numbers of the US and Canada; area code, digits, region and city there, features here |
//! | `purchase` | `POST phone_numbers`, the number and nothing else |
//! | `list`, `find_owned` | `GET phone_numbers`; filtered by number, digits and label there and compared again here, by country, type, features and state here |
//! | `get`, `update` | `GET`, `PUT phone_numbers/{id}`; an emergency address by `POST`, `DELETE phone_numbers/{id}/e911_address` |
//! | `release` | `DELETE phone_numbers/{id}`, not in the first 14 days after the purchase |
//! | `start_caller_id` | `POST verified_caller_ids`: SignalWire calls, and the callee hears the code; one that is pending there already is called again |
//! | `complete_caller_id`, `resend_caller_id` | `PUT`, `POST verified_caller_ids/{id}/verification`, the latter once a minute |
//! | `list_caller_ids`, `get_caller_id`, `update_caller_id`, `delete_caller_id` | `verified_caller_ids` and `verified_caller_ids/{id}`; pending ones are shown too |
//! | `check_health` | the first number and the first caller ID: a token needs the scopes Numbers and Voice |
//! | `list_prices`, `register`, `register_range`, `get_main`, `set_main` | none: unsupported |
//!
//! # Where calls and messages go
//!
//! Webhooks, `LaML` applications and SIP endpoints have their unified routing. The other handlers are
//! [`Routing::Provider`](trunkline_core::Routing::Provider) with these options:
//!
//! | handler | options |
//! | --- | --- |
//! | `relay_script` | `url` |
//! | `relay_topic` | `topic`, for calls also `status_callback_url` |
//! | `relay_application` | `application`; of messages SignalWire never shows it |
//! | `relay_connector` | `connector_id` |
//! | `relay_verto_endpoint` | `resource` |
//! | `dialogflow` | `agent_id` |
//! | `video_room` | `room_id` |
//! | `relay_context` | `context`, for calls also `status_callback_url`; deprecated, written only with `allow_deprecated` |
//! | `ai_agent` (calls) | `agent_id` |
//! | `call_flow` (calls) | `flow_id`, `version`: `current_deployed` unless said, or `working_copy` |
//! | any other, such as `fabric_subscriber` | `resource_id`; shown, but only SignalWire's own console can set it |
//!
//! Upstream documentation: [phone numbers](https://developer.signalwire.com/rest/signalwire-rest/endpoints/space/phone-numbers),
//! [verified caller IDs](https://developer.signalwire.com/rest/signalwire-rest/endpoints/space/verified-caller-id),
//! [authorization](https://developer.signalwire.com/rest/overview/authorization),
//! [paging](https://developer.signalwire.com/rest/overview/pagination),
//! [error codes](https://developer.signalwire.com/rest/overview/error-codes).

mod config;
mod convert;
mod error;
mod handler;
mod provider;
mod request;
mod wire;

use trunkline_core::ProviderName;

pub use config::SignalWireConfig;
pub use provider::SignalWire;

/// The provider name of this adapter, `signalwire`.
pub static PROVIDER: ProviderName = ProviderName::new("signalwire");
