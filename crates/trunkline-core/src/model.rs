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
mod money;
mod number;
mod options;
mod order;
mod page;
mod purchase;
mod query;
mod routing;
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
pub use e164::{Description, E164, is_same_number};
pub use health::{AccountHealth, BreakerState};
pub use ids::{
    AccountName, AllocationId, AuditId, EventId, IdempotencyKey, KeyId, NumberId, ProviderName,
    PurchaseId, Tenant, WebhookId, lower_uuid,
};
pub use money::Money;
pub use number::{
    AddressRequirement, Features, Location, Number, NumberState, NumberType, Owner, ProviderData,
};
pub use options::QueryOptions;
pub use order::{PurchaseOrder, RangeItem, RangeOutcome, RangeRequest, Register};
pub use page::Page;
pub use purchase::{
    Attempt, Configuration, ConfigurationState, HeldRow, Look, Purchase, PurchaseState, Question,
    QuestionReason, Sighting,
};
pub use query::{CallerIdQuery, Contains, ListQuery, Near, SearchQuery};
pub use routing::{HttpMethod, ProviderRouting, Routing, Webhook};
pub use trail::PageTrail;
pub use update::{NumberUpdate, Patch};
pub use wishes::Wishes;

use crate::error::{Error, Result};

/// Refuses text that could not stand on one line: nobody writes our log lines, or a carrier's.
///
/// # Errors
/// `InvalidRequest` naming the field.
pub fn plain(field: &str, text: &str) -> Result<()> {
    const MAX: usize = 2_048;
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(field, "control characters are not allowed"));
    }
    if text.len() > MAX {
        return Err(Error::invalid(field, format!("longer than {MAX} bytes")));
    }
    Ok(())
}
