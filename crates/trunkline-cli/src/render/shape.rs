//! How an item becomes a row.

use serde_json::Value;

/// The columns of one kind of item: paths separated by white space. A path is `number`, or `location/region` for a
/// member of a member, or `number|extension` for the first of several. A column is named after the end of its path, or
/// as `name=path` says. In a table, `~` before a column means that its texts may be shortened, and `:3` after it that it
/// is left out on a narrow terminal: the higher, the earlier, and `:9` unless everything is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// For people: what they look for first, ids last.
    pub(super) table: &'static str,
    /// For programs: everything that has a fixed place.
    pub(super) csv: &'static str,
}

impl Shape {
    /// The same columns for people and programs.
    pub(super) const fn same(columns: &'static str) -> Self {
        Self {
            table: columns,
            csv: columns,
        }
    }
}

/// Rank of columns that only `--wide` shows.
pub(super) const WIDE_ONLY: u8 = 9;

/// A column: its name, where its value is, and what happens to it on a narrow terminal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    path: &'static str,
    /// 0 for columns that are always shown.
    pub(super) rank: u8,
    pub(super) may_be_shortened: bool,
}

impl Column {
    /// The columns that a text describes.
    pub(super) fn parse(columns: &'static str) -> Vec<Self> {
        columns.split_whitespace().map(Self::of).collect()
    }

    fn of(text: &'static str) -> Self {
        let (text, rank) = match text.rsplit_once(':') {
            Some((text, rank)) => (text, rank.parse().unwrap_or_default()),
            None => (text, 0),
        };
        let plain = text.strip_prefix('~');
        let may_be_shortened = plain.is_some();
        let text = plain.unwrap_or(text);
        let (name, path) = match text.split_once('=') {
            Some(named) => named,
            None => (text.rsplit('/').next().unwrap_or(text), text),
        };
        Self {
            name,
            path,
            rank,
            may_be_shortened,
        }
    }

    /// The head of the column in a table.
    pub(super) fn head(&self) -> String {
        self.name.to_uppercase().replace('_', " ")
    }

    /// The value in an item, if it has one.
    pub(super) fn value<'v>(&self, item: &'v Value) -> Option<&'v Value> {
        let at = |path: &str| {
            let mut keys = path.split('/');
            keys.try_fold(item, |value, key| value.get(key))
        };
        let mut values = self.path.split('|').filter_map(at);
        values.find(|value| !value.is_null())
    }
}
