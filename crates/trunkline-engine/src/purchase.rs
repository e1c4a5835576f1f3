//! Buying exactly once: written down, looked for, sent bare and once, and then asked about.

mod bought;
mod choose;
mod drive;
mod evidence;
mod gone;
mod read;
mod readings;
mod reconcile;
mod resolve;
mod service;
mod settle;
mod sight;
mod skew;
mod slots;
mod spans;
mod start;
mod step;

pub(crate) use bought::Claim;
pub use choose::Choice;
pub use resolve::Resolution;
pub use service::{Purchases, Timing};
pub use start::{Keyed, Started};
