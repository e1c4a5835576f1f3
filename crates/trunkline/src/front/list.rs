//! The numbers that the accounts hold, as a list or as a stream.

use std::future::IntoFuture;
use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use trunkline_core::{Error, ErrorKind, ListQuery, Number, Result};
use trunkline_engine::{NumbersRequest, Source, Streamed};

use crate::front::Trunkline;
use crate::front::search::answered;

/// Default time for a carrier's page.
const WITHIN: Duration = Duration::from_secs(60);

/// Which numbers to list: see [`Trunkline::numbers`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is awaited or read"]
pub struct ListNumbers<'a> {
    trunkline: &'a Trunkline,
    query: ListQuery,
    accounts: Vec<String>,
    within: Duration,
}

impl<'a> ListNumbers<'a> {
    fn new(trunkline: &'a Trunkline) -> Self {
        Self {
            trunkline,
            query: ListQuery::default(),
            accounts: Vec::new(),
            within: WITHIN,
        }
    }

    /// Only numbers that match.
    pub fn matching(mut self, query: ListQuery) -> Self {
        self.query = query;
        self
    }

    /// Lists this account, too; default all accounts.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.accounts.push(account.into());
        self
    }

    /// Stops waiting for an account that sends no page for this time; default 60 s.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    fn parts(self) -> Result<impl Stream<Item = Result<Streamed<Number>>> + Send + 'static> {
        let request = NumbersRequest {
            query: self.query,
            accounts: self.accounts,
            provider: None,
            limit: 0,
            cursor: None,
            timeout: self.within,
        };
        let trunkline = self.trunkline;
        trunkline
            .services
            .engine
            .numbers
            .stream(&trunkline.caller, &request)
    }

    /// The numbers one by one, as soon as their accounts answer: for lists that do not fit into memory. A failed account is
    /// an error in the stream, after its numbers; the others go on.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field; `NotFound` for an unknown account.
    pub fn stream(self) -> Result<impl Stream<Item = Result<Number>> + Send + 'static> {
        Ok(self.parts()?.flat_map(|part| {
            stream::iter(match part {
                Ok(Streamed::Items(items)) => items.into_iter().map(Ok).collect(),
                Ok(Streamed::Source(source)) => source.error.map(Err).into_iter().collect(),
                Err(error) => vec![Err(error)],
            })
        }))
    }

    async fn read(self) -> Result<Numbers> {
        let mut parts = std::pin::pin!(self.parts()?);
        let (mut numbers, mut sources) = (Vec::new(), Vec::new());
        while let Some(part) = parts.next().await {
            match part? {
                Streamed::Items(items) => numbers.extend(items),
                Streamed::Source(source) => sources.push(*source),
            }
        }
        answered(&sources)?;
        numbers.sort_by(|a: &Number, b: &Number| a.id.cmp(&b.id));
        sources.sort_by(|a, b| a.account.cmp(&b.account));
        Ok(Numbers { numbers, sources })
    }
}

impl<'a> IntoFuture for ListNumbers<'a> {
    type Output = Result<Numbers>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.read())
    }
}

impl Trunkline {
    /// The numbers that the accounts hold: choose which, then `.await` the list or read it as a stream.
    pub fn numbers(&self) -> ListNumbers<'_> {
        ListNumbers::new(self)
    }
}

/// Numbers by id, and the result of each account.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Numbers {
    /// The numbers.
    pub numbers: Vec<Number>,
    /// Result of each account, by name.
    pub sources: Vec<Source>,
}

impl Numbers {
    /// The same numbers, if every account answered completely.
    ///
    /// # Errors
    /// The error of the first account that did not.
    pub fn complete(self) -> Result<Self> {
        for source in &self.sources {
            if let Some(error) = &source.error {
                return Err(error.clone());
            }
            if source.status != trunkline_engine::SourceStatus::Ok {
                let message = format!("{} has not listed all its numbers", source.account);
                return Err(
                    Error::new(ErrorKind::Protocol, message).with_account(source.account.clone())
                );
            }
        }
        Ok(self)
    }
}

list_of!(Numbers: numbers, Number);
