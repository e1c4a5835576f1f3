//! How an item becomes a row.

/// A column: its head, and where its value is (a JSON pointer).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column(pub(super) &'static str, pub(super) &'static str);

/// The columns of one kind of item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// For people: what they look for first.
    pub(super) table: &'static [Column],
    /// For programs: everything that has a fixed place.
    pub(super) csv: &'static [Column],
}
