//! Connecting: what a URL may say, how a session is set up, and bringing the tables up to date.

use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Error as SqlError, Executor, Row};
use trunkline_core::{Error, ErrorKind, Result};

use crate::Options;
use crate::error::unavailable;
use crate::migrations::{POSTGRES, numbered};
use crate::postgres::error::{brief, caused};
use crate::postgres::transaction::code;
use crate::tables::{VERSIONS, Versions};

/// What a URL may say after its question mark.
const PARAMETERS: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// Held while the tables are brought up to date, so that of many processes that start one does it.
const MIGRATING: i64 = 0x7472_756e_6b6c_696e;

/// How long a process waits for others to bring the tables up to date, and how long it may take itself.
const MIGRATION: Duration = Duration::from_secs(60);

/// Where a database is and how to talk to it. It knows a password, so it can't be printed.
pub(super) struct Target {
    options: PgConnectOptions,
    place: String,
    session: String,
    patience: Duration,
}

impl Target {
    /// Reads a URL.
    ///
    /// # Errors
    /// `Config`, naming what is wrong with it; its values are not shown.
    pub(super) fn parse(url: &str, options: &Options) -> Result<Self> {
        let wrong = |why: &str| Error::new(ErrorKind::Config, format!("database.url: {why}"));
        if let Some(unknown) = unknown_parameter(url) {
            let known = PARAMETERS.join(", ");
            let why = format!("{unknown} is not a parameter of PostgreSQL; known are {known}");
            return Err(wrong(&why));
        }
        let example = "can't be understood: write postgres://user:password@host:5432/database?sslmode=verify-full";
        // The cause may quote the URL.
        let connect = PgConnectOptions::from_str(url).map_err(|_| wrong(example))?;
        let connect = match connect.get_application_name() {
            Some(_) => connect,
            None => connect.application_name("trunkline"),
        };
        Ok(Self {
            place: place(&connect),
            options: connect.disable_statement_logging(),
            session: session(options.busy_timeout),
            patience: options.busy_timeout * 2,
        })
    }

    /// The address and the name of the database, and nothing that is a secret.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// A new connection.
    pub(super) async fn connect(&self) -> Result<PgConnection, SqlError> {
        let connect = async {
            let mut connection = self.options.connect().await?;
            let session = AssertSqlSafe(self.session.clone());
            connection.execute(sqlx::raw_sql(session)).await?;
            Ok(connection)
        };
        let silence = || std::io::Error::from(std::io::ErrorKind::TimedOut);
        let connected = tokio::time::timeout(self.patience, connect).await;
        connected.unwrap_or_else(|_| Err(SqlError::Io(silence())))
    }

    /// The first connection, once the tables are up to date.
    ///
    /// # Errors
    /// `Config` if the database can't be used, `UpstreamUnavailable` if it can't be reached.
    pub(super) async fn open(&self) -> Result<PgConnection> {
        let open = async {
            let mut connection = self.connect().await?;
            migrate(&mut connection).await?;
            Ok(connection)
        };
        let opened: Result<_, MigrateError> =
            tokio::time::timeout(self.patience + 2 * MIGRATION, open)
                .await
                .unwrap_or_else(|_| Err(SqlError::Io(std::io::ErrorKind::TimedOut.into()).into()));
        opened.map_err(|error| explain(&self.place, error))
    }
}

/// The versions of the tables in a database, and those that this program makes. Nothing is changed.
///
/// # Errors
/// As [`Target::open`].
pub(crate) async fn versions(url: &str) -> Result<Versions> {
    let target = Target::parse(url, &Options::default())?;
    let found = async {
        let mut connection = target.connect().await?;
        let is_there = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
        let there: bool = sqlx::query_scalar(is_there)
            .fetch_one(&mut connection)
            .await?;
        let found = if there {
            sqlx::query_scalar(VERSIONS)
                .fetch_all(&mut connection)
                .await?
        } else {
            Vec::new()
        };
        connection.close().await?;
        Ok::<_, SqlError>(found)
    };
    let found = tokio::time::timeout(target.patience, found).await;
    let found = found.unwrap_or_else(|_| Err(SqlError::Io(std::io::ErrorKind::TimedOut.into())));
    Ok(Versions {
        found: found.map_err(|error| explain(&target.place, error.into()))?,
        known: numbered(&POSTGRES).map(|(version, _)| version).collect(),
    })
}

/// The first parameter that is not known.
fn unknown_parameter(url: &str) -> Option<&str> {
    let (_, parameters) = url.split_once('?')?;
    let keys = parameters
        .split('&')
        .map(|pair| pair.split('=').next().unwrap_or(pair));
    let known = |key: &&str| PARAMETERS.contains(key) || key.starts_with("options[");
    keys.filter(|key| !key.is_empty()).find(|key| !known(key))
}

fn place(options: &PgConnectOptions) -> String {
    let database = options
        .get_database()
        .unwrap_or_else(|| options.get_username());
    match options.get_socket() {
        Some(socket) => format!("postgres:{}/{database}", socket.display()),
        None => {
            let (host, port) = (options.get_host(), options.get_port());
            format!("postgres://{host}:{port}/{database}")
        }
    }
}

