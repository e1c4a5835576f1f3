//! The journal's contract on PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use trunkline_admin::Stores;
use trunkline_core::{Error, ErrorKind, Retry};
use trunkline_store::{Options, Postgres};
use trunkline_testkit::journal_contract::Subject;
use trunkline_testkit::services::postgres::{Server, shared};

use crate::one;

trunkline_testkit::journal_contract!(make);

async fn make(lease_ttl: Duration) -> Option<Subject> {
    let options = Options { lease_ttl, ..one() };
    let url = shared().await?.database();
    let store = Postgres::open(&url, options).await.unwrap();
    Some(Subject::new(Stores::of(Arc::new(store))))
}

pub(crate) async fn open(url: &str) -> Postgres {
    Postgres::open(url, one()).await.unwrap()
}

/// An empty database of the server that all tests share.
pub(crate) async fn database() -> Option<String> {
    shared().await.map(Server::database)
}

/// A connection that knows nothing of journals.
pub(crate) async fn raw(url: &str) -> PgConnection {
    let options: PgConnectOptions = url.parse().unwrap();
    sqlx::ConnectOptions::connect(&options).await.unwrap()
}

pub(crate) fn assert_away(error: &Error) {
    let found = (error.kind(), error.retry());
    let away = (ErrorKind::UpstreamUnavailable, Retry::Backoff);
    assert_eq!(found, away, "{error:?}");
    assert!(error.message().starts_with("the database"), "{error:?}");
}
