//! Options that one carrier alone has: the `provider_options` of an order, an update, a registration or a caller ID.

use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor, value};
use serde::{Deserialize, Serialize, forward_to_deserialize_any};
use trunkline_core::{Error, Patch, ProviderData, Result};

use crate::wire::Member;

/// Declares structs of options. Every member may be left out, an unknown one is an error; written, a struct shows the
/// members that are set. A member is an `Option`, a [`Patch`] or a [`Given`].
#[macro_export]
macro_rules! options {
    ($(
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $($(#[$attribute:meta])* $member:ident: $kind:ty,)+
        }
    )+) => {$(
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
        #[serde(default, deny_unknown_fields)]
        $(#[$meta])*
        $vis struct $name {
            $(
                #[serde(skip_serializing_if = "trunkline_http::wire::Member::is_unset")]
                $(#[$attribute])*
                $vis $member: $kind,
            )+
        }
    )+};
}

impl<T: Serialize> Member for Patch<T> {
    fn is_unset(&self) -> bool {
        self.is_keep()
    }
}

/// A member that may be left out and can't be unset: null is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Given<T>(pub Option<T>);

impl<T> Default for Given<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Serialize> Member for Given<T> {
    fn is_unset(&self) -> bool {
        self.0.is_none()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        T::deserialize(deserializer).map(|value| Self(Some(value)))
    }
}

/// Reads options as an adapter's own type.
///
/// # Errors
/// `InvalidRequest` naming the member that is unknown or wrong, such as `provider_options.settings.voicemail`, or
/// `provider_options` if they are no object.
pub fn read<T: DeserializeOwned>(options: &ProviderData) -> Result<T> {
    let mut json = serde_json::Deserializer::from_str(options.as_json());
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let field = match path.as_str() {
            "." | "?" => "provider_options".to_owned(),
            path => format!("provider_options.{path}"),
        };
        let why = error.into_inner().to_string();
        Error::invalid(field, why.split(" at line ").next().unwrap_or(&why))
    })
}

/// Reads the options of an update; the default if they are left out or null.
///
/// # Errors
/// As for [`read`].
pub fn read_change<T: DeserializeOwned + Default>(options: &Patch<ProviderData>) -> Result<T> {
    match options {
        Patch::Set(options) => read(options),
        Patch::Keep | Patch::Clear => Ok(T::default()),
    }
}

/// The names of the members of a struct, in its order, as they are read.
#[must_use]
pub fn names<T: DeserializeOwned>() -> Vec<&'static str> {
    let mut names = Vec::new();
    // Always an error: there is no value to read.
    drop(T::deserialize(Names(&mut names)));
    names
}

/// A source without a value, which keeps the names that it is asked for.
struct Names<'a>(&'a mut Vec<&'static str>);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> std::result::Result<V::Value, Self::Error> {
        Err(Self::Error::custom("no value"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> std::result::Result<V::Value, Self::Error> {
        self.0.extend(fields);
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    // What the macro calls the crate.
    use crate as trunkline_http;

    options! {
        struct Settings {
            voicemail: Given<bool>,
        }

        #[serde(rename_all(serialize = "camelCase"))]
        struct Options {
            brand_id: Patch<u64>,
            line_type: Option<String>,
            settings: Given<Settings>,
        }
    }

    fn data(json: &str) -> ProviderData {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn unknown_and_wrong_options_are_named_with_their_path() {
        for (json, field, word) in [
            (
                r#"{"colour": 1}"#,
                "provider_options.colour",
                "unknown field",
            ),
            (r#"{"brand_id": "x"}"#, "provider_options.brand_id", "u64"),
            (r#"{"settings": null}"#, "provider_options.settings", "null"),
            (
                r#"{"settings": {"voicemail": 1}}"#,
                "provider_options.settings.voicemail",
                "boolean",
            ),
        ] {
            let error = read::<Options>(&data(json)).unwrap_err();
            assert_eq!(error.fields()[0].field, field, "{json}");
            let message = &error.fields()[0].message;
            assert!(
                message.contains(word) && !message.contains("at line"),
                "{message}"
            );
        }
    }

    #[test]
    fn only_members_that_are_set_are_written() {
        let written = |json: &str| serde_json::to_string(&read::<Options>(&data(json)).unwrap());
        let json = r#"{"brand_id": null, "line_type": null, "settings": {}}"#;
        assert_eq!(written(json).unwrap(), r#"{"brandId":null,"settings":{}}"#);
        assert_eq!(written("{}").unwrap(), "{}");
    }

    #[test]
    fn options_of_an_update_may_be_left_out() {
        for absent in [Patch::Keep, Patch::Clear] {
            assert_eq!(read_change::<Options>(&absent).unwrap(), Options::default());
        }
        assert!(read_change::<Options>(&Patch::Set(data(r#"{"colour": 1}"#))).is_err());
    }

    #[test]
    fn names_are_those_that_are_read() {
        assert_eq!(names::<Options>(), ["brand_id", "line_type", "settings"]);
    }
}
