//! The documents of jobs.

use jiff::Timestamp;
use serde::Serialize;

use super::super::ids;
use super::super::seeded;
use super::super::state::Org;
use super::{Job, Stage, Work};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document<'s> {
    pub(super) name: &'static str,
    pub(super) id: String,
    pub(super) job_type: &'static str,
    pub(super) tracking_id: &'s str,
    pub(super) source_user_id: String,
    pub(super) source_customer_id: String,
    pub(super) target_customer_id: String,
    pub(super) instance_id: u32,
    pub(super) job_execution_status: [Execution; 1],
    pub(super) latest_execution_status: &'static str,
    pub(super) latest_execution_exit_code: &'static str,
    pub(super) operation_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source_location_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target_location_id: Option<String>,
    pub(super) counts: Counts,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Execution {
    pub(super) id: u32,
    pub(super) start_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end_time: Option<Timestamp>,
    pub(super) last_updated: Timestamp,
    pub(super) status_message: &'static str,
    pub(super) exit_code: &'static str,
    pub(super) created_time: Timestamp,
    pub(super) time_elapsed: String,
    pub(super) step_execution_statuses: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counts {
    pub(super) total_numbers: usize,
    pub(super) numbers_deleted: u32,
    pub(super) numbers_moved: u32,
    pub(super) numbers_failed: usize,
    pub(super) numbers_usage_changed: u32,
}

#[derive(Serialize)]
pub(super) struct Items<T> {
    pub(super) items: Vec<T>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorItem<'s> {
    pub(super) item: &'s str,
    pub(super) item_number: usize,
    pub(super) tracking_id: &'s str,
    pub(super) error_type: &'static str,
    pub(super) error: ErrorDetail<'s>,
}

#[derive(Serialize)]
pub(super) struct ErrorDetail<'s> {
    pub(super) key: &'static str,
    pub(super) message: [ErrorMessage<'s>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorMessage<'s> {
    pub(super) description: &'s str,
    pub(super) code: &'s str,
    pub(super) location_id: String,
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
    pub(super) fn document(&self, now: Timestamp, just_started: bool) -> Document<'_> {
        let (status, exit) = self.shown(now);
        let location = |uuid| {
            if just_started {
                ids::dashed(uuid)
            } else {
                ids::encode("LOCATION", uuid)
            }
        };
        let (moved, target) = match self.work {
            Work::Move { target } => (true, Some(target)),
            Work::Usage { .. } => (false, None),
        };
        let updated = if self.is_open() {
            now
        } else {
            self.ends.min(now)
        };
        let elapsed = updated.duration_since(self.created).as_secs();
        let written = |at: Timestamp| at.checked_add(self.skew).unwrap_or(at);
        Document {
            name: "managenumbers",
            id: ids::encode("JOB_ID", self.uuid),
            job_type: "managenumbers",
            tracking_id: &self.tracking_id,
            source_user_id: ids::dashed(seeded::uuid(3, 0)),
            source_customer_id: ids::dashed(Org::Own.uuid()),
            target_customer_id: ids::dashed(self.org.uuid()),
            instance_id: 1,
            job_execution_status: [Execution {
                id: 1,
                start_time: written(self.created),
                end_time: (!self.is_open()).then_some(written(updated)),
                last_updated: written(updated),
                status_message: status,
                exit_code: exit,
                created_time: written(self.created),
                time_elapsed: format!("PT{elapsed}S"),
                step_execution_statuses: [],
            }],
            latest_execution_status: status,
            latest_execution_exit_code: exit,
            operation_type: self.work.name(),
            source_location_id: self.numbers.first().map(|(source, _)| location(*source)),
            target_location_id: target.map(location),
            counts: Counts {
                total_numbers: self.numbers.len(),
                numbers_deleted: 0,
                numbers_moved: if moved { self.done } else { 0 },
                numbers_failed: self.failures.len(),
                numbers_usage_changed: if moved { 0 } else { self.done },
            },
        }
    }
}
