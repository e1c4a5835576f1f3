//! How an item becomes a row.

use serde_json::Value;

/// The columns of one kind of item: paths separated by white space. A path is `number`, or `location/region` for a
/// member of a member. A column is named after the end of its path, or as `name=path` says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// For people: what they look for first.
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

/// A column: its name, and where its value is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    path: &'static str,
}

impl Column {
    /// The columns that a text describes.
    pub(super) fn parse(columns: &'static str) -> Vec<Self> {
        let column = |text: &'static str| match text.split_once('=') {
            Some((name, path)) => Self { name, path },
            None => Self {
                name: text.rsplit('/').next().unwrap_or(text),
                path: text,
            },
        };
        columns.split_whitespace().map(column).collect()
    }

    /// The head of the column in a table.
    pub(super) fn head(&self) -> String {
        self.name.to_uppercase().replace('_', " ")
    }

    /// The value in an item, if it has one.
    pub(super) fn value<'v>(&self, item: &'v Value) -> Option<&'v Value> {
        let mut keys = self.path.split('/');
        keys.try_fold(item, |value, key| value.get(key))
    }
}
