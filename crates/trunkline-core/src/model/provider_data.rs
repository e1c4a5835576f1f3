//! What only one carrier has.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::json;

/// What a carrier says about a thing and the unified model has no place for: a JSON object, kept as text.
#[derive(Clone, Default)]
pub struct ProviderData(Option<Box<str>>);

impl ProviderData {
    /// Keeps a value of the adapter's own.
    ///
    /// # Errors
    /// `Internal` if the value can't be written as JSON.
    pub fn of<T: Serialize>(value: &T) -> Result<Self> {
        json::to_string(value)
            .map(|json| Self(Some(json.into())))
            .map_err(|e| {
                Error::new(ErrorKind::Internal, "provider data is not JSON").with_source(e)
            })
    }

    /// The JSON text; `{}` if there is nothing.
    pub fn as_json(&self) -> &str {
        self.0.as_deref().unwrap_or("{}")
    }
}

impl fmt::Debug for ProviderData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_json())
    }
}

impl PartialEq for ProviderData {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

impl Serialize for ProviderData {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(json) = &self.0 else {
            return serde::ser::SerializeMap::end(serializer.serialize_map(Some(0))?);
        };
        // As `serde_json` writes a raw value, which can't be made of a text without reading it once more.
        let mut raw = serializer.serialize_struct(json::RAW, 1)?;
        raw.serialize_field(json::RAW, json)?;
        raw.end()
    }
}

impl<'de> Deserialize<'de> for ProviderData {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not as raw text: inside a tagged enum serde has parsed it already.
        let object = serde_json::Map::<String, serde_json::Value>::deserialize(deserializer)?;
        Self::of(&object).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_data_is_an_object() {
        let data: ProviderData = serde_json::from_str(r#"{"a":[1,"2"]}"#).unwrap();
        assert_eq!(serde_json::to_string(&data).unwrap(), r#"{"a":[1,"2"]}"#);
        assert!(serde_json::from_str::<ProviderData>("[]").is_err());
        assert_eq!(
            serde_json::to_string(&ProviderData::default()).unwrap(),
            "{}"
        );
    }
}
