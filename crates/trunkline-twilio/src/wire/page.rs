//! A page of any list.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::Text;

/// The names of the collection, by resource.
const COLLECTIONS: [&str; 5] = [
    "incoming_phone_numbers",
    "available_phone_numbers",
    "outgoing_caller_ids",
    "dependent_phone_numbers",
    "countries",
];

/// A page. The name of the collection depends on the resource, and a null is an empty one; a search
/// answer has none of the paging members.
#[derive(Debug)]
pub(crate) struct Page<'a, T> {
    pub(crate) next_page_uri: Text<'a>,
    pub(crate) rows: Vec<T>,
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Page<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader(PhantomData))
    }
}

struct Reader<'a, T>(PhantomData<Page<'a, T>>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for Reader<'a, T> {
    type Value = Page<'a, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut next_page_uri = Text::default();
        let mut rows: Option<Vec<T>> = None;
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match key.get() {
                Some("next_page_uri") => next_page_uri = map.next_value()?,
                Some(name) if COLLECTIONS.contains(&name) => {
                    let more: Option<Vec<T>> = map.next_value()?;
                    rows.get_or_insert_default()
                        .extend(more.unwrap_or_default());
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let rows = rows.ok_or_else(|| A::Error::missing_field(COLLECTIONS[0]))?;
        Ok(Page {
            next_page_uri,
            rows,
        })
    }
}
