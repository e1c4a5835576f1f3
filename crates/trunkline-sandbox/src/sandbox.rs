//! A running sandbox: its ports, and everything the control port can do, in process.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::callback::{self, CallReport};
use crate::carrier::{CallOutcome, Carrier, StockError, StockOrder};
use crate::clock::Clock;
use crate::control;
use crate::exchange::Request;
use crate::faults::{FaultPlan, FaultState, Faults};
use crate::ledger::Ledger;
use crate::limits::{LimitSettings, Limits};
use crate::listen::listen;
use crate::options::Options;
use crate::port::{Port, Shared};
use crate::provider::{self, ProviderKind};
use crate::requests::RequestLog;
use crate::upstream::signalwire::SignalWire;
use crate::upstream::twilio::Twilio;
use crate::upstream::wazo::Wazo;
use crate::upstream::webex::Webex;
use crate::upstream::zendesk::Zendesk;

/// How long a stopping sandbox waits for requests that are under way.
const DRAIN: Duration = Duration::from_secs(5);

/// The fakes of the carriers and their control port, listening on 127.0.0.1. Dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    hub: Arc<Hub>,
    urls: [String; 5],
    control_url: String,
}

/// What the handle and the control port share.
#[derive(Debug)]
pub(crate) struct Hub {
    ports: Vec<Arc<Port>>,
    pub(crate) shared: Shared,
    clock: Clock,
}

/// A sandbox that could not start.
#[derive(Debug)]
pub struct StartError {
    port: u32,
    what: &'static str,
    source: io::Error,
}

impl StartError {
    /// The port that could not be had.
    pub const fn port(&self) -> u32 {
        self.port
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "port {} for {} on 127.0.0.1 can't be had: {}",
            self.port, self.what, self.source
        )
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl Sandbox {
    /// Starts on free ports.
    ///
    /// # Errors
    /// If the machine has no free port.
    pub async fn start_default() -> Result<Self, StartError> {
        Self::start(Options::free_ports()).await
    }

    /// Starts every carrier and the control port; all of them listen when this returns.
    ///
    /// # Errors
    /// If a port is taken: the error names it.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let shared = Shared {
            faults: Arc::new(Faults::new(options.seed)),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            resets: Arc::default(),
        };
        let mut urls: [String; 5] = Default::default();
        let mut started = Vec::new();
        let clock = Clock::default();
        for (kind, carrier) in carriers(&options, &clock) {
            let listener = bind(options.port_of(kind), kind.name()).await?;
            urls[usize::from(kind.index())] = url(&listener);
            let port = Arc::new(Port {
                kind,
                carrier,
                requests: RequestLog::new(options.kept_requests, options.kept_operations),
                limits: Arc::new(Limits::default()),
                shared: shared.clone(),
            });
            started.push((listener, port));
        }
        let control = bind(options.control_port(), "control").await?;
        let control_url = url(&control);
        let hub = Arc::new(Hub {
            ports: started.iter().map(|(_, port)| Arc::clone(port)).collect(),
            shared,
            clock,
        });
        for (listener, port) in started {
            hub.shared.tasks.spawn(listen(listener, port));
        }
        hub.shared
            .tasks
            .spawn(control::listen(control, Arc::clone(&hub)));
        Ok(Self {
            hub,
            urls,
            control_url,
        })
    }

    /// Where a carrier listens: `http://127.0.0.1:9101`. Empty for a carrier that isn't running.
    pub fn url(&self, kind: ProviderKind) -> &str {
        &self.urls[usize::from(kind.index())]
    }

    /// Where the control port listens: `http://127.0.0.1:9109`.
    pub fn control_url(&self) -> &str {
        &self.control_url
    }

    /// Plans a fault and returns its id.
    ///
    /// # Errors
    /// If the operation is none, or the probability is not between 0 and 1, or the status can't be sent.
    pub fn inject(&self, plan: FaultPlan) -> Result<String, PlanError> {
        self.hub.inject(plan)
    }

    /// The faults in force.
    pub fn faults(&self) -> Vec<FaultState> {
        self.hub.shared.faults.all()
    }

    /// Takes one fault out of force; false if there is none of that id.
    pub fn remove_fault(&self, id: &str) -> bool {
        self.hub.shared.faults.remove(id)
    }

    /// Takes all faults out of force.
    pub fn clear_faults(&self) {
        self.hub.shared.faults.clear();
    }

    /// The books of a carrier; empty for one that isn't running.
    pub fn ledger(&self, kind: ProviderKind) -> Ledger {
        self.hub.ledger(kind).unwrap_or_default()
    }

    /// Limits a carrier; the default lifts all limits.
    pub fn set_limits(&self, kind: ProviderKind, settings: LimitSettings) {
        if let Some(port) = self.hub.port(kind) {
            port.limits.set(settings);
        }
    }

    /// Makes an area code have exactly so many numbers on sale; returns how many it has.
    ///
    /// # Errors
    /// If no such numbers can be kept.
    pub fn set_stock(&self, kind: ProviderKind, order: &StockOrder) -> Result<usize, StockError> {
        let missing = || StockError {
            field: "provider",
            message: format!("{kind} is not running"),
        };
        self.hub
            .port(kind)
            .ok_or_else(missing)?
            .carrier
            .set_stock(order)
    }

    /// What the callee of the newest open verification of `number` hears or must key in.
    pub fn validation_code(&self, kind: ProviderKind, number: &str) -> Option<String> {
        self.hub.port(kind)?.carrier.validation_code(number)
    }

    /// Lets the callee answer and tells the account's owner; none if there is no open verification of `number`.
    pub async fn answer_caller_id(
        &self,
        kind: ProviderKind,
        number: &str,
        outcome: CallOutcome,
    ) -> Option<CallReport> {
        self.hub.answer_caller_id(kind, number, outcome).await
    }

    /// What a carrier received, oldest first, as far as it is kept.
    pub fn requests(&self, kind: ProviderKind) -> Vec<Arc<Request>> {
        self.hub
            .port(kind)
            .map(|port| port.requests.kept())
            .unwrap_or_default()
    }

    /// Moves the carriers' clock on, for cooldowns and expiries. It is 14 days before SignalWire takes a number back,
    /// for example. Nothing but [`Sandbox::reset`] moves it back.
    pub fn advance_clock(&self, by: Duration) {
        self.hub.advance_clock(by);
    }

    /// Back to how it started: stock, books, limits, faults, clock and dice.
    pub fn reset(&self) {
        self.hub.reset();
    }

    /// Stops accepting and waits for what is under way, five seconds at most.
    pub async fn shutdown(self) {
        self.hub.shared.stop.cancel();
        self.hub.shared.tasks.close();
        let _ = tokio::time::timeout(DRAIN, self.hub.shared.tasks.wait()).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.hub.shared.stop.cancel();
    }
}

