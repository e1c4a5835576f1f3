//! What the clients do, drawn from the seed.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use trunkline_sandbox::ProviderKind;

use crate::accounts::{Role, role};
use crate::{spend, stock};

const IN_RANGE: usize = 5;

/// The label of every number of an allocation.
pub(crate) const POOL: &str = "Pool";

#[derive(Clone, Debug)]
pub(crate) enum Task {
    Buy(Order),
    /// Buy several numbers of an area code.
    Allocate {
        key: String,
        area: &'static str,
    },
    /// Buy a number as a person in the carrier's console, before a client wants it.
    Console {
        account: ProviderKind,
        number: String,
    },
    /// Have a phone called to prove a caller ID.
    Ring {
        key: String,
        account: ProviderKind,
        number: String,
    },
    /// Register a number held elsewhere, or a range of several.
    Register {
        key: String,
        account: ProviderKind,
        numbers: Vec<String>,
    },
}

/// A purchase to be made, and what follows it.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) key: String,
    pub(crate) target: Target,
    pub(crate) label: Option<String>,
    /// Two clients ask for it at the same time, under the same key.
    pub(crate) twin: bool,
    pub(crate) capped: bool,
    pub(crate) then: Then,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// This one.
    Number {
        account: ProviderKind,
        number: String,
    },
    /// Any of this area code.
    Any { area: &'static str },
}

/// What happens to a number once it is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Nothing.
    Keep,
    /// The same client tries to buy it once more, under another key.
    Again,
    /// It is given another label.
    Relabel,
    Release,
    Restore,
    /// A person gives it another label in the carrier's console.
    Changed,
    /// A person gives it back in the carrier's console.
    Lost,
}

