//! One number: register, get, update, release.

use std::sync::Arc;

use http::{StatusCode, header};

use super::directory::Row;
use super::error::{ApiError, Result};
use super::python::boolean;
use super::schema::Form;
use super::state::{Context, State, Wazo, no_content};
use super::wire::{address, phone_number};
use crate::exchange::Answer;
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

    /// A number with nothing set.
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
