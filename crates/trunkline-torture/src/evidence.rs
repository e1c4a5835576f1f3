//! Collects what the judge needs, from the carriers and from trunkline.

use std::collections::HashSet;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use trunkline_sandbox::{Ledger, ProviderKind, Request};

use crate::client::Word;
use crate::errands::POOL;
use crate::journal::{self, Purchase};
use crate::judge::{Entry, Evidence, Line};
use crate::run::{Healed, Run};
use crate::spend::{self, Purse};
use crate::stock::SELLERS;
use crate::wire::Wire;

/// Reads the ledgers and the journal.
///
/// # Errors
/// No gateway answers, or not as documented.
pub(crate) async fn gather(run: &Run, wire: &mut Wire, healed: Healed) -> Result<Evidence, String> {
    let mut evidence = Evidence {
        labels: run.orders.labels.clone(),
        capped: run.orders.capped.clone(),
        watch_interval: run.options.watch_interval(),
        healed: healed.at,
        backdated: *run.backdated.lock().unwrap_or_else(PoisonError::into_inner),
        froze: run.chaos.tally.freezes.load(Ordering::Relaxed) > 0,
        ..Evidence::default()
    };
    // The journal after the ledgers: what is sold in between is not missed in it.
    let ledgers = run.world.ledgers();
    ledgers
        .iter()
        .for_each(|(kind, ledger)| books(*kind, ledger, &mut evidence));
    for kind in [ProviderKind::Twilio, ProviderKind::SignalWire] {
        for request in run.world.sandbox.requests(kind) {
            count(kind, &request, &mut evidence);
        }
    }
    evidence.journal = journal::purchases(wire).await?;
    for (seller, _) in SELLERS {
        let held = journal::held(wire, run.world.name(seller)).await?;
        evidence.shown.extend(held);
    }
    let is_held = |purchase: &Purchase| {
        let mut back = evidence.releases.iter();
        let since = |back: &Entry| Some(back.at) >= purchase.settled_at;
        purchase.succeeded() && !back.any(|back| back.line == purchase.line() && since(back))
    };
    let claims = |purchase: &&Purchase| purchase.needs_person.is_some() || is_held(purchase);
    let claimed = evidence.journal.iter().filter(claims);
    let claimed: HashSet<Line> = claimed.map(Purchase::line).collect();
    for (kind, ledger) in &ledgers {
        let Some(ceiling) = spend::ceiling(*kind, run.options.purchases) else {
            continue;
        };
        let mut purse = Purse::of(kind.name(), ceiling, ledger, &claimed);
        let path = format!("/v1/accounts/{}", run.world.name(*kind));
        purse.committed = journal::committed(wire, &path).await?;
        evidence.purses.push(purse);
    }
    let mut purse = Purse::of_key(&evidence, spend::key_ceiling(run.options.purchases));
    let path = format!("/v1/keys/{}", run.keys.capped_id);
    purse.committed = journal::committed(wire, &path).await?;
    evidence.purses.push(purse);
    evidence.asked = run.asked.all();
    evidence.told = run.book.told();
    for told in &evidence.told {
        if let Word::Allocated { id } = &told.word {
            let allocation = journal::allocation(wire, id).await?;
            evidence.allocations.push(allocation);
        }
    }
    let pool = evidence.journal.iter().filter(|p| p.is_of_allocation());
    let pool = pool.map(|purchase| (purchase.idempotency_key.clone(), POOL.to_owned()));
    evidence.labels.extend(pool);
    Ok(evidence)
}

fn books(kind: ProviderKind, ledger: &Ledger, evidence: &mut Evidence) {
    let line = |number: &String| (kind.name().to_owned(), number.clone());
    evidence
        .charges
        .extend(ledger.purchases.iter().map(|entry| Entry {
            line: line(&entry.number),
            at: entry.at,
            by_person: entry.by.is_some(),
        }));
    evidence
        .releases
        .extend(ledger.releases.iter().map(|entry| Entry {
            line: line(&entry.number),
            at: entry.at,
            by_person: entry.by.is_some(),
        }));
    let owned = ledger.owned.iter().map(|owned| line(&owned.number));
    if matches!(kind, ProviderKind::Wazo | ProviderKind::Webex) {
        owned.for_each(|line| *evidence.registered.entry(line).or_default() += 1);
    } else {
        evidence.owned.extend(owned);
    }
}

/// Counts a request that names a number: a purchase or a proof.
fn count(kind: ProviderKind, request: &Request, evidence: &mut Evidence) {
    let Some(number) = number(kind, &request.body) else {
        return;
    };
    let is_proof = ["OutgoingCallerIds", "verified_caller_ids"];
    if is_proof.iter().any(|place| request.path.contains(place)) {
        *evidence.rings.entry(number).or_default() += 1;
    } else {
        let line: Line = (kind.name().to_owned(), number);
        *evidence.requests.entry(line).or_default() += 1;
    }
}

fn number(kind: ProviderKind, body: &[u8]) -> Option<String> {
    if kind == ProviderKind::Twilio {
        let mut pairs = url::form_urlencoded::parse(body);
        let (_, number) = pairs.find(|(name, _)| name == "PhoneNumber")?;
        return Some(number.into_owned());
    }
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    Some(body["number"].as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_request_is_read_in_either_carriers_words() {
        let twilio = number(ProviderKind::Twilio, b"PhoneNumber=%2B14155550100&x=1");
        assert_eq!(twilio.as_deref(), Some("+14155550100"));
        let signalwire = number(ProviderKind::SignalWire, br#"{"number": "+14155550100"}"#);
        assert_eq!(signalwire.as_deref(), Some("+14155550100"));
    }
}
