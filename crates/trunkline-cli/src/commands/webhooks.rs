//! `trunkline webhooks`

use serde_json::json;

use crate::args::members::{members, pairs};
use crate::args::trails::{RedeliverArgs, WebhookWriteArgs, WebhooksCommand};
use crate::call::{Call, path};
use crate::failure::Exit;
use crate::listing::{Listing, follow};
use crate::render::{DELIVERIES, WEBHOOKS};
use crate::session::{Change, Ended, Session};

const PATH: &str = "/v1/webhooks";

pub(super) async fn run(command: WebhooksCommand, session: &mut Session<'_>) -> Ended {
    match command {
        WebhooksCommand::Create(args) => {
            let call = Call::post(PATH).with_body(members(&args).into());
            session
                .change(Change::new(call, args.dry_run), &WEBHOOKS)
                .await
        }
        WebhooksCommand::List => {
            let found = Listing::read(session.api.send(&Call::get(PATH)).await?)?;
            session.answer_list(&found, &WEBHOOKS, "There is no webhook.")?;
            Ok(Exit::Done)
        }
        WebhooksCommand::Get(args) => {
            let call = Call::get(path(PATH, &args.id));
            session.show(&call, &WEBHOOKS).await
        }
        WebhooksCommand::Enable(args) => switch(&args, true, session).await,
        WebhooksCommand::Disable(args) => switch(&args, false, session).await,
        WebhooksCommand::Delete(args) => {
            let id = args.which.id;
            let change = Change::new(Call::delete(path(PATH, &id)), args.dry_run);
            session.remove(change, &format!("removed {id}")).await
        }
        WebhooksCommand::Rotate(args) => {
            let call = Call::post(path(PATH, &args.which.id) + "/rotate");
            session
                .change(Change::new(call, args.dry_run), &WEBHOOKS)
                .await
        }
        WebhooksCommand::Redeliver(args) => redeliver(&args, session).await,
        WebhooksCommand::Deliveries(args) => {
            let at = path(PATH, &args.which.id) + "/deliveries";
            let call = Call::get(at).with_query(pairs(&args));
            let found = follow(&session.api, &call, args.page).await?;
            session.answer_list(&found, &DELIVERIES, "There is no delivery yet.")?;
            Ok(Exit::Done)
        }
    }
}

async fn switch(args: &WebhookWriteArgs, enabled: bool, session: &mut Session<'_>) -> Ended {
    let call = Call::patch(path(PATH, &args.which.id)).with_body(json!({ "enabled": enabled }));
    session
        .change(Change::new(call, args.dry_run), &WEBHOOKS)
        .await
}

async fn redeliver(args: &RedeliverArgs, session: &mut Session<'_>) -> Ended {
    let call = Call::post(path(PATH, &args.which.id) + "/redeliver");
    let call = call.with_body(members(args).into());
    if args.dry_run {
        return session.plan(&call, None, "");
    }
    let answer = session.api.send(&call).await?.value()?;
    let text = format!("{} events will be delivered again", answer["events"]);
    session.console.answer(&text)?;
    Ok(Exit::Done)
}
