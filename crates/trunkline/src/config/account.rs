//! An account of a configuration file.

mod check;
mod common;
mod money;
mod settings;

pub use settings::Account;

pub(crate) use check::check;
pub(crate) use common::common_keys;
#[cfg(all(test, feature = "twilio"))]
pub(crate) use money::{Row, Spend};
pub(crate) use settings::Sharing;
