//! The one connection to Redis of this process, and its absence.
//!
//! A connection that fails or is late once is given up, however sound it may look: nothing waits for it again. Another
//! one is dialled in the background, and counts only when the very script has run on it, which a Redis that is full,
//! read-only or still loading does not do.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use metrics::gauge;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Script};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::task::TaskTracker;
use tracing::{info, warn};
use trunkline_core::{AccountName, Error, ErrorKind, ProviderName, Result, Retry};

use super::{QUOTA_SHARED, RedisOptions};

/// Longest pause between two attempts, as a multiple of the first.
const LONGEST_PAUSE: u32 = 20;

/// Pause between two looks at a connection that nobody uses, as a multiple of the first pause.
const WATCH: u32 = 8;

/// A question that takes nothing.
const PROBE: Question<'static> = Question {
    key: "trunkline:quota:probe",
    interval: 1,
    burst: 1,
    lane: 2,
    refill: true,
};

/// What is asked of an account's quota.
pub(super) struct Question<'a> {
    pub(super) key: &'a str,
    /// One permit's worth of time, in microseconds.
    pub(super) interval: u64,
    pub(super) burst: u32,
    /// 0 goes first.
    pub(super) lane: u8,
    /// Whether a quota without a record is full.
    pub(super) refill: bool,
}

/// What Redis says to a question.
pub(super) struct Answer {
    pub(super) taken: bool,
    pub(super) wait: Duration,
    pub(super) left: u32,
}

/// A connection that stands as far as is known.
pub(super) struct Live {
    connection: MultiplexedConnection,
    /// How often Redis had been lost before.
    pub(super) losses: u64,
}

pub(super) struct Link {
    client: Client,
    options: RedisOptions,
    script: Script,
    state: Mutex<State>,
    tasks: TaskTracker,
}

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    losses: u64,
    since: Option<Instant>,
    /// How long to wait before dialling again.
    pause: Duration,
    /// Whose gauges tell of the connection.
    accounts: Vec<(AccountName, ProviderName)>,
}

impl Link {
    /// Dials once. Without an answer the first outage has begun.
    pub(super) async fn open(url: &str, options: RedisOptions) -> Result<Arc<Self>> {
        // Neither the URL nor the parser's words about it are shown: it may hold a password.
        let client = Client::open(url).map_err(|_| {
            let message = "rate_limit.shared: not a URL such as redis://127.0.0.1:6379";
            Error::new(ErrorKind::Config, message)
        })?;
        let link = Arc::new(Self {
            client,
            options,
            script: Script::new(include_str!("gcra.lua")),
            state: Mutex::new(State {
                pause: options.pause,
                ..State::default()
            }),
            tasks: TaskTracker::new(),
        });
        match link.dial().await {
            Ok(connection) => link.found(connection),
            Err(why) => link.lost(0, &why),
        }
        Ok(link)
    }

    /// The connection, if there is one. Waits for nothing.
    ///
    /// # Errors
    /// `UpstreamUnavailable` during an outage.
    pub(super) fn live(&self) -> Result<Live> {
        let state = self.lock();
        match &state.connection {
            Some(connection) => Ok(Live {
                connection: connection.clone(),
                losses: state.losses,
            }),
            None => Err(away()),
        }
    }

