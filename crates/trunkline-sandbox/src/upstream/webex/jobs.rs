//! Jobs that move numbers or change what they are for. They take their time by the carriers' clock.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::connection::Connection;
use super::error::{ApiError, Result};
use super::ids::{self, Org, Uuid};
use super::job::{Failure, Job, Stage, Work};
use super::params::{Body, texts};
use super::state::{Context, Location, Number, State, Webex};
use crate::exchange::Answer;
use crate::json::object;

const NUMBERS_MAX: usize = 1_000;

impl Webex {
    pub(super) fn start_job(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let org = context.caller;
        let mut state = self.lock();
        let work = work(&state, org, &body)?;
        let numbers = numbers(&state, org, &body)?;
        if state.jobs.iter().any(|job| job.org == org && job.is_open()) {
            let message = "Another manage numbers job is in progress";
            return Err(ApiError::conflict(message));
        }
        let now = self.clock.now();
        let time = SignedDuration::from_millis(self.options.webex_job_ms.into());
        let after = |time| now.checked_add(time).unwrap_or(Timestamp::MAX);
        let job = Job {
            uuid: self.new_uuid(),
            org,
            tracking_id: self.tracking_id(),
            work,
            numbers,
            created: now,
            skew: self.clock.record(now).at.duration_since(now),
            starts: after(time / 4),
            ends: after(time),
            stage: Stage::Running,
            done: 0,
            failures: Vec::new(),
        };
        let answer = Answer::json(StatusCode::CREATED, &job.document(now, true));
        state.jobs.push(job);
        Ok(answer)
    }

    /// Newest first.
    pub(super) fn list_jobs(&self, context: &Context<'_>) -> Result<Answer> {
        let (state, now) = (self.lock(), self.clock.now());
        let of_org = state.jobs.iter().filter(|job| job.org == context.caller);
        let found: Vec<_> = of_org.rev().collect();
        self.paged(context, &found, |page| {
            let items = page.iter().map(|job| job.document(now, false));
            object! { "items": items.collect::<Vec<_>>() }
        })
    }

    pub(super) fn get_job(&self, context: &Context<'_>) -> Result<Answer> {
        let (state, now) = (self.lock(), self.clock.now());
        let job = &state.jobs[find(&state, context)?];
        Ok(Answer::ok(&job.document(now, false)))
    }

    pub(super) fn job_errors(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let job = &state.jobs[find(&state, context)?];
        let numbered: Vec<_> = job.failures.iter().zip(1..).collect();
        self.paged(context, &numbered, |page| {
            let items = page.iter().map(|(failure, number): &(_, usize)| {
                let message = object! {
                    "description": failure.description,
                    "code": failure.code,
                    "locationId": ids::encode("LOCATION", failure.location),
                };
                object! {
                    "item": &failure.number,
                    "itemNumber": number,
                    "trackingId": &job.tracking_id,
                    "errorType": "ERROR",
                    "error": object! { "key": "400", "message": [message] },
                }
            });
            object! { "items": items.collect::<Vec<_>>() }
        })
    }

    /// What can't be done at that stage is refused.
    pub(super) fn steer_job(&self, context: &Context<'_>) -> Result<Answer> {
        let (mut state, now) = (self.lock(), self.clock.now());
        let index = find(&state, context)?;
        let job = &mut state.jobs[index];
        job.stage = match (context.id(), job.stage) {
            ("pause", Stage::Running) => Stage::Paused { since: now },
            ("resume", Stage::Paused { since }) => {
                let lost = now.duration_since(since);
                job.starts = job.starts.checked_add(lost).unwrap_or(Timestamp::MAX);
                job.ends = job.ends.checked_add(lost).unwrap_or(Timestamp::MAX);
                Stage::Running
            }
            ("abandon", Stage::Running | Stage::Paused { .. }) => Stage::Abandoned,
            _ => {
                let message = "The job is not in a state in which that can be done";
                return Err(ApiError::conflict(message));
            }
        };
        Ok(Answer::no_content())
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

fn find(state: &State, context: &Context<'_>) -> Result<usize> {
    let uuid = ids::decode(context.arg(0));
    let mut jobs = state.jobs.iter();
    jobs.position(|job| Some(job.uuid) == uuid && job.org == context.caller)
        .ok_or_else(|| ApiError::usual(StatusCode::NOT_FOUND))
}

pub(super) fn settle(state: &mut State, now: Timestamp) {
    let due = |job: &Job| job.stage == Stage::Running && job.ends <= now;
    while let Some(index) = state.jobs.iter().position(due) {
        let mut job = state.jobs[index].clone();
        for (source, text) in &job.numbers {
            match carry_out(state, &job, *source, text) {
                Ok(()) => job.done += 1,
                Err((code, description)) => job.failures.push(Failure {
                    number: text.clone(),
                    code,
                    description,
                    location: *source,
                }),
            }
        }
        job.stage = Stage::Done;
        state.jobs[index] = job;
    }
}

type Refusal = (&'static str, &'static str);

fn carry_out(state: &mut State, job: &Job, source: Uuid, text: &str) -> Result<(), Refusal> {
    let work = job.work;
    let missing = ("BATCH-1017017", "The number is not in the source location");
    let place = state.location_of(source).ok_or(missing)?;
    let number = state.numbers.get(text).ok_or(missing)?;
    if number.location != source {
        return Err(missing);
    }
    if place.is_main(text) {
        return Err(("BATCH-1017024", "Failed because it is a main number"));
    }
    if number.owner.is_some() {
        return Err((
            "BATCH-1017023",
            "Failed because it is not an unassigned number",
        ));
    }
    if let Work::Move { target } = work {
        let target = state.location_of(target).ok_or(missing)?;
        check_move(place, target, number, job.numbers.len() == 1)?;
    } else if !place
        .pstn
        .as_ref()
        .is_some_and(|pstn| pstn.offers(service(work)))
    {
        return Err((
            "BATCH-1017017",
            "The PSTN connection of the location does not offer that usage",
        ));
    }
    if let Some(number) = state.numbers.get_mut(text) {
        match work {
            Work::Move { target } => number.location = target,
            Work::Usage { service } => number.service = service,
        }
    }
    Ok(())
}

const fn service(work: Work) -> &'static str {
    match work {
        Work::Usage { service: true } => "SERVICE_NUMBERS",
        Work::Usage { service: false } | Work::Move { .. } => "GEOGRAPHIC_NUMBERS",
    }
}

fn check_move(
    source: &Location,
    target: &Location,
    number: &Number,
    single: bool,
) -> Result<(), Refusal> {
    if !number.active {
        return Err((
            "BATCH-1017021",
            "Failed to move because it is an inactive number",
        ));
    }
    if source.country != target.country || source.uuid == target.uuid {
        return Err((
            "BATCH-1017027",
            "Manage Numbers Move Operation is not supported",
        ));
    }
    if !source.shares_provider(target) {
        return Err((
            "BATCH-1017022",
            "Failed to move because the source location and target location have different CCP providers",
        ));
    }
    let writable = source.pstn.as_ref().is_some_and(Connection::is_writable);
    if !writable && !single {
        return Err((
            "BATCH-1017031",
            "Hydra request is supported only for single number move job",
        ));
    }
    Ok(())
}
