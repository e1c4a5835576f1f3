//! JSON as `serde_json` writes it, faster: most of an answer are texts in which nothing has to be escaped, and they are
//! looked through eight bytes at a time.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write as _};

use serde::Serialize;
use serde::ser::{self, Error as _};
use serde_json::Error;
use serde_json::value::RawValue;

/// The name by which a [`RawValue`](serde_json::value::RawValue) is known to its writers.
pub(crate) const RAW: &str = "$serde_json::private::RawValue";

/// A value as JSON.
///
/// # Errors
/// Those of the value, and if a map has a key that is no text.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    let mut text = String::with_capacity(256);
    write(value, &mut text)?;
    Ok(text)
}

/// Adds a value as JSON to a text.
///
/// # Errors
/// As [`to_string`].
pub fn write<T: Serialize + ?Sized>(value: &T, text: &mut String) -> Result<(), Error> {
    value.serialize(&mut Writer { text, raw: false })
}

/// A part of a document that is kept, and what is left out of it.
#[derive(Debug)]
pub enum Part {
    /// All of it, an object without members too.
    Whole,
    /// Its members, or those of each object in a list, without those that are null, false or empty; of these members only
    /// the part. Those that are not named are whole, but left out if they have no members.
    Thin(&'static [(&'static str, Part)]),
    /// Nothing.
    Gone,
}

impl Part {
    /// Its members, all of those that are there.
    pub const THIN: Self = Self::Thin(&[]);

    /// This part of a value, as JSON with members in the order of their names.
    ///
    /// # Errors
    /// As [`to_string`].
    pub fn thinned<T: Serialize + ?Sized>(&self, value: &T) -> Result<String, Error> {
        let whole = to_string(value)?;
        let mut text = String::with_capacity(whole.len());
        self.thin(&whole, &mut text)?;
        Ok(text)
    }

    fn thin(&self, whole: &str, text: &mut String) -> Result<(), Error> {
        match (self, whole.as_bytes().first()) {
            (Self::Thin(parts), Some(b'{')) => thin_object(parts, whole, text),
            (Self::Thin(_), Some(b'[')) => {
                let items: Vec<&RawValue> = serde_json::from_str(whole)?;
                text.push('[');
                for (index, item) in items.iter().enumerate() {
                    text.push_str(if index > 0 { "," } else { "" });
                    self.thin(item.get(), text)?;
                }
                text.push(']');
                Ok(())
            }
            _ => {
                text.push_str(whole);
                Ok(())
            }
        }
    }
}

fn thin_object(parts: &[(&str, Part)], whole: &str, text: &mut String) -> Result<(), Error> {
    let members: BTreeMap<&str, &RawValue> = serde_json::from_str(whole)?;
    text.push('{');
    let first = text.len();
    for (name, value) in members {
        let start = text.len();
        let comma = if start > first { "," } else { "" };
        text.extend([comma, "\"", name, "\":"]);
        let at = text.len();
        let part = parts.iter().find(|(part, _)| *part == name);
        let part = part.map(|(_, part)| part);
        part.unwrap_or(&Part::Whole).thin(value.get(), text)?;
        let is_left_out = match (part, &text[at..]) {
            (Some(Part::Gone), _) | (_, "null" | "false" | "[]") => true,
            (part, "{}") => !matches!(part, Some(Part::Whole)),
            _ => false,
        };
        if is_left_out {
            text.truncate(start);
        }
    }
    text.push('}');
    Ok(())
}

struct Writer<'t> {
    text: &'t mut String,
    /// The next text is JSON already.
    raw: bool,
}

impl<'t> Writer<'t> {
    #[inline]
    fn quoted(&mut self, text: &str) -> Result<(), Error> {
        self.text.push('"');
        escape(text, self.text)?;
        self.text.push('"');
        Ok(())
    }

    fn displayed(&mut self, value: impl Display) -> Result<(), Error> {
        write!(self.text, "{value}").map_err(Error::custom)
    }

    fn begin(&mut self, open: &str, close: &'static str) -> Members<'_, 't> {
        self.text.push_str(open);
        Members {
            writer: self,
            first: true,
            close,
        }
    }

    fn begin_variant(
        &mut self,
        variant: &str,
        open: &str,
        close: &'static str,
    ) -> Result<Members<'_, 't>, Error> {
        self.text.push('{');
        self.quoted(variant)?;
        self.text.push(':');
        Ok(self.begin(open, close))
    }
}

