//! Whether numbers could be added, without adding them.

use std::collections::HashSet;

use super::error::{Flaw, Result};
use super::ids::Org;
use super::params::Body;
use super::plan;
use super::state::{Context, State, Webex};
use crate::exchange::Answer;
use crate::json::object;

/// What stands against adding a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// It is in the request already.
    Repeated,
    /// Another organization has it.
    Elsewhere,
    /// It is not a number.
    Invalid,
    /// The organization has it.
    InUse,
}

impl Obstacle {
    /// State, code, and the words without code and number.
    const fn known(self) -> (&'static str, u32, &'static str) {
        match self {
            Self::Repeated => ("Duplicate In List", 8_360, "Duplicate DN in the request"),
            Self::Elsewhere => ("Unavailable", 8_361, "DN is unavailable"),
            Self::Invalid => ("Invalid", 8_362, "DN is invalid"),
            Self::InUse => ("Duplicate", 8_363, "DN is in use"),
        }
    }

    const fn state(self) -> &'static str {
        self.known().0
    }

    const fn code(self) -> u32 {
        self.known().1
    }

    const fn words(self) -> &'static str {
        self.known().2
    }

    /// `DN is in use : +14155550100`.
    pub(super) fn text(self, number: &str) -> String {
        format!("{} : {number}", self.words())
    }

    /// As a refusal of several numbers lists it.
    pub(super) fn flaw(self, number: &str) -> Flaw {
        Flaw {
            number: number.to_owned(),
            error_type: "ERROR",
            error_code: self.code().to_string(),
            error_message: self.text(number),
            error_title: self.words(),
        }
    }
}

/// What stands against adding `number`, which is in E.164 form if it is valid.
pub(super) fn obstacle(state: &State, org: Org, number: Option<&str>) -> Option<Obstacle> {
    let Some(number) = number else {
        return Some(Obstacle::Invalid);
    };
    let held = state.numbers.get(number)?;
    if state.org_of(held) == Some(org) {
        Some(Obstacle::InUse)
    } else {
        Some(Obstacle::Elsewhere)
    }
}

impl Webex {
    pub(super) fn validate_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let numbers = Body::of(context.request)?.numbers()?;
        let state = self.lock();
        let mut seen = HashSet::new();
        let mut fine = true;
        let mut verdicts = Vec::new();
        for text in &numbers {
            let number = plan::any_form(text);
            let obstacle = match seen.insert(number.clone().unwrap_or_else(|| text.clone())) {
                true => obstacle(&state, context.caller, number.as_deref()),
                false => Some(Obstacle::Repeated),
            };
            fine &= obstacle.is_none();
            let detail = obstacle
                .map(|obstacle| format!("[Error {}] {}", obstacle.code(), obstacle.text(text)));
            verdicts.push(object! {
                "phoneNumber": text,
                "state": obstacle.map_or("Available", Obstacle::state),
                "tollFreeNumber": number.as_deref().is_some_and(plan::is_toll_free),
                "detail": detail.into_iter().collect::<Vec<_>>(),
            });
        }
        let document = object! {
            "status": if fine { "OK" } else { "ERRORS" },
            "phoneNumbers": verdicts,
        };
        Ok(Answer::ok(&document))
    }
}
