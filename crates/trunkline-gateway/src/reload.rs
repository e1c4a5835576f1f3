//! What another configuration changed.

/// What another configuration changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// New accounts.
    pub added: Vec<String>,
    /// Accounts that are gone.
    pub removed: Vec<String>,
    /// Accounts of which something is different.
    pub changed: Vec<String>,
    /// Accounts that stay as they are.
    pub unchanged: Vec<String>,
    /// Other settings that are different, by path.
    pub applied: Vec<String>,
    /// Settings that are different and need a restart, by path.
    pub ignored: Vec<String>,
    /// What is accepted but not advisable.
    pub warnings: Vec<String>,
}
