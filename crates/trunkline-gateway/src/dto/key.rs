//! API keys.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use trunkline_admin::{ApiKey, KeyDraft, KeyRate};
use trunkline_core::host;
use trunkline_core::{AccountName, Ceilings, Error, Result};
use trunkline_engine::spend::Spending;
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::criteria::MoneyBody;
use crate::dto::spend::SpendDto;
use crate::values::{parse, time};

/// A new API key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
#[schema(as = KeyCreate)]
pub(crate) struct KeyBody {
    /// Name, for people: 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100, examples("billing service"))]
    pub(crate) name: String,
    /// What it may do: one or more of `numbers:read`, `numbers:write`, `numbers:purchase`, `numbers:release`,
    /// `caller_ids:read`, `caller_ids:write` and `admin`. No scope includes another.
    #[schema(min_items = 1, examples("numbers:read"))]
    pub(crate) scopes: Vec<String>,
    /// Its tenant; default your own. A key can make keys of its own tenant only.
    #[schema(examples("default"))]
    pub(crate) tenant: Option<String>,
    /// The only accounts that it sees; default all accounts that you see.
    #[schema(examples("twilio"))]
    pub(crate) accounts: Option<Vec<String>>,
    /// Ceilings on its purchases, in addition to those of the accounts.
    pub(crate) spend: Option<KeySpendBody>,
    /// Its rate limit; default the configured one.
    pub(crate) rate_limit: Option<KeyRateDto>,
    /// When it expires; default never.
    #[serde(default, deserialize_with = "time")]
    pub(crate) expires_at: Option<Timestamp>,
}

/// Ceilings on the purchases of a key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
#[schema(as = KeySpendCeilings)]
pub(crate) struct KeySpendBody {
    /// Highest sum of the monthly prices of all numbers bought with the key and not released.
    pub(crate) monthly: Option<MoneyBody>,
    /// Highest sum of the setup fees of a calendar month (UTC).
    pub(crate) setup: Option<MoneyBody>,
}

/// Rate limit of a key.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(expecting = "an object, such as {\"per_second\": 10, \"burst\": 20}")]
#[schema(as = KeyRate)]
pub(crate) struct KeyRateDto {
    /// Requests per second, on average.
    #[schema(value_type = u32, minimum = 1, examples(10))]
    pub(crate) per_second: NonZeroU32,
    /// Requests at once.
    #[schema(value_type = u32, minimum = 1, examples(20))]
    pub(crate) burst: NonZeroU32,
}

/// Replacement of a key's secret.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(expecting = "an object")]
#[schema(as = KeyRotate)]
pub(crate) struct RotateBody {
    /// Seconds for which the old secret stays valid: default 0, at most a week.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 604_800, examples(3600))]
    pub(crate) overlap_secs: u64,
}

mirrors! {
    /// State of a key.
    KeyStateDto as KeyState = trunkline_admin::KeyState {
        Active "active", Expired "expired", Revoked "revoked",
    }
}

/// An API key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct KeyDto {
    /// Id. It is a part of the token, and not secret.
    #[schema(examples("key_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
    pub(crate) id: String,
    /// Name.
    #[schema(examples("billing service"))]
    pub(crate) name: String,
    /// Its tenant.
    #[schema(examples("default"))]
    pub(crate) tenant: String,
    /// `active`, `expired` or `revoked`.
    pub(crate) state: KeyStateDto,
    /// What it may do.
    #[schema(examples("numbers:read"))]
    pub(crate) scopes: Vec<String>,
    /// The only accounts that it sees; `null` for all accounts of the tenant.
    pub(crate) accounts: Option<Vec<String>>,
    /// Its ceilings, and what is committed.
    pub(crate) spend: SpendDto,
    /// Its rate limit; `null` for the configured one.
    pub(crate) rate_limit: Option<KeyRateDto>,
    /// When it was created.
    pub(crate) created_at: Timestamp,
    /// When its secret was last replaced.
    pub(crate) rotated_at: Option<Timestamp>,
    /// Until when the old secret is valid.
    pub(crate) overlap_until: Option<Timestamp>,
    /// When it expires.
    pub(crate) expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub(crate) revoked_at: Option<Timestamp>,
    /// When it was last used, to within a minute.
    pub(crate) last_used_at: Option<Timestamp>,
}

/// An API key with its new secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IssuedApiKey)]
pub(crate) struct IssuedKeyDto {
    /// The key.
    #[serde(flatten)]
    pub(crate) key: KeyDto,
    /// The token for `Authorization: Bearer tl_...`. It is shown only once and not stored: `null` when the answer is
    /// repeated.
    #[serde(serialize_with = "exposed")]
    #[schema(value_type = Option<String>, examples("tl_01j9zr2m4g7q8t5v6w7x8y9z0a_bm90IGEgc2VjcmV0IG9mIGFueWJvZHkncywgbm93"))]
    pub(crate) secret: Option<SecretString>,
}

/// Writes the secret into the answer to the request that made it; it leaves nowhere else.
fn exposed<S: serde::Serializer>(
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
    pub(crate) fn new(key: ApiKey, spending: Spending) -> Self {
        let now = host::now();
        let old_secret = key.old_secret.as_ref();
        Self {
            state: key.state(now).into(),
            overlap_until: old_secret.map(|old| old.until).filter(|until| now < *until),
            id: key.id.into(),
            name: key.name,
            tenant: key.tenant.into(),
            scopes: key.scopes.iter().map(ToString::to_string).collect(),
            accounts: key.accounts.as_ref().map(names),
            spend: spending.into(),
            rate_limit: key.rate_limit.map(|rate| KeyRateDto {
                per_second: rate.per_second,
                burst: rate.burst,
            }),
            created_at: key.created_at,
            rotated_at: key.rotated_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// The names of accounts.
pub(crate) fn names(accounts: &BTreeSet<AccountName>) -> Vec<String> {
    accounts.iter().map(ToString::to_string).collect()
}

impl TryFrom<KeyBody> for KeyDraft {
    type Error = Error;

    fn try_from(body: KeyBody) -> Result<Self> {
        let scopes = body.scopes.iter().map(|scope| scope.parse());
        let accounts = body.accounts.map(|names| {
            let names = names.iter().map(|name| parse("accounts", name));
            names.collect::<Result<_>>()
        });
        Ok(Self {
            name: body.name,
            tenant: body.tenant.map(|tenant| tenant.parse()).transpose()?,
            scopes: scopes.collect::<Result<_>>()?,
            accounts: accounts.transpose()?,
            spend: body.spend.map(ceilings).transpose()?.unwrap_or_default(),
            rate_limit: body.rate_limit.map(|rate| KeyRate {
                per_second: rate.per_second,
                burst: rate.burst,
            }),
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
