//! The gate of one account: holds, rate limit and concurrency cap, decided together for whoever is first in line.
//!
//! The line is ordered by lane, then by arrival. Only its head may pass; deciding all three at one moment means that
//! no permit of the rate limit is spent on a request that then has to wait for something else. After a few passes in
//! a row ahead of a waiting lower lane the first of that one is the head, so that a backlog in one lane slows the
//! others down and does not shut them out.
//!
//! A quota that replicas share is asked last, by whoever has passed all the rest. Where it can't be asked, the rate
//! limit of this process decides: its part of the whole.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use trunkline_core::quota::Quota;
use trunkline_core::telemetry::Wait;
use trunkline_core::{AccountHealth, AccountName, Call, Error, Lane};

use crate::limiter::Rate;
use crate::profile::Profile;
use crate::telemetry::Meter;

/// Passes in a row ahead of a waiting lower lane.
const AHEAD: u32 = 4;

/// Why a request did not pass before its deadline.
#[derive(Debug)]
pub(crate) enum Shut {
    /// The carrier told the account to wait.
    Held(Duration),
    /// The rate limit is used up.
    Limited(Duration),
    /// As many requests as allowed are on their way.
    Busy,
    /// The deadline has passed.
    Late,
    /// The quota that replicas share can't be asked, and no part of it is ours.
    Quota(Error),
}

#[derive(Debug)]
pub(crate) struct Gate {
    account: AccountName,
    /// This process's own rate limit: all there is, or what it falls back on where the quota is shared.
    rate: Option<Rate>,
    shared: Option<Arc<dyn Quota>>,
    ceiling: usize,
    adaptive: bool,
    meter: Meter,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    cap: usize,
    in_flight: usize,
    /// Successes since the cap last changed.
    successes: usize,
    /// Counts the halvings: answers to requests sent before the last one say nothing about the new cap.
    round: u64,
    held_until: Option<Instant>,
    /// Whether the shared quota answered when it was last asked.
    together: bool,
    /// Permits that were left, and when.
    left: Option<(u32, Instant)>,
    line: BTreeMap<Place, Arc<Notify>>,
    arrivals: u64,
    /// Passes in a row ahead of a waiting lower lane, so far.
    ahead: u32,
}

type Place = (Lane, u64);

enum Step {
    Pass(u64),
    Wait(Option<Instant>),
    Shut(Shut),
}

impl Gate {
    pub(crate) fn new(profile: &Profile) -> Self {
        let limits = &profile.limits;
        let rate = limits
            .per_second
            .map(|per_second| Rate::new(per_second, limits.burst.unwrap_or(per_second)));
        let ceiling = NonZeroUsize::get(limits.concurrency);
        Self {
            account: profile.account.clone(),
            rate,
            shared: profile.quota.clone(),
            ceiling,
            adaptive: limits.adaptive,
            meter: Meter::new(&profile.account, &profile.provider),
            state: Mutex::new(State {
                cap: ceiling,
                in_flight: 0,
                successes: 0,
                round: 0,
                held_until: None,
                together: false,
                left: None,
                line: BTreeMap::new(),
                arrivals: 0,
                ahead: 0,
            }),
        }
    }

