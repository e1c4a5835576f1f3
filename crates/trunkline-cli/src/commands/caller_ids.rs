//! `trunkline caller-ids`

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::args::caller_ids::{CallerIdWriteArgs, CallerIdsCommand, StartArgs};
use crate::call::{Call, path};
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::progress;
use crate::render::CALLER_IDS;
use crate::reply::Reply;
use crate::session::{ListCall, Plan, Session};

const PATH: &str = "/v1/caller-ids";

/// Pause between two looks at a caller ID whose phone rings.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn run(
    command: CallerIdsCommand,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    match command {
        CallerIdsCommand::Start(args) => start(*args, api, session).await,
        CallerIdsCommand::Get(args) => {
            session
                .show(api, &Call::get(path(PATH, &args.id)), &CALLER_IDS)
                .await
        }
        CallerIdsCommand::List(args) => {
            let (query, page) = args.query();
            session
                .list(
                    api,
                    ListCall {
                        path: PATH,
                        query,
                        page,
                        shape: CALLER_IDS,
                        empty: "No caller ID matches.",
                    },
                )
                .await
        }
        CallerIdsCommand::Update(args) => {
            let call = Call::patch(path(PATH, &args.which.id)).with_body(args.body()?);
            write(
                call.with_key(args.write.idempotency_key),
                args.write.dry_run,
                api,
                session,
            )
            .await
        }
        CallerIdsCommand::Delete(args) => delete(args, api, session).await,
        CallerIdsCommand::Verify(args) => {
            let call = Call::post(path(PATH, &args.which.id) + "/verify")
                .with_body(json!({ "code": args.code }));
            write(
                call.with_key(args.write.idempotency_key),
                args.write.dry_run,
                api,
                session,
            )
            .await
        }
        CallerIdsCommand::Resend(args) => {
            let call = Call::post(path(PATH, &args.which.id) + "/resend");
            write(
                call.with_key(args.write.idempotency_key),
                args.write.dry_run,
                api,
                session,
            )
            .await
        }
    }
}

/// A write about a caller ID that there is.
async fn write(
    call: Call,
    dry_run: bool,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    if !dry_run {
        return session.show(api, &call, &CALLER_IDS).await;
    }
    let at = call
        .path
        .trim_end_matches("/verify")
        .trim_end_matches("/resend");
    let about = Some(api.send(&Call::get(at)).await?.value()?);
    session.plan(Plan {
        call: &call,
        about,
        remark: "",
    })
}

async fn delete(
    args: CallerIdWriteArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let id = args.which.id;
    let call = Call::delete(path(PATH, &id)).with_key(args.write.idempotency_key);
    if args.write.dry_run {
        return write(call, true, api, session).await;
    }
    api.send(&call).await?;
    if session.is_for_people() {
        session.console.answer(&format!("removed {id}"))?;
    }
    Ok(Exit::Done)
}

async fn start(args: StartArgs, api: &Api, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let wait = args.wait;
    let call = Call::post(PATH)
        .with_body(args.body())
        .with_key(args.write.idempotency_key);
    if args.write.dry_run {
        return session.plan(Plan {
            call: &call,
            about: None,
            remark: "The carrier would call the number.",
        });
    }
    let mut reply = api.send(&call).await?;
    let mut caller_id = reply.value()?;
    if let Some(wait) = wait.filter(|_| is_pending(&caller_id)) {
        session.console.note(&instruction(&caller_id));
        reply = progress::watch(
            session.console,
            "waiting for the call",
            settled(api, &caller_id, wait),
        )
        .await?;
        caller_id = reply.value()?;
    }
    session
        .console
        .answer(&session.style.item(&CALLER_IDS, &caller_id, &reply.body)?)?;
    if wait.is_none() {
        if is_pending(&caller_id) {
            session.console.note(&instruction(&caller_id));
        }
        return Ok(if caller_id["error"].is_null() {
            Exit::Done
        } else {
            Exit::Unknown
        });
    }
    Ok(match caller_id["state"].as_str() {
        Some("verified") => Exit::Done,
        Some("pending") => Exit::Unknown,
        _ => Exit::Failed,
    })
}

/// What the person at the phone does now.
fn instruction(caller_id: &Value) -> String {
    let number = caller_id["number"].as_str().unwrap_or("the phone");
    let id = caller_id["id"].as_str().unwrap_or_default();
    match (
        caller_id["method"].as_str(),
        caller_id["validation_code"].as_str(),
    ) {
        (Some("call_enter_code"), Some(code)) => format!("{number} rings: key in {code} there"),
        (Some("call_enter_code"), None) => {
            format!(
                "it can't be told whether {number} rings: `trunkline caller-ids resend {id}` asks for another call"
            )
        }
        _ => format!(
            "{number} rings: submit the code heard there with `trunkline caller-ids verify {id} CODE`"
        ),
    }
}

fn is_pending(caller_id: &Value) -> bool {
    caller_id["state"] == "pending"
}

/// The caller ID once it is decided, or as it is when the time is over.
async fn settled(api: &Api, caller_id: &Value, wait: Duration) -> Result<Reply, Failure> {
    let deadline = Instant::now() + wait;
    let call = Call::get(path(PATH, caller_id["id"].as_str().unwrap_or_default()));
    loop {
        let reply = api.send(&call).await?;
        if !is_pending(&reply.value()?) || Instant::now() >= deadline {
            return Ok(reply);
        }
        tokio::time::sleep_until(deadline.min(Instant::now() + PAUSE)).await;
    }
}