    /// Puts a question.
    ///
    /// # Errors
    /// `UpstreamUnavailable` if there is no answer in time, or none that makes sense.
    pub(super) async fn ask(
        self: &Arc<Self>,
        mut live: Live,
        question: &Question<'_>,
    ) -> Result<Answer> {
        let asked = timeout(
            self.options.answer_timeout,
            self.run(&mut live.connection, question),
        );
        let why = match asked.await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {:?}", self.options.answer_timeout),
        };
        self.lost(live.losses, &why);
        Err(away())
    }

    /// Shows in the account's metric whether the quota is shared, from now on.
    pub(super) fn announce(&self, account: &AccountName, provider: &ProviderName) {
        let known = (account.clone(), provider.clone());
        let mut state = self.lock();
        if !state.accounts.contains(&known) {
            state.accounts.push(known);
        }
        drop(state);
        self.gauge(account, provider);
    }

    /// Shows it now.
    pub(super) fn gauge(&self, account: &AccountName, provider: &ProviderName) {
        show(account, provider, self.lock().connection.is_some());
    }

    async fn run(
        &self,
        connection: &mut MultiplexedConnection,
        question: &Question<'_>,
    ) -> redis::RedisResult<Answer> {
        let mut call = self.script.prepare_invoke();
        call.key(question.key)
            .arg(question.interval)
            .arg(question.burst)
            .arg(question.lane)
            .arg(u8::from(question.refill));
        let (taken, wait, left): (u8, u64, u32) = call.invoke_async(connection).await?;
        Ok(Answer {
            taken: taken == 1,
            wait: Duration::from_micros(wait),
            left,
        })
    }

    /// A connection on which the script has run.
    async fn dial(&self) -> Result<MultiplexedConnection, String> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let dialled = timeout(self.options.connect_timeout, async {
            let mut connection = self
                .client
                .get_multiplexed_async_connection_with_config(&config)
                .await?;
            self.run(&mut connection, &PROBE).await?;
            Ok(connection)
        });
        match dialled.await {
            Ok(dialled) => dialled.map_err(|error: redis::RedisError| error.to_string()),
            Err(_) => Err(format!(
                "no connection within {:?}",
                self.options.connect_timeout
            )),
        }
    }

    fn found(self: &Arc<Self>, connection: MultiplexedConnection) {
        let losses = {
            let mut state = self.lock();
            state.connection = Some(connection);
            state.since = Some(Instant::now());
            state.show();
            state.losses
        };
        self.tasks.spawn(Self::watch(
            Arc::downgrade(self),
            losses,
            self.options.pause * WATCH,
        ));
    }

    /// Notices an outage while nobody asks anything. Ends with the connection, or with its last user.
    async fn watch(link: Weak<Self>, losses: u64, pause: Duration) {
        loop {
            sleep(pause).await;
            let Some(link) = link.upgrade() else { return };
            match link.live() {
                Ok(live) if live.losses == losses => {
                    // An outage is noticed by the question itself.
                    let _ = link.ask(live, &PROBE).await;
                }
                _ => return,
            }
        }
    }

    /// Begins an outage, unless the connection that failed was given up already.
    fn lost(self: &Arc<Self>, losses: u64, why: &str) {
        let pause = {
            let mut state = self.lock();
            if state.losses != losses {
                return;
            }
            state.losses += 1;
            state.connection = None;
            state.show();
            // One that is lost again at once is neither dialled again at once nor reported so often.
            let longest = self.options.pause * LONGEST_PAUSE;
            match state.since {
                Some(since) if since.elapsed() > longest => state.pause = self.options.pause,
                _ => {}
            }
            let pause = state.pause;
            state.pause = (pause * 2).min(longest);
            pause
        };
        warn!(
            "Redis is away, each replica keeps to its part of the quotas until it is back: {why}"
        );
        self.tasks
            .spawn(Self::dial_again(Arc::downgrade(self), pause));
    }

    /// Dials until there is a connection, or none is wanted any more.
    async fn dial_again(link: Weak<Self>, mut pause: Duration) {
        loop {
            sleep(pause).await;
            let Some(link) = link.upgrade() else { return };
            if let Ok(connection) = link.dial().await {
                link.found(connection);
                info!("Redis is back, the quotas are shared again");
                return;
            }
            pause = (pause * 2).min(link.options.pause * LONGEST_PAUSE);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Link")
            .field("stands", &state.connection.is_some())
            .field("losses", &state.losses)
            .finish_non_exhaustive()
    }
}

impl State {
    fn show(&self) {
        for (account, provider) in &self.accounts {
            show(account, provider, self.connection.is_some());
        }
    }
}

fn show(account: &AccountName, provider: &ProviderName, shared: bool) {
    let labels = [
        ("account", account.to_string()),
        ("provider", provider.to_string()),
    ];
    gauge!(QUOTA_SHARED, &labels).set(if shared { 1.0 } else { 0.0 });
}

fn away() -> Error {
    Error::new(
        ErrorKind::UpstreamUnavailable,
        "the shared quota can't be asked now",
    )
    .with_retry(Retry::Backoff)
}
