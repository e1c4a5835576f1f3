//! One number: register, get, update, release; many at once, from one to another; and the one a tenant is known by.

use std::sync::Arc;

use http::{StatusCode, header};
use serde_json::Value;

use super::error::{ApiError, Result};
use super::schema::Form;
use super::state::{Context, State, Wazo, no_content};
use super::state::{Row, address, link, phone_number};
use super::text::boolean;
use crate::exchange::{Answer, Request};
use crate::json::object;
use crate::ledger::ReleaseEntry;

/// What a body says of a number. Read-only and unknown members are passed over in silence.
struct Settings {
    number: Option<String>,
    caller_id_name: Option<Option<String>>,
    shared: Option<bool>,
}

impl Settings {
    fn of(mut form: Form) -> Result<Self> {
        let settings = Self {
            number: form.number("number"),
            caller_id_name: form.name("caller_id_name"),
            shared: form.boolean("shared"),
        };
        form.finish()?;
        Ok(settings)
    }

    /// The columns that are written, in their order.
    fn columns(&self) -> String {
        let columns = [
            ("number", self.number.is_some()),
            ("caller_id_name", self.caller_id_name.is_some()),
            ("shared", self.shared.is_some()),
        ];
        let set: Vec<_> = columns
            .iter()
            .filter(|(_, written)| *written)
            .map(|(name, _)| format!("{name}=%({name})s"))
            .collect();
        set.join(", ")
    }
}

impl Wazo {
    pub(super) fn register(&self, context: &Context<'_>) -> Result<Answer> {
        let mut form = Form::of(context.request)?;
        form.require("number");
        let settings = Settings::of(form)?;
        let number = settings.number.unwrap_or_default();
        let tenant = context.caller.tenant;
        let mut state = self.lock();
        if state.directory.at(tenant, &number).is_some() {
            return Err(ApiError::exists(&number, tenant));
        }
        let new = Row {
            caller_id_name: settings.caller_id_name.flatten(),
            shared: settings.shared.unwrap_or_default(),
            ..self.new_row(&mut state, context, number)
        };
        let row = state.directory.put(new);
        drop(state);
        let document = phone_number(&row, &context.caller.origin);
        let mut answer = Answer::json(StatusCode::CREATED, &document);
        answer.set(header::LOCATION, address(&row, &context.caller.origin));
        Ok(answer)
    }

    pub(super) fn new_row(&self, state: &mut State, context: &Context<'_>, number: String) -> Row {
        let tenant = context.caller.tenant;
        let reuse = context.visit.settings.reuse_ids;
        let key = format!("{tenant} {number}");
        Row {
            uuid: state.uuids.give(&key, reuse, || self.new_uuid()),
            tenant,
            number,
            caller_id_name: None,
            shared: false,
            main: false,
            created: context.visit.stamp(self.clock.now()),
            place: 0,
        }
    }

    pub(super) fn get_number(&self, context: &Context<'_>) -> Result<Answer> {
        let row = self.held(&self.lock(), context)?;
        let document = phone_number(&row, &context.caller.origin);
        Ok(Answer::ok(&document))
    }

    pub(super) fn update_number(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let old = self.held(&state, context)?;
        let settings = Settings::of(Form::of(context.request)?)?;
        let columns = settings.columns();
        if columns.is_empty() {
            return Ok(no_content());
        }
        let mut new = Row::clone(&old);
        if let Some(number) = settings.number {
            let holder = state.directory.at(old.tenant, &number);
            if holder.is_some_and(|holder| holder.uuid != old.uuid) {
                return Err(ApiError::exists(&number, old.tenant));
            }
            new.number = number;
        }
        if let Some(name) = settings.caller_id_name {
            new.caller_id_name = name;
        }
        new.shared = settings.shared.unwrap_or(old.shared);
        if new.main && !new.shared {
            return Err(main_not_shared(&new, &columns));
        }
        state.directory.put(new);
        Ok(no_content())
    }

