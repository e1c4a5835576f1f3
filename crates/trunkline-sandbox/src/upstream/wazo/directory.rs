//! The numbers of all tenants, and their documents.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use crate::json::{Object, object};
use crate::ledger::Stamp;

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) uuid: String,
    pub(super) tenant: &'static str,
    pub(super) number: String,
    pub(super) caller_id_name: Option<String>,
    pub(super) shared: bool,
    pub(super) main: bool,
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

pub(super) fn phone_number(row: &Row, origin: &str) -> Object {
    object! {
        "uuid": &row.uuid,
        "tenant_uuid": row.tenant,
        "number": &row.number,
        "caller_id_name": &row.caller_id_name,
        "main": row.main,
        "shared": row.shared,
        "links": [link(row, origin)],
    }
}

/// Where a number is, as the stack sees itself.
pub(super) fn link(row: &Row, origin: &str) -> Object {
    object! { "rel": "phone_numbers", "href": address(row, origin) }
}

pub(super) fn address(row: &Row, origin: &str) -> String {
    format!("{origin}/phone-numbers/{}", row.uuid)
}

pub(super) fn caller_id(kind: &'static str, number: Option<&str>, name: Option<&str>) -> Object {
    object! { "type": kind, "number"?: number, "caller_id_name"?: name }
}
