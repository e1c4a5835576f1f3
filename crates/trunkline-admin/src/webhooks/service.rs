//! The webhooks of all tenants, and what sends to them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::audit::Audit;
use crate::store::{AdminStore, Stores};
use trunkline_core::courier::Courier;
use trunkline_core::host;
use trunkline_engine::Store;
use trunkline_engine::seal::Sealer;

/// Webhooks, and what is sent to them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Webhooks {
    pub(super) store: Arc<dyn AdminStore>,
    pub(super) leases: Arc<dyn Store>,
    pub(super) sealer: Sealer,
    pub(super) courier: Option<Arc<dyn Courier>>,
    pub(super) audit: Audit,
    pub(super) owner: String,
    /// Whether no further round is to be begun.
    pub(super) over: Arc<AtomicBool>,
}

impl Webhooks {
    /// Webhooks in these stores; nothing is sent without a courier.
    #[must_use]
    pub fn new(stores: Stores, sealer: Sealer) -> Self {
        Self {
            audit: Audit::new(stores.admin.clone()),
            store: stores.admin,
            leases: stores.engine,
            sealer,
            courier: None,
            owner: format!("{:016x}", host::random::<u64>()),
            over: Arc::default(),
        }
    }

    /// The same with somebody who sends.
    #[must_use]
    pub fn with_courier(mut self, courier: Arc<dyn Courier>) -> Self {
        self.courier = Some(courier);
        self
    }
}
