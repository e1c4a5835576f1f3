//! Caller IDs, which at Webex are settings of an owner: nothing is proved.

use std::mem::take;

use futures_util::future::join_all;
use trunkline_core::{
    CallerId, CallerIdQuery, CallerIdUpdate, Error, ErrorKind, Operation, Page, Result,
};
use trunkline_http::wire::lacks;

use super::{Webex, location_of, unknown};
use crate::id::Key;
use crate::request::{self, CallerIdOptions, CallerKey, CallerOwner, LocationOptions, OwnerKind};
use crate::wire::NumberRow;
use crate::{convert, wire};

/// Owners asked about for one page of caller IDs: each takes a request.
const OWNERS_MAX: usize = 25;

impl Webex {
    /// The numbers that can be shown at a location.
    pub(super) async fn presentable(
        &self,
        location: &str,
        query: &CallerIdQuery,
    ) -> Result<Page<CallerId>> {
        let request = request::presentable(Operation::ListCallerIds, location, query)?;
        let read = |row: NumberRow<'_>| convert::of_number(&self.account, row);
        let part = self.page(&request, query.cursor.as_deref(), read).await?;
        Ok(part.page)
    }

    /// The caller ID of one owner or location; nothing if there is no such owner.
    pub(super) async fn of_one(&self, owner: &str) -> Result<Page<CallerId>> {
        let operation = Operation::ListCallerIds;
        let shown = match CallerKey::parse(owner) {
            Some(CallerKey::Owner(owner)) => self.of_owner(operation, &owner).await,
            Some(CallerKey::Location(id)) => self.of_location(operation, &id).await,
            Some(CallerKey::Number(_)) | None => {
                let message = "person-{id}, workspace-{id}, virtual-line-{id} or location-{id}";
                return Err(Error::invalid("owner", message));
            }
        };
        match shown {
            Ok(caller_id) => Ok(Page::last(vec![caller_id])),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Page::last(Vec::new())),
            Err(error) => Err(error),
        }
    }

    /// The caller ID of every owner of a number, a page of numbers at a time.
    pub(super) async fn of_all(&self, query: &CallerIdQuery) -> Result<Page<CallerId>> {
        let limit = Some(query.limit).filter(|limit| (1..OWNERS_MAX).contains(limit));
        let read = |row: NumberRow<'_>| Ok(owner_of(row));
        let first = request::numbers(Operation::ListCallerIds, limit.unwrap_or(OWNERS_MAX));
        let part = self.page(&first, query.cursor.as_deref(), read).await?;
        let page = part.page;
        let mut owners: Vec<CallerOwner> = Vec::new();
        for owner in page.items.into_iter().flatten() {
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        let shown = owners
            .iter()
            .map(|owner| self.of_owner(Operation::ListCallerIds, owner));
        let mut items = Vec::new();
        for shown in join_all(shown).await {
            match shown {
                Ok(caller_id) => items.push(caller_id),
                // Gone since, unknown to the calling service, or without a licence for this: it has no caller ID.
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unsupported) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Page {
            unreadable: page.unreadable,
            shifted: page.shifted,
            next: page.next,
            ..Page::last(items)
        })
    }

    async fn of_owner(&self, operation: Operation, owner: &CallerOwner) -> Result<CallerId> {
        let answer = self.send(request::caller_id(operation, owner)).await?;
        convert::of_owner(&self.account, owner, &answer.json()?)
    }

    async fn of_location(&self, operation: Operation, id: &str) -> Result<CallerId> {
        let answer = self.send(request::location(operation, id)).await?;
        convert::of_location(&self.account, id, answer.json()?)
    }

    pub(super) async fn caller_id(&self, operation: Operation, key: &str) -> Result<CallerId> {
        match CallerKey::parse(key).ok_or_else(unknown)? {
            CallerKey::Owner(owner) => self.of_owner(operation, &owner).await,
            CallerKey::Location(id) => self.of_location(operation, &id).await,
            CallerKey::Number(number) => self.of_number(operation, number).await,
        }
    }

    /// A number that can be shown where it is.
    pub(super) async fn of_number(&self, operation: Operation, number: String) -> Result<CallerId> {
        let held = self.find(operation, &Key::Number(number.clone())).await?;
        let location = location_of(&held.number)?;
        let query = CallerIdQuery {
            number: Some(number.clone()),
            ..CallerIdQuery::default()
        };
        let first = request::presentable(operation, location, &query)?;
        let wanted = |row: NumberRow<'_>| {
            let shown = convert::of_number(&self.account, row)?;
            Ok(Some(shown).filter(|shown| shown.number.as_ref() == Some(&number)))
        };
        let search = self.search(&first, 1, wanted).await?;
        search.found().ok_or_else(unknown)
    }

    /// Webex requires `selected`: it stays as it is if it is left out.
    pub(super) async fn change_setting(
        &self,
        owner: &CallerOwner,
        update: &CallerIdUpdate,
    ) -> Result<()> {
        let operation = Operation::UpdateCallerId;
        let mut options = request::setting_change(owner.kind, update)?;
        let agent = take(&mut options.agent_selected_caller_id);
        if options != CallerIdOptions::default() {
            if options.selected.is_none() {
                let answer = self.send(request::caller_id(operation, owner)).await?;
                let now: wire::CallerIdSetting<'_> = answer.json()?;
                let selected = now.selected.into_string();
                options.selected = Some(selected.ok_or_else(|| lacks("selected"))?);
            }
            let request = request::set_caller_id(operation, owner, &options)?;
            self.send(request).await?;
        }
        if let Some(number) = agent.change() {
            self.send(request::set_agent(&owner.id, number)?).await?;
        }
        Ok(())
    }

    pub(super) async fn change_location(&self, id: &str, update: &CallerIdUpdate) -> Result<()> {
        let mut options = request::location_change(update)?;
        let connection = options.pstn_connection.take();
        if options != LocationOptions::default() {
            let operation = Operation::UpdateCallerId;
            let request = request::set_location(operation, id, &options)?;
            self.send(request).await?;
        }
        if let Some(connection) = connection {
            self.send(request::set_connection(id, &connection)?).await?;
        }
        Ok(())
    }
}

/// The owner of a row. Further numbers of an owner stand in rows of their own.
fn owner_of(row: NumberRow<'_>) -> Option<CallerOwner> {
    let further = ["ALTERNATE", "FAX", "DNIS"];
    if further.iter().any(|kind| row.phone_number_type.is(kind)) {
        return None;
    }
    let owner = row.owner.0?;
    Some(CallerOwner {
        kind: OwnerKind::of_number_owner(owner.kind.get()?)?,
        id: owner.id.into_string()?,
    })
}
