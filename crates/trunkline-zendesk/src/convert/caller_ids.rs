//! Numbers that may be shown to callees: external ones, and bought ones that are free for outgoing calls.

use serde::Serialize;
use trunkline_core::{AccountName, CallerId, ProviderData, Result};
use trunkline_http::wire::{Flag, Member, Text, Unnamed, date, lacks, listed_caller_id};

use super::held::{digits, label};
use crate::wire;

/// Whether a row may be shown to callees.
pub(crate) fn is_caller_id(row: &wire::PhoneNumber<'_>) -> bool {
    row.external.is_on() || row.outbound_enabled.is_on()
}

/// A caller ID. Its proof stands, or Zendesk would not list it; whether it is in use for outgoing calls is said in
/// `provider_data`. Errors: `Protocol` if it has no number.
pub(crate) fn caller_id(account: &AccountName, row: &wire::PhoneNumber<'_>) -> Result<CallerId> {
    #[derive(Serialize)]
    struct Data<'a> {
        id: &'a Text<'a>,
        external: Flag,
        #[serde(skip_serializing_if = "Member::is_unset")]
        outbound_enabled: Flag,
        #[serde(flatten)]
        rest: &'a Unnamed<'a>,
    }

    let number = digits(row).ok_or_else(|| lacks("number"))?;
    Ok(CallerId {
        label: label(row),
        created_at: date(&row.created_at).unwrap_or_default(),
        provider_data: ProviderData::of(&Data {
            id: &row.id,
            external: Flag(Some(row.external.is_on())),
            outbound_enabled: row.outbound_enabled,
            rest: &row.rest,
        })?,
        ..listed_caller_id(account, &number, Some(number.clone()))
    })
}
