//! Lists, page by page.

use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess};
use serde_json::value::RawValue;
use tracing::warn;
use trunkline_core::{Error, ErrorKind, Operation, Page, PageTrail, Result};

use crate::document;
use crate::request::ApiRequest;
use crate::response::Response;
use crate::wire::document::{Document, read_document};
use crate::wire::scalar::{Flag, Text};

/// How a carrier writes a page of a list.
pub trait Listing {
    /// Names of the collection; a page has one of them. The first is named in the error if there is none.
    const ROWS: &'static [&'static str];
    /// Member with the link to the next page. Without it, the link is `next` in the member `links`, unless `meta` says that
    /// there is no more (`has_more`).
    const NEXT: &'static str = "";
    /// Member with the number of rows on all pages.
    const TOTAL: &'static str = "";
    /// Whether null stands for an empty collection; otherwise it is an error.
    const NULL_IS_EMPTY: bool = true;
    /// Whether the collection may be missing or null, which is an empty one; otherwise that is an error.
    const OPTIONAL: bool = false;
}

/// The rows of a page.
#[derive(Debug)]
pub struct Rows<T> {
    /// Rows that could be read.
    pub rows: Vec<T>,
    /// Link to the next page.
    pub next: Option<String>,
    /// Number of rows on all pages, as the carrier counts them.
    pub total: Option<u64>,
    /// Number of rows that could not be read or converted.
    pub unreadable: usize,
}

impl Response {
    /// Reads a page at once or, if one row prevents that, row by row.
    ///
    /// # Errors
    /// Those of [`Response::json`], if there is no collection.
    pub fn rows<'a, L: Listing, T: Deserialize<'a>>(&'a self) -> Result<Rows<T>> {
        let error = match self.json::<Sheet<'a, L, T>>() {
            Ok(page) => return Ok(page.into_rows()),
            Err(error) => error,
        };
        let page: Sheet<'a, L, &'a RawValue> = self.json().map_err(|_| error)?;
        let page = page.into_rows();
        let page = page.keep(|row| serde_json::from_str(row.get()).ok());
        let unreadable = page.unreadable;
        warn!(
            unreadable,
            "left out rows of the carrier's list that can't be read"
        );
        Ok(page)
    }
}

impl<T> Rows<T> {
    /// Reads a page that stands alone, without the answer it came in.
    ///
    /// # Errors
    /// Those of JSON, also if one row can't be read.
    pub fn from_json<'a, L: Listing>(body: &'a str) -> serde_json::Result<Self>
    where
        T: Deserialize<'a>,
    {
        serde_json::from_str::<Sheet<'a, L, T>>(body).map(Sheet::into_rows)
    }

    /// Converts the rows. One that can't be converted is left out, logged and counted as unreadable.
    #[must_use]
    pub fn convert<U>(self, convert: impl Fn(T) -> Result<U>) -> Rows<U> {
        self.keep(|row| {
            convert(row)
                .inspect_err(|error| warn!(%error, "left out a row of the carrier's list"))
                .ok()
        })
    }

    fn keep<U>(self, keep: impl Fn(T) -> Option<U>) -> Rows<U> {
        let all = self.rows.len();
        let mut rows = Vec::with_capacity(all);
        rows.extend(self.rows.into_iter().filter_map(keep));
        Rows {
            unreadable: self.unreadable + all - rows.len(),
            rows,
            next: self.next,
            total: self.total,
        }
    }

    /// The page with those of the rows that fit. Its cursor is the link to the next page of this collection (a path).
    ///
    /// # Errors
    /// `Protocol` if the link leads elsewhere.
    pub fn into_page(self, collection: &str, fits: impl Fn(&T) -> bool) -> Result<Page<T>> {
        if let Some(link) = &self.next {
            linked(Operation::List, collection, link)?;
        }
        Ok(Page {
            unreadable: self.unreadable,
            next: self.next,
            ..Page::last(self.rows.into_iter().filter(fits).collect())
        })
    }
}

/// A list that is read page by page, to its end or until what is wanted has been found.
#[derive(Debug)]
pub struct Pages {
    operation: Operation,
    collection: String,
    request: Option<ApiRequest>,
    trail: PageTrail,
}

impl Pages {
    /// The list with this first page.
    #[must_use]
    pub fn of(first: ApiRequest) -> Self {
        Self {
            operation: first.operation,
            collection: first.path.clone(),
            request: Some(first),
            trail: PageTrail::default(),
        }
    }

