//! The unified model of phone numbers at carriers, and the rules for buying them exactly once.
//!
//! This crate is vocabulary and rules. It opens no socket and no file: adapters bring the
//! carriers, `trunkline-store` the durable journal.
//!
//! ```
//! use trunkline_core::E164;
//!
//! let number: E164 = "+14155550100".parse()?;
//! assert_eq!(number.describe().display, "(415) 555-0100");
//! # Ok::<(), trunkline_core::Error>(())
//! ```

pub mod account;
pub mod call;
pub mod capability;
pub mod error;
pub mod failpoint;
mod mask;
pub mod model;
pub mod provider;
pub mod quota;
pub mod seal;
pub mod service;
pub mod telemetry;
pub mod vault;

pub use account::{Account, Connect};
pub use call::{Call, Lane};
pub use capability::{Capability, Operation, OperationSet};
pub use error::{Effect, Error, ErrorKind, FieldError, Result, Retry, Upstream};
pub use mask::{mask_numbers, one_line};
pub use model::*;
pub use provider::guard::Guarded;
pub use provider::registry::{AccountEntry, MadeFrom, Price, Registry};
pub use provider::{Provider, ProviderExt};
