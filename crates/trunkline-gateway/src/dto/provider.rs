//! Providers, accounts and what they can do.

use std::time::Duration;

use serde::Serialize;
use trunkline_core::{AccountEntry, Capability};
use trunkline_engine::spend::Spending;
use utoipa::ToSchema;

use crate::dto::caller_id::CallerIdMethodDto;
use crate::dto::closed_set::mirrors;
use crate::dto::spend::SpendDto;

/// A provider that is built in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Provider)]
pub(crate) struct ProviderDto {
    /// Its name in the configuration.
    #[schema(examples("twilio"))]
    pub(crate) name: String,
    /// What its API can do.
    pub(crate) capability: CapabilityDto,
}

/// What a provider's API can do: a request for anything else is refused before it leaves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Capability)]
pub(crate) struct CapabilityDto {
    /// Supported operations.
    #[schema(value_type = Vec<String>)]
    pub(crate) operations: Vec<&'static str>,
    /// Number types that can be searched and purchased.
    pub(crate) number_types: Vec<String>,
    /// Countries that can be searched; `null` if only the carrier knows.
    pub(crate) countries: Option<Vec<String>>,
    /// Search filters that the carrier applies itself.
    #[schema(value_type = Vec<String>)]
    pub(crate) search_filters: Vec<&'static str>,
    /// Search filters that trunkline applies to what the carrier answers.
    #[schema(value_type = Vec<String>)]
    pub(crate) search_filters_local: Vec<&'static str>,
    /// Most numbers that one search can answer.
    pub(crate) search_limit_max: usize,
    /// List filters that the carrier applies itself.
    #[schema(value_type = Vec<String>)]
    pub(crate) list_filters: Vec<&'static str>,
    /// List filters that trunkline applies to what the carrier answers.
    #[schema(value_type = Vec<String>)]
    pub(crate) list_filters_local: Vec<&'static str>,
    /// Names that `provider_options[name]` of a list may have.
    #[schema(value_type = Vec<String>)]
    pub(crate) list_options: Vec<&'static str>,
    /// Largest page of the carrier's list.
    pub(crate) page_size_max: usize,
    /// Most numbers that can be registered at once.
    pub(crate) batch_max: usize,
    /// Fields of a number that can be changed.
    #[schema(value_type = Vec<String>)]
    pub(crate) writable: Vec<&'static str>,
    /// How a caller ID is proved.
    pub(crate) caller_id_method: Option<CallerIdMethodDto>,
    /// Days after a purchase in which the carrier refuses a release.
    pub(crate) release_cooldown_days: u32,
    /// Whether search answers carry a price.
    pub(crate) search_has_prices: bool,
    /// Whether a purchase of a number that the account holds already sells nothing, so that an allocation may try one again
    /// that was not answered.
    pub(crate) repeated_purchase_is_safe: bool,
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
            caller_id_method: c.caller_id_method.map(Into::into),
            release_cooldown_days: c.release_cooldown_days,
            search_has_prices: c.search_has_prices,
            repeated_purchase_is_safe: c.repeated_purchase_is_safe,
        }
    }
}

/// A configured account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountDto {
    /// The operator's name for it.
    #[schema(examples("us-main"))]
    pub(crate) name: String,
    /// Its provider.
    #[schema(examples("twilio"))]
    pub(crate) provider: String,
    /// Who it is at the carrier.
    pub(crate) identity: String,
    /// Higher goes first where a strategy asks for it.
    pub(crate) priority: i32,
    /// What it can do.
    pub(crate) capability: CapabilityDto,
    /// How it is doing, as seen from this process.
    pub(crate) health: HealthDto,
    /// What it is allowed.
    pub(crate) limits: LimitsDto,
    /// What its purchases may cost together, and do.
    pub(crate) spend: SpendDto,
}

/// How an account is doing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthDto {
    /// `ok`, `held` (the carrier asked us to keep away), `degraded` (the last call failed) or `down` (calls are not let through).
    pub(crate) status: AccountStatus,
    /// `closed` (calls are let through), `half_open` or `open`.
    pub(crate) breaker: BreakerStateDto,
    /// Milliseconds that the carrier asked us to keep away.
    pub(crate) held_for_ms: Option<u64>,
    /// Requests on their way.
    pub(crate) in_flight: usize,
    /// What the carrier last failed with; `null` once a call succeeded again.
    pub(crate) last_error: Option<String>,
}

/// How an account is doing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccountStatus {
    Ok,
    Held,
    Degraded,
    Down,
}

mirrors! {
    /// Whether calls to an account are let through.
    BreakerStateDto as BreakerState = trunkline_core::BreakerState {
        Closed "closed", HalfOpen "half_open", Open "open",
    }
}

/// What an account is allowed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Limits)]
pub(crate) struct LimitsDto {
    /// Configured requests per second; `null` for none.
    pub(crate) per_second: Option<u32>,
    /// Configured burst.
    pub(crate) burst: Option<u32>,
    /// Requests that may leave this instant; `null` without a rate limit.
    pub(crate) remaining: Option<u32>,
    /// Most requests on their way at once, now.
    pub(crate) concurrency: usize,
}

impl AccountDto {
    /// An account, with what it may spend.
    #[must_use]
    pub(crate) fn new(entry: &AccountEntry, spending: Spending) -> Self {
        let provider = &entry.provider;
        let health = provider.health();
        let status = match (health.breaker, health.held_for, &health.last_error) {
            (trunkline_core::BreakerState::Open, ..) => AccountStatus::Down,
            (_, Some(_), _) => AccountStatus::Held,
            (_, None, Some(_)) => AccountStatus::Degraded,
            _ => AccountStatus::Ok,
        };
        Self {
            name: provider.account().to_string(),
            provider: provider.provider().to_string(),
            identity: provider.identity().to_owned(),
            priority: entry.priority,
            capability: CapabilityDto::from(provider.capability()),
            health: HealthDto {
                status,
                breaker: health.breaker.into(),
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
