//! The script's arithmetic, on a clock of the test's own, against a model and against what a rate limit is.

use proptest::prelude::*;
use redis::Script;
use trunkline_testkit::services::redis::Redis;

const SCRIPT: &str = include_str!("../../../src/redis/gcra.lua");
const KEY: &str = "trunkline:quota:twilio:AC1";
const GRACE: u64 = 50_000;

/// One question, so long after the one before.
#[derive(Clone, Debug)]
struct Step {
    after: u64,
    lane: usize,
    refill: bool,
}

#[derive(Clone, Copy, Debug)]
struct Rule {
    interval: u64,
    burst: u64,
}

/// Whether a permit was taken, the wait, the permits left.
type Answer = (u8, u64, u64);

/// What the script is meant to do.
#[derive(Debug, Default)]
struct Model {
    /// When everything taken is earned again.
    tat: Option<u64>,
    /// Until when the waiters of the two upper lanes are expected.
    waiters: [u64; 2],
}

impl Model {
    fn ask(&mut self, rule: Rule, now: u64, step: &Step) -> Answer {
        let empty = now + rule.burst * rule.interval;
        let unknown = if step.refill { now } else { empty };
        let tat = self.tat.unwrap_or(unknown).clamp(now, empty);
        let earned = (tat + rule.interval).saturating_sub(rule.burst * rule.interval);
        let ahead = self.waiters[..step.lane].iter().copied().max();
        let due = earned.max(ahead.unwrap_or(0));
        let wait = due.saturating_sub(now);
        let tat = if wait == 0 { tat + rule.interval } else { tat };
        if wait > 0
            && let Some(waiter) = self.waiters.get_mut(step.lane)
        {
            *waiter = (*waiter).max(due + GRACE);
        }
        self.tat = Some(tat);
        (u8::from(wait == 0), wait, (empty - tat) / rule.interval)
    }
}

/// The script with its clock in the arguments, in a record that no other clock makes vanish.
fn clocked() -> Script {
    let text = SCRIPT
        .replacen("redis.call('TIME')", "{ ARGV[5], ARGV[6] }", 1)
        .replacen(
            "redis.call('PEXPIRE', KEYS[1], math.floor(gone / 1000) + 1)",
            "",
            1,
        );
    assert!(!text.contains("redis.call('TIME'") && !text.contains("PEXPIRE"));
    Script::new(&text)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let after = prop_oneof![3 => Just(0), 4 => 0..30_000_u64, 2 => 0..400_000_u64];
    let step =
        (after, 0..3_usize, prop::bool::weighted(0.8)).prop_map(|(after, lane, refill)| Step {
            after,
            lane,
            refill,
        });
    prop::collection::vec(step, 1..60)
}

fn rule() -> impl Strategy<Value = Rule> {
    (1..200_u32, 1..12_u64).prop_map(|(per_second, burst)| Rule {
        interval: 1_000_000_u64.div_ceil(u64::from(per_second)),
        burst,
    })
}

fn ask(connection: &mut redis::Connection, now: u64, (rule, step): (Rule, &Step)) -> Answer {
    clocked()
        .key(KEY)
        .arg(rule.interval)
        .arg(rule.burst)
        .arg(step.lane)
        .arg(u8::from(step.refill))
        .arg(now / 1_000_000)
        .arg(now % 1_000_000)
        .invoke(connection)
        .unwrap()
}

/// In no stretch of time have more left than the burst and what was earned meanwhile.
fn keeps_the_rate(rule: Rule, taken: &[u64]) -> bool {
    let window = |from: usize, to: usize| {
        let count = u64::try_from(to - from + 1).unwrap();
        count <= rule.burst + (taken[to] - taken[from]) / rule.interval
    };
    (0..taken.len()).all(|from| (from..taken.len()).all(|to| window(from, to)))
}

#[test]
fn script_matches_its_model_and_keeps_the_rate() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some(redis) = runtime.block_on(Redis::start()).unwrap() else {
        return;
    };
    let client = redis::Client::open(redis.url()).unwrap();
    let connection = std::cell::RefCell::new(client.get_connection().unwrap());
    let config = ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(rule in rule(), steps in steps())| {
        let connection = &mut *connection.borrow_mut();
        redis::cmd("DEL").arg(KEY).exec(connection).unwrap();
        let (mut model, mut taken) = (Model::default(), Vec::new());
        let mut now = 1_790_000_000_000_000;
        for step in &steps {
            now += step.after;
            let answer = ask(connection, now, (rule, step));
            prop_assert_eq!(answer, model.ask(rule, now, step));
            if answer.0 == 1 {
                taken.push(now);
            }
        }
        prop_assert!(keeps_the_rate(rule, &taken), "{:?}", taken);
        // Whoever comes back when told to, and is not overtaken, gets it.
        let last = Step { after: 0, lane: 0, refill: true };
        let (mut taken, wait, _) = ask(connection, now, (rule, &last));
        if taken == 0 {
            (taken, ..) = ask(connection, now + wait, (rule, &last));
        }
        prop_assert_eq!(taken, 1);
    });
}

#[test]
fn clock_set_back_blocks_no_caller() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let Some(redis) = runtime.block_on(Redis::start()).unwrap() else {
        return;
    };
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    let rule = Rule {
        interval: 100_000,
        burst: 2,
    };
    let step = |lane| Step {
        after: 0,
        lane,
        refill: true,
    };
    let later = 1_790_000_000_000_000;
    for lane in [2, 2, 1, 0] {
        ask(&mut connection, later, (rule, &step(lane)));
    }
    let earlier = later - 3_600_000_000;
    let (taken, wait, left) = ask(&mut connection, earlier, (rule, &step(2)));
    assert_eq!((taken, left), (0, 0));
    assert!(wait <= rule.interval + 2 * GRACE, "{wait} µs");
}
