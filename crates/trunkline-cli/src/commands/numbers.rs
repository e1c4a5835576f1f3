//! `trunkline numbers`

mod release;
mod resource;
mod restore;

use crate::args::numbers::{NumberListArgs, NumberUpdateArgs, NumbersCommand};
use crate::call::{Call, path};
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::render::NUMBERS;
use crate::session::{ListCall, Plan, Session};
use resource::PATH;

pub(super) async fn run(
    command: NumbersCommand,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    match command {
        NumbersCommand::List(args) => list(*args, api, session).await,
        NumbersCommand::Get(args) => {
            session
                .show(api, &Call::get(path(PATH, &args.id)), &NUMBERS)
                .await
        }
        NumbersCommand::Update(args) => update(*args, api, session).await,
        NumbersCommand::Release(args) => release::run(*args, api, session).await,
        NumbersCommand::Restore(args) => restore::run(args, api, session).await,
        NumbersCommand::Register(args) => {
            let call = Call::post("/v1/numbers/register")
                .with_body(args.body())
                .with_key(args.write.idempotency_key);
            if args.write.dry_run {
                return session.plan(Plan {
                    call: &call,
                    about: None,
                    remark: "A number that is there already stays as it is.",
                });
            }
            session.show(api, &call, &NUMBERS).await
        }
    }
}

async fn list(
    args: NumberListArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let (query, page) = args.query();
    session
        .list(
            api,
            ListCall {
                path: PATH,
                query,
                page,
                shape: NUMBERS,
                empty: "No number held matches.",
            },
        )
        .await
}

async fn update(
    args: NumberUpdateArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let body = args.body()?;
    let at = path(PATH, &args.number.id);
    let call = Call::patch(at.as_str())
        .with_key(args.write.idempotency_key)
        .with_body(body.into());
    if args.write.dry_run {
        let about = Some(api.send(&Call::get(at)).await?.value()?);
        return session.plan(Plan {
            call: &call,
            about,
            remark: "",
        });
    }
    session.show(api, &call, &NUMBERS).await
}
