//! `trunkline webhooks`

use serde_json::json;

use crate::args::members::{members, pairs};
use crate::args::trails::{RedeliverArgs, WebhookWriteArgs, WebhooksCommand};
use crate::call::Call;
use crate::failure::Exit;
use crate::listing::follow;
use crate::render::{DELIVERIES, WEBHOOKS};
use crate::session::{Change, Collection, Ended, Session};

const ALL: Collection = Collection {
    path: "/v1/webhooks",
    shape: WEBHOOKS,
    empty: "There is no webhook.",
};

pub(super) async fn run(command: WebhooksCommand, session: &mut Session<'_>) -> Ended {
    match command {
        WebhooksCommand::Create(args) => {
            let call = Call::post(ALL.path).with_body(members(&args).into());
            let change = Change::new(call, args.dry_run);
            session.change(change, &WEBHOOKS).await
        }
        WebhooksCommand::List => {
            session.all(&ALL).await?;
            Ok(Exit::Done)
        }
        WebhooksCommand::Get(args) => session.get(&ALL, &args.id).await,
        WebhooksCommand::Enable(args) => switch(&args, true, session).await,
        WebhooksCommand::Disable(args) => switch(&args, false, session).await,
        WebhooksCommand::Delete(args) => {
            let id = args.which.id;
            let change = Change::new(Call::delete(ALL.at(&id)), args.dry_run);
            session.remove(change, &format!("removed {id}")).await
        }
        WebhooksCommand::Rotate(args) => {
            let call = Call::post(ALL.at(&args.which.id) + "/rotate");
            let change = Change::new(call, args.dry_run);
            session.change(change, &WEBHOOKS).await
        }
        WebhooksCommand::Redeliver(args) => redeliver(&args, session).await,
        WebhooksCommand::Deliveries(args) => {
            let at = ALL.at(&args.which.id) + "/deliveries";
            let call = Call::get(at).with_query(pairs(&args));
            let found = follow(&session.api, &call, args.page).await?;
            session.answer_list(&found, &DELIVERIES, "There is no delivery yet.")?;
            Ok(Exit::Done)
        }
    }
}

async fn switch(args: &WebhookWriteArgs, enabled: bool, session: &mut Session<'_>) -> Ended {
    let call = Call::patch(ALL.at(&args.which.id)).with_body(json!({ "enabled": enabled }));
    let change = Change::new(call, args.dry_run);
    session.change(change, &WEBHOOKS).await
}

async fn redeliver(args: &RedeliverArgs, session: &mut Session<'_>) -> Ended {
    let call = Call::post(ALL.at(&args.which.id) + "/redeliver");
    let call = call.with_body(members(args).into());
    if args.dry_run {
        return session.plan(&call, None, "");
    }
    let answer = session.api.send(&call).await?.value()?;
    let text = format!("{} events will be delivered again", answer["events"]);
    session.console.answer(&text)?;
    Ok(Exit::Done)
}
