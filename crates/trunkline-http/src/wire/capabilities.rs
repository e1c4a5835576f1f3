//! What a number can do, as carriers write it.

use serde::de::{Deserialize, Deserializer};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use trunkline_core::Features;

use crate::wire::scalar::{Flag, Text};
use crate::wire::unnamed::{Unnamed, text};

/// What a number can do: an object of flags or a list of names, in upper or lower case; nothing for any other value.
/// Written, it is the list of the names that have no place in [`Features`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Voice, SMS, MMS and fax; `emergency` is never read.
    pub known: Features,
    /// Other names that the number can do, as the carrier writes them.
    pub other: Vec<String>,
}

impl Capabilities {
    fn set(&mut self, name: &str, able: bool) {
        let known = &mut self.known;
        let features = [
            ("voice", &mut known.voice),
            ("sms", &mut known.sms),
            ("mms", &mut known.mms),
            ("fax", &mut known.fax),
        ];
        let found = features
            .into_iter()
            .find(|(feature, _)| name.eq_ignore_ascii_case(feature));
        match found {
            Some((_, feature)) => *feature = able,
            None if able => self.other.push(name.to_owned()),
            None => {}
        }
    }
}

impl Serialize for Capabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.other.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Capabilities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        let mut found = Self::default();
        if raw.get().starts_with('{') {
            for (name, value) in Unnamed::of(raw, &[]).iter() {
                found.set(name, Flag::of(&text(value)).is_on());
            }
        }
        if raw.get().starts_with('[') {
            let names: Vec<Text<'_>> = serde_json::from_str(raw.get()).unwrap_or_default();
            for name in names.iter().filter_map(Text::get) {
                found.set(name, true);
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Capabilities {
        serde_json::from_str(text).unwrap()
    }

    fn able(text: &str) -> Vec<&'static str> {
        let known = read(text).known;
        [
            ("voice", known.voice),
            ("sms", known.sms),
            ("mms", known.mms),
            ("fax", known.fax),
        ]
        .into_iter()
        .filter_map(|(name, able)| able.then_some(name))
        .collect()
    }

    #[test]
    fn capabilities_are_read_from_flags_words_numbers_or_a_list() {
        for text in [
            r#"{"voice": true, "SMS": true, "MMS": false}"#,
            r#"{"Voice": true, "sms": "true", "other": [1]}"#,
            r#"{"voice": "True", "sms": 1, "mms": 0, "fax": "FALSE"}"#,
            r#"["voice", "SMS", 7]"#,
        ] {
            assert_eq!(able(text), ["voice", "sms"], "{text}");
        }
        assert_eq!(
            able(r#"["fax", "voice", "SMS", null, 7]"#),
            ["voice", "sms", "fax"]
        );
        let flags = r#"{"voice": true, "sms": "true", "mms": false, "fax": 1}"#;
        assert_eq!(able(flags), ["voice", "sms", "fax"]);
    }

    #[test]
    fn non_boolean_values_are_not_capabilities() {
        for text in [
            "null",
            "true",
            "3",
            "-1",
            "0.5",
            r#""voice""#,
            "[[1]]",
            "[]",
            "{}",
        ] {
            assert_eq!(read(text), Capabilities::default(), "{text}");
        }
    }

    #[test]
    fn unknown_capability_is_kept() {
        let found = read(r#"["voice", "rcs"]"#);
        assert_eq!(found.other, ["rcs"]);
        assert_eq!(serde_json::to_string(&found).unwrap(), r#"["rcs"]"#);
        let flags = read(r#"{"rcs": true, "ussd": false, "emergency_address": "true"}"#);
        assert_eq!(flags.other, ["rcs", "emergency_address"]);
    }
}
