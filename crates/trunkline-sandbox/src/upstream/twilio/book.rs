//! A shelf of resources with SIDs, newest first.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

/// Something with a SID that belongs to an account.
pub(super) trait Row: Clone {
    fn sid(&self) -> &str;
    fn account(&self) -> &str;
}

/// Resources of one kind, of all accounts.
#[derive(Clone, Debug)]
pub(super) struct Book<T> {
    rows: BTreeMap<u64, Arc<T>>,
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
        self.places.insert(row.sid().to_owned(), self.issued);
        self.rows.insert(self.issued, row);
    }

    /// The row of that SID, if it is the account's.
    pub(super) fn get(&self, account: &str, sid: &str) -> Option<&Arc<T>> {
        self.rows
            .get(self.places.get(sid)?)
            .filter(|row| row.account() == account)
    }

    /// Puts a changed row in the place of the old one.
    pub(super) fn replace(&mut self, row: Arc<T>) {
        if let Some(place) = self.places.get(row.sid()) {
            self.rows.insert(*place, row);
        }
    }

    pub(super) fn remove(&mut self, sid: &str) {
        if let Some(place) = self.places.remove(sid) {
            self.rows.remove(&place);
        }
    }

    /// Removes a row that a list may go on showing for a while.
    pub(super) fn retire(&mut self, sid: &str, now: Timestamp) {
        if let Some(place) = self.places.remove(sid)
            && let Some(row) = self.rows.remove(&place)
        {
            self.released.push((now, place, row));
        }
    }

    /// The book as it was before the releases since then.
    pub(super) fn since(&self, then: Option<Timestamp>) -> Cow<'_, Self> {
        let Some(then) = then else {
            return Cow::Borrowed(self);
        };
        let mut book = self.clone();
        for (_, place, row) in self.released.iter().filter(|(at, ..)| *at > then) {
            book.places.insert(row.sid().to_owned(), *place);
            book.rows.insert(*place, Arc::clone(row));
        }
        Cow::Owned(book)
    }

    /// The account's rows, newest first.
    pub(super) fn of(&self, account: &str) -> impl Iterator<Item = &Arc<T>> {
        self.rows
            .values()
            .rev()
            .filter(move |row| row.account() == account)
    }
}
