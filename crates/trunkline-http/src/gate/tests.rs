mod shared;

use std::num::NonZeroU32;

use futures_util::future::{join, join_all, select};
use secrecy::SecretString;
use trunkline_core::ProviderName;

use super::*;
use crate::profile::Limits;
use crate::{Auth, Explained};

fn profile(limits: Limits) -> Profile {
    let profile = Profile::new(
        AccountName::new("us-main").unwrap(),
        ProviderName::new("acme"),
        "http://127.0.0.1/".parse().unwrap(),
        Auth::Bearer(SecretString::from("t")),
        Explained::by_status,
    );
    Profile { limits, ..profile }
}

fn gate(concurrency: usize) -> Gate {
    Gate::new(&profile(Limits {
        concurrency: NonZeroUsize::new(concurrency).unwrap(),
        ..Limits::default()
    }))
}

fn limited(per_second: u32, burst: u32) -> Gate {
    Gate::new(&profile(Limits {
        per_second: NonZeroU32::new(per_second),
        burst: NonZeroU32::new(burst),
        ..Limits::default()
    }))
}

fn call(lane: Lane) -> Call {
    Call::within(Duration::from_secs(60), lane)
}

fn brief(seconds: u64) -> Call {
    Call::within(Duration::from_secs(seconds), Lane::Search)
}

/// Has `lanes` queue in this order behind a full gate, and says in which order they passed.
async fn order_of(gate: &Gate, lanes: &[Lane], full: Permit<'_>) -> Vec<Lane> {
    let passed = Mutex::new(Vec::new());
    let waiting = lanes.iter().map(|lane| async {
        let permit = gate.enter(call(*lane)).await.unwrap();
        passed.lock().unwrap().push(*lane);
        drop(permit);
    });
    let release = async {
        while gate.lock().line.len() < lanes.len() {
            tokio::task::yield_now().await;
        }
        drop(full);
    };
    join(join_all(waiting), release).await;
    passed.into_inner().unwrap()
}

