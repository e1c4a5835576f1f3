//! Jobs: how Webex moves numbers and changes their usage. They are waited for.

use jiff::{SignedDuration, Timestamp};
use trunkline_core::{Effect, Error, ErrorKind, Result, Retry, Upstream};

use super::{Webex, pause};
use crate::request::JobOrder;
use crate::{PROVIDER, convert, error, id, wire};

/// What a job is to do with which number.
pub(super) struct Task<'a> {
    pub(super) order: JobOrder,
    pub(super) number: &'a str,
    /// Where the number is.
    pub(super) location: &'a str,
    /// Webex's clock before the job is started.
    pub(super) since: Option<Timestamp>,
    /// Whether something of the number has been changed already.
    pub(super) done: bool,
}

impl Webex {
    /// Starts a job and waits for its end, as long as the caller does.
    ///
    /// # Errors
    /// `Locked` while another job runs; what Webex says of the number; `Timeout` with unknown effect if the job goes
    /// on when the caller's time is up.
    pub(super) async fn run(&self, task: &Task<'_>) -> Result<()> {
        let request = self
            .requests
            .start_job(&task.order, task.location, task.number)?;
        let started = match self.send(request).await {
            Ok(answer) => answer.json::<wire::Job>(),
            Err(error) if error::has_status(&error, 409) => return Err(error::busy(&error)),
            Err(error) => Err(error),
        };
        let job = match started {
            Ok(job) => job,
            // Never a second one blindly: it may be running already.
            Err(error) if error.effect() == Effect::Unknown => match self.running(task).await {
                Ok(Some(job)) => job,
                Ok(None) | Err(_) => return Err(error),
            },
            Err(error) => return Err(error),
        };
        self.end_of(job, task).await
    }

    /// The job that was started although its answer was lost.
    async fn running(&self, task: &Task<'_>) -> Result<Option<wire::Job>> {
        let answer = self.send(self.requests.jobs()).await?;
        let jobs: wire::Items<wire::Job> = answer.json()?;
        Ok(jobs.items.into_iter().find(|job| is_of(job, task)))
    }

    async fn end_of(&self, mut job: wire::Job, task: &Task<'_>) -> Result<()> {
        // Whatever goes wrong with the looking, the job goes on.
        let runs = |error: Error| error.with_effect(Effect::Unknown);
        let id = job.id.get().ok_or_else(|| runs(convert::lacks("id")))?;
        let id = id.to_owned();
        let mut looks = 0;
        while !has_ended(&job) {
            if !pause(looks).await {
                let message = format!("job {id} of Webex has not ended in time");
                return Err(Error::new(ErrorKind::Timeout, message)
                    .with_effect(Effect::Unknown)
                    .with_retry(Retry::Backoff));
            }
            looks += 1;
            let answer = self.send(self.requests.job(&id)).await.map_err(runs)?;
            job = answer.json().map_err(runs)?;
        }
        if has_failed(&job) {
            return Err(self.reason(&id, &job, task).await.map_err(runs)?);
        }
        Ok(())
    }

    /// What a failed job says about the number.
    async fn reason(&self, id: &str, job: &wire::Job, task: &Task<'_>) -> Result<Error> {
        let answer = self.send(self.requests.job_errors(id)).await?;
        let errors: wire::Items<wire::JobError> = answer.json()?;
        let (own, others): (Vec<_>, Vec<_>) = errors
            .items
            .into_iter()
            .partition(|error| error.item.get() == Some(task.number));
        let item = own.into_iter().chain(others).next().unwrap_or_default();
        let said = item.error.and_then(|error| error.message);
        let said = said
            .and_then(|all| all.into_iter().next())
            .unwrap_or_default();
        let kind = said.code.get().and_then(error::kind_of_code);
        let words = said.description.get().unwrap_or("no reason given");
        let operation = task.order.operation();
        let message = format!("the {operation} job of Webex failed: {words}");
        let error = Error::new(kind.unwrap_or(ErrorKind::Conflict), message);
        Ok(error::refine(
            error
                .with_account(self.account.clone())
                .with_provider(PROVIDER.clone())
                .with_operation(trunkline_core::Operation::Update)
                .with_upstream(Upstream {
                    status: None,
                    code: said.code.into_string(),
                    message: said.description.into_string(),
                    request_id: item.tracking_id.or(job.tracking_id.clone()).into_string(),
                }),
        ))
    }
}