    /// The main number goes like any other, and leaves the tenant without one.
    pub(super) fn release_number(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let row = self.held(&state, context)?;
        let now = context.visit.stamp(self.clock.now());
        state.directory.remove(&row.uuid);
        state.releases.push(ReleaseEntry {
            number: row.number.clone(),
            account: row.tenant.to_owned(),
            at: now.at,
            by: now.by,
        });
        state.released.push((now.at, row));
        Ok(no_content())
    }

    /// The number of that uuid, in the tenant of the request or below it, unless it is too new to be found.
    fn held(&self, state: &State, context: &Context<'_>) -> Result<Arc<Row>> {
        let uuid = context.id().to_ascii_lowercase();
        let row = state.directory.get(&uuid);
        row.filter(|row| context.caller.reaches(row.tenant))
            .filter(|row| context.visit.finds(row.created.at, self.clock.now()))
            .map(Arc::clone)
            .ok_or_else(|| ApiError::not_found("PhoneNumber", &format!("'uuid': UUID('{uuid}')")))
    }
}

/// The database refuses it, and confd shows what the database said.
fn main_not_shared(row: &Row, columns: &str) -> ApiError {
    let letter = |value: bool| if value { 't' } else { 'f' };
    let Row {
        uuid,
        tenant,
        number,
        ..
    } = row;
    let name = row.caller_id_name.as_deref().unwrap_or("null");
    let (shared, main) = (letter(row.shared), letter(row.main));
    ApiError::database(&format!(
        "(psycopg2.errors.CheckViolation) new row for relation \"phone_number\" violates check constraint \
         \"phone_number_shared_if_main\"\nDETAIL:  Failing row contains ({uuid}, {tenant}, {number}, {name}, {shared}, \
         {main}).\n\n[SQL: UPDATE phone_number SET {columns} WHERE phone_number.uuid = %(phone_number_uuid)s]\n\
         [parameters: {{'shared': {}, 'phone_number_uuid': UUID('{uuid}')}}]\n\
         (Background on this error at: https://sqlalche.me/e/14/gkpj)",
        boolean(row.shared)
    ))
}

impl Wazo {
    pub(super) fn get_main(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let row = state.directory.main(context.caller.tenant);
        let row = row.ok_or_else(|| ApiError::not_found("PhoneNumber", "'main': True"))?;
        let document = phone_number(row, &context.caller.origin);
        Ok(Answer::ok(&document))
    }

    /// The new main number becomes a shared one; the old one stays shared.
    pub(super) fn set_main(&self, context: &Context<'_>) -> Result<Answer> {
        let mut form = Form::of(context.request)?;
        form.require("phone_number_uuid");
        let uuid = form.uuid("phone_number_uuid");
        form.finish()?;
        let uuid = uuid.unwrap_or_default();
        let tenant = context.caller.tenant;
        let directory = &mut self.lock().directory;
        let row = directory.get(&uuid).filter(|row| row.tenant == tenant);
        let row = row.map(Arc::clone);
        let row =
            row.ok_or_else(|| ApiError::not_found("PhoneNumber", &format!("'uuid': '{uuid}'")))?;
        if !row.main {
            if let Some(old) = directory.main(tenant).map(Arc::clone) {
                directory.put(Row {
                    main: false,
                    ..Row::clone(&old)
                });
            }
            directory.put(Row {
                main: true,
                shared: true,
                ..Row::clone(&row)
            });
        }
        let mut answer = no_content();
        answer.set(header::LOCATION, address(&row, &context.caller.origin));
        Ok(answer)
    }
}

const MOST: usize = 10_000;

