//! The same search, each account's numbers the moment they arrive.

use futures_util::stream::{self, Stream};
use tokio::task::JoinSet;

use crate::prices::Until;
use crate::search::quote::quotes;
use crate::search::{Found, Search, SearchRequest, entries_of};
use crate::source::Source;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::model::Caller;
use trunkline_core::telemetry::trace;

/// What one account found, or why it did not.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SearchPart {
    /// At most as many as asked for, in the order asked for.
    pub numbers: Vec<Found>,
    /// The account's part.
    pub source: Source,
}

impl Search {
    /// Asks every account at once, each on its own task, and yields its numbers when they arrive; the limit is for
    /// each. Dropping the stream ends them.
    ///
    /// # Errors
    /// As [`Search::run`], before anything is asked.
    pub fn stream(
        &self,
        caller: &Caller,
        request: &SearchRequest,
    ) -> Result<impl Stream<Item = Result<SearchPart>> + Send + use<>> {
        request.query.validate()?;
        let entries = entries_of(&self.registry, caller, &request.accounts)?;
        let until = Until::searching(request.timeout);
        let mut asked = JoinSet::new();
        for entry in entries {
            let (search, caller, request) = (self.clone(), caller.clone(), request.clone());
            let ask = async move {
                let (source, numbers) = search.ask(&entry, &request, until).await;
                let mut found = quotes(&source, numbers);
                found.sort_by(|a, b| request.sort.compare(a, b));
                let numbers = found.into_iter().map(|quote| search.seal(&caller, quote));
                Ok(SearchPart {
                    numbers: numbers.collect::<Result<_>>()?,
                    source,
                })
            };
            asked.spawn(trace::carried(ask));
        }
        Ok(stream::unfold(asked, |mut asked| async move {
            let part = asked.join_next().await?;
            let part = part.unwrap_or_else(|error| {
                let message = "a search ended before its time";
                Err(Error::new(ErrorKind::Internal, message).with_source(error))
            });
            Some((part, asked))
        }))
    }
}
