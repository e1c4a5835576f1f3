//! Number groups: names for several numbers that messages are sent from. Their members are in `memberships`.

use serde::Serialize;

use super::body::Body;
use super::error::{ApiError, Result, noted};
use super::page::List;
use super::state::{Context, Group, SignalWire, State};
use super::text::contains;
use crate::exchange::Answer;
use crate::json::object;

fn document(state: &State, group: &Group) -> impl Serialize {
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
