//! The routes: extract, convert, call one service method, convert.

pub(crate) mod admin;
pub(crate) mod allocations;
pub(crate) mod audit;
mod bought;
pub(crate) mod callbacks;
pub(crate) mod caller_ids;
pub(crate) mod countries;
pub(crate) mod docs;
pub(crate) mod drift;
pub(crate) mod events;
pub(crate) mod inventory;
pub(crate) mod keys;
mod ndjson;
pub(crate) mod numbers;
pub(crate) mod ops;
pub(crate) mod providers;
pub(crate) mod purchases;
pub(crate) mod register;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod webhooks;
