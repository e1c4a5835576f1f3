//! Jobs that move numbers or change what they are for. They take their time by the carriers' clock.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::error::{ApiError, Result};
use super::ids::{self, Uuid};
use super::params::{Body, texts};
use super::route::JobAction;
use super::state::{Org, State};
use super::{Context, Webex, json};
use crate::exchange::Answer;

mod run;
mod wire;

pub(super) use run::settle;
use wire::{ErrorDetail, ErrorItem, ErrorMessage, Items};

/// How many numbers one job takes.
const NUMBERS_MAX: usize = 1_000;

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Move { target: Uuid },
    Usage { service: bool },
}

impl Work {
    const fn name(self) -> &'static str {
        match self {
            Self::Move { .. } => "MOVE",
            Self::Usage { .. } => "NUMBER_USAGE_CHANGE",
        }
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Running,
    Paused { since: Timestamp },
    Done,
    Abandoned,
}

/// One job.
#[derive(Clone, Debug)]
pub(super) struct Job {
    uuid: Uuid,
    org: Org,
    tracking_id: String,
    work: Work,
    /// Number and the location that it is said to be in.
    numbers: Vec<(Uuid, String)>,
    created: Timestamp,
    /// How far the clock of its records was ahead then.
    skew: SignedDuration,
    /// When it begins to work, and when it is done; a pause moves both.
    starts: Timestamp,
    ends: Timestamp,
    stage: Stage,
    done: u32,
    failures: Vec<Failure>,
}

#[derive(Clone, Debug)]
struct Failure {
    number: String,
    code: &'static str,
    description: &'static str,
    location: Uuid,
}
impl Webex {
    pub(super) fn start_job(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let org = context.caller.org;
        let mut state = self.lock();
        let work = work(&state, org, &body)?;
        let numbers = numbers(&state, org, &body)?;
        if state.jobs.iter().any(|job| job.org == org && job.is_open()) {
            return Err(ApiError::conflict(
                "Another manage numbers job is in progress",
            ));
        }
        let now = self.clock.now();
        let after = |time| now.checked_add(time).unwrap_or(Timestamp::MAX);
        let job = Job {
            uuid: self.new_uuid(),
            org,
            tracking_id: self.tracking_id(),
            work,
            numbers,
            created: now,
            skew: self.clock.record(now).at.duration_since(now),
            starts: after(self.job_time / 4),
            ends: after(self.job_time),
            stage: Stage::Running,
            done: 0,
            failures: Vec::new(),
        };
        let answer = json(StatusCode::CREATED, &job.document(now, true));
        state.jobs.push(job);
        Ok(answer)
    }

    /// Newest first.
    pub(super) fn list_jobs(&self, context: &Context<'_>) -> Result<Answer> {
        let (state, now) = (self.lock(), self.clock.now());
        let of_org = state
            .jobs
            .iter()
            .filter(|job| job.org == context.caller.org);
        let found: Vec<_> = of_org.rev().collect();
        self.paged(context, &found, |page| Items {
            items: page.iter().map(|job| job.document(now, false)).collect(),
        })
    }

    pub(super) fn get_job(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let (state, now) = (self.lock(), self.clock.now());
        let job = &state.jobs[find(&state, context.caller.org, id)?];
        Ok(json(StatusCode::OK, &job.document(now, false)))
    }

    pub(super) fn job_errors(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let state = self.lock();
        let job = &state.jobs[find(&state, context.caller.org, id)?];
        let numbered: Vec<_> = job.failures.iter().zip(1..).collect();
        self.paged(context, &numbered, |page| Items {
            items: page
                .iter()
                .map(|(failure, item_number)| ErrorItem {
                    item: &failure.number,
                    item_number: *item_number,
                    tracking_id: &job.tracking_id,
                    error_type: "ERROR",
                    error: ErrorDetail {
                        key: "400",
                        message: [ErrorMessage {
                            description: failure.description,
                            code: failure.code,
                            location_id: ids::encode("LOCATION", failure.location),
                        }],
                    },
                })
                .collect(),
        })
    }

    /// What can't be done at that stage is refused.
    pub(super) fn steer_job(
        &self,
        context: &Context<'_>,
        id: &str,
        action: JobAction,
    ) -> Result<Answer> {
        let (mut state, now) = (self.lock(), self.clock.now());
        let index = find(&state, context.caller.org, id)?;
        let job = &mut state.jobs[index];
        job.stage = match (action, job.stage) {
            (JobAction::Pause, Stage::Running) => Stage::Paused { since: now },
            (JobAction::Resume, Stage::Paused { since }) => {
                let lost = now.duration_since(since);
                job.starts = job.starts.checked_add(lost).unwrap_or(Timestamp::MAX);
                job.ends = job.ends.checked_add(lost).unwrap_or(Timestamp::MAX);
                Stage::Running
            }
            (JobAction::Abandon, Stage::Running | Stage::Paused { .. }) => Stage::Abandoned,
            _ => {
                return Err(ApiError::conflict(
                    "The job is not in a state in which that can be done",
                ));
            }
        };
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }
}

/// A request that makes no job. Which codes Webex has for that is known of one only.
fn refused(description: impl Into<String>, location: Option<String>) -> ApiError {
    ApiError::Job {
        description: description.into(),
        code: "BATCH-1017017",
        location,
    }
}

fn work(state: &State, org: Org, body: &Body) -> Result<Work> {
    match body.text("operation")? {
        Some("MOVE") => {
            let Some(id) = body.text("targetLocationId")? else {
                return Err(refused("The target location is missing", None));
            };
            let target = state.find_location(org, id);
            let unknown = || refused("The target location is unknown", Some(id.to_owned()));
            Ok(Work::Move {
                target: target.ok_or_else(unknown)?.uuid,
            })
        }
        Some("NUMBER_USAGE_CHANGE") => match body.text("numberUsageType")? {
            Some(usage @ ("NONE" | "SERVICE")) => Ok(Work::Usage {
                service: usage == "SERVICE",
            }),
            _ => Err(refused("The number usage type is missing or unknown", None)),
        },
        _ => Err(refused("The operation is missing or unknown", None)),
    }
}

fn numbers(state: &State, org: Org, body: &Body) -> Result<Vec<(Uuid, String)>> {
    let none = || refused("The list of numbers is missing or empty", None);
    let list = body.0.get("numberList").and_then(Value::as_array);
    let mut numbers = Vec::new();
    for part in list.ok_or_else(none)? {
        let id = part["locationId"].as_str().unwrap_or_default();
        let unknown = || refused("The source location is unknown", Some(id.to_owned()));
        let source = state.find_location(org, id).ok_or_else(unknown)?.uuid;
        let listed = texts(part.get("numbers"), "numbers").map_err(|_| none())?;
        numbers.extend(listed.into_iter().map(|number| (source, number)));
    }
    match numbers.len() {
        0 => Err(none()),
        1..=NUMBERS_MAX => Ok(numbers),
        _ => Err(refused("A job takes at most 1000 numbers", None)),
    }
}

fn find(state: &State, org: Org, id: &str) -> Result<usize> {
    let uuid = ids::decode(id);
    state
        .jobs
        .iter()
        .position(|job| Some(job.uuid) == uuid && job.org == org)
        .ok_or_else(|| ApiError::usual(StatusCode::NOT_FOUND))
}
