//! Numbers held, and the digital lines that Zendesk lists among them.

use serde::Serialize;
use trunkline_core::{AccountName, CountryCode, Number, ProviderData, Result, Routing};
use trunkline_http::wire::{self as shared, Capabilities, Flag, Text, Unnamed, date, lacks};

use super::fields::{features, number_type, place};
use crate::PROVIDER;
use crate::wire;

/// Whether a row is a digital line: it says so, or it has the id of one and no number.
pub(crate) fn is_digital(row: &wire::PhoneNumber<'_>) -> bool {
    let line = row.line_id.is_some() && digits(row).is_none();
    row.line_type.get() == Some("digital") || line
}

/// A line without a number, which is not a phone number: it is shown with the list as a whole.
pub(crate) fn digital_line(mut row: wire::PhoneNumber<'_>) -> wire::PhoneNumber<'_> {
    let name = row.name.take();
    if row.nickname.is_unset() {
        row.nickname = name;
    }
    wire::PhoneNumber {
        number: Text::default(),
        display_number: Text::default(),
        toll_free: Flag::default(),
        location: Text::default(),
        capabilities: Capabilities::default(),
        ivr_id: Text::default(),
        sms_group_id: Text::default(),
        ..row
    }
}

/// A number held, or an external number that is only shown to callees; with what was loaded beside it. Errors:
/// `Protocol` if it has no id.
pub(crate) fn number<'a>(
    account: &AccountName,
    mut row: wire::PhoneNumber<'a>,
    included: Unnamed<'a>,
) -> Result<Number> {
    #[derive(Serialize)]
    struct Data<'a> {
        #[serde(flatten)]
        row: wire::PhoneNumber<'a>,
        /// All menus of the number, and all greetings, groups and schedules of the account.
        #[serde(skip_serializing_if = "Option::is_none")]
        included: Option<Unnamed<'a>>,
    }

    let id = row.id.take().into_string().ok_or_else(|| lacks("id"))?;
    let digits = digits(&row);
    let mut number = match &digits {
        Some(digits) => shared::number(account, &PROVIDER, id, digits)?,
        None => Number::bare(account.clone(), PROVIDER.clone(), id).map_err(|_| lacks("id"))?,
    };
    number.label = label(&row);
    number.display_number = match row.display_number.take().into_string() {
        Some(display) => display,
        None if digits.is_none() => String::new(),
        None => number.display_number,
    };
    let said = row.country_code.get();
    let said = said.and_then(|code| code.parse::<CountryCode>().ok());
    // The digits decide. Another country of Zendesk's stays where it can be seen.
    number.country = number.country.or(said);
    if said.is_some() && said == number.country {
        row.country_code = Text::default();
    }
    if let Some(kind) = number_type(row.toll_free) {
        number.number_type = kind;
    }
    number.features = features(&row.capabilities);
    number.location = place(row.location.take().into_string());
    number.external = row.external.is_on();
    number.voice = voice(&mut row);
    number.messaging = messaging(&mut row);
    if let (false, Ok(Some(created))) = (number.external, date(&row.created_at)) {
        number.purchased_at = Some(created);
        row.created_at = Text::default();
    }
    let group_ids = row
        .group_ids
        .filter(|list| !wire::ids(Some(list)).is_empty());
    let included = Some(included).filter(|included| included.iter().next().is_some());
    number.provider_data = ProviderData::of(&Data {
        row: wire::PhoneNumber {
            number: Text::default(),
            name: Text::default(),
            nickname: Text::default(),
            toll_free: Flag::default(),
            external: Flag::default(),
            capabilities: Capabilities::default(),
            ivr_id: Text::default(),
            group_ids,
            ..row
        },
        included,
    })?;
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
