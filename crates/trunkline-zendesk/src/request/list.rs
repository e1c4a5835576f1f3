//! Lists, and where their pages start.

use serde::Deserialize;
use trunkline_core::{Error, ListQuery, Operation, Result};
use trunkline_http::ApiRequest;
use url::form_urlencoded;

use super::path::path;

/// Up to 100 rows per page (upstream limit of lists in general; Talk's pages do not say).
pub(crate) const PAGE_SIZE_MAX: usize = 100;

/// A list of Zendesk's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum View {
    /// The numbers bought, and the external ones.
    #[default]
    PhoneNumbers,
    /// These and the digital lines, which have no number.
    Lines,
}

impl View {
    const fn resource(self) -> &'static str {
        match self {
            Self::PhoneNumbers => "phone_numbers",
            Self::Lines => "lines",
        }
    }
}

/// The options of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ListOptions {
    minimal_mode: Option<bool>,
    view: Option<View>,
}

/// Where a page starts: what its link asks for, and how many of its rows were given already. Talk documents no page
/// size, so a page may hold more than was asked for and is then given in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    view: View,
    query: Vec<(String, String)>,
    skip: usize,
    /// How many rows Zendesk said there are in all, with the page before.
    pub(crate) count: Option<u64>,
    /// How many rows came before it, where that is known.
    pub(crate) seen: Option<u64>,
}

impl Place {
    /// The place that a query stands for: its cursor, or the start of the list. Errors: `InvalidRequest` for an unknown
    /// option, and for a cursor of another list.
    pub(crate) fn of(query: &ListQuery) -> Result<Self> {
        let options: ListOptions = query.provider_options.read()?;
        let view = options.view.unwrap_or_default();
        let mut place = Self::at(view, query.limit, query.cursor.as_deref())?;
        let minimal = |(name, _): &(String, String)| name == "minimal_mode";
        if let (Some(wanted), false) = (options.minimal_mode, place.query.iter().any(minimal)) {
            let pair = ("minimal_mode".to_owned(), wanted.to_string());
            place.query.push(pair);
        }
        Ok(place)
    }

    /// A place in a list by a cursor, or its start, in pages of so many rows; 0 for Zendesk's own size. Errors:
    /// `InvalidRequest` for a cursor of another list.
    pub(crate) fn at(view: View, limit: usize, cursor: Option<&str>) -> Result<Self> {
        if let Some(cursor) = cursor {
            return Self::open(view, cursor)
                .ok_or_else(|| Error::invalid("cursor", "not a cursor of this list"));
        }
        let size = limit.min(PAGE_SIZE_MAX);
        let query = (size > 0).then(|| ("per_page".to_owned(), size.to_string()));
        Ok(Self {
            view,
            query: query.into_iter().collect(),
            skip: 0,
            count: None,
            seen: Some(0),
        })
    }

    fn open(view: View, cursor: &str) -> Option<Self> {
        let rest = cursor.strip_prefix(view.resource())?.strip_prefix('?')?;
        let (rest, count, seen) = match rest.split_once('~') {
            Some((rest, said)) => match said.split_once('.') {
                Some((count, seen)) => (rest, Some(count.parse().ok()?), Some(seen.parse().ok()?)),
                None => (rest, Some(said.parse().ok()?), None),
            },
            None => (rest, None, None),
        };
        let (query, skip) = match rest.split_once('#') {
            Some((query, skip)) => (query, skip.parse().ok()?),
            None => (rest, 0),
        };
        Some(Self {
            view,
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            skip,
            count,
            seen,
        })
    }

    /// The request for its page.
    pub(crate) fn request(&self, operation: Operation) -> ApiRequest {
        let request = ApiRequest::get(operation, path(self.view.resource()));
        let pairs = self.query.iter().cloned();
        pairs.fold(request, |request, (name, value)| request.query(name, value))
    }

    /// How many rows of its page were given already.
    pub(crate) const fn skip(&self) -> usize {
        self.skip
    }

    /// The place after so many more rows of the same page.
    pub(crate) fn after(&self, rows: usize) -> Self {
        Self {
            skip: self.skip.saturating_add(rows),
            ..self.clone()
        }
    }

    /// The same place, with how many rows Zendesk said there are, and how many came before it.
    pub(crate) fn counting(self, count: Option<u64>, seen: Option<u64>) -> Self {
        Self {
            count,
            seen,
            ..self
        }
    }

    /// The place that a link leads to; `None` if that is no page of this list.
    pub(crate) fn linked(&self, link: &str) -> Option<Self> {
        let request = ApiRequest::linked(Operation::List, &path(self.view.resource()), link)?;
        let query = request.query.into_iter();
        Some(Self {
            view: self.view,
            query: query
                .map(|(name, value)| (name.into_owned(), value))
                .collect(),
            skip: 0,
            count: None,
            seen: None,
        })
    }

