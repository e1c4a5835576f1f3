//! What is measured and traced: the names of all metrics, the spans of traces, and the time that carriers take.
//!
//! Metrics are emitted through the `metrics` facade, for whatever recorder the process has; without one they cost
//! next to nothing. Labels are account, provider, operation and outcome: none of them can be made up by a client.

mod accounts;
mod catalogue;
mod labels;
mod operation;
pub mod trace;
mod waiting;

pub use accounts::record_accounts;
pub use catalogue::{METRICS, Metric, MetricKind, find, names};
pub use labels::AccountLabels;
pub(crate) use operation::Running;
pub use waiting::{Wait, Waiting};
