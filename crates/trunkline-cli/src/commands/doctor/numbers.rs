//! `trunkline doctor --numbers`: compares the numbers that accounts hold with the purchases in the journal.

use std::sync::Arc;

use futures_util::future::join_all;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};
use trunkline::Config;
use trunkline_admin::Services;
use trunkline_core::{AccountEntry, NumberId, Operation};
use trunkline_engine::holdings::{Comparison, Unrecorded, compare};
use trunkline_engine::machine::Winner;
use trunkline_store::Tables;

use crate::args::Format;
use crate::failure::{Exit, Failure};
use crate::file;
use crate::render::DIFFERENCES;
use crate::server::backend::Backend;
use crate::server::patience::Patience;
use crate::session::{Context, Ended};

/// How the reading of an account went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    /// Read completely.
    Ok,
    /// Some rows of its list could not be read.
    Partial,
    /// The account sells no numbers.
    Unsupported,
    /// Not read.
    Error,
}

/// One account.
#[derive(Debug, Serialize)]
struct Source {
    account: String,
    provider: String,
    status: Status,
    held: usize,
    recorded: usize,
    unrecorded: usize,
    vanished: usize,
    error: Option<String>,
}

/// One number that is either held or in the journal, not both.
#[derive(Debug, Serialize)]
struct Difference {
    /// `unrecorded` or `vanished`.
    found: &'static str,
    account: String,
    number: Option<String>,
    id: String,
    provider_id: String,
    purchase_id: Option<String>,
    remedy: String,
}

pub(super) async fn run(context: &mut Context<'_>) -> Ended {
    let loaded = file::load(context.global.config.as_deref(), Config::parse)?;
    let config = loaded.map(|loaded| loaded.config).ok_or_else(|| {
        Failure::usage("no configuration with accounts to compare")
            .with_hint("give a configuration with --config, or as ./trunkline.toml")
    })?;
    let named = context.global.database.as_deref();
    check_tables(&config, named).await?;
    let backend =
        Backend::open(&config, named, Patience::of(config.database.start_timeout)).await?;
    let state = backend.state(&config)?;
    let (sources, found) = look(state.services()).await;
    backend.close().await;
    answer(&sources, &found, context)?;
    Ok(exit(&sources, found.len()))
}

/// Refuses databases that would have to be created or migrated.
async fn check_tables(config: &Config, named: Option<&str>) -> Result<(), Failure> {
    let url = file::database_url(config, named)?;
    let tables = trunkline_store::tables(url.expose_secret()).await;
    match tables.map_err(|error| Failure::failed(error.to_string()))? {
        Tables::Current => Ok(()),
        Tables::Missing | Tables::Empty => Err(Failure::failed(
            "no database to compare with: restore it, or name it with --database",
        )),
        Tables::Behind(_) => Err(Failure::failed(
            "the database's tables are of an older version: the next start of a gateway migrates them",
        )),
        Tables::Newer => Err(Failure::failed(
            "the database's tables are of a newer version of trunkline: use that version",
        )),
    }
}

/// Compares all accounts at once.
async fn look(services: &Services) -> (Vec<Source>, Vec<Difference>) {
    let entries: Vec<Arc<AccountEntry>> = services.engine.registry.iter().collect();
    let looks = entries.iter().map(async |entry| {
        if !entry.provider.capability().supports(Operation::Purchase) {
            return (Source::new(entry, Status::Unsupported), Vec::new());
        }
        match compare(entry, &*services.engine.store).await {
            Ok(compared) => (Source::of(entry, &compared), differences(entry, compared)),
            Err(error) => {
                let error = Some(error.to_string());
                let source = Source::new(entry, Status::Error);
                (Source { error, ..source }, Vec::new())
            }
        }
    });
    let (sources, found): (Vec<_>, Vec<_>) = join_all(looks).await.into_iter().unzip();
    (sources, found.into_iter().flatten().collect())
}

fn differences(entry: &AccountEntry, compared: Comparison) -> Vec<Difference> {
    let unrecorded = compared.unrecorded.into_iter().map(Difference::unrecorded);
    let vanished = compared.vanished.into_iter();
    let vanished = vanished.filter_map(|winner| Difference::vanished(entry, winner));
    unrecorded.chain(vanished).collect()
}

impl Source {
    fn new(entry: &AccountEntry, status: Status) -> Self {
        Self {
            account: entry.provider.account().to_string(),
            provider: entry.provider.provider().to_string(),
            status,
            held: 0,
            recorded: 0,
            unrecorded: 0,
            vanished: 0,
            error: None,
        }
    }

