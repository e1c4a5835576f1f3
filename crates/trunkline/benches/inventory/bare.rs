//! The bare database: a connection of its own that reads the same rows and makes nothing of them.

use std::path::Path;

use rusqlite::Connection;
use sqlx::{AssertSqlSafe, Connection as _, Executor, PgConnection, Row};
use tokio::sync::Mutex;

/// A connection.
pub(crate) enum Bare {
    Sqlite(std::sync::Mutex<Connection>),
    Postgres(Mutex<PgConnection>),
}

impl Bare {
    pub(crate) fn sqlite(path: &Path) -> Self {
        Self::Sqlite(std::sync::Mutex::new(Connection::open(path).unwrap()))
    }

    pub(crate) async fn postgres(url: &str) -> Self {
        Self::Postgres(Mutex::new(PgConnection::connect(url).await.unwrap()))
    }

    /// Makes a table that has the number and its document alone, and statistics of all tables.
    pub(crate) async fn prepare(&self) {
        let make = "CREATE TABLE bare AS SELECT number_key, doc FROM inventory; \
            CREATE UNIQUE INDEX bare_by_number ON bare (number_key);";
        match self {
            Self::Sqlite(connection) => connection.lock().unwrap().execute_batch(make).unwrap(),
            Self::Postgres(connection) => {
                let mut connection = connection.lock().await;
                for statement in make.split_terminator("; ").chain(["VACUUM ANALYZE"]) {
                    connection
                        .execute(sqlx::raw_sql(AssertSqlSafe(statement.to_owned())))
                        .await
                        .unwrap();
                }
            }
        }
    }

    /// Reads the first column of all rows, and says how many bytes it has.
    pub(crate) async fn texts(&self, statement: &str, argument: &str) -> usize {
        match self {
            Self::Sqlite(connection) => {
                let connection = connection.lock().unwrap();
                let mut statement = connection.prepare_cached(statement).unwrap();
                let rows = statement.query_map([argument], |row| row.get::<_, Option<String>>(0));
                let texts = rows.unwrap().map(|text| text.unwrap());
                texts.flatten().map(|text| text.len()).sum()
            }
            Self::Postgres(connection) => {
                let query = sqlx::query(AssertSqlSafe(statement.to_owned())).bind(argument);
                let rows = query
                    .fetch_all(&mut *connection.lock().await)
                    .await
                    .unwrap();
                let texts = rows.iter().map(|row| row.get::<Option<String>, _>(0));
                texts.flatten().map(|text| text.len()).sum()
            }
        }
    }
}
