//! The audit trail: who did what to which number, and what came of it. Rows are only added, and each holds the hash of the
//! one before it, so that changing one later means to change all that follow. Old rows may be deleted: a signed checkpoint
//! takes their place.

pub mod action;
mod anchor;
mod chain;
mod checkpoint;
mod entry;
mod refusals;
mod service;
mod verify;

pub use chain::{Anchor, Head, Link};
pub use checkpoint::{Checkpoint, OldRows};
pub use entry::{AuditFilter, Entry, Reason};
pub use service::Audit;
pub use trunkline_engine::action::Outcome;
pub use verify::{Fault, Verification, verify};
