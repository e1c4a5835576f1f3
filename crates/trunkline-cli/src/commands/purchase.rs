//! `trunkline purchase`

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use trunkline_core::E164;

use crate::args::purchases::PurchaseArgs;
use crate::call::{Call, new_key};
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::progress;
use crate::render::RESULT;
use crate::reply::Reply;
use crate::session::{Plan, Session};

/// Longest that one call may wait for the outcome.
const WAIT_MAX: u64 = 60;

/// `Accepted`: the outcome is not known yet.
const ACCEPTED: u16 = 202;

pub(super) async fn run(
    args: PurchaseArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    if args
        .offer
        .as_ref()
        .is_some_and(|offer| offer.starts_with('+'))
    {
        let message = "an offer is wanted, and this looks like a number";
        return Err(Failure::usage(message)
            .with_hint("a number needs the account that buys it: --account NAME --number NUMBER"));
    }
    let given = args.write.idempotency_key.clone();
    let key = given.clone().unwrap_or_else(new_key);
    let call = Call::post("/v1/numbers")
        .with_body(args.body().into())
        .with_key(Some(key.clone()));
    if args.write.dry_run {
        return plan(&args, &call, api, session).await;
    }
    if given.is_none() {
        // Before it is sent: who loses the answer can ask for it again.
        session.console.note(&format!("idempotency key: {key}"));
    }
    let what = args.number.as_ref().map_or_else(
        || "purchasing".to_owned(),
        |number| format!("purchasing {number}"),
    );
    let reply = progress::watch(session.console, &what, buy(api, call, args.wait)).await?;
    tell(&reply, &key, session)
}

/// Sends the order, and joins the wait for its outcome again while there is time: the key makes sure that the order
/// itself is carried out once.
async fn buy(api: &Api, mut call: Call, wait: u64) -> Result<Reply, Failure> {
    let deadline = Instant::now() + Duration::from_secs(wait);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // Whole seconds are all that can be asked for; the last one is waited for in full.
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        call.wait = Some(seconds.min(WAIT_MAX));
        let reply = api.send(&call).await?;
        if reply.status != ACCEPTED || Instant::now() >= deadline {
            return Ok(reply);
        }
    }
}

fn tell(reply: &Reply, key: &str, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let result = reply.value()?;
    session.console.answer(&session.style.list(
        &RESULT,
        std::slice::from_ref(&result),
        &reply.body,
    )?)?;
    let purchase = &result["purchase"];
    if reply.replayed {
        session.console.note("note: this key was used before: this is the answer of then, and nothing was bought now");
    }
    if reply.status == ACCEPTED {
        let id = purchase["id"].as_str().unwrap_or_default();
        session.console.note(
            "note: the outcome is not known yet, and is being found out: nothing is sent again",
        );
        session.console.note(&format!(
            "hint: `trunkline purchases get {id}` tells how it ends"
        ));
        session.console.note(&format!(
            "hint: so does the same purchase with --idempotency-key {key}"
        ));
        return Ok(Exit::Unknown);
    }
    if purchase["configuration"]["state"] == "failed" {
        let why = purchase["configuration"]["error"]["detail"]
            .as_str()
            .unwrap_or("it is not known why");
        session.console.note(&format!(
            "note: the number is yours, and its settings are not: {why}"
        ));
        session
            .console
            .note("hint: `trunkline numbers update` sets them");
        return Ok(Exit::Partial);
    }
    Ok(Exit::Done)
}

/// What would be bought: as the account offers the number now.
async fn plan(
    args: &PurchaseArgs,
    call: &Call,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    if args.is_by_criteria() {
        let remark = "What would be bought is decided when it is: `trunkline search` with the same filters shows what is on offer now.";
        return session.plan(Plan {
            call,
            about: None,
            remark,
        });
    }
    let (Some(account), Some(number)) = (&args.account, &args.number) else {
        let remark = "An offer is sealed: account, number, price and requirements are those that the search showed with it.";
        return session.plan(Plan {
            call,
            about: None,
            remark,
        });
    };
    let number: E164 = number
        .parse()
        .map_err(|error: trunkline_core::Error| Failure::usage(error.to_string()))?;
    let facts = number.describe();
    let Some(country) = facts.country else {
        return session.plan(Plan {
            call,
            about: None,
            remark: "What it costs can't be told: its country is not known.",
        });
    };
    let search = Call::get("/v1/available-numbers").with_query(vec![
        ("country".into(), country.to_string()),
        ("type".into(), facts.number_type.to_string()),
        ("contains".into(), format!("^{}$", number.national_digits())),
        ("accounts".into(), account.clone()),
        ("limit".into(), "1".to_owned()),
    ]);
    let found = api.send(&search).await?.value()?;
    let offered = found["data"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|offered| offered["number"] == number.as_str());
    let about = offered.map(without_offer);
    let remark = if about.is_some() {
        "It is not reserved: it may be gone, or cost something else, when it is purchased."
    } else {
        "The account does not offer it now, or not as this type: the purchase would probably be refused."
    };
    session.plan(Plan {
        call,
        about,
        remark,
    })
}

/// The facts alone: the token says nothing to a person.
fn without_offer(offered: &Value) -> Value {
    let mut facts = offered.clone();
    if let Some(object) = facts.as_object_mut() {
        object.remove("offer");
    }
    facts
}
