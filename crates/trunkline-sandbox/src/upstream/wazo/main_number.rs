//! The one number that a tenant is known by. It is looked for in the tenant of the request alone, not below it.

use std::sync::Arc;

use http::header;

use super::directory::Row;
use super::error::{ApiError, Result};
use super::schema::Form;
use super::state::{Context, Wazo, no_content};
use super::wire::{address, phone_number};
use crate::exchange::Answer;

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
