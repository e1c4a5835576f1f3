//! Taking numbers on the books of a location.

mod numbers;

use std::collections::HashMap;

use trunkline_core::{
    E164, Effect, Error, ErrorKind, Number, NumberId, NumberState, Operation, PageTrail, RangeItem,
    RangeOutcome, RangeRequest, Register, Result, Upstream,
};

use super::{LOOKS, Webex, pages, pause};
use crate::config::BATCH_MAX;
use crate::id::{self, Key};
use crate::request::{AddOptions, Addition, Cursor, State, lacks, parse};
use crate::{convert, error, wire};
use numbers::{distinct, expanded};

/// Numbers in one request: Webex's own clients add ten at a time, and of mobile ones at most 20 are allowed.
const CHUNK: usize = 10;

/// What is to become of a number, by what Webex says of it before anything is changed.
enum Fate {
    New,
    Held(Box<wire::NumberRow>),
    Refused(Error),
}

/// The rows of numbers, by number.
type Rows = HashMap<String, wire::NumberRow>;

impl Webex {
    pub(super) async fn add_all(&self, request: &Register) -> Result<Vec<(Number, bool)>> {
        let addition = Addition {
            operation: Operation::Register,
            location: required(request.location.as_deref())?,
            options: parse(&request.provider_options)?,
        };
        addition.options.check()?;
        if request.shared.is_some() {
            let why = "Webex has no shared numbers";
            return Err(lacks(Operation::Register, "shared", why));
        }
        let numbers = distinct(&request.numbers)?;
        let mut held = Rows::new();
        let mut new = Vec::new();
        for (number, fate) in numbers.iter().zip(self.judge(&addition, &numbers).await?) {
            match fate {
                Fate::New => new.push(*number),
                Fate::Held(row) => drop(held.insert(number.to_string(), *row)),
                Fate::Refused(error) => return Err(error),
            }
        }
        for (at, chunk) in new.chunks(CHUNK).enumerate() {
            if let Err((missing, error)) = self.add(&addition, chunk).await {
                let some = at > 0 || missing.len() < chunk.len();
                let certain = error.effect() == Effect::None;
                return Err(if some && certain {
                    error.with_effect(Effect::Applied)
                } else {
                    error
                });
            }
        }
        let mut added = self.shown(&addition, &new).await;
        let all = numbers
            .iter()
            .map(|number| match held.remove(number.as_str()) {
                Some(row) => Ok((self.number(row)?, false)),
                None => Ok((self.added(&addition, number, &mut added)?, true)),
            });
        all.collect()
    }

    pub(super) async fn add_range(&self, request: &RangeRequest) -> Result<Vec<RangeItem>> {
        let addition = Addition {
            operation: Operation::RegisterRange,
            location: required(request.location.as_deref())?,
            options: AddOptions::default(),
        };
        let numbers = expanded(request)?;
        let mut outcomes: HashMap<E164, RangeOutcome> = HashMap::new();
        let mut new = Vec::new();
        for (number, fate) in numbers.iter().zip(self.judge(&addition, &numbers).await?) {
            match fate {
                Fate::New => new.push(*number),
                Fate::Held(row) => {
                    let held = Box::new(self.number(*row)?);
                    outcomes.insert(*number, RangeOutcome::Existing(held));
                }
                Fate::Refused(error) => drop(outcomes.insert(*number, RangeOutcome::Failed(error))),
            }
        }
        for chunk in new.chunks(CHUNK) {
            if let Err((missing, error)) = self.add(&addition, chunk).await {
                let failed = missing.into_iter();
                outcomes.extend(failed.map(|n| (n, RangeOutcome::Failed(error.clone()))));
            }
        }
        new.retain(|number| !outcomes.contains_key(number));
        let mut added = self.shown(&addition, &new).await;
        for number in new {
            let number_added = self.added(&addition, &number, &mut added)?;
            outcomes.insert(number, RangeOutcome::Created(Box::new(number_added)));
        }
        let item = |number: E164| {
            Some(RangeItem {
                number: number.to_string(),
                outcome: outcomes.remove(&number)?,
            })
        };
        Ok(numbers.into_iter().filter_map(item).collect())
    }

