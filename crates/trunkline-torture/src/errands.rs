//! What the clients are sent for, drawn from the seed.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use trunkline_sandbox::ProviderKind;

use crate::{spend, stock};

/// Numbers in one range that is registered.
pub(crate) const IN_RANGE: usize = 5;

/// Numbers in one allocation.
pub(crate) const IN_ALLOCATION: usize = 2;

/// The label of every number of an allocation.
pub(crate) const POOL: &str = "Pool";

/// What one client is sent for.
#[derive(Clone, Debug)]
pub(crate) enum Errand {
    /// Buy a number.
    Buy(Order),
    /// Buy several numbers of an area code.
    Allocate { key: String, area: &'static str },
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
    /// Register a number held elsewhere.
    Register {
        key: String,
        account: ProviderKind,
        number: String,
    },
    /// Register contiguous numbers.
    Range {
        key: String,
        account: ProviderKind,
        numbers: Vec<String>,
    },
}

/// A purchase to be made, and what follows it.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) key: String,
    pub(crate) wish: Wish,
    pub(crate) label: Option<String>,
    /// Two clients ask for it at the same time, under the same key.
    pub(crate) twin: bool,
    /// With the key that has a ceiling.
    pub(crate) capped: bool,
    pub(crate) then: Then,
}

/// Which number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
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
    /// It is given back.
    Release,
    /// It is given back, and that is undone within the grace period.
    Restore,
    /// A person gives it another label in the carrier's console.
    Changed,
    /// A person gives it back in the carrier's console.
    Lost,
}

