//! Caller IDs.

use trunkline_core::{AccountName, CallerId, CallerIdMethod, CallerIdState, ProviderData};

/// A caller ID that the carrier lists without a proof of ours: verified by its directory, with this key after the account.
#[must_use]
pub fn listed_caller_id(account: &AccountName, key: &str, number: Option<String>) -> CallerId {
    CallerId {
        id: format!("{account}:{key}"),
        account: account.clone(),
        number,
        label: None,
        state: CallerIdState::Verified,
        method: CallerIdMethod::Directory,
        validation_code: None,
        extension: None,
        call_delay: None,
        status_callback: None,
        created_at: None,
        verified_at: None,
        error: None,
        provider_data: ProviderData::default(),
    }
}
