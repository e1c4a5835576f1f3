//! Providers, accounts and what they can do.

use serde::Serialize;
use trunkline_core::{AccountEntry, AccountHealth, BreakerState, Capability, Descriptor, Setting};
use trunkline_engine::spend::Spending;
use utoipa::ToSchema;

use crate::dto::caller_id::CallerIdMethodDto;
use crate::dto::closed_set::mirrors;
use crate::dto::convert::{dtos, unchanged};
use crate::dto::spend::SpendDto;

mirrors! {
    /// State of an account's circuit breaker.
    BreakerStateDto as BreakerState = trunkline_core::BreakerState {
        Closed "closed", HalfOpen "half_open", Open "open",
    }
}

dtos! {
    /// A kind of carrier that this build knows.
    pub(crate) ProviderDto as Provider = &'static Descriptor, |carrier| {
        /// Name in configuration and answers.
        name: String = carrier.provider,
        /// Name for people.
        label: String,
        /// The carrier's own pages about its API.
        documentation: Vec<String>,
        /// Settings of an account, beside those that every account has.
        settings: Vec<SettingDto>,
        /// Rights that reading needs.
        read_rights: String = carrier.to_read,
        /// Rights that buying, changing and releasing need.
        write_rights: String = carrier.to_write,
        /// What to do when the carrier refuses the credential.
        credential_help: String = carrier.credential,
        /// Types of routing for calls; empty if calls can't be routed.
        #[schema(examples("webhook"))]
        voice: Vec<String>,
        /// Types of routing for messages; empty if messages can't be routed.
        #[schema(examples("webhook"))]
        messaging: Vec<String>,
        /// True when numbers are kept by location: registering one needs a location, and each location has a main number.
        by_location: bool,
        /// How a number becomes a caller ID, in a phrase.
        caller_ids: String,
        /// The header in which its answers name a request; lower case.
        #[schema(examples("x-request-id"))]
        request_id_header: String,
        /// The header with the signature of its callbacks; `null` if it does not call back.
        callback_signature_header: Option<String>,
        /// What an account can do, unless its settings take something away.
        capability: CapabilityDto = (carrier.capability)(),
    }

    /// A setting of an account.
    pub(crate) SettingDto as Setting = Setting, |setting| {
        /// Its key in the configuration.
        key: String,
        /// True when it is secret: read from the environment or a file, and never shown.
        secret: bool,
        /// What it is for, and where to get it.
        description: String = setting.about,
    }

    /// What an account can do. Any other request is refused before it is sent.
    pub(crate) CapabilityDto as Capability = Capability, |c| {
        /// Supported operations.
        operations: Vec<String> = c.operations.iter().collect::<Vec<_>>(),
        /// Number types that can be searched and purchased.
        number_types: Vec<String>,
        /// Countries that can be searched; `null` if only the carrier knows.
        countries: Option<Vec<String>>,
        /// Search filters applied by the carrier.
        search_filters: Vec<String>,
        /// Search filters applied by trunkline to the carrier's answer.
        search_filters_local: Vec<String>,
        /// Most numbers in one answer to a search.
        search_limit_max: usize,
        /// List filters applied by the carrier.
        list_filters: Vec<String>,
        /// List filters applied by trunkline to the carrier's answer.
        list_filters_local: Vec<String>,
        /// Names for `provider_options[name]` of a list.
        list_options: Vec<String>,
        /// Largest page of the carrier's list.
        page_size_max: usize,
        /// Most numbers that can be registered at once.
        batch_max: usize,
        /// Fields of a number that can be changed.
        writable: Vec<String>,
        /// How a caller ID is verified.
        caller_id_method: Option<CallerIdMethodDto>,
        /// Days after a purchase in which the carrier refuses a release.
        release_cooldown_days: u32,
        /// True when answers to a search have prices.
        search_has_prices: bool,
        /// True when buying a number again that the account holds already sells nothing, so that an allocation may repeat
        /// a purchase that was not answered.
        repeated_purchase_is_safe: bool,
    }

    /// State of an account.
    pub(crate) HealthDto as Health = AccountHealth, |health| {
        /// `ok`, `held` (the carrier asked for a pause), `degraded` (the last call failed) or `down` (no call is made).
        status: AccountStatus = AccountStatus::of(health),
        /// `closed` (calls are made), `half_open` (one call is tried) or `open` (no call is made).
        breaker: BreakerStateDto,
        /// Milliseconds left of a pause that the carrier asked for.
        held_for_ms: Option<u64> = health
            .held_for
            .map(|held| u64::try_from(held.as_millis()).unwrap_or(u64::MAX)),
        /// Requests under way.
        in_flight: usize,
        /// Requests that wait here for the account's limits.
        waiting: usize,
        /// The last failure; `null` once a call has succeeded again.
        last_error: Option<String>,
    }

    /// Limits of an account.
    pub(crate) LimitsDto as Limits = AccountHealth, |health| {
        /// Configured requests per second; `null` for no limit.
        per_second: Option<u32>,
        /// Configured burst.
        burst: Option<u32>,
        /// Requests that can be sent right now; `null` without a rate limit.
        remaining: Option<u32>,
        /// Most requests under way at once, at present.
        concurrency: usize,
    }
}

/// State of an account in a word.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccountStatus {
    Ok,
    Held,
    Degraded,
    Down,
}

unchanged! { AccountStatus as AccountStatus }

impl AccountStatus {
    fn of(health: &AccountHealth) -> Self {
        match (health.breaker, health.held_for, &health.last_error) {
            (BreakerState::Open, ..) => Self::Down,
            (_, Some(_), _) => Self::Held,
            (_, None, Some(_)) => Self::Degraded,
            _ => Self::Ok,
        }
    }
}

/// A configured account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountDto {
    /// Its name in the configuration.
    #[schema(examples("twilio"))]
    pub(crate) name: String,
    /// Its provider.
    pub(crate) provider: String,
    /// Its identity at the carrier.
    pub(crate) identity: String,
    /// The strategy `priority` takes the account with the highest one first.
    pub(crate) priority: i32,
    /// What it can do.
    pub(crate) capability: CapabilityDto,
    /// Its state, as seen by this process.
    pub(crate) health: HealthDto,
    /// Its limits.
    pub(crate) limits: LimitsDto,
    /// What its purchases may cost together, and what they cost.
    pub(crate) spend: SpendDto,
}

impl AccountDto {
    /// An account and its spending.
    pub(crate) fn new(entry: &AccountEntry, spending: Spending) -> Self {
        let provider = &entry.provider;
        let health = provider.health();
        Self {
            name: provider.account().to_string(),
            provider: provider.provider().to_string(),
            identity: provider.identity().to_owned(),
            priority: entry.priority,
            capability: provider.capability().clone().into(),
            limits: health.clone().into(),
            health: health.into(),
            spend: spending.into(),
        }
    }
}
