//! What is known of one number on sale.

use std::sync::OnceLock;

use serde::Serialize;
use serde_json::value::RawValue;

use super::places::Place;
use crate::json::Object;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum NumberKind {
    Local,
    Mobile,
    TollFree,
    National,
    SharedCost,
    Voip,
    /// Nothing of this kind is on sale anywhere.
    MachineToMachine,
}

impl NumberKind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Local,
        Self::TollFree,
        Self::Mobile,
        Self::National,
        Self::SharedCost,
        Self::Voip,
        Self::MachineToMachine,
    ];

    /// `toll_free`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Mobile => "mobile",
            Self::TollFree => "toll_free",
            Self::National => "national",
            Self::SharedCost => "shared_cost",
            Self::Voip => "voip",
            Self::MachineToMachine => "machine_to_machine",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Whether the law wants to know where the holder lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressNeed {
    None,
    /// Anywhere.
    Any,
    Local,
    /// Outside the country of the number.
    Foreign,
}

impl AddressNeed {
    /// `none`, `any`, `local` or `foreign`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Any => "any",
            Self::Local => "local",
            Self::Foreign => "foreign",
        }
    }
}

/// What a number can do, as most carriers write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Features {
    pub(crate) voice: bool,
    pub(crate) sms: bool,
    pub(crate) mms: bool,
    pub(crate) fax: bool,
}

#[derive(Debug)]
pub(crate) struct StockNumber {
    /// In E.164 form.
    pub(crate) number: String,
    /// ISO 3166-1 alpha-2.
    pub(crate) country: &'static str,
    pub(crate) kind: NumberKind,
    pub(crate) place: Option<&'static Place>,
    pub(crate) address: AddressNeed,
    /// Whether papers must have been handed in.
    pub(crate) bundle: bool,
    /// New to the platform.
    pub(crate) beta: bool,
    /// The monthly price in US cents; the first month is charged at once.
    pub(crate) cents: u32,
    /// What its carrier shows of it while it is on sale.
    pub(super) row: OnceLock<Box<RawValue>>,
}

impl StockNumber {
    pub(crate) fn is_north_american(&self) -> bool {
        matches!(self.country, "US" | "CA")
    }

    pub(crate) fn digits(&self) -> &str {
        self.number.trim_start_matches('+')
    }

    /// Its row in a search, written once: a number on sale does not change.
    pub(crate) fn row(&self, write: impl FnOnce(&Self) -> Object) -> &RawValue {
        self.row.get_or_init(|| write(self).into_raw())
    }

    pub(crate) fn features(&self) -> Features {
        let home = self.is_north_american();
        let mobile = self.kind == NumberKind::Mobile;
        let local = self.kind == NumberKind::Local;
        Features {
            voice: true,
            sms: home || mobile || (local && matches!(self.country, "GB" | "SE" | "PL")),
            mms: home && local,
            fax: home && local,
        }
    }
}
