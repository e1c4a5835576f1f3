//! The inventory: what accounts hold, as trunkline remembers it, and what changed there without it.

mod compare;
mod drift;
mod entry;
mod query;
mod report;

pub use compare::{FIELDS, FieldChange, Watch, changes};
pub use drift::{Drift, DriftAuthor, DriftClass, DriftQuery, DriftSelector, DriftState};
pub use entry::{Holding, HoldingState, InventoryEntry, Origin};
pub use query::{InventoryPage, InventoryQuery, InventorySort, InventorySource, digits};
pub use report::{
    Difference, InventoryReport, Place, PlaceKind, PlacedValue, PriceCounts, SummaryBy,
    SummaryFigures, SummaryGroup, SyncProgress, SyncReading, SyncState, WhereAbouts,
};