    /// What Webex thinks of numbers, by number. Asking changes nothing, whatever becomes of the question.
    async fn validated(
        &self,
        operation: Operation,
        numbers: &[E164],
    ) -> Result<Vec<wire::ValidatedRow>> {
        let texts: Vec<String> = numbers.iter().map(E164::to_string).collect();
        let request = self.requests.validate(operation, &texts)?;
        let answer = self.send(request).await?;
        let validation: wire::Validation = answer.json()?;
        let known = |rows: Option<Vec<_>>| rows.filter(|rows| !rows.is_empty());
        match known(validation.phone_numbers).or_else(|| known(validation.numbers)) {
            Some(rows) => Ok(rows),
            None if validation.status.is("OK") => Ok(Vec::new()),
            None => Err(answer.protocol("Webex's answer does not say which numbers it means")),
        }
    }

    /// Asks Webex what it thinks of numbers, and looks up those that are in use.
    async fn judge(&self, addition: &Addition<'_>, numbers: &[E164]) -> Result<Vec<Fate>> {
        self.manages(addition.operation, addition.location).await?;
        let mut judged = HashMap::new();
        for chunk in numbers.chunks(BATCH_MAX) {
            let rows = self.validated(addition.operation, chunk).await;
            for row in rows.map_err(|error| error.with_effect(Effect::None))? {
                if let Some(number) = row.phone_number.get().or_else(|| row.number.get()) {
                    judged.insert(number.to_owned(), row);
                }
            }
        }
        let is_held = |number: &&E164| {
            judged
                .get(number.as_str())
                .is_some_and(|row| row.state.is("Duplicate"))
        };
        let duplicates: Vec<E164> = numbers.iter().filter(is_held).copied().collect();
        let mut rows = self.rows_of(addition, &duplicates).await?;
        let fate = |number: &E164| match judged.get(number.as_str()) {
            Some(row) if row.state.is("Duplicate") => match rows.remove(number.as_str()) {
                Some(held) if is_at(&held, addition.location) => Fate::Held(Box::new(held)),
                elsewhere => self.in_use(number, elsewhere.is_some(), said(row)),
            },
            Some(row) => fate(number, row),
            None => Fate::New,
        };
        Ok(numbers.iter().map(fate).collect())
    }

    /// Refuses a number that is in use, where it should not be.
    fn in_use(&self, number: &E164, ours: bool, said: Upstream) -> Fate {
        let message = format!("{number} is in use at another location or organization");
        let error = Error::new(ErrorKind::Conflict, message).with_upstream(said);
        let id = NumberId::of(&self.account, number.as_str()).ok();
        Fate::Refused(match id.filter(|_| ours) {
            Some(id) => error.with_ids(vec![id.to_string()]),
            None => error,
        })
        .named("numbers")
    }

    /// The rows of numbers that the organization holds: of one wherever it is, of several at the location.
    async fn rows_of(&self, addition: &Addition<'_>, numbers: &[E164]) -> Result<Rows> {
        let mut found = Rows::new();
        let (operation, location) = (addition.operation, addition.location);
        if let [number] = numbers {
            let key = Key::Number(number.to_string());
            let request = self.requests.find(operation, &key);
            let look = self.seek(request, |row| pages::is(row, &key)).await?;
            found.extend(look.row.map(|row| (number.to_string(), row)));
            return Ok(found);
        }
        if numbers.is_empty() {
            return Ok(found);
        }
        let first = self.requests.at_location(operation, location);
        let (mut cursor, mut trail) = (None, PageTrail::default());
        loop {
            let page = self.page(&first, cursor.as_ref()).await?;
            let marks: Vec<String> = page.rows.iter().map(wire::NumberRow::mark).collect();
            let next = page.next.as_ref().map(Cursor::write);
            trail.note(marks.iter().map(String::as_str), next.as_deref())?;
            let wanted = |row: &wire::NumberRow| {
                let number = row.phone_number.get()?;
                let number = numbers.iter().find(|wanted| wanted.as_str() == number)?;
                Some(number.to_string())
            };
            found.extend(
                page.rows
                    .into_iter()
                    .filter_map(|row| Some((wanted(&row)?, row))),
            );
            cursor = page.next;
            if cursor.is_none() || found.len() >= numbers.len() {
                return Ok(found);
            }
        }
    }

