//! The library in one type: [`Trunkline`].

mod builder;
mod buy;
mod list;
mod search;
mod trunkline;

pub use builder::Builder;
pub use buy::{Bought, Buy, Criteria, Held, Order};
pub use list::{ListNumbers, Numbers};
pub use search::{Offer, Offers, Search};
pub use trunkline::Trunkline;
