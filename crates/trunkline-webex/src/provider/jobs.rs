//! Jobs: how Webex moves numbers and changes their usage. They are waited for.

use jiff::{SignedDuration, Timestamp};
use trunkline_core::{Effect, Error, ErrorKind, Result, Retry, Upstream};
use trunkline_http::wire::lacks;

use super::change::Subject;
use super::{Webex, polling};
use crate::request::{self, JobOrder};
use crate::{error, id, wire};

/// A job, as far as it has come.
#[derive(Debug)]
struct Progress {
    id: Option<String>,
    ended: bool,
    failed: bool,
    tracking_id: Option<String>,
}

impl Progress {
    /// A job that completed may still have failed for some numbers, and there is only one.
    fn of(job: wire::Job<'_>) -> Self {
        let (status, exit) = (
            &job.latest_execution_status,
            &job.latest_execution_exit_code,
        );
        let broken = ["FAILED", "ABANDONED"].iter().any(|end| status.is(end));
        let stopped = exit.is("STOPPED");
        let with_errors = ["FAILED", "COMPLETED_WITH_ERRORS"]
            .iter()
            .any(|end| exit.is(end));
        let counts = job.counts.0.as_ref();
        let count = counts.and_then(|counts| counts.numbers_failed.get());
        Self {
            ended: broken || stopped || status.is("COMPLETED"),
            failed: broken || stopped || with_errors || count.is_some_and(|failed| failed != "0"),
            id: job.id.into_string(),
            tracking_id: job.tracking_id.into_string(),
        }
    }
}

impl Webex {
    /// Starts a job and waits for its end, as long as the caller does. Errors: `Locked` while another job runs; Webex's
    /// refusal for the number; `Timeout` with unknown effect if the job goes on when the caller's time is up.
    pub(super) async fn run(&self, order: &JobOrder, subject: &Subject<'_>) -> Result<()> {
        let request = request::start_job(order, subject.location, subject.number)?;
        let started = match self.send(request).await {
            Ok(answer) => answer.json().map(Progress::of),
            Err(error) if error::has_status(&error, 409) => return Err(error::busy(&error)),
            Err(error) => Err(error),
        };
        let job = match started {
            Ok(job) => job,
            // Never a second one: the first may be running.
            Err(error) if error.effect() == Effect::Unknown => {
                let running = self.running(order, subject).await;
                running.ok().flatten().ok_or(error)?
            }
            Err(error) => return Err(error),
        };
        let job = self.end_of(job).await?;
        if job.failed {
            return Err(self.reason(job, order, subject.number).await?);
        }
        Ok(())
    }

    /// The job that was started although its answer was lost.
    async fn running(&self, order: &JobOrder, subject: &Subject<'_>) -> Result<Option<Progress>> {
        let answer = self.send(request::jobs()).await?;
        let jobs = answer.rows::<wire::Items, wire::Job<'_>>()?;
        let mut jobs = jobs.rows.into_iter();
        let ours = jobs.find(|job| is_of(job, order, subject.since));
        Ok(ours.map(Progress::of))
    }

    async fn end_of(&self, started: Progress) -> Result<Progress> {
        // An error of a look does not end the job.
        let runs = |error: Error| error.with_effect(Effect::Unknown);
        let Some(id) = started.id.clone() else {
            return Err(runs(lacks("id")));
        };
        if started.ended {
            return Ok(started);
        }
        let mut polling = polling();
        while polling.again().await {
            let answer = self.send(request::job(&id, "")).await.map_err(runs)?;
            let job = answer.json().map(Progress::of).map_err(runs)?;
            if job.ended {
                let id = Some(id);
                return Ok(Progress { id, ..job });
            }
        }
        let message = format!("job {id} of Webex has not ended in time");
        let late = Error::new(ErrorKind::Timeout, message);
        Err(runs(late).with_retry(Retry::Backoff))
    }

    /// The error of a failed job about the number.
    async fn reason(&self, job: Progress, order: &JobOrder, number: &str) -> Result<Error> {
        let runs = |error: Error| error.with_effect(Effect::Unknown);
        let request = request::job(job.id.as_deref().unwrap_or_default(), "/errors");
        let answer = self.send(request).await.map_err(runs)?;
        let errors = answer
            .rows::<wire::Items, wire::JobError<'_>>()
            .map_err(runs)?;
        let (own, others): (Vec<_>, Vec<_>) = errors
            .rows
            .into_iter()
            .partition(|error| error.item.get() == Some(number));
        let item = own.into_iter().chain(others).next().unwrap_or_default();
        let reason = item.error.0.into_iter().next().unwrap_or_default();
        let what = format!("the {} job of Webex failed", order.operation());
        let upstream = Upstream {
            request_id: item.tracking_id.into_string().or(job.tracking_id),
            ..Upstream::default()
        };
        Ok(error::refine(error::of_reason(&what, reason, upstream)))
    }
}

/// Whether a job does this, and was started since.
fn is_of(job: &wire::Job<'_>, order: &JobOrder, since: Option<Timestamp>) -> bool {
    let target = job.target_location_id.get();
    let fits = match order {
        JobOrder::Move(wanted) => target.is_some_and(|id| id::same(id, wanted)),
        JobOrder::Usage(_) => true,
    };
    let created = job.job_execution_status.0.iter().filter_map(|run| {
        let time = run.created_time.get().or_else(|| run.start_time.get())?;
        time.parse::<Timestamp>().ok()
    });
    // Clocks in headers have whole seconds.
    let since = since.and_then(|since| since.checked_sub(SignedDuration::from_secs(1)).ok());
    let ours = created.min().zip(since);
    job.operation_type.is(order.operation())
        && fits
        && ours.is_some_and(|(created, since)| created >= since)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Usage;

    fn job(json: &str) -> wire::Job<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn completed_job_may_have_failed() {
        let ended = |status: &str, exit: &str, failed: u8| {
            let json = format!(
                r#"{{"latestExecutionStatus": "{status}", "latestExecutionExitCode": "{exit}", "counts": {{"numbersFailed": {failed}}}}}"#
            );
            let job = Progress::of(job(&json));
            (job.ended, job.failed)
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
    fn own_job_has_the_same_kind_and_started_later() {
        let order = JobOrder::Usage(Usage::Service);
        let since = "2026-03-05T12:00:00Z".parse().ok();
        let started = |kind: &str, at: &str| {
            let json = format!(
                r#"{{"operationType": "{kind}", "jobExecutionStatus": [{{"createdTime": "{at}"}}]}}"#
            );
            is_of(&job(&json), &order, since)
        };
        assert!(started("NUMBER_USAGE_CHANGE", "2026-03-05T12:00:00.250Z"));
        assert!(!started("NUMBER_USAGE_CHANGE", "2026-03-05T11:59:00Z"));
        assert!(!started("MOVE", "2026-03-05T12:00:01Z"));
        assert!(!started("NUMBER_USAGE_CHANGE", "yesterday"));
    }
}
