//! The steps from one version of the tables to the next; the first makes version 1.

/// One step.
pub(crate) struct Migration {
    pub(crate) description: &'static str,
    pub(crate) text: &'static str,
}

/// The steps and the versions that they make.
pub(crate) fn numbered(
    steps: &'static [Migration],
) -> impl Iterator<Item = (i64, &'static Migration)> {
    (1..).zip(steps)
}

macro_rules! migrations {
    ($folder:literal, $($file:literal $description:literal),+ $(,)?) => {
        [$(Migration {
            description: $description,
            text: include_str!(concat!("../migrations/", $folder, "/", $file, ".sql")),
        }),+]
    };
}

/// Those of SQLite.
#[cfg(feature = "sqlite")]
pub(crate) static SQLITE: [Migration; 10] = migrations!(
    "sqlite",
    "0001_journal" "journal",
    "0002_sealed" "sealed",
    "0003_purses" "purses",
    "0004_release_grace" "release grace",
    "0005_allocations" "allocations",
    "0006_keys" "keys",
    "0007_audit_events" "audit and events",
    "0008_known_ids" "known ids",
    "0009_money" "ceilings of identities",
    "0010_sessions_anchors" "sessions and anchors",
);

/// Those of PostgreSQL.
#[cfg(feature = "postgres")]
pub(crate) static POSTGRES: [Migration; 11] = migrations!(
    "postgres",
    "0001_journal" "journal",
    "0002_sealed" "sealed",
    "0003_purses" "purses",
    "0004_release_grace" "release grace",
    "0005_allocations" "allocations",
    "0006_keys" "keys",
    "0007_audit_events" "audit and events",
    "0008_known_ids" "known ids",
    "0009_money" "ceilings of identities",
    "0010_sessions_anchors" "sessions and anchors",
    "0011_unlinked" "unlinked",
);
