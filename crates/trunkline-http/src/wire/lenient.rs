//! Members that carriers write in several ways: an odd one costs itself and not the document that it stands in.

use serde::Serialize;
use serde::de::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::wire::document::Member;

/// An object, or what else can be read from a text; `None` for null and for a value of another type.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Lenient<T>(pub Option<T>);

/// A list, without the members that can't be read; of a text or an object the one member that it is.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct List<T>(pub Vec<T>);

/// Reads a text or an object: a document could be read from a list, too.
fn one<'de, T: Deserialize<'de>>(raw: &'de RawValue) -> Option<T> {
    let begins_so = raw.get().starts_with(['{', '"']);
    begins_so.then(|| serde_json::from_str(raw.get()).ok())?
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|raw| Self(one(raw)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        let all = serde_json::from_str::<Vec<&RawValue>>(raw.get()).unwrap_or_else(|_| vec![raw]);
        Ok(Self(all.into_iter().filter_map(one).collect()))
    }
}

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Serialize> Member for Lenient<T> {
    fn is_unset(&self) -> bool {
        self.0.is_none()
    }
}

impl<T: Serialize> Member for List<T> {
    fn is_unset(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document;

    document! {
        /// Something with an id.
        Row {
            id,
        }
    }

    #[test]
    fn value_other_than_an_object_is_unset() {
        let read = |json| serde_json::from_str::<Lenient<Row<'_>>>(json).unwrap().0;
        assert_eq!(read(r#"{"id": 1}"#).unwrap().id.get(), Some("1"));
        for odd in ["null", "[1]", "[]", "7", r#""text""#] {
            assert!(read(odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn list_is_read_without_odd_members_and_one_value_is_a_list() {
        let read = |json| serde_json::from_str::<List<String>>(json).unwrap().0;
        assert_eq!(read(r#"["a", 1, null, {"b": 2}, "c"]"#), ["a", "c"]);
        assert_eq!(read(r#""a""#), ["a"]);
        for odd in ["null", "[]", "7", r#"{"a": 1}"#] {
            assert!(read(odd).is_empty(), "{odd}");
        }
    }
}
