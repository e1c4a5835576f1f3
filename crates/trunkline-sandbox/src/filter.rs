//! What a list or a search is narrowed down by.

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
