//! What goes wrong while the storm lasts.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use tokio::time::{Instant, sleep, timeout};
use trunkline_core::{E164, Result};
use trunkline_sandbox::{Controls, Fault, FaultPlan, ProviderKind};

use crate::accounts::SELLERS;
use crate::database::{Database, Peril};
use crate::gateway::Gateway;
use crate::machine::{Machine, dice, moment};
use crate::plan::Outage;
use crate::trace::Trace;

/// How long ago a number was sold of which its carrier may lose sight.
const LONG_AGO: Duration = Duration::from_secs(60);

/// Within what time something is soon.
const SOON: Duration = Duration::from_secs(20);

/// For how long a misfortune waits for its moment.
const PATIENCE: Duration = Duration::from_secs(40);

/// After what it hurts most to die.
const SENT: [Peril; 2] = [Peril::Order, Peril::Release];

/// What can be made to fail.
#[derive(Debug)]
pub(crate) struct Chaos {
    pub(crate) gateways: Vec<Arc<Gateway>>,
    pub(crate) database: Arc<Database>,
    pub(crate) controls: Arc<Controls>,
    pub(crate) on_sale: Vec<(ProviderKind, E164)>,
    /// Which numbers are wanted by name, and when.
    pub(crate) wanted: Vec<(Instant, ProviderKind, E164)>,
    pub(crate) seed: u64,
    pub(crate) start: Instant,
    /// Accounts are read for the inventory again and again.
    pub(crate) rereads: bool,
    /// When the storm is over.
    pub(crate) over: Instant,
    pub(crate) trace: Trace,
    /// What keeps a gateway from starting.
    pub(crate) broken: Arc<Mutex<Option<trunkline_core::Error>>>,
}

