//! Sending to addresses that others have chosen.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;

/// One request to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Where to.
    pub url: String,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// Its body, JSON.
    pub body: String,
}

/// Carries parcels out into the network.
#[async_trait]
pub trait Courier: Debug + Send + Sync + 'static {
    /// Says whether an address may be sent to at all, as far as that is known without asking anybody.
    ///
    /// # Errors
    /// `InvalidRequest` naming `url`.
    fn check(&self, url: &str) -> Result<()>;

    /// Sends once, to an address that was just checked, and gives the status that came back.
    ///
    /// # Errors
    /// Whatever kept it from being sent or answered; the message is shown to the webhook's owner.
    async fn carry(&self, parcel: &Parcel) -> Result<u16>;
}
