//! The numbers of all tenants.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use crate::ledger::Stamp;

/// One number in the directory.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) uuid: String,
    pub(super) tenant: &'static str,
    pub(super) number: String,
    pub(super) caller_id_name: Option<String>,
    pub(super) shared: bool,
    pub(super) main: bool,
    /// When it was registered, and by whom.
    pub(super) created: Stamp,
    /// Where the database has it: a row that is changed moves to the end.
    pub(super) place: u64,
}

/// Rows by uuid, and by tenant and number.
#[derive(Debug, Default)]
pub(super) struct Directory {
    rows: HashMap<String, Arc<Row>>,
    by_number: BTreeMap<(&'static str, String), Arc<Row>>,
    mains: HashMap<&'static str, String>,
    places: u64,
}

impl Directory {
    pub(super) fn get(&self, uuid: &str) -> Option<&Arc<Row>> {
        self.rows.get(uuid)
    }

    /// The row of a number in a tenant.
    pub(super) fn at(&self, tenant: &'static str, number: &str) -> Option<&Arc<Row>> {
        self.by_number.get(&(tenant, number.to_owned()))
    }

    pub(super) fn main(&self, tenant: &str) -> Option<&Arc<Row>> {
        self.rows.get(self.mains.get(tenant)?)
    }

    /// The rows of a tenant in the order of their numbers.
    pub(super) fn of(&self, tenant: &'static str) -> impl Iterator<Item = &Arc<Row>> {
        let first = (tenant, String::new());
        self.by_number
            .range((Bound::Included(first), Bound::Unbounded))
            .take_while(move |((of, _), _)| *of == tenant)
            .map(|(_, row)| row)
    }

    /// Every row, the oldest first.
    pub(super) fn oldest_first(&self) -> Vec<&Arc<Row>> {
        let mut rows: Vec<_> = self.rows.values().collect();
        rows.sort_by(|a, b| (a.created.at, &a.number).cmp(&(b.created.at, &b.number)));
        rows
    }

    /// Adds a row, or puts a changed one in the place of the old one.
    pub(super) fn put(&mut self, mut row: Row) -> Arc<Row> {
        self.remove(&row.uuid);
        self.places += 1;
        row.place = self.places;
        let row = Arc::new(row);
        if row.main {
            self.mains.insert(row.tenant, row.uuid.clone());
        }
        self.by_number
            .insert((row.tenant, row.number.clone()), Arc::clone(&row));
        self.rows.insert(row.uuid.clone(), Arc::clone(&row));
        row
    }

    pub(super) fn remove(&mut self, uuid: &str) -> Option<Arc<Row>> {
        let row = self.rows.remove(uuid)?;
        self.by_number.remove(&(row.tenant, row.number.clone()));
        if row.main {
            self.mains.remove(row.tenant);
        }
        Some(row)
    }
}
