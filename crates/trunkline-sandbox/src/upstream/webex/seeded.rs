//! How the organizations look at the start, five locations, some of their numbers in use and some free; and their books.

mod owners;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use NumberKind::{Local, National, TollFree};
use jiff::Timestamp;
use owners::{CUSTOMER, LONDON, NEW_YORK, OAKLAND, SAN_FRANCISCO, WAREHOUSE};

use super::connection::{CISCO, CLOUD, Connection};
use super::grants::Grants;
use super::ids::{Org, Uuid, seeded};
use super::state::{Location, Number, State};
use super::{ids, jobs};
use crate::carrier::StockOrder;
use crate::credentials::WEBEX_TAKEN_NUMBER;
use crate::fake;
use crate::ledger::{Ledger, OwnedEntry, dollars};
use crate::options::Options;
use crate::provider::ProviderKind;
use crate::settings::PlanError;
use crate::world::Market;
use crate::world::catalog::{BLOCKS, Block};
use crate::world::stock::NumberKind;

/// When the seeded numbers were added: long ago, so that no stale list leaves them out.
const LONG_AGO: Timestamp = Timestamp::constant(1_735_722_000, 0);

/// A seeded number. Its location, and whether it is toll-free, follow from where it is.
const FREE: Number = Number::unassigned(0, LONG_AGO);
const MAIN: Number = Number {
    role: Some("PRIMARY"),
    ..FREE
};
const INACTIVE: Number = Number {
    active: false,
    ..FREE
};
const SERVICE: Number = Number {
    service: true,
    ..FREE
};
const RESERVED: Number = Number {
    reserved: true,
    ..FREE
};

impl Number {
    const fn of(mut self, owner: Uuid, role: &'static str) -> Self {
        (self.owner, self.role) = (Some(owner), Some(role));
        self
    }

    const fn mobile(mut self) -> Self {
        self.mobile = true;
        self
    }
}

/// A run of numbers of one block, from this index on.
struct Run {
    location: Uuid,
    country: &'static str,
    kind: NumberKind,
    area: &'static str,
    first: u32,
}

impl Run {
    const fn of(country: &'static str, kind: NumberKind, area: &'static str) -> Self {
        Self {
            location: SAN_FRANCISCO,
            country,
            kind,
            area,
            first: 0,
        }
    }

    const fn at(self, location: Uuid) -> Self {
        Self { location, ..self }
    }

    const fn from(self, first: u32) -> Self {
        Self { first, ..self }
    }
}

const RUNS: &[(Run, &[Number])] = &[
    (
        Run::of("US", Local, "415").at(SAN_FRANCISCO),
        &[
            MAIN,
            FREE.of(seeded(3, 1), "PRIMARY"),
            FREE.of(seeded(3, 1), "ALTERNATE"),
            FREE.of(seeded(3, 2), "PRIMARY"),
            FREE.of(seeded(3, 2), "FAX"),
            FREE.of(seeded(4, 1), "PRIMARY"),
            FREE.of(seeded(5, 1), "PRIMARY"),
            SERVICE.of(seeded(6, 2), "PRIMARY"),
            FREE.of(seeded(6, 3), "PRIMARY"),
            FREE.of(seeded(6, 4), "PRIMARY"),
            FREE.of(seeded(3, 3), "PRIMARY").mobile(),
            FREE,
            FREE,
            INACTIVE,
            SERVICE,
            RESERVED,
        ],
    ),
    (
        Run::of("US", TollFree, "833").at(SAN_FRANCISCO),
        &[FREE.of(seeded(6, 1), "PRIMARY")],
    ),
    (
        Run::of("US", Local, "510").at(OAKLAND),
        &[MAIN, FREE.of(seeded(3, 5), "PRIMARY"), FREE, FREE, INACTIVE],
    ),
    (
        Run::of("GB", Local, "203").at(LONDON),
        &[
            MAIN.of(seeded(6, 6), "PRIMARY"),
            FREE.of(seeded(3, 6), "PRIMARY"),
            FREE,
        ],
    ),
    (Run::of("GB", National, "330").at(LONDON), &[FREE]),
    (
        Run::of("US", Local, "212").at(NEW_YORK),
        &[MAIN, FREE.of(seeded(3, 7), "PRIMARY"), FREE],
    ),
    (
        Run::of("US", Local, "212").at(CUSTOMER).from(10),
        &[MAIN, FREE.of(seeded(3, 8), "PRIMARY"), FREE],
    ),
];

impl fake::State for State {
    fn new(_options: &Options, now: Timestamp) -> Self {
        let mut state = Self {
            market: Market::new(ProviderKind::Webex),
            locations: locations(),
            owners: owners::all(),
            numbers: BTreeMap::new(),
            jobs: Vec::new(),
            grants: Grants::new(now),
            releases: Vec::new(),
            released: Vec::new(),
        };
        for (run, numbers) in RUNS {
            add(&mut state, run, numbers);
        }
        let taken = Number::unassigned(CUSTOMER, LONG_AGO);
        state.numbers.insert(WEBEX_TAKEN_NUMBER.to_owned(), taken);
        state
    }

    /// Jobs whose time has come are done.
    fn catch_up(&mut self, now: Timestamp) {
        jobs::settle(self, now);
    }

    fn ledger(&mut self) -> Ledger {
        ledger_of(self)
    }

    fn set_stock(&mut self, order: &StockOrder, now: Timestamp) -> Result<usize, PlanError> {
        set_stock(self, order, now)
    }
}

