//! When everything is over each key is used once more, at every gateway, and must answer what the journal says.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::task::JoinSet;

use crate::evidence::Replayed;
use crate::run::Run;
use crate::wire::{Ask, Wire};

/// How many keys are replayed at the same time.
const AT_ONCE: usize = 16;

/// How often each is, at each gateway.
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
