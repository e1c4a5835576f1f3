//! One API for the phone numbers you hold at every carrier: the library.
//!
//! Search for a number at every account at once, purchase it exactly once, list and update what you hold, release it,
//! and prove that you may show a number as your caller ID: in process, by the same rules as the `trunkline` gateway. It
//! is not that gateway (no HTTP service, no API keys), and it carries neither calls nor messages.
//!
#![cfg_attr(feature = "twilio", doc = "```")]
#![cfg_attr(not(feature = "twilio"), doc = "```ignore")]
//! use std::sync::Arc;
//!
//! use trunkline::seal::Sealer;
//! use trunkline::service::MemoryJournal;
//! use trunkline::{Config, Operation};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> trunkline::Result<()> {
//! let config = Config::parse(
//!     r#"
//!     [[accounts]]
//!     name = "us-main"
//!     provider = "twilio"
//!     account_sid = "AC00000000000000000000000000000000"
//!     auth_token = "sandbox"
//!     base_url = "http://127.0.0.1:9101"
//!     "#,
//! )?;
//! // Inside a tokio runtime: what is open in the journal is settled in the background from now on.
//! let services = config.services(Arc::new(MemoryJournal::default()), Sealer::new(b"a secret"))?;
//! let account = services.registry.get("us-main").expect("it is configured");
//! assert!(account.provider.capability().supports(Operation::Purchase));
//! // Waits for what is being sent. Dropping the last clone of the services ends the background work too.
//! services.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # A tour
//!
//! | you want to | look at |
//! | --- | --- |
//! | configure accounts | [`Config`], [`Secret`]; `config.example.toml` documents every setting |
//! | search, purchase, list, update, release | [`service::Services`] and its parts |
//! | keep purchases through a crash | [`service::Store`]: [`service::MemoryJournal`] here, databases in `trunkline-store`. The next start settles what the crash has left: nothing else is to be called |
//! | end in good order | [`Services::shutdown`](service::Services::shutdown) |
//! | know what an account can do | [`Capability`] of its [`Provider`] |
//! | tell errors apart | [`Error`]: [`ErrorKind`], [`Retry`] and [`Effect`] |
//! | talk to one carrier, without the rules | an adapter such as [`twilio::Twilio`], in a [`Registry`] or alone |
//! | watch what happens | [`telemetry`]: metrics, and spans for traces |
//! | write an adapter | implement [`Provider`]; [`http`] is the pipeline for its calls |
//!
//! The example `library` shows the life of one number, from search to release, and runs without an account.
//!
//! # Features
//!
//! One for each carrier: `twilio` (on by default).

#[cfg_attr(
    not(feature = "twilio"),
    expect(
        dead_code,
        unused_imports,
        reason = "there is nothing to build without an adapter"
    )
)]
mod adapters;
mod build;
pub mod config;
pub mod reload;
mod secret;

#[doc(no_inline)]
pub use trunkline_core::{
    AccountEntry, AccountHealth, AccountName, AddressRequirement, AvailableNumber, Call, Caller,
    CallerId, CallerIdMethod, CallerIdQuery, CallerIdRequest, CallerIdState, CallerIdUpdate,
    Capability, Contains, CountryCode, E164, Effect, Error, ErrorKind, Features, FieldError,
    HttpMethod, IdempotencyKey, Lane, ListQuery, Location, MadeFrom, Money, Near, Number, NumberId,
    NumberState, NumberType, NumberUpdate, Operation, OperationSet, Owner, Page, Patch,
    PriceSource, Provider, ProviderData, ProviderExt, ProviderName, Purchase, PurchaseId,
    PurchaseOrder, PurchaseState, RangeItem, RangeOutcome, RangeRequest, Register, Registry,
    Result, Retry, Routing, SearchQuery, Sighting, Tenant, Upstream, Webhook,
};
#[doc(no_inline)]
pub use trunkline_core::{capability, quota, seal, service, telemetry};

/// The pipeline through which carriers are called.
#[doc(no_inline)]
pub use trunkline_http as http;

/// The adapter for Twilio.
#[cfg(feature = "twilio")]
#[doc(no_inline)]
pub use trunkline_twilio as twilio;

pub use adapters::providers;
pub use config::{Config, Problem, Problems};
pub use reload::Running;
pub use secret::Secret;
