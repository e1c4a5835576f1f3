//! The contract suite that every trunkline adapter must pass.

pub mod fixture;
pub mod journal_contract;
pub mod scripted;
