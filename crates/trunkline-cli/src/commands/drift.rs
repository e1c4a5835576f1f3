//! `trunkline drift` and `trunkline sync`

use std::time::Duration;

use serde_json::{Value, json};

use crate::args::inventory::{DriftAcceptArgs, DriftCommand, SyncArgs};
use crate::args::members::pairs;
use crate::call::Call;
use crate::failure::Exit;
use crate::render::{ACCEPTED, DRIFTS, READINGS};
use crate::session::{Change, Collection, Ended, Session};

const ALL: Collection = Collection {
    path: "/v1/drift",
    shape: DRIFTS,
    empty: "No drift matches.",
};

const SYNCS: Collection = Collection {
    path: "/v1/syncs",
    shape: READINGS,
    empty: "There is no account to read.",
};

/// Pause between two looks at readings.
const PAUSE: Duration = Duration::from_millis(300);

pub(super) async fn run(command: DriftCommand, session: &mut Session<'_>) -> Ended {
    match command {
        DriftCommand::List(args) => {
            let query = pairs(&args);
            session.list(&ALL, query, args.page).await
        }
        DriftCommand::Accept(args) => accept(args, session).await,
    }
}

async fn accept(args: DriftAcceptArgs, session: &mut Session<'_>) -> Ended {
    let filters = args.filters()?;
    if args.ids.is_empty() {
        let call = Call::post(ALL.at("accept")).with_body(filters.into());
        return session
            .change(Change::keyed(call, args.write), &ACCEPTED)
            .await;
    }
    let call = |id: &String| Call::post(format!("{}/accept", ALL.at(id)));
    if let [id] = &args.ids[..] {
        return session
            .change(Change::keyed(call(id), args.write), &DRIFTS)
            .await;
    }
    if args.write.dry_run {
        for id in &args.ids {
            session.plan(&call(id), None, "")?;
        }
        return Ok(Exit::Done);
    }
    let mut accepted = Vec::new();
    for id in &args.ids {
        let reply = session.api.send(&call(id)).await;
        match reply.and_then(|reply| reply.value()) {
            Ok(drift) => accepted.push(drift),
            Err(failure) => {
                session.console.fail(&failure);
            }
        }
    }
    let body = json!({ "data": accepted }).to_string();
    session.answer_items(&DRIFTS, &accepted, &body)?;
    Ok(Exit::of(args.ids.len() - accepted.len(), args.ids.len()))
}

/// `trunkline sync`
pub(super) async fn sync(args: SyncArgs, session: &mut Session<'_>) -> Ended {
    let mut body = json!({ "accounts": args.accounts });
    if args.believe_missing {
        body["believe_missing"] = json!(true);
    }
    let call = Call::post(SYNCS.path).with_body(body);
    if args.write.dry_run {
        return session.plan(&call, None, "");
    }
    let call = call.with_key(args.write.idempotency_key);
    let mut reply = session.api.send(&call).await?;
    let mut sync = reply.value()?;
    let at = SYNCS.at(sync["id"].as_str().unwrap_or_default());
    while !args.no_wait && sync["ended_at"].is_null() {
        tokio::time::sleep(PAUSE).await;
        reply = session.api.send(&Call::get(at.as_str())).await?;
        sync = reply.value()?;
    }
    let accounts = sync["accounts"].as_array().cloned().unwrap_or_default();
    session.answer_items(&READINGS, &accounts, &reply.body)?;
    if accounts.is_empty() {
        session.note_for_people(SYNCS.empty);
    }
    if args.no_wait {
        return Ok(Exit::Done);
    }
    let whole = |reading: &&Value| reading["state"] == "complete";
    let whole = accounts.iter().filter(whole).count();
    Ok(Exit::of(accounts.len() - whole, accounts.len()))
}
