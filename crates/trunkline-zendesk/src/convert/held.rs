//! Numbers held, and the digital lines that Zendesk lists among them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;
use trunkline_core::{AccountName, CountryCode, E164, Number, ProviderData, Result, Routing};

use trunkline_http::Unnamed;

use super::{date, features, lacks, number_type, place};
use crate::PROVIDER;
use crate::wire::{self, Flag, Raw, Text};

/// What a held number has and the unified model has no place for, as it came. The country stands here where it is
/// none, the groups where a voice menu comes before them, and the date where it can't be read or is no purchase's.
#[derive(Default, Serialize)]
pub(crate) struct HeldData<'a> {
    #[serde(skip_serializing_if = "Text::is_unset")]
    country_code: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country_id: Raw<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    created_at: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    line_type: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line_id: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outbound_number: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bot_id: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand_id: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_ids: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_group_id: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule_id: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms_enabled: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voice_enabled: Raw<'a>,
    #[serde(skip_serializing_if = "Flag::is_unset")]
    outbound_enabled: Flag,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transcription: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_recording_consent: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failover_number: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    greeting_ids: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_greeting_ids: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    categorised_greetings: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    categorised_greetings_with_sub_settings: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_call_voice_ai_enabled: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    voice_qa_enabled: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Raw<'a>,
    /// What was loaded beside the number: all its menus, and all greetings, groups and schedules of the account.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    included: BTreeMap<String, &'a RawValue>,
    #[serde(flatten)]
    rest: Unnamed<'a>,
}

/// A line without a number, which is not a phone number: it is said about a list as a whole.
#[derive(Serialize)]
pub(crate) struct DigitalLine<'a> {
    id: Text<'a>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    nickname: Text<'a>,
    #[serde(skip_serializing_if = "Flag::is_unset")]
    external: Flag,
    #[serde(flatten)]
    data: HeldData<'a>,
}

/// Whether a row is a digital line: it says so, or it has the id of one and no number.
pub(crate) fn is_digital(row: &wire::PhoneNumber<'_>) -> bool {
    let line = row.line_id.is_some() && digits(row).is_none();
    row.line_type.get() == Some("digital") || line
}

/// A digital line.
pub(crate) fn digital_line(mut row: wire::PhoneNumber<'_>) -> DigitalLine<'_> {
    let name = row.name.take();
    let nickname = row.nickname.take();
    DigitalLine {
        id: row.id.take(),
        nickname: if nickname.is_unset() { name } else { nickname },
        external: row.external,
        data: held_data(row, BTreeMap::new()),
    }
}

/// A number held, or an external number that is only shown to callees; with what was loaded beside it.
///
/// # Errors
/// `Protocol` if it has no id.
pub(crate) fn number<'a>(
    account: &AccountName,
    mut row: wire::PhoneNumber<'a>,
    included: BTreeMap<String, &'a RawValue>,
) -> Result<Number> {
    let id = row.id.take().into_string().ok_or_else(|| lacks("id"))?;
    let (account, provider) = (account.clone(), PROVIDER.clone());
    let digits = digits(&row);
    let mut number = match digits.as_deref().map(str::parse::<E164>) {
        Some(Ok(e164)) => Number::new(account, provider, id, e164),
        _ => Number::bare(account, provider, id).map(|bare| Number {
            number: digits.clone(),
            display_number: digits.unwrap_or_default(),
            ..bare
        }),
    }
    .map_err(|_| lacks("id"))?;
    number.label = label(&row);
    if let Some(display) = row.display_number.take().into_string() {
        number.display_number = display;
    }
    let said = row.country_code.get();
    let said = said.and_then(|code| code.parse::<CountryCode>().ok());
    // The digits decide. What Zendesk says otherwise stays where it can be seen.
    let by_digits = number.country;
    number.country = by_digits.or(said);
    if said.is_some() && said == number.country {
        row.country_code.take();
    }
    if let Some(kind) = number_type(row.toll_free) {
        number.number_type = kind;
    }
    number.features = features(row.capabilities);
    number.location = place(row.location.take().into_string());
    number.external = row.external.is_set();
    number.voice = voice(&mut row);
    number.messaging = messaging(&mut row);
    if let (false, Ok(Some(created))) = (number.external, date(&row.created_at)) {
        number.purchased_at = Some(created);
        row.created_at.take();
    }
    number.provider_data = ProviderData::of(&held_data(row, included))?;
    Ok(number)
}

/// The number of a row.
pub(super) fn digits(row: &wire::PhoneNumber<'_>) -> Option<String> {
    international(&row.number, &row.display_number)
}

/// The number; a row of a minimal list has it as people read it only, good for one in international form.
pub(crate) fn international(number: &Text<'_>, display: &Text<'_>) -> Option<String> {
    if let Some(number) = number.get() {
        return Some(number.to_owned());
    }
    let display = display.get()?;
    let digits = || display.chars().filter(char::is_ascii_digit);
    display
        .starts_with('+')
        .then(|| format!("+{}", digits().collect::<String>()))
}

/// The nickname. Answers of 2013 have it as the name, which without one is the number.
pub(super) fn label(row: &wire::PhoneNumber<'_>) -> Option<String> {
    let named = row
        .name
        .get()
        .filter(|name| Some(*name) != row.display_number.get() && Some(*name) != row.number.get());
    row.nickname.get().or(named).map(str::to_owned)
}

/// Takes the menu, else the groups; what stays behind is reached through the menu at most.
fn voice(row: &mut wire::PhoneNumber<'_>) -> Routing {
    if let Some(id) = row.ivr_id.take().into_string() {
        return Routing::Ivr { id };
    }
    group(wire::ids(row.group_ids.take()))
}

fn messaging(row: &mut wire::PhoneNumber<'_>) -> Routing {
    group(row.sms_group_id.take().into_string().into_iter().collect())
}

fn group(ids: Vec<String>) -> Routing {
    if ids.is_empty() {
        Routing::None
    } else {
        Routing::Group { ids }
    }
}

fn held_data<'a>(
    row: wire::PhoneNumber<'a>,
    included: BTreeMap<String, &'a RawValue>,
) -> HeldData<'a> {
    HeldData {
        country_code: row.country_code,
        country_id: row.country_id,
        created_at: row.created_at,
        line_type: row.line_type,
        line_id: row.line_id,
        outbound_number: row.outbound_number,
        bot_id: row.bot_id,
        brand_id: row.brand_id,
        group_ids: row
            .group_ids
            .filter(|list| !wire::ids(Some(list)).is_empty()),
        default_group_id: row.default_group_id,
        schedule_id: row.schedule_id,
        priority: row.priority,
        sms_enabled: row.sms_enabled,
        voice_enabled: row.voice_enabled,
        outbound_enabled: row.outbound_enabled,
        recorded: row.recorded,
        transcription: row.transcription,
        call_recording_consent: row.call_recording_consent,
        failover_number: row.failover_number,
        greeting_ids: row.greeting_ids,
        default_greeting_ids: row.default_greeting_ids,
        categorised_greetings: row.categorised_greetings,
        categorised_greetings_with_sub_settings: row.categorised_greetings_with_sub_settings,
        post_call_voice_ai_enabled: row.post_call_voice_ai_enabled,
        voice_qa_enabled: row.voice_qa_enabled,
        settings: row.settings,
        included,
        rest: row.rest,
    }
}
