//! `trunkline audit`

use serde_json::{Value, json};

use crate::args::trails::{AuditCommand, AuditFilterArgs};
use crate::call::Call;
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::listing::Listing;
use crate::render::trails::{AUDIT, CHAINS};
use crate::session::{ListCall, Session};

const PATH: &str = "/v1/audit";

pub(super) async fn run(
    command: AuditCommand,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    match command {
        AuditCommand::List(args) => {
            let list = ListCall {
                path: PATH,
                query: args.filter.query(),
                page: args.page,
                shape: AUDIT,
                empty: "Nothing that was done matches.",
            };
            session.list(api, list).await
        }
        AuditCommand::Export(args) => export(args, api, session).await,
        AuditCommand::Verify => verify(api, session).await,
    }
}

/// A row a line, a page at a time: there may be more than fits into memory.
async fn export(
    args: AuditFilterArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let mut query = args.query();
    query.push(("limit".into(), "100".to_owned()));
    let mut cursor: Option<String> = None;
    loop {
        let after = cursor.take().map(|cursor| ("cursor".into(), cursor));
        let call = Call::get(PATH)
            .with_query(query.clone())
            .with_query(after.into_iter().collect());
        let reply = api.send(&call).await?;
        let next = reply.value()?["next_cursor"].as_str().map(str::to_owned);
        let lines: String = Listing::read(reply)?
            .items()
            .iter()
            .map(|row| format!("{row}\n"))
            .collect();
        session.console.answer(&lines)?;
        if next.is_none() {
            return Ok(Exit::Done);
        }
        cursor = next;
    }
}

async fn verify(api: &Api, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let chains = match api.services() {
        Some(services) => every_chain(services).await?,
        None => {
            let call = Call::get(format!("{PATH}/verification"));
            vec![api.send(&call).await?.value()?]
        }
    };
    let body = json!({ "data": chains }).to_string();
    let text = session.style.list(&CHAINS, &chains, &body)?;
    session.console.answer(&text)?;
    if chains.is_empty() && session.is_for_people() {
        session.console.note("The audit trail is empty.");
    }
    let mut whole = true;
    for chain in &chains {
        whole &= chain["whole"] == true;
        for fault in chain["faults"].as_array().into_iter().flatten() {
            let id = fault["id"].as_str().unwrap_or("no id");
            let what = fault["what"].as_str().unwrap_or_default();
            let place = &fault["place"];
            session.console.note(&format!("row {place} ({id}): {what}"));
        }
    }
    Ok(if whole { Exit::Done } else { Exit::Failed })
}

/// On the database itself, every tenant's.
async fn every_chain(services: &trunkline_admin::Services) -> Result<Vec<Value>, Failure> {
    let unreadable = |error: trunkline_core::Error| Failure::failed(error.to_string());
    let tenants = services.admin.audited().await.map_err(unreadable)?;
    let mut chains = Vec::with_capacity(tenants.len());
    for tenant in tenants {
        let found = services.audit.verify(&tenant).await.map_err(unreadable)?;
        let found = trunkline_gateway::dto::audit::VerificationDto::from(found);
        let mut found = serde_json::to_value(found)
            .map_err(|error| Failure::failed(format!("what was found can't be told: {error}")))?;
        found["tenant"] = Value::from(tenant.as_str());
        chains.push(found);
    }
    Ok(chains)
}
