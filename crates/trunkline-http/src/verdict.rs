//! What to do about what came of an attempt: the one table that decides whether a request is sent again.

use http::{Method, StatusCode};
use trunkline_core::Effect;

use crate::request::Replay;

/// What a repetition, or an answer that got lost, would mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stakes {
    /// Changes nothing.
    Read,
    /// Changes something, but twice does what once does.
    Idempotent,
    /// Twice may buy twice.
    Once,
}

impl Stakes {
    pub(crate) fn of(replay: Replay, method: &Method) -> Self {
        match replay {
            Replay::Never => Self::Once,
            Replay::Safe if method.is_safe() => Self::Read,
            Replay::Safe => Self::Idempotent,
        }
    }

    /// The effect of a request whose answer is lost or can't be read.
    pub(crate) fn unheard(self) -> Effect {
        match self {
            Self::Read => Effect::None,
            Self::Idempotent | Self::Once => Effect::Unknown,
        }
    }
}

/// What came of an attempt that is not a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// No connection: not a byte of the request left.
    NotSent,
    /// Timeout, reset or cut after the request had (perhaps) left.
    Lost,
    /// An answer that is not read because of its size.
    TooLarge,
    /// A status other than 2xx.
    Refused {
        status: StatusCode,
        /// There was a `Retry-After`.
        told_to_wait: bool,
        /// What the adapter says of it.
        effect: Effect,
        /// The adapter says that the reason passes by itself.
        passes: bool,
    },
}

/// Whether to send again and, if that is not possible (any more), whether the carrier may have acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) again: bool,
    pub(crate) effect: Effect,
}

/// Judges an attempt.
pub(crate) fn verdict(seen: Seen, stakes: Stakes) -> Verdict {
    match seen {
        Seen::NotSent => Verdict {
            again: true,
            effect: Effect::None,
        },
        Seen::Lost => Verdict {
            again: stakes != Stakes::Once,
            effect: stakes.unheard(),
        },
        Seen::TooLarge => Verdict {
            again: false,
            effect: stakes.unheard(),
        },
        Seen::Refused {
            status,
            told_to_wait,
            effect,
            passes: said_to_pass,
        } => {
            let effect = refused_effect(status, stakes, effect);
            let again = match stakes {
                // Not even after a 503 that says when to come back: it does not say that nothing was done.
                Stakes::Once => status == StatusCode::TOO_MANY_REQUESTS && effect == Effect::None,
                Stakes::Read | Stakes::Idempotent => said_to_pass || passes(status, told_to_wait),
            };
            Verdict { again, effect }
        }
    }
}

/// Whether the reason of a refusal may pass by itself.
fn passes(status: StatusCode, told_to_wait: bool) -> bool {
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::LOCKED => told_to_wait,
        StatusCode::NOT_IMPLEMENTED => false,
        status => status.is_server_error(),
    }
}

/// An adapter may know that a write was refused before it was acted on; not so where the carrier itself does not know.
fn refused_effect(status: StatusCode, stakes: Stakes, explained: Effect) -> Effect {
    let blind = status.is_server_error()
        || status == StatusCode::REQUEST_TIMEOUT
        || (status == StatusCode::CONFLICT && stakes == Stakes::Once);
    match (stakes, explained) {
        (Stakes::Read, _) => Effect::None,
        (_, Effect::None) if blind => Effect::Unknown,
        (_, explained) => explained,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGAIN: bool = true;
    const FAIL: bool = false;

    fn row(seen: Seen, stakes: Stakes, again: bool, effect: Effect) {
        assert_eq!(
            verdict(seen, stakes),
            Verdict { again, effect },
            "{seen:?} {stakes:?}"
        );
    }

    fn status(status: u16, told_to_wait: bool, effect: Effect) -> Seen {
        Seen::Refused {
            status: StatusCode::from_u16(status).unwrap(),
            told_to_wait,
            effect,
            passes: false,
        }
    }

    #[test]
    fn a_conflict_that_passes_is_sent_again_but_never_a_purchase() {
        let conflict = |effect| Seen::Refused {
            status: StatusCode::CONFLICT,
            told_to_wait: false,
            effect,
            passes: true,
        };
        row(
            conflict(Effect::None),
            Stakes::Idempotent,
            AGAIN,
            Effect::None,
        );
        row(conflict(Effect::None), Stakes::Once, FAIL, Effect::Unknown);
    }

    #[test]
    fn unsent_request_is_sent_again() {
        for stakes in [Stakes::Read, Stakes::Idempotent, Stakes::Once] {
            row(Seen::NotSent, stakes, AGAIN, Effect::None);
        }
    }

    #[test]
    fn a_lost_answer_is_asked_for_again_but_never_of_a_purchase() {
        row(Seen::Lost, Stakes::Read, AGAIN, Effect::None);
        row(Seen::Lost, Stakes::Idempotent, AGAIN, Effect::Unknown);
        row(Seen::Lost, Stakes::Once, FAIL, Effect::Unknown);
    }

    #[test]
    fn an_oversized_answer_fails_at_once() {
        row(Seen::TooLarge, Stakes::Read, FAIL, Effect::None);
        row(Seen::TooLarge, Stakes::Once, FAIL, Effect::Unknown);
    }

    #[test]
    fn purchase_answered_429_is_retried_only_where_the_adapter_allows_it() {
        row(
            status(429, true, Effect::None),
            Stakes::Once,
            AGAIN,
            Effect::None,
        );
        row(
            status(429, true, Effect::Unknown),
            Stakes::Once,
            FAIL,
            Effect::Unknown,
        );
        row(
            status(429, false, Effect::None),
            Stakes::Read,
            AGAIN,
            Effect::None,
        );
    }

    #[test]
    fn purchase_is_unknown_after_408_409_and_5xx_for_every_adapter() {
        for code in [408, 409, 500, 502, 503, 504] {
            row(
                status(code, true, Effect::None),
                Stakes::Once,
                FAIL,
                Effect::Unknown,
            );
        }
    }

    #[test]
    fn reads_are_sent_again_after_408_and_5xx() {
        for code in [408, 500, 502, 503, 504] {
            row(
                status(code, false, Effect::None),
                Stakes::Read,
                AGAIN,
                Effect::None,
            );
            row(
                status(code, false, Effect::None),
                Stakes::Idempotent,
                AGAIN,
                Effect::Unknown,
            );
        }
    }

    #[test]
    fn locked_answer_is_retried_only_with_retry_after() {
        row(
            status(423, true, Effect::None),
            Stakes::Read,
            AGAIN,
            Effect::None,
        );
        row(
            status(423, false, Effect::None),
            Stakes::Read,
            FAIL,
            Effect::None,
        );
        row(
            status(423, true, Effect::None),
            Stakes::Once,
            FAIL,
            Effect::None,
        );
    }

    #[test]
    fn plain_refusals_fail_with_the_adapters_effect() {
        for code in [302, 400, 401, 403, 404, 410, 412, 422] {
            row(
                status(code, false, Effect::None),
                Stakes::Once,
                FAIL,
                Effect::None,
            );
            row(
                status(code, false, Effect::Unknown),
                Stakes::Once,
                FAIL,
                Effect::Unknown,
            );
            row(
                status(code, false, Effect::Unknown),
                Stakes::Read,
                FAIL,
                Effect::None,
            );
        }
    }

    #[test]
    fn a_501_and_a_conflicting_update_are_final() {
        row(
            status(501, false, Effect::None),
            Stakes::Read,
            FAIL,
            Effect::None,
        );
        row(
            status(409, false, Effect::None),
            Stakes::Idempotent,
            FAIL,
            Effect::None,
        );
    }
}
