//! The Webex Calling adapter of trunkline: phone numbers and caller IDs of one Webex organization.
//!
//! It translates and does nothing else: waiting, retrying and limiting are `trunkline-http`'s. It does not sell numbers,
//! for Webex Calling has no shop: numbers come from a carrier and are *registered* at a location.
//!
//! ```
//! use std::sync::Arc;
//!
//! use trunkline_core::vault::MemoryVault;
//! use trunkline_core::{Operation, Provider};
//! use trunkline_webex::{Webex, WebexConfig};
//!
//! # fn main() -> trunkline_core::Result<()> {
//! let config = WebexConfig::new("sandbox".into()).with_base_url("http://127.0.0.1:9104/v1");
//! let vault = Arc::new(MemoryVault::default());
//! let webex = Webex::new("emea-webex".parse()?, &config, vault)?;
//! assert!(webex.capability().supports(Operation::Register));
//! assert!(!webex.capability().supports(Operation::Purchase));
//! # Ok(())
//! # }
//! ```
//!
//! # What a Webex account can do
//!
//! | operation | Webex's call |
//! | --- | --- |
//! | `list`, `get`, `find_owned` | `GET telephony/config/numbers`, the only call that shows numbers; filtered there by number, owner, location, state, availability and everything in `list_options`, here by country, digits, features and main |
//! | `register`, `register_range` | the location's connection, `POST actions/validateNumbers/invoke`, then `POST locations/{id}/numbers` by tens |
//! | `update` | state: `PUT locations/{id}/numbers`; location and usage: a job, waited for; emergency address: `PUT telephony/pstn/numbers/{number}/emergencyAddress` |
//! | `release` | `DELETE locations/{id}/numbers`, never of a main or an assigned number |
//! | `get_main`, `set_main` | `GET`, `PUT locations/{id}`: every location has its own |
//! | `get_caller_id`, `update_caller_id`, `delete_caller_id` | the setting of a person, workspace or virtual line (`person-{id}`, `workspace-{id}`, `virtual-line-{id}`), of a location (`location-{id}`), or a number that can be shown; deleting sets it back to the direct line |
//! | `list_caller_ids` | of one `owner`; of a `location` the numbers that can be shown there; else of every owner of a number |
//! | `check_health` | `GET telephony/config/numbers?max=1` |
//! | `search_available`, `purchase`, `start_caller_id` and the like | none: unsupported |
//!
//! A number's id is the number, that of a bare extension `ext-{extension}@{location id}`. At a location whose numbers
//! come from Cisco's calling plans or an integrated carrier nothing can be registered or released.
//!
//! Upstream documentation: [numbers](https://developer.webex.com/docs/api/v1/numbers),
//! [locations](https://developer.webex.com/docs/api/v1/locations),
//! [caller ID](https://developer.webex.com/docs/api/v1/user-call-settings),
//! [PSTN](https://developer.webex.com/docs/api/v1/pstn),
//! [errors and limits](https://developer.webex.com/docs/basics).

mod config;
mod convert;
mod error;
mod id;
mod provider;
mod request;
mod wire;

use trunkline_core::ProviderName;

pub use config::WebexConfig;
pub use provider::Webex;

/// The provider name of this adapter, `webex`.
pub static PROVIDER: ProviderName = ProviderName::new("webex");