/// Adds a text to a text, without quotes.
#[inline]
fn escape(text: &str, to: &mut String) -> Result<(), Error> {
    if is_plain(text.as_bytes()) {
        to.push_str(text);
        return Ok(());
    }
    let quoted = serde_json::to_string(text)?;
    to.push_str(&quoted[1..quoted.len() - 1]);
    Ok(())
}

/// Whether nothing in a text has to be escaped.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    if let Some(last) = bytes.last_chunk() {
        let (chunks, _) = bytes.as_chunks();
        let mut found = special(*last);
        for chunk in chunks {
            found |= special(*chunk);
        }
        return found == 0;
    }
    match (bytes.first_chunk(), bytes.last_chunk()) {
        // They overlap, so that four to seven bytes are eight.
        (Some(&[a, b, c, d]), Some(&[e, f, g, h])) => special([a, b, c, d, e, f, g, h]) == 0,
        _ => bytes
            .iter()
            .all(|byte| *byte >= 0x20 && *byte != b'"' && *byte != b'\\'),
    }
}

/// Not zero if one of eight bytes has to be escaped. "Hasless" and "haszero" of Anderson's "Bit Twiddling Hacks".
fn special(chunk: [u8; 8]) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let word = u64::from_ne_bytes(chunk);
    let below = |word: u64, byte: u8| word.wrapping_sub(ONES * u64::from(byte)) & !word;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | equal(b'"') | equal(b'\\')) & HIGH
}

/// The members of a list or an object that is being written.
struct Members<'w, 't> {
    writer: &'w mut Writer<'t>,
    first: bool,
    close: &'static str,
}

impl Members<'_, '_> {
    #[inline]
    fn comma(&mut self) {
        if !self.first {
            self.writer.text.push(',');
        }
        self.first = false;
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.comma();
        value.serialize(&mut *self.writer)
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        if !self.writer.raw {
            self.comma();
            self.writer.quoted(name)?;
            self.writer.text.push(':');
        }
        value.serialize(&mut *self.writer)
    }

    fn close(self) -> Result<(), Error> {
        self.writer.text.push_str(self.close);
        Ok(())
    }
}

macro_rules! displayed {
    ($($method:ident $kind:ty),+) => {
        $(fn $method(self, value: $kind) -> Result<(), Error> {
            self.displayed(value)
        })+
    };
}

/// What is rare, as `serde_json` writes it.
macro_rules! rare {
    ($($method:ident $kind:ty),+) => {
        $(fn $method(self, value: $kind) -> Result<(), Error> {
            self.text.push_str(&serde_json::to_string(&value)?);
            Ok(())
        })+
    };
}

