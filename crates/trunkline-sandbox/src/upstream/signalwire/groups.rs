//! Number groups, names for several numbers that messages are sent from, and which numbers are in which group.

use std::sync::Arc;

use super::body::Body;
use super::error::{ApiError, Result, noted, refuse};
use super::page::List;
use super::state::{Context, Group, Membership, SignalWire, State};
use super::text::{contains, national};
use super::wire::{ON_SALE, capabilities};
use crate::exchange::Answer;
use crate::json::{Object, object};

fn document(state: &State, group: &Group) -> Object {
    object! {
        "id": &group.id,
        "name": &group.name,
        "sticky_sender": group.sticky,
        "phone_number_count": state.members(group.project.id, &group.id).count(),
    }
}

impl SignalWire {
    pub(super) fn create_group(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let (name, sticky) = wanted(&body)?;
        let mut state = self.lock();
        let group = state.groups.insert(Group {
            name: name.to_owned(),
            sticky: sticky.unwrap_or(false),
            id: self.new_id(),
            project: context.caller,
        });
        Ok(Answer::ok_utf8(&document(&state, &group)))
    }

    pub(super) fn list_groups(&self, context: &Context<'_>) -> Result<Answer> {
        let query = context.query();
        let list = List::of(context, &query, &["filter_name"])?;
        let name = query.filled("filter_name");
        let state = self.lock();
        let cut = list.cut(&state.groups, |row| {
            name.is_none_or(|name| contains(&row.name, name))
        })?;
        Ok(list.answer(&cut, |group| document(&state, group)))
    }

    pub(super) fn get_group(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let group = context.find(&state.groups)?;
        Ok(Answer::ok_utf8(&document(&state, &group)))
    }

    pub(super) fn update_group(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let old = context.find(&state.groups)?;
        let (name, sticky) = wanted(&body)?;
        let new = state.groups.replace(Group {
            name: name.to_owned(),
            sticky: sticky.unwrap_or(old.sticky),
            ..Group::clone(&old)
        });
        Ok(Answer::ok_utf8(&document(&state, &new)))
    }

    /// Its numbers stay with the project.
    pub(super) fn delete_group(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        context.find(&state.groups)?;
        state.groups.remove(context.id());
        state.disband(context.id());
        Ok(Answer::no_content())
    }
}

/// Name and stickiness that a body asks for.
fn wanted(body: &Body) -> Result<(&str, Option<bool>)> {
    let mut problems = Vec::new();
    let name = noted(&mut problems, body.needed("name"));
    let sticky = noted(&mut problems, body.flag("sticky_sender"));
    ApiError::check(problems)?;
    Ok((name, sticky))
}

impl State {
    pub(super) fn members(
        &self,
        project: &str,
        group: &str,
    ) -> impl Iterator<Item = &Arc<Membership>> {
        let of_project = self.memberships.of(project);
        of_project.filter(move |membership| membership.group == group)
    }

    pub(super) fn leave_groups(&mut self, number: &str) {
        self.forget(|membership| membership.number == number);
    }

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

fn member(state: &State, membership: &Membership) -> Object {
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
        Ok(list.answer(&cut, |membership| member(&state, membership)))
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
        let member = member(&state, &membership);
        Ok(Answer::ok_utf8(&member))
    }

    pub(super) fn get_member(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let membership = context.find(&state.memberships)?;
        let member = member(&state, &membership);
        Ok(Answer::ok_utf8(&member))
    }

    pub(super) fn remove_member(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        context.find(&state.memberships)?;
        state.memberships.remove(context.id());
        Ok(Answer::no_content())
    }
}
