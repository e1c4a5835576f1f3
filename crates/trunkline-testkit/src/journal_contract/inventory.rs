//! The inventory: what accounts hold, remembered.

mod counts;
mod draft;
mod drift;
mod listing;
mod reading;
mod shelves;

pub use counts::*;
pub use drift::*;
pub use listing::*;
pub use reading::*;
pub use shelves::*;