    /// Waits for a turn, never beyond the call's deadline.
    pub(crate) async fn enter(&self, call: Call) -> Result<Permit<'_>, Shut> {
        let mut ticket = Ticket::new(self, call.lane);
        loop {
            match self.step(&mut ticket, call.deadline) {
                Step::Shut(shut) => return Err(shut),
                Step::Wait(until) => ticket.wait(until, call.deadline).await,
                Step::Pass(round) => {
                    let permit = Permit { gate: self, round };
                    match self.shared_quota(call).await? {
                        None => return Ok(permit),
                        due => ticket.limited_until = due,
                    }
                }
            }
        }
    }

    /// When the quota that replicas share, if there is one, lets this request pass, unless it does now.
    async fn shared_quota(&self, call: Call) -> Result<Option<Instant>, Shut> {
        let Some(shared) = &self.shared else {
            return Ok(None);
        };
        let asked = timeout_at(call.deadline, shared.take(&self.account, call.lane)).await;
        let wait = match asked.map_err(|_| Shut::Late)? {
            Ok(wait) => wait,
            Err(error) => return self.own_part(error),
        };
        self.lock().together = true;
        Ok(wait.map(|wait| Instant::now() + wait))
    }

    /// When this process's own part of a quota that can't be asked lets a request pass, unless it does now.
    fn own_part(&self, away: Error) -> Result<Option<Instant>, Shut> {
        let Some(rate) = &self.rate else {
            return Err(Shut::Quota(away));
        };
        let mut state = self.lock();
        if std::mem::take(&mut state.together) {
            // What was left of the quota may just have been used elsewhere: nobody starts with a burst of their own.
            rate.drain();
        }
        Ok(Self::take_permit(rate, &mut state, Instant::now()))
    }

    fn step(&self, ticket: &mut Ticket<'_>, deadline: Instant) -> Step {
        let now = Instant::now();
        let mut state = self.lock();
        let held = state.held_until.filter(|until| *until > now);
        if let Some(until) = held
            && until > deadline
        {
            return Step::Shut(Shut::Held(until - now));
        }
        if now >= deadline {
            return Step::Shut(self.excuse(&state));
        }
        if state.in_flight >= state.cap {
            return ticket.queue(&mut state, None);
        }
        if !ticket.is_first(&state) {
            let step = ticket.queue(&mut state, None);
            // Whose turn it is may have changed without their knowing.
            state.wake_head();
            return step;
        }
        let limited = match ticket.limited_until.filter(|until| *until > now) {
            Some(until) => Some(until),
            None if held.is_some() => None,
            None => match &self.rate {
                Some(rate) if self.shared.is_none() => Self::take_permit(rate, &mut state, now),
                _ => None,
            },
        };
        match (held.max(limited), limited) {
            (_, Some(until)) if until > deadline => Step::Shut(Shut::Limited(until - now)),
            (Some(until), _) => ticket.queue(&mut state, Some(until)),
            (None, _) => {
                state.in_flight += 1;
                ticket.leave(&mut state);
                state.passed(ticket.lane);
                Step::Pass(state.round)
            }
        }
    }

    /// Takes a permit of the rate limit, or says when the next one is due.
    fn take_permit(rate: &Rate, state: &mut State, now: Instant) -> Option<Instant> {
        let (left, due) = match rate.take() {
            Ok(left) => (left, None),
            Err(until) => (0, Some(until)),
        };
        state.left = Some((left, now));
        due
    }

    /// Why a request whose time is up has not passed.
    fn excuse(&self, state: &State) -> Shut {
        match &self.rate {
            _ if state.in_flight >= state.cap => Shut::Busy,
            Some(rate) => Shut::Limited(Duration::from_secs(1) / rate.per_second()),
            None => Shut::Late,
        }
    }

    /// Keeps every request of the account back for so long. A longer hold is never shortened.
    pub(crate) fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut state = self.lock();
        state.held_until = state.held_until.max(Some(until));
        // Everyone looks again: those whose deadline falls before the end of the hold give up at once.
        for waiting in state.line.values() {
            waiting.notify_one();
        }
    }

    /// Fills in the part of the health that is known here.
    pub(crate) fn health(&self, health: &mut AccountHealth) {
        let now = Instant::now();
        let state = self.lock();
        health.held_for = state
            .held_until
            .and_then(|until| until.checked_duration_since(now))
            .filter(|left| !left.is_zero());
        health.in_flight = state.in_flight;
        health.concurrency = state.cap;
        health.waiting = state.line.len();
        if let Some(rate) = &self.rate {
            health.remaining = Some(match state.left {
                Some((left, at)) => rate.regrown(left, now - at),
                None => rate.burst(),
            });
        }
        let shared = self.shared.as_ref();
        if let Some(allowance) = shared.and_then(|shared| shared.allowance(&self.account)) {
            health.per_second = Some(allowance.per_second);
            health.burst = Some(allowance.burst);
            health.remaining = Some(allowance.remaining);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What keeps requests waiting now.
    fn limit(&self) -> &'static str {
        match self.held_until {
            _ if self.in_flight >= self.cap => "concurrency",
            Some(until) if until > Instant::now() => "hold",
            _ => "rate",
        }
    }

    /// Whose turn it is: of the first in line, or of the first in a lower lane if that has waited for long enough.
    fn head(&self) -> Option<(&Place, &Arc<Notify>)> {
        let first = self.line.first_key_value()?;
        let lower = self.below(first.0.0).filter(|_| self.ahead >= AHEAD);
        Some(lower.unwrap_or(first))
    }

    /// Whether a lane lets a lower one go first.
    fn yields(&self, lane: Lane) -> bool {
        self.ahead >= AHEAD && self.below(lane).is_some()
    }

    /// The first in line in a lane below this one.
    fn below(&self, lane: Lane) -> Option<(&Place, &Arc<Notify>)> {
        let end_of_lane = Bound::Excluded((lane, u64::MAX));
        self.line.range((end_of_lane, Bound::Unbounded)).next()
    }

    /// Counts a pass, and tells the one whose turn it is now.
    fn passed(&mut self, lane: Lane) {
        let before_others = self.line.keys().next().is_none_or(|first| lane <= first.0);
        self.ahead = match self.below(lane) {
            Some(_) if before_others => self.ahead.saturating_add(1),
            _ => 0,
        };
        self.wake_head();
    }

    fn wake_head(&self) {
        if let Some((_, head)) = self.head() {
            head.notify_one();
        }
    }
}

