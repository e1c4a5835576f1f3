//! Verified caller IDs: the record that the first call makes, and what can be done with it. Their calls and codes are in
//! `verification`.

use http::StatusCode;

use super::body::{Body, check_length};
use super::error::{ApiError, Problem, Result, noted, refuse};
use super::page::{List, PAGE_SIZE};
use super::projects::Project;
use super::state::{CallerId, Context, SignalWire, State};
use super::text::{contains, international, is_e164};
use super::wire::caller_id;
use crate::exchange::Answer;

/// The longest name, in characters.
const LONGEST_NAME: usize = 200;

impl SignalWire {
    /// Makes the record and places the first call, in one go.
    pub(super) fn start_caller_id(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let wanted = Wanted::of(&body)?;
        let (project, number) = (context.caller, wanted.number);
        let mut state = self.lock();
        check_room(&state, project, number)?;
        let code = self.call(&mut state, project, number)?;
        let name = wanted.name.map(str::to_owned);
        let new = state.caller_ids.insert(CallerId {
            id: self.new_id(),
            project,
            name: name.unwrap_or_else(|| international(number)),
            number: number.to_owned(),
            extension: wanted.extension.to_owned(),
            verified: None,
            code: Some(code),
            wrong_codes: 0,
        });
        Ok(Answer::json_utf8(StatusCode::CREATED, &caller_id(&new)))
    }

    /// Pending ones are in it. The documents name no paging for this list; it pages as the others do.
    pub(super) fn list_caller_ids(&self, context: &Context<'_>) -> Result<Answer> {
        let query = context.query();
        let mut list = List::of(context, &query, &["filter_name", "filter_number"])?;
        if context.visit.settings.declared_paging_only {
            list.page.size = PAGE_SIZE;
        }
        let (name, number) = (query.filled("filter_name"), query.filled("filter_number"));
        let cut = list.cut(&self.lock().caller_ids, |row| {
            number.is_none_or(|number| contains(&row.number, number))
                && name.is_none_or(|name| contains(&row.name, name))
        })?;
        Ok(list.answer(&cut, caller_id))
    }

    pub(super) fn get_caller_id(&self, context: &Context<'_>) -> Result<Answer> {
        let found = context.find(&self.lock().caller_ids)?;
        Ok(Answer::ok_utf8(&caller_id(&found)))
    }

    pub(super) fn rename_caller_id(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let old = context.find(&state.caller_ids)?;
        let name = body.needed("name")?;
        check_length("name", name, LONGEST_NAME)?;
        let new = state.caller_ids.replace(CallerId {
            name: name.to_owned(),
            ..CallerId::clone(&old)
        });
        Ok(Answer::ok_utf8(&caller_id(&new)))
    }

    pub(super) fn delete_caller_id(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        context.find(&state.caller_ids)?;
        state.caller_ids.remove(context.id());
        Ok(Answer::no_content())
    }
}

/// Whether the project may have another caller ID, and that number for it.
fn check_room(state: &State, project: &Project, number: &str) -> Result<()> {
    let mut known = state.caller_ids.of(project.id);
    if let Some(known) = known.find(|known| known.number == number) {
        return if known.verified.is_some() {
            refuse("already_verified", "number is already verified")
        } else {
            refuse("value_not_unique", "number has already been taken")
        };
    }
    if state.caller_ids.of(project.id).count() >= project.caller_id_limit() {
        let detail = "This account has reached its limit of verified caller IDs.";
        return refuse("account_limit_exceeded", detail);
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
