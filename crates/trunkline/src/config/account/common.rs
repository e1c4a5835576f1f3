//! The settings that every account has, whichever its carrier.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use trunkline_core::{AccountEntry, AccountName, Tenant};

use crate::config::account::price::Row;
use crate::config::account::spend::Spend;
use crate::config::read::keys_of;
use crate::config::units;

/// What every account has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Common {
    // Two that can't be done without, so that the lack of both can be told at once.
    #[serde(default, deserialize_with = "units::some_text")]
    pub(super) name: Option<AccountName>,
    pub(super) provider: Option<String>,
    #[serde(default, deserialize_with = "units::text")]
    pub(super) tenant: Tenant,
    #[serde(default)]
    pub(super) priority: i32,
    #[serde(default = "settle", deserialize_with = "units::duration")]
    pub(super) settle: Duration,
    #[serde(default = "gone_after", deserialize_with = "units::duration")]
    pub(super) gone_after: Duration,
    #[serde(default, deserialize_with = "clock_tolerance")]
    pub(super) clock_tolerance: Option<Duration>,
    #[serde(default, deserialize_with = "quarantine")]
    pub(super) quarantine: Duration,
    #[serde(default)]
    pub(super) prices: Vec<Row>,
    #[serde(default)]
    pub(super) spend: Spend,
}

const fn settle() -> Duration {
    AccountEntry::SETTLE
}

const fn gone_after() -> Duration {
    AccountEntry::GONE_AFTER
}

/// A tolerance that still tells a number bought now from one bought long ago.
fn clock_tolerance<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    let tolerance = units::duration(deserializer)?;
    if tolerance > CLOCK_TOLERANCE_MAX {
        return Err(D::Error::custom("at most 24h"));
    }
    Ok(Some(tolerance))
}

/// Longest tolerance between a carrier's clocks.
const CLOCK_TOLERANCE_MAX: Duration = Duration::from_secs(24 * 3_600);

/// A grace period that ends while somebody remembers it.
fn quarantine<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let time = units::duration(deserializer)?;
    if time > QUARANTINE_MAX {
        return Err(D::Error::custom("at most 8760h, a year"));
    }
    Ok(time)
}

/// Longest grace period of a release.
const QUARANTINE_MAX: Duration = Duration::from_secs(365 * 24 * 3_600);

/// The keys that every account has.
pub(crate) fn common_keys() -> &'static [&'static str] {
    keys_of::<Common>()
}