    /// Adds numbers. After a failure that may have added some it looks, and sends the rest once more: nothing is
    /// charged for that. Of mobile orders that is not certain, and they are never repeated.
    async fn add(
        &self,
        addition: &Addition<'_>,
        chunk: &[E164],
    ) -> std::result::Result<(), (Vec<E164>, Error)> {
        let mut rest = chunk.to_vec();
        for last in [false, true] {
            let Err(error) = self.send_addition(addition, &rest).await else {
                return Ok(());
            };
            if error.effect() != Effect::Unknown {
                return Err((rest, error));
            }
            let Ok(rows) = self.rows_of(addition, &rest).await else {
                return Err((rest, error));
            };
            let here = |number: &E164| {
                let row = rows.get(number.as_str());
                row.is_some_and(|row| is_at(row, addition.location))
            };
            let before = rest.len();
            rest.retain(|number| !here(number));
            if rest.is_empty() {
                return Ok(());
            }
            let refused = [400, 409]
                .iter()
                .any(|status| error::has_status(&error, *status));
            if refused && (last || rest.len() == before) && !addition.options.orders() {
                // It was refused, and looked for: it is not there.
                return Err((rest, error.with_effect(Effect::None)));
            }
            if last || addition.options.orders() {
                return Err((rest, error));
            }
        }
        Ok(())
    }

    async fn send_addition(&self, addition: &Addition<'_>, numbers: &[E164]) -> Result<()> {
        let texts: Vec<String> = numbers.iter().map(E164::to_string).collect();
        let request = self.requests.add(addition, &texts)?;
        self.send(request).await.map(drop)
    }

    /// The rows of numbers that were just added, as far as Webex shows them by now.
    async fn shown(&self, addition: &Addition<'_>, numbers: &[E164]) -> Rows {
        let mut looks = 0;
        loop {
            let rows = self.rows_of(addition, numbers).await.unwrap_or_default();
            if rows.len() == numbers.len() || looks == LOOKS || !pause(looks).await {
                return rows;
            }
            looks += 1;
        }
    }

    /// A number that was just added, by its row if there is one yet.
    fn added(&self, addition: &Addition<'_>, number: &E164, rows: &mut Rows) -> Result<Number> {
        if let Some(row) = rows.remove(number.as_str()) {
            return self.number(row);
        }
        let state = match addition.options.state() {
            State::Active => NumberState::Active,
            State::Inactive => NumberState::Inactive,
        };
        let added = convert::just_added(&self.account, number, addition.location)?;
        Ok(Number { state, ..added })
    }
}

impl Fate {
    /// Names the field that a refusal is about.
    fn named(self, field: &str) -> Self {
        match self {
            Self::Refused(error) => {
                let message = error.message().to_owned();
                Self::Refused(error.with_field(field, message))
            }
            other => other,
        }
    }
}

fn is_at(row: &wire::NumberRow, location: &str) -> bool {
    row.location_id().is_some_and(|id| id::same(id, location))
}

/// What Webex says of a number, in an answer that is none of its errors.
fn said(row: &wire::ValidatedRow) -> Upstream {
    let words = row.detail.get();
    Upstream {
        code: words.and_then(error::code_in).map(str::to_owned),
        message: words.map(str::to_owned),
        ..Upstream::default()
    }
}

/// What is to become of a number that is not in use.
fn fate(number: &E164, row: &wire::ValidatedRow) -> Fate {
    let words = row.detail.get().unwrap_or("refused by Webex");
    let kind = match &row.state {
        state if state.is_unset() || state.is("Available") => return Fate::New,
        state if state.is("Unavailable") => ErrorKind::NotAvailable,
        _ => ErrorKind::InvalidRequest,
    };
    let error = Error::new(kind, format!("{number}: {words}"));
    Fate::Refused(error.with_upstream(said(row))).named("numbers")
}

fn required(location: Option<&str>) -> Result<&str> {
    location
        .filter(|id| !id.is_empty())
        .ok_or_else(|| Error::invalid("location", "required: Webex keeps numbers at locations"))
}
