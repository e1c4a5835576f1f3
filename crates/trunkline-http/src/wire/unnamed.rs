//! Members that an adapter does not name: kept, so that what is new at a carrier can be seen.

use std::borrow::Cow;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::wire::scalar::Text;

/// Members of an object that its reader does not name, as they came and in their order. Null and `""` say nothing and
/// are left out.
#[derive(Clone, Debug, Default)]
pub struct Unnamed<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Unnamed<'a> {
    /// Keeps a member; of one that comes twice the last.
    pub fn keep(&mut self, name: impl Into<Cow<'a, str>>, value: &'a RawValue) {
        let name = name.into();
        let is_unset = matches!(value.get(), "null" | r#""""#);
        match self.find(&name) {
            Some(at) if is_unset => drop(self.0.remove(at)),
            Some(at) => self.0[at].1 = value,
            None if is_unset => {}
            None => self.0.push((name, value)),
        }
    }

    /// The text of a member; unset if there is no such member.
    #[must_use]
    pub fn text(&self, name: &str) -> Text<'a> {
        self.find(name)
            .map(|at| text(self.0[at].1))
            .unwrap_or_default()
    }

    /// Takes the text of a member. A list or an object stays.
    pub fn take(&mut self, name: &str) -> Text<'a> {
        let Some(at) = self.find(name) else {
            return Text::default();
        };
        let text = text(self.0[at].1);
        if !text.is_unset() {
            self.0.remove(at);
        }
        text
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|(known, _)| *known == name)
    }

    /// Name and value of each member.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, value)| (&**name, *value))
    }

    /// The members of an object that are not among these names; none if it is not an object.
    #[must_use]
    pub fn of(object: &'a RawValue, named: &[&str]) -> Self {
        let mut all: Self = serde_json::from_str(object.get()).unwrap_or_default();
        all.0.retain(|(name, _)| !named.contains(&&**name));
        all
    }

    /// Writes them among other members.
    ///
    /// # Errors
    /// Those of the map.
    pub fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.0
            .iter()
            .try_for_each(|(name, value)| map.serialize_entry(name, value))
    }
}

/// The text in a value, borrowed without a reader where nothing in it is escaped.
pub(super) fn text(value: &RawValue) -> Text<'_> {
    let json = value.get();
    let quoted = json
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match quoted {
        Some(plain) if !plain.contains('\\') => Text::of(plain),
        _ => serde_json::from_str(json).unwrap_or_default(),
    }
}

impl Serialize for Unnamed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.write(&mut map)?;
        map.end()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Unnamed<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Unnamed<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found = Unnamed::default();
                while let Some(name) = map.next_key::<Text<'de>>()? {
                    found.keep(name.into_inner().unwrap_or_default(), map.next_value()?);
                }
                Ok(found)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(json: &str) -> String {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        serde_json::to_string(&Unnamed::of(raw, &["sid"])).unwrap()
    }

    #[test]
    fn member_is_taken_as_text_and_an_object_stays() {
        let json = r#"{"id": 7, "name": "Desk", "list": [1], "quote": "a\"b\u0062"}"#;
        let mut row: Unnamed<'_> = serde_json::from_str(json).unwrap();
        assert_eq!(row.take("quote").get(), Some("a\"bb"));
        assert_eq!(row.take("id").get(), Some("7"));
        assert!(row.take("list").is_unset() && row.take("none").is_unset());
        assert_eq!(row.text("name").get(), Some("Desk"));
        let left = serde_json::to_string(&row).unwrap();
        assert_eq!(left, r#"{"name":"Desk","list":[1]}"#);
    }

    #[test]
    fn unnamed_members_are_kept_as_they_came() {
        let json = r#"{"sid": "PN1", "new": [1.50, {"a": "b"}], "old": null, "x": "", "new2": 12345678901234567890}"#;
        let wanted = r#"{"new":[1.50, {"a": "b"}],"new2":12345678901234567890}"#;
        assert_eq!(kept(json), wanted);
        assert_eq!(kept(r#"{"a": 1, "a": 2}"#), r#"{"a":2}"#);
        assert_eq!(kept("[1]"), "{}");
    }
}
