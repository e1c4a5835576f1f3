//! The list, with its parameters, filters, search, order and window; and what a user may show to whom it calls.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;

use super::error::{ApiError, Result};
use super::state::{Context, Wazo};
use super::state::{Directory, Row, caller_id, phone_number};
use super::tenants::{USERS, User, at_and_below};
use super::text::{folded, like, repr, same_number};
use crate::exchange::Answer;
use crate::json::object;
use crate::query::{self, Filters, Query};
use crate::text::is_digits;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Number,
    CallerIdName,
    Shared,
    Main,
}

/// What is wanted. Unknown parameters are ignored.
struct Wanted<'p> {
    number: Option<&'p str>,
    filters: Filters<'p, Row>,
    order: Column,
    descending: bool,
    limit: usize,
    offset: usize,
    recurse: bool,
}

impl Wazo {
    pub(super) fn list_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let params = context.query();
        let query = Wanted::of(&params)?;
        let (visit, now, tenant) = (context.visit, self.clock.now(), context.caller.tenant);
        let mut rows = {
            let state = self.lock();
            let mut rows = query.find(&state.directory, tenant);
            if let Some(then) = visit.shows_released_since(now) {
                rows.extend(query.find_released(&state.released, tenant, then));
            }
            rows
        };
        rows.retain(|row| visit.lists(&row.number, row.created.at, now));
        rows.sort_by(|a, b| query.compare(a, b));
        let (offset, total) = visit.shifted(query.offset, rows.len());
        let window = rows.iter().skip(offset).take(query.limit);
        let items = window.map(|row| phone_number(row, &context.caller.origin));
        Ok(Answer::ok(
            &object! { "total": total, "items": items.collect::<Vec<_>>() },
        ))
    }
}

impl<'p> Wanted<'p> {
    fn of(params: &'p query::Query) -> Result<Self> {
        let mut faults = Vec::new();
        let limit = natural(params, "limit", &mut faults);
        let offset = natural(params, "offset", &mut faults);
        let recurse = flag(params, "recurse", &mut faults);
        if !faults.is_empty() {
            return Err(ApiError::input(faults));
        }
        let order = match params.get("order") {
            None | Some("number") => Column::Number,
            Some("caller_id_name") => Column::CallerIdName,
            Some("shared") => Column::Shared,
            Some("main") => Column::Main,
            Some(other) => {
                let text = format!("order: column '{other}' was not found");
                return Err(ApiError::parameter(&text));
            }
        };
        let descending = match params.get("direction") {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(_) => {
                return Err(ApiError::parameter("direction: must be 'asc' or 'desc'"));
            }
        };
        // Another part of confd looks at the limit again, and has other words for it.
        if limit == Some(0) {
            return Err(ApiError::parameter(
                "field 'limit': wrong type. Should be a positive number",
            ));
        }
        let mut filters = Filters::<Row>::default();
        filters.add(params.get("caller_id_name"), |wanted, row| {
            row.caller_id_name.as_deref() == Some(*wanted)
        });
        filters.add(column(params, "shared")?, |wanted, row| {
            row.shared == *wanted
        });
        filters.add(column(params, "main")?, |wanted, row| row.main == *wanted);
        let search = params.get("search").map(folded);
        filters.add(search, |wanted, row| is_found_in(wanted, row));
        Ok(Self {
            number: params.get("number"),
            filters,
            order,
            descending,
            limit: limit.unwrap_or(usize::MAX),
            offset: offset.unwrap_or_default(),
            recurse,
        })
    }

    /// The rows that are wanted, in no particular order.
    fn find(&self, directory: &Directory, tenant: &'static str) -> Vec<Arc<Row>> {
        let wanted = |row: &&Arc<Row>| self.filters.let_through(row);
        let mut rows = Vec::new();
        for tenant in self.tenants(tenant) {
            match self.number {
                // One number out of many thousands: no need to look at all of them.
                Some(number) => rows.extend(directory.at(tenant, number).filter(wanted).cloned()),
                None => rows.extend(directory.of(tenant).filter(wanted).cloned()),
            }
        }
        rows
    }

    /// The rows that are wanted and were released after `then`.
    fn find_released(
        &self,
        released: &[(Timestamp, Arc<Row>)],
        tenant: &str,
        then: Timestamp,
    ) -> Vec<Arc<Row>> {
        let tenants: Vec<_> = self.tenants(tenant).collect();
        let late = released.iter().filter(|(at, _)| *at > then);
        late.map(|(_, row)| row)
            .filter(|row| tenants.contains(&row.tenant) && self.filters.let_through(row))
            .filter(|row| self.number.is_none_or(|number| row.number == number))
            .map(Arc::clone)
            .collect()
    }

    fn tenants(&self, tenant: &str) -> impl Iterator<Item = &'static str> {
        at_and_below(tenant).take(if self.recurse { usize::MAX } else { 1 })
    }

    /// What is equal comes as the database has it, and that changes with every update.
    fn compare(&self, a: &Row, b: &Row) -> Ordering {
        let order = match self.order {
            Column::Number => a.number.cmp(&b.number),
            Column::Shared => a.shared.cmp(&b.shared),
            Column::Main => a.main.cmp(&b.main),
            // A name that is null is greater than any other.
            Column::CallerIdName => {
                let key = |row: &Row| (row.caller_id_name.is_none(), row.caller_id_name.clone());
                key(a).cmp(&key(b))
            }
        };
        let order = if self.descending {
            order.reverse()
        } else {
            order
        };
        order.then_with(|| a.place.cmp(&b.place))
    }
}

