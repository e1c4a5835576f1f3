//! Clients that want several numbers at once.

use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use tokio::time::{Instant, sleep};
use trunkline_core::model::{AllocationMode, ProviderData, Wishes};
use trunkline_core::{Caller, Result, Retry};
use trunkline_engine::Engine;
use trunkline_engine::allocations::{AllocationRequest, Begun};

use crate::client::{Clients, search};

/// Several numbers that are wanted under one key.
#[derive(Clone, Debug)]
pub(crate) struct Allotment {
    key: String,
    count: usize,
    mode: AllocationMode,
    release_on_failure: bool,
    after: Duration,
}

/// The allotments of a run.
pub(crate) fn allotments(dice: &mut StdRng, count: usize, within: Duration) -> Vec<Allotment> {
    let allotment = |at| {
        let all = dice.random_bool(0.5);
        Allotment {
            key: format!("many-{at}"),
            count: dice.random_range(1..=3),
            mode: match all {
                true => AllocationMode::AllOrNothing,
                false => AllocationMode::BestEffort,
            },
            release_on_failure: all && dice.random_bool(0.5),
            after: within.mul_f64(dice.random_range(0.0..1.0)),
        }
    };
    (0..count).map(allotment).collect()
}

impl Allotment {
    fn request(&self) -> Result<AllocationRequest> {
        let (search, preference) = search()?;
        Ok(AllocationRequest {
            idempotency_key: self.key.parse()?,
            fingerprint: self.key.clone(),
            search,
            preference,
            criteria: ProviderData::default(),
            wishes: Wishes::default(),
            count: self.count,
            mode: self.mode,
            minimum: None,
            release_on_failure: self.release_on_failure,
        })
    }
}

impl Clients {
    /// Asks until the allotment is over, however it ends.
    pub(crate) async fn allot(&self, wanted: Allotment) {
        sleep(wanted.after).await;
        while Instant::now() < self.until {
            let wish = wanted.clone();
            let work = |engine: Engine| async move { Box::pin(ask(&engine, &wish)).await };
            let answer = match self.gateway() {
                Some(gateway) => gateway.ask(work).await,
                None => None,
            };
            let over = match &answer {
                Some(Ok(over)) => *over,
                Some(Err(error)) => error.retry() == Retry::Never,
                None => false,
            };
            if over {
                self.trace.tell(&wanted.key, &"is over");
                return;
            }
            self.pause().await;
        }
    }
}

/// Begins the allotment, or finds it, and waits a while; answers whether it is over.
async fn ask(engine: &Engine, wanted: &Allotment) -> Result<bool> {
    const PATIENCE: Duration = Duration::from_secs(10);
    let caller = Caller::default();
    let begun = engine.allocations.start(&caller, wanted.request()?).await?;
    let (Begun::Fresh(id) | Begun::Known(id)) = begun else {
        return Ok(true);
    };
    let wait = engine.allocations.wait(&caller, &id, PATIENCE);
    Ok(wait.await?.is_done())
}
