//! The verification call: the callee hears a code, and the project submits it.

use jiff::SignedDuration;

use super::body::Body;
use super::error::{BARE, Result, refuse};
use super::projects::Project;
use super::state::{CallerId, Context, SignalWire, State};
use super::wire::caller_id;
use crate::carrier::{CallOutcome, Settled};
use crate::exchange::Answer;

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
