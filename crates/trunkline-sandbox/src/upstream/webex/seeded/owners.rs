//! Who there is in the organizations at the start.

use super::super::caller_ids::Setting;
use super::super::ids::Uuid;
use super::super::state::{Owner, OwnerKind};
use super::{CUSTOMER, LONDON, NEW_YORK, OAKLAND, SAN_FRANCISCO, uuid};

use OwnerKind::{
    AutoAttendant, CallQueue, HuntGroup, PagingGroup, Person, SingleNumberReach, VirtualLine,
    VoicemailGroup, Workspace,
};

/// Identifier, kind, location, first and last name, extension. Some have no number, only the extension.
type OwnerRow = (
    Uuid,
    OwnerKind,
    Uuid,
    Option<&'static str>,
    &'static str,
    Option<&'static str>,
);

const OWNERS: &[OwnerRow] = &[
    (
        uuid(3, 1),
        Person,
        SAN_FRANCISCO,
        Some("Amelia"),
        "Brandt",
        Some("1001"),
    ),
    (
        uuid(3, 2),
        Person,
        SAN_FRANCISCO,
        Some("Ben"),
        "Castillo",
        Some("1002"),
    ),
    (
        uuid(3, 3),
        Person,
        SAN_FRANCISCO,
        Some("Chloe"),
        "Duval",
        None,
    ),
    (
        uuid(3, 4),
        Person,
        SAN_FRANCISCO,
        Some("Dev"),
        "Iyer",
        Some("1007"),
    ),
    (
        uuid(3, 5),
        Person,
        OAKLAND,
        Some("Elif"),
        "Fischer",
        Some("2001"),
    ),
    (
        uuid(3, 6),
        Person,
        LONDON,
        Some("Fiona"),
        "Grant",
        Some("3001"),
    ),
    (
        uuid(3, 7),
        Person,
        NEW_YORK,
        Some("Gus"),
        "Hale",
        Some("4001"),
    ),
    (
        uuid(3, 8),
        Person,
        CUSTOMER,
        Some("Hana"),
        "Ito",
        Some("5001"),
    ),
    (
        uuid(4, 1),
        Workspace,
        SAN_FRANCISCO,
        None,
        "Lobby",
        Some("1003"),
    ),
    (
        uuid(4, 2),
        Workspace,
        SAN_FRANCISCO,
        None,
        "Meeting room 4",
        Some("1008"),
    ),
    (
        uuid(4, 3),
        Workspace,
        OAKLAND,
        None,
        "Hot desk 1",
        Some("2002"),
    ),
    (
        uuid(5, 1),
        VirtualLine,
        SAN_FRANCISCO,
        Some("Front"),
        "Desk",
        Some("1004"),
    ),
    (
        uuid(6, 1),
        AutoAttendant,
        SAN_FRANCISCO,
        None,
        "Main menu",
        Some("1000"),
    ),
    (
        uuid(6, 2),
        CallQueue,
        SAN_FRANCISCO,
        None,
        "Support queue",
        Some("1005"),
    ),
    (
        uuid(6, 3),
        HuntGroup,
        SAN_FRANCISCO,
        None,
        "Sales hunt group",
        Some("1006"),
    ),
    (
        uuid(6, 4),
        SingleNumberReach,
        SAN_FRANCISCO,
        Some("Ben"),
        "Castillo",
        None,
    ),
    (
        uuid(6, 5),
        PagingGroup,
        SAN_FRANCISCO,
        None,
        "All hands",
        Some("1009"),
    ),
    (
        uuid(6, 6),
        AutoAttendant,
        LONDON,
        None,
        "London menu",
        Some("3000"),
    ),
    (
        uuid(6, 7),
        VoicemailGroup,
        OAKLAND,
        None,
        "Oakland voicemail",
        Some("1009"),
    ),
];

/// All of them.
pub(super) fn all() -> Vec<Owner> {
    OWNERS.iter().map(owner).collect()
}

fn owner(row: &OwnerRow) -> Owner {
    let (uuid, kind, location, first_name, last_name, extension) = *row;
    Owner {
        uuid,
        kind,
        location,
        first_name,
        last_name,
        extension,
        // The hot desk has the licence of a common area, which knows no calling settings.
        licensed: last_name != "Hot desk 1",
        caller_id: Setting::default(),
    }
}
