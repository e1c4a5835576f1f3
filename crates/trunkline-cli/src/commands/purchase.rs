//! `trunkline purchase`

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use trunkline_core::E164;

use crate::args::purchases::PurchaseArgs;
use crate::call::Call;
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::progress;
use crate::render::RESULT;
use crate::reply::Reply;
use crate::server::signal::unless_interrupted;
use crate::session::{Ended, Session};

/// Longest wait of one call for the outcome, in seconds.
const WAIT_MAX: u64 = 60;

/// `Accepted`: the outcome is not known yet.
const ACCEPTED: u16 = 202;

pub(super) async fn run(args: PurchaseArgs, session: &mut Session<'_>) -> Ended {
    args.check()?;
    session.warn(args.filters.unknown_type());
    let key = session.key(&args.write);
    let call = Call::post("/v1/numbers")
        .with_body(args.body().into())
        .with_key(Some(key.clone()));
    if args.write.dry_run {
        return plan(&args, &call, session).await;
    }
    let number = args.number.as_deref().unwrap_or_default();
    let what = format!("purchasing {number}");
    let work = unless_interrupted(buy(&session.api, call, args.wait));
    match progress::watch(&mut session.console, what.trim_end(), work).await? {
        Some(reply) => answer(&reply?, &key, session),
        None => Ok(interrupted(number, &key, session)),
    }
}

/// Says what goes on after Ctrl-C.
fn interrupted(number: &str, key: &str, session: &mut Session<'_>) -> Exit {
    let goes_on = match session.api.services() {
        Some(_) => {
            "note: interrupted: what was sent to the carrier is not undone. The next command or gateway on this database goes on"
        }
        None => "note: interrupted: the gateway goes on with the purchase",
    };
    session.note(goes_on);
    let filter = match number {
        "" => String::new(),
        number => format!(" --number {number}"),
    };
    session.note(&format!(
        "hint: `trunkline purchases list{filter}` shows how it ends"
    ));
    session.note(&format!(
        "hint: or repeat the command with --idempotency-key {key}: nothing is bought twice"
    ));
    Exit::Unknown
}

/// Sends the order, and sends it again to wait for the outcome while there is time: the key ensures that it is carried
/// out once.
async fn buy(api: &Api, mut call: Call, wait: u64) -> Result<Reply, Failure> {
    let deadline = Instant::now() + Duration::from_secs(wait);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // The API takes whole seconds; the last one is waited for in full.
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        call.wait = Some(seconds.min(WAIT_MAX));
        let reply = api.send(&call).await?;
        if reply.status != ACCEPTED || Instant::now() >= deadline {
            return Ok(reply);
        }
    }
}

fn answer(reply: &Reply, key: &str, session: &mut Session<'_>) -> Ended {
    let result = reply.value()?;
    let text = session.style.card(&RESULT, &result, &reply.body)?;
    session.console.answer(&text)?;
    let purchase = &result["purchase"];
    if reply.replayed {
        session.note("note: this key was used before: this is the earlier answer, and nothing was bought now");
    }
    if reply.status == ACCEPTED {
        let id = purchase["id"].as_str().unwrap_or_default();
        session.note("note: the outcome is not known yet: trunkline asks the carrier, and sends nothing again");
        session.note(&format!(
            "hint: `trunkline purchases get {id}` shows how it ends"
        ));
        session.note(&format!(
            "hint: or repeat the command with --idempotency-key {key}"
        ));
        return Ok(Exit::Unknown);
    }
    if purchase["configuration"]["state"] == "failed" {
        let why = purchase["configuration"]["error"]["detail"].as_str();
        session.note(&format!(
            "note: the number is bought, but its settings failed: {}",
            why.unwrap_or("the reason is not known")
        ));
        session.note("hint: `trunkline numbers update` sets them");
        return Ok(Exit::Partial);
    }
    Ok(Exit::Done)
}

/// Shows what would be bought, as the account offers the number now.
async fn plan(args: &PurchaseArgs, call: &Call, session: &mut Session<'_>) -> Ended {
    if args.is_by_criteria() {
        let remark = "The number is chosen when it is bought: `trunkline search` with the same filters shows what is for sale now.";
        return session.plan(call, None, remark);
    }
    let (Some(account), Some(number)) = (&args.account, &args.number) else {
        let remark = "The offer is sealed: account, number, price and requirements are those that the search showed with it.";
        return session.plan(call, None, remark);
    };
    let number: E164 = number
        .parse()
        .map_err(|error: trunkline_core::Error| Failure::usage(error.to_string()))?;
    let facts = number.describe();
    let Some(country) = facts.country else {
        return session.plan(
            call,
            None,
            "The price is not known: neither is the country of the number.",
        );
    };
    let search = Call::get("/v1/available-numbers").with_query(vec![
        ("country".into(), country.to_string()),
        ("type".into(), facts.number_type.to_string()),
        ("contains".into(), format!("^{}$", number.national_digits())),
        ("accounts".into(), account.clone()),
        ("limit".into(), "1".to_owned()),
    ]);
    let mut found = session.api.send(&search).await?.value()?;
    let offered = found["data"].as_array_mut().into_iter().flatten();
    let about = offered
        .filter(|offered| offered["number"] == number.as_str())
        .filter_map(Value::as_object_mut)
        .next();
    // People can't read the token of the offer.
    let about = about.map(|facts| {
        facts.remove("offer");
        Value::Object(std::mem::take(facts))
    });
    let remark = if about.is_some() {
        "It is not reserved: it may be gone, or have another price, when it is bought."
    } else {
        "The account does not offer it now, or not as this type: the purchase would probably be refused."
    };
    session.plan(call, about, remark)
}
