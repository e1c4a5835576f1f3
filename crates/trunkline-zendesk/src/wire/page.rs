//! Envelopes: a page of any list, and a single number with what is loaded beside it.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Flag, Links, PhoneNumber, Text};

/// The names of the collection, by resource.
const COLLECTIONS: [&str; 2] = ["phone_numbers", "lines"];

/// A page. The name of the collection depends on the resource, and a null is an empty one. Where Zendesk pages by
/// cursor, which it does not say of Talk, the link to the next page stands in `links`, and `meta` says whether it leads
/// anywhere.
#[derive(Debug)]
pub(crate) struct Page<'a, T> {
    pub(crate) next_page: Text<'a>,
    pub(crate) count: Text<'a>,
    pub(crate) rows: Vec<T>,
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Page<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PageReader(PhantomData))
    }
}

struct PageReader<'a, T>(PhantomData<Page<'a, T>>);

impl<'de: 'a, 'a, T: Deserialize<'de>> Visitor<'de> for PageReader<'a, T> {
    type Value = Page<'a, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut next_page, mut count) = (Text::default(), Text::default());
        let (mut links, mut meta) = (Links::default(), Meta::default());
        let mut rows: Option<Vec<T>> = None;
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match key.get() {
                Some("next_page") => next_page = map.next_value()?,
                Some("count") => count = map.next_value()?,
                Some("links") => links = object(map.next_value()?),
                Some("meta") => meta = object(map.next_value()?),
                Some(name) if COLLECTIONS.contains(&name) => {
                    let found: Option<Vec<T>> = map.next_value()?;
                    rows = Some(found.unwrap_or_default());
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let rows = rows.ok_or_else(|| A::Error::missing_field(COLLECTIONS[0]))?;
        if next_page.is_unset() && meta.has_more.0 != Some(false) {
            next_page = links.next;
        }
        Ok(Page {
            next_page,
            count,
            rows,
        })
    }
}

/// What is said of a page that is told apart by a cursor.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Meta {
    has_more: Flag,
}

/// An object; one of another type says nothing.
fn object<'de, T: Deserialize<'de> + Default>(raw: &'de RawValue) -> T {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

/// A single number, and the collections that `include` loads beside it, as they came.
#[derive(Debug)]
pub(crate) struct Single<'a> {
    pub(crate) phone_number: PhoneNumber<'a>,
    pub(crate) included: BTreeMap<String, &'a RawValue>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Single<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SingleReader<'a>(PhantomData<Single<'a>>);

        impl<'de: 'a, 'a> Visitor<'de> for SingleReader<'a> {
            type Value = Single<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a phone_number")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut phone_number = None;
                let mut included = BTreeMap::new();
                while let Some(key) = map.next_key::<String>()? {
                    if key == "phone_number" {
                        phone_number = Some(map.next_value()?);
                    } else if let Some(beside) = map.next_value()? {
                        included.insert(key, beside);
                    }
                }
                let missing = || A::Error::missing_field("phone_number");
                Ok(Single {
                    phone_number: phone_number.ok_or_else(missing)?,
                    included,
                })
            }
        }

        deserializer.deserialize_map(SingleReader(PhantomData))
    }
}
