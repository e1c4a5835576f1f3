//! `trunkline doctor`: whether everything is in place, and what to do about what is not.

mod accounts;
mod database;
mod file;
mod numbers;
mod report;

use std::collections::BTreeSet;

use serde_json::json;
use trunkline::Config;

use crate::args::Format;
use crate::client::Target;
use crate::commands::Session;
use crate::failure::{Exit, Failure};
use crate::render::FINDINGS;
use report::Report;

pub(super) async fn run(numbers: bool, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    if session.global.server.is_some() && session.target != Target::Here {
        session.console.note(
            "note: doctor looks from this machine, at its own configuration; a gateway is asked by `trunkline healthcheck`",
        );
    }
    if numbers {
        return numbers::run(session).await;
    }
    let mut report = Report::default();
    let config = file::check(session, &mut report);
    if let Some(config) = &config {
        look(config, session.global.database.as_deref(), &mut report).await;
    }
    let worst = report.worst();
    let findings = report.json();
    let text = match session.style.format {
        Format::Table => report.text(session.style.colour),
        Format::Json | Format::Csv => {
            let body = json!({ "status": worst, "checks": findings }).to_string();
            session.style.list(&FINDINGS, &findings, &body)?
        }
    };
    session.console.answer(&text)?;
    Ok(if report.has_failed() {
        Exit::Failed
    } else {
        Exit::Done
    })
}

/// Everything that is not in the file: database, Redis and carriers, at once.
async fn look(config: &Config, database: Option<&str>, report: &mut Report) {
    let (mut stored, mut shared, mut held) =
        (Report::default(), Report::default(), Report::default());
    tokio::join!(
        database::check(config, database, &mut stored),
        database::check_redis(config, &mut shared),
        accounts::check(config, &mut held),
    );
    report.extend(stored);
    report.extend(shared);
    report.extend(held);
    let tenants: BTreeSet<_> = config.accounts.iter().map(|a| a.tenant.clone()).collect();
    if tenants.len() > 1 {
        let count = tenants.len();
        report.ok(
            "tenants",
            format!("{count}: what belongs to one is hidden from the keys of the others"),
        );
    }
}
