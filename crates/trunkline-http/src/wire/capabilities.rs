//! What a number can do, as carriers write it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use trunkline_core::Features;

use crate::wire::scalar::{Flag, Text};

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
            None if able && !self.other.iter().any(|other| other == name) => {
                self.other.push(name.to_owned());
            }
            None if able => {}
            None => self.other.retain(|other| other != name),
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
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

/// Values that say nothing.
macro_rules! nothing {
    ($($method:ident $kind:ty),+) => {
        $(fn $method<E>(self, _: $kind) -> Result<Capabilities, E> {
            Ok(Capabilities::default())
        })+
    };
}

impl<'de> Visitor<'de> for Reader {
    type Value = Capabilities;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what a number can do")
    }

    nothing!(visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_str &str);

    fn visit_unit<E>(self) -> Result<Capabilities, E> {
        Ok(Capabilities::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Capabilities, A::Error> {
        let mut found = Capabilities::default();
        while let Some((name, able)) = map.next_entry::<Text<'de>, Flag>()? {
            found.set(name.get().unwrap_or_default(), able.is_on());
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Capabilities, A::Error> {
        let mut found = Capabilities::default();
        while let Some(name) = names.next_element::<Text<'de>>()? {
            if let Some(name) = name.get() {
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
