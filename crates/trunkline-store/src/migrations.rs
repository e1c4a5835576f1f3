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
    ($folder:literal, $($file:literal),+ $(,)?) => {
        [$(Migration {
            description: $file,
            text: include_str!(concat!("../migrations/", $folder, "/", $file, ".sql")),
        }),+]
    };
}

/// Those of SQLite.
#[cfg(feature = "sqlite")]
pub(crate) static SQLITE: [Migration; 16] = migrations!(
    "sqlite",
    "0001_journal",
    "0002_sealed",
    "0003_purses",
    "0004_release_grace",
    "0005_allocations",
    "0006_keys",
    "0007_audit_events",
    "0008_known_ids",
    "0009_money",
    "0010_sessions_anchors",
    "0011_filters",
    "0012_inventory",
    "0013_texts_later",
    "0014_retention",
    "0015_counts",
    "0016_packed",
);

/// Those of PostgreSQL.
#[cfg(feature = "postgres")]
pub(crate) static POSTGRES: [Migration; 15] = migrations!(
    "postgres",
    "0001_journal",
    "0002_sealed",
    "0003_purses",
    "0004_release_grace",
    "0005_allocations",
    "0006_keys",
    "0007_audit_events",
    "0008_known_ids",
    "0009_money",
    "0010_sessions_anchors",
    "0011_unlinked",
    "0012_filters",
    "0013_inventory",
    "0014_retention",
    "0015_counts",
);