    /// Takes the request for the next page; `None` after the last.
    pub fn request(&mut self) -> Option<ApiRequest> {
        self.request.take()
    }

    /// Notes the ids on a page and its link to the next one.
    ///
    /// # Errors
    /// `Protocol` if the list has no end or the link leads to another one.
    pub fn note<'a>(
        &mut self,
        ids: impl IntoIterator<Item = &'a str>,
        next: Option<&str>,
    ) -> Result<()> {
        self.trail.note(ids, next)?;
        let request = next.map(|link| linked(self.operation, &self.collection, link));
        self.request = request.transpose()?;
        Ok(())
    }
}

fn linked(operation: Operation, collection: &str, link: &str) -> Result<ApiRequest> {
    ApiRequest::linked(operation, collection, link).ok_or_else(|| {
        let message = "the carrier's link to the next page leads out of the list";
        Error::new(ErrorKind::Protocol, message)
    })
}

document! {
    /// The members `links` and `meta` of a page.
    Links {
        next,
        has_more: Flag,
    }
}

/// A page as it is written.
struct Sheet<'a, L, T> {
    rows: Option<Vec<T>>,
    next: Text<'a>,
    links: Links<'a>,
    meta: Links<'a>,
    total: Text<'a>,
    listing: PhantomData<L>,
}

impl<L: Listing, T> Sheet<'_, L, T> {
    fn into_rows(self) -> Rows<T> {
        let linked = self.links.next;
        let next = if self.next.is_unset() && self.meta.has_more.0 != Some(false) {
            linked
        } else {
            self.next
        };
        Rows {
            rows: self.rows.unwrap_or_default(),
            next: next.into_string(),
            total: self.total.get().and_then(|total| total.parse().ok()),
            unreadable: 0,
        }
    }
}

