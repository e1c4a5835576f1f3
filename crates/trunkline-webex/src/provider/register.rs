//! Adding numbers to a location, and removing them.

use std::collections::HashMap;
use std::ops::ControlFlow::{self, Break, Continue};

use trunkline_core::{
    E164, Effect, Error, ErrorKind, Number, NumberId, Operation, RangeItem, RangeOutcome, Result,
    Upstream,
};

use super::{Webex, nothing_has, polling, showing};
use crate::id::{self, Key};
use crate::request::{self, Addition, BATCH_MAX};
use crate::wire::{self, NumberRow, ValidatedRow};
use crate::{convert, error};

/// Numbers in one request: Webex's own clients add ten at a time, and of mobile ones at most 20 are allowed.
const CHUNK: usize = 10;

/// What has become of numbers: those in the list of Webex, and those that were refused.
type Outcomes = HashMap<E164, RangeOutcome>;

/// Numbers that were not added, and why.
struct NotAdded {
    numbers: Vec<E164>,
    error: Error,
}

impl Webex {
    /// Adds numbers: of a range each by itself, otherwise all of them, until one is refused.
    pub(super) async fn add_numbers(
        &self,
        addition: &Addition<'_>,
        numbers: Vec<E164>,
    ) -> Result<Vec<RangeItem>> {
        let all_or_none = addition.operation == Operation::Register;
        let mut outcomes = self.judge(addition, &numbers).await?;
        let mut new = numbers.clone();
        new.retain(|number| !outcomes.contains_key(number));
        for number in numbers.iter().filter(|_| all_or_none) {
            if let Some(RangeOutcome::Failed(error)) = outcomes.get(number) {
                return Err(error.clone());
            }
        }
        for (at, chunk) in new.chunks(CHUNK).enumerate() {
            let Err(failed) = self.add(addition, chunk).await else {
                continue;
            };
            let (missing, error) = (failed.numbers, failed.error);
            if all_or_none {
                let some = at > 0 || missing.len() < chunk.len();
                let certain = error.effect() == Effect::None;
                return Err(match some && certain {
                    true => error.with_effect(Effect::Applied),
                    false => error,
                });
            }
            let missing = missing.into_iter();
            outcomes.extend(missing.map(|n| (n, RangeOutcome::Failed(error.clone()))));
        }
        new.retain(|number| !outcomes.contains_key(number));
        let find = || async { Ok(self.rows_of(addition, &new).await.unwrap_or_default()) };
        let shown = showing().until(find, |rows| rows.len() == new.len());
        let mut shown = shown.await?;
        for number in new {
            let added = match shown.remove(&number) {
                Some(row) => row,
                None => convert::just_added(&self.account, addition, &number)?,
            };
            outcomes.insert(number, RangeOutcome::Created(Box::new(added)));
        }
        let item = |number: E164| {
            Some(RangeItem {
                number: number.to_string(),
                outcome: outcomes.remove(&number)?,
            })
        };
        Ok(numbers.into_iter().filter_map(item).collect())
    }

