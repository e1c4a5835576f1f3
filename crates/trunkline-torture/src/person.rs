//! The person who is asked: looks at the carrier's ledger and says what is there, of two questions out of three.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use crate::journal::{self, Purchase};
use crate::run::Run;
use crate::wire::{Ask, Wire};

/// Answers questions, without end.
pub(crate) async fn answer(run: Arc<Run>) {
    let mut wire = Wire::new(run.gateways());
    loop {
        sleep(Duration::from_millis(500)).await;
        // Gateways die all the time: then it asks again.
        for purchase in journal::questions(&mut wire).await.unwrap_or_default() {
            let id = purchase.id.clone();
            let verdict = (!is_left_open(&id)).then(|| verdict(&run, &purchase));
            run.asked.lock().entry(id).or_insert(purchase);
            if let Some(verdict) = verdict {
                // An answer that is lost is given again, if the question is still open then.
                let _ = wire.ask(&verdict).await;
            }
        }
    }
}

/// Whether nobody answers this question, so that its key goes on saying that it is open.
fn is_left_open(id: &str) -> bool {
    id.bytes().map(u32::from).sum::<u32>() % 3 == 0
}

fn verdict(run: &Run, purchase: &Purchase) -> Ask {
    let question = purchase.needs_person.as_ref();
    let id = question.and_then(|question| question.provider_id.as_deref());
    let body = match id.filter(|_| was_sold(run, purchase)) {
        Some(id) => {
            json!({ "outcome": "succeeded", "provider_id": id, "reason": "it is in the books" })
        }
        None => json!({ "outcome": "failed", "reason": "it is not in the books" }),
    };
    Ask::post(format!("/v1/purchases/{}/resolve", purchase.id), &body)
}

/// Whether the ledger shows the number, sold through the API since the purchase was sent.
fn was_sold(run: &Run, purchase: &Purchase) -> bool {
    let (Ok(kind), Some(sent)) = (purchase.account.parse(), purchase.sent_at()) else {
        return false;
    };
    let owned = run.world.sandbox.ledger(kind).owned;
    let mut owned = owned.iter().filter(|entry| entry.number == purchase.number);
    owned.any(|entry| entry.by.is_none() && entry.since >= sent)
}
