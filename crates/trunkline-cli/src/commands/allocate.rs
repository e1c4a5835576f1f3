//! `trunkline allocate`

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use trunkline_core::Money;

use crate::args::allocations::AllocateArgs;
use crate::call::{Call, new_key, path};
use crate::client::Api;
use crate::failure::{Exit, Failure};
use crate::progress::Bar;
use crate::render::{ALLOCATION, AVAILABLE};
use crate::reply::Reply;
use crate::session::{Plan, Session};

const PATH: &str = "/v1/allocations";

/// How often it is asked how far it has come.
const POLL: Duration = Duration::from_millis(300);

pub(super) async fn run(
    args: AllocateArgs,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let given = args.write.idempotency_key.clone();
    let key = given.clone().unwrap_or_else(new_key);
    let call = Call::post(PATH)
        .with_body(args.body().into())
        .with_key(Some(key.clone()));
    if args.write.dry_run {
        return plan(&args, &call, api, session).await;
    }
    if given.is_none() {
        // Before it is sent: who loses the answer can watch it again.
        session.console.note(&format!("idempotency key: {key}"));
    }
    let begun = api.send(&call).await?;
    if begun.replayed {
        session
            .console
            .note("note: this key was used before: this is the allocation of then, and no other was begun");
    }
    let until = Instant::now() + Duration::from_secs(args.wait);
    let reply = watch(begun, until, api, session).await?;
    tell(&reply, &key, session)
}

/// Shows how far it has come until it is over, or nobody wants to wait any more.
async fn watch(
    begun: Reply,
    until: Instant,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Reply, Failure> {
    let mut reply = begun;
    let mut bar = Bar::new("allocating");
    let outcome = loop {
        let allocation = reply.value()?;
        if allocation["state"] != "running" || Instant::now() >= until {
            break Ok(reply);
        }
        bar.draw(session.console, &progress(&allocation));
        tokio::time::sleep(POLL).await;
        let id = allocation["id"].as_str().unwrap_or_default();
        reply = match api.send(&Call::get(path(PATH, id))).await {
            Ok(reply) => reply,
            Err(failure) => break Err(failure),
        };
    };
    bar.clear(session.console);
    outcome
}

/// How many are how far: done, of all, and in words.
fn progress(allocation: &Value) -> (u64, u64, String) {
    let count = |name: &str| allocation["counts"][name].as_u64().unwrap_or_default();
    let (wanted, bought) = (count("wanted"), count("bought"));
    let mut words = format!("{bought} of {wanted} bought");
    for (name, what) in [
        ("open", "under way"),
        ("unknown", "not known yet"),
        ("failed", "failed"),
        ("released", "given back"),
    ] {
        let some = count(name);
        if some > 0 {
            words.push_str(&format!(", {some} {what}"));
        }
    }
    (bought, wanted, words)
}

fn tell(reply: &Reply, key: &str, session: &mut Session<'_, '_>) -> Result<Exit, Failure> {
    let allocation = reply.value()?;
    let items = allocation["items"].as_array().cloned().unwrap_or_default();
    let text = session.style.list(&ALLOCATION, &items, &reply.body)?;
    session.console.answer(&text)?;
    let (_, _, words) = progress(&allocation);
    let (id, state) = (&allocation["id"], &allocation["state"]);
    let (id, state) = (
        id.as_str().unwrap_or_default(),
        state.as_str().unwrap_or_default(),
    );
    session.console.note(&format!("{id} {state}: {words}"));
    if let Some(why) = allocation["error"]["detail"].as_str() {
        session.console.note(&format!("note: {why}"));
    }
    Ok(match state {
        "succeeded" => Exit::Done,
        "partial" => Exit::Partial,
        "failed" => Exit::Failed,
        _ => {
            session.console.note(&format!(
                "hint: it goes on: `trunkline allocations get {id}` tells how it ends"
            ));
            session.console.note(&format!(
                "hint: so does the same command with --idempotency-key {key}"
            ));
            Exit::Unknown
        }
    })
}

/// What there is to buy now, and what that would cost.
async fn plan(
    args: &AllocateArgs,
    call: &Call,
    api: &Api,
    session: &mut Session<'_, '_>,
) -> Result<Exit, Failure> {
    let search = Call::get("/v1/available-numbers").with_query(args.query());
    let reply = api.send(&search).await?;
    let found = reply.value()?;
    let affordable = |offered: &Value| match &args.max_monthly_price {
        None => true,
        Some((amount, currency)) => Money::parse(amount, currency)
            .ok()
            .zip(price(offered, "monthly_price"))
            .is_some_and(|(ceiling, price)| price.is_within(ceiling)),
    };
    let offered = found["data"].as_array().into_iter().flatten();
    let offered: Vec<Value> = offered.filter(|one| affordable(one)).cloned().collect();
    if session.is_for_people() && !offered.is_empty() {
        let table = session.style.list(&AVAILABLE, &offered, &reply.body)?;
        session.console.answer(&format!("{table}\n"))?;
    }
    let numbers: Vec<&Value> = offered.iter().map(|one| &one["number"]).collect();
    let about = json!({
        "wanted": args.count,
        "on_offer": offered.len(),
        "monthly_price": total(&offered, "monthly_price"),
        "setup_price": total(&offered, "setup_price"),
        "unknown_prices": offered.iter().filter(|one| price(one, "monthly_price").is_none()).count(),
        "candidates": numbers,
    });
    session.plan(Plan {
        call,
        about: Some(about),
        remark: "Nothing is reserved: what is bought, and for how much, is decided when it is.",
    })
}

fn price(offered: &Value, which: &str) -> Option<Money> {
    let price = &offered[which];
    Money::parse(price["amount"].as_str()?, price["currency"].as_str()?).ok()
}

/// The sum of the prices that are known, for each currency.
fn total(offered: &[Value], which: &str) -> Vec<Value> {
    let mut sums: Vec<Money> = Vec::new();
    for price in offered.iter().filter_map(|one| price(one, which)) {
        match sums.iter_mut().find(|sum| sum.currency == price.currency) {
            Some(sum) => sum.amount += price.amount,
            None => sums.push(price),
        }
    }
    sums.iter()
        .map(|sum| json!({ "amount": sum.amount.to_string(), "currency": sum.currency.code() }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_added_up_by_currency() {
        let offered = |amount: &str, currency: &str| json!({"monthly_price": {"amount": amount, "currency": currency}});
        let all = [
            offered("1.15", "USD"),
            offered("1.15", "USD"),
            offered("1.00", "EUR"),
            json!({"monthly_price": null}),
        ];
        let sums = total(&all, "monthly_price");
        assert_eq!(
            sums,
            [
                json!({"amount": "2.30", "currency": "USD"}),
                json!({"amount": "1.00", "currency": "EUR"})
            ]
        );
    }

    #[test]
    fn progress_tells_what_is_there_and_nothing_else() {
        let allocation = json!({"counts": {"wanted": 20, "bought": 7, "open": 8, "unknown": 0, "failed": 1, "released": 0}});
        let (done, all, words) = progress(&allocation);
        assert_eq!((done, all), (7, 20));
        assert_eq!(words, "7 of 20 bought, 8 under way, 1 failed");
    }
}
