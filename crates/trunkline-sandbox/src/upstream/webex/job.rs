//! A job that moves numbers or changes what they are for, and its document.

use jiff::{SignedDuration, Timestamp};

use super::ids::{self, Org, Uuid, seeded};
use crate::json::{Object, object};
use crate::text::dashed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Running,
    Paused { since: Timestamp },
    Done,
    Abandoned,
}

#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(super) uuid: Uuid,
    pub(super) org: Org,
    pub(super) tracking_id: String,
    pub(super) work: Work,
    /// The location that the request names, and the number.
    pub(super) numbers: Vec<(Uuid, String)>,
    pub(super) created: Timestamp,
    /// How far the clock of its records was ahead then.
    pub(super) skew: SignedDuration,
    /// When it begins to work, and when it is done; a pause moves both.
    pub(super) starts: Timestamp,
    pub(super) ends: Timestamp,
    pub(super) stage: Stage,
    pub(super) done: u32,
    pub(super) failures: Vec<Failure>,
}

#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) number: String,
    pub(super) code: &'static str,
    pub(super) description: &'static str,
    pub(super) location: Uuid,
}

impl Job {
    pub(super) const fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Running | Stage::Paused { .. })
    }

    /// Status and exit code.
    fn shown(&self, now: Timestamp) -> (&'static str, &'static str) {
        match self.stage {
            Stage::Running if now < self.starts => ("STARTING", "UNKNOWN"),
            Stage::Running => ("STARTED", "UNKNOWN"),
            Stage::Paused { .. } => ("STARTED", "STOPPED"),
            Stage::Done if self.failures.is_empty() => ("COMPLETED", "COMPLETED"),
            Stage::Done => ("COMPLETED", "COMPLETED_WITH_ERRORS"),
            Stage::Abandoned => ("ABANDONED", "STOPPED"),
        }
    }

    /// The document. Just after the start the locations are shown by their bare uuids.
    pub(super) fn document(&self, now: Timestamp, just_started: bool) -> Object {
        let (status, exit) = self.shown(now);
        let location = |uuid| match just_started {
            true => dashed(uuid),
            false => ids::encode("LOCATION", uuid),
        };
        let (moved, changed, target) = match self.work {
            Work::Move { target } => (self.done, 0, Some(target)),
            Work::Usage { .. } => (0, self.done, None),
        };
        let updated = match self.is_open() {
            true => now,
            false => self.ends.min(now),
        };
        let elapsed = updated.duration_since(self.created).as_secs();
        let written = |at: Timestamp| at.checked_add(self.skew).unwrap_or(at);
        let execution = object! {
            "id": 1,
            "startTime": written(self.created),
            "endTime"?: (!self.is_open()).then_some(written(updated)),
            "lastUpdated": written(updated),
            "statusMessage": status,
            "exitCode": exit,
            "createdTime": written(self.created),
            "timeElapsed": format!("PT{elapsed}S"),
            "stepExecutionStatuses": [(); 0],
        };
        object! {
            "name": "managenumbers",
            "id": ids::encode("JOB_ID", self.uuid),
            "jobType": "managenumbers",
            "trackingId": &self.tracking_id,
            "sourceUserId": dashed(seeded(3, 0)),
            "sourceCustomerId": dashed(Org::Own.uuid()),
            "targetCustomerId": dashed(self.org.uuid()),
            "instanceId": 1,
            "jobExecutionStatus": [execution],
            "latestExecutionStatus": status,
            "latestExecutionExitCode": exit,
            "operationType": self.work.name(),
            "sourceLocationId"?: self.numbers.first().map(|(source, _)| location(*source)),
            "targetLocationId"?: target.map(location),
            "counts": object! {
                "totalNumbers": self.numbers.len(),
                "numbersDeleted": 0,
                "numbersMoved": moved,
                "numbersFailed": self.failures.len(),
                "numbersUsageChanged": changed,
            },
        }
    }
}