/// A place in the line, given up when dropped.
struct Ticket<'a> {
    gate: &'a Gate,
    lane: Lane,
    /// Kept for life: who is sent back by the shared quota does not go to the end of the line.
    place: Option<Place>,
    bell: Option<Arc<Notify>>,
    /// Since when it waits, and for what.
    waits: Option<(Instant, &'static str)>,
    /// When the shared quota wants to be asked again.
    limited_until: Option<Instant>,
}

impl<'a> Ticket<'a> {
    fn new(gate: &'a Gate, lane: Lane) -> Self {
        Self {
            gate,
            lane,
            place: None,
            bell: None,
            waits: None,
            limited_until: None,
        }
    }

    fn is_first(&self, state: &State) -> bool {
        let Some((head, _)) = state.head() else {
            return true;
        };
        match self.place {
            Some(place) => place == *head || (place < *head && !state.yields(place.0)),
            None => self.lane < head.0 && !state.yields(self.lane),
        }
    }

    fn queue(&mut self, state: &mut State, until: Option<Instant>) -> Step {
        let place = *self.place.get_or_insert_with(|| {
            state.arrivals += 1;
            (self.lane, state.arrivals)
        });
        self.waits
            .get_or_insert_with(|| (Instant::now(), state.limit()));
        let bell = self.bell.get_or_insert_with(Arc::default);
        state.line.entry(place).or_insert_with(|| bell.clone());
        Step::Wait(until)
    }

    /// Waits for the bell, the time given or the deadline, whichever is first.
    async fn wait(&self, until: Option<Instant>, deadline: Instant) {
        let until = until.map_or(deadline, |until| until.min(deadline));
        if let Some(bell) = &self.bell {
            let _waiting = Wait::start();
            // Whether the bell or the clock woke us is found out by looking again.
            drop(timeout_at(until, bell.notified()).await);
        }
    }

    fn leave(&self, state: &mut State) {
        if let Some(place) = &self.place
            && state.line.remove(place).is_some()
        {
            state.wake_head();
        }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        if let Some((since, limit)) = self.waits {
            self.leave(&mut self.gate.lock());
            self.gate.meter.waited(limit, since.elapsed());
        }
    }
}

/// Leave to have one request on its way.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    gate: &'a Gate,
    round: u64,
}

impl Permit<'_> {
    /// The request went well: after a round of these the cap grows by one.
    pub(crate) fn succeeded(&self) {
        let mut state = self.gate.lock();
        state.successes += 1;
        if self.gate.adaptive && state.successes >= state.cap && state.cap < self.gate.ceiling {
            state.cap += 1;
            state.successes = 0;
            state.wake_head();
        }
    }

    /// The carrier answered 429: the cap halves, once for all requests that were on their way together.
    pub(crate) fn throttled(&self) {
        let mut state = self.gate.lock();
        if self.gate.adaptive && state.round == self.round {
            state.cap = (state.cap / 2).max(1);
            state.successes = 0;
            state.round += 1;
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        state.in_flight -= 1;
        state.wake_head();
    }
}

#[cfg(test)]
mod tests;
