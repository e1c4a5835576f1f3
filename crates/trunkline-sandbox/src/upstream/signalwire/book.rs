//! A shelf of resources with ids, newest first.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;

/// Something with an id that belongs to a project.
pub(super) trait Row: Clone {
    fn id(&self) -> &str;
    fn project(&self) -> &str;
}

/// Resources of one kind, of all projects.
#[derive(Clone, Debug)]
pub(super) struct Book<T> {
    rows: BTreeMap<u64, Arc<T>>,
    /// Where a row stands or stood: a page can be continued after a row that is gone.
    places: HashMap<String, u64>,
    issued: u64,
    /// What was released, when, and where it stood.
    released: Vec<(Timestamp, u64, Arc<T>)>,
}

impl<T> Default for Book<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            places: HashMap::new(),
            issued: 0,
            released: Vec::new(),
        }
    }
}

impl<T: Row> Book<T> {
    pub(super) fn insert(&mut self, row: Arc<T>) {
        self.issued += 1;
        self.places.insert(row.id().to_owned(), self.issued);
        self.rows.insert(self.issued, row);
    }

    /// The row of that id, if it is the project's.
    pub(super) fn get(&self, project: &str, id: &str) -> Option<&Arc<T>> {
        self.rows
            .get(self.places.get(id)?)
            .filter(|row| row.project() == project)
    }

    /// Puts a changed row in the place of the old one.
    pub(super) fn replace(&mut self, row: Arc<T>) {
        if let Some(place) = self.places.get(row.id()) {
            self.rows.insert(*place, row);
        }
    }

    pub(super) fn remove(&mut self, id: &str) {
        if let Some(place) = self.places.get(id) {
            self.rows.remove(place);
        }
    }

    /// Removes a row that a list may go on showing for a while.
    pub(super) fn retire(&mut self, id: &str, now: Timestamp) {
        if let Some(place) = self.places.get(id)
            && let Some(row) = self.rows.remove(place)
        {
            self.released.push((now, *place, row));
        }
    }

    /// The book as it was before the releases since then.
    pub(super) fn since(&self, then: Option<Timestamp>) -> Cow<'_, Self> {
        let Some(then) = then else {
            return Cow::Borrowed(self);
        };
        let mut book = self.clone();
        let late = self.released.iter().filter(|(at, ..)| *at > then);
        book.rows
            .extend(late.map(|(_, place, row)| (*place, Arc::clone(row))));
        Cow::Owned(book)
    }

    /// Where the row stands or stood.
    pub(super) fn place(&self, id: &str) -> Option<u64> {
        self.places.get(id).copied()
    }

    /// Every row of every project, newest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<T>> {
        self.rows.values().rev()
    }

    /// The project's rows, newest first.
    pub(super) fn of(&self, project: &str) -> impl Iterator<Item = &Arc<T>> {
        self.all().filter(move |row| row.project() == project)
    }

    /// The project's rows that stand behind a place, newest first.
    pub(super) fn after(&self, project: &str, place: u64) -> impl Iterator<Item = &Arc<T>> {
        self.rows
            .range(..place)
            .rev()
            .map(|(_, row)| row)
            .filter(move |row| row.project() == project)
    }

    /// The project's rows that stand before a place, the nearest first.
    pub(super) fn before(&self, project: &str, place: u64) -> impl Iterator<Item = &Arc<T>> {
        self.rows
            .range((Bound::Excluded(place), Bound::Unbounded))
            .map(|(_, row)| row)
            .filter(move |row| row.project() == project)
    }
}
