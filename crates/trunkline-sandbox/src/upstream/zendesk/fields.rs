//! What the holder of a line may set, as tables, and what was set.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::error::{ApiError, Result};

#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Whole,
    Flag,
    Ids,
    /// Identifiers that some accounts write as texts.
    GreetingIds,
    LineType,
    /// How long a recording is kept.
    Life,
    Language,
    Object,
}

/// What a field shows before it is set.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// Nothing, not even its name.
    Hidden,
    Null,
    Flag(bool),
    Whole(u32),
    Text(&'static str),
    Empty,
    NoOverflow,
}

#[derive(Debug)]
pub(super) struct Field {
    name: &'static str,
    kind: Kind,
    start: Start,
}

const ON: Start = Start::Flag(true);
const OFF: Start = Start::Flag(false);
const NEVER: Start = Start::Text("never");

const fn field(name: &'static str, kind: Kind, start: Start) -> Field {
    Field { name, kind, start }
}

/// The writable fields of a phone number, in the order of its document.
pub(super) const NUMBER: &[Field] = &[
    field("nickname", Kind::Text, Start::Null),
    field("transcription", Kind::Flag, ON),
    field("recorded", Kind::Flag, ON),
    field("call_recording_consent", Kind::Text, Start::Text("always")),
    field("line_type", Kind::LineType, Start::Text("phone")),
    field("priority", Kind::Whole, Start::Whole(0)),
    field("outbound_enabled", Kind::Flag, ON),
    field("voice_enabled", Kind::Flag, ON),
    field("sms_enabled", Kind::Flag, OFF),
    field("sms_group_id", Kind::Whole, Start::Null),
    // Whether such groups exist is not looked at.
    field("group_ids", Kind::Ids, Start::Empty),
    field("default_group_id", Kind::Whole, Start::Null),
    field("ivr_id", Kind::Whole, Start::Null),
    field("schedule_id", Kind::Whole, Start::Null),
    field("failover_number", Kind::Text, Start::Null),
    field("greeting_ids", Kind::GreetingIds, Start::Empty),
    field("post_call_voice_ai_enabled", Kind::Flag, Start::Hidden),
    field("voice_qa_enabled", Kind::Flag, Start::Hidden),
    field("brand_id", Kind::Whole, Start::Hidden),
];

pub(super) const DIGITAL: &[Field] = &[
    field("bot_id", Kind::Whole, Start::Null),
    field("brand_id", Kind::Whole, Start::Null),
    field("call_recording_consent", Kind::Text, Start::Text("always")),
    field("default_group_id", Kind::Whole, Start::Null),
    field("greeting_ids", Kind::GreetingIds, Start::Empty),
    field("group_ids", Kind::Ids, Start::Empty),
    field("nickname", Kind::Text, Start::Null),
    field("outbound_number", Kind::Text, Start::Null),
    field("priority", Kind::Whole, Start::Whole(0)),
    field("recorded", Kind::Flag, ON),
    field("schedule_id", Kind::Whole, Start::Null),
    field("transcription", Kind::Flag, ON),
];

pub(super) const SETTINGS: &[Field] = &[
    field("allow_outbound_calls", Kind::Flag, ON),
    field("average_wait_time_message_enabled", Kind::Flag, OFF),
    field("call_offering_duration", Kind::Whole, Start::Whole(30)),
    field("call_recording_delete_after", Kind::Life, NEVER),
    field("callback_from_queue", Kind::Flag, OFF),
    field("callback_locale", Kind::Language, Start::Text("en")),
    field("create_ticket_for_abandoned_calls", Kind::Flag, ON),
    field("dequeue_retry_if_attempted", Kind::Flag, OFF),
    field("forwarding_caller_id", Kind::Text, Start::Null),
    field("maximum_queue_size", Kind::Whole, Start::Whole(5)),
    field("maximum_queue_wait_time", Kind::Whole, Start::Whole(1)),
    field("overflow_number", Kind::Object, Start::NoOverflow),
    field("priority", Kind::Whole, Start::Whole(0)),
    field("voicemail", Kind::Flag, ON),
    field("voicemail_outside_business_hours", Kind::Flag, ON),
    field("voicemail_recording_delete_after", Kind::Life, NEVER),
    field("wrap_up_enabled", Kind::Flag, OFF),
    field("wrap_up_time_limit", Kind::Whole, Start::Whole(60)),
];

const LIVES: [&str; 10] = [
    "never", "1.days", "1.weeks", "2.weeks", "1.months", "2.months", "3.months", "6.months",
    "1.years", "2.years",
];

#[derive(Clone, Debug)]
pub(super) struct Fields {
    table: &'static [Field],
    set: BTreeMap<&'static str, Value>,
}

