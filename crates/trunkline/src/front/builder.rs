//! Builds [`Trunkline`] from accounts and a store.

#[cfg(feature = "sqlite")]
use std::path::Path;
use std::sync::Arc;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use secrecy::ExposeSecret;
use secrecy::SecretString;
use trunkline_admin::{Services, Stores};
use trunkline_core::host;
use trunkline_core::vault::TokenVault;
use trunkline_core::{Account, Caller, Error, Registry, Result};
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Pace, Store, StoreVault, Timing};
use trunkline_http::{Allowed, Proxies, WebhookCourier};

use crate::front::Trunkline;
use crate::secret;

/// Where purchases are stored.
#[derive(Default)]
enum Place {
    #[default]
    Nowhere,
    Stores(Stores),
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    Url(SecretString),
}

/// Builds [`Trunkline`]: see [`Trunkline::builder`].
#[derive(Default)]
#[must_use = "nothing happens before `start().await`"]
pub struct Builder {
    accounts: Vec<Account>,
    place: Place,
    secret_key: Option<SecretString>,
}

impl Builder {
    /// Adds an account, such as `Twilio::account("us-main", sid, token)`.
    pub fn account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// Stores purchases in an SQLite file, created if it is missing. Several processes of one machine may share it.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(mut self, path: impl AsRef<Path>) -> Self {
        self.place = Place::Url(format!("sqlite://{}", path.as_ref().display()).into());
        self
    }

    /// Stores purchases in a PostgreSQL database: `postgres://user:password@host/database`. Several machines may share it.
    #[cfg(feature = "postgres")]
    pub fn postgres(mut self, url: impl Into<SecretString>) -> Self {
        self.place = Place::Url(url.into());
        self
    }

    /// Stores purchases in memory, for tests: a crash loses them.
    pub fn memory(mut self) -> Self {
        self.place = Place::Stores(Stores::memory());
        self
    }

    /// Stores purchases in your own store.
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.place = Place::Stores(Stores::without_admin(store));
        self
    }

    /// Seals offers, cursors and rotating tokens with a secret outside the database: at least 32 bytes.
    pub fn secret_key(mut self, key: impl Into<SecretString>) -> Self {
        self.secret_key = Some(key.into());
        self
    }

    /// Opens the store, and starts to settle open purchases on the current tokio runtime. It calls no carrier itself.
    ///
    /// # Errors
    /// `InvalidRequest` or `Config` naming the field: an account, `store` if none was chosen, `secret_key`; no tokio runtime;
    /// `UpstreamUnavailable` if the database can't be reached.
    pub async fn start(self) -> Result<Trunkline> {
        let key = self.secret_key.as_ref();
        if key.is_some_and(secret::is_short) {
            return Err(Error::invalid("secret_key", "shorter than 32 bytes"));
        }
        let (stores, sealer) = self.place.open(key.map(secret::sealer)).await?;
        let journal = Arc::clone(&stores.engine);
        let vault: Arc<dyn TokenVault> = Arc::new(StoreVault::new(journal, sealer.clone()));
        let mut registry = Registry::default();
        for account in self.accounts {
            registry.insert(account.entry(Arc::clone(&vault))?)?;
        }
        let services = Services::new(registry, stores, sealer, Timing::default());
        let services = match self.secret_key {
            Some(_) => services.anchoring(),
            None => services,
        };
        let courier = WebhookCourier::through(Allowed::default(), Proxies::new(None)?, None)?;
        let pace = Pace {
            every: Pace::EVERY,
            ..Pace::default()
        };
        let services = services
            .with_courier(Arc::new(courier))
            .with_inventory(pace);
        services.start()?;
        Ok(Trunkline {
            services,
            caller: Caller::default(),
        })
    }
}

impl Place {
    /// The store and the sealer; default the sealer with the secret of the database.
    #[cfg_attr(
        not(any(feature = "sqlite", feature = "postgres")),
        expect(clippy::unused_async, reason = "a database is waited for")
    )]
    async fn open(self, sealer: Option<Sealer>) -> Result<(Stores, Sealer)> {
        match self {
            Self::Nowhere => Err(Error::invalid(
                "store",
                "missing: choose sqlite, postgres, memory or your own store",
            )),
            Self::Stores(stores) => {
                let sealer = match sealer {
                    Some(sealer) => sealer,
                    None => Sealer::new(&host::random::<[u8; 32]>()),
                };
                Ok((stores, sealer))
            }
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            Self::Url(url) => {
                sealed(trunkline_store::open(url.expose_secret()).await?, sealer).await
            }
        }
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
async fn sealed(
    database: Arc<dyn trunkline_store::Database>,
    sealer: Option<Sealer>,
) -> Result<(Stores, Sealer)> {
    let sealer = match sealer {
        Some(sealer) => sealer,
        None => Sealer::new(database.secret().await?.expose_secret()),
    };
    Ok((trunkline_store::stores(database), sealer))
}

impl Trunkline {
    /// Starts a builder, which takes accounts and a store.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl Trunkline {
    /// Starts with the accounts and the database of a configuration.
    ///
    /// # Errors
    /// `Config` with each setting as a field; those of [`Builder::start`].
    pub async fn from_config(config: crate::Config) -> Result<Self> {
        let (stores, sealer) = Place::Url(config.database_url()?)
            .open(config.sealer()?)
            .await?;
        Ok(Self {
            services: config.services(stores, sealer)?,
            caller: Caller::default(),
        })
    }
}
