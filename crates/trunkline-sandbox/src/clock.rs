//! The carriers' clocks: the real time, what a test has moved it on by, and how far each carrier's own two clocks are off.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use http::header;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use trunkline_core::host;

use crate::exchange::Answer;
use crate::provider::{ProviderKind, Trait};
use crate::settings::PlanError;

/// The two clocks of a carrier, as offsets from the sandbox's clock. The default is exact and sends `Date`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClockSettings {
    /// How far the clock behind the `Date` header is ahead, in milliseconds; negative is behind.
    pub date_offset_ms: i64,
    /// How far the clock behind the times in records is ahead, in milliseconds; negative is behind. Records that are
    /// there already keep their times.
    pub record_offset_ms: i64,
    /// Whether answers have a `Date` header.
    pub send_date: bool,
    /// Writes times of records as local time of this zone, without saying so. `SignalWire`, Zendesk and Wazo (tokens)
    /// can; the formats of the others always name a zone.
    pub record_zone: Option<RecordZone>,
}

impl ClockSettings {
    /// Exact clocks.
    pub const EXACT: Self = Self {
        date_offset_ms: 0,
        record_offset_ms: 0,
        send_date: true,
        record_zone: None,
    };

    /// Refuses settings that a carrier can't have.
    pub(crate) fn check(&self, kind: ProviderKind) -> Result<(), PlanError> {
        let lack = kind.lacks(Trait::LocalTimes);
        match lack.filter(|_| self.record_zone.is_some()) {
            Some(lack) => Err(PlanError::new("record_zone", lack)),
            None => Ok(()),
        }
    }
}

impl Default for ClockSettings {
    fn default() -> Self {
        Self::EXACT
    }
}

/// A fixed distance from UTC: `+05:30`, in JSON a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordZone(Offset);

impl RecordZone {
    /// So many minutes east of UTC; `None` if that is more than a day.
    pub fn east_minutes(minutes: i32) -> Option<Self> {
        Offset::from_seconds(minutes.checked_mul(60)?)
            .ok()
            .map(Self)
    }

    /// At most 18 hours and 59 minutes.
    fn parse(text: &str) -> Option<Self> {
        let offset = strtime::parse("%:z", text).ok()?.offset()?;
        let bounded = offset.seconds().abs() < 19 * 60 * 60;
        bounded.then_some(Self(offset))
    }
}

impl fmt::Display for RecordZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl Serialize for RecordZone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wanted = "a distance from UTC like +05:30 is needed";
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(wanted))
    }
}

/// One clock for all carriers of a sandbox, and the settings of one of them. Cooldowns, expiries and dates follow it;
/// delays of faults do not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    ahead_ms: Arc<AtomicI64>,
    settings: Arc<Mutex<ClockSettings>>,
}

impl Clock {
    /// The clock of one carrier: the time is that of all of them.
    pub(crate) fn of_carrier(&self) -> Self {
        Self {
            ahead_ms: Arc::clone(&self.ahead_ms),
            settings: Arc::default(),
        }
    }

    /// What time it is at the carriers.
    pub(crate) fn now(&self) -> Timestamp {
        moved(host::now(), self.ahead_ms.load(Ordering::Relaxed))
    }

    pub(crate) fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let _ = self
            .ahead_ms
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |ahead| {
                Some(ahead.saturating_add(by))
            });
    }

    pub(crate) fn reset(&self) {
        self.ahead_ms.store(0, Ordering::Relaxed);
    }

    pub(crate) fn settings(&self) -> ClockSettings {
        *self.settings.lock()
    }

    pub(crate) fn set(&self, settings: ClockSettings) {
        *self.settings.lock() = settings;
    }

    /// Writes the carrier's `Date` on an answer, or takes it away.
    pub(crate) fn date(&self, answer: &mut Answer) {
        let settings = self.settings();
        if settings.send_date {
            let at = moved(self.now(), settings.date_offset_ms).to_zoned(TimeZone::UTC);
            let text = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            answer.set(header::DATE, text);
        } else {
            answer.headers.remove(header::DATE);
        }
    }

    /// How the carrier's database writes down a time.
    pub(crate) fn record(&self, at: Timestamp) -> Recorded {
        let settings = self.settings();
        Recorded {
            at: moved(at, settings.record_offset_ms),
            zone: settings.record_zone,
        }
    }
}

fn moved(at: Timestamp, by_ms: i64) -> Timestamp {
    let bound = if by_ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    at.checked_add(SignedDuration::from_millis(by_ms))
        .unwrap_or(bound)
}

/// A time as it stands in a record: of the database's clock, perhaps in local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) at: Timestamp,
    zone: Option<RecordZone>,
}

impl Recorded {
    /// A time of an exact clock in UTC.
    pub(crate) const fn exact(at: Timestamp) -> Self {
        Self { at, zone: None }
    }

    /// Another time, written the same way.
    pub(crate) const fn like(self, at: Timestamp) -> Self {
        Self { at, ..self }
    }

    pub(crate) fn local(self) -> DateTime {
        let zone = self.zone.map_or(Offset::UTC, |zone| zone.0);
        zone.to_datetime(self.at)
    }

    /// ISO 8601 to the second: `2026-03-02T10:00:00Z`, local time without the `Z`.
    pub(crate) fn iso(self) -> String {
        let mark = if self.zone.is_some() { "" } else { "Z" };
        self.local()
            .strftime(&format!("%Y-%m-%dT%H:%M:%S{mark}"))
            .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zone_is_parsed_from_its_text_form() {
        for text in ["+05:30", "-08:00", "+00:00", "+14:00"] {
            assert_eq!(RecordZone::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "Z",
            "5:30",
            "+5:30",
            "+05:60",
            "+25:00",
            "Europe/Berlin",
            "+é0:00",
        ] {
            assert_eq!(RecordZone::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn local_time_is_written_without_a_zone() {
        let at: Timestamp = "2026-03-02T10:00:00.987Z".parse().unwrap();
        assert_eq!(Recorded::exact(at).iso(), "2026-03-02T10:00:00Z");
        let zone = RecordZone::east_minutes(-480);
        assert_eq!(Recorded { at, zone }.iso(), "2026-03-02T02:00:00");
    }
}
