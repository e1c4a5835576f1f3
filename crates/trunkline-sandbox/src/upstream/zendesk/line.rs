//! A line of an account: a number that was bought, a number from elsewhere, or a line without one; and how it is written.

use std::sync::Arc;

use jiff::Timestamp;

use super::fields::{DIGITAL, Fields, NUMBER, SETTINGS};
use crate::clock::Recorded;
use crate::seed::scatter;
use crate::text::national;
use crate::world::catalog::find_country;
use crate::world::stock::{NumberKind, StockNumber};

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Bought(Arc<StockNumber>),
    /// Shown to callees only. People add and prove such numbers in the admin centre.
    External {
        number: &'static str,
        country: &'static str,
    },
    /// A row that the list of phone numbers has, though there is no number in it.
    Unnumbered,
    /// Rung from a web page by this identifier.
    Digital {
        line_id: String,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) id: u64,
    /// The subdomain of its account.
    pub(super) account: &'static str,
    pub(super) kind: Kind,
    pub(super) created: Timestamp,
    pub(super) created_at: String,
    pub(super) fields: Fields,
    pub(super) settings: Fields,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Abilities {
    pub(super) sms: bool,
    pub(super) mms: bool,
    pub(super) voice: bool,
    pub(super) emergency_address: bool,
}

impl Line {
    pub(super) fn new(id: u64, account: &'static str, kind: Kind, created: Timestamp) -> Self {
        let table = match kind {
            Kind::Digital { .. } => DIGITAL,
            Kind::Bought(_) | Kind::External { .. } | Kind::Unnumbered => NUMBER,
        };
        Self {
            id,
            account,
            kind,
            created,
            created_at: Recorded::exact(created).iso(),
            fields: Fields::new(table),
            settings: Fields::new(SETTINGS),
        }
    }

    pub(super) fn written(self, created: Recorded) -> Self {
        Self {
            created_at: created.iso(),
            ..self
        }
    }

    pub(super) fn number(&self) -> Option<&str> {
        match &self.kind {
            Kind::Bought(number) => Some(&number.number),
            Kind::External { number, .. } => Some(number),
            Kind::Digital { .. } | Kind::Unnumbered => None,
        }
    }

    pub(super) fn country(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::Bought(number) => Some(number.country),
            Kind::External { country, .. } => Some(country),
            Kind::Digital { .. } | Kind::Unnumbered => None,
        }
    }

    pub(super) fn display_number(&self) -> Option<String> {
        Some(display(self.number()?, self.country()?))
    }

    pub(super) fn name(&self) -> Option<String> {
        let nickname = self.fields.text("nickname").map(ToOwned::to_owned);
        nickname.or_else(|| self.display_number())
    }

    pub(super) fn location(&self) -> Option<&'static str> {
        match &self.kind {
            Kind::Bought(number) => location(number),
            Kind::External { .. } | Kind::Digital { .. } | Kind::Unnumbered => None,
        }
    }

    pub(super) fn toll_free(&self) -> bool {
        matches!(&self.kind, Kind::Bought(number) if number.kind == NumberKind::TollFree)
    }

    pub(super) const fn external(&self) -> bool {
        matches!(self.kind, Kind::External { .. })
    }

    pub(super) const fn digital(&self) -> bool {
        matches!(self.kind, Kind::Digital { .. })
    }

    pub(super) fn abilities(&self) -> Abilities {
        match &self.kind {
            Kind::Bought(number) => abilities(number),
            Kind::External { .. } | Kind::Digital { .. } | Kind::Unnumbered => Abilities {
                sms: false,
                mms: false,
                voice: true,
                emergency_address: false,
            },
        }
    }
}

/// What a number of the stock can do. Emergency addresses go with local numbers of North America.
pub(super) fn abilities(number: &StockNumber) -> Abilities {
    let features = number.features();
    Abilities {
        sms: features.sms,
        mms: features.mms,
        voice: features.voice,
        emergency_address: number.is_north_american() && number.kind == NumberKind::Local,
    }
}

/// The state or province in North America, the town elsewhere.
pub(super) fn location(number: &StockNumber) -> Option<&'static str> {
    let place = number.place?;
    Some(if place.region.is_empty() {
        place.locality
    } else {
        place.region
    })
}

/// The `n`th identifier of a record: twelve digits, each larger than the last.
pub(super) fn id(seed: u64, n: u64) -> u64 {
    let jump = u64::try_from(scatter(seed, n) % 977).unwrap_or_default();
    900_000_100_000 + n * 977 + jump
}

/// As people read it: `+1 (415) 555-0100`, elsewhere in groups after the calling code.
pub(super) fn display(e164: &str, country: &str) -> String {
    let digits = e164.trim_start_matches('+');
    let code = find_country(country)
        .map(|country| country.calling_code)
        .filter(|code| digits.starts_with(code))
        .unwrap_or_default();
    if let Some(national) = national(e164).filter(|_| code == "1") {
        return format!("+1 {national}");
    }
    let mut shown = format!("+{code}");
    let mut rest = &digits[code.len()..];
    while !rest.is_empty() {
        // Nothing of one digit is left at the end.
        let cut = if rest.len() <= 4 { rest.len() } else { 3 };
        shown.push(' ');
        shown.push_str(&rest[..cut]);
        rest = &rest[cut..];
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_grow_and_never_repeat() {
        let ids: Vec<_> = (0..1_000).map(|n| id(1, n)).collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn numbers_are_grouped_as_people_read_them() {
        assert_eq!(display("+14155550100", "US"), "+1 (415) 555-0100");
        assert_eq!(display("+442079460123", "GB"), "+44 207 946 0123");
        assert_eq!(display("+35315550100", "IE"), "+353 155 501 00");
    }
}
