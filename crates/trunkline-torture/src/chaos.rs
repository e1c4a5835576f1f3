//! How the gateways die: at every point, at random moments, and frozen for longer than a lease.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, timeout};
use trunkline_core::failpoint;

use crate::faults::SETTLE;
use crate::options::Options;
use crate::replica::{Arming, Event, Replica};
use crate::world::World;

/// Longer than a lease holds.
const FREEZE: Duration = Duration::from_millis(11_500);

/// How long a thawed gateway goes on.
const AFTERWARDS: Duration = Duration::from_secs(2);

/// Purchases for each life, about.
const PURCHASES_PER_LIFE: usize = 80;

/// Where freezing is worst: a gateway that wakes up there acts on what it knew before.
const WORST: [&str; 5] = [
    failpoint::AFTER_LOOK,
    failpoint::BEFORE_SEND,
    failpoint::MID_REQUEST,
    failpoint::ANSWERED,
    failpoint::SETTLING,
];

/// What comes by so seldom in a life that its first time counts.
const SELDOM: [&str; 14] = [
    failpoint::BEFORE_NEXT,
    failpoint::AFTER_NEXT,
    failpoint::BEFORE_PRESUMED,
    failpoint::AFTER_PRESUMED,
    failpoint::WATCHING,
    failpoint::AFTER_SETTINGS,
    failpoint::BEFORE_RELEASE,
    failpoint::RELEASE_BEGUN,
    failpoint::RELEASE_SENT,
    failpoint::RELEASE_ENDED,
    failpoint::CALLER_ID_BEGUN,
    failpoint::CALLER_ID_SENT,
    failpoint::BEFORE_REGISTER,
    failpoint::REGISTER_SENT,
];

/// Where a gateway comes by only once something was absent for the settling time, which most lives do not last.
const LATE: [&str; 3] = [
    failpoint::BEFORE_PRESUMED,
    failpoint::AFTER_PRESUMED,
    failpoint::WATCHING,
];

/// How one life of a gateway ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Killed after this time.
    Killed(Duration),
    Point(Arming),
    /// Frozen for longer than a lease, after this time.
    Frozen(Duration),
}

/// The lives that are left to live, and what came of those before.
#[derive(Debug)]
pub(crate) struct Chaos {
    lives: Mutex<VecDeque<Life>>,
    pub(crate) gate: Semaphore,
    per_life: usize,
    /// How many lives whose point nothing came by may still be lived once more.
    second_tries: AtomicU64,
    patience: Duration,
    replicas: usize,
    pub(crate) addresses: watch::Sender<Vec<Option<SocketAddr>>>,
    pub(crate) tally: Tally,
}

/// What the gateways went through.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) crashes: AtomicU64,
    pub(crate) freezes: AtomicU64,
    pub(crate) database_kills: AtomicU64,
    /// Points that were reached, each as often as it was.
    pub(crate) reached: Mutex<Vec<&'static str>>,
}

