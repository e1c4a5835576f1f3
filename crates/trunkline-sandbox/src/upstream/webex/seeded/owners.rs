//! Where and who there is in the organizations at the start.

use super::super::ids::{Uuid, seeded};
use super::super::state::{Owner, OwnerKind, Setting};

use OwnerKind::{
    AutoAttendant, CallQueue, HuntGroup, PagingGroup, Person, SingleNumberReach, VirtualLine,
    VoicemailGroup, Workspace,
};

pub(super) const SAN_FRANCISCO: Uuid = seeded(2, 1);
pub(super) const OAKLAND: Uuid = seeded(2, 2);
pub(super) const LONDON: Uuid = seeded(2, 3);
pub(super) const NEW_YORK: Uuid = seeded(2, 4);
pub(super) const WAREHOUSE: Uuid = seeded(2, 5);
pub(super) const CUSTOMER: Uuid = seeded(2, 6);

/// Kind, which of its kind, location, name, and extension, which may be empty. Some have no number, only the extension.
const OWNERS: &[(OwnerKind, u64, Uuid, &str, &str)] = &[
    (Person, 1, SAN_FRANCISCO, "Amelia Brandt", "1001"),
    (Person, 2, SAN_FRANCISCO, "Ben Castillo", "1002"),
    (Person, 3, SAN_FRANCISCO, "Chloe Duval", ""),
    (Person, 4, SAN_FRANCISCO, "Dev Iyer", "1007"),
    (Person, 5, OAKLAND, "Elif Fischer", "2001"),
    (Person, 6, LONDON, "Fiona Grant", "3001"),
    (Person, 7, NEW_YORK, "Gus Hale", "4001"),
    (Person, 8, CUSTOMER, "Hana Ito", "5001"),
    (Workspace, 1, SAN_FRANCISCO, "Lobby", "1003"),
    (Workspace, 2, SAN_FRANCISCO, "Meeting room 4", "1008"),
    (Workspace, 3, OAKLAND, "Hot desk 1", "2002"),
    (VirtualLine, 1, SAN_FRANCISCO, "Front Desk", "1004"),
    (AutoAttendant, 1, SAN_FRANCISCO, "Main menu", "1000"),
    (CallQueue, 2, SAN_FRANCISCO, "Support queue", "1005"),
    (HuntGroup, 3, SAN_FRANCISCO, "Sales hunt group", "1006"),
    (SingleNumberReach, 4, SAN_FRANCISCO, "Ben Castillo", ""),
    (PagingGroup, 5, SAN_FRANCISCO, "All hands", "1009"),
    (AutoAttendant, 6, LONDON, "London menu", "3000"),
    (VoicemailGroup, 7, OAKLAND, "Oakland voicemail", "1009"),
];

pub(super) fn all() -> Vec<Owner> {
    let owners = OWNERS.iter();
    owners
        .map(|&(kind, n, location, name, extension)| {
            let code = match kind {
                Person => 3,
                Workspace => 4,
                VirtualLine => 5,
                _ => 6,
            };
            let named = matches!(kind, Person | VirtualLine | SingleNumberReach);
            let split = name.split_once(' ').filter(|_| named);
            Owner {
                uuid: seeded(code, n),
                kind,
                location,
                first_name: split.map(|(first, _)| first),
                last_name: split.map_or(name, |(_, last)| last),
                extension: Some(extension).filter(|extension| !extension.is_empty()),
                // The hot desk has the licence of a common area, which knows no calling settings.
                licensed: name != "Hot desk 1",
                caller_id: Setting::default(),
            }
        })
        .collect()
}