impl<'de: 'a, 'a, L: Listing, T: Deserialize<'de>> Document<'de> for Sheet<'a, L, T> {
    fn member<A: MapAccess<'de>>(&mut self, name: Text<'de>, map: &mut A) -> Result<(), A::Error> {
        match name.get() {
            Some(name) if L::ROWS.contains(&name) => {
                let more: Option<Vec<T>> = map.next_value()?;
                match &mut self.rows {
                    Some(rows) => rows.extend(more.unwrap_or_default()),
                    None => self.rows = more.or_else(|| L::NULL_IS_EMPTY.then(Vec::new)),
                }
            }
            Some(name) if name == L::NEXT => self.next = map.next_value()?,
            Some(name) if name == L::TOTAL => self.total = map.next_value()?,
            Some("links") => self.links = object(map.next_value()?),
            Some("meta") => self.meta = object(map.next_value()?),
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Reads an object; one of another type has no members.
fn object<'de, T: Deserialize<'de> + Default>(raw: &'de RawValue) -> T {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

impl<'de: 'a, 'a, L: Listing, T: Deserialize<'de>> Deserialize<'de> for Sheet<'a, L, T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let empty = Self {
            rows: None,
            next: Text::default(),
            links: Links::default(),
            meta: Links::default(),
            total: Text::default(),
            listing: PhantomData,
        };
        let page = read_document(empty, from)?;
        if page.rows.is_none() && !L::OPTIONAL {
            return Err(D::Error::missing_field(L::ROWS[0]));
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::tests::answer;

    document! {
        /// A row.
        Row {
            id,
        }
    }

    struct Named;

    impl Listing for Named {
        const ROWS: &'static [&'static str] = &["numbers", "lines"];
        const NEXT: &'static str = "next_page";
        const TOTAL: &'static str = "count";
    }

    struct Strict;

    impl Listing for Strict {
        const ROWS: &'static [&'static str] = &["data"];
        const NULL_IS_EMPTY: bool = false;
    }

    struct Optional;

    impl Listing for Optional {
        const ROWS: &'static [&'static str] = &["data"];
        const OPTIONAL: bool = true;
    }

    fn read<L: Listing>(body: &str) -> Result<Rows<String>> {
        let answer = answer(body);
        let rows = answer.rows::<L, Row<'_>>()?;
        Ok(rows.convert(|row| {
            let lacks = || Error::new(ErrorKind::Protocol, "no id");
            row.id.into_string().ok_or_else(lacks)
        }))
    }

    fn count<L: Listing>(body: &str) -> Option<usize> {
        read::<L>(body).ok().map(|page| page.rows.len())
    }

    fn next<L: Listing>(rest: &str) -> Option<String> {
        let name = L::ROWS[0];
        read::<L>(&format!(r#"{{"{name}": [], {rest}}}"#))
            .unwrap()
            .next
    }

    #[test]
    fn collection_has_one_of_its_names() {
        assert_eq!(count::<Named>(r#"{"numbers": [{"id": 1}]}"#), Some(1));
        assert_eq!(
            count::<Named>(r#"{"lines": [{"id": 1}], "count": 1}"#),
            Some(1)
        );
        assert_eq!(
            count::<Strict>(r#"{"links": null, "data": [{"id": 1}]}"#),
            Some(1)
        );
    }

    #[test]
    fn null_is_an_empty_collection_only_where_the_carrier_writes_it() {
        assert_eq!(count::<Named>(r#"{"numbers": null}"#), Some(0));
        assert_eq!(count::<Optional>(r#"{"data": null}"#), Some(0));
        assert_eq!(count::<Strict>(r#"{"data": null}"#), None);
        assert_eq!(count::<Strict>(r#"{"links": [], "data": []}"#), Some(0));
    }

    #[test]
    fn page_without_its_collection_is_an_error_unless_that_is_optional() {
        assert_eq!(count::<Optional>("{}"), Some(0));
        let error = read::<Named>(r#"{"count": 0}"#).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert!(
            error.message().ends_with("missing field `numbers`"),
            "{error}"
        );
        assert_eq!(count::<Strict>("[]"), None);
    }

    #[test]
    fn unreadable_rows_are_counted_and_the_others_are_read() {
        let page =
            read::<Named>(r#"{"numbers": [{"id": 1}, 7, {"id": null}, {"id": 2}], "count": 4}"#);
        let page = page.unwrap();
        assert_eq!(
            (page.rows, page.unreadable),
            (vec!["1".to_owned(), "2".to_owned()], 2)
        );
        assert_eq!(page.total, Some(4));
    }

    #[test]
    fn next_page_is_named_by_a_member_or_by_the_links() {
        assert_eq!(next::<Named>(r#""next_page": "/a""#).as_deref(), Some("/a"));
        assert_eq!(
            next::<Named>(r#""next_page": null, "meta": [], "links": null"#),
            None
        );
        let both = r#""next_page": "/c", "links": {"next": "/b"}"#;
        assert_eq!(next::<Named>(both).as_deref(), Some("/c"));
        let links = r#""links": {"self": "/a", "next": "/b", "prev": null}"#;
        assert_eq!(next::<Strict>(links).as_deref(), Some("/b"));
        assert_eq!(next::<Strict>(r#""links": {}"#), None);
        assert_eq!(next::<Strict>(r#""": "/a""#), None);
    }

    #[test]
    fn next_link_is_ignored_after_the_last_page() {
        let more = r#""meta": {"has_more": true, "after_cursor": "x"}, "links": {"next": "/b"}"#;
        assert_eq!(next::<Named>(more).as_deref(), Some("/b"));
        let last = r#""meta": {"has_more": false}, "links": {"prev": "/a", "next": "/b"}"#;
        assert_eq!(next::<Named>(last), None);
    }

    #[test]
    fn link_out_of_the_list_is_an_error() {
        let page = |link: &str| Rows {
            rows: vec![1, 2],
            next: Some(link.to_owned()),
            total: None,
            unreadable: 1,
        };
        let fit = page("/v1/numbers?page=2").into_page("v1/numbers", |row| *row > 1);
        let fit = fit.unwrap();
        assert_eq!((fit.items, fit.unreadable), (vec![2], 1));
        assert_eq!(fit.next.as_deref(), Some("/v1/numbers?page=2"));
        let other = page("/v1/keys?page=2").into_page("v1/numbers", |_| true);
        assert_eq!(other.unwrap_err().kind(), ErrorKind::Protocol);
    }

    #[test]
    fn pages_are_asked_for_one_after_the_other() {
        let mut pages = Pages::of(ApiRequest::get(Operation::List, "v1/numbers"));
        assert_eq!(pages.request().unwrap().path, "v1/numbers");
        pages.note(["1"], Some("/v1/numbers?page=2")).unwrap();
        assert_eq!(pages.request().unwrap().query[0].1, "2");
        assert!(pages.note(["2"], Some("/v1/keys?page=3")).is_err());
        pages.note(["3"], None).unwrap();
        assert_eq!(pages.request(), None);
    }
}
