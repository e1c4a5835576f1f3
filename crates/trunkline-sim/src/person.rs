//! A person who answers trunkline's questions, by what the carriers' consoles show.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use tokio::time::{Instant, sleep};
use trunkline_core::{Caller, Result, Tenant};
use trunkline_engine::Resolution;
use trunkline_engine::journal::{Journal, PurchaseFilter, Record};
use trunkline_sandbox::Controls;

use crate::gateway::Gateway;
use crate::history::line_of;

/// Somebody who looks at the questions every so often.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) gateways: Vec<Arc<Gateway>>,
    pub(crate) controls: Arc<Controls>,
    pub(crate) until: Instant,
}

impl Person {
    /// Answers questions until the end.
    ///
    /// # Errors
    /// Those of the journal.
    pub(crate) async fn answer(&self, mut dice: StdRng) -> Result<()> {
        while Instant::now() < self.until {
            sleep(Duration::from_secs(dice.random_range(10..60))).await;
            let Some(gateway) = self.gateways.first() else {
                return Ok(());
            };
            let tenant = Tenant::default();
            let questions = PurchaseFilter {
                needs_person: Some(true),
                ..PurchaseFilter::default()
            };
            let journal = &gateway.database.journal;
            let records = journal.purchases(&tenant, &questions, usize::MAX);
            let records = records.await?;
            for record in &records {
                if let Some(bought) = self.verdict(record).await? {
                    let at = dice.random_range(0..self.gateways.len());
                    say(&self.gateways[at], record, bought).await;
                }
            }
        }
        Ok(())
    }

    /// The answer to the question about a purchase, where the carrier's books can answer it: the id in question if the
    /// number is held and no purchase has won it, or that it was not bought.
    async fn verdict(&self, record: &Record) -> Result<Option<Option<String>>> {
        let question = record.purchase.needs_person.as_ref();
        let id = question.and_then(|question| question.provider_id.clone());
        let (Some(id), Some(line), Some(attempt)) = (id, line_of(record), record.attempt()) else {
            return Ok(None);
        };
        let journal = &self.gateways[0].database.journal;
        let won = journal.winners(&attempt.identity).await?;
        let claimed = won.iter().any(|won| won.number.as_str() == line.1);
        let owned = self.controls.ledger(line.0).owned;
        let held = owned
            .iter()
            .any(|it| it.number == line.1 && it.by.is_none());
        Ok(Some((held && !claimed).then_some(id)))
    }
}

/// Tells a gateway the answer; what it refuses is asked again.
async fn say(gateway: &Gateway, record: &Record, bought: Option<String>) {
    let id = record.purchase.id.clone();
    let work = move |engine: trunkline_engine::Engine| async move {
        let verdict = Resolution {
            provider_id: bought.as_deref(),
            reason: "seen in the console",
        };
        let caller = Caller::default();
        let resolved = engine.purchases.resolve(&caller, &id, verdict);
        Box::pin(resolved).await.map(drop)
    };
    let _ = gateway.ask(work).await;
}