impl<'w, 't> ser::Serializer for &'w mut Writer<'t> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Members<'w, 't>;
    type SerializeTuple = Members<'w, 't>;
    type SerializeTupleStruct = Members<'w, 't>;
    type SerializeTupleVariant = Members<'w, 't>;
    type SerializeMap = Members<'w, 't>;
    type SerializeStruct = Members<'w, 't>;
    type SerializeStructVariant = Members<'w, 't>;

    displayed!(
    serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
           serialize_i128 i128, serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128
       );
    rare!(serialize_f32 f32, serialize_f64 f64, serialize_char char, serialize_bytes &[u8]);

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        if std::mem::take(&mut self.raw) {
            self.text.push_str(text);
            return Ok(());
        }
        self.quoted(text)
    }

    fn serialize_bool(self, flag: bool) -> Result<(), Error> {
        self.text.push_str(if flag { "true" } else { "false" });
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.text.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<(), Error> {
        self.quoted(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let mut object = self.begin("{", "}");
        object.member(name, value)?;
        object.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Members<'w, 't>, Error> {
        Ok(self.begin("[", "]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Members<'w, 't>, Error> {
        Ok(self.begin("[", "]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Members<'w, 't>, Error> {
        Ok(self.begin("[", "]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Members<'w, 't>, Error> {
        self.begin_variant(name, "[", "]}")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'w, 't>, Error> {
        Ok(self.begin("{", "}"))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Members<'w, 't>, Error> {
        if name == RAW {
            self.raw = true;
            return Ok(self.begin("", ""));
        }
        Ok(self.begin("{", "}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Members<'w, 't>, Error> {
        self.begin_variant(name, "{", "}}")
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Error> {
        self.text.push('"');
        write!(Escaped(self.text), "{value}").map_err(Error::custom)?;
        self.text.push('"');
        Ok(())
    }
}

/// What is displayed into it is added to the text between two quotes.
struct Escaped<'t>(&'t mut String);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(text, self.0).map_err(|_| fmt::Error)
    }
}

macro_rules! lists {
    ($($of:ident $method:ident),+) => {
        $(impl ser::$of for Members<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.item(value)
            }

            fn end(self) -> Result<(), Error> {
                self.close()
            }
        })+
    };
}

lists!(
    SerializeSeq serialize_element, SerializeTuple serialize_element, SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

macro_rules! objects {
    ($($of:ident),+) => {
        $(impl ser::$of for Members<'_, '_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
                self.member(name, value)
            }

            fn end(self) -> Result<(), Error> {
                self.close()
            }
        })+
    };
}

objects!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Members<'_, '_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.comma();
        let at = self.writer.text.len();
        key.serialize(&mut *self.writer)?;
        match self.writer.text.as_bytes().get(at) {
            Some(b'"') => Ok(()),
            Some(b'-' | b'0'..=b'9' | b't' | b'f') => {
                self.writer.text.insert(at, '"');
                self.writer.text.push('"');
                Ok(())
            }
            _ => Err(Error::custom("key must be a string")),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.writer.text.push(':');
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[derive(Serialize)]
    enum Variant {
        Unit,
        Newtype(u8),
        Tuple(i8, f64),
        Struct { a: Option<bool>, b: char },
    }

    #[derive(Serialize)]
    struct Unit;

    #[derive(Serialize)]
    struct Whole<'a> {
        variants: Vec<Variant>,
        unit: (Unit, (), Option<u8>),
        raw: Box<RawValue>,
        more: BTreeMap<i32, &'a str>,
        flags: BTreeMap<bool, [u64; 2]>,
        #[serde(rename = "a \"name\"")]
        named: serde_json::Map<String, Value>,
        floats: [f64; 4],
        bytes: &'a [u8],
        at: jiff::Timestamp,
    }

    fn assert_same<T: Serialize + ?Sized>(value: &T) {
        assert_eq!(
            to_string(value).unwrap(),
            serde_json::to_string(value).unwrap()
        );
    }

    #[test]
    fn every_kind_of_value_is_written_as_serde_json_writes_it() {
        let named = serde_json::from_str(r#"{"\u0000\"": {"x": [[], {}, null, -1.5e300, "\n"]}}"#);
        assert_same(&Whole {
            variants: vec![
                Variant::Unit,
                Variant::Newtype(255),
                Variant::Tuple(-1, 0.1),
                Variant::Struct {
                    a: Some(true),
                    b: '"',
                },
            ],
            unit: (Unit, (), None),
            raw: RawValue::from_string("[1.50, {\"a\" : \"b\"}]".to_owned()).unwrap(),
            more: [(-7, "+1"), (8, "\u{e9}\u{1f4de}\\")].into(),
            flags: [(true, [0, u64::MAX])].into(),
            named: named.unwrap(),
            floats: [0.0, -122.4194, 1e21, f64::NAN],
            bytes: b"ab",
            at: jiff::Timestamp::UNIX_EPOCH,
        });
    }

    #[test]
    fn part_of_a_value_has_no_members_that_say_nothing() {
        const PART: Part = Part::Thin(&[
            ("a", Part::THIN),
            ("b", Part::Gone),
            ("c", Part::Whole),
            ("d", Part::THIN),
        ]);
        let whole = r#"{"a": [{"x": null}, {"x": 1}, []], "b": 1, "c": {}, "d": {"x": false}, "e": {}, "f": {"x": null}}"#;
        let whole: &RawValue = serde_json::from_str(whole).unwrap();
        let thinned = PART.thinned(whole).unwrap();
        assert_eq!(thinned, r#"{"a":[{},{"x":1},[]],"c":{},"f":{"x": null}}"#);
    }

    #[test]
    fn key_that_is_no_text_is_an_error() {
        assert!(to_string(&BTreeMap::from([((1, 2), 3)])).is_err());
    }

    proptest! {
        #[test]
        fn every_text_is_escaped_as_serde_json_does(text in "[\\x00-\\x22 a-z\\\\\u{7f}-\u{10ffff}]{0,40}") {
            assert_same(&text);
            let displayed = to_string(&format_args!("{text}")).unwrap();
            prop_assert_eq!(displayed, serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn one_byte_to_escape_is_found_anywhere(length in 1usize..40, at in 0usize..40, byte in 0u8..128) {
            let mut bytes = vec![b'a'; length];
            bytes[at % length] = byte;
            let special = byte < 0x20 || byte == b'"' || byte == b'\\';
            prop_assert_eq!(is_plain(&bytes), !special);
        }
    }
}
