//! Part of a range: what of it is new is told by a look before, and what became of it by looks after.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use trunkline_core::{
    Call, E164, Effect, Error, ErrorKind, Number, Operation, RangeItem, RangeOutcome, Result, Retry,
};

use trunkline_http::Response;

use super::Wazo;
use crate::request;

/// How often it is looked whether Wazo has finished what it was not waited for.
const PAUSE: Duration = Duration::from_secs(1);

impl Wazo {
    /// Records contiguous numbers. A request whose answer is lost is not sent again: Wazo works on it until it has
    /// finished, so that it is looked at until all numbers are there or the time of the call is up.
    pub(super) async fn add_range(&self, numbers: &[E164]) -> Result<Vec<RangeItem>> {
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else {
            return Ok(Vec::new());
        };
        let deadline = Call::current().deadline;
        let before = self.held_between(first, last).await?;
        let is_whole = |held: &BTreeMap<String, Number>| {
            let mut all = numbers.iter();
            all.all(|number| held.contains_key(number.as_str()))
        };
        if is_whole(&before) {
            return Ok(told(numbers, &before, (before.clone(), &|| unlisted(None))));
        }
        let sent = self.send(request::register_range(first, last)?).await;
        let (answer, lost) = match sent {
            Ok(answer) => (Some(answer), None),
            // Who is told to wait has nothing made meanwhile.
            Err(error) if error.kind() == ErrorKind::RateLimited => return Err(error),
            Err(error) if error.effect() == Effect::Unknown => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let missing = || match &lost {
            Some(lost) => unfinished(lost),
            None => unlisted(answer.as_ref()),
        };
        loop {
            let after = self.held_between(first, last).await;
            let after = after.map_err(|look| match &lost {
                None => look.with_effect(Effect::Applied),
                Some(_) => look.with_effect(Effect::Unknown),
            })?;
            let late = Instant::now() + PAUSE >= deadline;
            if lost.is_none() || late || is_whole(&after) {
                return Ok(told(numbers, &before, (after, &missing)));
            }
            sleep(PAUSE).await;
        }
    }

    /// What is held between two numbers, by number.
    async fn held_between(&self, first: &E164, last: &E164) -> Result<BTreeMap<String, Number>> {
        let listed = self
            .all(request::within(Operation::RegisterRange, first, last))
            .await?;
        let rows = listed.rows.into_iter();
        Ok(rows
            .filter_map(|row| Some((row.number.clone()?, row)))
            .collect())
    }
}

/// A number that Wazo has not made yet, though it was asked to.
fn unfinished(lost: &Error) -> Error {
    let message = format!(
        "Wazo had not made the number when the time was up: register the range again later ({})",
        lost.message()
    );
    let error = lost.clone().with_message(message);
    error
        .with_effect(Effect::Unknown)
        .with_retry(Retry::Backoff)
}

/// A number that Wazo says it has made, and does not list.
fn unlisted(answer: Option<&Response>) -> Error {
    let message = "Wazo took the range, but does not list the number";
    match answer {
        Some(answer) => answer.protocol(message).with_effect(Effect::Unknown),
        None => Error::new(ErrorKind::Protocol, message),
    }
}

/// What became of each number, by what was held before and after, and what is said of one that is missing.
fn told(
    numbers: &[E164],
    before: &BTreeMap<String, Number>,
    (mut after, missing): (BTreeMap<String, Number>, &dyn Fn() -> Error),
) -> Vec<RangeItem> {
    let outcome = |number: &E164| match after.remove(number.as_str()).map(Box::new) {
        Some(row) if before.contains_key(number.as_str()) => RangeOutcome::Existing(row),
        Some(row) => RangeOutcome::Created(row),
        None => RangeOutcome::Failed(missing()),
    };
    let outcomes: Vec<RangeOutcome> = numbers.iter().map(outcome).collect();
    let items = outcomes.into_iter().zip(numbers);
    items
        .map(|(outcome, number)| RangeItem {
            number: number.to_string(),
            outcome,
        })
        .collect()
}
