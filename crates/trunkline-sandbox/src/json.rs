//! JSON documents whose members stay in the order in which they are written: `object! { "sid": sid, "fax"?: fax }`.
//!
//! A member whose name is followed by a question mark is left out when its value is `None`. A name in brackets is an
//! expression.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// Writes members into an object.
pub(crate) trait Members {
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

/// A JSON object.
pub(crate) struct Object<M>(pub(crate) M);

/// The end of the list of members.
pub(crate) struct End;

/// One member and those after it.
pub(crate) struct Member<T, R> {
    pub(crate) name: &'static str,
    pub(crate) value: T,
    pub(crate) rest: R,
}

/// A member that is left out when its value is `None`, and those after it.
pub(crate) struct Optional<T, R> {
    pub(crate) name: &'static str,
    pub(crate) value: Option<T>,
    pub(crate) rest: R,
}

impl<M: Members> Serialize for Object<M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.write(&mut map)?;
        map.end()
    }
}

impl Members for End {
    fn write<M: SerializeMap>(&self, _map: &mut M) -> Result<(), M::Error> {
        Ok(())
    }
}

impl<T: Serialize, R: Members> Members for Member<T, R> {
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(self.name, &self.value)?;
        self.rest.write(map)
    }
}

impl<T: Serialize, R: Members> Members for Optional<T, R> {
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        if let Some(value) = &self.value {
            map.serialize_entry(self.name, value)?;
        }
        self.rest.write(map)
    }
}

impl<A: Members, B: Members, C: Members> Members for (A, B, C) {
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.0.write(map)?;
        self.1.write(map)?;
        self.2.write(map)
    }
}

/// A JSON object; see the module.
macro_rules! object {
    (@members) => { $crate::json::End };
    (@members $name:literal?: $value:expr $(, $($rest:tt)*)?) => {
        $crate::json::Optional {
            name: $name,
            value: $value,
            rest: $crate::json::object!(@members $($($rest)*)?),
        }
    };
    (@members $name:literal: $value:expr $(, $($rest:tt)*)?) => {
        $crate::json::object!(@members [$name]: $value $(, $($rest)*)?)
    };
    (@members [$name:expr]: $value:expr $(, $($rest:tt)*)?) => {
        $crate::json::Member {
            name: $name,
            value: $value,
            rest: $crate::json::object!(@members $($($rest)*)?),
        }
    };
    ($($members:tt)*) => { $crate::json::Object($crate::json::object!(@members $($members)*)) };
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
        };
        let text = serde_json::to_string(&document).unwrap();
        assert_eq!(text, r#"{"z":1,"b":"here","null":null,"count":[2,3]}"#);
    }
}
