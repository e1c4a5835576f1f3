//! Objects as carriers write them: members may be missing or unknown, and may come twice.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::wire::capabilities::Capabilities;
use crate::wire::scalar::{Flag, Text};

/// For [`document!`](crate::document), whose users need not name the crate.
#[doc(hidden)]
pub use serde;

/// An object that is read member by member. Of a member that comes twice the last one counts, where a derived reader would
/// refuse the whole object. [`document!`](crate::document) implements it.
pub trait Document<'de>: Sized {
    /// Reads the value of the member with this name, which is the next value of `map`.
    ///
    /// # Errors
    /// Those of reading the value.
    fn member<A: MapAccess<'de>>(&mut self, name: Text<'de>, map: &mut A) -> Result<(), A::Error>;
}

/// Reads an object into a document that has no members yet.
///
/// # Errors
/// Those of the reader; also if the value is not an object.
pub fn read_document<'de, T: Document<'de>, D: Deserializer<'de>>(
    empty: T,
    from: D,
) -> Result<T, D::Error> {
    from.deserialize_map(Reader(empty, PhantomData))
}

struct Reader<'de, T>(T, PhantomData<&'de ()>);

impl<'de, T: Document<'de>> Visitor<'de> for Reader<'de, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<T, A::Error> {
        while let Some(name) = map.next_key::<Text<'de>>()? {
            self.0.member(name, &mut map)?;
        }
        Ok(self.0)
    }
}

/// A member of a document.
pub trait Member: Serialize {
    /// Whether the carrier left it out, or it has been taken; such a member is not written.
    fn is_unset(&self) -> bool;
}

impl Member for Text<'_> {
    fn is_unset(&self) -> bool {
        self.get().is_none()
    }
}

impl Member for Flag {
    fn is_unset(&self) -> bool {
        self.0.is_none()
    }
}

impl Member for Capabilities {
    fn is_unset(&self) -> bool {
        self.other.is_empty()
    }
}

impl<T: Serialize> Member for Option<T> {
    fn is_unset(&self) -> bool {
        self.is_none()
    }
}

