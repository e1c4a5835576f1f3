//! `trunkline purchases`

mod explain;

use serde_json::Value;

use crate::args::purchases::{Outcome, PurchaseListArgs, PurchasesCommand, ResolveArgs};
use crate::call::{Call, path};
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::render::PURCHASES;
use crate::session::{ListCall, Plan, Session};

const PATH: &str = "/v1/purchases";

pub(super) async fn run(
    command: PurchasesCommand,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    match command {
        PurchasesCommand::List(args) => list(args, api, session).await,
        PurchasesCommand::Get { id } => get(&id, api, session).await,
        PurchasesCommand::Resolve(args) => resolve(args, api, session).await,
    }
}

async fn list(
    args: PurchaseListArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let (query, page) = args.query();
    let call = ListCall {
        path: PATH,
        query,
        page,
        shape: PURCHASES,
        empty: "No purchase matches.",
    };
    let found = session.listed(api, call).await?;
    if session.is_for_people()
        && let Some(hint) = explain::hint(&found.items())
    {
        session.console.note(hint);
    }
    Ok(found.exit())
}

async fn get(id: &str, api: &Api, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let reply = api.send(&Call::get(path(PATH, id))).await?;
    let purchase = reply.value()?;
    let text = session.style.item(&PURCHASES, &purchase, &reply.body)?;
    session.console.answer(&text)?;
    explain(&purchase, session);
    Ok(Exit::Done)
}

fn explain(purchase: &Value, session: &mut Session<'_, '_>) {
    if session.is_for_people() {
        for note in explain::notes(purchase) {
            session.console.note(&note);
        }
    }
}

async fn resolve(
    mut args: ResolveArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let at = path(PATH, &args.id);
    let purchase = api.send(&Call::get(at.clone())).await?.value()?;
    if args.outcome == Outcome::Succeeded && args.provider_id.is_none() {
        let asked = explain::provider_id(&purchase).ok_or_else(|| {
            Failure::usage(
                "--provider-id is missing: no id of the carrier's was seen that it could be",
            )
            .with_hint("the carrier's console shows it, such as PN... at Twilio")
        })?;
        args.provider_id = Some(asked.to_owned());
    }
    let call = Call::post(format!("{at}/resolve"))
        .with_body(args.body())
        .with_key(args.write.idempotency_key);
    if args.write.dry_run {
        let remark = if explain::may_be_resolved(&purchase) {
            "It is not certain what became of it: a person may decide."
        } else {
            "It would be refused: only an outcome that is unknown, or presumed failed, is decided by hand."
        };
        return session.plan(Plan {
            call: &call,
            about: Some(purchase),
            remark,
        });
    }
    if session.is_for_people() {
        // Shown before it is sent, so that the decision is made on what is known.
        let evidence = session.style.facts(&purchase);
        session.console.note(&format!("Until now:\n\n{evidence}"));
        explain(&purchase, session);
        session.console.note("\nFrom now on:\n");
    }
    session.show(api, &call, &PURCHASES).await
}
