//! The pipeline against servers on loopback: what is sent, what is sent again, and what the caller is told.
#![expect(
    clippy::unwrap_used,
    reason = "a helper that breaks is a test that fails"
)]

#[path = "pipeline/auth.rs"]
mod auth;
#[path = "pipeline/breaker.rs"]
mod breaker;
#[path = "pipeline/harness.rs"]
mod harness;
#[path = "pipeline/holds.rs"]
mod holds;
#[path = "pipeline/oauth.rs"]
mod oauth;
#[path = "pipeline/proxied.rs"]
mod proxied;
#[path = "pipeline/purchases.rs"]
mod purchases;
#[path = "pipeline/retries.rs"]
mod retries;
#[path = "pipeline/telemetry.rs"]
mod telemetry;
#[path = "pipeline/tls.rs"]
mod tls;
#[path = "pipeline/transport.rs"]
mod transport;
#[path = "pipeline/webhooks.rs"]
mod webhooks;
