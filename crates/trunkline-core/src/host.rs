//! The host that a task runs on: the one door to wall clocks and to randomness.
//!
//! Outside of a [`scope`] the host is this machine. A simulation gives each of its processes a host with clocks and random
//! numbers of its own; [`carried`] takes it along to other tasks. Monotonic time is tokio's, whose clock can be paused.

use std::convert::Infallible;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use pin_project_lite::pin_project;
use rand::distr::{Distribution, StandardUniform};
use rand::{Rng, RngExt, TryRng};

/// A machine with one process: its clocks, its random numbers, and when its tasks may run.
pub trait Host: Debug + Send + Sync + 'static {
    /// The wall clock, which may be wrong and may jump.
    fn wall(&self) -> SystemTime;

    /// The time since the machine was started, suspensions included.
    fn since_boot(&self) -> Duration;

    /// Fills a buffer with random bytes.
    fn fill(&self, bytes: &mut [u8]);

    /// The id that the process made last: see [`crate::model`].
    fn last_id(&self) -> &Mutex<u128>;

    /// Decides whether a task may run now. One that has to wait is woken by the host.
    fn turn(&self, task: &Context<'_>) -> Turn;
}

/// What a task of a host may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Run.
    Run,
    /// Wait: the host is frozen.
    Wait,
    /// Nothing more, it is dropped: the process has ended.
    End,
}

tokio::task_local! {
    static HOST: Arc<dyn Host>;
}

/// The id that this process made last, on this machine.
static LAST_ID: Mutex<u128> = Mutex::new(0);

/// The time of the wall clock.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the door that the others are to use"
)]
pub fn wall() -> SystemTime {
    HOST.try_with(|host| host.wall())
        .unwrap_or_else(|_| SystemTime::now())
}

/// The same as a timestamp.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the door that the others are to use"
)]
pub fn now() -> Timestamp {
    let host = HOST.try_with(|host| Timestamp::try_from(host.wall()).unwrap_or(Timestamp::MAX));
    host.unwrap_or_else(|_| Timestamp::now())
}

/// The time since the host was started; on this machine `machine` reads it.
pub fn since_boot(machine: impl FnOnce() -> Duration) -> Duration {
    HOST.try_with(|host| host.since_boot())
        .unwrap_or_else(|_| machine())
}

/// A random value.
#[must_use]
pub fn random<T>() -> T
where
    StandardUniform: Distribution<T>,
{
    rng().random()
}

/// The random numbers of the host.
#[must_use]
pub fn rng() -> HostRng {
    HostRng(current())
}

/// Runs `work` with the id that the process made last.
pub(crate) fn with_last_id<T>(work: impl FnOnce(&Mutex<u128>) -> T) -> T {
    match current() {
        Some(host) => work(host.last_id()),
        None => work(&LAST_ID),
    }
}

fn current() -> Option<Arc<dyn Host>> {
    HOST.try_with(Arc::clone).ok()
}

/// The random numbers of one host.
#[derive(Debug)]
pub struct HostRng(Option<Arc<dyn Host>>);

impl TryRng for HostRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the door that the others are to use"
    )]
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        match &self.0 {
            Some(host) => host.fill(bytes),
            None => rand::rng().fill_bytes(bytes),
        }
        Ok(())
    }
}

pin_project! {
    /// Work that runs on a host, or on this machine.
    #[derive(Debug)]
    pub struct Hosted<F> {
        #[pin]
        work: Option<F>,
        host: Option<Arc<dyn Host>>,
    }
}

/// Runs `work` on a host.
pub fn scope<F: Future>(host: Arc<dyn Host>, work: F) -> Hosted<F> {
    Hosted {
        work: Some(work),
        host: Some(host),
    }
}

/// `work` for another task, on the host of the running one.
pub fn carried<F: Future>(work: F) -> Hosted<F> {
    Hosted {
        work: Some(work),
        host: current(),
    }
}

impl<F: Future> Future for Hosted<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let host = this.host.as_ref();
        let turn = host.map_or(Turn::Run, |host| host.turn(task));
        if turn == Turn::End {
            this.work.set(None);
        }
        let Some(work) = this.work.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        if turn == Turn::Wait {
            return Poll::Pending;
        }
        let done = ready!(match host {
            Some(host) => HOST.sync_scope(Arc::clone(host), || work.poll(task)),
            None => work.poll(task),
        });
        Poll::Ready(done)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// A machine whose clock stands at the epoch and whose dice show one number.
    #[derive(Debug, Default)]
    struct Still {
        ended: AtomicBool,
        last: Mutex<u128>,
    }

    impl Host for Still {
        fn wall(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH
        }

        fn since_boot(&self) -> Duration {
            Duration::ZERO
        }

        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }

        fn last_id(&self) -> &Mutex<u128> {
            &self.last
        }

        fn turn(&self, _: &Context<'_>) -> Turn {
            match self.ended.load(Ordering::Relaxed) {
                true => Turn::End,
                false => Turn::Run,
            }
        }
    }

    #[tokio::test]
    async fn clock_and_dice_of_a_host_follow_its_work_to_other_tasks() {
        fn seen() -> (Timestamp, u16) {
            (now(), random())
        }
        let (here, there) = scope(Arc::new(Still::default()), async {
            let mut others = tokio::task::JoinSet::new();
            others.spawn(carried(async { seen() }));
            (seen(), others.join_next().await.unwrap().unwrap())
        })
        .await;
        assert_eq!(here, (Timestamp::UNIX_EPOCH, 0x0707));
        assert_eq!(there, here);
        assert!(now() > Timestamp::UNIX_EPOCH);
    }

    #[tokio::test]
    async fn work_of_a_host_that_has_ended_is_dropped_and_never_ends() {
        let (host, held) = (Arc::new(Still::default()), Arc::new(()));
        host.ended.store(true, Ordering::Relaxed);
        let kept = Arc::clone(&held);
        let mut work = Box::pin(scope(host, async move { drop(kept) }));
        let task = &mut Context::from_waker(std::task::Waker::noop());
        assert!(work.as_mut().poll(task).is_pending());
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
