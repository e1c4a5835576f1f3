//! The list: filters, search, order, and a window on what is left.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;

use super::directory::{Directory, Row};
use super::error::{ApiError, Result};
use super::params::{column, flag, natural};
use super::state::{Context, Wazo};
use super::tenants::at_and_below;
use super::text::{folded, like};
use super::wire::phone_number;
use crate::exchange::Answer;
use crate::filter::Filters;
use crate::json::object;
use crate::query;

/// A column to sort by.
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
        let document = object! { "total": total, "items": items.collect::<Vec<_>>() };
        Ok(Answer::ok(&document))
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

    /// The tenants that are looked in.
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
