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
        PurchasesCommand::Get { id } => {
            session
                .show(api, &Call::get(path(PATH, &id)), &PURCHASES)
                .await
        }
        PurchasesCommand::Resolve(args) => resolve(args, api, session).await,
    }
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
    session.show(api, &call, &PURCHASES).await
}
