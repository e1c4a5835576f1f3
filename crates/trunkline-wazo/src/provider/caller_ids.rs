//! What the tenant's users may show: the shared entries of the directory.

use trunkline_core::{
    CallerId, CallerIdQuery, CallerIdUpdate, Effect, Error, ErrorKind, Operation, Page, Result,
};
use trunkline_http::wire::{incomplete, is_uuid, lacks, unsupported};

use super::Wazo;
use crate::{convert, request, wire};

/// A shared entry.
pub(super) struct Shared {
    pub(super) uuid: String,
    pub(super) main: bool,
    pub(super) caller_id: CallerId,
}

impl Wazo {
    /// A page of the caller IDs that everybody may show.
    pub(super) async fn shared_caller_ids(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        let slice = request::caller_ids(query)?;
        let mut page = self
            .page(&slice, |row| convert::caller_id(&self.account, row))
            .await?;
        page.items.retain(|shown| fits(shown, query));
        Ok(page)
    }

    /// All that one user may show.
    pub(super) async fn user_caller_ids(
        &self,
        query: &CallerIdQuery,
        user: &str,
    ) -> Result<Page<CallerId>> {
        let answer = self.http.send(request::of_user(query, user)?).await?;
        let mut page = Self::one_page(&answer, |row| convert::user_caller_id(&self.account, row))?;
        page.items.retain(|shown| fits(shown, query));
        Ok(page)
    }

    /// The shared entry of a number, or of an id of Wazo's. Errors: `NotFound` if there is none, or it is not shared.
    pub(super) async fn shared(&self, operation: Operation, key: &str) -> Result<Shared> {
        if is_uuid(key) {
            let answer = self.http.send(request::get(operation, key)?).await?;
            let shared = answer.read(|row| self.if_shared(row))?;
            return shared.ok_or_else(no_caller_id);
        }
        if !request::is_number(key) {
            return Err(no_caller_id());
        }
        let request = request::of_number(operation, key).request();
        let answer = self.http.send(request).await?;
        let page = Self::one_page(&answer, |row: wire::PhoneNumber<'_>| {
            if row.number.get() == Some(key) {
                self.if_shared(row)
            } else {
                Ok(None)
            }
        })?;
        match page.items.into_iter().flatten().next() {
            Some(shared) => Ok(shared),
            None if page.unreadable > 0 => Err(incomplete("a row can't be read")),
            None => Err(no_caller_id()),
        }
    }

    fn if_shared(&self, row: wire::PhoneNumber<'_>) -> Result<Option<Shared>> {
        if !row.shared.is_on() {
            return Ok(None);
        }
        let uuid = row.uuid.get().map(str::to_owned);
        Ok(Some(Shared {
            uuid: uuid.ok_or_else(|| lacks("uuid"))?,
            main: row.main.is_on(),
            caller_id: convert::caller_id(&self.account, row)?,
        }))
    }

    pub(super) async fn change_caller_id(
        &self,
        key: &str,
        update: &CallerIdUpdate,
    ) -> Result<CallerId> {
        let operation = Operation::UpdateCallerId;
        if !update.provider_options.is_keep() {
            let message = "Wazo has none for a caller ID";
            return Err(unsupported("provider_options", message));
        }
        let shown = self.shared(operation, key).await?;
        if update.label.is_keep() {
            return Ok(shown.caller_id);
        }
        self.http
            .send(request::rename(&shown.uuid, &update.label)?)
            .await?;
        let renamed = self.shared(operation, &shown.uuid).await;
        let renamed = renamed.map_err(|error| error.with_effect(Effect::Applied))?;
        Ok(renamed.caller_id)
    }
}

/// Whether a caller ID is what was asked for, to the letter.
fn fits(shown: &CallerId, query: &CallerIdQuery) -> bool {
    (query.number.is_none() || shown.number == query.number)
        && (query.label.is_none() || shown.label == query.label)
}

fn no_caller_id() -> Error {
    Error::new(ErrorKind::NotFound, "nobody may show this number")
}
