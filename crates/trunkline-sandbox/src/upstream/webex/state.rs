//! All that one fake Webex remembers, and what its handlers work on.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::connection::Connection;
use super::error::{ApiError, Result};
use super::grants::Grants;
use super::ids::{self, Org, Uuid};
use super::job::Job;
use crate::fake::{self, Fake};
use crate::ledger::{ChangedBy, ReleaseEntry};
use crate::text::{dashed, version_4};
use crate::world::Market;

pub(crate) type Webex = Fake<State>;

/// One request that was let in, and the organization that it is about.
pub(crate) type Context<'r> = fake::Context<'r, Org>;

impl Webex {
    pub(super) fn new_uuid(&self) -> Uuid {
        version_4(self.scattered())
    }

    pub(super) fn tracking_id(&self) -> String {
        let bits = self.scattered_for_request();
        format!("ROUTERGW_{}", dashed(version_4(bits)))
    }
}

/// Everything behind the lock.
#[derive(Debug)]
pub(crate) struct State {
    /// Knows which numbers there may be. Nothing is sold: Webex has no shop.
    pub(super) market: Market,
    pub(super) locations: Vec<Location>,
    pub(super) owners: Vec<Owner>,
    /// Every number of every organization. No two can have the same one.
    pub(super) numbers: BTreeMap<String, Number>,
    /// Oldest first.
    pub(super) jobs: Vec<Job>,
    pub(super) grants: Grants,
    pub(super) releases: Vec<ReleaseEntry>,
    pub(super) released: Vec<(Timestamp, String, Number)>,
}

#[derive(Clone, Debug)]
pub(super) struct Location {
    pub(super) uuid: Uuid,
    pub(super) org: Org,
    pub(super) name: &'static str,
    /// ISO 3166-1 alpha-2.
    pub(super) country: &'static str,
    pub(super) pstn: Option<Connection>,
    /// Its main number, the calling line id.
    pub(super) main: Option<String>,
    /// The name that goes with the main number.
    pub(super) main_name: Option<String>,
    pub(super) routing_prefix: String,
    pub(super) outside_dial_digit: Option<String>,
    pub(super) enforce_outside_dial_digit: bool,
    pub(super) announcement_language: String,
    pub(super) external_caller_id_name: Option<String>,
    pub(super) access_network_info: Option<String>,
    pub(super) charge_number: Option<String>,
    pub(super) use_charge_number: bool,
}

impl Location {
    /// The identifier as it is shown.
    pub(super) fn id(&self) -> String {
        ids::encode("LOCATION", self.uuid)
    }

    pub(super) fn is_main(&self, number: &str) -> bool {
        self.main.as_deref() == Some(number)
    }

    /// Whether numbers may go from one to the other: same country, same kind of connection, same provider.
    pub(super) fn shares_provider(&self, other: &Self) -> bool {
        let provider = |location: &Self| location.pstn.as_ref().map(|pstn| pstn.option.uuid);
        self.org == other.org
            && self.country == other.country
            && provider(self).is_some()
            && provider(self) == provider(other)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) location: Uuid,
    pub(super) active: bool,
    /// `PRIMARY`, `ALTERNATE`, `FAX`; of an assigned number.
    pub(super) role: Option<&'static str>,
    pub(super) toll_free: bool,
    pub(super) service: bool,
    /// Says where an emergency call comes from.
    pub(super) elin: bool,
    pub(super) mobile: bool,
    pub(super) reserved: bool,
    pub(super) owner: Option<Uuid>,
    pub(super) since: Timestamp,
    /// Who added it, if it was not a client of the API.
    pub(super) by: Option<ChangedBy>,
}

