//! What all parts of a run share.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use parking_lot::Mutex;

use crate::book::Book;
use crate::chaos::Chaos;
use crate::journal::Purchase;
use crate::keys::Keys;
use crate::options::Options;
use crate::tasks::{Order, Task};
use crate::wire::Gateways;
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
    /// The purchases that questions were asked about, each as it was then, by id.
    pub(crate) asked: Mutex<HashMap<String, Purchase>>,
    /// From when until when the records of [`crate::accounts::backdated`] were dated back.
    pub(crate) backdated: Mutex<Option<(Timestamp, Timestamp)>>,
}

impl Run {
    /// The gateways that live.
    pub(crate) fn gateways(&self) -> Gateways {
        self.keys.at(self.chaos.addresses.subscribe())
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
