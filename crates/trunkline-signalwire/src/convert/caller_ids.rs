//! Caller IDs, verified ones and those about to be.

use trunkline_core::{
    AccountName, CallerId, CallerIdMethod, CallerIdState, E164, ProviderData, Result,
};
use trunkline_http::wire::{Text, lacks, take_date};

use crate::wire;

/// The status of a verified one.
const VERIFIED: &str = "Verified";

/// A caller ID with SignalWire's own id of it, by which it is changed.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) caller_id: CallerId,
}

impl Known {
    pub(crate) fn is_verified(&self) -> bool {
        self.caller_id.state == CallerIdState::Verified
    }
}

/// A caller ID. `verified` says whether it may be presented: the status is for people, and counts only without that.
/// Errors: `Protocol` if it has no id or no E.164 number.
pub(crate) fn caller_id(account: &AccountName, mut row: wire::CallerId<'_>) -> Result<Known> {
    let id = row.id.get().ok_or_else(|| lacks("id"))?.to_owned();
    let number = row.number.take();
    let number: E164 = number
        .get()
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| lacks("number"))?;
    let verified = row.verified.0.take();
    let (state, usual) = if verified.unwrap_or_else(|| row.status.is(VERIFIED)) {
        (CallerIdState::Verified, VERIFIED)
    } else {
        (CallerIdState::Pending, "Awaiting Verification")
    };
    if row.status.is(usual) {
        row.status = Text::default();
    }
    let caller_id = CallerId {
        label: row.name.take().into_string(),
        extension: row.extension.take().into_string(),
        verified_at: take_date(&mut row.verified_at),
        provider_data: ProviderData::of(&row)?,
        ..CallerId::new(
            account.clone(),
            number,
            CallerIdMethod::CallSubmitCode,
            state,
        )
    };
    Ok(Known { id, caller_id })
}
