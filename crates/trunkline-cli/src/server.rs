//! A gateway in this process: its database, the fake carriers, logs and traces.

pub(crate) mod backend;
pub(crate) mod fakes;
mod log_line;
pub(crate) mod logging;
pub(crate) mod patience;
mod reload;
pub(crate) mod signal;
pub(crate) mod telemetry;
pub(crate) mod unsettled;
