//! Looking into the directory.

use serde::{Deserialize, Serialize};
use trunkline_core::{CallerIdQuery, E164, Error, ListQuery, Operation, Result};
use trunkline_http::wire::Offset;
use trunkline_http::{ApiRequest, options};

use super::path::{NUMBERS, is_number, nowhere};

/// Largest page that is asked for; Wazo itself has no limit.
pub(crate) const PAGE_SIZE_MAX: usize = 1_000;

/// Part of a list: a request for it, and its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slice {
    /// Without its place.
    request: ApiRequest,
    pub(crate) offset: Offset,
    pub(crate) limit: usize,
}

impl Slice {
    fn new(request: ApiRequest, limit: usize, cursor: Option<&str>) -> Result<Self> {
        let wrong = || Error::invalid("cursor", "not a cursor of this account");
        let read = |cursor| Offset::parse(cursor).ok_or_else(wrong);
        Ok(Self {
            request,
            offset: cursor.map_or(Ok(Offset::default()), read)?,
            limit: match limit {
                0 => PAGE_SIZE_MAX,
                limit => limit.min(PAGE_SIZE_MAX),
            },
        })
    }

    /// From the start, as much at once as there may be.
    fn whole(request: ApiRequest) -> Self {
        Self {
            request: request.query("order", "number"),
            offset: Offset::default(),
            limit: PAGE_SIZE_MAX,
        }
    }

    pub(crate) fn request(&self) -> ApiRequest {
        let start = self.offset.start();
        self.request
            .clone()
            .query("limit", (self.limit + self.offset.known()).to_string())
            .query_opt("offset", (start > 0).then(|| start.to_string()))
    }

    /// Another part of the list.
    pub(crate) fn at(&self, offset: Offset) -> Self {
        Self {
            offset,
            ..self.clone()
        }
    }

    pub(crate) fn operation(&self) -> Operation {
        self.request.operation
    }
}

