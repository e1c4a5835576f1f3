//! Verified caller IDs: the record that the first call makes, and what can be done with it. Their calls and codes are in
//! `verification`.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use super::body::{Body, check_length};
use super::book::Row;
use super::error::{ApiError, Problem, Result, noted};
use super::page::{PAGE_SIZE, PageRequest, Source};
use super::projects::Project;
use super::query::{Query, contains};
use super::state::State;
use super::text::{international, is_e164};
use super::{Context, SignalWire, json};
use crate::clock::Recorded;
use crate::exchange::Answer;

/// The longest name, in characters.
const LONGEST_NAME: usize = 200;

/// A number that a project may show, or wants to.
#[derive(Clone, Debug)]
pub(super) struct CallerId {
    pub(super) id: String,
    pub(super) project: &'static str,
    pub(super) number: String,
    pub(super) name: String,
    pub(super) extension: String,
    pub(super) verified: Option<Recorded>,
    /// What was said in the last call, if somebody heard it.
    pub(super) code: Option<String>,
    /// How many wrong codes were given since that call.
    pub(super) wrong_codes: u32,
}

impl Row for CallerId {
    fn id(&self) -> &str {
        &self.id
    }

    fn project(&self) -> &str {
        self.project
    }
}

/// The document: the code is never in it.
#[derive(Serialize)]
struct Document<'a> {
    r#type: &'static str,
    id: &'a str,
    number: &'a str,
    name: &'a str,
    extension: &'a str,
    verified: bool,
    verified_at: Option<String>,
    status: &'static str,
}

impl<'a> From<&'a CallerId> for Document<'a> {
    fn from(caller_id: &'a CallerId) -> Self {
        let verified = caller_id.verified.is_some();
        Self {
            r#type: "verified_caller_id",
            id: &caller_id.id,
            number: &caller_id.number,
            name: &caller_id.name,
            extension: &caller_id.extension,
            verified,
            verified_at: caller_id.verified.map(Recorded::iso),
            status: if verified {
                "Verified"
            } else {
                "Awaiting Verification"
            },
        }
    }
}

/// The answer that shows a caller ID.
pub(super) fn shown(status: StatusCode, caller_id: &CallerId) -> Answer {
    json(status, &Document::from(caller_id))
}

/// The project's caller ID of that id.
pub(super) fn find(state: &State, context: &Context<'_>, id: &str) -> Result<Arc<CallerId>> {
    state
        .caller_ids
        .get(context.project.id, id)
        .map(Arc::clone)
        .ok_or(ApiError::not_found())
}

impl SignalWire {
    /// Makes the record and places the first call, in one go.
    pub(super) fn start_caller_id(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let wanted = Wanted::of(&body)?;
        let project = context.project;
        let mut state = self.lock();
        check_room(&state, project, wanted.number)?;
        let code = self.call(&mut state, project, wanted.number)?;
        let caller_id = Arc::new(CallerId {
            id: self.new_id(),
            project: project.id,
            name: wanted
                .name
                .map_or_else(|| international(wanted.number), str::to_owned),
            number: wanted.number.to_owned(),
            extension: wanted.extension.to_owned(),
            verified: None,
            code: Some(code),
            wrong_codes: 0,
        });
        state.caller_ids.insert(Arc::clone(&caller_id));
        Ok(shown(StatusCode::CREATED, &caller_id))
    }

    /// Pending ones are in it. The documents name no paging for this list; it pages as the others do.
    pub(super) fn list_caller_ids(&self, context: &Context<'_>) -> Result<Answer> {
        let query = Query::of(context.request);
        let mut page = PageRequest::of(&query)?;
        if context.visit.settings.declared_paging_only {
            page.size = PAGE_SIZE;
        }
        let (name, number) = (query.filled("filter_name"), query.filled("filter_number"));
        let project = context.project.id;
        let cut = page.cut(&self.lock().caller_ids, project, |row: &CallerId| {
            number.is_none_or(|number| contains(&row.number, number))
                && name.is_none_or(|name| contains(&row.name, name))
        });
        let source = Source {
            path: &context.request.path,
            query: &query,
            filters: &["filter_name", "filter_number"],
        };
        source.answer(&page, cut.as_ref(), Document::from)
    }

    pub(super) fn get_caller_id(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let caller_id = find(&self.lock(), context, id)?;
        Ok(shown(StatusCode::OK, &caller_id))
    }

    pub(super) fn rename_caller_id(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let caller_id = find(&state, context, id)?;
        let name = body.needed("name")?;
        check_length("name", name, LONGEST_NAME)?;
        let new = Arc::new(CallerId {
            name: name.to_owned(),
            ..CallerId::clone(&caller_id)
        });
        state.caller_ids.replace(Arc::clone(&new));
        Ok(shown(StatusCode::OK, &new))
    }

    pub(super) fn delete_caller_id(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let mut state = self.lock();
        find(&state, context, id)?;
        state.caller_ids.remove(id);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }
}

/// Whether the project may have another caller ID, and that number for it.
fn check_room(state: &State, project: &Project, number: &str) -> Result<()> {
    let mut known = state.caller_ids.of(project.id);
    if let Some(known) = known.find(|known| known.number == number) {
        return Err(if known.verified.is_some() {
            ApiError::invalid("already_verified", "number is already verified")
        } else {
            ApiError::invalid("value_not_unique", "number has already been taken")
        });
    }
    if state.caller_ids.of(project.id).count() >= project.caller_id_limit() {
        return Err(ApiError::invalid(
            "account_limit_exceeded",
            "This account has reached its limit of verified caller IDs.",
        ));
    }
    Ok(())
}

/// What a caller ID is to be like.
struct Wanted<'b> {
    number: &'b str,
    name: Option<&'b str>,
    extension: &'b str,
}

impl<'b> Wanted<'b> {
    fn of(body: &'b Body) -> Result<Self> {
        let mut problems = Vec::new();
        let number = noted(&mut problems, body.needed("number"));
        if !number.is_empty() && !is_e164(number) {
            problems.push(Problem::new(
                "invalid_number_format",
                "number is not in E.164 format",
            ));
        }
        let name = noted(&mut problems, body.text("name"));
        let fits = check_length("name", name.unwrap_or_default(), LONGEST_NAME);
        noted(&mut problems, fits);
        let extension = noted(&mut problems, body.text("extension")).unwrap_or_default();
        let dialled = |c: char| c.is_ascii_digit() || "*#wW,".contains(c);
        if !extension.chars().all(dialled) {
            problems.push(Problem::value("extension", "can't be dialled"));
        }
        ApiError::check(problems)?;
        Ok(Self {
            number,
            name,
            extension,
        })
    }
}