impl Wazo {
    /// Registers what is not there yet and leaves alone what is.
    pub(super) fn register_range(&self, context: &Context<'_>) -> Result<Answer> {
        let mut form = Form::of(context.request)?;
        let (mut bounds, fields) = (Vec::new(), ["start_number", "end_number"]);
        for field in fields {
            form.require(field);
            bounds.extend(form.number(field));
        }
        form.finish()?;
        let numbers = match &bounds[..] {
            [start, end] => numbers(start, end)
                .map_err(|message| ApiError::input(vec![ApiError::field("_schema", &[message])]))?,
            _ => Vec::new(),
        };
        let tenant = context.caller.tenant;
        let (mut new, mut old) = (Vec::new(), Vec::new());
        let mut state = self.lock();
        for number in numbers {
            match state.directory.at(tenant, &number) {
                Some(row) => old.push(Arc::clone(row)),
                None => {
                    let row = self.new_row(&mut state, context, number);
                    new.push(state.directory.put(row));
                }
            }
        }
        drop(state);
        let created = new.iter().map(|row| object! { "uuid": &row.uuid });
        let all = new.iter().chain(&old);
        let document = object! {
            "created": created.collect::<Vec<_>>(),
            "links": all.map(|row| link(row, &context.caller.origin)).collect::<Vec<_>>(),
            "total": new.len() + old.len(),
        };
        Ok(Answer::json(StatusCode::CREATED, &document))
    }
}

/// How many numbers a request registers: those of the range that it names, else one.
pub(super) fn size(request: &Request) -> usize {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    match (body["start_number"].as_str(), body["end_number"].as_str()) {
        (Some(start), Some(end)) => numbers(start, end).map_or(1, |numbers| numbers.len()),
        _ => 1,
    }
}

/// The numbers of a range. The bounds are compared as texts first and counted as numbers then, so that `+9` does not
/// precede `+10`; all but the last are written anew, which costs them their leading zeros.
fn numbers(start: &str, end: &str) -> std::result::Result<Vec<String>, &'static str> {
    const SIZE: &str = "range size must be between 1 and 10000";
    if start > end {
        return Err("start phone number must precede end phone number");
    }
    let plus = if start.starts_with('+') { "+" } else { "" };
    let (mut digits, last) = (value(start), value(end));
    // Without leading zeros the longer number is the greater one.
    if (digits.len(), &digits) > (last.len(), &last) {
        return Err(SIZE);
    }
    let mut numbers = Vec::new();
    while digits != last {
        numbers.push(format!("{plus}{digits}"));
        if numbers.len() == MOST {
            return Err(SIZE);
        }
        digits = successor(&digits);
    }
    numbers.push(end.to_owned());
    Ok(numbers)
}

/// The digits of a number without leading zeros.
fn value(number: &str) -> String {
    let digits = number.trim_start_matches('+');
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        "0".to_owned()
    } else {
        significant.to_owned()
    }
}

/// The next number, however long: 128 digits fit into no integer.
fn successor(digits: &str) -> String {
    let kept = digits.trim_end_matches('9');
    let zeros = "0".repeat(digits.len() - kept.len());
    let (head, last) = kept.split_at(kept.len().saturating_sub(1));
    let next = last.parse::<u8>().map_or(1, |digit| digit + 1);
    format!("{head}{next}{zeros}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_in_the_range() {
        assert_eq!(
            numbers("+14155550198", "+14155550200").unwrap(),
            ["+14155550198", "+14155550199", "+14155550200"]
        );
        assert_eq!(numbers("7", "7").unwrap(), ["7"]);
        assert_eq!(numbers("98", "990").map(|all| all.len()), Ok(893));
    }

    #[test]
    fn bounds_are_compared_as_texts_first() {
        assert!(numbers("+9", "+10").unwrap_err().contains("precede"));
        assert!(numbers("9", "8").unwrap_err().contains("precede"));
        assert!(numbers("100", "99").unwrap_err().contains("size"));
    }

    #[test]
    fn leading_zeros_survive_in_the_last_number_only() {
        assert_eq!(numbers("0100", "0102").unwrap(), ["100", "101", "0102"]);
    }

    #[test]
    fn ten_thousand_numbers_are_the_most() {
        assert_eq!(
            numbers("+14150000000", "+14150009999").map(|all| all.len()),
            Ok(10_000)
        );
        assert!(numbers("+14150000000", "+14150010000").is_err());
    }

    #[test]
    fn numbers_too_long_for_integers_can_be_counted() {
        let (start, end) = ("1".repeat(127) + "8", "1".repeat(126) + "20");
        assert_eq!(numbers(&start, &end).map(|all| all.len()), Ok(3));
    }
}
