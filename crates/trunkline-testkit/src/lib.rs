#![doc = include_str!("../README.md")]

pub mod contract;
pub mod fixture;
pub mod harness;
pub mod journal_contract;
pub mod matrix;
pub mod scripted;
pub mod services;
