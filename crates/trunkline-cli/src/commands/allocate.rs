//! `trunkline allocate`

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use trunkline_core::Money;

use crate::args::allocations::AllocateArgs;
use crate::call::{Call, path};
use crate::failure::{Exit, Failure};
use crate::progress::{Bar, Progress};
use crate::render::{ALLOCATION, AVAILABLE};
use crate::reply::Reply;
use crate::server::signal::unless_interrupted;
use crate::session::{Ended, Session};

const PATH: &str = "/v1/allocations";

/// Pause between two looks at a running allocation.
const POLL: Duration = Duration::from_millis(300);

pub(super) async fn run(args: AllocateArgs, session: &mut Session<'_>) -> Ended {
    session.warn(args.filters.unknown_type());
    let key = session.key(&args.write);
    let call = Call::post(PATH)
        .with_body(args.body().into())
        .with_key(Some(key.clone()));
    if args.write.dry_run {
        return plan(&args, &call, session).await;
    }
    let begun = session.api.send(&call).await?;
    if begun.replayed {
        session.note("note: this key was used before: this is the earlier allocation, and no new one was started");
    }
    let until = Instant::now() + Duration::from_secs(args.wait);
    let id = begun.value()?["id"].as_str().unwrap_or_default().to_owned();
    match unless_interrupted(watch(begun, until, session)).await? {
        Some(reply) => answer(&reply?, &key, session),
        None => {
            session.note(&format!("note: interrupted: {id} is not stopped by this"));
            Ok(goes_on(&id, &key, session))
        }
    }
}

/// Says how to see the end of an allocation that goes on.
fn goes_on(id: &str, key: &str, session: &mut Session<'_>) -> Exit {
    session.note(&format!(
        "hint: the allocation goes on: `trunkline allocations get {id}` shows how it ends"
    ));
    session.note(&format!(
        "hint: or repeat the command with --idempotency-key {key}: it buys nothing more"
    ));
    Exit::Unknown
}

/// Shows the progress until the allocation has ended, or the time is over.
async fn watch(begun: Reply, until: Instant, session: &mut Session<'_>) -> Result<Reply, Failure> {
    let mut reply = begun;
    let mut bar = Bar::new("allocating");
    let outcome = loop {
        let allocation = reply.value()?;
        if allocation["state"] != "running" || Instant::now() >= until {
            break Ok(reply);
        }
        bar.draw(&mut session.console, &progress(&allocation));
        tokio::time::sleep(POLL).await;
        let id = allocation["id"].as_str().unwrap_or_default();
        reply = match session.api.send(&Call::get(path(PATH, id))).await {
            Ok(reply) => reply,
            Err(failure) => break Err(failure),
        };
    };
    bar.clear(&mut session.console);
    outcome
}

/// How many numbers are bought.
fn progress(allocation: &Value) -> Progress {
    let count = |name: &str| allocation["counts"][name].as_u64().unwrap_or_default();
    let (all, done) = (count("wanted"), count("bought"));
    let mut words = format!("{done} of {all} bought");
    for (name, what) in [
        ("open", "in progress"),
        ("unknown", "not known yet"),
        ("failed", "failed"),
        ("released", "released"),
    ] {
        let some = count(name);
        if some > 0 {
            words.push_str(&format!(", {some} {what}"));
        }
    }
    Progress { done, all, words }
}

fn answer(reply: &Reply, key: &str, session: &mut Session<'_>) -> Ended {
    let allocation = reply.value()?;
    let items = allocation["items"].as_array().cloned().unwrap_or_default();
    session.answer_items(&ALLOCATION, &items, &reply.body)?;
    let text = |name: &str| allocation[name].as_str().unwrap_or_default();
    let (id, state) = (text("id"), text("state"));
    session.note(&format!("{id} {state}: {}", progress(&allocation).words));
    if let Some(why) = allocation["error"]["detail"].as_str() {
        session.note(&format!("note: {why}"));
    }
    Ok(match state {
        "succeeded" => Exit::Done,
        "partial" => Exit::Partial,
        "failed" => Exit::Failed,
        _ => goes_on(id, key, session),
    })
}

/// Shows what is for sale now, and what it would cost.
async fn plan(args: &AllocateArgs, call: &Call, session: &mut Session<'_>) -> Ended {
    let search = Call::get("/v1/available-numbers").with_query(args.query());
    let reply = session.api.send(&search).await?;
    let found = reply.value()?;
    let affordable = |offered: &Value| match &args.max_monthly_price {
        None => true,
        Some(max) => Money::parse(&max.amount, &max.currency)
            .ok()
            .zip(price(offered, "monthly_price"))
            .is_some_and(|(ceiling, price)| price.is_within(ceiling)),
    };
    let offered = found["data"].as_array().into_iter().flatten();
    let offered: Vec<Value> = offered.filter(|one| affordable(one)).cloned().collect();
    if session.style.is_for_people() && !offered.is_empty() {
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
    let remark = "Nothing is reserved: numbers and prices are decided when they are bought.";
    session.plan(call, Some(about), remark)
}

fn price(offered: &Value, which: &str) -> Option<Money> {
    let price = &offered[which];
    Money::parse(price["amount"].as_str()?, price["currency"].as_str()?).ok()
}

/// The sum of the known prices, for each currency.
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
    fn prices_are_summed_by_currency() {
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
    fn progress_shows_counts_above_zero() {
        let allocation = json!({"counts": {"wanted": 20, "bought": 7, "open": 8, "unknown": 0, "failed": 1, "released": 0}});
        let progress = progress(&allocation);
        assert_eq!((progress.done, progress.all), (7, 20));
        assert_eq!(progress.words, "7 of 20 bought, 8 in progress, 1 failed");
    }
}
