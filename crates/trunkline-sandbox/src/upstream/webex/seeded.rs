//! How the organizations look at the start: five locations, some of their numbers in use and some free.

use jiff::Timestamp;

use super::ids::Uuid;
use super::plan;
use super::pstn::{self, Connection};
use super::state::{Location, Number, Org, State};
use crate::credentials::WEBEX_TAKEN_NUMBER;
use crate::provider::ProviderKind;
use crate::world::catalog::{BLOCKS, Block};
use crate::world::stock::NumberKind;

mod owners;

use NumberKind::{Local, National, TollFree};

/// When the seeded numbers were added: long ago, so that no stale list leaves them out.
const LONG_AGO: Timestamp = Timestamp::constant(1_735_722_000, 0);

/// The identifier of the `n`th seeded thing of a kind. Tests may know these; what is made later is scattered.
pub(super) const fn uuid(kind: u8, n: u64) -> Uuid {
    const FORM: u128 = (0x4000 << 64) | (0x8000 << 48);
    FORM | ((kind as u128) << 48) | n as u128
}

pub(super) const SAN_FRANCISCO: Uuid = uuid(2, 1);
const OAKLAND: Uuid = uuid(2, 2);
const LONDON: Uuid = uuid(2, 3);
const NEW_YORK: Uuid = uuid(2, 4);
const WAREHOUSE: Uuid = uuid(2, 5);
const CUSTOMER: Uuid = uuid(2, 6);

/// How a seeded number is used.
#[derive(Clone, Copy)]
enum Use {
    Free,
    Main,
    /// The main number, which somebody has too.
    MainOf(Uuid),
    Of(Uuid, &'static str),
    ServiceOf(Uuid),
    Inactive,
    FreeService,
    Reserved,
    MobileOf(Uuid),
}

use Use::{Free, FreeService, Inactive, Main, MainOf, MobileOf, Of, Reserved, ServiceOf};

/// A run of numbers of one block, from this index on.
struct Run {
    location: Uuid,
    block: (&'static str, NumberKind, &'static str),
    first: u32,
    uses: &'static [Use],
}

const fn run(
    location: Uuid,
    block: (&'static str, NumberKind, &'static str),
    first: u32,
    uses: &'static [Use],
) -> Run {
    Run {
        location,
        block,
        first,
        uses,
    }
}

const RUNS: &[Run] = &[
    run(
        SAN_FRANCISCO,
        ("US", Local, "415"),
        0,
        &[
            Main,
            Of(uuid(3, 1), "PRIMARY"),
            Of(uuid(3, 1), "ALTERNATE"),
            Of(uuid(3, 2), "PRIMARY"),
            Of(uuid(3, 2), "FAX"),
            Of(uuid(4, 1), "PRIMARY"),
            Of(uuid(5, 1), "PRIMARY"),
            ServiceOf(uuid(6, 2)),
            Of(uuid(6, 3), "PRIMARY"),
            Of(uuid(6, 4), "PRIMARY"),
            MobileOf(uuid(3, 3)),
            Free,
            Free,
            Inactive,
            FreeService,
            Reserved,
        ],
    ),
    run(
        SAN_FRANCISCO,
        ("US", TollFree, "833"),
        0,
        &[Of(uuid(6, 1), "PRIMARY")],
    ),
    run(
        OAKLAND,
        ("US", Local, "510"),
        0,
        &[Main, Of(uuid(3, 5), "PRIMARY"), Free, Free, Inactive],
    ),
    run(
        LONDON,
        ("GB", Local, "203"),
        0,
        &[MainOf(uuid(6, 6)), Of(uuid(3, 6), "PRIMARY"), Free],
    ),
    run(LONDON, ("GB", National, "330"), 0, &[Free]),
    run(
        NEW_YORK,
        ("US", Local, "212"),
        0,
        &[Main, Of(uuid(3, 7), "PRIMARY"), Free],
    ),
    run(
        CUSTOMER,
        ("US", Local, "212"),
        10,
        &[Main, Of(uuid(3, 8), "PRIMARY"), Free],
    ),
];

/// Fills an empty state.
pub(super) fn fill(state: &mut State) {
    state.locations = locations();
    state.owners = owners::all();
    for run in RUNS {
        add(state, run);
    }
    let taken = Number::unassigned(CUSTOMER, LONG_AGO);
    state.numbers.insert(WEBEX_TAKEN_NUMBER.to_owned(), taken);
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
                Some(Connection::of(&pstn::CLOUD)),
            )
        },
        by(
            place(NEW_YORK, "New York", "8212"),
            Some(Connection::of(&pstn::CISCO)),
        ),
        by(place(WAREHOUSE, "Warehouse", "8900"), None),
        Location {
            org: Org::Customer,
            ..by(
                place(CUSTOMER, "Customer office", "8300"),
                Some(Connection::of(&pstn::CLOUD)),
            )
        },
    ]
}

fn add(state: &mut State, run: &Run) {
    let (country, kind, area) = run.block;
    let is_it =
        |block: &&Block| block.country == country && block.kind == kind && block.area() == area;
    let Some(block) = BLOCKS.iter().find(is_it) else {
        return;
    };
    for (index, usage) in (run.first..).zip(run.uses) {
        let number = block.number(ProviderKind::Webex, index).number;
        if let (Main | MainOf(_), Some(location)) = (usage, state.location_mut(run.location)) {
            location.main = Some(number.clone());
        }
        let mut seeded = used(run.location, *usage);
        seeded.toll_free = plan::is_toll_free(&number);
        state.numbers.insert(number, seeded);
    }
}

fn used(location: Uuid, usage: Use) -> Number {
    let free = Number::unassigned(location, LONG_AGO);
    let of = |owner, role| Number {
        owner: Some(owner),
        role: Some(role),
        ..free.clone()
    };
    match usage {
        Free => free,
        Main => Number {
            role: Some("PRIMARY"),
            ..free
        },
        MainOf(owner) => of(owner, "PRIMARY"),
        Of(owner, role) => of(owner, role),
        ServiceOf(owner) => Number {
            service: true,
            ..of(owner, "PRIMARY")
        },
        Inactive => Number {
            active: false,
            ..free
        },
        FreeService => Number {
            service: true,
            ..free
        },
        Reserved => Number {
            reserved: true,
            ..free
        },
        MobileOf(owner) => Number {
            mobile: true,
            ..of(owner, "PRIMARY")
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials;

    #[test]
    fn the_published_identifiers_are_those_of_the_seed() {
        let state = State::new(LONG_AGO);
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
        let state = State::new(LONG_AGO);
        assert_eq!(state.numbers.len(), 33);
        for (text, number) in &state.numbers {
            assert_eq!(plan::e164(text).as_ref(), Some(text));
            let location = state.location_of(number.location).unwrap();
            let owner = number.owner.map(|owner| state.owner(owner).unwrap());
            assert!(owner.is_none_or(|owner| owner.location == location.uuid));
        }
    }
}