#[tokio::test(start_paused = true)]
async fn no_more_than_the_cap_pass_at_once() {
    let gate = gate(2);
    let first = gate.enter(brief(5)).await.unwrap();
    let _second = gate.enter(brief(5)).await.unwrap();
    assert!(matches!(gate.enter(brief(5)).await, Err(Shut::Busy)));
    drop(first);
    assert!(gate.enter(brief(5)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn reconciling_goes_before_purchasing_before_searching() {
    let gate = gate(1);
    let full = gate.enter(call(Lane::Search)).await.unwrap();
    let lanes = [Lane::Search, Lane::Purchase, Lane::Search, Lane::Reconcile];
    let order = order_of(&gate, &lanes, full).await;
    let expected = [Lane::Reconcile, Lane::Purchase, Lane::Search, Lane::Search];
    assert_eq!(order, expected);
}

#[tokio::test(start_paused = true)]
async fn reconciliation_backlog_delays_searches_without_starving_them() {
    let gate = gate(1);
    let full = gate.enter(call(Lane::Search)).await.unwrap();
    let mut lanes = vec![Lane::Reconcile; 20];
    lanes.extend([Lane::Search, Lane::Search]);
    let order = order_of(&gate, &lanes, full).await;
    let searches = (0..order.len()).filter(|at| order[*at] == Lane::Search);
    assert_eq!(searches.collect::<Vec<_>>(), [4, 9]);
}

#[tokio::test(start_paused = true)]
async fn under_a_rate_limit_too_a_backlog_lets_searches_pass() {
    let gate = limited(1, 1);
    drop(gate.enter(call(Lane::Search)).await.unwrap());
    let passed = Mutex::new(Vec::new());
    let mut lanes = vec![Lane::Reconcile; 12];
    lanes.extend([Lane::Search, Lane::Search]);
    join_all(lanes.iter().map(|lane| {
        let (gate, passed) = (&gate, &passed);
        async move {
            drop(gate.enter(call(*lane)).await.unwrap());
            passed.lock().unwrap().push(*lane);
        }
    }))
    .await;
    let order = passed.into_inner().unwrap();
    let searches = (0..order.len()).filter(|at| order[*at] == Lane::Search);
    assert_eq!(searches.collect::<Vec<_>>(), [4, 9]);
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_gives_up_leaves_the_line() {
    let gate = gate(1);
    let full = gate.enter(call(Lane::Search)).await.unwrap();
    let impatient = Box::pin(gate.enter(call(Lane::Reconcile)));
    let patience = Box::pin(tokio::time::sleep(Duration::from_secs(1)));
    drop(select(impatient, patience).await);
    assert!(gate.lock().line.is_empty());
    drop(full);
    assert!(gate.enter(call(Lane::Search)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_rate_limit_spreads_requests_over_time() {
    let gate = limited(2, 1);
    let start = Instant::now();
    for _ in 0..5 {
        drop(gate.enter(call(Lane::Search)).await.unwrap());
    }
    assert!(start.elapsed() >= Duration::from_secs(2));
    assert!(start.elapsed() < Duration::from_millis(2100));
}

#[tokio::test(start_paused = true)]
async fn lanes_share_the_rate_limit_in_order() {
    let gate = limited(1, 1);
    drop(gate.enter(call(Lane::Search)).await.unwrap());
    let passed = Mutex::new(Vec::new());
    let lanes = [Lane::Search, Lane::Search, Lane::Purchase, Lane::Reconcile];
    join_all(lanes.map(|lane| {
        let (gate, passed) = (&gate, &passed);
        async move {
            drop(gate.enter(call(lane)).await.unwrap());
            passed.lock().unwrap().push(lane);
        }
    }))
    .await;
    let expected = [Lane::Reconcile, Lane::Purchase, Lane::Search, Lane::Search];
    assert_eq!(passed.into_inner().unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_permit_due_after_the_deadline_is_refused_at_once() {
    let gate = limited(1, 1);
    drop(gate.enter(brief(1)).await.unwrap());
    let start = Instant::now();
    let call = Call::within(Duration::from_millis(300), Lane::Search);
    let shut = gate.enter(call).await.unwrap_err();
    assert!(matches!(shut, Shut::Limited(wait) if wait > Duration::from_millis(900)));
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn hold_delays_every_call_until_it_ends() {
    let gate = gate(5);
    gate.hold(Duration::from_secs(7));
    let start = Instant::now();
    join_all((0..3).map(|_| async { drop(gate.enter(call(Lane::Reconcile)).await.unwrap()) }))
        .await;
    assert!(start.elapsed() >= Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn a_hold_beyond_the_deadline_is_refused_at_once() {
    let gate = gate(5);
    gate.hold(Duration::from_secs(7));
    let start = Instant::now();
    let shut = gate.enter(brief(6)).await.unwrap_err();
    assert!(matches!(shut, Shut::Held(wait) if wait == Duration::from_secs(7)));
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn hold_fails_waiters_with_earlier_deadlines() {
    let gate = gate(1);
    let _full = gate.enter(call(Lane::Search)).await.unwrap();
    let start = Instant::now();
    let hold = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        gate.hold(Duration::from_secs(20));
    };
    let (shut, ()) = join(gate.enter(brief(10)), hold).await;
    assert!(matches!(shut, Err(Shut::Held(_))));
    assert_eq!(start.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_shorter_hold_does_not_end_a_longer_one() {
    let gate = gate(1);
    gate.hold(Duration::from_secs(9));
    gate.hold(Duration::from_secs(1));
    let mut health = AccountHealth::default();
    gate.health(&mut health);
    assert_eq!(health.held_for, Some(Duration::from_secs(9)));
}

#[tokio::test(start_paused = true)]
async fn the_cap_halves_once_for_requests_that_were_refused_together() {
    let gate = gate(8);
    let mut permits = Vec::new();
    for _ in 0..8 {
        permits.push(gate.enter(brief(1)).await.unwrap());
    }
    permits.iter().for_each(Permit::throttled);
    assert_eq!(gate.lock().cap, 4);
}

#[tokio::test(start_paused = true)]
async fn the_cap_grows_by_one_for_a_round_of_successes_up_to_its_bound() {
    let gate = gate(4);
    gate.enter(brief(1)).await.unwrap().throttled();
    assert_eq!(gate.lock().cap, 2);
    for _ in 0..2 {
        gate.enter(brief(1)).await.unwrap().succeeded();
    }
    assert_eq!(gate.lock().cap, 3);
    for _ in 0..50 {
        gate.enter(brief(1)).await.unwrap().succeeded();
    }
    assert_eq!(gate.lock().cap, 4);
}

#[tokio::test(start_paused = true)]
async fn a_fixed_cap_does_not_move() {
    let gate = Gate::new(&profile(Limits {
        adaptive: false,
        ..Limits::default()
    }));
    gate.enter(brief(1)).await.unwrap().throttled();
    assert_eq!(gate.lock().cap, 10);
}

#[tokio::test(start_paused = true)]
async fn remaining_rate_limit_is_known() {
    let gate = limited(2, 4);
    let mut health = AccountHealth::default();
    gate.health(&mut health);
    assert_eq!(health.remaining, Some(4));
    for _ in 0..3 {
        drop(gate.enter(brief(1)).await.unwrap());
    }
    tokio::time::advance(Duration::from_millis(500)).await;
    gate.health(&mut health);
    assert_eq!(health.remaining, Some(2));
}
