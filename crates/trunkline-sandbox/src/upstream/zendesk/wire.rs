//! The documents of lines, with the keys of the accounts of 2023.

use super::line::{Abilities, Kind, Line, abilities, display, location};
use crate::json::{Object, object};
use crate::ledger::dollars;
use crate::world::stock::{NumberKind, StockNumber};

fn owns(can: Abilities, whole: bool) -> Object {
    object! {
        "sms": can.sms,
        "mms": can.mms,
        "voice": can.voice,
        "emergency_address"?: whole.then_some(can.emergency_address),
    }
}

fn number(line: &Line) -> Object {
    let together = |(name, _): &(&str, _)| !matches!(*name, "nickname" | "brand_id");
    object! {
        "id": line.id,
        "country_code": line.country(),
        "created_at": &line.created_at,
        "external": line.external(),
        "number": line.number(),
        "name": line.name(),
        "nickname"?: line.fields.get("nickname"),
        "display_number": line.display_number(),
        "location": line.location(),
        "toll_free": line.toll_free(),
        "capabilities": owns(line.abilities(), true),
        ..line.fields.all().filter(together),
        ..greetings().0,
    }
}

/// The greetings of the system, the same for every number. Some values end in a comma, and a category without further
/// settings is a plain text.
fn greetings() -> Object {
    object! {
        "default_greeting_ids": ["voicemail_en", "available_en"],
        "categorised_greetings": object! { "1": "voicemail_en", "2": "available_en", "3": "wait_en" },
        "categorised_greetings_with_sub_settings": object! {
            "1": object! {
                "voicemail_off_inside_business_hours": "voicemail_en_voicemail_config",
                "voicemail_off_outside_business_hours": "voicemail_en_voicemail_config",
                "voicemail_on_inside_business_hours": "voicemail_en",
            },
            "2": object! { "voicemail_off": "available_en_voicemail_config", "voicemail_on": "available_en," },
            "3": "wait_en",
        },
    }
}

fn digital(line: &Line) -> Object {
    let line_id = match &line.kind {
        Kind::Digital { line_id } => Some(line_id),
        _ => None,
    };
    object! {
        "id": line.id,
        "country_code": line.country(),
        "created_at": &line.created_at,
        "external": false,
        "name": line.name(),
        "line_id"?: line_id,
        "line_type": "digital",
        ..line.fields.all(),
        ..greetings().0,
    }
}

/// A phone number, or a digital line, with everything that is known of it; settings are shown if they are asked for.
pub(super) fn whole(line: &Line, settings: bool) -> Object {
    let members = match line.digital() {
        true => digital(line),
        false => object! { ..number(line).0, "brand_id"?: line.fields.get("brand_id") },
    };
    let settings = settings.then(|| object! { ..line.settings.all() });
    object! { ..members.0, "settings"?: settings }
}

/// The short form of a list.
pub(super) fn minimal(line: &Line) -> Object {
    let shown = ["sms_enabled", "priority", "outbound_enabled"].into_iter();
    object! {
        "id": line.id,
        "country_code": line.country(),
        "external": line.external(),
        "nickname"?: line.fields.get("nickname"),
        "display_number"?: (!line.digital()).then(|| line.display_number()),
        "capabilities"?: (!line.digital()).then(|| owns(line.abilities(), false)),
        ..shown.filter_map(|name| Some((name, line.fields.get(name)?))),
    }
}

/// A row of a list of lines, which names brand and type in either form.
pub(super) fn row(line: &Line, minimal: bool) -> Object {
    let kind = line.fields.get("line_type");
    let members = match (line.digital(), minimal) {
        (true, false) => return digital(line),
        (false, false) => number(line),
        (_, true) => object! {
            ..self::minimal(line).0,
            "line_type": kind.unwrap_or_else(|| "digital".into()),
        },
    };
    object! { ..members.0, "brand_id": line.fields.get("brand_id") }
}

/// A number on sale. Its price is a month's, with the sign of the currency.
pub(super) fn available(number: &StockNumber, token: &str) -> Object {
    object! {
        "number": &number.number,
        "display_number": display(&number.number, number.country),
        "toll_free": number.kind == NumberKind::TollFree,
        "location": location(number),
        "country_code": number.country,
        "token": token,
        "price": format!("${}", dollars(number.cents.into())),
        "address_requirements": number.address.name(),
        "nickname": (),
        "capabilities": owns(abilities(number), false),
    }
}
