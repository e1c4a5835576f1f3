//! The HTTP API of trunkline, as a library: a router over the services of `trunkline-core`.
//!
//! It holds no rule about buying: those are in the services, so that library and command line share them.
//!
//! ```
//! use std::sync::Arc;
//! use trunkline_core::service::{MemoryJournal, Services, Timing};
//! use trunkline_core::{Registry, seal::Sealer};
//! use trunkline_gateway::{AppState, Settings, router};
//!
//! let services = Services::new(
//!     Registry::default(),
//!     Arc::new(MemoryJournal::default()),
//!     Sealer::new(b"a secret of yours"),
//!     Timing::default(),
//! );
//! // `serve` does that itself: it settles what is open, in the background.
//! // services.start()?;
//! let app = router(AppState::new(services, Settings::default(), Vec::new()));
//! # let _: axum::Router = app;
//! ```

mod address;
mod auth;
pub mod dto;
mod error;
mod extract;
mod guard;
mod headers;
mod idempotency;
mod layers;
mod limits;
mod openapi;
pub mod reload;
mod router;
mod routes;
mod serve;
mod server;
mod settings;
mod spans;
mod state;
pub mod telemetry;
mod via;

pub use auth::Operator;
pub use reload::{Reload, Reloaded};
pub use router::{document, router};
pub use serve::{bind, serve};
pub use settings::Settings;
pub use state::AppState;
