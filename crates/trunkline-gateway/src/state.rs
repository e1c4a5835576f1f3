//! The state that handlers share.

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use futures_util::future::BoxFuture;
use trunkline_admin::Services;
use trunkline_core::quota::SharedQuotas;
use trunkline_core::{Descriptor, Error, ErrorKind, Result};

use crate::limits::Limits;
use crate::reload::Reloaded;
use crate::settings::Settings;

/// Reads the configuration again and replaces the one in use, as a whole or not at all. Requests under way go on with the
/// old one.
pub trait Reload: Debug + Send + Sync + 'static {
    /// Reads and replaces; one call at a time.
    ///
    /// # Errors
    /// Nothing has changed then. `Config` with a field for every fault; `Conflict` if an account with unsettled purchases
    /// is gone or has another identity; `UpstreamUnavailable` if the database can't be read.
    fn reload<'a>(&'a self, state: &'a AppState) -> BoxFuture<'a, Result<Reloaded>>;
}

/// What handlers share; cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    services: Services,
    settings: ArcSwap<Settings>,
    reload: OnceLock<Arc<dyn Reload>>,
    quotas: OnceLock<Arc<dyn SharedQuotas>>,
    providers: Vec<&'static Descriptor>,
    owner: String,
    limits: Limits,
    draining: AtomicBool,
}

impl AppState {
    /// State over these services, in a build with these providers.
    #[must_use]
    pub fn new(
        services: Services,
        settings: Settings,
        mut providers: Vec<&'static Descriptor>,
    ) -> Self {
        providers.sort_by(|a, b| a.provider.cmp(&b.provider));
        let services = match &settings.public_url {
            Some(url) => services.with_callbacks(url.as_str()),
            None => services,
        };
        let owner = format!("gateway-{:016x}", rand::random::<u64>());
        Self(Arc::new(Inner {
            services,
            limits: Limits::new(&settings),
            settings: ArcSwap::from_pointee(settings),
            reload: OnceLock::new(),
            quotas: OnceLock::new(),
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

    /// The current settings.
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        self.0.settings.load_full()
    }

    /// Replaces the settings, for the next requests. The address that the gateway listens on stays.
    pub fn replace_settings(&self, settings: Settings) {
        self.0.settings.store(Arc::new(settings));
    }

    /// Sets how the configuration is read again. Only the first call has an effect.
    pub fn reload_with(&self, reload: Arc<dyn Reload>) {
        let _ = self.0.reload.set(reload);
    }

    /// Sets the quotas that replicas share, whose state `/readyz` shows. Only the first call has an effect.
    pub fn share_quotas(&self, quotas: Arc<dyn SharedQuotas>) {
        let _ = self.0.quotas.set(quotas);
    }

    /// Whether the quotas are shared now; `None` if they never are.
    pub(crate) fn quotas_are_live(&self) -> Option<bool> {
        self.0.quotas.get().map(|quotas| quotas.is_live())
    }

    /// Reads the configuration again and replaces the one in use.
    ///
    /// # Errors
    /// `Unsupported` without a configuration file; those of [`Reload::reload`].
    pub async fn reload(&self) -> Result<Reloaded> {
        match self.0.reload.get() {
            Some(reload) => reload.reload(self).await,
            None => Err(Error::new(
                ErrorKind::Unsupported,
                "this gateway was started without a configuration file",
            )),
        }
    }

    /// The providers of this build, by name.
    pub(crate) fn providers(&self) -> &[&'static Descriptor] {
        &self.0.providers
    }

    /// The name of this process, among those that share a database.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.0.owner
    }

    /// Counts and bounds of incoming requests.
    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Makes the gateway not ready from now on.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Release);
    }

    /// Whether it is being shut down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Acquire)
    }
}
