//! API keys.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use trunkline_admin::KeyDraft;
use trunkline_admin::{ApiKey, KeyRate, KeyScope};
use trunkline_core::Ceilings;
use trunkline_core::{Error, Result};
use trunkline_engine::spend::Spending;
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::criteria::MoneyBody;
use crate::dto::spend::SpendDto;

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
#[schema(as = KeyCreate)]
pub(crate) struct KeyBody {
    /// What a person calls it: 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100, examples("billing service"))]
    pub(crate) name: String,
    /// What it may do, one or more of `numbers:read`, `numbers:write`, `numbers:purchase`, `numbers:release`,
    /// `caller_ids:read`, `caller_ids:write` and `admin`. None includes another.
    #[schema(min_items = 1, examples("numbers:read"))]
    pub(crate) scopes: Vec<String>,
    /// Its tenant; default your own, and no other for a key.
    #[schema(examples("default"))]
    pub(crate) tenant: Option<String>,
    /// The only accounts that it sees; default all that you see.
    #[schema(examples("us-main"))]
    pub(crate) accounts: Option<Vec<String>>,
    /// What the purchases made with it may cost together, beside the ceilings of their accounts.
    pub(crate) spend: Option<KeySpendBody>,
    /// How fast it may call; default as configured for all keys.
    pub(crate) rate_limit: Option<KeyRateDto>,
    /// When it stops to open anything.
    pub(crate) expires_at: Option<Timestamp>,
}

/// Ceilings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
#[schema(as = KeySpendCeilings)]
pub(crate) struct KeySpendBody {
    /// The most that the monthly prices of all numbers bought with the key and not released may come to.
    pub(crate) monthly: Option<MoneyBody>,
    /// The most that the setup fees of a calendar month (UTC) may come to.
    pub(crate) setup: Option<MoneyBody>,
}

/// How fast a key may call.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(expecting = "an object, such as {\"per_second\": 10, \"burst\": 20}")]
#[schema(as = KeyRate)]
pub(crate) struct KeyRateDto {
    /// Requests per second in the long run.
    #[schema(value_type = u32, minimum = 1, examples(10))]
    pub(crate) per_second: NonZeroU32,
    /// How many of them may come at once.
    #[schema(value_type = u32, minimum = 1, examples(20))]
    pub(crate) burst: NonZeroU32,
}

/// How a key's secret is replaced.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
#[schema(as = KeyRotate)]
pub(crate) struct RotateBody {
    /// How many seconds the secret before still opens: default 0, at most a week.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 604_800, examples(3600))]
    pub(crate) overlap_secs: u64,
}

mirrors! {
    /// Whether a key opens anything.
    KeyStateDto as KeyState = trunkline_admin::KeyState {
        Active "active", Expired "expired", Revoked "revoked",
    }
}

/// An API key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct KeyDto {
    /// Its id, which is a part of the token and no secret.
    #[schema(examples("key_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
    pub(crate) id: String,
    /// What a person calls it.
    #[schema(examples("billing service"))]
    pub(crate) name: String,
    /// Whose things it sees.
    #[schema(examples("default"))]
    pub(crate) tenant: String,
    /// `active`, `expired` or `revoked`.
    pub(crate) state: KeyStateDto,
    /// What it may do.
    #[schema(examples("numbers:read"))]
    pub(crate) scopes: Vec<&'static str>,
    /// The only accounts that it sees; `null` for all of the tenant's.
    pub(crate) accounts: Option<Vec<String>>,
    /// What it may spend and has committed.
    pub(crate) spend: SpendDto,
    /// How fast it may call; `null` as configured for all keys.
    pub(crate) rate_limit: Option<KeyRateDto>,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When its secret was replaced last.
    pub(crate) rotated_at: Option<Timestamp>,
    /// Until when the secret before opens.
    pub(crate) overlap_until: Option<Timestamp>,
    /// When it stops to open anything.
    pub(crate) expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub(crate) revoked_at: Option<Timestamp>,
    /// When it was used last, give or take a minute.
    pub(crate) last_used_at: Option<Timestamp>,
}

/// An API key whose secret was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IssuedApiKey)]
pub(crate) struct IssuedKeyDto {
    /// The key.
    #[serde(flatten)]
    pub(crate) key: KeyDto,
    /// What its holder sends, `Authorization: Bearer tl_...`. It is shown this once and kept nowhere: `null` when the
    /// answer is repeated.
    #[serde(serialize_with = "told")]
    #[schema(value_type = Option<String>, examples("tl_01j9zr2m4g7q8t5v6w7x8y9z0a_bm90IGEgc2VjcmV0IG9mIGFueWJvZHkncywgbm93"))]
    pub(crate) secret: Option<SecretString>,
}

/// Writes the secret: the one place where it leaves, in the answer to the request that had it made.
fn told<S: serde::Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    secret
        .as_ref()
        .map(ExposeSecret::expose_secret)
        .serialize(serializer)
}

impl KeyDto {
    /// The key, and what it has committed.
    #[must_use]
    pub(crate) fn new(key: ApiKey, spending: Spending) -> Self {
        let now = Timestamp::now();
        let accounts = key.accounts.as_ref();
        Self {
            state: key.state(now).into(),
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
            accounts: accounts.map(|all| all.iter().map(ToString::to_string).collect()),
            spend: spending.into(),
            rate_limit: key.rate_limit.map(KeyRateDto::from),
            created_at: key.created_at,
            rotated_at: key.rotated_at,
            overlap_until: key
                .old_secret
                .map(|old| old.until)
                .filter(|until| now < *until),
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
            id: key.id.into(),
            name: key.name,
            tenant: key.tenant.into(),
        }
    }
}

impl From<KeyRate> for KeyRateDto {
    fn from(rate: KeyRate) -> Self {
        Self {
            per_second: rate.per_second,
            burst: rate.burst,
        }
    }
}

impl From<KeyRateDto> for KeyRate {
    fn from(rate: KeyRateDto) -> Self {
        Self {
            per_second: rate.per_second,
            burst: rate.burst,
        }
    }
}

impl TryFrom<KeyBody> for KeyDraft {
    type Error = Error;

    fn try_from(body: KeyBody) -> Result<Self> {
        let scopes: Result<BTreeSet<KeyScope>> =
            body.scopes.iter().map(|scope| scope.parse()).collect();
        let wrong = |field: &str, error: &Error| {
            Error::invalid(field, error.message().trim_start_matches("account: "))
        };
        let accounts = body.accounts.map(|accounts| {
            let names = accounts.iter().map(|name| name.parse());
            let names: Result<BTreeSet<_>> = names.collect();
            names.map_err(|error| wrong("accounts", &error))
        });
        Ok(Self {
            name: body.name,
            tenant: body.tenant.map(|tenant| tenant.parse()).transpose()?,
            scopes: scopes?,
            accounts: accounts.transpose()?,
            spend: body.spend.map(ceilings).transpose()?.unwrap_or_default(),
            rate_limit: body.rate_limit.map(KeyRate::from),
            expires_at: body.expires_at,
        })
    }
}

fn ceilings(body: KeySpendBody) -> Result<Ceilings> {
    let money = |field: &str, money: Option<MoneyBody>| {
        let money = money.map(|money| money.money(&format!("spend.{field}")));
        money.transpose()
    };
    Ok(Ceilings {
        monthly: money("monthly", body.monthly)?,
        setup: money("setup", body.setup)?,
    })
}