fn locations() -> Vec<Location> {
    let place = |uuid, name, prefix: &str| Location {
        uuid,
        org: Org::Own,
        name,
        country: "US",
        pstn: Some(Connection::through_gateway()),
        main: None,
        main_name: Some(name.to_owned()),
        routing_prefix: prefix.to_owned(),
        outside_dial_digit: Some("9".to_owned()),
        enforce_outside_dial_digit: false,
        announcement_language: "en_us".to_owned(),
        external_caller_id_name: Some(name.to_owned()),
        access_network_info: None,
        charge_number: None,
        use_charge_number: false,
    };
    let by = |location: Location, option| Location {
        pstn: option,
        ..location
    };
    vec![
        place(SAN_FRANCISCO, "San Francisco", "8415"),
        place(OAKLAND, "Oakland", "8510"),
        Location {
            country: "GB",
            announcement_language: "en_gb".to_owned(),
            ..by(
                place(LONDON, "London", "8020"),
                Some(Connection::of(&CLOUD)),
            )
        },
        by(
            place(NEW_YORK, "New York", "8212"),
            Some(Connection::of(&CISCO)),
        ),
        by(place(WAREHOUSE, "Warehouse", "8900"), None),
        Location {
            org: Org::Customer,
            ..by(
                place(CUSTOMER, "Customer office", "8300"),
                Some(Connection::of(&CLOUD)),
            )
        },
    ]
}

fn add(state: &mut State, run: &Run, numbers: &[Number]) {
    let is_it = |block: &&Block| {
        block.country == run.country && block.kind == run.kind && block.area() == run.area
    };
    let Some(block) = BLOCKS.iter().find(is_it) else {
        return;
    };
    for (index, number) in (run.first..).zip(numbers) {
        let text = block.number(ProviderKind::Webex, index).number;
        // The first number of a location is its main number.
        if let Some(location) = state.location_mut(run.location) {
            location.main.get_or_insert_with(|| text.clone());
        }
        let number = Number {
            location: run.location,
            toll_free: ids::is_toll_free(&text),
            ..number.clone()
        };
        state.numbers.insert(text, number);
    }
}

/// What is written down in all organizations. Nothing here was bought or costs anything at Webex.
pub(super) fn ledger_of(state: &State) -> Ledger {
    let entry = |(text, number): (&String, &Number)| OwnedEntry {
        number: text.clone(),
        account: state.org_of(number).unwrap_or(Org::Own).id(),
        since: number.since,
        monthly_price: dollars(0),
        by: number.by,
    };
    let mut owned: Vec<_> = state.numbers.iter().map(entry).collect();
    owned.sort_by(|a, b| (a.since, &a.number).cmp(&(b.since, &b.number)));
    Ledger {
        owned,
        releases: state.releases.clone(),
        ..Ledger::default()
    }
}

/// Makes the first location of a country have so many unassigned numbers of an area code, its main number aside.
pub(super) fn set_stock(
    state: &mut State,
    order: &StockOrder,
    now: Timestamp,
) -> Result<usize, PlanError> {
    let block = state.market.block(order)?;
    let location = state
        .locations
        .iter()
        .find(|location| location.org == Org::Own && location.country == block.country)
        .ok_or_else(|| {
            let message = format!("there is no location in {}", block.country);
            PlanError::new("country", message)
        })?;
    let (uuid, main) = (location.uuid, location.main.clone());
    let prefix = block.prefix(ProviderKind::Webex);
    let free = state.numbers.iter().filter(|(text, number)| {
        text.starts_with(&prefix)
            && number.location == uuid
            && number.owner.is_none()
            && main.as_ref() != Some(text)
    });
    let free: Vec<_> = free.map(|(text, _)| text.clone()).collect();
    for surplus in free.iter().skip(order.count) {
        state.numbers.remove(surplus);
    }
    let mut kept = free.len().min(order.count);
    for index in 0..block.capacity() {
        if kept == order.count {
            break;
        }
        let text = block.number(ProviderKind::Webex, index).number;
        let toll_free = ids::is_toll_free(&text);
        if let Entry::Vacant(vacant) = state.numbers.entry(text) {
            vacant.insert(Number {
                toll_free,
                ..Number::unassigned(uuid, now)
            });
            kept += 1;
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials;

    #[test]
    fn published_identifiers_are_those_of_the_seed() {
        let state = <State as fake::State>::new(&Options::default(), LONG_AGO);
        let location = |i: usize| state.locations[i].id();
        for (published, id) in [
            (credentials::WEBEX_ORG_ID, Org::Own.id()),
            (credentials::WEBEX_CUSTOMER_ORG_ID, Org::Customer.id()),
            (credentials::WEBEX_LOCATION_ID, location(0)),
            (credentials::WEBEX_SECOND_LOCATION_ID, location(1)),
            (credentials::WEBEX_LONDON_LOCATION_ID, location(2)),
            (credentials::WEBEX_INTEGRATED_LOCATION_ID, location(3)),
            (credentials::WEBEX_UNCONNECTED_LOCATION_ID, location(4)),
            (credentials::WEBEX_PERSON_ID, state.owners[0].id()),
            (credentials::WEBEX_WORKSPACE_ID, state.owners[8].id()),
            (credentials::WEBEX_VIRTUAL_LINE_ID, state.owners[11].id()),
        ] {
            assert_eq!(published, id);
        }
    }

    #[test]
    fn every_number_has_a_place_and_its_owner_is_there() {
        let state = <State as fake::State>::new(&Options::default(), LONG_AGO);
        assert_eq!(state.numbers.len(), 33);
        for (text, number) in &state.numbers {
            assert_eq!(ids::e164(text).as_ref(), Some(text));
            let location = state.location_of(number.location).unwrap();
            let owner = number.owner.map(|owner| state.owner(owner).unwrap());
            assert!(owner.is_none_or(|owner| owner.location == location.uuid));
        }
    }
}
