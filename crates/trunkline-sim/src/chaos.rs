//! What goes wrong while the storm lasts.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use tokio::time::{Instant, sleep};
use trunkline_core::{E164, Result};
use trunkline_sandbox::{Controls, Fault, FaultPlan, ProviderKind};

use crate::accounts::SELLERS;
use crate::database::Database;
use crate::gateway::Gateway;
use crate::machine::dice;
use crate::trace::Trace;

/// What can be made to fail.
#[derive(Debug)]
pub(crate) struct Chaos {
    pub(crate) gateways: Vec<Arc<Gateway>>,
    pub(crate) database: Arc<Database>,
    pub(crate) controls: Arc<Controls>,
    pub(crate) on_sale: Vec<(ProviderKind, E164)>,
    pub(crate) seed: u64,
    /// When the storm is over.
    pub(crate) over: Instant,
    pub(crate) trace: Trace,
    /// What keeps a gateway from starting.
    pub(crate) broken: Arc<Mutex<Option<trunkline_core::Error>>>,
}

impl Chaos {
    /// The next moment of a misfortune that comes about so often; `None` once the storm is over.
    async fn next(&self, dice: &mut StdRng, about: Duration) -> Option<()> {
        let pause = about.mul_f64(dice.random_range(0.1..2.0));
        let at = Instant::now() + pause;
        if at >= self.over {
            return None;
        }
        tokio::time::sleep_until(at).await;
        Some(())
    }

    /// Starts each gateway that has died, a while later; for as long as the simulation lasts.
    pub(crate) async fn revive(&self, gateway: &Gateway) {
        let mut dice = dice(self.seed, &format!("revive {}", gateway.name));
        while let Some(life) = gateway.life() {
            life.machine.ended.cancelled().await;
            self.trace.tell(&life.machine.name, &"is dead");
            drop(life);
            sleep(Duration::from_millis(dice.random_range(100..20_000))).await;
            if let Err(error) = gateway.boot().await {
                *self.broken.lock() = Some(error);
                return;
            }
        }
    }

    /// Lets gateways die, at whatever await they are.
    pub(crate) async fn kill(&self, about: Duration) {
        let mut dice = dice(self.seed, "deaths");
        while self.next(&mut dice, about).await.is_some() {
            if let Some(life) = self.gateways.choose(&mut dice).and_then(|one| one.life()) {
                life.machine.die_after(dice.random_range(1..400));
            }
        }
    }

    /// Freezes gateways, mostly for longer than a lease holds.
    pub(crate) async fn freeze(&self, about: Duration) {
        let mut dice = dice(self.seed, "freezes");
        while self.next(&mut dice, about).await.is_some() {
            let Some(life) = self.gateways.choose(&mut dice).and_then(|one| one.life()) else {
                continue;
            };
            let time = Duration::from_millis(dice.random_range(2_000..45_000));
            self.trace
                .tell(&life.machine.name, &format_args!("freezes for {time:?}"));
            life.machine.freeze(true);
            sleep(time).await;
            self.trace.tell(&life.machine.name, &"thaws");
            life.machine.freeze(false);
        }
    }

    /// Moves the wall clocks of gateways, forth or back, by seconds or days.
    pub(crate) async fn jump(&self, about: Duration) {
        let mut dice = dice(self.seed, "clocks");
        while self.next(&mut dice, about).await.is_some() {
            if let Some(gateway) = self.gateways.choose(&mut dice) {
                let scale = *[1_000, 60_000, 3_600_000, 48 * 3_600_000]
                    .choose(&mut dice)
                    .unwrap_or(&1_000);
                let ahead = dice.random_range(-scale..=scale);
                self.trace.tell(
                    &gateway.name,
                    &format_args!("has its clock {ahead} ms ahead"),
                );
                gateway.set_clock(ahead, dice.random_range(-200..=200));
            }
        }
        for gateway in &self.gateways {
            gateway.set_clock(0, 0);
        }
    }

    /// Lets the database crash.
    pub(crate) async fn crash(&self, about: Duration) {
        let mut dice = dice(self.seed, "crashes");
        while self.next(&mut dice, about).await.is_some() {
            self.database.watch();
            sleep(Duration::from_millis(dice.random_range(0..3_000))).await;
            self.database.crash();
        }
    }

    /// Lets persons buy numbers in the carriers' consoles, and give back what is held.
    pub(crate) async fn act(&self, about: Duration) {
        let mut dice = dice(self.seed, "persons");
        while self.next(&mut dice, about).await.is_some() {
            let Some((kind, number)) = self.on_sale.choose(&mut dice) else {
                continue;
            };
            let (what, done) = match dice.random_bool(0.5) {
                true => ("buys", self.controls.console_buy(*kind, number.as_str())),
                false => (
                    "gives back",
                    self.controls.console_release(*kind, number.as_str()),
                ),
            };
            if done.is_ok() {
                self.trace
                    .tell(&"person", &format_args!("{what} {number} at {kind}"));
            }
        }
    }

    /// Renames accounts, which all gateways hear at once.
    pub(crate) async fn rename(&self, about: Duration) {
        let mut dice = dice(self.seed, "renames");
        while self.next(&mut dice, about).await.is_some() {
            let (Some(kind), Some(first)) = (SELLERS.choose(&mut dice), self.gateways.first())
            else {
                return;
            };
            let name = first.operator.rename(*kind);
            self.trace.tell(
                &"operator",
                &format_args!("calls the account of {kind} {name}"),
            );
            for gateway in &self.gateways {
                let (gateway, broken) = (Arc::clone(gateway), Arc::clone(&self.broken));
                let tasks = gateway.network.tasks.clone();
                // One that is frozen reads its settings when it thaws.
                tasks.spawn(async move {
                    if let Err(error) = gateway.reload().await {
                        *broken.lock() = Some(error);
                    }
                });
            }
        }
    }

    /// Lets the lists of a carrier fail from then on, until the storm is over.
    pub(crate) async fn outage(&self, kind: ProviderKind, from: Duration) {
        sleep(from).await;
        let fault = FaultPlan::always(kind, "list", Fault::status(503));
        self.trace.tell(
            &"world",
            &format_args!("{kind} can't list numbers from now on"),
        );
        let _ = self.controls.inject(fault);
    }

    /// What kept a gateway from starting.
    ///
    /// # Errors
    /// That.
    pub(crate) fn check(&self) -> Result<()> {
        match self.broken.lock().take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}
