//! The network between gateways and carriers. What has left a gateway arrives, even if the gateway has died since.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use rand::RngExt;
use rand::rngs::StdRng;
use serde::de::IgnoredAny;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::task::TaskTracker;
use trunkline_core::host;
use trunkline_http::{Answer, Fault, Transport};
use trunkline_sandbox::{Controls, ProviderKind};

use crate::database::{Database, Peril};
use crate::history::Line;
use crate::machine::Machine;
use crate::trace::Trace;

/// How bad the network is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    /// How likely a request, or its answer, is lost.
    pub(crate) loss: f64,
    /// How likely either is slow.
    pub(crate) slow: f64,
    /// How slow at most.
    pub(crate) slowest: Duration,
}

/// In what time a process writes down an answer that it has got, while its database is well.
const WRITTEN_WITHIN: Duration = Duration::from_millis(300);

/// All wires to the carriers.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) controls: Arc<Controls>,
    /// The machine on which all carriers run.
    pub(crate) carriers: Arc<Machine>,
    pub(crate) weather: Mutex<Weather>,
    pub(crate) dice: Mutex<StdRng>,
    pub(crate) tasks: TaskTracker,
    pub(crate) database: Arc<Database>,
    pub(crate) trace: Trace,
}

/// What becomes of one request.
#[derive(Clone, Copy)]
struct Fate {
    no_connection: bool,
    lost_there: bool,
    lost_back: bool,
    there: Duration,
    back: Duration,
}

impl Network {
    fn fate(&self) -> Fate {
        let weather = *self.weather.lock();
        let mut dice = self.dice.lock();
        let mut way = || {
            let usual = Duration::from_millis(dice.random_range(1..=40));
            let slow = dice.random_bool(weather.slow);
            let most = u64::try_from(weather.slowest.as_millis()).unwrap_or(1);
            let more = Duration::from_millis(dice.random_range(0..=most));
            let lost = dice.random_bool(weather.loss);
            (if slow { usual + more } else { usual }, lost)
        };
        let ((there, lost_there), (back, lost_back)) = (way(), way());
        Fate {
            no_connection: dice.random_bool(weather.loss),
            lost_there,
            lost_back,
            there,
            back,
        }
    }
}

/// The way from one gateway to one carrier.
pub(crate) struct Wire {
    pub(crate) from: Arc<Machine>,
    pub(crate) to: ProviderKind,
    pub(crate) network: Arc<Network>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.from.name, self.to)
    }
}

/// Why the network gave no answer.
#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the simulated network broke")
    }
}

impl std::error::Error for Broken {}

/// The number that a request buys, where requests name it: Zendesk's name a token.
fn ordered(to: ProviderKind, path: &str, body: &str) -> Option<String> {
    match to {
        ProviderKind::Twilio if path.ends_with("/IncomingPhoneNumbers.json") => {
            number_after(body, "PhoneNumber=%2B")
        }
        ProviderKind::SignalWire if path.ends_with("/phone_numbers") => {
            number_after(body, "\"number\":\"+")
        }
        _ => None,
    }
}

/// The number that a request looks for, where it names it.
fn looked_for(path: &str) -> Option<String> {
    let names = ["?PhoneNumber=%2B", "filter_number=%2B"];
    names.iter().find_map(|name| number_after(path, name))
}

fn number_after(text: &str, name: &str) -> Option<String> {
    let after = text.split(name).nth(1)?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    Some(format!("+{digits}"))
}

impl Wire {
    /// Sends the request on its way, whatever becomes of the sender, and gives what comes back.
    /// An answer is there even while the sender is frozen.
    fn send(&self, request: http::Request<Bytes>, fate: Fate) -> oneshot::Receiver<Answer> {
        let (told, answer) = oneshot::channel();
        let (network, to) = (Arc::clone(&self.network), self.to);
        let work = async move {
            sleep(fate.there).await;
            let response = match fate.lost_there {
                true => None,
                false => network.controls.serve(to, request).await,
            };
            sleep(fate.back).await;
            if let Some(response) = response.filter(|_| !fate.lost_back) {
                let (parts, body) = response.into_parts();
                let _ = told.send(Answer {
                    status: parts.status,
                    headers: parts.headers,
                    body,
                });
            }
        };
        let carriers = Arc::clone(&self.network.carriers);
        self.network.tasks.spawn(host::scope(carriers, work));
        answer
    }

