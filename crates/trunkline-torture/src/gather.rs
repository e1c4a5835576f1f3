//! Collects what the judge needs, from the carriers and from trunkline. When everything is over each key is used once
//! more, at every gateway, and must answer what the journal says.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::task::JoinSet;
use trunkline_sandbox::{Ledger, ProviderKind, Trait};

use crate::accounts::{Line, sellers};
use crate::evidence::{Entry, Evidence, Replayed};
use crate::journal::{self, Purchase};
use crate::run::{Reply, Run};
use crate::spend::{self, Change, Purse};
use crate::tasks::POOL;
use crate::wire::{Ask, Wire};

/// Reads the ledgers and the journal. `healed` is when the carriers stopped failing. Errors: no gateway answers, or not
/// as documented.
pub(crate) async fn gather(
    run: &Run,
    wire: &mut Wire,
    healed: Timestamp,
) -> Result<Evidence, String> {
    let mut evidence = Evidence {
        labels: run.orders.labels.clone(),
        capped: run.orders.capped.clone(),
        watch_interval: run.options.watch_interval(),
        healed,
        backdated: *run.backdated.lock(),
        froze: run.chaos.tally.freezes.load(Ordering::Relaxed) > 0,
        ..Evidence::default()
    };
    // The journal after the ledgers: what is sold in between is not missed in it.
    let ledgers = run.world.ledgers();
    for (kind, ledger) in &ledgers {
        read_ledger(*kind, ledger, &mut evidence);
        let sandbox = &run.world.sandbox;
        let requests = sandbox.named(*kind, "purchase").into_iter();
        let requests = requests.map(|(number, count)| (Line::new(kind.name(), &number), count));
        evidence.requests.extend(requests);
        for (number, count) in sandbox.named(*kind, "start_caller_id") {
            *evidence.rings.entry(number).or_default() += count;
        }
    }
    evidence.journal = journal::purchases(wire).await?;
    for (seller, _) in sellers() {
        let held = journal::held(wire, run.world.name(seller)).await?;
        evidence.shown.extend(held);
    }
    let claimed = claimed(&evidence);
    for (kind, ledger) in &ledgers {
        let Some(ceiling) = spend::ceiling(*kind, run.options.purchases) else {
            continue;
        };
        let mut purse = purse(*kind, ledger, &claimed);
        let path = format!("/v1/accounts/{}", run.world.name(*kind));
        purse.ceiling = ceiling;
        purse.committed = journal::committed(wire, &path).await?;
        evidence.purses.push(purse);
    }
    let mut purse = purse_of_key(&evidence);
    let path = format!("/v1/keys/{}", run.keys.capped_id);
    purse.ceiling = spend::key_ceiling(run.options.purchases);
    purse.committed = journal::committed(wire, &path).await?;
    evidence.purses.push(purse);
    evidence.asked = run.asked.lock().values().cloned().collect();
    evidence.reported = run.book.reported();
    for reported in &evidence.reported {
        if let Reply::Allocated { id } = &reported.reply {
            let allocation = journal::allocation(wire, id).await?;
            evidence.allocations.push(allocation);
        }
    }
    let pool = evidence.journal.iter().filter(|p| p.is_of_allocation());
    let pool = pool.map(|purchase| (purchase.idempotency_key.clone(), POOL.to_owned()));
    evidence.labels.extend(pool);
    Ok(evidence)
}

fn read_ledger(kind: ProviderKind, ledger: &Ledger, evidence: &mut Evidence) {
    let line = |number: &String| Line::new(kind.name(), number);
    let bought = ledger.purchases.iter().map(|entry| Entry {
        line: line(&entry.number),
        at: entry.at,
        by_person: entry.by.is_some(),
    });
    evidence.charges.extend(bought);
    let released = ledger.releases.iter().map(|entry| Entry {
        line: line(&entry.number),
        at: entry.at,
        by_person: entry.by.is_some(),
    });
    evidence.releases.extend(released);
    let owned = ledger.owned.iter().map(|owned| line(&owned.number));
    if kind.has(Trait::Shop) {
        evidence.owned.extend(owned);
    } else {
        owned.for_each(|line| *evidence.registered.entry(line).or_default() += 1);
    }
}

