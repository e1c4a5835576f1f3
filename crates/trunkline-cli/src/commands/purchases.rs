//! `trunkline purchases`

mod explain;

use serde_json::Value;

use crate::args::members::{members, pairs};
use crate::args::purchases::{Outcome, PurchaseListArgs, PurchasesCommand, ResolveArgs};
use crate::call::Call;
use crate::failure::{Exit, Failure};
use crate::render::PURCHASES;
use crate::session::{Change, Collection, Ended, Session};

const ALL: Collection = Collection {
    path: "/v1/purchases",
    shape: PURCHASES,
    empty: "No purchase matches.",
};

pub(super) async fn run(command: PurchasesCommand, session: &mut Session<'_>) -> Ended {
    match command {
        PurchasesCommand::List(args) => list(args, session).await,
        PurchasesCommand::Get(args) => {
            let reply = session.api.send(&Call::get(ALL.at(&args.id))).await?;
            let purchase = reply.value()?;
            session.answer_item(&PURCHASES, &purchase, &reply.body)?;
            explain(&purchase, session);
            Ok(Exit::Done)
        }
        PurchasesCommand::Resolve(args) => resolve(args, session).await,
    }
}

async fn list(args: PurchaseListArgs, session: &mut Session<'_>) -> Ended {
    let found = session.listed(&ALL, pairs(&args), args.page).await?;
    if let Some(hint) = explain::hint(&found.items()) {
        session.note_for_people(hint);
    }
    Ok(found.exit())
}

fn explain(purchase: &Value, session: &mut Session<'_>) {
    for note in explain::notes(purchase) {
        session.note_for_people(&note);
    }
}

async fn resolve(mut args: ResolveArgs, session: &mut Session<'_>) -> Ended {
    let at = ALL.at(&args.which.id);
    let purchase = session.api.get(&at).await?;
    if args.outcome == Outcome::Succeeded && args.provider_id.is_none() {
        let asked = explain::provider_id(&purchase).ok_or_else(|| {
            Failure::usage(
                "--provider-id is missing: the purchase has no open question about an id",
            )
            .with_hint("the carrier's console shows its id of the number")
        })?;
        args.provider_id = Some(asked.to_owned());
    }
    let call = Call::post(format!("{at}/resolve")).with_body(members(&args).into());
    let mut change = Change::keyed(call, args.write);
    if !change.is_sent() {
        let remark = if explain::may_be_resolved(&purchase) {
            "The outcome is not certain: a person may decide it."
        } else {
            "It would be refused: only an outcome that is unknown, or presumed failed, can be decided by hand."
        };
        change = change.showing(Some(purchase)).remark(remark);
    } else if session.style.is_for_people() {
        // The evidence is shown before the decision is sent.
        let evidence = session.style.facts(&purchase);
        session.note(&format!("Before:\n\n{evidence}"));
        explain(&purchase, session);
        session.note("\nAfter:\n");
    }
    session.change(change, &PURCHASES).await
}