    fn of(entry: &AccountEntry, compared: &Comparison) -> Self {
        let (status, error) = match compared.unreadable {
            0 => (Status::Ok, None),
            rows => (
                Status::Partial,
                Some(format!("{rows} of its rows can't be read")),
            ),
        };
        Self {
            held: compared.held,
            recorded: compared.recorded,
            unrecorded: compared.unrecorded.len(),
            vanished: compared.vanished.len(),
            error,
            ..Self::new(entry, status)
        }
    }

    fn line(&self) -> String {
        let account = &self.account;
        let counts = format!(
            "{account}: {} held, {} in the journal; {} unrecorded, {} vanished",
            self.held, self.recorded, self.unrecorded, self.vanished
        );
        let error = self.error.as_deref().unwrap_or_default();
        match self.status {
            Status::Ok => counts,
            Status::Partial => format!("{counts}; {error}"),
            Status::Unsupported => format!("{account}: sells no numbers: nothing to compare"),
            Status::Error => format!("{account}: could not be read: {error}"),
        }
    }
}

impl Difference {
    fn unrecorded(row: Unrecorded) -> Self {
        let (id, provider_id) = (row.id.to_string(), row.provider_id);
        let remedy = match &row.purchase {
            Some(purchase) => format!(
                "trunkline purchases resolve {purchase} --outcome succeeded --provider-id {provider_id} --reason TEXT, if \
                 that purchase bought it"
            ),
            None => {
                format!("nothing, to keep it; trunkline numbers release {id} releases it")
            }
        };
        Self {
            found: "unrecorded",
            account: row.id.account().to_string(),
            number: row.number.map(|number| number.to_string()),
            id,
            provider_id,
            purchase_id: row.purchase.map(|purchase| purchase.to_string()),
            remedy,
        }
    }

    fn vanished(entry: &AccountEntry, winner: Winner) -> Option<Self> {
        let account = entry.provider.account();
        let id = NumberId::of(account, &winner.provider_id).ok()?;
        Some(Self {
            found: "vanished",
            account: account.to_string(),
            number: Some(winner.number.to_string()),
            remedy: format!(
                "trunkline numbers get {id} looks for it again: if it stays away, the gateway records its release"
            ),
            id: id.to_string(),
            provider_id: winner.provider_id,
            purchase_id: Some(winner.purchase.to_string()),
        })
    }
}

fn answer(
    sources: &[Source],
    found: &[Difference],
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let rows: Vec<Value> = found
        .iter()
        .map(|row| serde_json::to_value(row).unwrap_or_default())
        .collect();
    let body = json!({ "data": rows, "sources": sources }).to_string();
    let mut text = context.style.list(&DIFFERENCES, &rows, &body)?;
    if context.style.format == Format::Table {
        if !text.is_empty() {
            text.push('\n');
        }
        for source in sources {
            text.push_str(&format!("{}\n", source.line()));
        }
    }
    context.console.answer(&text)?;
    if context.style.format == Format::Table {
        advise(found, context);
    }
    Ok(())
}

/// Writes advice for each kind of difference.
fn advise(found: &[Difference], context: &mut Context<'_>) {
    let has = |kind| found.iter().any(|row| row.found == kind);
    if has("unrecorded") {
        context.console.note(
            "hint: unrecorded: held, but not bought by a purchase in the journal: bought elsewhere, or lost by a restore.\n\
             \x20     Keep it without any action, or release it with `trunkline numbers release ID`.",
        );
    }
    for row in found.iter().filter(|row| row.found == "unrecorded") {
        if let Some(purchase) = &row.purchase_id {
            let number = row.number.as_deref().unwrap_or(&row.id);
            context.console.note(&format!(
                "hint: {purchase} may have bought {number}: `trunkline purchases get {purchase}`, then\n\
                 \x20     trunkline purchases resolve {purchase} --outcome succeeded --provider-id {} --reason TEXT",
                row.provider_id
            ));
        }
    }
    if has("vanished") {
        context.console.note(
            "hint: vanished: bought by a purchase in the journal, but not held: released elsewhere, or after the backup.\n\
             \x20     `trunkline numbers get ID` has the gateway look for it again. If it stays away, the gateway records its\n\
             \x20     release, and its price counts no longer.",
        );
    }
}

fn exit(sources: &[Source], found: usize) -> Exit {
    let count = |status| {
        sources
            .iter()
            .filter(|source| source.status == status)
            .count()
    };
    match (count(Status::Error), count(Status::Partial)) {
        (0, 0) if found == 0 => Exit::Done,
        (0, 0) => Exit::Failed,
        (failed, _) if failed == sources.len() => Exit::Failed,
        _ => Exit::Partial,
    }
}
