//! Where everything is kept.

use std::sync::Arc;

use trunkline_engine::{MemoryJournal, Store};

use crate::answers::Answers;
use crate::keys::Keys;
use crate::memory::MemoryAdmin;
use crate::trails::Trails;
use crate::webhooks::Outbox;

/// What this crate keeps, in one database.
pub trait AdminStore: Keys + Answers + Trails + Outbox {}

impl<S> AdminStore for S where S: Keys + Answers + Trails + Outbox {}

/// The two sides of one store: the engine's, and this crate's. What the engine tells its side of is read from the other.
#[derive(Clone, Debug)]
pub struct Stores {
    /// The engine's.
    pub engine: Arc<dyn Store>,
    /// This crate's.
    pub admin: Arc<dyn AdminStore>,
}

impl Stores {
    /// Both in one database.
    #[must_use]
    pub fn of<S: Store + AdminStore>(store: Arc<S>) -> Self {
        Self {
            engine: Arc::clone(&store) as Arc<dyn Store>,
            admin: store,
        }
    }

    /// Only the engine's: nothing of what it tells is kept, and there are no keys.
    #[must_use]
    pub fn without_admin(engine: Arc<dyn Store>) -> Self {
        Self {
            admin: Arc::new(MemoryAdmin::beside(MemoryJournal::default())),
            engine,
        }
    }

    /// Both in memory: everything is lost with the process.
    #[must_use]
    pub fn memory() -> Self {
        let admin = MemoryAdmin::beside(MemoryJournal::default());
        Self {
            engine: admin.journal(),
            admin: Arc::new(admin),
        }
    }
}
