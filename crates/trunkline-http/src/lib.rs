//! The one HTTP pipeline through which every carrier is called.
//!
//! Deadline, circuit breaker, holds, rate limit, concurrency cap, attempt, verdict and retry live here and nowhere
//! else. This crate knows no carrier: an adapter hands over a [`Profile`], whose `explain` function reads the
//! carrier's errors, and sends [`ApiRequest`]s, which are plain data.
//!
//! ```
//! use secrecy::SecretString;
//! use trunkline_core::{AccountName, Operation, ProviderName};
//! use trunkline_http::{ApiRequest, Auth, Explained, HttpClient, Profile};
//!
//! # fn main() -> trunkline_core::Result<()> {
//! let auth = Auth::Bearer(SecretString::from("a-token"));
//! let base = "https://api.example.com/v2/".parse().expect("a URL");
//! let account = AccountName::new("us-main")?;
//! let profile = Profile::new(account, ProviderName::new("example"), base, auth, Explained::by_status);
//! let client = HttpClient::new(profile)?;
//! let request = ApiRequest::get(Operation::List, "numbers").query("limit", "50");
//! // let page: Numbers = client.send(request).await?.json()?;
//! # drop((client, request));
//! # Ok(())
//! # }
//! ```

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
mod unnamed;
mod verdict;
pub mod webhooks;

pub use auth::{Auth, TokenSource};
pub use base_url::base_url;
pub use client::HttpClient;
pub use explain::{Explain, Explained, Refusal};
pub use oauth::{OAuthGrant, TokenBody};
pub use profile::{Limits, Profile, Retries, Timeouts};
pub use proxy::Proxies;
pub use renew::{Grant, Renewing};
pub use request::{ApiRequest, Body, Replay};
pub use response::Response;
pub use transport::tls;
pub use unnamed::Unnamed;
pub use webhooks::{Allowed, WebhookCourier};