/// Whether a job does what the task wants, and was started after it.
fn is_of(job: &wire::Job, task: &Task<'_>) -> bool {
    let target = job.target_location_id.get();
    let fits = match &task.order {
        JobOrder::Move { target: wanted } => target.is_some_and(|id| id::same(id, wanted)),
        JobOrder::Usage(_) => true,
    };
    let executions = job.job_execution_status.iter().flatten();
    let created = executions
        .filter_map(|run| {
            run.created_time
                .get()
                .or_else(|| run.start_time.get())?
                .parse::<Timestamp>()
                .ok()
        })
        .min();
    // Clocks in headers have whole seconds.
    let since = task
        .since
        .and_then(|since| since.checked_sub(SignedDuration::from_secs(1)).ok());
    let ours = matches!((created, since), (Some(created), Some(since)) if created >= since);
    job.operation_type.is(task.order.operation()) && fits && ours
}

fn has_ended(job: &wire::Job) -> bool {
    let status = &job.latest_execution_status;
    let exit = &job.latest_execution_exit_code;
    ["COMPLETED", "FAILED", "ABANDONED"]
        .iter()
        .any(|end| status.is(end))
        || exit.is("STOPPED")
}

/// A job that completed may still have failed for some numbers, and there is only one.
fn has_failed(job: &wire::Job) -> bool {
    let exit = &job.latest_execution_exit_code;
    let failed = job
        .counts
        .as_ref()
        .and_then(|counts| counts.numbers_failed.get());
    let ended_badly = ["FAILED", "STOPPED", "COMPLETED_WITH_ERRORS"];
    let status = &job.latest_execution_status;
    ended_badly.iter().any(|end| exit.is(end))
        || ["FAILED", "ABANDONED"].iter().any(|end| status.is(end))
        || failed.is_some_and(|failed| failed != "0")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Usage;

    fn job(json: &str) -> wire::Job {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_job_that_completed_may_have_failed() {
        let ended = |status: &str, exit: &str, failed: u8| {
            let job = job(&format!(
                r#"{{"latestExecutionStatus": "{status}", "latestExecutionExitCode": "{exit}", "counts": {{"numbersFailed": {failed}}}}}"#
            ));
            (has_ended(&job), has_failed(&job))
        };
        assert_eq!(ended("STARTED", "UNKNOWN", 0), (false, false));
        assert_eq!(ended("COMPLETED", "COMPLETED", 0), (true, false));
        assert_eq!(
            ended("COMPLETED", "COMPLETED_WITH_PENDING_ORDERS", 0),
            (true, false)
        );
        assert_eq!(ended("COMPLETED", "COMPLETED_WITH_ERRORS", 1), (true, true));
        assert_eq!(ended("COMPLETED", "COMPLETED", 1), (true, true));
        assert_eq!(ended("FAILED", "FAILED", 1), (true, true));
        assert_eq!(ended("ABANDONED", "UNKNOWN", 0), (true, true));
    }

    #[test]
    fn only_a_job_of_the_same_kind_started_since_is_ours() {
        let task = Task {
            order: JobOrder::Usage(Usage::Service),
            number: "+14165550171",
            location: "LOC",
            since: "2026-03-05T12:00:00Z".parse().ok(),
            done: false,
        };
        let started = |kind: &str, at: &str| {
            let json = format!(
                r#"{{"operationType": "{kind}", "jobExecutionStatus": [{{"createdTime": "{at}"}}]}}"#
            );
            is_of(&job(&json), &task)
        };
        assert!(started("NUMBER_USAGE_CHANGE", "2026-03-05T12:00:00.250Z"));
        assert!(!started("NUMBER_USAGE_CHANGE", "2026-03-05T11:59:00Z"));
        assert!(!started("MOVE", "2026-03-05T12:00:01Z"));
        assert!(!started("NUMBER_USAGE_CHANGE", "yesterday"));
    }
}
