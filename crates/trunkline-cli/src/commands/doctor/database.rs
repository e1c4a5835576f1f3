//! Checks of the database and Redis.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{Access, access, statvfs};
use secrecy::ExposeSecret;
use trunkline::Config;
use trunkline_core::host;
use trunkline_engine::Store;
use trunkline_engine::journal::{Openness, Unsettled};
use trunkline_store::{Database, RedisQuotas, Tables};

use super::file::others_read;
use super::report::Report;
use crate::file;
use crate::server::backend::nowhere;
use crate::server::unsettled::lost;

const DATABASE: &str = "database";

/// Largest difference of two clocks without a warning, in seconds.
const APART: i64 = 5;

/// Age from which on open purchases are warned about.
const LONG: Duration = Duration::from_secs(3_600);

/// Checks the named database, or the configured one. Its tables are not changed.
pub(super) async fn check(config: &Config, named: Option<&str>, report: &mut Report) {
    // A missing secret is reported with the file.
    let Ok(url) = file::database_url(config, named) else {
        return;
    };
    let url = url.expose_secret();
    let path = url
        .strip_prefix("sqlite:")
        .map(|rest| Path::new(rest.strip_prefix("//").unwrap_or(rest)));
    match trunkline_store::tables(url).await {
        Err(error) => report.fail(DATABASE, error.message(), ""),
        Ok(Tables::Missing) => missing(path, report),
        Ok(Tables::Empty) => report.ok(DATABASE, "is empty: the first start makes its tables"),
        Ok(Tables::Behind(steps)) => report.warn(
            DATABASE,
            format!("its tables are {steps} versions behind: the next start migrates them"),
            "back it up first, and stop gateways of an older version",
        ),
        Ok(Tables::Newer) => report.fail(
            DATABASE,
            "its tables are of a newer version of trunkline",
            "use that version, or restore an older backup",
        ),
        Ok(Tables::Current) => match trunkline_store::open(url).await {
            Ok(database) => current(&database, config, report).await,
            Err(error) => report.fail(DATABASE, error.message(), ""),
        },
    }
    if let Some(path) = path {
        disk(path, report);
        if others_read(path) {
            let name = path.display();
            let detail = format!("every user of this machine can read {name}");
            report.warn(DATABASE, detail, format!("chmod 600 {name}"));
        }
    }
}

/// Whether a missing file can be created.
fn missing(path: Option<&Path>, report: &mut Report) {
    let directory = path.map(directory).unwrap_or_else(|| Path::new("."));
    let name = directory.display();
    match access(directory, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => report.ok(
            DATABASE,
            format!("does not exist yet: the first start creates it in {name}"),
        ),
        Err(error) => report.fail(
            DATABASE,
            format!("it can't be created in {name}: {error}"),
            "create the directory, and let the user of trunkline write there",
        ),
    }
}

/// The directory that a file is in.
fn directory(path: &Path) -> &Path {
    let parent = path.parent();
    parent
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."))
}

/// Checks a database whose tables are current.
async fn current(database: &Arc<dyn Database>, config: &Config, report: &mut Report) {
    let place = database.place();
    match database.clock().await {
        Ok(time) => {
            report.ok(DATABASE, format!("{place} is writable"));
            let apart = time.as_second() - host::now().as_second();
            if apart.abs() > APART {
                report.warn(
                    "clock",
                    format!("the clocks of the database and this machine differ by {apart} s"),
                    "synchronize both with a time server: chrony or systemd-timesyncd",
                );
            }
        }
        Err(error) => report.fail(DATABASE, error.message(), ""),
    }
    text_index(database, report).await;
    keys(database, report).await;
    open_purchases(database, config, report).await;
    database.close().await;
}

/// Whether the inventory is searched by an index.
async fn text_index(database: &Arc<dyn Database>, report: &mut Report) {
    match database.indexes_text().await {
        Ok(true) => {}
        Ok(false) => report.warn(
            DATABASE,
            "it has no index `inventory_text`: a search of the inventory for words or digits reads every row",
            "install PostgreSQL's contrib modules, then run in the database, as a user who may: \
             CREATE EXTENSION IF NOT EXISTS pg_trgm; DROP INDEX IF EXISTS inventory_text; \
             CREATE INDEX inventory_text ON inventory USING gin (text gin_trgm_ops);",
        ),
        Err(error) => report.fail(DATABASE, error.message(), ""),
    }
}

