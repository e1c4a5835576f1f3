#![doc = include_str!("../README.md")]

pub mod contract;
pub mod fixture;
pub mod harness;
pub mod journal_contract;
pub mod matrix;
pub mod scripted;
pub mod services;

/// The value with a change made to it.
pub(crate) fn with<T>(mut value: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut value);
    value
}
