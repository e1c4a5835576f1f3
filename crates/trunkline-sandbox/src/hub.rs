//! Everything that the control port can do, in process.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::callback::{self, CallReport};
use crate::carrier::{CallOutcome, StockOrder};
use crate::clock::{Clock, ClockSettings};
use crate::console::{ConsoleChange, ConsoleError, Step};
use crate::exchange::{Reply, Request};
use crate::faults::{FaultPlan, FaultState};
use crate::ledger::Ledger;
use crate::limits::LimitSettings;
use crate::options::CarrierOptions;
use crate::port::{Port, Shared};
use crate::provider::{self, OPERATIONS, ProviderKind};
use crate::settings::{CarrierSettings, Latency, PlanError};

/// The carriers of a sandbox, as the control port and a [`Sandbox`](crate::Sandbox) steer and show them.
#[derive(Debug)]
pub struct Controls {
    /// In the order of [`ProviderKind::ALL`].
    pub(crate) ports: Vec<Arc<Port>>,
    pub(crate) shared: Shared,
    pub(crate) clock: Clock,
    /// What a reset goes back to.
    pub(crate) carriers: [CarrierOptions; ProviderKind::ALL.len()],
}

/// Makes a carrier be like this, if it can.
pub(crate) fn apply(port: &Port, options: &CarrierOptions) -> Result<(), PlanError> {
    options.clock.check(port.kind)?;
    options.settings.check(port.kind)?;
    let latencies = options
        .latencies
        .iter()
        .map(checked)
        .collect::<Result<Vec<_>, _>>()?;
    port.clock.set(options.clock);
    port.set_settings(options.settings);
    port.latencies.replace(Vec::new());
    latencies
        .into_iter()
        .for_each(|latency| port.latencies.set(latency));
    Ok(())
}

/// The same latency with the stored name of its operation.
fn checked(latency: &Latency) -> Result<Latency, PlanError> {
    Ok(Latency {
        operation: operation(&latency.operation)?.to_owned(),
        ..latency.clone()
    })
}

fn operation(name: &str) -> Result<&'static str, PlanError> {
    provider::operation(name).ok_or_else(|| {
        let known = OPERATIONS.join(", ");
        let message = format!("unknown operation {name:?}: use * or one of {known}");
        PlanError::new("operation", message)
    })
}

impl Controls {
    pub(crate) fn port(&self, kind: ProviderKind) -> &Arc<Port> {
        &self.ports[usize::from(kind.index())]
    }

    /// Plans a fault and returns its id.
    ///
    /// # Errors
    /// If the operation is unknown, or the probability is not between 0 and 1, or the carrier or the operation can't fail
    /// like this.
    pub fn inject(&self, plan: FaultPlan) -> Result<String, PlanError> {
        let operation = operation(&plan.operation)?;
        if plan
            .probability
            .is_some_and(|probability| !(0.0..=1.0).contains(&probability))
        {
            let message = "a probability is between 0 and 1";
            return Err(PlanError::new("probability", message));
        }
        plan.fault.check(plan.provider, operation)?;
        Ok(self.shared.faults.add(plan, operation))
    }

