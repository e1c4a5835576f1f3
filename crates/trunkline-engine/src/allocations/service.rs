//! What allocations are carried out with.

use std::sync::Arc;

use tokio::sync::Semaphore;
use trunkline_core::host;

use crate::journal::Store;
use crate::numbers::Numbers;
use crate::purchase::Purchases;
use crate::search::Search;

/// Purchases of all allocations of a process at once: more would time out while they wait for their turn at the
/// carrier.
const AT_ONCE: usize = 32;

/// Buys many numbers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Allocations(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) store: Arc<dyn Store>,
    pub(super) search: Search,
    pub(super) purchases: Purchases,
    pub(super) numbers: Numbers,
    pub(super) owner: String,
    pub(super) room: Arc<Semaphore>,
}

impl Allocations {
    /// A service over the others.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        search: Search,
        purchases: Purchases,
        numbers: Numbers,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            search,
            purchases,
            numbers,
            owner: format!("{:016x}", host::random::<u64>()),
            room: Arc::new(Semaphore::new(AT_ONCE)),
        }))
    }
}
