//! The types of `v1`. They are apart from the domain, so that the domain can change without breaking clients.

pub(crate) mod allocation;
pub mod audit;
pub(crate) mod caller_id;
pub(crate) mod closed_set;
pub(crate) mod convert;
pub(crate) mod country;
pub(crate) mod criteria;
pub(crate) mod drift;
pub(crate) mod event;
pub(crate) mod inventory;
pub(crate) mod inventory_filters;
pub(crate) mod key;
pub(crate) mod list;
pub(crate) mod number;
pub(crate) mod page;
pub(crate) mod problem;
pub(crate) mod provider;
pub(crate) mod purchase;
pub(crate) mod register;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod spend;
pub(crate) mod text;
pub(crate) mod webhook;
pub(crate) mod whereabouts;
