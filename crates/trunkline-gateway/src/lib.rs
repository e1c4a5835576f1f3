#![doc = include_str!("../README.md")]

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