/// Draws the tasks of a run from the numbers on sale, account by account.
pub(crate) fn draw(
    seed: u64,
    purchases: usize,
    mut on_sale: Vec<(ProviderKind, Vec<String>)>,
    open: &[&'static str],
) -> Vec<Task> {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut tasks = Vec::with_capacity(purchases * 11 / 8);
    // What a person buys first of all, so that every look at it is later.
    let mut early = Vec::new();
    let mut taken: Vec<(ProviderKind, String)> = Vec::new();
    for at in 0..purchases {
        let rival = !taken.is_empty() && dice.random_bool(0.05);
        let target = if at % stock::CHOICE_EVERY == 7 {
            let area = open[dice.random_range(0..open.len())];
            Target::Any { area }
        } else {
            let next = if rival {
                Some(taken[dice.random_range(taken.len().saturating_sub(50)..taken.len())].clone())
            } else {
                take(&mut dice, &mut on_sale)
            };
            let Some((account, number)) = next else { break };
            if role(account) == Some(Role::Shared) && dice.random_bool(0.03) {
                let number = number.clone();
                let person = if dice.random_bool(0.5) {
                    &mut early
                } else {
                    &mut tasks
                };
                person.push(Task::Console { account, number });
            }
            Target::Number { account, number }
        };
        let mut order = order(&mut dice, at, target);
        if let Target::Number { account, number } = &order.target {
            if rival && order.then == Then::Lost {
                order.then = Then::Keep;
            }
            // What a person gives back is ours for a while yet by the journal: nobody else can buy it.
            if order.then != Then::Lost {
                taken.push((*account, number.clone()));
            }
        }
        tasks.push(Task::Buy(order));
        match at % 8 {
            1 => tasks.extend(register(at / 8)),
            3 => tasks.extend(ring(at / 8)),
            6 => tasks.extend(range(at / 8)),
            _ => {}
        }
        if at % stock::ALLOCATION_EVERY == 5 {
            let area = open[dice.random_range(0..open.len())];
            let key = format!("allocation-{at}");
            tasks.push(Task::Allocate { key, area });
        }
    }
    early.append(&mut tasks);
    early
}

fn order(dice: &mut StdRng, at: usize, target: Target) -> Order {
    let account = match &target {
        Target::Number { account, .. } => Some(*account),
        Target::Any { .. } => None,
    };
    Order {
        key: format!("order-{at}"),
        target,
        label: dice.random_bool(0.6).then(|| format!("Order {at}")),
        twin: dice.random_bool(0.05),
        capped: dice.random_bool(spend::CAPPED),
        then: then(account, dice.random_range(0..20)),
    }
}

/// What follows a purchase.
fn then(account: Option<ProviderKind>, die: u8) -> Then {
    match (account.and_then(role), die) {
        (Some(Role::Shared | Role::Renamed), 0..=2) => Then::Release,
        (Some(Role::Shared), 3) => Then::Restore,
        (Some(Role::Shared), 4) => Then::Changed,
        (Some(Role::Shared), 5) => Then::Lost,
        (_, 6..=8) => Then::Relabel,
        (Some(_), 9..=11) => Then::Again,
        _ => Then::Keep,
    }
}

/// A number that nobody has asked for yet.
fn take(
    dice: &mut StdRng,
    on_sale: &mut [(ProviderKind, Vec<String>)],
) -> Option<(ProviderKind, String)> {
    let whole: usize = on_sale.iter().map(|(_, numbers)| numbers.len()).sum();
    let mut at = dice.random_range(0..whole.max(1));
    for (account, numbers) in on_sale {
        if at < numbers.len() {
            return Some((*account, numbers.swap_remove(at)));
        }
        at -= numbers.len();
    }
    None
}

/// The carrier whose turn it is, of those that have an operation.
fn turn(operation: &str, at: usize) -> Option<ProviderKind> {
    let mut carriers = ProviderKind::ALL.to_vec();
    carriers.retain(|kind| kind.offers(operation));
    carriers.get(at.checked_rem(carriers.len())?).copied()
}

/// A proof with a phone of its own.
fn ring(at: usize) -> Option<Task> {
    Some(Task::Ring {
        key: format!("ring-{at}"),
        account: turn("start_caller_id", at)?,
        number: format!("+1{}55501{:02}", 212 + at / 100 * 10, at % 100),
    })
}

/// A number that nobody else registers.
fn register(at: usize) -> Option<Task> {
    Some(Task::Register {
        key: format!("register-{at}"),
        account: turn("register", at)?,
        numbers: vec![format!("+150355{at:05}")],
    })
}

/// Contiguous numbers that nobody else registers.
fn range(at: usize) -> Option<Task> {
    let first = at * IN_RANGE;
    let number = |at| format!("+1{}55{:05}", 702, at);
    Some(Task::Register {
        key: format!("range-{at}"),
        account: turn("register", at + 1)?,
        numbers: (first..first + IN_RANGE).map(number).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64) -> Vec<Task> {
        let numbers = |kind: u8| (0..200).map(|at| format!("+1{kind}{at:03}")).collect();
        let on_sale = vec![
            (ProviderKind::Twilio, numbers(1)),
            (ProviderKind::SignalWire, numbers(2)),
        ];
        draw(seed, 200, on_sale, &["415"])
    }

    #[test]
    fn a_seed_draws_the_same_tasks_again() {
        assert_eq!(format!("{:?}", drawn(7)), format!("{:?}", drawn(7)));
        assert_ne!(format!("{:?}", drawn(7)), format!("{:?}", drawn(8)));
    }

    #[test]
    fn keys_are_never_used_for_two_tasks() {
        let key = |task: &Task| match task {
            Task::Buy(order) => order.key.clone(),
            Task::Ring { key, .. } | Task::Register { key, .. } | Task::Allocate { key, .. } => {
                key.clone()
            }
            Task::Console { number, .. } => number.clone(),
        };
        let mut keys: Vec<_> = drawn(7).iter().map(key).collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }

    #[test]
    fn every_follow_up_of_a_purchase_occurs() {
        let all = [
            Then::Keep,
            Then::Again,
            Then::Relabel,
            Then::Release,
            Then::Restore,
            Then::Changed,
            Then::Lost,
        ];
        let drawn = drawn(7);
        for then in all {
            let follows = |task: &Task| matches!(task, Task::Buy(order) if order.then == then);
            assert!(drawn.iter().any(follows), "{then:?}");
        }
        let person = |task: &Task| matches!(task, Task::Console { .. });
        assert!(drawn.iter().any(person));
    }

    #[test]
    fn only_numbers_that_can_be_released_are_released() {
        for task in drawn(7) {
            if let Task::Buy(Order {
                then: Then::Release | Then::Restore | Then::Lost,
                target,
                ..
            }) = task
            {
                assert!(matches!(
                    target,
                    Target::Number {
                        account: ProviderKind::Twilio,
                        ..
                    }
                ));
            }
        }
    }
}
