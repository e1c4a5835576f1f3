#![doc = include_str!("../README.md")]

mod adapters;
mod build;
pub mod config;
mod front;
pub mod reload;
mod secret;

/// API keys, the audit trail, events and webhooks.
#[doc(no_inline)]
pub use trunkline_admin as admin;
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
pub use trunkline_core::{capability, inventory, quota, telemetry};
/// Searches, buys, lists, changes and releases.
#[doc(no_inline)]
pub use trunkline_engine as engine;

/// The pipeline that calls carriers.
#[doc(no_inline)]
pub use trunkline_http as http;

/// The databases.
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
#[doc(no_inline)]
pub use trunkline_store as store;

pub use adapters::*;
pub use config::{Config, Problem, Problems};
pub use front::{
    Bought, Builder, Buy, Criteria, Held, ListInventory, ListNumbers, Numbers, Offer, Offers,
    Order, Search, Trunkline,
};
pub use reload::Running;
pub use secret::Secret;
