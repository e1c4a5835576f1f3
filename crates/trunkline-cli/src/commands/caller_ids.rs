//! `trunkline caller-ids`

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::args::caller_ids::{CallerIdsCommand, StartArgs};
use crate::args::members::{members, pairs};
use crate::call::Call;
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::progress;
use crate::render::CALLER_IDS;
use crate::reply::Reply;
use crate::session::{Change, Collection, Ended, Session};

const ALL: Collection = Collection {
    path: "/v1/caller-ids",
    shape: CALLER_IDS,
    empty: "No caller ID matches.",
};

/// Pause between two looks at a pending caller ID.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn run(command: CallerIdsCommand, session: &mut Session<'_>) -> Ended {
    match command {
        CallerIdsCommand::Start(args) => start(*args, session).await,
        CallerIdsCommand::Get(args) => session.get(&ALL, &args.id).await,
        CallerIdsCommand::List(args) => session.list(&ALL, pairs(&args), args.page).await,
        CallerIdsCommand::Update(args) => {
            let at = ALL.at(&args.which.id);
            let call = Call::patch(at.as_str()).with_body(args.body()?);
            write(Change::keyed(call, args.write), &at, session).await
        }
        CallerIdsCommand::Delete(args) => {
            let id = args.which.id;
            let at = ALL.at(&id);
            let change = Change::keyed(Call::delete(at.as_str()), args.write);
            let change = change.about(&at, &session.api).await?;
            session.remove(change, &format!("removed {id}")).await
        }
        CallerIdsCommand::Verify(args) => {
            let at = ALL.at(&args.which.id);
            let call = Call::post(format!("{at}/verify")).with_body(json!({ "code": args.code }));
            write(Change::keyed(call, args.write), &at, session).await
        }
        CallerIdsCommand::Resend(args) => {
            let at = ALL.at(&args.which.id);
            let call = Call::post(format!("{at}/resend"));
            write(Change::keyed(call, args.write), &at, session).await
        }
    }
}

/// A write to the caller ID at a path.
async fn write(change: Change, at: &str, session: &mut Session<'_>) -> Ended {
    let change = change.about(at, &session.api).await?;
    session.change(change, &CALLER_IDS).await
}

async fn start(args: StartArgs, session: &mut Session<'_>) -> Ended {
    let wait = args.wait;
    let call = Call::post(ALL.path)
        .with_body(members(&args).into())
        .with_key(args.write.idempotency_key);
    if args.write.dry_run {
        return session.plan(&call, None, "The carrier would call the number.");
    }
    let mut reply = session.api.send(&call).await?;
    let mut caller_id = reply.value()?;
    if let Some(wait) = wait.filter(|_| is_pending(&caller_id)) {
        session.note(&instruction(&caller_id));
        let work = settled(&session.api, &caller_id, wait);
        reply = progress::watch(&mut session.console, "waiting for the call", work).await?;
        caller_id = reply.value()?;
    }
    session.answer_item(&CALLER_IDS, &caller_id, &reply.body)?;
    if wait.is_none() && is_pending(&caller_id) {
        session.note(&instruction(&caller_id));
    }
    Ok(match caller_id["state"].as_str() {
        _ if wait.is_none() && caller_id["error"].is_null() => Exit::Done,
        _ if wait.is_none() => Exit::Unknown,
        Some("verified") => Exit::Done,
        Some("pending") => Exit::Unknown,
        _ => Exit::Failed,
    })
}

/// What the person at the phone has to do now.
fn instruction(caller_id: &Value) -> String {
    let number = caller_id["number"].as_str().unwrap_or("the phone");
    let id = caller_id["id"].as_str().unwrap_or_default();
    let code = caller_id["validation_code"].as_str();
    match (caller_id["method"].as_str(), code) {
        (Some("call_enter_code"), Some(code)) => format!("{number} rings: key in {code} there"),
        (Some("call_enter_code"), None) => format!(
            "it is not known whether {number} rings: `trunkline caller-ids resend {id}` requests another call"
        ),
        _ => {
            format!("{number} rings: submit the code with `trunkline caller-ids verify {id} CODE`")
        }
    }
}

fn is_pending(caller_id: &Value) -> bool {
    caller_id["state"] == "pending"
}

/// The caller ID once it is verified or has failed, or as it is when the time is over.
async fn settled(api: &Api, caller_id: &Value, wait: Duration) -> Result<Reply, Failure> {
    let deadline = Instant::now() + wait;
    let call = Call::get(ALL.at(caller_id["id"].as_str().unwrap_or_default()));
    loop {
        let reply = api.send(&call).await?;
        if !is_pending(&reply.value()?) || Instant::now() >= deadline {
            return Ok(reply);
        }
        tokio::time::sleep_until(deadline.min(Instant::now() + PAUSE)).await;
    }
}