impl Tally {
    pub(crate) fn missed(&self, points: &[&'static str]) -> Vec<&'static str> {
        let reached = self.reached.lock();
        let missed = points.iter().filter(|point| !reached.contains(point));
        missed.copied().collect()
    }
}

/// Draws the lives of a run.
fn plan(options: &Options, seed: u64) -> Vec<Life> {
    let mut dice = StdRng::seed_from_u64(seed ^ 0x0006_b696_c6c6);
    let points = &options.failpoints.0;
    let all = options.purchases.div_ceil(PURCHASES_PER_LIFE);
    let rounds = if options.quick {
        1
    } else {
        (all * 2 / 3).div_ceil(points.len().max(1)).max(1)
    };
    let mut lives = Vec::new();
    for _ in 0..rounds {
        for point in points {
            let most = match (SELDOM.contains(point), options.quick) {
                (true, _) => 1,
                (false, true) => 3,
                (false, false) => 8,
            };
            lives.push(Life::Point(Arming {
                point,
                nth: dice.random_range(1..=most),
                freezes: false,
            }));
        }
    }
    let kills = if options.quick { 2 } else { 4 + all / 4 };
    let moment = |dice: &mut StdRng| Duration::from_millis(dice.random_range(50..2_500));
    lives.extend((0..kills).map(|_| Life::Killed(moment(&mut dice))));
    if !options.quick {
        lives.extend((0..2).map(|_| Life::Frozen(moment(&mut dice))));
        for point in WORST.iter().filter(|point| points.contains(point)) {
            lives.push(Life::Point(Arming {
                point,
                nth: dice.random_range(1..=8),
                freezes: true,
            }));
        }
    }
    lives.shuffle(&mut dice);
    if options.quick {
        // By then something waits to be presumed.
        lives.sort_by_key(Life::is_long);
    }
    lives
}

impl Life {
    /// Whether it lasts for the settling time.
    fn is_long(&self) -> bool {
        matches!(self, Self::Point(arming) if LATE.contains(&arming.point))
    }
}

impl Chaos {
    pub(crate) fn new(options: &Options, seed: u64) -> Self {
        let replicas = options.replicas.get();
        let lives = plan(options, seed);
        // A quick run is through with most purchases when the last life is over.
        let purchases = if options.quick {
            options.purchases * 3 / 2
        } else {
            options.purchases
        };
        Self {
            per_life: purchases.div_ceil(lives.len().max(1)),
            lives: Mutex::new(lives.into()),
            second_tries: AtomicU64::new(if options.quick { 1 } else { 30 }),
            gate: Semaphore::new(0),
            patience: Duration::from_millis(if options.quick { 2_500 } else { 8_000 }),
            replicas,
            // One more stands in for a gateway that is frozen.
            addresses: watch::Sender::new(vec![None; 2 * replicas]),
            tally: Tally::default(),
        }
    }

    pub(crate) fn left(&self) -> usize {
        self.lives.lock().len()
    }

    fn listens(&self, name: usize, address: Option<SocketAddr>) {
        self.addresses
            .send_modify(|addresses| addresses[name] = address);
    }

    /// Lives one life after the other, and gives the gateway that is left when none is. Errors: a gateway that can't be
    /// started.
    pub(crate) async fn replica(&self, world: &World, name: usize) -> Result<Replica, String> {
        loop {
            let life = self.lives.lock().pop_front();
            let Some(life) = life else {
                self.gate.add_permits(self.per_life);
                let last = Replica::start(world, name, None).await?;
                let last = last.ok_or("a gateway ended at its start")?;
                self.listens(name, Some(last.address));
                return Ok(last);
            };
            self.live(world, name, life).await?;
            self.listens(name, None);
        }
    }

    async fn live(&self, world: &World, name: usize, life: Life) -> Result<(), String> {
        let arming = match &life {
            Life::Point(arming) => Some(arming),
            Life::Killed(_) | Life::Frozen(_) => None,
        };
        let Some(mut replica) = Replica::start(world, name, arming).await? else {
            self.reached(arming);
            self.gate.add_permits(self.per_life);
            return Ok(());
        };
        self.listens(name, Some(replica.address));
        self.gate.add_permits(self.per_life);
        match &life {
            Life::Killed(after) => sleep(*after).await,
            Life::Frozen(after) => {
                sleep(*after).await;
                replica.freeze();
                self.thaw(world, name, &replica).await?;
            }
            Life::Point(_) => match timeout(self.patience_with(&life), replica.event()).await {
                Ok(Event::Killed) => {
                    self.reached(arming);
                    return Ok(());
                }
                Ok(Event::Ended) => return Err(format!("a gateway ended by itself in {life:?}")),
                Ok(Event::Frozen) => {
                    self.reached(arming);
                    self.thaw(world, name, &replica).await?;
                }
                // It never came by: there may be more going on later.
                Err(_) => self.put_off(&life),
            },
        }
        self.tally.crashes.fetch_add(1, Ordering::Relaxed);
        replica.kill().await;
        Ok(())
    }

    fn patience_with(&self, life: &Life) -> Duration {
        match life.is_long() {
            true => self.patience + SETTLE,
            false => self.patience,
        }
    }

    /// Keeps a life for later, but not for ever.
    fn put_off(&self, life: &Life) {
        let left = self
            .second_tries
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        if left.is_ok() {
            self.lives.lock().push_back(life.clone());
        }
    }

    /// Lets the others work on without a frozen gateway, then wakes it.
    async fn thaw(&self, world: &World, name: usize, frozen: &Replica) -> Result<(), String> {
        self.tally.freezes.fetch_add(1, Ordering::Relaxed);
        let until = Instant::now() + FREEZE;
        // Clients leave it once it does not answer; new ones must not try it.
        self.listens(name, None);
        let stand_in = name + self.replicas;
        // A gateway that froze while it wrote keeps everybody from an SQLite file: then nobody can stand in.
        let starting = Replica::start(world, stand_in, None);
        let other = match tokio::time::timeout_at(until, starting).await {
            Ok(started) => started?,
            Err(_) => None,
        };
        self.listens(stand_in, other.as_ref().map(|other| other.address));
        tokio::time::sleep_until(until).await;
        frozen.thaw();
        self.listens(name, Some(frozen.address));
        sleep(AFTERWARDS).await;
        self.listens(stand_in, None);
        if let Some(other) = other {
            other.kill().await;
        }
        Ok(())
    }

    fn reached(&self, arming: Option<&Arming>) {
        let Some(arming) = arming else { return };
        if !arming.freezes {
            self.tally.crashes.fetch_add(1, Ordering::Relaxed);
        }
        self.tally.reached.lock().push(arming.point);
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn every_point_is_visited_in_a_quick_run() {
        let options = Options::parse_from(["trunkline-torture", "--quick"]);
        let lives = plan(&options, 1);
        for point in failpoint::ALL {
            let at = |life: &&Life| matches!(life, Life::Point(arming) if arming.point == *point);
            assert_eq!(lives.iter().filter(at).count(), 1, "{point}");
        }
        assert_eq!(lives, plan(&options, 1));
    }

    #[test]
    fn freezes_are_survived_within_a_run() {
        let options = Options::parse_from(["trunkline-torture"]);
        let freezes = |life: &&Life| {
            matches!(life, Life::Frozen(_)) || matches!(life, Life::Point(arming) if arming.freezes)
        };
        assert_eq!(
            plan(&options, 1).iter().filter(freezes).count(),
            2 + WORST.len()
        );
    }
}
