//! The Wazo adapter of trunkline: the phone-number directory of one tenant of a Wazo stack.
//!
//! Wazo is no carrier. A number in its directory says that the tenant may use it, above all as a caller ID: nothing is
//! bought, proved or billed, and releasing a number only forgets it. What you pay a carrier for it goes on.
//!
//! This crate translates and does nothing else: waiting, retrying and limiting are `trunkline-http`'s.
//!
//! ```
//! use trunkline_core::{Operation, Provider};
//! use trunkline_wazo::{Wazo, WazoConfig};
//!
//! # fn main() -> trunkline_core::Result<()> {
//! let config = WazoConfig::new("http://127.0.0.1:9105", "sandbox", "sandbox".into());
//! let wazo = Wazo::new("office".parse()?, &config)?;
//! assert!(wazo.capability().supports(Operation::RegisterRange));
//! # Ok(())
//! # }
//! ```
//!
//! # What a Wazo tenant can do
//!
//! | operation | Wazo's call, below `/api/confd/1.1` |
//! | --- | --- |
//! | `register` | `POST phone-numbers`; a number that is there already is answered as it is |
//! | `register_range` | `POST phone-numbers/ranges`, then `GET phone-numbers` for what it made |
//! | `list`, `find_owned` | `GET phone-numbers`; filtered by number, digits and main there, by country, type, features and state here |
//! | `get`, `update`, `release` | `GET`, `PUT`, `DELETE phone-numbers/{uuid}` |
//! | `get_main`, `set_main` | `GET`, `PUT phone-numbers/main` (since 24.16) |
//! | `list_caller_ids` | `GET phone-numbers?shared=true`, or of one user `GET users/{id}/callerids/outgoing` |
//! | `get_caller_id`, `update_caller_id` | the shared number of that name: `GET phone-numbers`, `PUT phone-numbers/{uuid}` |
//! | `delete_caller_id` | `PUT phone-numbers/{uuid}` with `shared: false`; the number stays in the directory |
//! | `check_health` | `GET phone-numbers?limit=1` |
//! | `search_available`, `list_prices`, `purchase`, `start_caller_id`, `complete_caller_id`, `resend_caller_id` | none: unsupported |
//!
//! Tokens come from `POST /api/auth/0.1/token` and are renewed when four fifths of their life are over. The user needs
//! the access `confd.phone-numbers.#`, and for a user's caller IDs `confd.users.*.callerids.outgoing.read`.
//!
//! A list may be narrowed and ordered in Wazo's own words too ([`LIST_OPTIONS`]): `search`, `caller_id_name`, `shared`,
//! `order` (`number`, `caller_id_name`, `shared` or `main`), `direction` (`asc` or `desc`), `offset`, and `recurse` for
//! the tenants below. In any order but that by `number` the rows with equal values have none among themselves, so that
//! pages may overlap.
//!
//! Upstream documentation: [phone numbers](https://wazo-platform.org/uc-doc/administration/phone_numbers/),
//! [the REST API](https://wazo-platform.org/documentation/api/configuration.html),
//! [authentication](https://wazo-platform.org/documentation/api/authentication.html).

mod config;
mod convert;
mod error;
mod login;
mod provider;
mod request;
mod wire;

use trunkline_core::ProviderName;

pub use config::{LIST_OPTIONS, WazoConfig};
pub use provider::Wazo;

/// The provider name of this adapter, `wazo`.
pub static PROVIDER: ProviderName = ProviderName::new("wazo");
