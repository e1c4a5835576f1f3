//! Looking at a database without changing it: what its tables are, and what time it is there.

use jiff::Timestamp;
use trunkline_core::{Error, ErrorKind, Result};

use crate::error::unreadable;
#[cfg(feature = "postgres")]
use crate::postgres;
#[cfg(feature = "sqlite")]
use crate::sqlite;

/// Where the write that shows that a database can be written leaves the time, in milliseconds.
pub(crate) const CLOCK: &str = "checked";

/// Under which name a database keeps which one it is.
pub(crate) const DATABASE_ID: &str = "id";

/// The version of a purchase that was written back: its row is new, and has made one step.
pub(crate) const WRITTEN_BACK: i64 = 2;

/// The versions that were made, in a table that is there.
pub(crate) const VERSIONS: &str = "SELECT version FROM _sqlx_migrations ORDER BY version";

/// The versions of tables.
#[derive(Debug)]
pub(crate) struct Versions {
    /// Those that a database has.
    pub(crate) found: Vec<i64>,
    /// Those that this program makes.
    pub(crate) known: Vec<i64>,
}

/// What the tables of a database are to this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tables {
    /// There is no database yet: an SQLite file, which is made at the first start.
    Missing,
    /// The database has no tables yet: the first start makes them.
    Empty,
    /// Opening the database brings them up to date by this many steps, after which an older program can't use it.
    Behind(usize),
    /// They are what this program makes.
    Current,
    /// A newer program has made some: this one can't use the database.
    Newer,
}

/// Looks at the tables of the database at a URL and changes nothing, unlike [`open`](crate::open).
///
/// # Errors
/// As [`open`](crate::open).
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub async fn tables(url: &str) -> Result<Tables> {
    let versions = match url.split_once(':').map(|(scheme, _)| scheme) {
        #[cfg(feature = "postgres")]
        Some("postgres" | "postgresql") => Some(postgres::connect::versions(url).await?),
        #[cfg(feature = "sqlite")]
        None | Some(_) => sqlite::file::versions(url).await?,
        #[cfg(not(feature = "sqlite"))]
        other => return Err(not_built_in(other.unwrap_or_default())),
    };
    Ok(versions.map_or(Tables::Missing, |versions| versions.compare()))
}

/// The error of a database that this build can't use.
#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
pub(crate) fn not_built_in(scheme: &str) -> Error {
    let feature = if scheme == "sqlite" {
        "sqlite"
    } else {
        "postgres"
    };
    let message =
        format!("database.url: this build has no {scheme}://, build it with the feature {feature}");
    Error::new(ErrorKind::Config, message)
}

impl Versions {
    fn compare(&self) -> Tables {
        if self.found.is_empty() {
            return Tables::Empty;
        }
        if self.found.iter().any(|found| !self.known.contains(found)) {
            return Tables::Newer;
        }
        let missing = self
            .known
            .iter()
            .filter(|known| !self.found.contains(known));
        match missing.count() {
            0 => Tables::Current,
            steps => Tables::Behind(steps),
        }
    }
}

/// The time that a check of the database left there.
pub(crate) fn time(text: Option<String>) -> Result<Timestamp> {
    let none = || Error::new(ErrorKind::Internal, "the database tells no time");
    let text = text.ok_or_else(none)?;
    let ms: i64 = text
        .parse()
        .map_err(|error| unreadable("the time", error))?;
    Timestamp::from_millisecond(ms).map_err(|error| unreadable("the time", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_is_missing_outdated_current_or_newer() {
        let compare = |found: &[i64]| {
            let versions = Versions {
                found: found.to_vec(),
                known: vec![1, 2, 3],
            };
            versions.compare()
        };
        assert_eq!(compare(&[]), Tables::Empty);
        assert_eq!(compare(&[1, 2]), Tables::Behind(1));
        assert_eq!(compare(&[1, 2, 3]), Tables::Current);
        assert_eq!(compare(&[1, 2, 3, 4]), Tables::Newer);
    }

    #[cfg(feature = "sqlite")]
    #[tokio::test]
    async fn looking_at_a_database_neither_makes_nor_changes_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.db");
        let url = format!("sqlite://{}", path.display());
        assert_eq!(tables(&url).await.unwrap(), Tables::Missing);
        assert!(!path.exists());
        let database = crate::open(&url).await.unwrap();
        assert_eq!(tables(&url).await.unwrap(), Tables::Current);
        let off = database.clock().await.unwrap().as_second() - Timestamp::now().as_second();
        assert!(off.abs() < 5, "{off}");
        database.close().await;
        assert_eq!(tables(&url).await.unwrap(), Tables::Current);
        std::fs::write(&path, "no database").unwrap();
        assert_eq!(tables(&url).await.unwrap_err().kind(), ErrorKind::Config);
    }
}
