//! A line of an account: a number that was bought, a number from elsewhere, or a line without one.

use std::sync::Arc;

use jiff::Timestamp;

use super::fields::{DIGITAL, Fields, NUMBER, SETTINGS};
use super::text::display;
use crate::clock::Recorded;
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
