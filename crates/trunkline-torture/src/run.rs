//! What all parts of a run share, and what the clients were told in the end.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64};

use jiff::Timestamp;
use parking_lot::Mutex;

use crate::accounts::Line;
use crate::chaos::Chaos;
use crate::journal::Purchase;
use crate::keys::Keys;
use crate::options::Options;
use crate::replica::Replica;
use crate::tasks::{Order, Task};
use crate::wire::{Ask, Gateways};
use crate::world::World;

/// What all parts of a run share.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) options: Options,
    pub(crate) world: World,
    pub(crate) chaos: Chaos,
    pub(crate) book: Book,
    pub(crate) keys: Keys,
    pub(crate) orders: Orders,
    /// In a quick run a gateway that is left in peace: purchases that others wait for need not wait for the leases of
    /// those that are killed.
    pub(crate) calm: Option<Replica>,
    /// The purchases that questions were asked about, each as it was then, by id.
    pub(crate) asked: Mutex<HashMap<String, Purchase>>,
    /// From when until when the records of [`crate::accounts::backdated`] were dated back.
    pub(crate) backdated: Mutex<Option<(Timestamp, Timestamp)>>,
}

impl Run {
    pub(crate) fn gateways(&self) -> Gateways {
        self.keys.at(self.chaos.addresses.subscribe())
    }

    /// The gateway that is left in peace, or else all of them.
    pub(crate) fn calm_gateways(&self) -> Gateways {
        let all = self.gateways();
        let calm = self.calm.as_ref().map(|calm| all.only(calm.address));
        calm.unwrap_or(all)
    }
}

/// What the judge needs to know of the purchases that are ordered, by key.
#[derive(Debug)]
pub(crate) struct Orders {
    pub(crate) labels: HashMap<String, String>,
    /// Those that are made with the API key that has a ceiling.
    pub(crate) capped: HashSet<String>,
}

impl Orders {
    pub(crate) fn of(tasks: &[Task]) -> Self {
        let orders = tasks.iter().filter_map(|task| match task {
            Task::Buy(order) => Some(order),
            _ => None,
        });
        let label = |order: &Order| Some((order.key.clone(), order.label.clone()?));
        let capped = orders.clone().filter(|order| order.capped);
        Self {
            labels: orders.filter_map(label).collect(),
            capped: capped.map(|order| order.key.clone()).collect(),
        }
    }
}

/// What a client was told in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// 201: this purchase won this number.
    Bought {
        purchase: String,
        number_id: String,
    },
    /// It won't be bought; `purchase` if one was written down.
    Refused {
        status: u16,
        purchase: Option<String>,
    },
    /// An allocation is over.
    Allocated {
        id: String,
    },
    /// The number is released (204), will be (202), or is not (another status).
    Released {
        number_id: String,
        status: u16,
    },
    /// A planned release is undone (200), or perhaps not.
    Restored {
        number_id: String,
        status: u16,
    },
    /// The number has this label now, or may have (another status than 200).
    Labelled {
        number_id: String,
        label: String,
        status: u16,
    },
    /// A phone was called, or not.
    Rung {
        number: String,
        status: u16,
    },
    Registered {
        lines: Vec<Line>,
    },
    /// No final answer came in time.
    Missing {
        what: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reported {
    pub(crate) key: String,
    pub(crate) reply: Reply,
}

/// What all clients were told, and how far they are.
#[derive(Debug, Default)]
pub(crate) struct Book {
    reported: Mutex<Vec<Reported>>,
    /// The requests under the keys of purchases and allocations, as they were answered in the end.
    pub(crate) asked: Mutex<HashMap<String, Ask>>,
    pub(crate) begun: AtomicU64,
    pub(crate) ended: AtomicU64,
    pub(crate) bought: AtomicU64,
    /// Nobody waits any longer.
    pub(crate) closed: AtomicBool,
}

impl Book {
    pub(crate) fn note(&self, key: &str, reply: Reply) {
        let key = key.to_owned();
        self.reported.lock().push(Reported { key, reply });
    }

    /// Everything that clients were told.
    pub(crate) fn reported(&self) -> Vec<Reported> {
        self.reported.lock().clone()
    }
}
