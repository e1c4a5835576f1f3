//! JSON documents whose members stay in the order in which they are written: `object! { "sid": sid, "fax"?: fax }`.
//!
//! A member whose name is followed by a question mark is left out when its value is `None`. A name in brackets is an
//! expression. Two dots are followed by an iterator of names and values.

use serde::ser::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

#[derive(Debug, Default)]
pub(crate) struct Object(pub(crate) Vec<(&'static str, Box<RawValue>)>);

impl Object {
    pub(crate) fn put(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) {
        self.0
            .extend(to_raw_value(value).map(|value| (name, value)));
    }

    /// The object as text.
    pub(crate) fn into_raw(self) -> Box<RawValue> {
        to_raw_value(&self).unwrap_or_else(|_| RawValue::NULL.to_owned())
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A JSON object; see the module.
macro_rules! object {
    (@ $object:ident) => {};
    (@ $object:ident ..$members:expr $(, $($rest:tt)*)?) => {
        for (name, value) in $members {
            $object.put(name, &value);
        }
        $crate::json::object!(@ $object $($($rest)*)?);
    };
    (@ $object:ident $name:literal?: $value:expr $(, $($rest:tt)*)?) => {
        if let Some(value) = &$value {
            $object.put($name, value);
        }
        $crate::json::object!(@ $object $($($rest)*)?);
    };
    (@ $object:ident $name:literal: $value:expr $(, $($rest:tt)*)?) => {
        $crate::json::object!(@ $object [$name]: $value $(, $($rest)*)?);
    };
    (@ $object:ident [$name:expr]: $value:expr $(, $($rest:tt)*)?) => {
        $object.put($name, &$value);
        $crate::json::object!(@ $object $($($rest)*)?);
    };
    () => { $crate::json::Object::default() };
    ($($members:tt)*) => {{
        let mut object = $crate::json::Object::default();
        $crate::json::object!(@ object $($members)*);
        object
    }};
}
pub(crate) use object;

#[cfg(test)]
mod tests {
    #[test]
    fn members_keep_their_order_and_absent_ones_are_left_out() {
        let name = "count";
        let document = object! {
            "z": 1,
            "a"?: None::<u8>,
            "b"?: Some("here"),
            "null": None::<u8>,
            [name]: [2, 3],
            ..[("spread", 4)],
        };
        let text = serde_json::to_string(&document).unwrap();
        assert_eq!(
            text,
            r#"{"z":1,"b":"here","null":null,"count":[2,3],"spread":4}"#
        );
    }
}