    /// Asks Webex whether numbers can be added, and looks up those that are in use. A number that can be has no outcome yet.
    async fn judge(&self, addition: &Addition<'_>, numbers: &[E164]) -> Result<Outcomes> {
        self.check_managed(addition.operation, addition.location)
            .await?;
        let (mut outcomes, mut in_use) = (Outcomes::new(), HashMap::new());
        for chunk in numbers.chunks(BATCH_MAX) {
            let request = request::validate(addition.operation, chunk)?;
            // Asking changes nothing.
            let asked = |error: Error| error.with_effect(Effect::None);
            let answer = self.send(request).await.map_err(asked)?;
            let validation = answer.json().map_err(asked)?;
            let rows = rows(validation).ok_or_else(|| {
                asked(answer.protocol("Webex's answer does not say which numbers it means"))
            })?;
            for row in rows {
                let number = row.phone_number.get().or_else(|| row.number.get());
                let Some(number) = number.and_then(|number| number.parse().ok()) else {
                    continue;
                };
                if row.state.is("Duplicate") {
                    in_use.insert(number, said(&row));
                } else if let Some(error) = refusal(&number, &row) {
                    outcomes.insert(number, RangeOutcome::Failed(error));
                }
            }
        }
        let used = numbers.iter().copied();
        let used: Vec<E164> = used.filter(|n| in_use.contains_key(n)).collect();
        let mut rows = self.rows_of(addition, &used).await?;
        for number in used {
            let outcome = match rows.remove(&number) {
                Some(held) if id::is_at(&held, addition.location) => {
                    RangeOutcome::Existing(Box::new(held))
                }
                elsewhere => {
                    let said = in_use.remove(&number).unwrap_or_default();
                    let error = self.used_elsewhere(&number, elsewhere.is_some());
                    RangeOutcome::Failed(error.with_upstream(said))
                }
            };
            outcomes.insert(number, outcome);
        }
        Ok(outcomes)
    }

    /// Refuses a number that is in use, where it should not be.
    fn used_elsewhere(&self, number: &E164, ours: bool) -> Error {
        let message = format!("{number} is in use at another location or organization");
        let id = NumberId::of(&self.account, number.as_str()).ok();
        let ids = id.filter(|_| ours).map(|id| id.to_string());
        Error::new(ErrorKind::Conflict, message.clone())
            .with_field("numbers", message)
            .with_ids(ids.into_iter().collect())
    }

    /// The rows of numbers that the organization holds: of one wherever it is, of several at the location.
    async fn rows_of(
        &self,
        addition: &Addition<'_>,
        numbers: &[E164],
    ) -> Result<HashMap<E164, Number>> {
        let (operation, location) = (addition.operation, addition.location);
        let rows = match numbers {
            [] => return Ok(HashMap::new()),
            [number] => {
                let key = Key::Number(number.to_string());
                let look = self.look_for(operation, &key).await?;
                look.page
                    .items
                    .into_iter()
                    .map(|held| held.number)
                    .collect()
            }
            _ => {
                let wanted = |row: NumberRow<'_>| {
                    let digits = row.phone_number.get();
                    let wanted = numbers.iter().any(|number| Some(number.as_str()) == digits);
                    wanted
                        .then(|| convert::number(&self.account, row))
                        .transpose()
                };
                let first = request::at_location(operation, location);
                self.search(&first, numbers.len(), wanted).await?.page.items
            }
        };
        let rows = rows.into_iter();
        Ok(rows.filter_map(|row| Some((row.e164()?, row))).collect())
    }

    /// Adds numbers. After a failure that may have added some it looks, and sends the rest once more: nothing is
    /// charged for that. Of mobile orders that is not certain, and they are never repeated.
    async fn add(
        &self,
        addition: &Addition<'_>,
        chunk: &[E164],
    ) -> std::result::Result<(), NotAdded> {
        let attempt = |before: Option<NotAdded>| {
            let last = before.is_some() || addition.options.orders();
            let numbers = before.map_or_else(|| chunk.to_vec(), |failed| failed.numbers);
            self.attempt_addition(addition, numbers, last)
        };
        polling().at_most(1).attempt(attempt).await
    }

    /// Sends an addition; after a failure that may have added some numbers, looks which are still to be added.
    async fn attempt_addition(
        &self,
        addition: &Addition<'_>,
        mut numbers: Vec<E164>,
        last: bool,
    ) -> ControlFlow<std::result::Result<(), NotAdded>, NotAdded> {
        let sent = match request::add(addition, &numbers) {
            Ok(request) => self.send(request).await,
            Err(error) => Err(error),
        };
        let Err(error) = sent else {
            return Break(Ok(()));
        };
        if error.effect() != Effect::Unknown {
            return Break(Err(NotAdded { numbers, error }));
        }
        let Ok(rows) = self.rows_of(addition, &numbers).await else {
            return Break(Err(NotAdded { numbers, error }));
        };
        let before = numbers.len();
        let here = |number: &E164| {
            let row = rows.get(number);
            row.is_some_and(|row| id::is_at(row, addition.location))
        };
        numbers.retain(|number| !here(number));
        if numbers.is_empty() {
            return Break(Ok(()));
        }
        let refused = error::has_status(&error, 400) || error::has_status(&error, 409);
        if refused && (last || numbers.len() == before) && !addition.options.orders() {
            // It was refused, and the look shows that it is not there.
            let error = error.with_effect(Effect::None);
            return Break(Err(NotAdded { numbers, error }));
        }
        let failed = NotAdded { numbers, error };
        if last {
            return Break(Err(failed));
        }
        Continue(failed)
    }
}

