//! What a client works with: the account, and the origin at which it is called.

use std::sync::Arc;

use trunkline_core::{Error, Operation};

use crate::account::Account;
use crate::auth::Signer;
use crate::client::address::Address;
use crate::profile::Profile;
use crate::transport::Transport;

/// An account at one origin.
pub(super) struct Inner {
    pub(super) profile: Profile,
    pub(super) address: Address,
    pub(super) shared: Arc<Shared>,
}

/// What clients of one account share, whichever origin they call.
pub(super) struct Shared {
    pub(super) account: Account,
    pub(super) signer: Signer,
    pub(super) transport: Transport,
}

impl Inner {
    /// Says where an error happened.
    pub(super) fn name(&self, error: Error, operation: Operation) -> Error {
        error
            .with_account(self.profile.account.clone())
            .with_provider(self.profile.provider.clone())
            .with_operation(operation)
    }
}
