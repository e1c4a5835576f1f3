//! What the handle of a sandbox and its control port share.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;

use crate::callback::{self, CallReport};
use crate::carrier::CallOutcome;
use crate::clock::{Clock, ClockSettings};
use crate::console::{ConsoleError, Step};
use crate::faults::FaultPlan;
use crate::latency::Latency;
use crate::ledger::Ledger;
use crate::limits::LimitSettings;
use crate::options::CarrierOptions;
use crate::port::{Port, Shared};
use crate::provider::{self, OPERATIONS, ProviderKind};
use crate::settings::CarrierSettings;

/// What the handle and the control port share.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) ports: Vec<Arc<Port>>,
    pub(crate) shared: Shared,
    pub(crate) clock: Clock,
    /// What a reset goes back to.
    pub(crate) carriers: [CarrierOptions; 5],
}

/// A fault or setting that can't be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError {
    /// The field at fault.
    pub field: &'static str,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

impl std::error::Error for PlanError {}

impl From<(&'static str, String)> for PlanError {
    fn from((field, message): (&'static str, String)) -> Self {
        Self { field, message }
    }
}

/// Whether a carrier can be like this.
pub(crate) fn check(kind: ProviderKind, options: &CarrierOptions) -> Result<(), PlanError> {
    options.clock.check(kind)?;
    options.settings.check(kind)?;
    for latency in &options.latencies {
        operation(&latency.operation)?;
    }
    Ok(())
}

/// Makes a carrier be like this.
pub(crate) fn apply(port: &Port, options: &CarrierOptions) {
    port.clock.set(options.clock);
    port.set_settings(options.settings);
    port.latencies.replace(Vec::new());
    for latency in &options.latencies {
        if let Ok(operation) = operation(&latency.operation) {
            port.latencies.set(Latency {
                operation: operation.to_owned(),
                ..latency.clone()
            });
        }
    }
}

/// The stored name of an operation.
fn operation(name: &str) -> Result<&'static str, PlanError> {
    provider::operation(name).ok_or_else(|| PlanError {
        field: "operation",
        message: format!(
            "unknown operation {name:?}: * or one of {} is needed",
            OPERATIONS.join(", ")
        ),
    })
}

impl Hub {
    pub(crate) fn port(&self, kind: ProviderKind) -> Option<&Arc<Port>> {
        self.ports.iter().find(|port| port.kind == kind)
    }

    pub(crate) fn inject(&self, plan: FaultPlan) -> Result<String, PlanError> {
        let operation = operation(&plan.operation)?;
        if plan
            .probability
            .is_some_and(|probability| !(0.0..=1.0).contains(&probability))
        {
            let message = "a probability is between 0 and 1".to_owned();
            return Err(("probability", message).into());
        }
        plan.fault.check(plan.provider, operation)?;
        Ok(self.shared.faults.add(plan, operation))
    }

    pub(crate) fn set_clock(
        &self,
        kind: ProviderKind,
        clock: ClockSettings,
    ) -> Result<(), PlanError> {
        clock.check(kind)?;
        if let Some(port) = self.port(kind) {
            port.clock.set(clock);
        }
        Ok(())
    }

    pub(crate) fn set_settings(
        &self,
        kind: ProviderKind,
        settings: CarrierSettings,
    ) -> Result<(), PlanError> {
        settings.check(kind)?;
        if let Some(port) = self.port(kind) {
            port.set_settings(settings);
        }
        Ok(())
    }

    pub(crate) fn set_latency(
        &self,
        kind: ProviderKind,
        latency: &Latency,
    ) -> Result<(), PlanError> {
        let operation = operation(&latency.operation)?.to_owned();
        if let Some(port) = self.port(kind) {
            port.latencies.set(Latency {
                operation,
                ..latency.clone()
            });
        }
        Ok(())
    }

    pub(crate) fn console(
        &self,
        kind: ProviderKind,
        number: &str,
        step: Step<'_>,
    ) -> Result<Value, ConsoleError> {
        self.port(kind)
            .ok_or(ConsoleError::NotHeld)?
            .console(number, step)
    }

    pub(crate) fn ledger(&self, kind: ProviderKind) -> Option<Ledger> {
        let port = self.port(kind)?;
        Some(Ledger {
            requests: port.requests.counts(),
            at_once: port.requests.at_once(),
            ..port.carrier.ledger()
        })
    }

    pub(crate) async fn answer_caller_id(
        &self,
        kind: ProviderKind,
        number: &str,
        outcome: CallOutcome,
    ) -> Option<CallReport> {
        let settled = self.port(kind)?.carrier.answer_caller_id(number, outcome)?;
        Some(callback::report(&self.shared.tasks, settled, outcome).await)
    }

    /// Moves the carriers' clock on and says what it shows.
    pub(crate) fn advance_clock(&self, by: Duration) -> jiff::Timestamp {
        self.clock.advance(by);
        self.clock.now()
    }

    pub(crate) fn reset(&self) {
        self.clock.reset();
        self.shared.resets.fetch_add(1, Ordering::Relaxed);
        self.shared.faults.reset();
        for port in &self.ports {
            apply(port, &self.carriers[usize::from(port.kind.index())]);
            port.limits.set(LimitSettings::default());
            port.carrier.reset();
            port.requests.clear();
        }
    }
}
