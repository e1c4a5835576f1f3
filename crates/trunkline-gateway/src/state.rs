//! What handlers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use trunkline_core::service::Services;
use trunkline_core::{Capability, ProviderName};

use crate::settings::Settings;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    services: Services,
    settings: Settings,
    providers: Vec<(ProviderName, Capability)>,
    owner: String,
    draining: AtomicBool,
}

impl AppState {
    /// State over these services; `providers` are those built in.
    #[must_use]
    pub fn new(
        services: Services,
        settings: Settings,
        providers: Vec<(ProviderName, Capability)>,
    ) -> Self {
        let services = match &settings.public_url {
            Some(url) => services.with_callbacks(url.as_str()),
            None => services,
        };
        let owner = format!("gateway-{:016x}", rand::random::<u64>());
        Self(Arc::new(Inner {
            services,
            settings,
            providers,
            owner,
            draining: AtomicBool::new(false),
        }))
    }

    /// The services.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.0.services
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The providers built in.
    #[must_use]
    pub fn providers(&self) -> &[(ProviderName, Capability)] {
        &self.0.providers
    }

    /// Who this process is, among those that share a database.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.0.owner
    }

    /// From now on the gateway is not ready.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Release);
    }

    /// Whether it is being shut down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Acquire)
    }
}
