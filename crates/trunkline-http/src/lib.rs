#![doc = include_str!("../README.md")]

mod account;
pub mod auth;
mod base_url;
mod breaker;
pub mod client;
pub mod explain;
mod gate;
mod limiter;
pub mod oauth;
mod policy;
pub mod profile;
mod proxy;
mod redact;
mod refusal;
pub mod renew;
pub mod request;
pub mod response;
mod retry_after;
pub mod telemetry;
mod transport;
mod verdict;
pub mod webhooks;
pub mod wire;

pub use auth::{Auth, TokenSource};
pub use base_url::base_url;
pub use client::HttpClient;
pub use explain::{Codes, Explain, Explained, Refusal};
pub use oauth::{OAuthGrant, TokenBody};
pub use profile::{Limits, Profile, Retries, Timeouts};
pub use proxy::Proxies;
pub use renew::{Grant, Renewing};
pub use request::{ApiRequest, Body, Replay};
pub use response::Response;
pub use transport::tls;
pub use webhooks::{Allowed, WebhookCourier};
pub use wire::Unnamed;