/// The flags are searched as texts too: an `e` is in all of them. The database takes `%` and `_` as wildcards.
fn is_found_in(search: &str, row: &Row) -> bool {
    let has = |text: &str| like(search, text);
    has(&row.number)
        || has(&row.shared.to_string())
        || has(&row.main.to_string())
        || has(&folded(row.caller_id_name.as_deref().unwrap_or_default()))
}

/// A number that is not negative. What is wrong with it goes to `faults`.
pub(super) fn natural(params: &Query, name: &str, faults: &mut Vec<String>) -> Option<usize> {
    let text = params.get(name)?;
    let fault = match text.trim().parse::<i64>() {
        Ok(number) if number >= 0 => return usize::try_from(number).ok(),
        Ok(_) => {
            "'constraint_id': 'range', 'constraint': {'min': 0}, \
             'message': 'Must be greater than or equal to 0.'"
        }
        Err(_) => {
            "'constraint_id': 'type', 'constraint': 'integer', \
             'message': 'Not a valid integer.'"
        }
    };
    faults.push(format!("Input Error - {name}: [{{{fault}}}]"));
    None
}

/// Yes or no in one of many words. What is wrong with it goes to `faults`.
pub(super) fn flag(params: &Query, name: &str, faults: &mut Vec<String>) -> bool {
    let Some(text) = params.get(name) else {
        return false;
    };
    let is = |words: &[&str]| words.contains(&text);
    if is(&["t", "T", "true", "True", "TRUE", "on", "On", "ON", "1"])
        || is(&["y", "Y", "yes", "Yes", "YES"])
    {
        return true;
    }
    let no = is(&[
        "f", "F", "false", "False", "FALSE", "off", "Off", "OFF", "0",
    ]) || is(&["n", "N", "no", "No", "NO"]);
    if !no {
        let fault = "'constraint_id': 'type', 'constraint': 'boolean', \
             'message': 'Not a valid boolean.'";
        faults.push(format!("Input Error - {name}: [{{{fault}}}]"));
    }
    false
}

/// A boolean column's value as the database reads it; rubbish is the database's to refuse.
pub(super) fn column(params: &Query, name: &str) -> Result<Option<bool>> {
    let Some(text) = params.get(name) else {
        return Ok(None);
    };
    database_boolean(text).map(Some).ok_or_else(|| {
        ApiError::database(&format!(
            "(psycopg2.errors.InvalidTextRepresentation) invalid input syntax for type boolean: \"{text}\"\n\n\
             [SQL: SELECT count(*) AS count_1 \nFROM phone_number \nWHERE phone_number.{name} = %({name}_1)s]\n\
             [parameters: {{'{name}_1': {}}}]\n\
             (Background on this error at: https://sqlalche.me/e/14/9h9h)",
            repr(text)
        ))
    })
}

/// `true`, `yes`, `on`, `1` and their opposites, in any case and cut short as far as they stay different.
fn database_boolean(text: &str) -> Option<bool> {
    let text = text.trim().to_ascii_lowercase();
    let short_for = |word: &str, least: usize| text.len() >= least && word.starts_with(&text);
    if short_for("true", 1) || short_for("yes", 1) || text == "on" || text == "1" {
        Some(true)
    } else if short_for("false", 1) || short_for("no", 1) || short_for("off", 2) || text == "0" {
        Some(false)
    } else {
        None
    }
}

impl Wazo {
    /// The main number, what calls come in by, what is shared, and nothing at all; each number once.
    pub(super) fn list_caller_ids(&self, context: &Context<'_>) -> Result<Answer> {
        let user = find_user(context)?;
        let state = self.lock();
        let directory = &state.directory;
        let name = |name: &Option<String>| name.clone().unwrap_or_default();
        let main = directory.main(user.tenant).into_iter();
        let main = main.map(|row| ("main", row.number.as_str(), name(&row.caller_id_name)));
        let associated = user.associated.iter();
        let associated = associated.map(|number| ("associated", *number, String::new()));
        let shared = directory
            .of(user.tenant)
            .filter(|row| row.shared && !row.main);
        let shared = shared.map(|row| ("shared", row.number.as_str(), name(&row.caller_id_name)));
        let mut known: Vec<&str> = Vec::new();
        let mut items = Vec::new();
        for (kind, number, name) in main.chain(associated).chain(shared) {
            if !known.iter().any(|known| same_number(number, known)) {
                known.push(number);
                items.push(caller_id(kind, Some(number), Some(&name)));
            }
        }
        items.push(caller_id("anonymous", None, None));
        Ok(Answer::ok(
            &object! { "total": items.len(), "items": &items },
        ))
    }
}

/// The user of that number or uuid, in the tenant of the request or below it.
fn find_user(context: &Context<'_>) -> Result<&'static User> {
    let text = context.id();
    let lower = text.to_ascii_lowercase();
    let id = text.parse::<u32>().ok();
    USERS
        .iter()
        .filter(|user| context.caller.reaches(user.tenant))
        .find(|user| user.uuid == lower || Some(user.id) == id)
        .ok_or_else(|| {
            // How the user is named in the text is this fake's guess.
            let what = if is_digits(text) {
                format!("'id': {text}")
            } else {
                format!("'uuid': '{lower}'")
            };
            ApiError::not_found("User", &what)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_reads_booleans_in_any_case() {
        for yes in ["true", "True", "TRUE", "t", "on", "1", "y"] {
            assert_eq!(database_boolean(yes), Some(true), "{yes}");
        }
        for no in ["false", "False", "of", "0", "n"] {
            assert_eq!(database_boolean(no), Some(false), "{no}");
        }
        for rubbish in ["", "rubbish", "o", "2", "trueish"] {
            assert_eq!(database_boolean(rubbish), None, "{rubbish:?}");
        }
    }
}
