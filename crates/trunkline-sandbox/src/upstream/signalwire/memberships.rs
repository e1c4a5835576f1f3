//! Which numbers are in which group.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use super::body::Body;
use super::book::Row;
use super::error::{ApiError, Result};
use super::groups;
use super::page::{PageRequest, Source};
use super::query::Query;
use super::state::{Owned, State};
use super::text::national;
use super::wire::{ON_SALE, capabilities};
use super::{Context, SignalWire, json};
use crate::clock::Recorded;
use crate::exchange::Answer;

/// A number in a group.
#[derive(Clone, Debug)]
pub(super) struct Membership {
    id: String,
    project: &'static str,
    group: String,
    number: String,
    created: Recorded,
}

impl Row for Membership {
    fn id(&self) -> &str {
        &self.id
    }

    fn project(&self) -> &str {
        self.project
    }
}

#[derive(Serialize)]
struct Document<'a> {
    id: &'a str,
    number_group_id: &'a str,
    phone_number: Option<Member>,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
struct Member {
    id: String,
    name: String,
    number: String,
    capabilities: Vec<&'static str>,
}

impl From<&Owned> for Member {
    fn from(owned: &Owned) -> Self {
        let number = &owned.number.number;
        let name = owned.settings.get("name").map(str::to_owned);
        Self {
            id: owned.id.clone(),
            name: name.unwrap_or_else(|| national(number)),
            number: number.clone(),
            capabilities: capabilities(&owned.number, ON_SALE),
        }
    }
}

impl State {
    /// The numbers in a group.
    pub(super) fn members(
        &self,
        project: &str,
        group: &str,
    ) -> impl Iterator<Item = &Arc<Membership>> {
        self.memberships
            .of(project)
            .filter(move |membership| membership.group == group)
    }

    /// Takes a number out of all groups.
    pub(super) fn leave_groups(&mut self, number: &str) {
        self.forget(|membership| membership.number == number);
    }

    /// Takes all numbers out of a group.
    pub(super) fn disband(&mut self, group: &str) {
        self.forget(|membership| membership.group == group);
    }

    fn forget(&mut self, which: impl Fn(&Membership) -> bool) {
        let gone: Vec<_> = self
            .memberships
            .all()
            .filter(|membership| which(membership))
            .map(|membership| membership.id.clone())
            .collect();
        for id in gone {
            self.memberships.remove(&id);
        }
    }

    fn shown<'a>(&self, membership: &'a Membership) -> Document<'a> {
        let number = self.numbers.get(membership.project, &membership.number);
        Document {
            id: &membership.id,
            number_group_id: &membership.group,
            phone_number: number.map(|owned| Member::from(&**owned)),
            created_at: membership.created.iso(),
            updated_at: membership.created.iso(),
        }
    }
}

impl SignalWire {
    pub(super) fn list_members(&self, context: &Context<'_>, group: &str) -> Result<Answer> {
        let query = Query::of(context.request);
        let page = PageRequest::of(&query)?;
        let state = self.lock();
        groups::find(&state, context, group)?;
        let project = context.project.id;
        let cut = page.cut(&state.memberships, project, |row: &Membership| {
            row.group == group
        });
        let source = Source {
            path: &context.request.path,
            query: &query,
            filters: &[],
        };
        source.answer(&page, cut.as_ref(), |membership| state.shown(membership))
    }

    pub(super) fn add_member(&self, context: &Context<'_>, group: &str) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        groups::find(&state, context, group)?;
        let project = context.project.id;
        let number = body.needed("phone_number_id")?;
        if state.numbers.get(project, number).is_none() {
            return Err(ApiError::invalid(
                "does_not_exist",
                "phone_number_id does not exist",
            ));
        }
        if state.members(project, group).any(|m| m.number == number) {
            return Err(ApiError::invalid(
                "value_not_unique",
                "phone_number_id has already been taken",
            ));
        }
        let membership = Arc::new(Membership {
            id: self.new_id(),
            project,
            group: group.to_owned(),
            number: number.to_owned(),
            created: self.written_now(),
        });
        state.memberships.insert(Arc::clone(&membership));
        Ok(json(StatusCode::OK, &state.shown(&membership)))
    }

    pub(super) fn get_member(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let state = self.lock();
        let membership = state
            .memberships
            .get(context.project.id, id)
            .ok_or(ApiError::not_found())?;
        Ok(json(StatusCode::OK, &state.shown(membership)))
    }

    pub(super) fn remove_member(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let mut state = self.lock();
        if state.memberships.get(context.project.id, id).is_none() {
            return Err(ApiError::not_found());
        }
        state.memberships.remove(id);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }
}
