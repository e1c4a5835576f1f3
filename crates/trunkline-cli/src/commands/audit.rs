//! `trunkline audit`

use serde_json::{Value, json};

use crate::args::members::pairs;
use crate::args::trails::{AuditCommand, AuditFilterArgs};
use crate::call::Call;
use crate::failure::{Exit, Failure};
use crate::listing::Listing;
use crate::render::{AUDIT, CHAINS};
use crate::session::{Collection, Ended, Session};

const ALL: Collection = Collection {
    path: "/v1/audit",
    shape: AUDIT,
    empty: "No action matches.",
};

pub(super) async fn run(command: AuditCommand, session: &mut Session<'_>) -> Ended {
    match command {
        AuditCommand::List(args) => session.list(&ALL, pairs(&args.filter), args.page).await,
        AuditCommand::Export(args) => export(&args, session).await,
        AuditCommand::Verify => verify(session).await,
    }
}

/// Writes a row a line and a page at a time: the trail may not fit into memory.
async fn export(args: &AuditFilterArgs, session: &mut Session<'_>) -> Ended {
    let mut query = pairs(args);
    query.push(("limit".into(), "100".to_owned()));
    let mut cursor: Option<String> = None;
    loop {
        let after = cursor.take().map(|cursor| ("cursor".into(), cursor));
        let call = Call::get(ALL.path).with_query(query.iter().cloned().chain(after).collect());
        let reply = session.api.send(&call).await?;
        let next = reply.value()?["next_cursor"].as_str().map(str::to_owned);
        let rows = Listing::read(reply)?.items();
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        session.console.answer(&lines)?;
        if next.is_none() {
            return Ok(Exit::Done);
        }
        cursor = next;
    }
}

async fn verify(session: &mut Session<'_>) -> Ended {
    let chains = match session.api.services() {
        Some(services) => every_chain(services).await?,
        None => vec![session.api.get(&ALL.at("verification")).await?],
    };
    let body = json!({ "data": chains }).to_string();
    session.answer_items(&CHAINS, &chains, &body)?;
    if chains.is_empty() {
        session.note_for_people("The audit trail is empty.");
    }
    for chain in &chains {
        if let Some(text) = deleted(chain) {
            session.note_for_people(&text);
        }
        for fault in chain["faults"].as_array().into_iter().flatten() {
            let id = fault["id"].as_str().unwrap_or("no id");
            let what = fault["what"].as_str().unwrap_or_default();
            session.note(&format!("row {} ({id}): {what}", fault["place"]));
        }
    }
    let whole = chains.iter().all(|chain| chain["whole"] == true);
    Ok(if whole { Exit::Done } else { Exit::Failed })
}

/// What is to be known of rows that were deleted because of their age.
fn deleted(chain: &Value) -> Option<String> {
    let deleted = chain["deleted"].as_object()?;
    let at = deleted["at"].as_str().unwrap_or_default();
    let tenant = chain["tenant"].as_str();
    let tenant = tenant.map_or_else(String::new, |tenant| format!(" of {tenant}"));
    let signature = match chain["signature_checked"] == true {
        true => "the check began at the checkpoint in their place",
        false => {
            "the signature of the checkpoint in their place was not checked, which needs the server.secret_key"
        }
    };
    let rows = &deleted["rows"];
    Some(format!(
        "The first {rows} rows{tenant} were deleted because of their age, last at {at}; {signature}."
    ))
}

/// The chains of all tenants, read from the database itself.
async fn every_chain(services: &trunkline_admin::Services) -> Result<Vec<Value>, Failure> {
    let unreadable = |error: trunkline_core::Error| Failure::failed(error.to_string());
    let tenants = services.admin.audited().await.map_err(unreadable)?;
    let mut chains = Vec::with_capacity(tenants.len());
    for tenant in tenants {
        let found = services.audit.verify(&tenant).await.map_err(unreadable)?;
        let found = trunkline_gateway::dto::audit::VerificationDto::from(found);
        let mut found = serde_json::to_value(found)
            .map_err(|error| Failure::failed(format!("the result can't be shown: {error}")))?;
        found["tenant"] = Value::from(tenant.as_str());
        chains.push(found);
    }
    Ok(chains)
}
