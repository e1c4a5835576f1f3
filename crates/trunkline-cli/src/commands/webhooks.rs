//! `trunkline webhooks`

use serde_json::json;

use crate::args::trails::{WebhookWriteArgs, WebhooksCommand};
use crate::call::{Call, path};
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::listing::follow;
use crate::render::trails::{DELIVERIES, WEBHOOKS};
use crate::session::{Plan, Session};

const PATH: &str = "/v1/webhooks";

pub(super) async fn run(
    command: WebhooksCommand,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    match command {
        WebhooksCommand::Create(args) => {
            let call = Call::post(PATH).with_body(args.body());
            write(&call, args.dry_run, api, session).await
        }
        WebhooksCommand::List => list(api, session).await,
        WebhooksCommand::Get(args) => {
            let call = Call::get(path(PATH, &args.id));
            session.show(api, &call, &WEBHOOKS).await
        }
        WebhooksCommand::Enable(args) => switch(&args, true, api, session).await,
        WebhooksCommand::Disable(args) => switch(&args, false, api, session).await,
        WebhooksCommand::Delete(args) => delete(&args, api, session).await,
        WebhooksCommand::Rotate(args) => {
            let call = Call::post(path(PATH, &args.which.id) + "/rotate");
            write(&call, args.dry_run, api, session).await
        }
        WebhooksCommand::Redeliver(args) => {
            let call = Call::post(path(PATH, &args.which.id) + "/redeliver").with_body(args.body());
            if args.dry_run {
                return write(&call, true, api, session).await;
            }
            let answer = api.send(&call).await?.value()?;
            let events = &answer["events"];
            session
                .console
                .answer(&format!("{events} to be delivered once more"))?;
            Ok(Exit::Done)
        }
        WebhooksCommand::Deliveries(args) => {
            let at = path(PATH, &args.which.id) + "/deliveries";
            let (query, page) = args.query();
            let found = follow(api, &Call::get(at).with_query(query), page).await?;
            session.tell(&found, &DELIVERIES, "Nothing was sent yet.")?;
            Ok(Exit::Done)
        }
    }
}

async fn list(api: &Api, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let call = Call::get(PATH);
    let reply = api.send(&call).await?;
    let items = reply.value()?["data"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let text = session.style.list(&WEBHOOKS, &items, &reply.body)?;
    session.console.answer(&text)?;
    if items.is_empty() && session.is_for_people() {
        session.console.note("There is no webhook.");
    }
    Ok(Exit::Done)
}

async fn write(
    call: &Call,
    dry_run: bool,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    if dry_run {
        return session.plan(Plan {
            call,
            about: None,
            remark: "",
        });
    }
    session.show(api, call, &WEBHOOKS).await
}

async fn switch(
    args: &WebhookWriteArgs,
    enabled: bool,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let call = Call::patch(path(PATH, &args.which.id)).with_body(json!({ "enabled": enabled }));
    write(&call, args.dry_run, api, session).await
}

async fn delete(
    args: &WebhookWriteArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let id = &args.which.id;
    let call = Call::delete(path(PATH, id));
    if args.dry_run {
        return write(&call, true, api, session).await;
    }
    api.send(&call).await?;
    if session.is_for_people() {
        session.console.answer(&format!("removed {id}"))?;
    }
    Ok(Exit::Done)
}
