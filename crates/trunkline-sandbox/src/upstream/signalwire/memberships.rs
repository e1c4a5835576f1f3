//! Which numbers are in which group.

use std::sync::Arc;

use serde::Serialize;

use super::body::Body;
use super::error::{Result, refuse};
use super::page::List;
use super::state::{Context, Membership, SignalWire, State};
use super::text::national;
use super::wire::{ON_SALE, capabilities};
use crate::exchange::Answer;
use crate::json::object;

impl State {
    /// The numbers in a group.
    pub(super) fn members(
        &self,
        project: &str,
        group: &str,
    ) -> impl Iterator<Item = &Arc<Membership>> {
        let of_project = self.memberships.of(project);
        of_project.filter(move |membership| membership.group == group)
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
        let gone = self
            .memberships
            .all()
            .filter(|membership| which(membership));
        let gone: Vec<_> = gone.map(|membership| membership.id.clone()).collect();
        for id in gone {
            self.memberships.remove(&id);
        }
    }
}

fn document(state: &State, membership: &Membership) -> impl Serialize {
    let (project, created) = (membership.project.id, membership.created.iso());
    let owned = state.numbers.get(project, &membership.number);
    let member = owned.map(|owned| {
        let number = &owned.number.number;
        let name = owned.settings.get("name").map(str::to_owned);
        object! {
            "id": &owned.id,
            "name": name.unwrap_or_else(|| national(number)),
            "number": number,
            "capabilities": capabilities(&owned.number, ON_SALE),
        }
    });
    object! {
        "id": &membership.id,
        "number_group_id": &membership.group,
        "phone_number": member,
        "created_at": created.clone(),
        "updated_at": created,
    }
}

impl SignalWire {
    pub(super) fn list_members(&self, context: &Context<'_>) -> Result<Answer> {
        let query = context.query();
        let list = List::of(context, &query, &[])?;
        let state = self.lock();
        let group = context.find(&state.groups)?;
        let cut = list.cut(&state.memberships, |row| row.group == group.id)?;
        Ok(list.answer(&cut, |membership| document(&state, membership)))
    }

    pub(super) fn add_member(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let group = context.find(&state.groups)?.id.clone();
        let project = context.caller;
        let number = body.needed("phone_number_id")?;
        if state.numbers.get(project.id, number).is_none() {
            return refuse("does_not_exist", "phone_number_id does not exist");
        }
        let mut members = state.members(project.id, &group);
        if members.any(|member| member.number == number) {
            let detail = "phone_number_id has already been taken";
            return refuse("value_not_unique", detail);
        }
        drop(members);
        let membership = state.memberships.insert(Membership {
            id: self.new_id(),
            project,
            group,
            number: number.to_owned(),
            created: self.written_now(),
        });
        let document = document(&state, &membership);
        Ok(Answer::ok_utf8(&document))
    }

    pub(super) fn get_member(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let membership = context.find(&state.memberships)?;
        let document = document(&state, &membership);
        Ok(Answer::ok_utf8(&document))
    }

    pub(super) fn remove_member(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        context.find(&state.memberships)?;
        state.memberships.remove(context.id());
        Ok(Answer::no_content())
    }
}
