//! Taking another configuration while requests go on.

use std::fmt::Debug;

use futures_util::future::BoxFuture;
use trunkline_core::Result;

use crate::state::AppState;

/// Reads the configuration again and puts it in the place of the one in use, as a whole or not at all. Requests under way
/// keep what they have.
pub trait Reload: Debug + Send + Sync + 'static {
    /// Does so, one at a time.
    ///
    /// # Errors
    /// Nothing is different then. `Config` with a field for everything that is wrong; `Conflict` if an account is gone, or
    /// points elsewhere, whose purchases are not settled; `UpstreamUnavailable` if the database can't tell.
    fn reload<'a>(&'a self, state: &'a AppState) -> BoxFuture<'a, Result<Reloaded>>;
}

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