/// Defines a carrier's objects as structs with the lifetime `'a` of the answer, all of whose members may be missing.
///
/// A member is its name, `= "name"` where the carrier has another name or several, and `: Type` if it is not
/// [`Text<'a>`](crate::wire::Text). After `..` stands the member in which all others are kept as they came
/// ([`Unnamed<'a>`](crate::wire::Unnamed)), and after `except` those of them that are of no interest.
///
/// Written as JSON, a document has the members that are still set. An adapter takes the members that the unified model has a
/// place for; the rest is the provider data.
///
/// ```
/// use trunkline_http::document;
/// use trunkline_http::wire::Flag;
///
/// document! {
///     /// A number held.
///     Row {
///         sid,
///         number = "phone_number" | "number",
///         beta: Flag,
///         ..rest except "uri"
///     }
/// }
///
/// let mut row: Row<'_> = serde_json::from_str(r#"{"sid": 1, "number": "+1", "uri": "/", "new": [1]}"#)?;
/// assert_eq!(row.sid.take().get(), Some("1"));
/// assert_eq!(serde_json::to_string(&row)?, r#"{"number":"+1","new":[1]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! document {
    (@type $kind:ty) => { $kind };
    (@type) => { $crate::wire::Text<'a> };
    (@name $member:ident) => { stringify!($member) };
    (@name $member:ident $($name:literal)+) => { $($name)|+ };
    (@other $document:ident $name:ident $map:ident) => {{
        $map.next_value::<$crate::wire::serde::de::IgnoredAny>()?;
    }};
    (@other $document:ident $name:ident $map:ident $rest:ident) => {{
        let value = $map.next_value()?;
        $document.$rest.keep($name.into_inner().unwrap_or_default(), value);
    }};
    ($(
        $(#[$meta:meta])*
        $document:ident {
            $($member:ident $(= $($name:literal)|+)? $(: $kind:ty)?,)+
            $(.. $rest:ident $(except $($ignored:literal)|+)?)?
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Debug, Default)]
        pub(crate) struct $document<'a> {
            $(pub(crate) $member: $crate::document!(@type $($kind)?),)+
            $(pub(crate) $rest: $crate::wire::Unnamed<'a>,)?
        }

        impl<'de: 'a, 'a> $crate::wire::Document<'de> for $document<'a> {
            fn member<A: $crate::wire::serde::de::MapAccess<'de>>(
                &mut self,
                name: $crate::wire::Text<'de>,
                map: &mut A,
            ) -> Result<(), A::Error> {
                match name.get() {
                    $(Some($crate::document!(@name $member $($($name)+)?)) => {
                        self.$member = map.next_value()?;
                    })+
                    $($(Some($($ignored)|+) => {
                        map.next_value::<$crate::wire::serde::de::IgnoredAny>()?;
                    })?)?
                    _ => $crate::document!(@other self name map $($rest)?),
                }
                Ok(())
            }
        }

        impl<'de: 'a, 'a> $crate::wire::serde::Deserialize<'de> for $document<'a> {
            fn deserialize<D: $crate::wire::serde::Deserializer<'de>>(
                from: D,
            ) -> Result<Self, D::Error> {
                $crate::wire::read_document(Self::default(), from)
            }
        }

        impl $crate::wire::serde::Serialize for $document<'_> {
            fn serialize<S: $crate::wire::serde::Serializer>(
                &self,
                to: S,
            ) -> Result<S::Ok, S::Error> {
                use $crate::wire::serde::ser::SerializeMap as _;

                let mut map = to.serialize_map(None)?;
                $(if !$crate::wire::Member::is_unset(&self.$member) {
                    map.serialize_entry(stringify!($member), &self.$member)?;
                })+
                $(self.$rest.write(&mut map)?;)?
                map.end()
            }
        }
    )+};
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use crate::wire::Flag;

    document! {
        /// A number.
        Row {
            id,
            number = "number" | "phone_number",
            beta: Flag,
            raw: Option<&'a RawValue>,
            ..rest except "uri"
        }

        /// Two members of a number.
        Short {
            id,
            number,
        }
    }

    fn read(json: &str) -> Row<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn null_absent_and_empty_members_are_unset() {
        let row = read(r#"{"id": null, "number": ""}"#);
        assert!(row.id.is_unset() && row.number.is_unset() && row.raw.is_none());
        assert_eq!(serde_json::to_string(&row).unwrap(), "{}");
    }

    #[test]
    fn member_has_one_of_its_names() {
        assert_eq!(read(r#"{"phone_number": "1"}"#).number.get(), Some("1"));
        assert_eq!(read(r#"{"number": "2"}"#).number.get(), Some("2"));
    }

    #[test]
    fn last_of_repeated_members_counts() {
        let row: Short<'_> =
            serde_json::from_str(r#"{"id": "1", "other": [], "id": "2", "number": 3}"#).unwrap();
        assert_eq!((row.id.get(), row.number.get()), (Some("2"), Some("3")));
        let row = read(r#"{"new": 1, "new": 2, "old": 1, "old": null}"#);
        assert_eq!(serde_json::to_string(&row).unwrap(), r#"{"new":2}"#);
    }

    #[test]
    fn member_of_unexpected_type_is_unset_and_the_others_are_read() {
        let row = read(r#"{"id": {"a": 1}, "beta": "maybe", "number": "1"}"#);
        assert!(row.id.is_unset() && row.beta.0.is_none());
        assert_eq!(row.number.get(), Some("1"));
    }

    #[test]
    fn members_still_set_are_written_and_ignored_ones_are_not() {
        let mut row =
            read(r#"{"id": 1, "phone_number": "+1", "beta": "false", "uri": "/", "new": [1.50]}"#);
        assert_eq!(row.id.take().get(), Some("1"));
        let wanted = r#"{"number":"+1","beta":false,"new":[1.50]}"#;
        assert_eq!(serde_json::to_string(&row).unwrap(), wanted);
    }

    #[test]
    fn value_other_than_an_object_is_an_error() {
        for odd in ["[]", "null", "1", r#""row""#] {
            assert!(serde_json::from_str::<Row<'_>>(odd).is_err(), "{odd}");
        }
    }
}