    /// What [`Place::at`] reads again.
    pub(crate) fn cursor(&self) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.query)
            .finish();
        let skip = if self.skip > 0 {
            format!("#{}", self.skip)
        } else {
            String::new()
        };
        let count = self.count.map(|count| match self.seen {
            Some(seen) => format!("~{count}.{seen}"),
            None => format!("~{count}"),
        });
        format!(
            "{}?{query}{skip}{}",
            self.view.resource(),
            count.unwrap_or_default()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(json: &str) -> ListQuery {
        serde_json::from_str(json).unwrap()
    }

    fn at(cursor: &str) -> Result<Place> {
        Place::at(View::PhoneNumbers, 2, Some(cursor))
    }

    fn link(path: &str) -> String {
        format!("https://elsewhere.test{path}?page=2")
    }

    #[test]
    fn page_size_is_at_most_a_hundred() {
        let asked = |limit| {
            let place = Place::at(View::PhoneNumbers, limit, None).unwrap();
            place.request(Operation::List).query
        };
        assert_eq!(asked(0), []);
        assert_eq!(asked(7), [("per_page".into(), "7".to_owned())]);
        assert_eq!(asked(5000), [("per_page".into(), "100".to_owned())]);
    }

    #[test]
    fn options_choose_the_list_and_how_much_it_shows() {
        let place = Place::of(&query(
            r#"{"provider_options": {"view": "lines", "minimal_mode": "true"}}"#,
        ))
        .unwrap();
        let request = place.request(Operation::List);
        assert_eq!(request.path, "api/v2/channels/voice/lines");
        assert_eq!(request.query, [("minimal_mode".into(), "true".to_owned())]);
        for bad in [
            r#"{"view": "digital"}"#,
            r#"{"minimal": "true"}"#,
            r#"{"minimal_mode": "yes"}"#,
        ] {
            let bad = query(&format!(r#"{{"provider_options": {bad}}}"#));
            let error = Place::of(&bad).unwrap_err();
            assert!(error.fields()[0].field.starts_with("provider_options."));
        }
    }

    #[test]
    fn option_is_kept_on_pages_whose_link_lacks_it() {
        let mut minimal = query(r#"{"provider_options": {"minimal_mode": "true"}}"#);
        minimal.cursor = Some("phone_numbers?page=2".to_owned());
        let names = |query: &ListQuery| {
            let pairs = Place::of(query).unwrap().request(Operation::List).query;
            pairs
                .into_iter()
                .map(|(name, _)| name.into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&minimal), ["page", "minimal_mode"]);
        minimal.cursor = Some("phone_numbers?minimal_mode=true&page=2".to_owned());
        assert_eq!(names(&minimal), ["minimal_mode", "page"]);
    }

    #[test]
    fn cursor_is_read_as_it_was_written() {
        let start = Place::at(View::PhoneNumbers, 2, None).unwrap();
        let next = start
            .linked(&link("/api/v2/channels/voice/phone_numbers.json"))
            .unwrap();
        let counted = Place {
            count: Some(57),
            ..next.after(4)
        };
        for place in [
            start.clone(),
            start.after(2),
            next.clone(),
            next.after(4),
            counted,
        ] {
            // What came before is of use only beside how many rows there are.
            let seen = place.count.and(place.seen);
            let written = at(&place.cursor()).unwrap();
            assert_eq!(written, Place { seen, ..place });
        }
        assert_eq!(
            start.after(2).after(2).cursor(),
            "phone_numbers?per_page=2#4"
        );
    }

    #[test]
    fn cursor_of_another_list_is_rejected() {
        for cursor in [
            "",
            "phone_numbers",
            "lines?page=2",
            "phone_numbers?page=2#x",
            "phone_numbers?page=2~x",
            "phone_numbers/7?x=1",
        ] {
            assert_eq!(
                at(cursor).unwrap_err().fields()[0].field,
                "cursor",
                "{cursor}"
            );
        }
    }

    #[test]
    fn link_to_another_list_is_rejected() {
        let start = Place::at(View::PhoneNumbers, 0, None).unwrap();
        assert!(
            start
                .linked(&link("/prefix/api/v2/channels/voice/phone_numbers"))
                .is_some()
        );
        for path in [
            "/api/v2/channels/voice/lines",
            "/api/v2/channels/voice/phone_numbers/search",
            "/api/v2/users",
        ] {
            assert_eq!(start.linked(&link(path)), None, "{path}");
        }
    }
}
