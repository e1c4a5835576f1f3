//! Parameters of a query or a form, and what a list or a search is narrowed down by.

use std::str::FromStr;

use crate::exchange::Request;

/// Names and values in the order they came. Names are case-sensitive.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

/// A value that can't be read; each fake has its own words for that.
#[derive(Debug)]
pub(crate) struct Invalid {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Query {
    pub(crate) fn of(request: &Request) -> Self {
        Self::parse(request.query.as_bytes())
    }

    /// The form in a body, empty if the body is of another type.
    pub(crate) fn of_form(request: &Request) -> Self {
        if request.is_form() {
            Self::parse(&request.body)
        } else {
            Self::default()
        }
    }

    pub(crate) fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The first value of `name`, even an empty one.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs();
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The first value of `name` that is not empty.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        let mut pairs = self.pairs();
        let found = pairs.find(|(key, value)| *key == name && !value.is_empty());
        found.map(|(_, value)| value)
    }

    /// The parts of a comma-separated value, of every value of `name`.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let values = self.pairs().filter(|(key, _)| *key == name);
        values
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Invalid> {
        self.parsed(name)
    }

    /// A number that is not negative.
    pub(crate) fn whole(&self, name: &str) -> Result<Option<usize>, Invalid> {
        self.parsed(name)
    }

    fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, Invalid> {
        let parse = |text: &str| {
            text.parse().map_err(|_| Invalid {
                name: name.to_owned(),
                value: text.to_owned(),
            })
        };
        self.filled(name).map(parse).transpose()
    }

    /// A query with the pairs that `keep` lets through, followed by `more`.
    pub(crate) fn rewritten(&self, keep: impl Fn(&str) -> bool, more: &[(&str, String)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs().filter(|(name, _)| keep(name)));
        query.extend_pairs(more);
        query.finish()
    }
}

type Test<'p, R> = Box<dyn Fn(&R) -> bool + 'p>;

/// The filters that are asked for; a row must pass all of them.
pub(crate) struct Filters<'p, R>(Vec<Test<'p, R>>);

impl<R> Default for Filters<'_, R> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'p, R> Filters<'p, R> {
    /// Adds a filter if it is asked for.
    pub(crate) fn add<T: 'p>(&mut self, wanted: Option<T>, fits: impl Fn(&T, &R) -> bool + 'p) {
        if let Some(wanted) = wanted {
            self.0.push(Box::new(move |row| fits(&wanted, row)));
        }
    }

    pub(crate) fn let_through(&self, row: &R) -> bool {
        self.0.iter().all(|test| test(row))
    }
}