/// Whether callers have a valid API key.
async fn keys(database: &Arc<dyn Database>, report: &mut Report) {
    const KEYS: &str = "keys";
    let stores = trunkline_store::stores(Arc::clone(database));
    let access = trunkline_admin::Access::new(Arc::default(), stores);
    match (access.has_active().await, access.is_keyed().await) {
        (Ok(true), _) => report.ok(KEYS, "there is a valid API key"),
        (Ok(false), Ok(true)) => report.warn(
            KEYS,
            "every API key has expired or is revoked: the gateway answers every call with 401",
            "trunkline keys create --name NAME --scope all",
        ),
        (Ok(false), Ok(false)) => report.warn(
            KEYS,
            "there is no API key: the gateway answers every call with 401",
            "trunkline keys create --name NAME --scope all",
        ),
        (Err(error), _) | (_, Err(error)) => report.fail(KEYS, error.message(), ""),
    }
}

async fn open_purchases(database: &Arc<dyn Database>, config: &Config, report: &mut Report) {
    let Ok(open) = database.unsettled().await else {
        return;
    };
    let count = |so: &dyn Fn(&Unsettled) -> bool| -> u64 {
        let rows = open.iter().filter(|row| so(row));
        rows.map(|row| row.count).sum()
    };
    // Purchases that are presumed failed are watched for a day, which is normal.
    let watched = [Openness::Watched, Openness::NeedsPerson];
    let late = count(&|row| !watched.contains(&row.open) && row.oldest > LONG);
    if late > 0 {
        report.warn(
            "purchases",
            format!("{late} are in states where a purchase is open for more than an hour"),
            "`trunkline purchases list --state unknown` lists them; `trunkline purchases resolve` decides one",
        );
    }
    let asking = count(&|row| row.open == Openness::NeedsPerson);
    if asking > 0 {
        report.warn(
            "purchases",
            format!("{asking} wait for a person's decision"),
            "`trunkline purchases list --needs-person` lists them; `trunkline purchases get ID` says how to decide",
        );
    }
    // Without its secrets an account can't be identified.
    let Ok(accounts) = config.registry(&nowhere()) else {
        return;
    };
    let store: Arc<dyn Store> = Arc::<dyn Database>::clone(database);
    for line in lost(&*store, &accounts).await.unwrap_or_default() {
        report.fail(
            "purchases",
            line,
            "configure the account as before until they are settled, or use `trunkline purchases resolve`",
        );
    }
}

/// Whether the file's disk has space.
fn disk(path: &Path, report: &mut Report) {
    const MIB: u64 = 1 << 20;
    let Ok(found) = statvfs(directory(path)) else {
        return;
    };
    let free = found.f_bavail.saturating_mul(found.f_frsize) / MIB;
    let detail = format!("{free} MiB free on its disk");
    let remedy = "free some space: on a full disk nothing is bought";
    match free {
        0..100 => report.fail(DATABASE, detail, remedy),
        100..1_000 => report.warn(DATABASE, detail, remedy),
        _ => report.ok(DATABASE, detail),
    }
}

/// Checks the Redis in which replicas share limits, if one is configured.
pub(super) async fn check_redis(config: &Config, report: &mut Report) {
    const REDIS: &str = "redis";
    let Ok(Some(url)) = config.quotas_url() else {
        return;
    };
    match RedisQuotas::open(url.expose_secret()).await {
        Ok(quotas) if quotas.is_connected() => report.ok(REDIS, "it answers: limits are shared"),
        Ok(_) => report.fail(
            REDIS,
            "it does not answer: meanwhile each replica uses its part of every limit",
            "check rate_limit.shared: address, password, and rediss:// for TLS",
        ),
        Err(error) => report.fail(REDIS, error.message(), "check rate_limit.shared"),
    }
}