impl Number {
    /// An active number that nobody has.
    pub(super) const fn unassigned(location: Uuid, since: Timestamp) -> Self {
        Self {
            location,
            active: true,
            role: None,
            toll_free: false,
            service: false,
            elin: false,
            mobile: false,
            reserved: false,
            owner: None,
            since,
            by: None,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Owner {
    pub(super) uuid: Uuid,
    pub(super) kind: OwnerKind,
    pub(super) location: Uuid,
    pub(super) first_name: Option<&'static str>,
    pub(super) last_name: &'static str,
    pub(super) extension: Option<&'static str>,
    /// Whether it has the licence that calling settings need.
    pub(super) licensed: bool,
    pub(super) caller_id: Setting,
}

impl Owner {
    /// The identifier as it is shown.
    pub(super) fn id(&self) -> String {
        ids::encode(self.kind.name(), self.uuid)
    }

    pub(super) fn name(&self) -> String {
        match self.first_name {
            Some(first) => format!("{first} {}", self.last_name),
            None => self.last_name.to_owned(),
        }
    }
}

/// What the calls of an owner show.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) selected: &'static str,
    pub(super) blocked: bool,
    pub(super) policy: &'static str,
    pub(super) additional_direct_line: bool,
    pub(super) additional_location_number: bool,
    pub(super) selection: &'static str,
    /// Names and numbers that were set, by their members in a body.
    pub(super) texts: BTreeMap<&'static str, String>,
}

impl Setting {
    pub(super) fn text(&self, member: &str) -> Option<&str> {
        self.texts.get(member).map(String::as_str)
    }
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            selected: "DIRECT_LINE",
            blocked: false,
            policy: "DIRECT_LINE",
            additional_direct_line: false,
            additional_location_number: false,
            selection: "FIRSTNAME_LASTNAME",
            texts: BTreeMap::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnerKind {
    Person,
    Workspace,
    VirtualLine,
    AutoAttendant,
    CallQueue,
    HuntGroup,
    PagingGroup,
    /// Single number reach, which has one name in lists and another in filters.
    SingleNumberReach,
    VoicemailGroup,
}

impl OwnerKind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Person => "PEOPLE",
            Self::Workspace => "PLACE",
            Self::VirtualLine => "VIRTUAL_LINE",
            Self::AutoAttendant => "AUTO_ATTENDANT",
            Self::CallQueue => "CALL_QUEUE",
            Self::HuntGroup => "HUNT_GROUP",
            Self::PagingGroup => "PAGING_GROUP",
            Self::SingleNumberReach => "OFFICE_ANYWHERE",
            Self::VoicemailGroup => "VOICEMAIL_GROUP",
        }
    }

    pub(super) const fn filter(self) -> &'static str {
        match self {
            Self::SingleNumberReach => "BROADWORKS_ANYWHERE",
            _ => self.name(),
        }
    }
}

impl State {
    /// The location of an organization that `text` names.
    pub(super) fn location(&self, org: Org, text: &str) -> Result<&Location> {
        self.find_location(org, text)
            .ok_or_else(|| ApiError::no_location(&ids::named(text)))
    }

    pub(super) fn find_location(&self, org: Org, text: &str) -> Option<&Location> {
        let uuid = ids::decode(text)?;
        self.locations
            .iter()
            .find(|location| location.uuid == uuid && location.org == org)
    }

    pub(super) fn location_mut(&mut self, uuid: Uuid) -> Option<&mut Location> {
        self.locations
            .iter_mut()
            .find(|location| location.uuid == uuid)
    }

    /// The location of a number or owner: there always is one.
    pub(super) fn location_of(&self, uuid: Uuid) -> Option<&Location> {
        self.locations.iter().find(|location| location.uuid == uuid)
    }

    pub(super) fn owner(&self, uuid: Uuid) -> Option<&Owner> {
        self.owners.iter().find(|owner| owner.uuid == uuid)
    }

    pub(super) fn number(&self, org: Org, number: &str) -> Option<&Number> {
        let held = self.numbers.get(number)?;
        (self.org_of(held) == Some(org)).then_some(held)
    }

    pub(super) fn org_of(&self, number: &Number) -> Option<Org> {
        self.location_of(number.location)
            .map(|location| location.org)
    }
}
