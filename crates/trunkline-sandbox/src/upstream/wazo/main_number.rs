//! The one number that a tenant is known by. It is looked for in the tenant of the request alone, not below it.

use std::sync::Arc;

use http::{StatusCode, header};

use super::directory::Row;
use super::error::{ApiError, Result};
use super::schema::Form;
use super::wire::{PhoneNumber, address};
use super::{Context, Wazo, json, no_content};
use crate::exchange::Answer;

impl Wazo {
    pub(super) fn get_main(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let row = state
            .directory
            .main(context.session.tenant)
            .map(Arc::clone)
            .ok_or_else(|| ApiError::not_found("PhoneNumber", "'main': True"))?;
        drop(state);
        Ok(json(
            StatusCode::OK,
            &PhoneNumber::of(&row, &context.origin),
        ))
    }

    /// The new main number becomes a shared one; the old one stays shared.
    pub(super) fn set_main(&self, context: &Context<'_>) -> Result<Answer> {
        let mut form = Form::of(context.request)?;
        form.require("phone_number_uuid");
        let uuid = form.uuid("phone_number_uuid");
        form.finish()?;
        let uuid = uuid.unwrap_or_default();
        let tenant = context.session.tenant;
        let mut state = self.lock();
        let row = state
            .directory
            .get(&uuid)
            .filter(|row| row.tenant == tenant)
            .map(Arc::clone)
            .ok_or_else(|| ApiError::not_found("PhoneNumber", &format!("'uuid': '{uuid}'")))?;
        if !row.main {
            if let Some(old) = state.directory.main(tenant).map(Arc::clone) {
                let main = false;
                state.directory.put(Row {
                    main,
                    ..Row::clone(&old)
                });
            }
            state.directory.put(Row {
                main: true,
                shared: true,
                ..Row::clone(&row)
            });
        }
        drop(state);
        let mut answer = no_content();
        answer.set(header::LOCATION, address(&row, &context.origin));
        Ok(answer)
    }
}
