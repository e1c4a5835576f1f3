//! A running sandbox: its ports, and everything the control port can do, in process.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::callback::CallReport;
use crate::carrier::{CallOutcome, Carrier, StockError, StockOrder};
use crate::clock::{Clock, ClockSettings};
use crate::console::{ConsoleChange, ConsoleError, Step};
use crate::control;
use crate::exchange::Request;
use crate::faults::{FaultPlan, FaultState, Faults};
use crate::hub::{self, Hub, PlanError};
use crate::latency::{Latencies, Latency};
use crate::ledger::Ledger;
use crate::limits::{LimitSettings, Limits};
use crate::listen::listen;
use crate::options::Options;
use crate::port::{Port, Shared};
use crate::provider::ProviderKind;
use crate::requests::RequestLog;
use crate::settings::CarrierSettings;
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

/// A sandbox that could not start.
#[derive(Debug)]
pub struct StartError(Cause);

#[derive(Debug)]
enum Cause {
    Port {
        port: u32,
        what: &'static str,
        source: io::Error,
    },
    Options(ProviderKind, PlanError),
}

impl StartError {
    /// The port that is taken or too high; 0 if the options are at fault.
    pub const fn port(&self) -> u32 {
        match &self.0 {
            Cause::Port { port, .. } => *port,
            Cause::Options(..) => 0,
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Port { port, what, source } => {
                write!(
                    f,
                    "port {port} for {what} on 127.0.0.1 can't be had: {source}"
                )
            }
            Cause::Options(kind, error) => write!(f, "options of {kind}: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Cause::Port { source, .. } => Some(source),
            Cause::Options(_, error) => Some(error),
        }
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
    /// If a port is taken, or a carrier can't be as the options want it: the error names it.
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
        for kind in ProviderKind::ALL {
            let wanted = options.carrier(kind);
            hub::check(kind, wanted).map_err(|error| StartError(Cause::Options(kind, error)))?;
            let clock = clock.of_carrier();
            let carrier = carrier(kind, &options, &clock);
            let listener = bind(options.port_of(kind), kind.name()).await?;
            urls[usize::from(kind.index())] = url(&listener);
            let port = Arc::new(Port {
                kind,
                carrier,
                requests: RequestLog::new(options.kept_requests, options.kept_operations),
                limits: Arc::new(Limits::default()),
                clock,
                settings: Mutex::default(),
                latencies: Latencies::default(),
                shared: shared.clone(),
            });
            hub::apply(&port, wanted);
            started.push((listener, port));
        }
        let control = bind(options.control_port(), "control").await?;
        let control_url = url(&control);
        let hub = Arc::new(Hub {
            ports: started.iter().map(|(_, port)| Arc::clone(port)).collect(),
            shared,
            clock,
            carriers: options.carriers,
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
    /// If the operation is none, or the probability is not between 0 and 1, or the carrier or the operation can't fail
    /// like this.
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

    /// The two clocks of a carrier.
    pub fn clock(&self, kind: ProviderKind) -> ClockSettings {
        self.hub
            .port(kind)
            .map(|port| port.clock.settings())
            .unwrap_or_default()
    }

    /// Sets the two clocks of a carrier, as offsets from the clock of all of them.
    ///
    /// # Errors
    /// If the carrier can't write times like this.
    pub fn set_clock(&self, kind: ProviderKind, clock: ClockSettings) -> Result<(), PlanError> {
        self.hub.set_clock(kind, clock)
    }

    /// What is switched on at a carrier.
    pub fn settings(&self, kind: ProviderKind) -> CarrierSettings {
        self.hub
            .port(kind)
            .map(|port| port.settings())
            .unwrap_or_default()
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
        self.hub.set_settings(kind, settings)
    }

    /// Makes requests of an operation take their time, in place of the latency that the operation has.
    ///
    /// # Errors
    /// If the operation is none.
    pub fn set_latency(&self, kind: ProviderKind, latency: &Latency) -> Result<(), PlanError> {
        self.hub.set_latency(kind, latency)
    }

    /// Takes all latencies of a carrier away.
    pub fn clear_latencies(&self, kind: ProviderKind) {
        if let Some(port) = self.hub.port(kind) {
            port.latencies.replace(Vec::new());
        }
    }

    /// Buys a number as a person in the carrier's console, for the first account of the sandbox; returns the row as the
    /// carrier shows it.
    ///
    /// # Errors
    /// If the carrier doesn't sell it.
    pub fn console_buy(&self, kind: ProviderKind, number: &str) -> Result<Value, ConsoleError> {
        self.hub.console(kind, number, Step::Buy)
    }

    /// Gives a number back as a person in the carrier's console, whichever account holds it, `SignalWire`'s 14 days aside;
    /// returns the row as the carrier showed it before.
    ///
    /// # Errors
    /// If nobody holds it, or the carrier refuses.
    pub fn console_release(&self, kind: ProviderKind, number: &str) -> Result<Value, ConsoleError> {
        self.hub.console(kind, number, Step::Release)
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
        self.hub.console(kind, number, Step::Change(change))
    }

    /// Back to how it started: stock, books, limits, faults, clocks, settings, latencies and dice.
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

/// The fake of a carrier.
fn carrier(kind: ProviderKind, options: &Options, clock: &Clock) -> Box<dyn Carrier> {
    match kind {
        ProviderKind::Twilio => Box::new(Twilio::new(options, clock)),
        ProviderKind::SignalWire => Box::new(SignalWire::new(options, clock)),
        ProviderKind::Zendesk => Box::new(Zendesk::new(options, clock)),
        ProviderKind::Webex => Box::new(Webex::new(options, clock)),
        ProviderKind::Wazo => Box::new(Wazo::new(options, clock)),
    }
}

async fn bind(port: Option<u16>, what: &'static str) -> Result<TcpListener, StartError> {
    let Some(port) = port else {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "the base port is too high");
        return Err(StartError(Cause::Port {
            port: u32::from(u16::MAX) + 1,
            what,
            source,
        }));
    };
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|source| {
            StartError(Cause::Port {
                port: port.into(),
                what,
                source,
            })
        })
}

fn url(listener: &TcpListener) -> String {
    listener
        .local_addr()
        .map(|address| format!("http://{address}"))
        .unwrap_or_default()
}
