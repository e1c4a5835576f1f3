//! The public shapes of `v1`, apart from the domain so that the domain is free to move.

pub mod caller_id;
pub mod number;
pub mod page;
pub mod problem;
pub mod provider;
pub mod purchase;
pub mod routing;
