//! The nouns: one struct for each, the same for every carrier.
//!
//! Unknown enum values of a carrier become `Other` and survive a round trip; what has no unified
//! place is kept in `provider_data`.

mod allocation;
mod available;
mod callback;
mod caller;
mod caller_id;
mod candidate;
mod ceilings;
mod country;
mod e164;
mod health;
mod ids;
mod kinds;
mod money;
mod names;
mod number;
mod options;
mod order;
mod page;
mod plan;
mod provider_data;
mod purchase;
mod query;
mod routing;
mod text;
mod trail;
mod update;
mod wishes;

pub use allocation::{
    Allocation, AllocationCounts, AllocationItem, AllocationMode, AllocationState, GivenBack,
    GivenBackState, ItemState,
};
pub use available::{AvailableNumber, PriceSource};
pub use callback::Callback;
pub use caller::{Actor, Caller, Provenance, Requester, Via};
pub use caller_id::{CallerId, CallerIdMethod, CallerIdRequest, CallerIdState, CallerIdUpdate};
pub use candidate::{Candidate, CandidateState, Strategy};
pub use ceilings::Ceilings;
pub use country::{CountryCode, CountryOnSale};
pub use e164::{E164, is_same_number};
pub use health::{AccountHealth, BreakerState};
pub use ids::{
    AllocationId, AuditId, DriftId, EventId, IdempotencyKey, KeyId, NumberId, PurchaseId, SyncId,
    Tenant, WebhookId,
};
pub use kinds::{AddressRequirement, NumberState, NumberType};
pub use money::Money;
pub use names::{AccountName, ProviderName};
pub use number::{Features, Location, Number, Owner};
pub use options::QueryOptions;
pub use order::{PurchaseOrder, RangeItem, RangeOutcome, RangeRequest, Register};
pub use page::Page;
pub use plan::Description;
pub use provider_data::ProviderData;
pub use purchase::{
    Attempt, Configuration, ConfigurationState, HeldRow, Look, Purchase, PurchaseState, Question,
    QuestionReason, Sighting,
};
pub use query::{CallerIdQuery, Contains, ListQuery, Near, SearchQuery};
pub use routing::{HttpMethod, ProviderRouting, Routing, Webhook};
pub use text::plain;
pub use trail::PageTrail;
pub use update::{NumberUpdate, Patch};
pub use wishes::Wishes;
