#![doc = include_str!("../README.md")]

#[macro_use]
mod named;

pub mod account;
pub mod call;
pub mod capability;
pub mod courier;
mod descriptor;
pub mod error;
pub mod failpoint;
pub mod host;
pub mod inventory;
pub mod json;
mod mask;
pub mod model;
mod nearest;
mod operation;
pub mod provider;
pub mod quota;
pub mod registry;
pub mod strength;
pub mod telemetry;
pub mod vault;

pub use account::{Account, Connect};
pub use call::{Call, Lane};
pub use capability::{Capability, Operation, OperationSet};
pub use descriptor::{Descriptor, Setting};
pub use error::{Effect, Error, ErrorKind, FieldError, Result, Retry, Upstream};
pub use mask::{inert_cell, mask_numbers, one_line};
pub use model::*;
pub use nearest::{did_you_mean, nearest};
pub use provider::guard::Guarded;
pub use provider::{Provider, ProviderExt};
pub use registry::{AccountEntry, MadeFrom, Price, Registry, TOLERANCE, TOLERANCE_OF_OURS, Terms};