/// Sets up a session. Whatever the server's defaults, it sees what others committed before each
/// statement, its commits are on disk, and no wait is without end.
fn session(busy: Duration) -> String {
    let (busy, most) = (busy.as_millis().max(1), busy.as_millis().max(1) * 2);
    format!(
        "SET client_min_messages = warning; \
         SET default_transaction_isolation = 'read committed'; \
         SET lock_timeout = {busy}; \
         SET statement_timeout = {most}; \
         SET idle_in_transaction_session_timeout = {busy}; \
         SELECT set_config('synchronous_commit', 'on', false) \
         WHERE current_setting('synchronous_commit') <> 'remote_apply'"
    )
}

async fn migrate(connection: &mut PgConnection) -> Result<(), MigrateError> {
    let encoding = connection.fetch_one("SHOW server_encoding").await?;
    let encoding: String = encoding.try_get(0)?;
    if encoding != "UTF8" {
        let why = format!("its encoding is {encoding}: make one with ENCODING 'UTF8'");
        return Err(MigrateError::Source(why.into()));
    }
    // One transaction around all of it, so that the next to hold the lock finds everything done.
    let mut transaction = connection.begin().await?;
    let waiting = format!(
        "SET LOCAL lock_timeout = {0}; SET LOCAL statement_timeout = {0}; SELECT pg_advisory_xact_lock({MIGRATING})",
        MIGRATION.as_millis()
    );
    transaction
        .execute(sqlx::raw_sql(AssertSqlSafe(waiting)))
        .await?;
    migrator()
        .run_direct(None, &mut *transaction, false)
        .await?;
    transaction.commit().await?;
    Ok(())
}

fn migrator() -> Migrator {
    let migrations = numbered(&POSTGRES).map(|(version, step)| {
        let text = sqlx::SqlSafeStr::into_sql_str(step.text);
        let (description, simple) = (Cow::Borrowed(step.description), MigrationType::Simple);
        Migration::new(version, description, simple, text, false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    migrator.set_locking(false);
    migrator
}

/// What to do about a database that can't be opened. See "PostgreSQL Error Codes" in its manual.
fn explain(place: &str, error: MigrateError) -> Error {
    let unusable = |why: &str| {
        let message = format!("the database {place} can't be used: {why}");
        Error::new(ErrorKind::Config, message)
    };
    let cause = match error {
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => cause,
        MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => {
            return unusable(
                "another version of trunkline made its tables: use that version, or another database",
            );
        }
        other => return unusable(&other.to_string()),
    };
    let said = brief(&cause);
    let advice = match code(&cause).as_deref() {
        Some("28000" | "28P01") => "check user, password and sslmode in its URL",
        Some("3D000") => "make it, for example with createdb",
        Some("42501") => "its user must own it, or be allowed to CREATE in its schema",
        Some("3F000") => "make a schema, or name one that is there as its search_path",
        Some("42P07") => "something else has tables of these names there: use another database",
        _ if is_tls(&cause) => "check sslmode and sslrootcert in its URL",
        _ => {
            let what = format!("{place} can't be reached: {said}");
            return caused(unavailable(what), cause);
        }
    };
    caused(unusable(&format!("{said}: {advice}")), cause)
}

/// Whether TLS could not be agreed on. A certificate that is not accepted shows as data that make no sense.
fn is_tls(error: &SqlError) -> bool {
    match error {
        SqlError::Tls(_) => true,
        SqlError::Io(error) => error.kind() == std::io::ErrorKind::InvalidData,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Target> {
        Target::parse(url, &Options::default())
    }

    #[test]
    fn a_place_shows_neither_user_nor_password() {
        let target = parse("postgres://me:hun%40ter2@db.example.com:6432/trunk?sslmode=require");
        assert_eq!(
            target.unwrap().place(),
            "postgres://db.example.com:6432/trunk"
        );
        let target = parse("postgresql://me@%2Frun%2Fpg/trunk").unwrap();
        assert!(target.place().starts_with("postgres:/run/pg"));
        assert!(target.place().ends_with("/trunk"));
    }

    #[test]
    fn a_parameter_that_is_not_known_is_refused_by_name() {
        for (url, name) in [
            ("postgres://h/d?pasword=hunter2", "pasword"),
            ("postgres://h/d?sslmode=require&pool=9", "pool"),
        ] {
            let error = parse(url).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().starts_with("database.url: "), "{error:?}");
            assert!(error.message().contains(name), "{error:?}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        assert!(parse("postgres://h/d?options[search_path]=a&user=b").is_ok());
    }

    #[test]
    fn a_url_that_cannot_be_understood_is_not_repeated() {
        for url in [
            "postgres://me:hunter2@h:port/d",
            "postgres://me:hunter2@h/d?sslmode=hunter2",
        ] {
            let error = parse(url).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!format!("{error:?}{error}").contains("hunter2"));
        }
    }
}