/// The rows of a validation. Without any it must say that all is well.
fn rows(validation: wire::Validation<'_>) -> Option<Vec<ValidatedRow<'_>>> {
    let known = |rows: Option<Vec<_>>| rows.filter(|rows| !rows.is_empty());
    let well = validation.status.is("OK").then(Vec::new);
    known(validation.phone_numbers)
        .or_else(|| known(validation.numbers))
        .or(well)
}

/// Webex's words about a number, in an answer that is not an error.
fn said(row: &ValidatedRow<'_>) -> Upstream {
    let words = row.detail.0.get();
    Upstream {
        code: words.and_then(error::code_in).map(str::to_owned),
        message: words.map(str::to_owned),
        ..Upstream::default()
    }
}

/// The refusal of a number that is not in use; `None` if it can be added.
fn refusal(number: &E164, row: &ValidatedRow<'_>) -> Option<Error> {
    let kind = match &row.state {
        state if state.is_unset() || state.is("Available") => return None,
        state if state.is("Unavailable") => ErrorKind::NotAvailable,
        _ => ErrorKind::InvalidRequest,
    };
    let words = row.detail.0.get().unwrap_or("refused by Webex");
    let message = format!("{number}: {words}");
    let error = Error::new(kind, message.clone()).with_upstream(said(row));
    Some(error.with_field("numbers", message))
}

impl Webex {
    /// Sends a removal; after a failure that may have removed the number, looks whether it is there. A removal of a number
    /// that is not there is answered with 502.
    pub(super) async fn attempt_removal(
        &self,
        location: &str,
        key: &Key,
        first: bool,
    ) -> ControlFlow<Result<()>, Error> {
        let Key::Number(number) = key else {
            return Break(Err(request::is_extension()));
        };
        let sent = match request::remove(location, number) {
            Ok(request) => self.send(request).await,
            Err(error) => Err(error),
        };
        let Err(error) = sent else {
            return Break(Ok(()));
        };
        let gone = error.kind() == ErrorKind::NotFound;
        if error.effect() != Effect::Unknown && !gone {
            return Break(Err(error));
        }
        match self.look_for(Operation::Release, key).await {
            Err(_) => Break(Err(error)),
            Ok(look) if !look.page.items.is_empty() => Continue(error),
            // Another removal was faster, and none of ours was lost before.
            Ok(_) if gone && first => {
                let said = error.upstream().cloned().unwrap_or_default();
                Break(Err(nothing_has(key).with_upstream(said)))
            }
            Ok(_) => Break(Ok(())),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::provider::distinct;

    #[test]
    fn registered_numbers_are_e164_and_differ() {
        let list = |numbers: &[&str]| {
            let numbers: Vec<String> = numbers.iter().map(|n| (*n).to_owned()).collect();
            distinct(&numbers)
        };
        assert_eq!(list(&["+14165550100", "+14165550101"]).unwrap().len(), 2);
        for bad in [&[][..], &["4165550100"], &["+14165550100", "+14165550100"]] {
            assert_eq!(
                list(bad).unwrap_err().fields()[0].field,
                "numbers",
                "{bad:?}"
            );
        }
    }
}
