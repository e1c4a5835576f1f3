//! The verification call: the callee hears a code, and the project submits it.

use std::sync::Arc;

use http::StatusCode;
use jiff::SignedDuration;

use super::body::Body;
use super::caller_ids::{CallerId, find, shown};
use super::error::{ApiError, BARE, Result};
use super::projects::Project;
use super::state::State;
use super::{Context, SignalWire};
use crate::carrier::{CallOutcome, Settled};
use crate::exchange::Answer;
use crate::seed::scatter;

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
        let too_soon = state
            .calls
            .get(&callee)
            .is_some_and(|last| now.duration_since(*last) < BETWEEN_CALLS);
        if too_soon {
            return Err(ApiError::invalid(
                "verification_request_too_soon",
                "Please wait at least one minute between verification calls to the same number.",
            ));
        }
        state.calls.insert(callee, now);
        Ok(format!(
            "{:06}",
            scatter(self.seed, self.next()) % 1_000_000
        ))
    }

    pub(super) fn redial(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let mut state = self.lock();
        let pending = pending(&state, context, id)?;
        let code = self.call(&mut state, context.project, &pending.number)?;
        let new = CallerId {
            code: Some(code),
            wrong_codes: 0,
            ..pending
        };
        Ok(put(&mut state, new))
    }

    pub(super) fn submit_code(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let pending = pending(&state, context, id)?;
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
            return Err(ApiError::invalid(
                "too_many_verification_attempts",
                "Too many verification attempts. Please request another call.",
            ));
        }
        // What the code for a wrong code is isn't published: the one that says nothing leaves it to the text.
        Err(ApiError::invalid(
            BARE,
            "The verification code is incorrect.",
        ))
    }

    fn verified(&self, pending: CallerId) -> CallerId {
        CallerId {
            verified: Some(self.written_now()),
            code: None,
            ..pending
        }
    }

    /// What the callee of the newest open verification of `number` hears.
    pub(super) fn open_code(&self, number: &str) -> Option<String> {
        open(&self.lock(), number)?.code.clone()
    }

    /// What the callee and the project do with the call: the code is submitted, or a wrong one, or nobody picks up and
    /// the code is lost. The record stays in every case.
    pub(super) fn settle(&self, number: &str, outcome: CallOutcome) -> Option<Settled> {
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

/// A caller ID that is not verified yet.
fn pending(state: &State, context: &Context<'_>, id: &str) -> Result<CallerId> {
    let caller_id = find(state, context, id)?;
    if caller_id.verified.is_some() {
        return Err(ApiError::invalid(
            "already_verified",
            "The caller ID is already verified.",
        ));
    }
    Ok(CallerId::clone(&caller_id))
}

fn put(state: &mut State, caller_id: CallerId) -> Answer {
    let answer = shown(StatusCode::OK, &caller_id);
    state.caller_ids.replace(Arc::new(caller_id));
    answer
}

/// The newest verification of `number` whose call somebody hears. A plus sign gets lost in URLs easily.
fn open<'s>(state: &'s State, number: &str) -> Option<&'s CallerId> {
    let digits = number.trim_start_matches([' ', '+']);
    let is_open = |row: &&CallerId| {
        row.verified.is_none() && row.code.is_some() && row.number.trim_start_matches('+') == digits
    };
    state.caller_ids.all().map(|row| &**row).find(is_open)
}
