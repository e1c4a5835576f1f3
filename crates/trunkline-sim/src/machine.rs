//! The machines of a simulation: each with clocks, dice and one process, which can freeze and die.

use std::fmt;
use std::sync::Mutex as StdMutex;
use std::task::{Context, Waker};
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use trunkline_core::host::{Host, Turn};

/// What every simulation's true clock shows at its start, in seconds since 1970: 2026-03-01, noon.
const EPOCH_SECONDS: u64 = 1_772_366_400;

/// When something was written into a carrier's ledger, in a run that began at `start`.
pub(crate) fn moment(start: Instant, at: Timestamp) -> Instant {
    let since = at.as_millisecond() - 1_000 * i64::try_from(EPOCH_SECONDS).unwrap_or(0);
    start + Duration::from_millis(u64::try_from(since).unwrap_or(0))
}

/// How long after the start of a run something was created, by a carrier's record: less than nothing if that is dated back.
pub(crate) fn since_start(at: Timestamp) -> SignedDuration {
    at.duration_since(Timestamp::UNIX_EPOCH)
        - SignedDuration::from_secs(EPOCH_SECONDS.cast_signed())
}

/// The dice of one part of a simulation: drawn from the seed and its name, so that parts don't disturb each other.
pub(crate) fn dice(seed: u64, name: &str) -> StdRng {
    // FNV-1a.
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325 ^ seed, mix);
    StdRng::seed_from_u64(hash ^ seed.rotate_left(32))
}

/// One machine.
pub(crate) struct Machine {
    pub(crate) name: String,
    start: Instant,
    dice: Mutex<StdRng>,
    last_id: StdMutex<u128>,
    process: Mutex<Process>,
    /// Cancelled when its process has died.
    pub(crate) ended: CancellationToken,
}

/// The process on a machine, and its wall clock.
#[derive(Debug, Default)]
struct Process {
    dead: bool,
    frozen: bool,
    /// How often it has been frozen.
    freezes: u64,
    /// How often tasks have run.
    turns: u64,
    /// It dies at this turn.
    dies_at: Option<u64>,
    waiting: Vec<Waker>,
    /// How far the wall clock is ahead, in milliseconds.
    ahead_ms: i64,
    /// How much faster the wall clock is, in millionths.
    drift: i64,
}

impl Machine {
    pub(crate) fn new(seed: u64, name: String, start: Instant) -> Self {
        Self {
            dice: Mutex::new(dice(seed, &name)),
            name,
            start,
            last_id: StdMutex::default(),
            process: Mutex::default(),
            ended: CancellationToken::new(),
        }
    }

    /// Moves its wall clock, and lets it run faster by so many millionths.
    pub(crate) fn set_clock(&self, ahead_ms: i64, drift: i64) {
        let mut process = self.process.lock();
        (process.ahead_ms, process.drift) = (ahead_ms, drift);
    }

    /// Lets its process die after so many more turns: at whatever await that is.
    pub(crate) fn die_after(&self, turns: u64) {
        let mut process = self.process.lock();
        process.dies_at = Some(process.turns + turns);
    }

    /// Lets its process live on, whatever was planned for it.
    pub(crate) fn spare(&self) {
        self.process.lock().dies_at = None;
    }

    /// How often its process has been frozen, if it is alive and not frozen now.
    pub(crate) fn awake(&self) -> Option<u64> {
        let process = self.process.lock();
        (!process.dead && !process.frozen).then_some(process.freezes)
    }

    /// Freezes its process, or thaws it.
    pub(crate) fn freeze(&self, frozen: bool) {
        let mut process = self.process.lock();
        process.frozen = frozen;
        process.freezes += u64::from(frozen);
        if !frozen {
            process.waiting.drain(..).for_each(Waker::wake);
        }
    }
}

impl Host for Machine {
    fn wall(&self) -> SystemTime {
        let process = self.process.lock();
        let since = self.start.elapsed();
        let ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        let ahead = process.ahead_ms + ms / 1_000 * process.drift / 1_000;
        let base = SystemTime::UNIX_EPOCH + Duration::from_secs(EPOCH_SECONDS) + since;
        let by = Duration::from_millis(ahead.unsigned_abs());
        match ahead < 0 {
            true => base - by,
            false => base + by,
        }
    }

    fn since_boot(&self) -> Duration {
        self.start.elapsed()
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.dice.lock().fill_bytes(bytes);
    }

    fn last_id(&self) -> &StdMutex<u128> {
        &self.last_id
    }

    fn turn(&self, task: &Context<'_>) -> Turn {
        let mut process = self.process.lock();
        if process.frozen && !process.dead {
            process.waiting.push(task.waker().clone());
            return Turn::Wait;
        }
        process.turns += 1;
        if !process.dead && process.dies_at.is_some_and(|at| process.turns >= at) {
            process.dead = true;
            self.ended.cancel();
        }
        match process.dead {
            true => Turn::End,
            false => Turn::Run,
        }
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
