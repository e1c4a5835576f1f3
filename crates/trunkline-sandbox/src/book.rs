//! Resources of one kind, newest first, and pages of them that are found by tokens.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;

/// Something with an id that belongs to an account.
pub(crate) trait Row: Clone {
    fn id(&self) -> &str;
    fn account(&self) -> &str;
}

/// Makes rows of types that have the same names for id and account.
macro_rules! rows {
    ($($row:ty),+; $row_self:ident: $id:expr, $account:expr) => {$(
        impl $crate::book::Row for $row {
            fn id(&$row_self) -> &str {
                $id
            }

            fn account(&$row_self) -> &str {
                $account
            }
        }
    )+};
}
pub(crate) use rows;

/// Resources of one kind, of all accounts.
#[derive(Clone, Debug)]
pub(crate) struct Book<T> {
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
    pub(crate) fn insert(&mut self, row: T) -> Arc<T> {
        self.issued += 1;
        self.places.insert(row.id().to_owned(), self.issued);
        let row = Arc::new(row);
        self.rows.insert(self.issued, Arc::clone(&row));
        row
    }

    /// The row of that id, if it is the account's.
    pub(crate) fn get(&self, account: &str, id: &str) -> Option<&Arc<T>> {
        self.rows
            .get(self.places.get(id)?)
            .filter(|row| row.account() == account)
    }

    /// Puts a changed row in the place of the old one.
    pub(crate) fn replace(&mut self, row: T) -> Arc<T> {
        let row = Arc::new(row);
        if let Some(place) = self.places.get(row.id()) {
            self.rows.insert(*place, Arc::clone(&row));
        }
        row
    }

    pub(crate) fn remove(&mut self, id: &str) {
        if let Some(place) = self.places.get(id) {
            self.rows.remove(place);
        }
    }

    /// Removes a row that a list may go on showing for a while.
    pub(crate) fn retire(&mut self, id: &str, now: Timestamp) {
        if let Some(place) = self.places.get(id)
            && let Some(row) = self.rows.remove(place)
        {
            self.released.push((now, *place, row));
        }
    }

    /// The book as it was before the releases since then.
    pub(crate) fn since(&self, then: Option<Timestamp>) -> Cow<'_, Self> {
        let Some(then) = then else {
            return Cow::Borrowed(self);
        };
        let mut book = self.clone();
        let late = self.released.iter().filter(|(at, ..)| *at > then);
        book.rows
            .extend(late.map(|(_, place, row)| (*place, Arc::clone(row))));
        Cow::Owned(book)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<T>> {
        self.rows.values().rev()
    }

    pub(crate) fn of(&self, account: &str) -> impl Iterator<Item = &Arc<T>> {
        self.all().filter(move |row| row.account() == account)
    }

    /// The rows of a page, out of the account's rows that `wanted` lets through; nothing if no row ever had the id in
    /// the token.
    pub(crate) fn cut(
        &self,
        account: &str,
        page: &Page<'_>,
        wanted: impl Fn(&T) -> bool,
    ) -> Option<Cut<T>> {
        let wanted = |row: &&Arc<T>| row.account() == account && wanted(row);
        let place = match page.token {
            Some(token) => *self.places.get(token.id())?,
            None => u64::MAX,
        };
        let after = |place| self.rows.range(..place).rev().map(|(_, row)| row);
        if page.token.is_some_and(Token::is_before) {
            let before = self.rows.range((Bound::Excluded(place), Bound::Unbounded));
            let before = before.map(|(_, row)| row).filter(wanted).take(page.size);
            let mut rows: Vec<_> = before.map(Arc::clone).collect();
            rows.reverse();
            let more = after(place.saturating_add(1)).any(|row| wanted(&row));
            return Some(Cut { rows, more });
        }
        let found = after(place).filter(wanted).take(page.size + 1);
        let mut rows: Vec<_> = found.map(Arc::clone).collect();
        let more = rows.len() > page.size;
        rows.truncate(page.size);
        Some(Cut { rows, more })
    }
}

/// `PA` (after) or `PB` (before) and the id of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'q>(&'q str);

impl<'q> Token<'q> {
    pub(crate) fn parse(text: &'q str) -> Option<Self> {
        text.starts_with("PA")
            .then_some(Self(text))
            .or_else(|| text.starts_with("PB").then_some(Self(text)))
    }

    fn is_before(self) -> bool {
        self.0.starts_with("PB")
    }

    pub(crate) fn id(self) -> &'q str {
        &self.0[2..]
    }
}

#[derive(Debug)]
pub(crate) struct Page<'q> {
    /// From 0.
    pub(crate) number: usize,
    pub(crate) size: usize,
    pub(crate) token: Option<Token<'q>>,
}

impl<'q> Page<'q> {
    /// Nothing for a page after the first one without a token: it can be reached by its token only.
    pub(crate) fn of(number: Option<usize>, size: usize, token: Option<Token<'q>>) -> Option<Self> {
        let number = match (number, token) {
            (Some(1..), None) => return None,
            (Some(number), _) => number,
            (None, Some(token)) => usize::from(!token.is_before()),
            (None, None) => 0,
        };
        Some(Self {
            number,
            size,
            token,
        })
    }

    /// The links of a page; `link` makes one from a page number and a token.
    pub(crate) fn links<T: Row>(
        &self,
        cut: &Cut<T>,
        link: impl Fn(usize, Option<&str>) -> String,
    ) -> Links {
        let next = cut.rows.last().filter(|_| cut.more);
        let previous = cut.rows.first().filter(|_| self.number > 0);
        Links {
            this: link(self.number, self.token.map(|token| token.0)),
            first: link(0, None),
            next: next.map(|row| link(self.number + 1, Some(&format!("PA{}", row.id())))),
            previous: previous.map(|row| link(self.number - 1, Some(&format!("PB{}", row.id())))),
        }
    }
}

/// The rows of one page, and whether there are more after them.
#[derive(Debug)]
pub(crate) struct Cut<T> {
    pub(crate) rows: Vec<Arc<T>>,
    pub(crate) more: bool,
}

#[derive(Debug)]
pub(crate) struct Links {
    pub(crate) this: String,
    pub(crate) first: String,
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
}
