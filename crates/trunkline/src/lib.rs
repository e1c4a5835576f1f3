//! One API for the phone numbers you hold at every carrier: the library.
//!
//! Search for a number at every account at once, purchase it exactly once, list and update what you hold, release it,
//! and prove that you may show a number as your caller ID: in process, by the same rules as the `trunkline` gateway. It
//! is not that gateway (no HTTP service, no API keys), and it carries neither calls nor messages.
//!
#![cfg_attr(all(feature = "twilio", feature = "sqlite"), doc = "```no_run")]
#![cfg_attr(not(all(feature = "twilio", feature = "sqlite")), doc = "```ignore")]
//! use trunkline::{Bought, Search, Trunkline, Twilio};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> trunkline::Result<()> {
//! # let (sid, token) = ("AC00000000000000000000000000000000", "token");
//! let trunkline = Trunkline::builder()
//!     .account(Twilio::account("us-main", sid, token))
//!     .sqlite("trunkline.db")
//!     .start()
//!     .await?;
//! let search = Search::local("US").area_code("415").limit(3);
//! let found = trunkline.search(search).await?;
//! let Some(offer) = found.first() else { return Ok(()) };
//! match trunkline.buy(offer).key("order-1042").label("front desk").await? {
//!     Bought::Held(held) => println!("{held}"),
//!     Bought::Unknown(purchase) => println!("{} is being settled", purchase.id),
//! }
//! for number in trunkline.numbers().await? {
//!     println!("{number}");
//! }
//! trunkline.release("+14155550100").await?;
//! trunkline.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # A tour
//!
//! | you want to | look at |
//! | --- | --- |
//! | search, purchase, list, update, release | [`Trunkline`] |
//! | describe accounts | each adapter's `account` and `configured`, such as [`Account`] of [`Twilio`]; or a file: [`Config`], [`Trunkline::from_config`] |
//! | keep purchases through a crash | [`Builder::sqlite`], [`Builder::postgres`]. The next start settles what the crash has left: nothing else is to be called |
//! | caller IDs, allocations, events and more | [`Trunkline::services`] |
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
//! One for each carrier: `signalwire`, `twilio`, `wazo`, `webex`, `zendesk`. One for each database: `sqlite`, `postgres`; and
//! `redis` for quotas that replicas share. All carriers and `sqlite` are on by default.

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
mod front;
pub mod reload;
mod secret;

#[doc(no_inline)]
pub use trunkline_core::{
    Account, AccountEntry, AccountHealth, AccountName, AddressRequirement, AvailableNumber, Call,
    Caller, CallerId, CallerIdMethod, CallerIdQuery, CallerIdRequest, CallerIdState,
    CallerIdUpdate, Capability, Contains, CountryCode, E164, Effect, Error, ErrorKind, Features,
    FieldError, HttpMethod, IdempotencyKey, Lane, ListQuery, Location, MadeFrom, Money, Near,
    Number, NumberId, NumberState, NumberType, NumberUpdate, Operation, OperationSet, Owner, Page,
    Patch, PriceSource, Provider, ProviderData, ProviderExt, ProviderName, Purchase, PurchaseId,
    PurchaseOrder, PurchaseState, RangeItem, RangeOutcome, RangeRequest, Register, Registry,
    Result, Retry, Routing, SearchQuery, Sighting, Tenant, Upstream, Webhook,
};
#[doc(no_inline)]
pub use trunkline_core::{capability, quota, seal, service, telemetry};

/// The pipeline through which carriers are called.
#[doc(no_inline)]
pub use trunkline_http as http;

/// The adapter for SignalWire.
#[cfg(feature = "signalwire")]
#[doc(no_inline)]
pub use trunkline_signalwire as signalwire;
#[cfg(feature = "signalwire")]
#[doc(no_inline)]
pub use trunkline_signalwire::{SignalWire, SignalWireConfig};

/// The adapter for Twilio.
#[cfg(feature = "twilio")]
#[doc(no_inline)]
pub use trunkline_twilio as twilio;
#[cfg(feature = "twilio")]
#[doc(no_inline)]
pub use trunkline_twilio::{Twilio, TwilioConfig};

/// The adapter for Wazo.
#[cfg(feature = "wazo")]
#[doc(no_inline)]
pub use trunkline_wazo as wazo;
#[cfg(feature = "wazo")]
#[doc(no_inline)]
pub use trunkline_wazo::{Wazo, WazoConfig};

/// The adapter for Webex Calling.
#[cfg(feature = "webex")]
#[doc(no_inline)]
pub use trunkline_webex as webex;
#[cfg(feature = "webex")]
#[doc(no_inline)]
pub use trunkline_webex::{Webex, WebexConfig};

/// The adapter for Zendesk Talk.
#[cfg(feature = "zendesk")]
#[doc(no_inline)]
pub use trunkline_zendesk as zendesk;
#[cfg(feature = "zendesk")]
#[doc(no_inline)]
pub use trunkline_zendesk::{Zendesk, ZendeskConfig};

/// The databases.
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
#[doc(no_inline)]
pub use trunkline_store as store;

pub use adapters::providers;
pub use config::{Config, Problem, Problems};
pub use front::{
    Bought, Builder, Buy, Criteria, Held, ListNumbers, Numbers, Offer, Offers, Order, Search,
    Trunkline,
};
pub use reload::Running;
pub use secret::Secret;