/// What purchases have won and hold, or ask a person about.
fn claimed(evidence: &Evidence) -> HashSet<Line> {
    let is_held = |purchase: &Purchase| {
        let mut back = evidence.releases.iter();
        let since = |back: &Entry| Some(back.at) >= purchase.settled_at;
        purchase.succeeded() && !back.any(|back| back.line == purchase.line() && since(back))
    };
    let claims = |purchase: &&Purchase| purchase.needs_person.is_some() || is_held(purchase);
    let claimed = evidence.journal.iter().filter(claims);
    claimed.map(Purchase::line).collect()
}

/// What the ledger says of an account's money, apart from what a person bought there and no purchase claims.
fn purse(kind: ProviderKind, ledger: &Ledger, claimed: &HashSet<Line>) -> Purse {
    let line = |number: &String| Line::new(kind.name(), number);
    let bought = ledger.purchases.iter().filter(|entry| entry.by.is_none());
    let bought = bought.map(|entry| Change::bought(entry.at, line(&entry.number)));
    let released = ledger.releases.iter();
    let released = released.map(|entry| Change::released(entry.at, line(&entry.number)));
    let owned = ledger.owned.iter();
    let owned = owned.filter(|entry| entry.by.is_none() || claimed.contains(&line(&entry.number)));
    let owed = owned.filter_map(|entry| spend::cents(&entry.monthly_price));
    Purse::new(kind.name(), owed.sum(), bought.chain(released).collect())
}

/// What was bought with the key that has a ceiling, and released since.
fn purse_of_key(evidence: &Evidence) -> Purse {
    let mut changes = Vec::new();
    for purchase in &evidence.journal {
        let line = purchase.line();
        let held = purchase.succeeded() || purchase.needs_person.is_some();
        if !held || !evidence.capped.contains(&purchase.idempotency_key) {
            continue;
        }
        // What a person bought between a look and a request can't be told from ours: one charge for both.
        let mut charges = evidence.charges.iter();
        let persons = || charges.find(|charge| charge.line == line).map(|c| c.at);
        let Some(bought) = evidence.charge_of(purchase).or_else(persons) else {
            continue;
        };
        let back = evidence.releases.iter();
        let back = back.filter(|entry| entry.line == line && entry.at >= bought);
        let back = back.map(|entry| entry.at).min();
        changes.extend(back.map(|at| Change::released(at, line.clone())));
        changes.push(Change::bought(bought, line));
    }
    let owed = changes.iter().map(|change| change.cents).sum();
    Purse::new("the key with a ceiling", owed, changes)
}

/// How many keys are replayed at the same time.
const AT_ONCE: usize = 16;

const TIMES: usize = 2;

/// Replays the keys that may not begin anything anew.
pub(crate) async fn replay(run: &Arc<Run>, keys: Vec<String>) -> Vec<Replayed> {
    let gateways = run.gateways();
    let addresses = gateways.living();
    let asks: Vec<Ask> = {
        let asked = run.book.asked.lock();
        keys.iter()
            .filter_map(|key| asked.get(key).cloned())
            .collect()
    };
    let queue = Arc::new(Mutex::new(asks));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let queue = Arc::clone(&queue);
        let wires = addresses.iter().map(|at| Wire::new(gateways.only(*at)));
        let mut wires: Vec<Wire> = wires.collect();
        workers.spawn(async move {
            let mut replayed = Vec::new();
            loop {
                let ask = queue.lock().pop();
                let Some(ask) = ask else { return replayed };
                replayed.push(ask_all(&ask, &mut wires).await);
            }
        });
    }
    workers.join_all().await.into_iter().flatten().collect()
}

async fn ask_all(ask: &Ask, wires: &mut [Wire]) -> Replayed {
    let mut answers = Vec::new();
    for wire in &mut *wires {
        for _ in 0..TIMES {
            // A connection that was idle may be closed by now.
            let answer = match wire.ask(ask).await {
                Some(answer) => Some(answer),
                None => wire.ask(ask).await,
            };
            answers.extend(answer);
        }
    }
    Replayed {
        key: ask.key.clone().unwrap_or_default(),
        answers,
        wanted: wires.len() * TIMES,
    }
}
