//! Opening the file: making it, saying clearly why it can't be used, and bringing its tables up to date.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};
use sha2::{Digest, Sha384};
use trunkline_core::{Error, ErrorKind, Result};

use crate::error::unavailable;
use crate::migrations::{Migration, SQLITE, numbered};
use crate::tables::{VERSIONS, Versions};
use crate::task;

/// Pause before trying again what another process that opens the same new file got in the way of.
const PAUSE: Duration = Duration::from_millis(20);

/// Statements that a connection keeps prepared, more than there are.
const STATEMENTS: usize = 256;

/// The table of migrations, as sqlx makes it: files of earlier builds have it.
const MIGRATIONS_TABLE: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (version BIGINT PRIMARY KEY, \
     description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, \
     checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)";

/// A file that is ready for use.
#[derive(Clone)]
pub(super) struct Opened {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Which file it is, whatever lies at `path` later.
    pub(super) identity: Identity,
    /// How long to wait while another process writes.
    busy: Duration,
}

impl Opened {
    /// A new connection.
    pub(super) fn connect(&self) -> rusqlite::Result<Connection> {
        connect(&self.path, self.busy)
    }
}

/// Makes the file ready for use, and gives the connection that writes. Blocks.
#[expect(
    clippy::disallowed_methods,
    reason = "a thread outside of tokio measures its own pauses"
)]
pub(super) fn open(url: &str, busy: Duration) -> Result<(Opened, Connection)> {
    let path = path_of(url)?;
    make(&path)?;
    let give_up = Instant::now() + busy;
    loop {
        match connect_and_migrate(&path, busy) {
            Ok(connection) => {
                let identity = Identity::of(&path);
                let identity = identity.map_err(|error| unusable(&path, &error.to_string()))?;
                let opened = Opened {
                    path,
                    identity,
                    busy,
                };
                return Ok((opened, connection));
            }
            // Entering WAL mode does not wait for the lock like everything else does.
            Err(error) if matches!(error.code(), Some(5 | 6)) && Instant::now() < give_up => {
                pause()
            }
            Err(error) => return Err(explain(&path, error)),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing tells when the other process is done, and this thread may block"
)]
fn pause() {
    std::thread::sleep(PAUSE);
}

/// The versions of the tables in the file, and those that this program makes; `None` if there is no file. Nothing is
/// changed.
pub(crate) async fn versions(url: &str) -> Result<Option<Versions>> {
    let path = path_of(url)?;
    if !path.exists() {
        return Ok(None);
    }
    task::blocking(move || {
        let found = applied(&path).map_err(|error| explain(&path, Failure::Sql(error)))?;
        let known = numbered(&SQLITE).map(|(version, _)| version).collect();
        Ok(Some(Versions { found, known }))
    })
    .await
}

fn applied(path: &Path) -> rusqlite::Result<Vec<i64>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    let is_there = "SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'";
    let there = connection.query_row(is_there, [], |_| Ok(())).optional()?;
    if there.is_none() {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(VERSIONS)?;
    let found = statement.query_map([], |row| row.get(0))?;
    found.collect()
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

fn connect(path: &Path, busy: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // There may be no directory for temporary files: in an empty root there is none. What is written is moved from the
    // WAL to its place after 8 MB: most commits write the last pages of the same indexes.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 2048; \
         PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY",
    )?;
    Ok(connection)
}

fn connect_and_migrate(path: &Path, busy: Duration) -> Result<Connection, Failure> {
    let mut connection = connect(path, busy)?;
    // One transaction around all of it, so that a second process finds everything done.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(MIGRATIONS_TABLE)?;
    let made = "SELECT version, checksum FROM _sqlx_migrations";
    let mut statement = transaction.prepare(made)?;
    let made = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let made: BTreeMap<i64, Vec<u8>> = made.collect::<rusqlite::Result<_>>()?;
    drop(statement);
    if made
        .keys()
        .any(|made| numbered(&SQLITE).all(|(known, _)| known != *made))
    {
        return Err(Failure::OtherVersion);
    }
    for (version, migration) in numbered(&SQLITE) {
        let checksum = checksum(migration);
        match made.get(&version) {
            Some(made) if *made == checksum => {}
            Some(_) => return Err(Failure::OtherVersion),
            None => {
                transaction.execute_batch(migration.text)?;
                let put = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     VALUES (?1, ?2, TRUE, ?3, 0)";
                let row = params![version, migration.description, checksum];
                transaction.execute(put, row)?;
            }
        }
    }
    transaction.commit()?;
    Ok(connection)
}

/// The checksum of a migration, as sqlx computes it.
fn checksum(migration: &Migration) -> Vec<u8> {
    Sha384::digest(migration.text.as_bytes()).to_vec()
}

/// Why the tables could not be brought up to date.
enum Failure {
    /// Another version of trunkline made them.
    OtherVersion,
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl Failure {
    /// The primary result code, see "Result and Error Codes" in SQLite's manual.
    fn code(&self) -> Option<i32> {
        match self {
            Self::OtherVersion => None,
            Self::Sql(error) => Some(error.sqlite_error()?.extended_code & 0xff),
        }
    }
}

fn explain(path: &Path, failure: Failure) -> Error {
    let code = failure.code();
    let Failure::Sql(error) = failure else {
        return unusable(
            path,
            "another version of trunkline made it: use that version, or another file",
        );
    };
    let why = match code {
        Some(5 | 6) => "another process has it locked: end that process",
        Some(8 | 14) => {
            "it, or its directory, can't be written to: change the permissions or choose another path"
        }
        Some(11 | 26) => {
            "it is not a SQLite database, or damaged: choose another path, or restore it"
        }
        Some(13) => "the disk is full: make room",
        _ => &error.to_string(),
    };
    unusable(path, why).with_source(error)
}

/// Which file a path led to. SQLite goes on writing to a file that was removed, where it can't
/// be found again; a purchase must not be sent on the strength of that.
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

    #[cfg(feature = "postgres")]
    #[test]
    fn checksums_are_those_of_sqlx() {
        use sqlx::migrate::{Migration, MigrationType};
        for (version, ours) in numbered(&SQLITE) {
            let text = sqlx::SqlSafeStr::into_sql_str(ours.text);
            let simple = MigrationType::Simple;
            let theirs = Migration::new(version, ours.description.into(), simple, text, false);
            assert_eq!(checksum(ours), *theirs.checksum);
        }
    }

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
