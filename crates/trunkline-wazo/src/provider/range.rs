//! Part of a range: a look before shows which numbers are new, and looks after show which were made.

use std::collections::BTreeMap;
use std::time::Duration;

use trunkline_core::{
    E164, Effect, Error, ErrorKind, Number, Operation, RangeItem, RangeOutcome, Result, Retry,
};
use trunkline_http::{Polling, Response};

use super::Wazo;
use crate::request;

/// The pause between looks whether Wazo has finished.
const PAUSE: Duration = Duration::from_secs(1);

/// How often a range whose answer is lost is looked for, by how many numbers Wazo has to make: a second or more for each
/// twenty, after ten for a request that was on its way.
fn looks(numbers: usize) -> u32 {
    u32::try_from(10 + numbers / 20).unwrap_or(u32::MAX)
}

/// The entries of a range, by number.
type Entries = BTreeMap<String, Number>;

impl Wazo {
    /// Records contiguous numbers. A request whose answer is lost is not sent again: Wazo works on it until it has
    /// finished, so that it is looked at until all numbers are there, or it should have made them long ago, or the time of
    /// the call is up.
    pub(super) async fn add_range(&self, numbers: &[E164]) -> Result<Vec<RangeItem>> {
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else {
            return Ok(Vec::new());
        };
        let polling = Polling::new(PAUSE, PAUSE).at_most(looks(numbers.len()));
        let before = self.held_between(first, last).await?;
        let is_whole = |held: &Entries| {
            let mut all = numbers.iter();
            all.all(|number| held.contains_key(number.as_str()))
        };
        if is_whole(&before) {
            return Ok(outcomes(numbers, &before, before.clone(), || {
                unlisted(None)
            }));
        }
        let sent = self.http.send(request::register_range(first, last)?).await;
        let (answer, lost) = match sent {
            Ok(answer) => (Some(answer), None),
            // After this refusal Wazo makes no number in the meantime.
            Err(error) if error.kind() == ErrorKind::RateLimited => return Err(error),
            Err(error) if error.effect() == Effect::Unknown => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let effect = lost.as_ref().map_or(Effect::Applied, |_| Effect::Unknown);
        let look = || self.held_between(first, last);
        let after = polling.until(look, |held| lost.is_none() || is_whole(held));
        let after = after.await.map_err(|look| look.with_effect(effect))?;
        Ok(outcomes(numbers, &before, after, || match &lost {
            Some(lost) => unfinished(lost),
            None => unlisted(answer.as_ref()),
        }))
    }

    async fn held_between(&self, first: &E164, last: &E164) -> Result<Entries> {
        let slice = request::within(Operation::RegisterRange, first, last);
        let rows = self.all(slice).await?.rows.into_iter();
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

/// The outcome for each number, by the entries before and after, and the error for one that is missing.
fn outcomes(
    numbers: &[E164],
    before: &Entries,
    mut after: Entries,
    missing: impl Fn() -> Error,
) -> Vec<RangeItem> {
    let item = |number: &E164| RangeItem {
        number: number.to_string(),
        outcome: match after.remove(number.as_str()).map(Box::new) {
            Some(row) if before.contains_key(number.as_str()) => RangeOutcome::Existing(row),
            Some(row) => RangeOutcome::Created(row),
            None => RangeOutcome::Failed(missing()),
        },
    };
    numbers.iter().map(item).collect()
}

#[cfg(test)]
mod tests {
    use trunkline_core::RangeRequest;
    use trunkline_http::wire::numbers_of;

    use super::looks;
    use crate::config::RANGE_MAX;

    #[test]
    fn small_range_is_not_looked_for_as_long_as_a_large_one() {
        assert_eq!((looks(5), looks(500)), (10, 35));
    }

    #[test]
    fn range_has_at_most_ten_thousand_numbers() {
        let numbers = |end: &str| {
            let range = RangeRequest {
                start_number: "+14165550000".to_owned(),
                end_number: end.to_owned(),
                location: None,
            };
            numbers_of(&range, RANGE_MAX)
        };
        assert_eq!(numbers("+14165559999").unwrap().len(), 10_000);
        let error = numbers("+14165560000").unwrap_err();
        assert_eq!(error.fields()[0].field, "end_number");
    }
}
