#![doc = include_str!("../README.md")]

pub mod action;
mod action_log;
pub mod allocations;
pub mod buy;
pub mod caller_ids;
mod countries;
pub mod domain_event;
mod engine;
mod fingerprint;
mod health;
mod held_lease;
pub mod holdings;
pub mod inventory;
pub mod journal;
mod lease;
pub mod machine;
pub mod memory;
pub mod missing;
pub mod numbers;
pub mod offer;
mod paging;
mod pool;
mod prices;
mod protection;
pub mod purchase;
pub mod seal;
pub mod search;
pub mod source;
pub mod spend;
mod vault;

pub use action::{Action, ActionKind, Outcome};
pub use action_log::write_patiently;
pub use allocations::{AllocationStore, Allocations};
pub use caller_ids::{CallerIds, CallerIdsRequest};
pub use countries::Market;
pub use domain_event::DomainEvent;
pub use engine::Engine;
pub use fingerprint::fingerprint;
pub use held_lease::HeldLease;
pub use inventory::{Inventory, InventoryStore, Pace};
pub use journal::{Journal, Store};
pub use memory::MemoryJournal;
pub use missing::Missing;
pub use numbers::{
    MainNumberOf, NumberPatch, Numbers, NumbersRequest, RangeParts, Registered, Releasable,
    Released,
};
pub use offer::Offer;
pub use paging::{Listed, Streamed};
pub use pool::PoolUse;
pub use purchase::{Choice, Keyed, Purchases, Resolution, Started, Timing};
pub use search::{Found, Preference, Search, SearchAnswer, SearchPart, SearchRequest, SearchSort};
pub use source::{Filters, Source, SourceStatus};
pub use spend::Charge;
pub use vault::StoreVault;
