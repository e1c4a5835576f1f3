//! `trunkline purchases`

use crate::args::purchases::{PurchasesCommand, ResolveArgs};
use crate::call::{Call, path};
use crate::client::Api;
use crate::commands::{ListCall, Plan, Session};
use crate::failure::{Exit, Failure};
use crate::render::PURCHASES;

const PATH: &str = "/v1/purchases";

pub(super) async fn run(
    command: PurchasesCommand,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    match command {
        PurchasesCommand::List(args) => {
            let (query, page) = args.query();
            session
                .list(
                    api,
                    ListCall {
                        path: PATH,
                        query,
                        page,
                        shape: PURCHASES,
                        empty: "No purchase matches.",
                    },
                )
                .await
        }
        PurchasesCommand::Get { id } => get(&id, api, session).await,
        PurchasesCommand::Resolve(args) => resolve(args, api, session).await,
    }
}

async fn get(id: &str, api: &Api, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let reply = api.send(&Call::get(path(PATH, id))).await?;
    let purchase = reply.value()?;
    let text = session.style.item(&PURCHASES, &purchase, &reply.body)?;
    session.console.answer(&text)?;
    if session.is_for_people() && purchase["needs_person"] == true {
        session.console.note(&format!(
            "note: what became of it can't be found out. Look at the carrier's console, then say so:\n\
             trunkline purchases resolve {id} --outcome succeeded --provider-id ID --reason TEXT\n\
             trunkline purchases resolve {id} --outcome failed --reason TEXT"
        ));
    }
    Ok(Exit::Done)
}

async fn resolve(
    args: ResolveArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let at = path(PATH, &args.id);
    let call = Call::post(format!("{at}/resolve"))
        .with_body(args.body())
        .with_key(args.write.idempotency_key);
    if args.write.dry_run {
        let about = Some(api.send(&Call::get(at)).await?.value()?);
        return session.plan(Plan {
            call: &call,
            about,
            remark: "Only an unknown outcome can be settled by hand.",
        });
    }
    if session.is_for_people() {
        // What is known so far: whoever decides is to have seen it.
        let evidence = api.send(&Call::get(at)).await?.value()?;
        let evidence = session.style.facts(&evidence);
        session
            .console
            .note(&format!("Until now:\n\n{evidence}\nFrom now on:\n"));
    }
    session.show(api, &call, &PURCHASES).await
}
