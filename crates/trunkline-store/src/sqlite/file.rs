//! Opening the file: making it, saying clearly why it can't be used, and bringing its tables up to date.

use std::borrow::Cow;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use tokio::time::Instant;
use trunkline_core::{Error, ErrorKind, Result};

use crate::Options;
use crate::error::unavailable;
use crate::tables::{VERSIONS, Versions};

/// Pause before trying again what another process that opens the same new file got in the way of.
const PAUSE: Duration = Duration::from_millis(20);

/// A file that is ready for use.
pub(super) struct Opened {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Which file it is, whatever lies at `path` later.
    pub(super) identity: Identity,
    /// How to connect to it.
    pub(super) options: SqliteConnectOptions,
}

/// Makes the file ready for use, and gives the connection that writes.
pub(super) async fn open(url: &str, options: &Options) -> Result<(Opened, SqliteConnection)> {
    let path = path_of(url)?;
    make(&path)?;
    let connect = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(false)
        .busy_timeout(options.busy_timeout)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("journal_size_limit", "67108864")
        // There may be no directory for temporary files: in an empty root there is none.
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging();
    let give_up = Instant::now() + options.busy_timeout;
    loop {
        match connect_and_migrate(&connect).await {
            Ok(connection) => {
                let identity =
                    Identity::of(&path).map_err(|error| unusable(&path, &error.to_string()))?;
                return Ok((
                    Opened {
                        path,
                        identity,
                        options: connect,
                    },
                    connection,
                ));
            }
            // Entering WAL mode does not wait for the lock like everything else does.
            Err(error) if is_busy(&error) && Instant::now() < give_up => {
                tokio::time::sleep(PAUSE).await
            }
            Err(error) => return Err(explain(&path, error)),
        }
    }
}

/// The versions of the tables in the file, and those that this program makes; `None` if there is no file. Nothing is
/// changed.
pub(crate) async fn versions(url: &str) -> Result<Option<Versions>> {
    let path = path_of(url)?;
    if !path.exists() {
        return Ok(None);
    }
    let connect = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(false)
        .read_only(true)
        .disable_statement_logging();
    let found = async {
        let mut connection = connect.connect().await?;
        let is_there = "SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'";
        let there: i64 = sqlx::query_scalar(is_there)
            .fetch_one(&mut connection)
            .await?;
        let found = match there {
            0 => Vec::new(),
            _ => {
                sqlx::query_scalar(VERSIONS)
                    .fetch_all(&mut connection)
                    .await?
            }
        };
        connection.close().await?;
        Ok::<_, sqlx::Error>(found)
    };
    let found = found
        .await
        .map_err(|error| explain(&path, MigrateError::Execute(error)))?;
    Ok(Some(Versions {
        found,
        known: migrator().iter().map(|made| made.version).collect(),
    }))
}

/// The path in `sqlite://path` or `sqlite:path`.
fn path_of(url: &str) -> Result<PathBuf> {
    let path = url
        .strip_prefix("sqlite:")
        .map(|rest| rest.strip_prefix("//").unwrap_or(rest));
    // SQLite would give some texts a meaning of their own: a database in memory, or options.
    let special =
        |path: &&str| path.starts_with(':') || path.starts_with("file:") || path.contains('?');
    match path.filter(|path| !path.is_empty() && !special(path)) {
        Some(path) => Ok(PathBuf::from(path)),
        None => {
            let message = "database.url: must be sqlite:// and a path, such as sqlite://trunkline.db, and nothing else";
            Err(Error::new(ErrorKind::Config, message))
        }
    }
}

/// Makes the file if it is missing. What SQLite puts beside it later gets the same permissions.
fn make(path: &Path) -> Result<()> {
    let mut how = OpenOptions::new();
    how.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut how, 0o600);
    match how.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {
            Err(unusable(path, "it is a directory: name a file in it"))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            close_to_others(path);
            Ok(())
        }
        Err(error) => Err(unusable(path, advice(path, &error)).with_source(error)),
    }
}

/// Takes the file from other users of the machine, who could read it: it was made by something else, or copied.
#[cfg(unix)]
fn close_to_others(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(found) = std::fs::metadata(path) else {
        return;
    };
    let mode = found.permissions().mode();
    if mode & 0o007 == 0 {
        return;
    }
    let closed = std::fs::Permissions::from_mode(mode & !0o007 & 0o7777);
    match std::fs::set_permissions(path, closed) {
        Ok(()) => {
            tracing::warn!(path = %path.display(), "other users could read the database: its permissions are changed")
        }
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "other users can read the database: chmod o= it")
        }
    }
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) {}

fn advice(path: &Path, error: &io::Error) -> &'static str {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    match error.kind() {
        io::ErrorKind::NotFound if parent.is_some_and(|parent| !parent.exists()) => {
            "its directory does not exist: make it first"
        }
        io::ErrorKind::NotADirectory => "its parent is not a directory: choose another path",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "its directory can't be written to: change its permissions or choose another path"
        }
        _ => "it can't be made: choose another path",
    }
}

