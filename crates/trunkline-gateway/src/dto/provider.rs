//! Providers, accounts and what they can do.

use std::time::Duration;

use serde::Serialize;
use trunkline_core::{AccountEntry, Capability};
use trunkline_engine::spend::Spending;
use utoipa::ToSchema;

use crate::dto::caller_id::method_name;
use crate::dto::spend::SpendDto;

/// A provider that is built in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Provider)]
pub struct ProviderDto {
    /// Its name in the configuration.
    #[schema(examples("twilio"))]
    pub name: String,
    /// What its API can do.
    pub capability: CapabilityDto,
}

/// What a provider's API can do: a request for anything else is refused before it leaves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Capability)]
pub struct CapabilityDto {
    /// Supported operations.
    #[schema(value_type = Vec<String>)]
    pub operations: Vec<&'static str>,
    /// Number types that can be searched and purchased.
    pub number_types: Vec<String>,
    /// Countries that can be searched; `null` if only the carrier knows.
    pub countries: Option<Vec<String>>,
    /// Search filters that the carrier applies itself.
    #[schema(value_type = Vec<String>)]
    pub search_filters: Vec<&'static str>,
    /// Search filters that trunkline applies to what the carrier answers.
    #[schema(value_type = Vec<String>)]
    pub search_filters_local: Vec<&'static str>,
    /// Most numbers that one search can answer.
    pub search_limit_max: usize,
    /// List filters that the carrier applies itself.
    #[schema(value_type = Vec<String>)]
    pub list_filters: Vec<&'static str>,
    /// List filters that trunkline applies to what the carrier answers.
    #[schema(value_type = Vec<String>)]
    pub list_filters_local: Vec<&'static str>,
    /// Names that `provider_options[name]` of a list may have.
    #[schema(value_type = Vec<String>)]
    pub list_options: Vec<&'static str>,
    /// Largest page of the carrier's list.
    pub page_size_max: usize,
    /// Most numbers that can be registered at once.
    pub batch_max: usize,
    /// Fields of a number that can be changed.
    #[schema(value_type = Vec<String>)]
    pub writable: Vec<&'static str>,
    /// How a caller ID is proved.
    #[schema(value_type = Option<String>, examples("call_enter_code"))]
    pub caller_id_method: Option<&'static str>,
    /// Days after a purchase in which the carrier refuses a release.
    pub release_cooldown_days: u32,
    /// Whether search answers carry a price.
    pub search_has_prices: bool,
    /// Whether a purchase of a number that the account holds already sells nothing, so that an allocation may try one again
    /// that was not answered.
    pub repeated_purchase_is_safe: bool,
}

impl From<&Capability> for CapabilityDto {
    fn from(c: &Capability) -> Self {
        Self {
            operations: c
                .operations
                .iter()
                .map(trunkline_core::Operation::as_str)
                .collect(),
            number_types: c.number_types.iter().map(ToString::to_string).collect(),
            countries: c
                .countries
                .as_ref()
                .map(|all| all.iter().map(ToString::to_string).collect()),
            search_filters: c.search_filters.iter().map(|f| f.as_str()).collect(),
            search_filters_local: c.search_filters_local.iter().map(|f| f.as_str()).collect(),
            search_limit_max: c.search_limit_max,
            list_filters: c.list_filters.iter().map(|f| f.as_str()).collect(),
            list_filters_local: c.list_filters_local.iter().map(|f| f.as_str()).collect(),
            list_options: c.list_options.clone(),
            page_size_max: c.page_size_max,
            batch_max: c.batch_max,
            writable: c.writable.iter().map(|f| f.as_str()).collect(),
            caller_id_method: c.caller_id_method.map(method_name),
            release_cooldown_days: c.release_cooldown_days,
            search_has_prices: c.search_has_prices,
            repeated_purchase_is_safe: c.repeated_purchase_is_safe,
        }
    }
}

/// A configured account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub struct AccountDto {
    /// The operator's name for it.
    #[schema(examples("us-main"))]
    pub name: String,
    /// Its provider.
    #[schema(examples("twilio"))]
    pub provider: String,
    /// Who it is at the carrier.
    pub identity: String,
    /// Higher goes first where a strategy asks for it.
    pub priority: i32,
    /// What it can do.
    pub capability: CapabilityDto,
    /// How it is doing, as seen from this process.
    pub health: HealthDto,
    /// What it is allowed.
    pub limits: LimitsDto,
    /// What its purchases may cost together, and do.
    pub spend: SpendDto,
}

/// How an account is doing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub struct HealthDto {
    /// `ok`, `held` (the carrier asked us to keep away), `degraded` (the last call failed) or `down` (calls are not let through).
    #[schema(examples("ok"))]
    pub status: &'static str,
    /// `closed` (calls are let through), `half_open` or `open`.
    #[schema(examples("closed"))]
    pub breaker: &'static str,
    /// Milliseconds that the carrier asked us to keep away.
    pub held_for_ms: Option<u64>,
    /// Requests on their way.
    pub in_flight: usize,
    /// What the carrier last failed with; `null` once a call succeeded again.
    pub last_error: Option<String>,
}

/// What an account is allowed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Limits)]
pub struct LimitsDto {
    /// Configured requests per second; `null` for none.
    pub per_second: Option<u32>,
    /// Configured burst.
    pub burst: Option<u32>,
    /// Requests that may leave this instant; `null` without a rate limit.
    pub remaining: Option<u32>,
    /// Most requests on their way at once, now.
    pub concurrency: usize,
}

impl AccountDto {
    /// An account, with what it may spend.
    #[must_use]
    pub fn new(entry: &AccountEntry, spending: Spending) -> Self {
        let provider = &entry.provider;
        let health = provider.health();
        let status = match (health.breaker, health.held_for, &health.last_error) {
            (trunkline_core::BreakerState::Open, ..) => "down",
            (_, Some(_), _) => "held",
            (_, None, Some(_)) => "degraded",
            _ => "ok",
        };
        Self {
            name: provider.account().to_string(),
            provider: provider.provider().to_string(),
            identity: provider.identity().to_owned(),
            priority: entry.priority,
            capability: CapabilityDto::from(provider.capability()),
            health: HealthDto {
                status,
                breaker: health.breaker.as_str(),
                held_for_ms: health.held_for.map(millis),
                in_flight: health.in_flight,
                last_error: health.last_error,
            },
            limits: LimitsDto {
                per_second: health.per_second,
                burst: health.burst,
                remaining: health.remaining,
                concurrency: health.concurrency,
            },
            spend: SpendDto::from(spending),
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