    /// Sees to it that the carrier's word that it has sold a number is written down, if the process that got it lives on.
    fn follow(&self, line: Line) {
        let Some(freezes) = self.from.awake() else {
            return;
        };
        let database = Arc::clone(&self.network.database);
        let (from, history) = (Arc::clone(&self.from), Arc::clone(&database.history));
        let at = Instant::now();
        self.network.tasks.spawn(async move {
            sleep(WRITTEN_WITHIN).await;
            if from.awake() == Some(freezes) {
                history.lock().answered(&line, at);
            }
        });
    }

    /// Notes what leaves.
    fn leaves(&self, method: &http::Method, path: &str, ordered: Option<&Line>) {
        let (database, to) = (&self.network.database, self.to);
        let peril = match *method {
            http::Method::POST if ordered.is_some() => Peril::Order,
            http::Method::DELETE => Peril::Release,
            http::Method::GET => {
                // An order is about to be carried out late: what the look shows is soon not true any more.
                let comes_late = self.network.controls.carried_out_later() > 0;
                let line = looked_for(path).filter(|_| comes_late);
                let line = line.map(|number| (to, number));
                if !line.is_some_and(|line| database.history.lock().is_in_doubt(&line)) {
                    return;
                }
                Peril::Look
            }
            _ => return,
        };
        database.is_perilous(&self.from, peril);
        let mut history = database.history.lock();
        match (peril, ordered) {
            (Peril::Order, Some(line)) => history.leaves(line),
            (Peril::Release, _) => history.gives_back(to, path),
            _ => {}
        }
    }

    async fn carry(&self, request: http::Request<Bytes>) -> Result<Answer, Fault> {
        let fate = self.network.fate();
        if fate.no_connection {
            sleep(fate.there).await;
            return Err(Fault::Connect(Arc::new(Broken), Broken.to_string()));
        }
        let answer = self.send(request, fate).await;
        answer.map_err(|_| Fault::Broken(Arc::new(Broken)))
    }
}

#[async_trait]
impl Transport for Wire {
    async fn exchange(
        &self,
        mut request: reqwest::Request,
        limit: Duration,
    ) -> Result<Answer, Fault> {
        let body = request.body().and_then(reqwest::Body::as_bytes);
        let body = Bytes::copy_from_slice(body.unwrap_or_default());
        let mut sent = http::Request::new(body.clone());
        *sent.method_mut() = request.method().clone();
        *sent.headers_mut() = std::mem::take(request.headers_mut());
        *sent.uri_mut() = request.url().as_str().parse().unwrap_or_default();
        let (method, uri) = (sent.method().clone(), sent.uri().clone());
        let path = uri.path_and_query().map_or("", |path| path.as_str());
        let text = String::from_utf8_lossy(&body);
        let number = ordered(self.to, path, &text).filter(|_| method == http::Method::POST);
        let line = number.map(|number| (self.to, number));
        self.leaves(&method, path, line.as_ref());
        let outcome = timeout(limit, self.carry(sent)).await;
        let outcome = outcome.unwrap_or(Err(Fault::Timeout));
        if let (Some(line), Ok(answer)) = (line, &outcome)
            && answer.status.is_success()
            && serde_json::from_slice::<IgnoredAny>(&answer.body).is_ok()
        {
            self.follow(line);
        }
        let came = match &outcome {
            Ok(answer) => answer.status.as_str(),
            Err(Fault::Connect(..)) => "no connection",
            Err(Fault::Timeout) => "no answer in time",
            Err(_) => "broken",
        };
        let (trace, to) = (&self.network.trace, self.to);
        let what = format_args!("{to}: {method} {path} {text} -> {came}");
        trace.tell(&self.from.name, &what);
        outcome
    }
}
