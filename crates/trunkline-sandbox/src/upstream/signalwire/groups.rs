//! Number groups: names for several numbers that messages are sent from. Their members are in `memberships`.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use super::body::Body;
use super::book::Row;
use super::error::{ApiError, Result, noted};
use super::page::{PageRequest, Source};
use super::query::{Query, contains};
use super::state::State;
use super::{Context, SignalWire, json};
use crate::exchange::Answer;

/// A group of a project.
#[derive(Clone, Debug)]
pub(super) struct Group {
    id: String,
    project: &'static str,
    name: String,
    sticky: bool,
}

impl Row for Group {
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
    name: &'a str,
    sticky_sender: bool,
    phone_number_count: usize,
}

fn shown<'a>(state: &State, group: &'a Group) -> Document<'a> {
    Document {
        id: &group.id,
        name: &group.name,
        sticky_sender: group.sticky,
        phone_number_count: state.members(group.project, &group.id).count(),
    }
}

impl SignalWire {
    pub(super) fn create_group(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let (name, sticky) = wanted(&body)?;
        let group = Arc::new(Group {
            name: name.to_owned(),
            sticky: sticky.unwrap_or(false),
            id: self.new_id(),
            project: context.project.id,
        });
        let mut state = self.lock();
        state.groups.insert(Arc::clone(&group));
        Ok(json(StatusCode::OK, &shown(&state, &group)))
    }

    pub(super) fn list_groups(&self, context: &Context<'_>) -> Result<Answer> {
        let query = Query::of(context.request);
        let page = PageRequest::of(&query)?;
        let name = query.filled("filter_name");
        let state = self.lock();
        let cut = page.cut(&state.groups, context.project.id, |row: &Group| {
            name.is_none_or(|name| contains(&row.name, name))
        });
        let source = Source {
            path: &context.request.path,
            query: &query,
            filters: &["filter_name"],
        };
        source.answer(&page, cut.as_ref(), |group| shown(&state, group))
    }

    pub(super) fn get_group(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let state = self.lock();
        let group = find(&state, context, id)?;
        Ok(json(StatusCode::OK, &shown(&state, &group)))
    }

    pub(super) fn update_group(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let old = find(&state, context, id)?;
        let (name, sticky) = wanted(&body)?;
        let new = Arc::new(Group {
            name: name.to_owned(),
            sticky: sticky.unwrap_or(old.sticky),
            ..Group::clone(&old)
        });
        state.groups.replace(Arc::clone(&new));
        Ok(json(StatusCode::OK, &shown(&state, &new)))
    }

    /// Its numbers stay with the project.
    pub(super) fn delete_group(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let mut state = self.lock();
        find(&state, context, id)?;
        state.groups.remove(id);
        state.disband(id);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
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

/// The project's group of that id.
pub(super) fn find(state: &State, context: &Context<'_>, id: &str) -> Result<Arc<Group>> {
    state
        .groups
        .get(context.project.id, id)
        .map(Arc::clone)
        .ok_or(ApiError::not_found())
}
