//! Taking numbers on an account's books that are held elsewhere.

use crate::action::json;
use crate::action::{Action, ActionKind, Findings};
use crate::inventory::{HoldingKey, HoldingStep};
use crate::numbers::Numbers;
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{Effect, Error, ErrorKind, Result, Retry};
use trunkline_core::failpoint;
use trunkline_core::model::{Caller, Number, Register};

/// How often a registration is sent if answers are lost: repeating it is safe and free.
const TRIES: u32 = 3;

/// A number that has been registered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Registered {
    /// The number.
    pub number: Number,
    /// Whether this call made it; not if it was there before.
    pub created: bool,
}

impl Numbers {
    /// Records a number held elsewhere.
    ///
    /// # Errors
    /// `NotFound` for an account that is not the tenant's; `Unsupported` where the carrier has no such thing; those of
    /// the carrier. If the answer was lost even when sent again, the effect is unknown and sending it again is safe.
    pub async fn register(
        &self,
        caller: &Caller,
        account: &str,
        request: &Register,
    ) -> Result<Registered> {
        let entry = self.registry.of_caller(caller, account)?;
        let call = Call::within(Self::TIMEOUT, Lane::Purchase);
        let mut action = Action::new(caller, ActionKind::NumberRegister).at(account);
        action.number = request.numbers.first().cloned();
        action.after = Some(json(request));
        let identity = entry.provider.identity();
        let key = |number: &String| HoldingKey::new(identity, number);
        action.touches = request.numbers.iter().map(key).collect();
        self.actions.begin(&action).await?;
        let sent = call.scope(again(|| entry.provider.register(request))).await;
        let held = |(number, created): &(Number, bool)| match created {
            true => HoldingStep::registered(&caller.tenant, identity, number),
            false => HoldingStep::held(&caller.tenant, identity, number),
        };
        let told = |(made, _): &(Vec<(Number, bool)>, bool)| Findings {
            held: made.iter().map(held).collect(),
            ..told_of_numbers(made)
        };
        self.actions.end(action, &sent, told).await;
        let (mut registered, lost) = sent?;
        let (number, created) = registered.pop().ok_or_else(|| {
            Error::new(
                ErrorKind::Protocol,
                "the carrier named no number that is registered",
            )
        })?;
        Ok(Registered {
            number: self.annotated(number).await?,
            // Sent twice because an answer was lost: the first one may have made it.
            created: created || lost,
        })
    }
}

fn told_of_numbers(made: &[(Number, bool)]) -> Findings {
    let told = |(number, created): &(Number, bool)| json!({ "id": number.id, "created": created });
    let numbers: Vec<_> = made.iter().map(told).collect();
    let first = made.first().map(|(number, _)| number);
    Findings {
        after: Some(json!({ "numbers": numbers })),
        number: first.and_then(|number| number.number.clone()),
        resource: first.map(|number| number.id.to_string()),
        ..Findings::default()
    }
}

/// Sends until the answer is no longer lost, within the time of the call. The flag says whether one was.
async fn again<T, F: Future<Output = Result<T>>>(mut send: impl FnMut() -> F) -> Result<(T, bool)> {
    let mut tries = 1;
    loop {
        failpoint::hit(failpoint::BEFORE_REGISTER);
        let sent = send().await;
        failpoint::hit(failpoint::REGISTER_SENT);
        match sent {
            Ok(answer) => return Ok((answer, tries > 1)),
            Err(error) if error.effect() == Effect::Unknown && tries < TRIES => {
                tracing::info!(%error, "a registration is sent again: its answer was lost");
                let pause = error
                    .retry_after()
                    .unwrap_or(Duration::from_millis(200) * tries);
                if Instant::now() + pause >= Call::current().deadline {
                    // Findings to wait for longer than the caller does: it is the caller who sends it again.
                    return Err(worth_repeating(error));
                }
                tries += 1;
                tokio::time::sleep(pause).await;
            }
            Err(error) if error.effect() == Effect::Unknown => return Err(worth_repeating(error)),
            Err(error) => return Err(error),
        }
    }
}

/// Sending a registration again is safe, whatever became of it.
pub(super) fn worth_repeating(error: Error) -> Error {
    match error.retry() {
        Retry::Never => error.with_retry(Retry::Backoff),
        Retry::Backoff | Retry::After(_) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refused(retry: Retry) -> (Error, Duration) {
        let lost = || {
            let error = Error::new(ErrorKind::UpstreamUnavailable, "away");
            error.with_effect(Effect::Unknown).with_retry(retry)
        };
        let started = Instant::now();
        let call = Call::within(Duration::from_secs(30), Lane::Purchase);
        let answer: Result<((), bool)> = call.scope(again(|| async { Err(lost()) })).await;
        (answer.unwrap_err(), started.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn registration_does_not_wait_longer_than_its_call() {
        let hour = Retry::After(Duration::from_secs(3_600));
        let (error, waited) = refused(hour).await;
        assert_eq!((error.retry(), waited), (hour, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn registration_whose_answers_are_lost_may_be_repeated() {
        let (error, waited) = refused(Retry::Never).await;
        assert_eq!(error.retry(), Retry::Backoff);
        assert!(waited < Duration::from_secs(1));
    }
}
