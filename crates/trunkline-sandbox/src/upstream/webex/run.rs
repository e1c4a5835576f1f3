//! What jobs do once their time has come.

use jiff::Timestamp;

use super::connection::Connection;
use super::ids::Uuid;
use super::job::{Failure, Job, Stage, Work};
use super::state::{Location, Number, State};

/// Does the jobs whose time has come.
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

/// Code and text of what a job can't do.
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
