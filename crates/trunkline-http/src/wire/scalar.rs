//! Single values as carriers write them: a string, a number, a flag or nothing for the same member.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

/// A text, or a number or flag written as one; unset for null, `""`, a list, an object and a missing member. Borrowed
/// from the answer unless it was escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<'a>(Option<Cow<'a, str>>);

impl<'a> Text<'a> {
    /// This text; unset if it is empty.
    pub fn of(text: impl Into<Cow<'a, str>>) -> Self {
        Self(Some(text.into()).filter(|text| !text.is_empty()))
    }

    /// The text, if it is set.
    #[must_use]
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_unset(&self) -> bool {
        self.0.is_none()
    }

    /// Whether it is this text in upper or lower case.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.get().is_some_and(|own| own.eq_ignore_ascii_case(text))
    }

    /// The text, borrowed where it could be.
    #[must_use]
    pub fn into_inner(self) -> Option<Cow<'a, str>> {
        self.0
    }

    /// The text as a string of its own.
    #[must_use]
    pub fn into_string(self) -> Option<String> {
        self.0.map(Cow::into_owned)
    }

    /// Takes the text and leaves it unset.
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

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
        IgnoredAny.visit_map(map).map(|_| Text::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_seq(seq).map(|_| Text::default())
    }
}

/// `true` or `false`, also as a text in upper or lower case or as 1 or 0; `None` for anything else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Flag(pub Option<bool>);

impl Flag {
    /// The flag that a text is.
    pub(super) fn of(text: &Text<'_>) -> Self {
        Self(match text.get() {
            Some("true" | "1") => Some(true),
            Some("false" | "0") => Some(false),
            _ if text.is("true") => Some(true),
            _ => text.is("false").then_some(false),
        })
    }

    /// Whether it is true.
    #[must_use]
    pub fn is_on(self) -> bool {
        self.0 == Some(true)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer).map(|text| Self::of(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Option<String> {
        serde_json::from_str::<Text<'_>>(json)
            .unwrap()
            .into_string()
    }

    #[test]
    fn text_is_read_from_strings_numbers_and_flags() {
        assert_eq!(text(r#""a\"b""#).as_deref(), Some("a\"b"));
        assert_eq!(text("900000120986").as_deref(), Some("900000120986"));
        assert_eq!(text("-122.4194").as_deref(), Some("-122.4194"));
        assert_eq!(text("true").as_deref(), Some("true"));
    }

    #[test]
    fn null_empty_list_and_object_leave_text_unset() {
        for unset in ["null", r#""""#, "{}", r#"{"a": [1]}"#, r#"[{"a": 1}]"#] {
            assert_eq!(text(unset), None, "{unset}");
        }
    }

    #[test]
    fn text_is_borrowed_unless_it_was_escaped() {
        let read = |json| serde_json::from_str::<Text<'_>>(json).unwrap().into_inner();
        assert!(matches!(read(r#""PN1""#), Some(Cow::Borrowed("PN1"))));
        assert!(matches!(read(r#""a\u0062""#), Some(Cow::Owned(text)) if text == "ab"));
    }

    #[test]
    fn flag_is_read_from_words_and_numbers() {
        let flag = |json| serde_json::from_str::<Flag>(json).unwrap().0;
        for on in ["true", r#""True""#, "1", r#""1""#] {
            assert_eq!(flag(on), Some(true), "{on}");
        }
        for off in ["false", r#""FALSE""#, "0"] {
            assert_eq!(flag(off), Some(false), "{off}");
        }
        for unset in ["null", r#""""#, r#""maybe""#, "2", "[1]", "{}"] {
            assert_eq!(flag(unset), None, "{unset}");
        }
    }
}