/// What is told of a process that freezes.
fn freezes(time: Duration, after: Option<Peril>) -> String {
    match after {
        Some(peril) => format!("freezes for {time:?}, after {peril:?}"),
        None => format!("freezes for {time:?}"),
    }
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

    /// The machine that does next what one of these perils is, and which; `None` if none does soon.
    async fn sender(
        &self,
        dice: &mut StdRng,
        perils: &[Peril],
    ) -> Option<(Arc<Machine>, Option<Peril>)> {
        let mut told = self.database.perils.subscribe();
        let wanted = *perils.choose(dice)?;
        let sender = async {
            loop {
                let (machine, peril) = told.recv().await.ok()?;
                if peril == wanted {
                    return Some((machine, Some(peril)));
                }
            }
        };
        timeout(PATIENCE, sender).await.ok()?
    }

    /// The machine of one of the gateways: half of the time one that has just done what one of these perils is.
    async fn victim(
        &self,
        dice: &mut StdRng,
        perils: &[Peril],
    ) -> Option<(Arc<Machine>, Option<Peril>)> {
        match dice.random_bool(0.5) {
            true => self.sender(dice, perils).await,
            false => {
                let life = self.gateways.choose(dice)?.life()?;
                Some((life.machine, None))
            }
        }
    }

    /// The numbers that somebody is about to want.
    fn soon(&self) -> Vec<(ProviderKind, E164)> {
        let now = Instant::now();
        let is_soon = |at: Instant| at >= now && at < now + SOON;
        let wanted = self.wanted.iter().filter(|(at, ..)| is_soon(*at));
        wanted.map(|(_, kind, number)| (*kind, *number)).collect()
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
            if let Some((machine, peril)) = self.victim(&mut dice, &SENT).await {
                let most = if peril.is_some() { 30 } else { 400 };
                machine.die_after(dice.random_range(1..most));
            }
        }
    }

    /// Freezes gateways, mostly for longer than a lease holds.
    pub(crate) async fn freeze(&self, about: Duration) {
        let mut dice = dice(self.seed, "freezes");
        while self.next(&mut dice, about).await.is_some() {
            let perils = [
                Peril::Written,
                Peril::Order,
                Peril::Release,
                Peril::Look,
                Peril::Look,
            ];
            let Some((machine, peril)) = self.victim(&mut dice, &perils).await else {
                continue;
            };
            // What a look has shown settles a purchase once it is as old as the settling time.
            let least = match peril {
                Some(Peril::Look) => 25_000,
                _ => 2_000,
            };
            let time = Duration::from_millis(dice.random_range(least..45_000));
            self.trace.tell(&machine.name, &freezes(time, peril));
            machine.freeze(true);
            sleep(time).await;
            self.trace.tell(&machine.name, &"thaws");
            machine.freeze(false);
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
            let sender = match dice.random_bool(0.5) {
                true => self.sender(&mut dice, &SENT).await,
                false => None,
            };
            let most = if sender.is_some() { 300 } else { 1_000 };
            // The power may fail on both machines.
            if let Some((sender, _)) = sender.filter(|_| dice.random_bool(0.5)) {
                sender.die_after(dice.random_range(1..10));
            }
            sleep(Duration::from_millis(dice.random_range(0..most))).await;
            self.database.crash();
        }
    }

    /// Lets persons buy numbers in the carriers' consoles, and give back what is held.
    pub(crate) async fn act(&self, about: Duration) {
        let mut dice = dice(self.seed, "persons");
        while self.next(&mut dice, about).await.is_some() {
            let soon = self.soon();
            let numbers = match dice.random_bool(0.5) && !soon.is_empty() {
                true => &soon,
                false => &self.on_sale,
            };
            let Some((kind, number)) = numbers.choose(&mut dice) else {
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

    /// Lets the lists of a carrier fail from then on, until the storm is over; perhaps what it knows of single numbers too.
    pub(crate) async fn outage(&self, outage: Outage) {
        sleep(outage.from).await;
        let kind = outage.kind;
        self.trace.tell(
            &"world",
            &format_args!("{kind} can't list numbers from now on"),
        );
        let operations = ["list", "get"];
        for operation in operations.iter().take(1 + usize::from(outage.whole)) {
            let fault = FaultPlan::always(kind, operation, Fault::status(503));
            let _ = self.controls.inject(fault);
        }
    }

    /// Lets carriers lose sight of numbers that they have sold long ago, for a shorter time than purchases settle in; and of
    /// what persons hold and others want.
    pub(crate) async fn hide(&self, about: Duration) {
        let mut dice = dice(self.seed, "hides");
        while self.next(&mut dice, about).await.is_some() {
            let Some(kind) = SELLERS.choose(&mut dice) else {
                return;
            };
            let mut owned = self.controls.ledger(*kind).owned;
            let soon = self.soon();
            let is_wanted = |number: &str| soon.iter().any(|(_, wanted)| wanted.as_str() == number);
            owned.retain(|it| match it.by {
                None => moment(self.start, it.since).elapsed() > LONG_AGO,
                Some(_) => is_wanted(&it.number),
            });
            if owned.iter().any(|it| it.by.is_some()) && dice.random_bool(0.7) {
                owned.retain(|it| it.by.is_some());
            }
            let Some(hidden) = owned.choose(&mut dice) else {
                continue;
            };
            let (number, from) = (&hidden.number, Instant::now());
            let line = (*kind, number.clone());
            // That a release was carried out is believed at one look.
            if self.database.history.lock().releasing.contains(&line) {
                continue;
            }
            self.trace
                .tell(&"world", &format_args!("{kind} loses sight of {number}"));
            let rows = Fault::HiddenRows {
                share: 0.0,
                numbers: vec![number.clone()],
            };
            let unknown = Fault::NotFoundAfterCreate { ms: 3_600_000 };
            let faults = [("list", rows), ("get", unknown)]
                .map(|(operation, fault)| FaultPlan::always(*kind, operation, fault));
            let ids = faults.map(|fault| self.controls.inject(fault));
            sleep(self.hides_for(&mut dice)).await;
            for id in ids.into_iter().flatten() {
                self.controls.remove_fault(&id);
            }
            let mut history = self.database.history.lock();
            history.hidden.push((line, from, Instant::now()));
        }
    }

    /// Shorter than purchases settle in; or so much longer that the number is taken for gone, where a later reading finds
    /// it again.
    fn hides_for(&self, dice: &mut StdRng) -> Duration {
        let longer = self.rereads && dice.random_bool(0.3);
        let ms = if longer {
            45_000..70_000
        } else {
            2_000..15_000
        };
        Duration::from_millis(dice.random_range(ms))
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
