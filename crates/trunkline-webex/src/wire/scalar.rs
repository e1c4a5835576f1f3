//! Single values, read leniently: an odd one costs itself and not the row that it stands in.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A text, or a number or flag written as one; `None` for null, absent, `""` and an object. Of a list the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text(Option<String>);

impl Text {
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub(crate) fn is_unset(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn into_string(self) -> Option<String> {
        self.0
    }

    /// Whether it says this, in any case.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.get().is_some_and(|own| own.eq_ignore_ascii_case(text))
    }

    /// The text, none if it is empty.
    pub(crate) fn of(text: impl Into<String>) -> Self {
        Self(Some(text.into()).filter(|text| !text.is_empty()))
    }

    /// This, or if it is unset the other.
    pub(crate) fn or(self, other: Self) -> Self {
        if self.is_unset() { other } else { self }
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text::of(text))
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Text, E> {
                Ok(Text::of(flag.to_string()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Text, E> {
                Ok(Text::of(number.to_string()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Text, E> {
                Ok(Text::of(number.to_string()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Text, E> {
                Ok(Text::of(number.to_string()))
            }

            fn visit_unit<E>(self) -> Result<Text, E> {
                Ok(Text::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Text::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text, A::Error> {
                let first = seq.next_element::<Text>()?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(first.unwrap_or_default())
            }
        }

        deserializer.deserialize_any(TextVisitor)
    }
}

/// A flag; `None` if it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Flag(pub(crate) Option<bool>);

impl Flag {
    pub(crate) fn is_unset(&self) -> bool {
        self.0.is_none()
    }

    /// Whether it is set to true.
    pub(crate) fn is_on(self) -> bool {
        self.0 == Some(true)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        Ok(Self(match text.get() {
            Some("true" | "1") => Some(true),
            Some("false" | "0") => Some(false),
            _ => None,
        }))
    }
}

/// An object, or what can be read from a bare text; `None` for null, and for anything else.
pub(super) fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(one(&raw))
}

/// A list, without the members that can't be read; of anything but a list the one member that it is. `None` for null.
pub(super) fn lenient_list<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    if !raw.get().starts_with('[') {
        return Ok(one(&raw).map(|one| vec![one]));
    }
    let all = serde_json::from_str::<Vec<&RawValue>>(raw.get()).unwrap_or_default();
    Ok(Some(all.into_iter().filter_map(one).collect()))
}

/// A struct would be read from a list, too: it must begin as it should.
fn one<T: DeserializeOwned>(raw: &RawValue) -> Option<T> {
    let begins_so = raw.get().starts_with(['{', '"']);
    begins_so.then(|| serde_json::from_str(raw.get()).ok())?
}

/// What is an object as a rule, and a bare text where another service speaks.
pub(super) enum Written<T> {
    Plainly(String),
    Fully(T),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let read = if raw.get().starts_with('"') {
            serde_json::from_str(raw.get()).map(Self::Plainly)
        } else {
            serde_json::from_str(raw.get()).map(Self::Fully)
        };
        read.map_err(serde::de::Error::custom)
    }
}

/// A list that must be there; null is an empty one.
pub(super) fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
