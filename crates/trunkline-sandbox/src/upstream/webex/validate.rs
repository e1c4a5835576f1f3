//! Whether numbers could be added, without adding them.

use std::collections::HashSet;

use http::StatusCode;
use serde::Serialize;

use super::error::{Flaw, Result};
use super::params::Body;
use super::plan;
use super::state::{Org, State};
use super::{Context, Webex, json};
use crate::exchange::Answer;

/// What stands against adding a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// It is in the request already.
    Repeated,
    /// Another organization has it.
    Elsewhere,
    /// It is no number.
    Invalid,
    /// The organization has it.
    InUse,
}

impl Obstacle {
    const fn state(self) -> &'static str {
        match self {
            Self::Repeated => "Duplicate In List",
            Self::Elsewhere => "Unavailable",
            Self::Invalid => "Invalid",
            Self::InUse => "Duplicate",
        }
    }

    const fn code(self) -> u32 {
        match self {
            Self::Repeated => 8_360,
            Self::Elsewhere => 8_361,
            Self::Invalid => 8_362,
            Self::InUse => 8_363,
        }
    }

    /// The words without code and number.
    const fn words(self) -> &'static str {
        match self {
            Self::Repeated => "Duplicate DN in the request",
            Self::Elsewhere => "DN is unavailable",
            Self::Invalid => "DN is invalid",
            Self::InUse => "DN is in use",
        }
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

/// What stands against adding `number`, which is in E.164 form or is none.
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    status: &'static str,
    phone_numbers: Vec<Verdict<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verdict<'a> {
    phone_number: &'a str,
    state: &'static str,
    toll_free_number: bool,
    detail: Vec<String>,
}

impl Webex {
    pub(super) fn validate_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let numbers = Body::of(context.request)?.numbers()?;
        let state = self.lock();
        let mut seen = HashSet::new();
        let verdicts = numbers.iter().map(|text| {
            let number = plan::any_form(text);
            let obstacle = if seen.insert(number.clone().unwrap_or_else(|| text.clone())) {
                obstacle(&state, context.caller.org, number.as_deref())
            } else {
                Some(Obstacle::Repeated)
            };
            let detail = obstacle.map(|obstacle| {
                let text = obstacle.text(text);
                format!("[Error {}] {text}", obstacle.code())
            });
            Verdict {
                phone_number: text,
                state: obstacle.map_or("Available", Obstacle::state),
                toll_free_number: number.as_deref().is_some_and(plan::is_toll_free),
                detail: detail.into_iter().collect(),
            }
        });
        let verdicts: Vec<_> = verdicts.collect();
        let fine = verdicts.iter().all(|verdict| verdict.detail.is_empty());
        let document = Document {
            status: if fine { "OK" } else { "ERRORS" },
            phone_numbers: verdicts,
        };
        Ok(json(StatusCode::OK, &document))
    }
}