/// A fault that can't be planned.
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

impl Hub {
    pub(crate) fn port(&self, kind: ProviderKind) -> Option<&Arc<Port>> {
        self.ports.iter().find(|port| port.kind == kind)
    }

    pub(crate) fn inject(&self, plan: FaultPlan) -> Result<String, PlanError> {
        let refuse = |field, message| Err(PlanError { field, message });
        let Some(operation) = provider::operation(&plan.operation) else {
            return refuse(
                "operation",
                format!("unknown operation {:?}", plan.operation),
            );
        };
        if plan
            .probability
            .is_some_and(|probability| !(0.0..=1.0).contains(&probability))
        {
            return refuse("probability", "a probability is between 0 and 1".to_owned());
        }
        if let Err((field, message)) = plan.fault.check() {
            return refuse(field, message);
        }
        Ok(self.shared.faults.add(plan, operation))
    }

    pub(crate) fn ledger(&self, kind: ProviderKind) -> Option<Ledger> {
        let port = self.port(kind)?;
        Some(Ledger {
            requests: port.requests.counts(),
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
            port.limits.set(LimitSettings::default());
            port.carrier.reset();
            port.requests.clear();
        }
    }
}

/// Every carrier there is a fake of.
fn carriers(options: &Options, clock: &Clock) -> Vec<(ProviderKind, Box<dyn Carrier>)> {
    vec![
        (ProviderKind::Twilio, Box::new(Twilio::new(options, clock))),
        (
            ProviderKind::SignalWire,
            Box::new(SignalWire::new(options, clock)),
        ),
        (
            ProviderKind::Zendesk,
            Box::new(Zendesk::new(options, clock)),
        ),
        (ProviderKind::Webex, Box::new(Webex::new(options, clock))),
        (ProviderKind::Wazo, Box::new(Wazo::new(options, clock))),
    ]
}

async fn bind(port: Option<u16>, what: &'static str) -> Result<TcpListener, StartError> {
    let Some(port) = port else {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "the base port is too high");
        return Err(StartError {
            port: u32::from(u16::MAX) + 1,
            what,
            source,
        });
    };
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|source| StartError {
            port: port.into(),
            what,
            source,
        })
}

fn url(listener: &TcpListener) -> String {
    listener
        .local_addr()
        .map(|address| format!("http://{address}"))
        .unwrap_or_default()
}
