//! Single values as SignalWire writes them: null, `""` and absent mean the same, in one object.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use trunkline_core::Features;

/// A member of a document, which may say nothing.
pub(crate) trait Member {
    fn is_unset(&self) -> bool;
}

/// A text, or a number or flag written as one; `None` for null, absent, `""` and anything else.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text<'a>(Option<Cow<'a, str>>);

impl<'a> Text<'a> {
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub(crate) fn into_string(self) -> Option<String> {
        self.0.map(Cow::into_owned)
    }

    pub(crate) fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Whether it says this, in any case.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.get().is_some_and(|own| own.eq_ignore_ascii_case(text))
    }

    #[cfg(test)]
    pub(crate) fn is_borrowed(&self) -> bool {
        matches!(self.0, Some(Cow::Borrowed(_)))
    }

    /// The text, none if it is empty.
    pub(crate) fn of(text: impl Into<Cow<'a, str>>) -> Self {
        Self(Some(text.into()).filter(|text| !text.is_empty()))
    }
}

impl Member for Text<'_> {
    fn is_unset(&self) -> bool {
        self.0.is_none()
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text::of(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text::of(text.to_owned()))
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(Text::of(if flag { "true" } else { "false" }))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Text::of(number.to_string()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Text::of(number.to_string()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Text::of(number.to_string()))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Text::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                drain_map(map).map(|()| Text::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                drain_seq(seq).map(|()| Text::default())
            }
        }

        deserializer.deserialize_any(TextVisitor)
    }
}

/// A flag; `None` if it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Flag(pub(crate) Option<bool>);

impl Member for Flag {
    fn is_unset(&self) -> bool {
        self.0.is_none()
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        let says = |words: [&str; 2]| words.into_iter().any(|word| text.is(word));
        Ok(Self(if says(["true", "1"]) {
            Some(true)
        } else if says(["false", "0"]) {
            Some(false)
        } else {
            None
        }))
    }
}

/// What a number can do: a list of names where a number is held and in the searches seen, an object of flags in the
/// description of a search. Names that are none of ours are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Capabilities {
    pub(crate) known: Features,
    pub(crate) other: Vec<String>,
}

impl Capabilities {
    fn set(&mut self, name: &Text<'_>, able: bool) {
        let known = &mut self.known;
        let members = [
            ("voice", &mut known.voice),
            ("sms", &mut known.sms),
            ("mms", &mut known.mms),
            ("fax", &mut known.fax),
        ];
        match members.into_iter().find(|(known, _)| name.is(known)) {
            Some((_, member)) => *member = able,
            None if able => self.other.extend(name.get().map(str::to_owned)),
            None => {}
        }
    }
}

impl Member for Capabilities {
    fn is_unset(&self) -> bool {
        self.other.is_empty()
    }
}

impl Serialize for Capabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.other.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Capabilities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let mut found = Self::default();
        if let Ok(flags) = serde_json::from_str::<BTreeMap<Text<'_>, Flag>>(raw) {
            for (name, flag) in flags {
                found.set(&name, flag.0.unwrap_or_default());
            }
        } else if let Ok(names) = serde_json::from_str::<Vec<Text<'_>>>(raw) {
            for name in names {
                found.set(&name, true);
            }
        }
        Ok(found)
    }
}

fn drain_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

fn drain_seq<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}
