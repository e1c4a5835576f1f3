//! When everything is over each key is used once more, at every gateway, and must answer what the journal says.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

use crate::run::Run;
use crate::wire::{Answer, Ask, Wire};

/// How many keys are replayed at the same time.
const AT_ONCE: usize = 16;

/// How often each is, at each gateway.
const TIMES: usize = 2;

/// What a key answered, at all gateways.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Replayed {
    pub(crate) key: String,
    pub(crate) answers: Vec<Answer>,
    /// How many answers were waited for.
    pub(crate) wanted: usize,
}

/// Replays the keys that may not begin anything anew.
pub(crate) async fn replay(run: &Arc<Run>, keys: Vec<String>) -> Vec<Replayed> {
    let addresses: Vec<SocketAddr> = {
        let addresses = run.chaos.addresses.borrow();
        addresses.iter().flatten().copied().collect()
    };
    let asked = run.book.asked();
    let asks: Vec<Ask> = keys
        .iter()
        .filter_map(|key| asked.get(key))
        .cloned()
        .collect();
    let queue = Arc::new(Mutex::new(asks));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (queue, addresses) = (Arc::clone(&queue), addresses.clone());
        let gateways = run.gateways();
        workers.spawn(async move {
            let mut wires: HashMap<SocketAddr, Wire> = HashMap::new();
            for address in addresses {
                wires.insert(address, Wire::new(gateways.only(address)));
            }
            let mut replayed = Vec::new();
            loop {
                let ask = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let Some(ask) = ask else { return replayed };
                replayed.push(ask_all(&ask, &mut wires).await);
            }
        });
    }
    workers.join_all().await.into_iter().flatten().collect()
}

async fn ask_all(ask: &Ask, wires: &mut HashMap<SocketAddr, Wire>) -> Replayed {
    let mut answers = Vec::new();
    for wire in wires.values_mut() {
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