/// Draws the errands of a run from the numbers on sale, account by account.
pub(crate) fn draw(
    seed: u64,
    purchases: usize,
    mut on_sale: Vec<(ProviderKind, Vec<String>)>,
    open: &[&'static str],
) -> Vec<Errand> {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut errands = Vec::with_capacity(purchases * 11 / 8);
    // What a person buys first of all, so that every look at it is later.
    let mut early = Vec::new();
    let mut taken: Vec<(ProviderKind, String)> = Vec::new();
    for at in 0..purchases {
        let rival = !taken.is_empty() && dice.random_bool(0.05);
        let wish = if at % stock::CHOICE_EVERY == 7 {
            let area = open[dice.random_range(0..open.len())];
            Wish::Any { area }
        } else {
            let next = if rival {
                Some(taken[dice.random_range(taken.len().saturating_sub(50)..taken.len())].clone())
            } else {
                take(&mut dice, &mut on_sale)
            };
            let Some((account, number)) = next else { break };
            // Where there is a ceiling, a person's purchases would have to be told from ours.
            if account == ProviderKind::Twilio && dice.random_bool(0.03) {
                let number = number.clone();
                let person = if dice.random_bool(0.5) {
                    &mut early
                } else {
                    &mut errands
                };
                person.push(Errand::Console { account, number });
            }
            Wish::Number { account, number }
        };
        let mut order = order(&mut dice, at, wish);
        if let Wish::Number { account, number } = &order.wish {
            if rival && order.then == Then::Lost {
                order.then = Then::Keep;
            }
            // What a person gives back is ours for a while yet by the journal: nobody else can buy it.
            if order.then != Then::Lost {
                taken.push((*account, number.clone()));
            }
        }
        errands.push(Errand::Buy(order));
        match at % 8 {
            1 => errands.push(register(at / 8)),
            3 => errands.push(ring(at / 8)),
            6 => errands.push(range(at / 8)),
            _ => {}
        }
        if at % stock::ALLOCATION_EVERY == 5 {
            let area = open[dice.random_range(0..open.len())];
            let key = format!("allocation-{at}");
            errands.push(Errand::Allocate { key, area });
        }
    }
    early.append(&mut errands);
    early
}

fn order(dice: &mut StdRng, at: usize, wish: Wish) -> Order {
    let account = match &wish {
        Wish::Number { account, .. } => Some(*account),
        Wish::Any { .. } => None,
    };
    Order {
        key: format!("order-{at}"),
        wish,
        label: dice.random_bool(0.6).then(|| format!("Order {at}")),
        twin: dice.random_bool(0.05),
        capped: dice.random_bool(spend::CAPPED),
        then: then(account, dice.random_range(0..20)),
    }
}

/// What follows a purchase. SignalWire takes nothing back for 14 days; Twilio's account has a grace period, and no ceiling
/// that would have to be told what a person gave back.
const fn then(account: Option<ProviderKind>, die: u8) -> Then {
    match (account, die) {
        (Some(ProviderKind::Twilio | ProviderKind::Zendesk), 0..=2) => Then::Release,
        (Some(ProviderKind::Twilio), 3) => Then::Restore,
        (Some(ProviderKind::Twilio), 4) => Then::Changed,
        (Some(ProviderKind::Twilio), 5) => Then::Lost,
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

/// A phone of its own for each proof, at either carrier that calls.
fn ring(at: usize) -> Errand {
    let carriers = [ProviderKind::Twilio, ProviderKind::SignalWire];
    Errand::Ring {
        key: format!("ring-{at}"),
        account: carriers[at % carriers.len()],
        number: format!("+1{}55501{:02}", 212 + at / 100 * 10, at % 100),
    }
}

/// The carriers that keep a directory.
const DIRECTORIES: [ProviderKind; 2] = [ProviderKind::Webex, ProviderKind::Wazo];

/// A number that nobody else registers.
fn register(at: usize) -> Errand {
    Errand::Register {
        key: format!("register-{at}"),
        account: DIRECTORIES[at % DIRECTORIES.len()],
        number: format!("+150355{at:05}"),
    }
}

/// Contiguous numbers that nobody else registers.
fn range(at: usize) -> Errand {
    let first = at * IN_RANGE;
    let number = |at| format!("+1{}55{:05}", 702, at);
    Errand::Range {
        key: format!("range-{at}"),
        account: DIRECTORIES[(at + 1) % DIRECTORIES.len()],
        numbers: (first..first + IN_RANGE).map(number).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(seed: u64) -> Vec<Errand> {
        let numbers = |kind: u8| (0..200).map(|at| format!("+1{kind}{at:03}")).collect();
        let on_sale = vec![
            (ProviderKind::Twilio, numbers(1)),
            (ProviderKind::SignalWire, numbers(2)),
        ];
        draw(seed, 200, on_sale, &["415"])
    }

    #[test]
    fn a_seed_draws_the_same_errands_again() {
        assert_eq!(format!("{:?}", drawn(7)), format!("{:?}", drawn(7)));
        assert_ne!(format!("{:?}", drawn(7)), format!("{:?}", drawn(8)));
    }

    #[test]
    fn keys_are_never_used_for_two_errands() {
        let key = |errand: &Errand| match errand {
            Errand::Buy(order) => order.key.clone(),
            Errand::Ring { key, .. }
            | Errand::Register { key, .. }
            | Errand::Range { key, .. }
            | Errand::Allocate { key, .. } => key.clone(),
            Errand::Console { number, .. } => number.clone(),
        };
        let mut keys: Vec<_> = drawn(7).iter().map(key).collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }

    #[test]
    fn everything_that_can_follow_a_purchase_does() {
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
            let follows =
                |errand: &Errand| matches!(errand, Errand::Buy(order) if order.then == then);
            assert!(drawn.iter().any(follows), "{then:?}");
        }
        let person = |errand: &Errand| matches!(errand, Errand::Console { .. });
        assert!(drawn.iter().any(person));
    }

    #[test]
    fn what_signalwire_sold_is_not_given_back() {
        for errand in drawn(7) {
            if let Errand::Buy(Order {
                then: Then::Release | Then::Restore | Then::Lost,
                wish,
                ..
            }) = errand
            {
                assert!(matches!(
                    wish,
                    Wish::Number {
                        account: ProviderKind::Twilio,
                        ..
                    }
                ));
            }
        }
    }
}
