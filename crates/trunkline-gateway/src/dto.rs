//! The public shapes of `v1`, apart from the domain so that the domain is free to move.

pub mod admin;
pub mod allocation;
pub mod audit;
pub mod caller_id;
pub mod country;
pub mod criteria;
pub mod event;
pub mod key;
pub mod main_number;
pub mod number;
pub mod page;
pub mod problem;
pub mod provider;
pub mod purchase;
pub mod register;
pub mod release;
pub mod routing;
pub mod session;
pub mod spend;
pub mod webhook;
