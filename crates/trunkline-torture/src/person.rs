//! The person who is asked: looks at the carrier's books and says what is there, of two questions out of three.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use trunkline_sandbox::ProviderKind;

use crate::journal::{self, Purchase};
use crate::run::Run;
use crate::wire::{Ask, Wire};

/// The purchases that questions were asked about, each as it was then.
#[derive(Debug, Default)]
pub(crate) struct Asked(Mutex<HashMap<String, Purchase>>);

impl Asked {
    /// Every question so far.
    pub(crate) fn all(&self) -> Vec<Purchase> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Purchase>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers questions, without end.
pub(crate) async fn answer(run: Arc<Run>) {
    let mut wire = Wire::new(run.gateways());
    loop {
        sleep(Duration::from_millis(500)).await;
        // Gateways die all the time: then it is asked again.
        let open = journal::questions(&mut wire).await.unwrap_or_default();
        for purchase in open {
            let id = purchase.id.clone();
            run.asked
                .lock()
                .entry(id.clone())
                .or_insert_with(|| purchase.clone());
            if !is_left_open(&id) {
                // An answer that is lost is given again, if the question is still open then.
                let _ = wire.ask(&verdict(&run, &purchase)).await;
            }
        }
    }
}

/// Whether nobody answers this question, so that its key goes on saying that it is open.
fn is_left_open(id: &str) -> bool {
    id.bytes().map(u32::from).sum::<u32>() % 3 == 0
}

fn verdict(run: &Run, purchase: &Purchase) -> Ask {
    let id = purchase
        .needs_person
        .as_ref()
        .and_then(|question| question.provider_id.as_deref());
    let body = match id.filter(|_| was_sold(run, purchase)) {
        Some(id) => {
            json!({ "outcome": "succeeded", "provider_id": id, "reason": "it is in the books" })
        }
        None => json!({ "outcome": "failed", "reason": "it is not in the books" }),
    };
    let path = format!("/v1/purchases/{}/resolve", purchase.id);
    Ask {
        key: None,
        ..Ask::post(path, "", &body)
    }
}

/// Whether the books show the number, sold through the API since the purchase was sent.
fn was_sold(run: &Run, purchase: &Purchase) -> bool {
    let kind = ProviderKind::ALL
        .into_iter()
        .find(|kind| kind.name() == purchase.account);
    let (Some(kind), Some(sent)) = (kind, purchase.sent_at()) else {
        return false;
    };
    let owned = run.world.sandbox.ledger(kind).owned;
    let mut owned = owned.iter().filter(|entry| entry.number == purchase.number);
    owned.any(|entry| entry.by.is_none() && entry.since >= sent)
}
