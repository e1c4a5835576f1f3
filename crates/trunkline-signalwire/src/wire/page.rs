//! A page of any list.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Text;

/// A page. `links` may be missing, null or empty; `next` in it is absent on the last page.
#[derive(Debug)]
pub(crate) struct Page<'a, T> {
    pub(crate) next: Text<'a>,
    /// The collection, if there is one. A search may leave it out.
    pub(crate) rows: Option<Vec<T>>,
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
        let (mut next, mut rows) = (Text::default(), None);
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match key.get() {
                Some("links") => {
                    let raw: &'de RawValue = map.next_value()?;
                    // Links that are no object are none.
                    let links: super::Links<'de> =
                        serde_json::from_str(raw.get()).unwrap_or_default();
                    next = links.next;
                }
                // The compatible API calls its collections otherwise.
                Some("data" | "available_phone_numbers" | "incoming_phone_numbers") => {
                    rows = map.next_value()?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Page { next, rows })
    }
}
