//! Verified caller IDs, and those about to be.

use jiff::Timestamp;
use serde::Serialize;
use trunkline_core::{
    AccountName, CallerId, CallerIdMethod, CallerIdRequest, CallerIdState, ProviderData, Result,
};
use trunkline_http::wire::{Text, lacks, take_date};

use crate::wire;

/// A verified caller ID: being in Twilio's list is the proof. Errors: `Protocol` if it has no E.164 number.
pub(crate) fn caller_id(
    account: &AccountName,
    mut row: wire::OutgoingCallerId<'_>,
) -> Result<CallerId> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<Timestamp>,
        #[serde(flatten)]
        row: wire::OutgoingCallerId<'a>,
    }

    let number = row.phone_number.take();
    let number = number.get().and_then(|digits| digits.parse().ok());
    let number = number.ok_or_else(|| lacks("phone_number"))?;
    let created_at = take_date(&mut row.date_created);
    Ok(CallerId {
        label: row.friendly_name.take().into_string(),
        created_at,
        verified_at: created_at,
        provider_data: ProviderData::of(&Data {
            updated_at: take_date(&mut row.date_updated),
            row,
        })?,
        ..CallerId::new(
            account.clone(),
            number,
            CallerIdMethod::CallEnterCode,
            CallerIdState::Verified,
        )
    })
}

/// A caller ID that Twilio is about to call, with the code to be keyed in: six digits, though Twilio has also written it as
/// a number. The call is on its way and the code is shown only here, so an invalid member of the answer is no error.
pub(crate) fn pending_caller_id(
    account: &AccountName,
    request: &CallerIdRequest,
    mut row: wire::ValidationRequest<'_>,
) -> Result<CallerId> {
    if row.phone_number.is(request.number.as_str()) {
        row.phone_number = Text::default();
    }
    let label = row.friendly_name.take().into_string();
    let code = row.validation_code.take();
    Ok(CallerId {
        label: label.or_else(|| request.label.clone()),
        validation_code: code.get().map(|code| format!("{code:0>6}")),
        extension: request.extension.clone(),
        call_delay: request.call_delay,
        status_callback: request.status_callback.clone(),
        provider_data: ProviderData::of(&row)?,
        ..CallerId::new(
            account.clone(),
            request.number,
            CallerIdMethod::CallEnterCode,
            CallerIdState::Pending,
        )
    })
}
