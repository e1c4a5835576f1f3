//! The right to work on something for a while, and the clocks by which it ends.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use trunkline_core::host;

/// A moment by all clocks of this machine.
///
/// The monotonic clock stands still while a machine is suspended; the boot-time clock (Linux) does not. The wall clock
/// can be set, and is what a database on this machine counts by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    monotonic: Instant,
    boot: Duration,
    wall: SystemTime,
}

impl Moment {
    /// What the clocks show.
    #[must_use]
    pub fn now() -> Self {
        Self {
            monotonic: Instant::now(),
            boot: host::since_boot(since_boot),
            wall: host::wall(),
        }
    }

    /// So much later by each clock.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self {
            monotonic: self.monotonic + wait,
            boot: self.boot + wait,
            wall: self.wall + wait,
        }
    }

    /// How long it is until then, by the clock that comes there first; zero once one has.
    pub fn remaining(&self, now: Self) -> Duration {
        let monotonic = self.monotonic.saturating_duration_since(now.monotonic);
        let wall = self.wall.duration_since(now.wall).unwrap_or_default();
        monotonic.min(self.boot.saturating_sub(now.boot)).min(wall)
    }
}

/// The time since the machine was started, suspensions included.
#[cfg(target_os = "linux")]
fn since_boot() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default()
}

/// The other clocks alone count: this one stands still.
#[cfg(not(target_os = "linux"))]
const fn since_boot() -> Duration {
    Duration::ZERO
}

/// The right to work on something, for a while.
///
/// It is counted on the database's clock; `ends` is a safe estimate on ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Lease {
    /// What is leased, for example a purchase's id.
    pub name: String,
    /// Whose it is. A database that lost its last commits may give a fence twice, but not to the same owner.
    pub owner: String,
    /// Grows with every holder: a write under an older fence is refused.
    pub fence: i64,
    /// It holds at least until one clock comes there.
    pub ends: Moment,
}

impl Lease {
    /// How long a lease holds unless renewed.
    pub const TTL: Duration = Duration::from_secs(10);

    /// Whether it still holds, by every clock of this machine.
    pub fn holds(&self) -> bool {
        !self.remaining().is_zero()
    }

    /// How long it holds from now on; zero once it does not.
    pub fn remaining(&self) -> Duration {
        self.ends.remaining(Moment::now())
    }

    /// Until when something may leave under it.
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.remaining()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Lease::TTL;

    #[test]
    fn lease_ends_by_the_first_clock_to_reach_its_end() {
        let now = Moment::now();
        let ends = now.after(TTL);
        let half = TTL / 2;
        assert_eq!(ends.remaining(now), TTL);
        assert_eq!(ends.remaining(now.after(half)), half);
        let suspended = Moment {
            boot: now.boot + TTL,
            ..now
        };
        let set_forward = Moment {
            wall: now.wall + TTL,
            ..now
        };
        let frozen = Moment {
            monotonic: now.monotonic + TTL,
            ..now
        };
        for over in [suspended, set_forward, frozen] {
            assert_eq!(ends.remaining(over), Duration::ZERO, "{over:?}");
        }
    }

    #[test]
    fn wall_clock_set_back_makes_no_lease_longer() {
        let now = Moment::now();
        let ends = now.after(TTL);
        let set_back = Moment {
            wall: now.wall - TTL * 60,
            ..now
        };
        assert_eq!(ends.remaining(set_back), TTL);
        let later = set_back.after(TTL);
        assert_eq!(ends.remaining(later), Duration::ZERO);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn boot_time_clock_advances() {
        let before = since_boot();
        assert!(before > Duration::ZERO);
        std::thread::yield_now();
        assert!(since_boot() > before);
    }
}
