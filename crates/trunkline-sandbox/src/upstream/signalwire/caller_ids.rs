//! Verified caller IDs: the record that the first call makes, the calls, and the codes that the project submits.

use http::StatusCode;
use jiff::SignedDuration;

use super::body::{Body, check_length};
use super::error::{ApiError, BARE, Problem, Result, noted, refuse};
use super::page::{List, PAGE_SIZE};
use super::projects::Project;
use super::state::{CallerId, Context, SignalWire, State};
use super::text::{contains, international, is_e164};
use super::wire::caller_id;
use crate::carrier::{CallOutcome, Calls, Settled};
use crate::exchange::Answer;

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

/// How long a number is left alone after a call.
const BETWEEN_CALLS: SignedDuration = SignedDuration::from_secs(60);

/// How many wrong codes end it; then it takes another call. How many SignalWire takes is not published.
const MOST_WRONG_CODES: u32 = 3;

impl SignalWire {
    /// Calls a number and says a new code, if it was left alone for long enough.
    pub(super) fn call(
        &self,
        state: &mut State,
        project: &'static Project,
        number: &str,
    ) -> Result<String> {
        let now = self.clock.now();
        let callee = (project.id, number.to_owned());
        let last = state.calls.get(&callee);
        if last.is_some_and(|last| now.duration_since(*last) < BETWEEN_CALLS) {
            let detail =
                "Please wait at least one minute between verification calls to the same number.";
            return refuse("verification_request_too_soon", detail);
        }
        state.calls.insert(callee, now);
        Ok(format!("{:06}", self.scattered() % 1_000_000))
    }

    pub(super) fn redial(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let pending = pending(&state, context)?;
        let code = self.call(&mut state, context.caller, &pending.number)?;
        let new = CallerId {
            code: Some(code),
            wrong_codes: 0,
            ..pending
        };
        Ok(put(&mut state, new))
    }

    pub(super) fn submit_code(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let pending = pending(&state, context)?;
        let code = body.needed("verification_code")?;
        let right = pending.code.as_deref() == Some(code);
        if right && pending.wrong_codes < MOST_WRONG_CODES {
            let new = self.verified(pending);
            return Ok(put(&mut state, new));
        }
        let wrong_codes = pending.wrong_codes.saturating_add(1);
        let new = CallerId {
            wrong_codes,
            ..pending
        };
        put(&mut state, new);
        if wrong_codes >= MOST_WRONG_CODES {
            let detail = "Too many verification attempts. Please request another call.";
            return refuse("too_many_verification_attempts", detail);
        }
        // What the code for a wrong code is isn't published: the one that says nothing leaves it to the text.
        refuse(BARE, "The verification code is incorrect.")
    }

    fn verified(&self, pending: CallerId) -> CallerId {
        CallerId {
            verified: Some(self.written_now()),
            code: None,
            ..pending
        }
    }
}

impl Calls for SignalWire {
    fn validation_code(&self, number: &str) -> Option<String> {
        open(&self.lock(), number)?.code.clone()
    }

    /// What the callee and the project do with the call: the code is submitted, or a wrong one, or nobody picks up and
    /// the code is lost. The record stays in every case.
    fn answer_caller_id(&self, number: &str, outcome: CallOutcome) -> Option<Settled> {
        let mut state = self.lock();
        let pending = CallerId::clone(open(&state, number)?);
        let id = pending.id.clone();
        let new = match outcome {
            CallOutcome::Verified => self.verified(pending),
            CallOutcome::Failed => CallerId {
                wrong_codes: pending.wrong_codes.saturating_add(1),
                ..pending
            },
            CallOutcome::NoAnswer => CallerId {
                code: None,
                ..pending
            },
        };
        let caller_id = new.verified.is_some().then_some(id);
        put(&mut state, new);
        Some(Settled {
            caller_id,
            callback: None,
        })
    }
}

fn pending(state: &State, context: &Context<'_>) -> Result<CallerId> {
    let pending = context.find(&state.caller_ids)?;
    if pending.verified.is_some() {
        return refuse("already_verified", "The caller ID is already verified.");
    }
    Ok(CallerId::clone(&pending))
}

fn put(state: &mut State, changed: CallerId) -> Answer {
    let changed = state.caller_ids.replace(changed);
    Answer::ok_utf8(&caller_id(&changed))
}

/// The newest verification of `number` whose call somebody hears. A plus sign gets lost in URLs easily.
fn open<'s>(state: &'s State, number: &str) -> Option<&'s CallerId> {
    let digits = number.trim_start_matches([' ', '+']);
    let is_open = |row: &&CallerId| {
        row.verified.is_none() && row.code.is_some() && row.number.trim_start_matches('+') == digits
    };
    state.caller_ids.all().map(|row| &**row).find(is_open)
}
