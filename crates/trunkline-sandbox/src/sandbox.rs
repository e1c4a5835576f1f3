//! A running sandbox and its ports.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::control;
use crate::faults::Faults;
use crate::hub::{self, Controls};
use crate::limits::Limits;
use crate::listen::listen;
use crate::options::Options;
use crate::port::{Port, Shared};
use crate::provider::ProviderKind;
use crate::requests::RequestLog;
use crate::settings::Latencies;

/// How long a stopping sandbox waits for requests that are under way.
const DRAIN: Duration = Duration::from_secs(5);

/// The fakes of the carriers and their control port, listening on 127.0.0.1. It is steered by its [`Controls`]. Dropping
/// it stops it.
#[derive(Debug)]
pub struct Sandbox {
    controls: Arc<Controls>,
    /// In the order of [`ProviderKind::ALL`].
    urls: Vec<String>,
    control_url: String,
}

impl Deref for Sandbox {
    type Target = Controls;

    fn deref(&self) -> &Controls {
        &self.controls
    }
}

/// A sandbox that could not start.
#[derive(Debug)]
pub struct StartError {
    port: u32,
    message: String,
    source: Box<dyn Error + Send + Sync>,
}

impl StartError {
    /// The port that is taken or too high; 0 if the options are at fault.
    pub const fn port(&self) -> u32 {
        self.port
    }

    fn bind(port: u32, what: &str, source: io::Error) -> Self {
        Self {
            port,
            message: format!("port {port} for {what} on 127.0.0.1 is not available: {source}"),
            source: source.into(),
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
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
    /// If a port is taken, or a carrier can't be as the options say: the error names it.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let mut listeners = Vec::new();
        for kind in ProviderKind::ALL {
            listeners.push(bind(options.port_of(kind), kind.name()).await?);
        }
        let control = bind(options.control_port(), "control").await?;
        let controls = Controls::new(options)?;
        let (urls, control_url) = (listeners.iter().map(url).collect(), url(&control));
        let tasks = &controls.shared.tasks;
        for (listener, port) in listeners.into_iter().zip(&controls.ports) {
            tasks.spawn(listen(listener, Arc::clone(port)));
        }
        tasks.spawn(control::listen(control, Arc::clone(&controls)));
        Ok(Self {
            controls,
            urls,
            control_url,
        })
    }

    /// Where a carrier listens: `http://127.0.0.1:9101`.
    pub fn url(&self, kind: ProviderKind) -> &str {
        &self.urls[usize::from(kind.index())]
    }

    /// Where the control port listens: `http://127.0.0.1:9109`.
    pub fn control_url(&self) -> &str {
        &self.control_url
    }

    /// Stops accepting and waits for what is under way, five seconds at most.
    pub async fn shutdown(self) {
        self.controls.shared.stop.cancel();
        self.controls.shared.tasks.close();
        let _ = tokio::time::timeout(DRAIN, self.controls.shared.tasks.wait()).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.controls.shared.stop.cancel();
    }
}

impl Controls {
    /// Carriers that listen nowhere: [`Controls::serve`] calls them.
    ///
    /// # Errors
    /// If a carrier can't be as the options say: the error names it.
    pub fn new(options: Options) -> Result<Arc<Self>, StartError> {
        let shared = Shared {
            faults: Arc::new(Faults::new(options.seed)),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            resets: Arc::default(),
        };
        let mut ports = Vec::new();
        let clock = Clock::default();
        for kind in ProviderKind::ALL {
            let clock = clock.of_carrier();
            let port = Arc::new(Port {
                kind,
                carrier: (kind.descriptor().make)(&options, &clock),
                requests: RequestLog::new(options.kept_requests, options.kept_operations),
                limits: Arc::new(Limits::default()),
                clock,
                settings: Mutex::default(),
                latencies: Latencies::default(),
                shared: shared.clone(),
            });
            let applied = hub::apply(&port, options.carrier(kind));
            applied.map_err(|error| StartError {
                port: 0,
                message: format!("options of {kind}: {error}"),
                source: error.into(),
            })?;
            ports.push(port);
        }
        Ok(Arc::new(Self {
            ports,
            shared,
            clock,
            carriers: options.carriers,
        }))
    }
}

async fn bind(port: Option<u16>, what: &str) -> Result<TcpListener, StartError> {
    let Some(port) = port else {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "the base port is too high");
        return Err(StartError::bind(u32::from(u16::MAX) + 1, what, source));
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    listener.map_err(|source| StartError::bind(port.into(), what, source))
}

fn url(listener: &TcpListener) -> String {
    listener
        .local_addr()
        .map(|address| format!("http://{address}"))
        .unwrap_or_default()
}