/// A `Config` error about this file.
pub(super) fn unusable(path: &Path, why: &str) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("the database file {} can't be used: {why}", path.display()),
    )
}

async fn connect_and_migrate(
    options: &SqliteConnectOptions,
) -> Result<SqliteConnection, MigrateError> {
    let mut connection = options.connect().await?;
    // One transaction around all of it, so that a second process finds everything done.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    migrator()
        .run_direct(None, &mut *transaction, false)
        .await?;
    transaction.commit().await?;
    Ok(connection)
}

fn migrator() -> Migrator {
    let migration = |version, name, text| {
        let text = sqlx::SqlSafeStr::into_sql_str(text);
        Migration::new(
            version,
            Cow::Borrowed(name),
            MigrationType::Simple,
            text,
            false,
        )
    };
    let journal = include_str!("../../migrations/sqlite/0001_journal.sql");
    let sealed = include_str!("../../migrations/sqlite/0002_sealed.sql");
    let purses = include_str!("../../migrations/sqlite/0003_purses.sql");
    let grace = include_str!("../../migrations/sqlite/0004_release_grace.sql");
    let allocations = include_str!("../../migrations/sqlite/0005_allocations.sql");
    let keys = include_str!("../../migrations/sqlite/0006_keys.sql");
    let audit = include_str!("../../migrations/sqlite/0007_audit_events.sql");
    let known = include_str!("../../migrations/sqlite/0008_known_ids.sql");
    let money = include_str!("../../migrations/sqlite/0009_money.sql");
    let sessions = include_str!("../../migrations/sqlite/0010_sessions_anchors.sql");
    Migrator::with_migrations(vec![
        migration(1, "journal", journal),
        migration(2, "sealed", sealed),
        migration(3, "purses", purses),
        migration(4, "release grace", grace),
        migration(5, "allocations", allocations),
        migration(6, "keys", keys),
        migration(7, "audit and events", audit),
        migration(8, "known ids", known),
        migration(9, "ceilings of identities", money),
        migration(10, "sessions and anchors", sessions),
    ])
}

/// The primary result code, see "Result and Error Codes" in SQLite's manual.
fn code(error: &MigrateError) -> Option<i32> {
    let (MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)) = error else {
        return None;
    };
    let extended: i32 = cause.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

fn is_busy(error: &MigrateError) -> bool {
    matches!(code(error), Some(5 | 6))
}

fn explain(path: &Path, error: MigrateError) -> Error {
    let why = match (&error, code(&error)) {
        (MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_), _) => {
            "another version of trunkline made it: use that version, or another file"
        }
        (_, Some(5 | 6)) => "another process has it locked: end that process",
        (_, Some(8 | 14)) => {
            "it, or its directory, can't be written to: change the permissions or choose another path"
        }
        (_, Some(11 | 26)) => {
            "it is not a SQLite database, or damaged: choose another path, or restore it"
        }
        (_, Some(13)) => "the disk is full: make room",
        _ => return unusable(path, &error.to_string()).with_source(error),
    };
    unusable(path, why).with_source(error)
}

/// Which file a path led to. SQLite goes on writing to a file that was removed, where nobody will
/// find it again; a purchase must not be sent on the strength of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

impl Identity {
    #[cfg(unix)]
    fn of(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        let found = std::fs::metadata(path)?;
        Ok(Self(found.dev(), found.ino()))
    }

    #[cfg(not(unix))]
    fn of(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|_| Self(0, 0))
    }

    /// Makes sure that the file is still the one at this path.
    ///
    /// # Errors
    /// `UpstreamUnavailable` if it was removed or replaced.
    pub(super) fn check(self, path: &Path) -> Result<()> {
        if Self::of(path).is_ok_and(|found| found == self) {
            return Ok(());
        }
        Err(unavailable(format!(
            "file {} was removed or replaced: put it back or restart",
            path.display()
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_could_read_is_closed_to_them() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("copied.db");
        std::fs::write(&path, "").unwrap();
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        for (before, after) in [(0o644, 0o640), (0o600, 0o600), (0o666, 0o660)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(before)).unwrap();
            make(&path).unwrap();
            assert_eq!(mode(), after);
        }
    }

    #[test]
    fn only_a_path_is_taken() {
        assert_eq!(
            path_of("sqlite://trunkline.db").unwrap(),
            PathBuf::from("trunkline.db")
        );
        assert_eq!(
            path_of("sqlite:///var/lib/t.db").unwrap(),
            PathBuf::from("/var/lib/t.db")
        );
        assert_eq!(path_of("sqlite:t.db").unwrap(), PathBuf::from("t.db"));
        for url in [
            "sqlite::memory:",
            "sqlite://",
            "sqlite://t.db?mode=ro",
            "sqlite:file:t.db",
            "t.db",
        ] {
            assert_eq!(path_of(url).unwrap_err().kind(), ErrorKind::Config, "{url}");
        }
    }
}
