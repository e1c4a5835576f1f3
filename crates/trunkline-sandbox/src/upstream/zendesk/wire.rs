//! The documents of lines, with the keys of the accounts of 2023.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Value, json};

use super::fields::Fields;
use super::line::{Abilities, Kind, Line, abilities, location};
use super::text::display;
use crate::json::object;
use crate::ledger::dollars;
use crate::world::stock::{NumberKind, StockNumber};

/// A phone number, or a digital line, with everything that is known of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole<'a> {
    pub(super) line: &'a Line,
    /// Settings are shown if they are asked for.
    pub(super) settings: bool,
}

/// The short form of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Minimal<'a>(pub(super) &'a Line);

/// A row of a list of lines, which names brand and type in either form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub(super) line: &'a Line,
    pub(super) minimal: bool,
}

/// Fields in the order of their table.
struct All<'a>(&'a Fields);

fn owns(can: Abilities, whole: bool) -> impl Serialize {
    object! {
        "sms": can.sms,
        "mms": can.mms,
        "voice": can.voice,
        "emergency_address"?: whole.then_some(can.emergency_address),
    }
}

fn shown<M: SerializeMap>(
    map: &mut M,
    line: &Line,
    names: &[&'static str],
) -> Result<(), M::Error> {
    names
        .iter()
        .try_for_each(|name| match line.fields.get(name) {
            Some(value) => map.serialize_entry(name, &value),
            None => Ok(()),
        })
}

fn number<M: SerializeMap>(map: &mut M, line: &Line) -> Result<(), M::Error> {
    map.serialize_entry("id", &line.id)?;
    map.serialize_entry("country_code", &line.country())?;
    map.serialize_entry("created_at", &line.created_at)?;
    map.serialize_entry("external", &line.external())?;
    map.serialize_entry("number", &line.number())?;
    map.serialize_entry("name", &line.name())?;
    shown(map, line, &["nickname"])?;
    map.serialize_entry("display_number", &line.display_number())?;
    map.serialize_entry("location", &line.location())?;
    map.serialize_entry("toll_free", &line.toll_free())?;
    map.serialize_entry("capabilities", &owns(line.abilities(), true))?;
    let apart = |name: &str| matches!(name, "nickname" | "brand_id");
    for (name, value) in line.fields.all().filter(|(name, _)| !apart(name)) {
        map.serialize_entry(name, &value)?;
    }
    greetings(map)
}

/// The greetings of the system, the same for every number.
fn greetings<M: SerializeMap>(map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("default_greeting_ids", &["voicemail_en", "available_en"])?;
    let plain: Value = json!({ "1": "voicemail_en", "2": "available_en", "3": "wait_en" });
    map.serialize_entry("categorised_greetings", &plain)?;
    // Some values end in a comma, and a category without further settings is a plain text.
    let split = json!({
        "1": {
            "voicemail_off_inside_business_hours": "voicemail_en_voicemail_config",
            "voicemail_off_outside_business_hours": "voicemail_en_voicemail_config",
            "voicemail_on_inside_business_hours": "voicemail_en",
        },
        "2": { "voicemail_off": "available_en_voicemail_config", "voicemail_on": "available_en," },
        "3": "wait_en",
    });
    map.serialize_entry("categorised_greetings_with_sub_settings", &split)
}

fn digital<M: SerializeMap>(map: &mut M, line: &Line) -> Result<(), M::Error> {
    map.serialize_entry("id", &line.id)?;
    map.serialize_entry("country_code", &line.country())?;
    map.serialize_entry("created_at", &line.created_at)?;
    map.serialize_entry("external", &false)?;
    map.serialize_entry("name", &line.name())?;
    if let Kind::Digital { line_id } = &line.kind {
        map.serialize_entry("line_id", line_id)?;
    }
    map.serialize_entry("line_type", "digital")?;
    for (name, value) in line.fields.all() {
        map.serialize_entry(name, &value)?;
    }
    greetings(map)
}

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if self.line.digital() {
            digital(&mut map, self.line)?;
        } else {
            number(&mut map, self.line)?;
            shown(&mut map, self.line, &["brand_id"])?;
        }
        if self.settings {
            map.serialize_entry("settings", &All(&self.line.settings))?;
        }
        map.end()
    }
}

fn minimal<M: SerializeMap>(map: &mut M, line: &Line) -> Result<(), M::Error> {
    map.serialize_entry("id", &line.id)?;
    map.serialize_entry("country_code", &line.country())?;
    map.serialize_entry("external", &line.external())?;
    shown(map, line, &["nickname"])?;
    if !line.digital() {
        map.serialize_entry("display_number", &line.display_number())?;
        map.serialize_entry("capabilities", &owns(line.abilities(), false))?;
    }
    shown(map, line, &["sms_enabled", "priority", "outbound_enabled"])
}

impl Serialize for Minimal<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        minimal(&mut map, self.0)?;
        map.end()
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match (self.line.digital(), self.minimal) {
            (_, true) => {
                minimal(&mut map, self.line)?;
                let kind = self.line.fields.get("line_type");
                map.serialize_entry("line_type", &kind.unwrap_or_else(|| "digital".into()))?;
            }
            (true, false) => digital(&mut map, self.line)?,
            (false, false) => number(&mut map, self.line)?,
        }
        if self.minimal || !self.line.digital() {
            let brand = self.line.fields.get("brand_id");
            map.serialize_entry("brand_id", &brand)?;
        }
        map.end()
    }
}

impl Serialize for All<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.all())
    }
}

/// A number on sale. Its price is a month's, with the sign of the currency.
pub(super) fn available(number: &StockNumber, token: String) -> impl Serialize {
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