impl Fields {
    pub(super) const fn new(table: &'static [Field]) -> Self {
        Self {
            table,
            set: BTreeMap::new(),
        }
    }

    /// These with what `members` change. What can't be written is passed over without a word, and null takes a field
    /// back to what it was at first, which for fields without a null is this fake's reading.
    pub(super) fn changed(&self, members: &Map<String, Value>) -> Result<Self> {
        let mut new = self.clone();
        for field in self.table {
            match members.get(field.name) {
                None => {}
                Some(Value::Null) => {
                    new.set.remove(field.name);
                }
                Some(value) => {
                    field.check(value)?;
                    new.set.insert(field.name, value.clone());
                }
            }
        }
        Ok(new)
    }

    /// The value of a field; `None` if it isn't shown.
    pub(super) fn get(&self, name: &str) -> Option<Value> {
        let field = self.table.iter().find(|field| field.name == name)?;
        match self.set.get(name) {
            Some(value) => Some(value.clone()),
            None => field.start.value(),
        }
    }

    /// The value of a field as a text that says something.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.set.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// Every field that is shown, in the order of the table.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, Value)> {
        self.table
            .iter()
            .filter_map(|field| Some((field.name, self.get(field.name)?)))
    }
}

impl Start {
    fn value(self) -> Option<Value> {
        match self {
            Self::Hidden => None,
            Self::Null => Some(Value::Null),
            Self::Flag(flag) => Some(flag.into()),
            Self::Whole(number) => Some(number.into()),
            Self::Text(text) => Some(text.into()),
            Self::Empty => Some(json!([])),
            Self::NoOverflow => Some(json!({ "enabled": false, "number": null })),
        }
    }
}

impl Field {
    fn check(&self, value: &Value) -> Result<()> {
        let whole = |value: &Value| value.is_u64() || value.is_i64();
        let all = |check: &dyn Fn(&Value) -> bool| {
            value
                .as_array()
                .is_some_and(|items| items.iter().all(check))
        };
        let (fits, must) = match self.kind {
            Kind::Text | Kind::LineType | Kind::Life | Kind::Language => {
                (value.is_string(), "must be a string")
            }
            Kind::Whole => (whole(value), "must be an integer"),
            Kind::Flag => (value.is_boolean(), "must be a boolean"),
            Kind::Ids => (all(&whole), "must be an array of integers"),
            Kind::GreetingIds => (
                all(&|item| whole(item) || item.is_string()),
                "must be an array of integers",
            ),
            Kind::Object => (value.is_object(), "must be an object"),
        };
        if !fits {
            return Err(ApiError::attribute(self.name, must));
        }
        let text = value.as_str().unwrap_or_default();
        let known = match self.kind {
            Kind::LineType => matches!(text, "phone" | "digital"),
            Kind::Life => LIVES.contains(&text),
            Kind::Language => is_language(text),
            _ => true,
        };
        if known {
            return Ok(());
        }
        let description = format!("{}: is not one of the values allowed", self.name);
        Err(ApiError::invalid(self.name, "InvalidValue", description))
    }
}

/// Two letters, and perhaps a region: `en`, `pt-BR`.
fn is_language(text: &str) -> bool {
    let (language, region) = text.split_once('-').unwrap_or((text, "xx"));
    [language, region]
        .iter()
        .all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(table: &'static [Field], members: &Value) -> Result<Fields> {
        Fields::new(table).changed(members.as_object().unwrap())
    }

    #[test]
    fn read_only_fields_are_ignored() {
        let fields = change(NUMBER, &json!({ "number": "+1", "id": 3, "nickname": "A" })).unwrap();
        assert_eq!(fields.text("nickname"), Some("A"));
        assert_eq!(fields.get("number"), None);
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        for members in [
            json!({ "recorded": "yes" }),
            json!({ "group_ids": ["1"] }),
            json!({ "priority": 1.5 }),
            json!({ "line_type": "analogue" }),
        ] {
            assert!(change(NUMBER, &members).is_err(), "{members}");
        }
        assert!(
            change(
                SETTINGS,
                &json!({ "call_recording_delete_after": "4.days" })
            )
            .is_err()
        );
        assert!(change(SETTINGS, &json!({ "callback_locale": "english" })).is_err());
    }

    #[test]
    fn null_takes_a_field_back_to_its_start() {
        let fields = change(NUMBER, &json!({ "outbound_enabled": false, "brand_id": 1 })).unwrap();
        let back = json!({ "outbound_enabled": null, "brand_id": null });
        let fields = fields.changed(back.as_object().unwrap()).unwrap();
        assert_eq!(fields.get("outbound_enabled"), Some(true.into()));
        assert_eq!(fields.get("brand_id"), None);
    }
}
