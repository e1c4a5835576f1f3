//! What the clients were told in the end, and how far they are.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64};

use parking_lot::Mutex;

use crate::accounts::Line;
use crate::wire::Ask;

/// What a client was told in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// 201: this purchase won this number.
    Bought { purchase: String, number_id: String },
    /// It won't be bought; `purchase` if one was written down.
    Refused {
        status: u16,
        purchase: Option<String>,
    },
    /// An allocation is over.
    Allocated { id: String },
    /// The number is released (204), will be (202), or is not (another status).
    Released { number_id: String, status: u16 },
    /// A planned release is undone (200), or perhaps not.
    Restored { number_id: String, status: u16 },
    /// The number has this label now, or may have (another status than 200).
    Labelled {
        number_id: String,
        label: String,
        status: u16,
    },
    /// A phone was called, or not.
    Rung { number: String, status: u16 },
    /// These are registered.
    Registered { lines: Vec<Line> },
    /// No final answer came in time.
    Missing { what: String },
}

/// What one key was told.
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
