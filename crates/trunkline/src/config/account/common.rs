//! The settings of every account, whatever its carrier.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use trunkline_core::inventory::Watch;
use trunkline_core::{AccountEntry, AccountName, Tenant};

use crate::config::account::money::{Row, Spend};
use crate::config::read::keys_of;
use crate::config::units;

/// The settings of every account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Common {
    // Required, but optional here, so that both are reported if both are missing.
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
    #[serde(default)]
    pub(super) inventory: Compared,
}

/// How the numbers of an account are compared with the inventory, beside what holds for every account.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Compared {
    #[serde(deserialize_with = "units::compared_fields")]
    ignore: Vec<String>,
    watch: Vec<String>,
}

impl From<Compared> for Watch {
    fn from(compared: Compared) -> Self {
        Self {
            ignore: compared.ignore,
            provider_data: compared.watch,
        }
    }
}

const fn settle() -> Duration {
    AccountEntry::SETTLE
}

const fn gone_after() -> Duration {
    AccountEntry::GONE_AFTER
}

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// At most a day: numbers bought now must differ from numbers bought long ago.
fn clock_tolerance<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    let tolerance = units::duration(deserializer)?;
    if tolerance > DAY {
        return Err(D::Error::custom("at most 24h"));
    }
    Ok(Some(tolerance))
}

/// At most a year.
fn quarantine<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let time = units::duration(deserializer)?;
    if time > DAY * 365 {
        return Err(D::Error::custom("at most 8760h, a year"));
    }
    Ok(time)
}

/// The keys of the settings of every account.
pub(crate) fn common_keys() -> &'static [&'static str] {
    keys_of::<Common>()
}
