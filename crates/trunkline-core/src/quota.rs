//! How an account's request quota is shared.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::call::Lane;
use crate::error::Result;
use crate::model::AccountName;

/// Says when the next request to an account may leave.
///
/// Each replica has one of its own, unless a shared one is configured.
#[async_trait]
pub trait Quota: Debug + Send + Sync + 'static {
    /// Takes a permit and answers `None`, or answers how long to wait before asking again.
    ///
    /// # Errors
    /// `Internal` if the shared quota can't be asked and there is no share to fall back on.
    async fn take(&self, account: &AccountName, lane: Lane) -> Result<Option<Duration>>;
}
