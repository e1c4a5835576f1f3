//! How busy the connections to the database are.

/// The connections of a database, as they are in use now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// Which pool: `readers` (SQLite, which has one writer besides) or `connections` (PostgreSQL).
    pub pool: &'static str,
    /// Most connections at once.
    pub most: u32,
    /// Connections that are in use.
    pub in_use: u32,
    /// Reads and writes that wait for a connection.
    pub waiting: u32,
    /// Whether the last of them that waited got none within its time, and no other has got one since.
    pub exhausted: bool,
}

impl PoolUse {
    /// Whether somebody waits for a connection.
    pub const fn is_saturated(&self) -> bool {
        self.waiting > 0 || self.exhausted
    }
}
