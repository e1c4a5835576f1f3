//! The numbers that accounts hold: list, show, change, release.

mod change;
mod findings;
mod main_number;
mod patch;
mod range;
mod read;
mod register;
mod release;
mod resolve;
mod respell;
mod service;

pub use main_number::MainNumberOf;
pub use patch::NumberPatch;
pub use range::RangeParts;
pub use read::NumbersRequest;
pub use register::Registered;
pub use release::{Releasable, Released};
pub use service::Numbers;
