//! `trunkline doctor`: checks the installation, and says how to mend it.

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
use crate::failure::Exit;
use crate::render::FINDINGS;
use crate::session::{Context, Ended};
use report::Report;

pub(super) async fn run(numbers: bool, context: &mut Context<'_>) -> Ended {
    if context.global.server.is_some() && context.target != Target::Here {
        context.console.note(
            "note: doctor checks this machine and its configuration; `trunkline healthcheck` checks a gateway",
        );
    }
    if numbers {
        return numbers::run(context).await;
    }
    let mut report = Report::default();
    let config = file::check(context, &mut report);
    if let Some(config) = &config {
        look(config, context.global.database.as_deref(), &mut report).await;
    }
    let worst = report.worst();
    let findings = report.json();
    let text = match context.style.format {
        Format::Table => report.text(&context.style.look),
        Format::Json | Format::Csv => {
            let body = json!({ "status": worst, "checks": findings }).to_string();
            context.style.list(&FINDINGS, &findings, &body)?
        }
    };
    context.console.answer(&text)?;
    Ok(if report.has_failed() {
        Exit::Failed
    } else {
        Exit::Done
    })
}

/// Checks database, Redis and carriers at once.
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
    let tenants: BTreeSet<_> = config
        .accounts
        .iter()
        .map(|a| a.terms.tenant.clone())
        .collect();
    if tenants.len() > 1 {
        let count = tenants.len();
        report.ok(
            "tenants",
            format!("{count}: the keys of one tenant see nothing of the others"),
        );
    }
}