    /// Serves one request without a socket; `None` if the connection closes before the answer's end. It must run on a task
    /// of its own: a client that hangs up cancels nothing.
    pub async fn serve(
        &self,
        kind: ProviderKind,
        request: http::Request<Bytes>,
    ) -> Option<http::Response<Bytes>> {
        let (parts, body) = request.into_parts();
        let port = Arc::clone(self.port(kind));
        let Reply::Whole(answer) = port.serve(Request::new(parts, body)).await else {
            return None;
        };
        let mut response = http::Response::new(answer.body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Some(response)
    }

    /// How many requests the carriers have not answered and carry out later.
    pub fn carried_out_later(&self) -> usize {
        self.shared.tasks.len()
    }

    /// The planned faults.
    pub fn faults(&self) -> Vec<FaultState> {
        self.shared.faults.all()
    }

    /// Removes one fault; false if there is no fault of that id.
    pub fn remove_fault(&self, id: &str) -> bool {
        self.shared.faults.remove(id)
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// The books of a carrier.
    pub fn ledger(&self, kind: ProviderKind) -> Ledger {
        let port = self.port(kind);
        Ledger {
            requests: port.requests.counts(),
            at_once: port.requests.at_once(),
            ..port.carrier.ledger()
        }
    }

    /// Limits a carrier; the default lifts all limits.
    pub fn set_limits(&self, kind: ProviderKind, settings: LimitSettings) {
        self.port(kind).limits.set(settings);
    }

    /// Makes an area code have exactly so many numbers on sale; returns how many it has.
    ///
    /// # Errors
    /// If no such numbers can be kept.
    pub fn set_stock(&self, kind: ProviderKind, order: &StockOrder) -> Result<usize, PlanError> {
        self.port(kind).carrier.set_stock(order)
    }

    /// What the callee of the newest open verification of `number` hears or must key in.
    pub fn validation_code(&self, kind: ProviderKind, number: &str) -> Option<String> {
        self.port(kind).carrier.validation_code(number)
    }

    /// Lets the callee answer and reports to the account's owner; `None` if there is no open verification of `number`.
    pub async fn answer_caller_id(
        &self,
        kind: ProviderKind,
        number: &str,
        outcome: CallOutcome,
    ) -> Option<CallReport> {
        let carrier = &self.port(kind).carrier;
        let settled = carrier.answer_caller_id(number, outcome)?;
        Some(callback::report(&self.shared.tasks, settled, outcome).await)
    }

    /// What a carrier received, oldest first, as far as it is kept.
    pub fn requests(&self, kind: ProviderKind) -> Vec<Arc<Request>> {
        self.port(kind).requests.kept()
    }

    /// How often the kept requests of an operation named each number, at a carrier whose requests name it.
    pub fn named(&self, kind: ProviderKind, operation: &str) -> BTreeMap<String, usize> {
        let port = self.port(kind);
        let mut named = BTreeMap::new();
        for request in port.requests.kept() {
            if port.carrier.classify(&request).operation == operation
                && let Some(number) = port.carrier.number_named(&request)
            {
                *named.entry(number).or_default() += 1;
            }
        }
        named
    }

    /// Moves the carriers' clock on, for cooldowns and expiries: it is 14 days before SignalWire takes a number back,
    /// for example. Nothing but [`Controls::reset`] moves it back.
    pub fn advance_clock(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// The two clocks of a carrier.
    pub fn clock(&self, kind: ProviderKind) -> ClockSettings {
        self.port(kind).clock.settings()
    }

    /// Sets the two clocks of a carrier, as offsets from the clock of all of them.
    ///
    /// # Errors
    /// If the carrier can't write times like this.
    pub fn set_clock(&self, kind: ProviderKind, clock: ClockSettings) -> Result<(), PlanError> {
        clock.check(kind)?;
        self.port(kind).clock.set(clock);
        Ok(())
    }

    /// What is switched on at a carrier.
    pub fn settings(&self, kind: ProviderKind) -> CarrierSettings {
        self.port(kind).settings()
    }

    /// Switches behaviour of a carrier on and off.
    ///
    /// # Errors
    /// If the carrier can't behave so.
    pub fn set_settings(
        &self,
        kind: ProviderKind,
        settings: CarrierSettings,
    ) -> Result<(), PlanError> {
        settings.check(kind)?;
        self.port(kind).set_settings(settings);
        Ok(())
    }

    /// Makes requests of an operation take their time, in place of the latency that the operation has.
    ///
    /// # Errors
    /// If the operation is unknown.
    pub fn set_latency(&self, kind: ProviderKind, latency: &Latency) -> Result<(), PlanError> {
        self.port(kind).latencies.set(checked(latency)?);
        Ok(())
    }

    /// Removes all latencies of a carrier.
    pub fn clear_latencies(&self, kind: ProviderKind) {
        self.port(kind).latencies.replace(Vec::new());
    }

    /// Buys a number as a person in the carrier's console, for the first account of the sandbox; returns the row as the
    /// carrier shows it.
    ///
    /// # Errors
    /// If the carrier doesn't sell it.
    pub fn console_buy(&self, kind: ProviderKind, number: &str) -> Result<Value, ConsoleError> {
        self.port(kind).console(number, Step::Buy)
    }

    /// Gives a number back as a person in the carrier's console, whichever account holds it, `SignalWire`'s 14 days aside;
    /// returns the row as the carrier showed it before.
    ///
    /// # Errors
    /// If nobody holds it, or the carrier refuses.
    pub fn console_release(&self, kind: ProviderKind, number: &str) -> Result<Value, ConsoleError> {
        self.port(kind).console(number, Step::Release)
    }

    /// Changes a number as a person in the carrier's console; returns the row as the carrier shows it then.
    ///
    /// # Errors
    /// If nobody holds it, the carrier has no such field, or refuses the value.
    pub fn console_change(
        &self,
        kind: ProviderKind,
        number: &str,
        change: &ConsoleChange,
    ) -> Result<Value, ConsoleError> {
        self.port(kind).console(number, Step::Change(change))
    }

    /// Goes back to how it started: stock, books, limits, faults, clocks, settings, latencies and dice.
    pub fn reset(&self) {
        self.clock.reset();
        self.shared.resets.fetch_add(1, Ordering::Relaxed);
        self.shared.faults.reset();
        for (port, options) in self.ports.iter().zip(&self.carriers) {
            // The options were checked at the start.
            let _ = apply(port, options);
            port.limits.set(LimitSettings::default());
            port.carrier.reset();
            port.requests.clear();
        }
    }
}
