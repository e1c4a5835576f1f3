//! The inventory: what accounts hold, remembered; and what changed there without our doing.

mod accept;
mod document;
mod judge;
mod lacking;
mod read;
mod report;
mod service;
mod step;
mod store;
mod sync;
mod tags;
mod through;
mod watch;

pub use accept::Accepted;
pub use document::{digest, document, held_now, number_of, place_of, rename};
pub use read::InventoryItem;
pub use service::{Inventory, Pace};
pub use step::{HeldNow, HoldingKey, HoldingStep};
pub use store::{
    Acceptance, Inside, InventoryStore, Judged, Kept, Known, Reading, ReadingEnd, Shelf,
    ShelfState, SortedAfter, SummaryRow, Touch,
};
pub use sync::SyncRequest;
pub use tags::{TagChange, Tagged};
pub use through::steps;
