#![doc = include_str!("../README.md")]

pub mod access;
pub mod answers;
pub mod audit;
pub mod chronicle;
pub mod events;
pub mod keys;
pub mod memory;
mod retention;
mod services;
mod store;
pub mod trails;
pub mod webhooks;

pub use access::{
    Access, ApiKey, Issued, KeyDraft, KeyFilter, KeyRate, KeyScope, KeyState, Manager, OldSecret,
    SecretHash,
};
pub use answers::{Answer, Answers, Reserve};
pub use audit::Audit;
pub use chronicle::Trail;
pub use events::Events;
pub use keys::Keys;
pub use memory::MemoryAdmin;
pub use retention::Retention;
pub use services::Services;
pub use store::{AdminStore, Stores};
pub use trails::Trails;
pub use webhooks::{Outbox, Webhooks};
