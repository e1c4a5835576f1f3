//! Looking into the directory.

use serde::Deserialize;
use trunkline_core::{CallerIdQuery, E164, Error, ListQuery, Operation, Result};
use trunkline_http::ApiRequest;

use super::{NUMBERS, is_number};
use crate::config::PAGE_SIZE_MAX;

/// Part of a list: a request for it, and where it lies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slice {
    /// Without its place.
    request: ApiRequest,
    /// Rows before it.
    pub(crate) offset: u64,
    /// The hash of the last of them: it is read once more, to notice rows that move.
    pub(crate) last: Option<u64>,
    pub(crate) limit: usize,
}

impl Slice {
    fn new(request: ApiRequest, limit: usize, cursor: Option<&str>) -> Result<Self> {
        let (offset, last) = cursor.map_or(Ok((0, None)), place)?;
        Ok(Self {
            request,
            offset,
            last,
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
            offset: 0,
            last: None,
            limit: PAGE_SIZE_MAX,
        }
    }

    pub(crate) fn request(&self) -> ApiRequest {
        let known = usize::from(self.last.is_some());
        let offset = self.offset.saturating_sub(known as u64);
        self.request
            .clone()
            .query("limit", (self.limit + known).to_string())
            .query_opt("offset", (offset > 0).then(|| offset.to_string()))
    }

    /// The part of the list after so many rows, the last of which has this hash.
    pub(crate) fn at(&self, offset: u64, last: Option<u64>) -> Self {
        Self {
            offset,
            last,
            ..self.clone()
        }
    }

    /// Its place, as [`place`] reads it.
    pub(crate) fn cursor(&self) -> String {
        let last = self.last.map(|last| format!("~{last:x}"));
        format!("{}{}", self.offset, last.unwrap_or_default())
    }

    pub(crate) fn operation(&self) -> Operation {
        self.request.operation
    }
}

/// A cursor is the number of rows before it, and the hash of the last of them.
fn place(cursor: &str) -> Result<(u64, Option<u64>)> {
    let read = || {
        let (rows, last) = match cursor.split_once('~') {
            Some((rows, last)) => (rows, Some(u64::from_str_radix(last, 16).ok()?)),
            None => (cursor, None),
        };
        let digits = rows.bytes().all(|b| b.is_ascii_digit());
        Some((rows.parse().ok().filter(|_| digits)?, last))
    };
    read().ok_or_else(|| Error::invalid("cursor", "not a cursor of this account"))
}

/// The filters of Wazo's that have no unified name.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    search: Option<String>,
    caller_id_name: Option<String>,
    shared: Option<bool>,
    recurse: Option<bool>,
    order: Option<Column>,
    direction: Option<Direction>,
    offset: Option<u64>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Column {
    Number,
    CallerIdName,
    Shared,
    Main,
}

impl Column {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::CallerIdName => "caller_id_name",
            Self::Shared => "shared",
            Self::Main => "main",
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Asc,
    Desc,
}

impl Direction {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Asc => "asc",
            Self::Desc => "desc",
        }
    }
}

/// A page of the directory. Digits are searched for as Wazo does, in names as well: compare what comes back.
///
/// # Errors
/// `InvalidRequest` naming `contains`, `cursor` or `provider_options`.
pub(crate) fn list(query: &ListQuery) -> Result<Slice> {
    let options: Options = query.provider_options.read()?;
    if let Some(digits) = &query.contains
        && !(digits == "+" || is_number(digits))
    {
        return Err(Error::invalid("contains", "digits, perhaps after a plus"));
    }
    let request = ApiRequest::get(Operation::List, NUMBERS)
        .query_opt("number", query.number.clone())
        .query_opt("search", options.search.or_else(|| query.contains.clone()))
        .query_opt("caller_id_name", options.caller_id_name)
        .query_opt("shared", options.shared.map(truth))
        .query_opt("main", query.main.map(truth))
        .query_opt("recurse", options.recurse.map(truth))
        .query("order", options.order.unwrap_or(Column::Number).as_str())
        .query_opt("direction", options.direction.map(Direction::as_str));
    let slice = Slice::new(request, query.limit, query.cursor.as_deref())?;
    Ok(match (options.offset, &query.cursor) {
        (Some(offset), None) => Slice { offset, ..slice },
        _ => slice,
    })
}

/// Whatever is held of exactly this number.
pub(crate) fn of_number(operation: Operation, number: &str) -> Slice {
    Slice::whole(ApiRequest::get(operation, NUMBERS).query("number", number))
}

/// Whatever may lie between two numbers: all that has in it how both begin.
pub(crate) fn within(operation: Operation, first: &E164, last: &E164) -> Slice {
    let pairs = first.as_str().chars().zip(last.as_str().chars());
    let common = pairs.take_while(|(a, b)| a == b).count();
    let prefix = first.as_str().get(..common).unwrap_or_default();
    Slice::whole(ApiRequest::get(operation, NUMBERS).query("search", prefix))
}

/// A page of what everybody in the tenant may show.
///
/// # Errors
/// `InvalidRequest` naming `cursor`, or `Unsupported` naming `location`.
pub(crate) fn caller_ids(query: &CallerIdQuery) -> Result<Slice> {
    let operation = Operation::ListCallerIds;
    super::nowhere(operation, query.location.as_deref())?;
    let request = ApiRequest::get(operation, NUMBERS)
        .query_opt("number", query.number.clone())
        .query_opt("caller_id_name", query.label.clone())
        .query("shared", "true")
        .query("order", "number");
    Slice::new(request, query.limit, query.cursor.as_deref())
}

/// All that one user may show, by the user's number or UUID. It comes in one piece, unfiltered.
///
/// # Errors
/// `InvalidRequest` naming `owner` or `cursor`, or `Unsupported` naming `location`.
pub(crate) fn of_user(query: &CallerIdQuery, user: &str) -> Result<ApiRequest> {
    let operation = Operation::ListCallerIds;
    super::nowhere(operation, query.location.as_deref())?;
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

fn truth(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
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
    fn pages_follow_one_another_by_their_offset() {
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
        assert_eq!(list(&next).unwrap().cursor(), "100~feed");
    }

    #[test]
    fn a_cursor_counts_rows_and_says_nothing_else() {
        for cursor in [
            "",
            "+5",
            "-1",
            "1.0",
            "5 ",
            "99999999999999999999",
            "٥",
            "5~",
            "5~x",
        ] {
            assert!(place(cursor).is_err(), "{cursor:?}");
        }
        assert_eq!(place("0"), Ok((0, None)));
        assert_eq!(place("100~feed"), Ok((100, Some(0xfeed))));
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
    fn letters_are_in_no_number() {
        let letters = ListQuery {
            contains: Some("5\\".to_owned()),
            ..ListQuery::default()
        };
        assert_eq!(list(&letters).unwrap_err().fields()[0].field, "contains");
    }

    #[test]
    fn a_range_is_looked_for_by_what_its_ends_begin_with() {
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
