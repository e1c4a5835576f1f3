//! Verified caller IDs, and those about to be.

use jiff::Timestamp;
use serde::Serialize;
use trunkline_core::{
    AccountName, CallerId, CallerIdMethod, CallerIdRequest, CallerIdState, ProviderData, Result,
};
use trunkline_http::Unnamed;

use super::{lacks, readable_date};
use crate::wire::{self, Text};

/// A verified caller ID: being in Twilio's list is the proof.
///
/// # Errors
/// `Protocol` if it has no E.164 number.
pub(crate) fn caller_id(
    account: &AccountName,
    mut row: wire::OutgoingCallerId<'_>,
) -> Result<CallerId> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(skip_serializing_if = "Text::is_unset")]
        sid: Text<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<Timestamp>,
        #[serde(skip_serializing_if = "Text::is_unset")]
        date_created: Text<'a>,
        #[serde(skip_serializing_if = "Text::is_unset")]
        date_updated: Text<'a>,
        #[serde(flatten)]
        rest: Unnamed<'a>,
    }

    let digits = row
        .phone_number
        .get()
        .ok_or_else(|| lacks("phone_number"))?;
    let number = digits.parse().map_err(|_| lacks("phone_number"))?;
    let created_at = readable_date(&mut row.date_created);
    Ok(CallerId {
        label: row.friendly_name.into_string(),
        created_at,
        verified_at: created_at,
        provider_data: ProviderData::of(&Data {
            sid: row.sid,
            updated_at: readable_date(&mut row.date_updated),
            date_created: row.date_created,
            date_updated: row.date_updated,
            rest: row.rest,
        })?,
        ..CallerId::new(
            account.clone(),
            number,
            CallerIdMethod::CallEnterCode,
            CallerIdState::Verified,
        )
    })
}

/// A caller ID that Twilio is about to call, with the code to be keyed in: six digits, though Twilio
/// has also written it as a number. The call is on its way and the code is shown only here, so nothing
/// else in the answer may cost it.
pub(crate) fn pending_caller_id(
    account: &AccountName,
    request: &CallerIdRequest,
    row: wire::ValidationRequest<'_>,
) -> Result<CallerId> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(skip_serializing_if = "Text::is_unset")]
        call_sid: Text<'a>,
        #[serde(skip_serializing_if = "Text::is_unset")]
        phone_number: Text<'a>,
    }

    let spelled_as_asked = row.phone_number.is(request.number.as_str());
    Ok(CallerId {
        label: row
            .friendly_name
            .into_string()
            .or_else(|| request.label.clone()),
        validation_code: row.validation_code.get().map(|code| format!("{code:0>6}")),
        extension: request.extension.clone(),
        call_delay: request.call_delay,
        status_callback: request.status_callback.clone(),
        provider_data: ProviderData::of(&Data {
            call_sid: row.call_sid,
            phone_number: if spelled_as_asked {
                Text::default()
            } else {
                row.phone_number
            },
        })?,
        ..CallerId::new(
            account.clone(),
            request.number,
            CallerIdMethod::CallEnterCode,
            CallerIdState::Pending,
        )
    })
}
