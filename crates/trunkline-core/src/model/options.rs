//! Query parameters that one carrier alone has.

use std::collections::BTreeMap;

use serde::de::value::{Error as ReadError, MapDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::{Deserialize, Serialize, forward_to_deserialize_any};

use crate::error::{Error, Result};

/// Filters of a list by the carrier's own names, such as `owner_type` = `PEOPLE`. The adapter rejects unknown ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QueryOptions(pub BTreeMap<String, String>);

impl QueryOptions {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Reads the options as a struct of optional texts, numbers, booleans and unit enums.
    ///
    /// # Errors
    /// `InvalidRequest` naming the option that is unknown or wrong.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        let read = |options: &[(&str, Text<'_>)]| {
            let options = options.iter().copied();
            T::deserialize(MapDeserializer::<_, ReadError>::new(options))
        };
        let options: Vec<_> = self
            .0
            .iter()
            .map(|(name, text)| (name.as_str(), Text(text)))
            .collect();
        read(&options).map_err(|error| {
            // Each may be left out, so the wrong one fails by itself too.
            let wrong = options.iter().find(|one| read(&[**one]).is_err());
            let field = wrong.map_or_else(
                || "provider_options".to_owned(),
                |(name, _)| format!("provider_options.{name}"),
            );
            Error::invalid(field, error.to_string())
        })
    }
}

/// A text that is read as whatever is wanted of it.
#[derive(Clone, Copy)]
struct Text<'a>(&'a str);

impl<'de> IntoDeserializer<'de, ReadError> for Text<'de> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! parsed {
    ($($method:ident $visit:ident),+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> std::result::Result<V::Value, ReadError> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => visitor.visit_str(self.0),
            }
        })+
    };
}

impl<'de> Deserializer<'de> for Text<'de> {
    type Error = ReadError;

    parsed! {
        deserialize_bool visit_bool, deserialize_u8 visit_u8, deserialize_u16 visit_u16,
        deserialize_u32 visit_u32, deserialize_u64 visit_u64, deserialize_i64 visit_i64
    }

    fn deserialize_any<V: Visitor<'de>>(
        self,
        visitor: V,
    ) -> std::result::Result<V::Value, ReadError> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(
        self,
        visitor: V,
    ) -> std::result::Result<V::Value, ReadError> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> std::result::Result<V::Value, ReadError> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> std::result::Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Wanted {
        details: Option<bool>,
        extension: Option<String>,
        order: Option<Order>,
        offset: Option<u32>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Order {
        LastName,
    }

    fn read(options: &[(&str, &str)]) -> Result<Wanted> {
        let pairs = options.iter().map(|(n, v)| ((*n).into(), (*v).into()));
        QueryOptions(pairs.collect()).read()
    }

    #[test]
    fn option_texts_are_parsed_by_field_type() {
        let wanted = Wanted {
            details: Some(true),
            extension: Some("0100".into()),
            order: Some(Order::LastName),
            offset: Some(7),
        };
        let options = [
            ("details", "true"),
            ("extension", "0100"),
            ("order", "last_name"),
            ("offset", "7"),
        ];
        assert_eq!(read(&options).unwrap(), wanted);
    }

    #[test]
    fn an_unknown_option_and_a_wrong_value_are_refused_by_name() {
        for (options, word) in [
            ([("colour", "red")], "colour"),
            ([("details", "perhaps")], "perhaps"),
            ([("order", "price")], "price"),
        ] {
            let error = read(&options).unwrap_err();
            let field = format!("provider_options.{}", options[0].0);
            assert_eq!(error.fields()[0].field, field);
            assert!(error.fields()[0].message.contains(word), "{error}");
        }
    }
}
