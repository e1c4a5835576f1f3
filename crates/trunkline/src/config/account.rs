//! An account of a configuration file.

mod check;
mod common;
mod price;
mod settings;
mod spend;

pub use settings::Account;

pub(crate) use check::check;
pub(crate) use common::common_keys;
#[cfg(all(test, feature = "twilio"))]
pub(crate) use price::Row;
pub(crate) use settings::Sharing;
#[cfg(all(test, feature = "twilio"))]
pub(crate) use spend::Spend;