options! {
    /// The filters of Wazo's that have no unified name.
    pub(crate) struct ListOptions {
        caller_id_name: Option<String>,
        direction: Option<Direction>,
        offset: Option<u64>,
        order: Option<Column>,
        recurse: Option<bool>,
        search: Option<String>,
        shared: Option<bool>,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Column {
    Number,
    CallerIdName,
    Shared,
    Main,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Direction {
    Asc,
    Desc,
}

/// A page of the directory. Wazo searches for digits in names as well: compare what comes back. Errors:
/// `InvalidRequest` naming `contains`, `cursor` or `provider_options`.
pub(crate) fn list(query: &ListQuery) -> Result<Slice> {
    let mut options: ListOptions = query.provider_options.read()?;
    if let Some(digits) = &query.contains
        && !(digits == "+" || is_number(digits))
    {
        return Err(Error::invalid("contains", "digits, perhaps after a plus"));
    }
    options.search = options.search.or_else(|| query.contains.clone());
    options.order.get_or_insert(Column::Number);
    let offset = options.offset.take();
    let request = ApiRequest::get(Operation::List, NUMBERS)
        .query_opt("number", query.number.clone())
        .query_opt("main", query.main.map(|main| main.to_string()))
        .query_of(&options)?;
    let slice = Slice::new(request, query.limit, query.cursor.as_deref())?;
    Ok(match (offset, &query.cursor) {
        (Some(rows), None) => slice.at(Offset::after(rows, None)),
        _ => slice,
    })
}

/// The entries of exactly this number.
pub(crate) fn of_number(operation: Operation, number: &str) -> Slice {
    Slice::whole(ApiRequest::get(operation, NUMBERS).query("number", number))
}

/// The entries that may lie between two numbers: all that contain what both begin with.
pub(crate) fn within(operation: Operation, first: &E164, last: &E164) -> Slice {
    let pairs = first.as_str().chars().zip(last.as_str().chars());
    let common = pairs.take_while(|(a, b)| a == b).count();
    let prefix = first.as_str().get(..common).unwrap_or_default();
    Slice::whole(ApiRequest::get(operation, NUMBERS).query("search", prefix))
}

/// A page of what everybody in the tenant may show. Errors: `InvalidRequest` naming `cursor`, or `Unsupported` naming
/// `location`.
pub(crate) fn caller_ids(query: &CallerIdQuery) -> Result<Slice> {
    let operation = Operation::ListCallerIds;
    nowhere(query.location.as_deref())?;
    let request = ApiRequest::get(operation, NUMBERS)
        .query_opt("number", query.number.clone())
        .query_opt("caller_id_name", query.label.clone())
        .query("shared", "true")
        .query("order", "number");
    Slice::new(request, query.limit, query.cursor.as_deref())
}

/// All that one user may show, by the user's number or UUID. It comes in one piece, unfiltered. Errors:
/// `InvalidRequest` naming `owner` or `cursor`, or `Unsupported` naming `location`.
pub(crate) fn of_user(query: &CallerIdQuery, user: &str) -> Result<ApiRequest> {
    let operation = Operation::ListCallerIds;
    nowhere(query.location.as_deref())?;
    if query.cursor.is_some() {
        let why = "a user's caller IDs come on one page";
        return Err(Error::invalid("cursor", why));
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    if user.is_empty() || !user.bytes().all(plain) {
        return Err(Error::invalid("owner", "the number or UUID of a user"));
    }
    let path = format!("api/confd/1.1/users/{user}/callerids/outgoing");
    Ok(ApiRequest::get(operation, path))
}

#[cfg(test)]
mod tests {
    use trunkline_core::QueryOptions;

    use super::*;

    fn query(slice: &Slice) -> Vec<(String, String)> {
        let request = slice.request();
        let pairs = request.query.into_iter();
        pairs
            .map(|(name, value)| (name.into_owned(), value))
            .collect()
    }

    fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
        let pairs = wanted.iter();
        pairs
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    }

    #[test]
    fn page_begins_at_its_offset() {
        let next = ListQuery {
            limit: 50,
            cursor: Some("100".to_owned()),
            ..ListQuery::default()
        };
        let wanted = pairs(&[("order", "number"), ("limit", "50"), ("offset", "100")]);
        assert_eq!(query(&list(&next).unwrap()), wanted);
    }

    #[test]
    fn the_last_known_row_is_read_once_more() {
        let next = ListQuery {
            limit: 50,
            cursor: Some("100~feed".to_owned()),
            ..ListQuery::default()
        };
        let wanted = pairs(&[("order", "number"), ("limit", "51"), ("offset", "99")]);
        assert_eq!(query(&list(&next).unwrap()), wanted);
        assert_eq!(list(&next).unwrap().offset.to_string(), "100~feed");
    }

    #[test]
    fn text_that_is_not_a_cursor_is_rejected() {
        let other = ListQuery {
            cursor: Some("+5".to_owned()),
            ..ListQuery::default()
        };
        assert_eq!(list(&other).unwrap_err().fields()[0].field, "cursor");
    }

    #[test]
    fn every_option_is_sent_by_its_own_name() {
        let options = [
            ("search", "north"),
            ("caller_id_name", "Northwind"),
            ("shared", "false"),
            ("recurse", "true"),
            ("order", "caller_id_name"),
            ("direction", "desc"),
            ("offset", "7"),
        ];
        let named = options.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let asked = ListQuery {
            provider_options: QueryOptions(named.into()),
            ..ListQuery::default()
        };
        let mut sent = query(&list(&asked).unwrap());
        let mut wanted = pairs(&options);
        wanted.push(("limit".to_owned(), "1000".to_owned()));
        sent.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(sent, wanted);
    }

    #[test]
    fn letters_in_a_number_are_rejected() {
        let letters = ListQuery {
            contains: Some("5\\".to_owned()),
            ..ListQuery::default()
        };
        assert_eq!(list(&letters).unwrap_err().fields()[0].field, "contains");
    }

    #[test]
    fn range_is_searched_by_the_common_prefix_of_its_ends() {
        let slice = |first: &str, last: &str| {
            let (first, last) = (first.parse().unwrap(), last.parse().unwrap());
            query(&within(Operation::RegisterRange, &first, &last))[0]
                .1
                .clone()
        };
        assert_eq!(slice("+14165550140", "+14165550144"), "+1416555014");
        assert_eq!(slice("+14165550140", "+14165550140"), "+14165550140");
        assert_eq!(slice("+14165550199", "+14165550200"), "+14165550");
    }

    #[test]
    fn a_user_is_one_segment_of_the_path() {
        let of = |user: &str| of_user(&CallerIdQuery::default(), user);
        assert_eq!(
            of("42").unwrap().path,
            "api/confd/1.1/users/42/callerids/outgoing"
        );
        for bad in ["", "../x", "a/b", "a b", "?"] {
            assert_eq!(of(bad).unwrap_err().fields()[0].field, "owner", "{bad}");
        }
    }
}
