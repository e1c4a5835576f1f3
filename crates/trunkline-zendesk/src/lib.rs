//! The Zendesk Talk adapter of trunkline: the phone numbers of one Zendesk account.
//!
//! It translates and does nothing else: waiting, retrying and limiting are `trunkline-http`'s,
//! buying safely is `trunkline-core`'s. It does not carry calls or messages.
//!
//! ```
//! use std::sync::Arc;
//!
//! use trunkline_core::vault::MemoryVault;
//! use trunkline_core::{Operation, Provider};
//! use trunkline_zendesk::{Zendesk, ZendeskConfig};
//!
//! # fn main() -> trunkline_core::Result<()> {
//! let config = ZendeskConfig::new("acme")
//!     .with_access_token("sandbox".into())
//!     .with_base_url("http://127.0.0.1:9103");
//! let zendesk = Zendesk::new("support".parse()?, &config, Arc::new(MemoryVault::default()))?;
//! assert!(zendesk.capability().supports(Operation::Purchase));
//! # Ok(())
//! # }
//! ```
//!
//! # What a Zendesk account can do
//!
//! | operation | Zendesk's call, below `/api/v2/channels/voice` |
//! | --- | --- |
//! | `search_available` | `GET phone_numbers/search`; country, type, digits and, in the US and Canada, area code are Zendesk's filters, the rest are applied here; not for trial accounts |
//! | `purchase` | `POST phone_numbers` with the token that the search gave, and an address where one is needed; bought by number, the token is searched for first |
//! | `list`, `find_owned` | `GET phone_numbers`, or `GET lines`; filtered here; not for trial accounts |
//! | `get`, `update`, `release` | `GET`, `PUT`, `DELETE phone_numbers/{id}`; with the settings, menus, greetings, groups and schedules |
//! | `list_caller_ids`, `get_caller_id` | `GET phone_numbers`: external numbers, and bought ones with `outbound_enabled` |
//! | `update_caller_id`, `delete_caller_id` | `PUT phone_numbers/{id}`; an external number is removed with `DELETE` |
//! | `check_health` | `GET phone_numbers` with `minimal_mode` |
//! | `start_caller_id`, `complete_caller_id`, `resend_caller_id`, `list_prices`, `register`, `register_range`, `get_main`, `set_main` | none: unsupported. External numbers are added and proved in Zendesk's own pages |
//!
//! A list understands two options of Zendesk's own: `minimal_mode` (`true`) and `view` (`phone_numbers` or `lines`).
//! Digital lines are no phone numbers: a list says in its `provider_data` which there are.
//!
//! Upstream documentation: [phone numbers](https://developer.zendesk.com/api-reference/voice/talk-api/phone_numbers/),
//! [lines](https://developer.zendesk.com/api-reference/voice/talk-api/lines/),
//! [addresses](https://developer.zendesk.com/api-reference/voice/talk-api/addresses/),
//! [OAuth tokens](https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/),
//! [rate limits](https://developer.zendesk.com/api-reference/introduction/rate-limits/).

mod config;
mod convert;
mod error;
mod provider;
mod request;
mod wire;

use trunkline_core::ProviderName;

pub use config::ZendeskConfig;
pub use provider::Zendesk;

/// The provider name of this adapter, `zendesk`.
pub static PROVIDER: ProviderName = ProviderName::new("zendesk");
