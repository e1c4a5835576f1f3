//! All that can happen to the purchases of one number, in every order: a model whose moves of a purchase are those of
//! [`trunkline_engine::machine`].

#[path = "model/world.rs"]
mod world;

use std::time::Duration;

use stateright::{Checker, HasDiscoveries, Model, Property};
use trunkline_core::error::{Effect, Error, ErrorKind, Retry};
use trunkline_core::model::{Number, ProviderName, PurchaseState};
use trunkline_engine::journal::Record;
use trunkline_engine::machine::Verdict;

use crate::order;
use world::{Applied, GATEWAYS, Held, KEYS, Phase, Rules, Sold, Work, World, now, provider_id};

const SETTLE: Duration = Duration::from_secs(30);
const HOUR: Duration = Duration::from_secs(3600);

const ALL: Rules = Rules {
    fenced: true,
    versioned: true,
    sent_under_lease: true,
    misfortunes: 1,
    clients: &[0, 1, 2],
};

/// What happens next. Gateways, clients and purchases are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Happens {
    /// A client sends its request to a gateway.
    Asks { client: usize, gateway: usize },
    /// A gateway makes the next step of its work.
    Steps { gateway: usize },
    /// A gateway waits no longer for the answer.
    GivesUp { gateway: usize },
    /// A gateway dies.
    Crashes { gateway: usize },
    /// The lease of a purchase runs out.
    Lapses { purchase: usize },
    /// A gateway takes over a purchase that nobody works on.
    TakesOver { gateway: usize, purchase: usize },
    /// A look at a purchase presumed failed.
    Watched { purchase: usize },
    /// The carrier carries a request out; the answer may get lost.
    Sells { purchase: usize, answers: bool },
    /// The carrier refuses a request, or it never arrives.
    Refuses { purchase: usize },
    /// No look was complete for an hour.
    HourPasses { purchase: usize },
    /// A person answers the question of a purchase, by what the carrier's invoices say.
    Decides { purchase: usize },
}

impl Model for Rules {
    type State = World;
    type Action = Happens;

    fn init_states(&self) -> Vec<World> {
        vec![World::default()]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Happens>) {
        for gateway in 0..GATEWAYS {
            actions.extend(self.clients.iter().map(|client| Happens::Asks {
                client: *client,
                gateway,
            }));
            actions.push(Happens::Steps { gateway });
            actions.push(Happens::GivesUp { gateway });
            actions.push(Happens::Crashes { gateway });
        }
        for purchase in 0..world.rows.len() {
            actions.extend((0..GATEWAYS).map(|gateway| Happens::TakesOver { gateway, purchase }));
            actions.extend([true, false].map(|answers| Happens::Sells { purchase, answers }));
            actions.extend([
                Happens::Lapses { purchase },
                Happens::Watched { purchase },
                Happens::Refuses { purchase },
                Happens::HourPasses { purchase },
                Happens::Decides { purchase },
            ]);
        }
    }

    fn next_state(&self, world: &World, happens: Happens) -> Option<World> {
        let mut next = world.clone();
        let happened = match happens {
            Happens::Asks { client, gateway } => asks(&mut next, client, gateway),
            Happens::Steps { gateway } => steps(*self, &mut next, gateway),
            Happens::GivesUp { gateway } => next.work[gateway].as_mut().is_some_and(|work| {
                let waits = work.phase == Phase::Waiting;
                work.phase = Phase::NoAnswer;
                waits
            }),
            Happens::Crashes { gateway } => {
                next.misfortunes += 1;
                next.misfortunes <= self.misfortunes && next.work[gateway].take().is_some()
            }
            Happens::Lapses { purchase } => {
                lapses(&mut next, purchase) && next.misfortunes <= self.misfortunes
            }
            Happens::TakesOver { gateway, purchase } => takes_over(&mut next, gateway, purchase),
            Happens::Watched { purchase } => {
                next.rows[purchase].doc.record.is_presumed()
                    && written_by_nobody(*self, &mut next, purchase, take_in)
            }
            Happens::Sells { purchase, answers } => sells(&mut next, purchase, answers),
            Happens::Refuses { purchase } => {
                let arrived = arrives(&mut next, purchase);
                answer(&mut next, purchase, Phase::Refused);
                arrived
            }
            Happens::HourPasses { purchase } => {
                written_by_nobody(*self, &mut next, purchase, |rules, world, work| {
                    let ask = |next: &mut Record| next.ask_a_person(HOUR, now() + HOUR);
                    world.apply(rules.unleased(), work, ask) == Applied::Done
                })
            }
            Happens::Decides { purchase } => written_by_nobody(*self, &mut next, purchase, decides),
        };
        happened.then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONCE, |_, world: &World| {
                let bought = |key: usize| {
                    let to = world.ledger.iter().map(|sold| sold.to);
                    to.filter(|to| world.rows[*to].key == key).count()
                };
                bought(0) <= 1 && bought(1) <= 1 && world.rows.iter().all(|row| row.sent <= 1)
            }),
            Property::always(IN_TURN, |_, world: &World| !world.out_of_turn),
            Property::always("what failed for good is not held", failed_is_not_held),
            Property::always(
                "what was called failed succeeds only late, or by a person",
                |_, world: &World| {
                    world.rows.iter().all(|row| {
                        let (record, won) = (&row.doc.record, PurchaseState::Succeeded);
                        let said = record.purchase.late || record.is_decided_by_person();
                        row.doc.state() != won || !row.was_failed || said
                    })
                },
            ),
            Property::always("what succeeded is held, once", |_, world: &World| {
                (0..world.rows.len()).all(|at| {
                    let won = world.won(at);
                    let succeeded = world.rows[at].doc.state() == PurchaseState::Succeeded;
                    succeeded == won.is_some()
                        && won.is_none_or(|sold| world.winner(sold, at).is_none())
                })
            }),
            Property::always("a key's final answer stays", |_, world: &World| {
                !world.answered_otherwise
            }),
            Property::sometimes(
                "a person is asked about a late number",
                |_, world: &World| {
                    let mut rows = world.rows.iter();
                    rows.any(|row| {
                        let asked = row.doc.record.purchase.needs_person.as_ref();
                        asked.is_some_and(|asked| asked.provider_id.is_some())
                    })
                },
            ),
            Property::eventually("everything settles", |_, world| is_settled(world)),
            Property::sometimes("a late success", |_, world: &World| {
                world.rows.iter().any(|row| row.doc.record.purchase.late)
            }),
        ]
    }
}

const ONCE: &str = "a key buys once, and a purchase is sent once";
const IN_TURN: &str = "nothing is sent while another purchase of the number is open";

/// What neither succeeded nor is watched has bought nothing, unless another purchase has that number.
fn failed_is_not_held(_: &Rules, world: &World) -> bool {
    (0..world.rows.len()).all(|at| {
        let row = &world.rows[at];
        let for_good = row.doc.state() == PurchaseState::Failed && !row.doc.record.is_presumed();
        let mut ledger = world.ledger.iter().enumerate();
        let orphan = ledger.any(|(id, sold)| sold.to == at && world.winner(id, at).is_none());
        !for_good || (!orphan && !world.wire.contains(&at))
    })
}

/// Whether both keys have a purchase, each has settled without an open question, and each number sold has its purchase.
fn is_settled(world: &World) -> bool {
    let settled = world
        .rows
        .iter()
        .all(|row| row.doc.state().is_settled() && row.doc.record.purchase.needs_person.is_none());
    let none = world.rows.len();
    let mut sold = 0..world.ledger.len();
    let all = (0..2).all(|key| world.of_key(key).is_some());
    all && settled && world.wire.is_empty() && sold.all(|id| world.winner(id, none).is_some())
}

fn asks(world: &mut World, client: usize, gateway: usize) -> bool {
    let known = world.of_key(KEYS[client]);
    let answered = known.is_some_and(|row| !row.doc.record.may_start_over());
    let busy = world.is_claimed(None) || world.work[gateway].is_some();
    if world.started[client] || answered || busy {
        return false;
    }
    world.started[client] = true;
    world.begin(KEYS[client], gateway);
    true
}

/// A lease runs out when its holder is gone, or frozen.
fn lapses(world: &mut World, purchase: usize) -> bool {
    let Some(held) = world.rows[purchase].lease.take() else {
        return false;
    };
    let works = |work: &Work| work.purchase == purchase && work.held == held;
    if world.work[held.gateway].as_ref().is_some_and(works) {
        world.misfortunes += 1;
    }
    true
}

fn takes_over(world: &mut World, gateway: usize, purchase: usize) -> bool {
    let row = &mut world.rows[purchase];
    let free = row.lease.is_none() && !row.doc.state().is_settled();
    if !free || world.work[gateway].is_some() {
        return false;
    }
    row.fence += 1;
    let held = Held {
        gateway,
        fence: row.fence,
    };
    row.lease = Some(held);
    world.work[gateway] = Some(Work {
        purchase,
        held,
        copy: row.doc.clone(),
        phase: Phase::Settling,
    });
    true
}

fn arrives(world: &mut World, purchase: usize) -> bool {
    let before = world.wire.len();
    world.wire.retain(|other| *other != purchase);
    world.wire.len() < before
}

/// Brings the carrier's answer to who waits for it.
fn answer(world: &mut World, purchase: usize, phase: Phase) {
    let mut works = world.work.iter_mut().flatten();
    let waits = |work: &&mut Work| work.purchase == purchase && work.phase == Phase::Waiting;
    if let Some(work) = works.find(waits) {
        work.phase = phase;
    }
}

/// The worst carrier: it sells a number as often as it is asked to.
fn sells(world: &mut World, purchase: usize, answers: bool) -> bool {
    let id = world.ledger.len();
    world.ledger.push(Sold {
        to: purchase,
        known: false,
        before: Vec::new(),
    });
    if answers {
        answer(world, purchase, Phase::Bought(id));
    }
    arrives(world, purchase)
}

/// A step that needs no lease, on the record as the journal has it.
fn written_by_nobody(
    rules: Rules,
    world: &mut World,
    purchase: usize,
    step: fn(Rules, &mut World, &mut Work) -> bool,
) -> bool {
    let mut work = Work {
        purchase,
        held: Held {
            gateway: GATEWAYS,
            fence: 0,
        },
        copy: world.rows[purchase].doc.clone(),
        phase: Phase::Settling,
    };
    step(rules, world, &mut work)
}

fn decides(rules: Rules, world: &mut World, work: &mut Work) -> bool {
    let Some(question) = work.copy.record.purchase.needs_person.clone() else {
        return false;
    };
    let at = work.purchase;
    let mut sold = (0..world.ledger.len()).filter(|id| world.winner(*id, at).is_none());
    let bought = match &question.provider_id {
        Some(asked) => sold.find(|id| provider_id(*id) == *asked),
        None => sold.find(|id| world.ledger[*id].to == at),
    };
    let id = bought.map(provider_id);
    let resolve = |next: &mut Record| next.resolve(id.as_deref(), "the invoice", now());
    world.apply(rules.unleased(), work, resolve) == Applied::Done
}

/// Applies what a complete look says.
fn take_in(rules: Rules, world: &mut World, work: &mut Work) -> bool {
    let (sighting, evidence) = (world.look(), world.evidence(work.purchase));
    let see = |next: &mut Record| next.see(&sighting, &evidence, now());
    if world.apply(rules.unleased(), work, see) == Applied::Done {
        return true;
    }
    let Verdict::Won { provider_id, .. } = work.copy.record.judge(&sighting, &evidence, now())
    else {
        return false;
    };
    let see = |next: &mut Record| next.see_anothers(&provider_id, now());
    world.apply(rules.unleased(), work, see) == Applied::Done
}

/// The next step of a gateway; its work ends when the purchase has settled or its lease is lost.
fn steps(rules: Rules, world: &mut World, gateway: usize) -> bool {
    let Some(mut work) = world.work[gateway].take() else {
        return false;
    };
    let Some(phase) = step(rules, world, &mut work) else {
        return false;
    };
    let goes_on = phase != work.phase && !work.copy.state().is_settled();
    if goes_on {
        work.phase = phase;
        world.work[gateway] = Some(work);
    } else if world.rows[work.purchase].lease == Some(work.held) {
        world.rows[work.purchase].lease = None;
    }
    true
}

/// What comes after this phase; the same one if the work ends here, and nothing if it can only wait.
fn step(rules: Rules, world: &mut World, work: &mut Work) -> Option<Phase> {
    let next = match work.phase {
        Phase::Fresh => {
            if !world.look().is_held() {
                return Some(Phase::Looked);
            }
            let held = || Error::new(ErrorKind::Conflict, "the account holds it already");
            world.apply(rules, work, |next| next.refuse(held(), now()));
            Phase::Fresh
        }
        Phase::Looked => {
            // The look as it was then: it showed nothing.
            let seen = trunkline_core::model::Sighting::of(Vec::new(), Some(now()));
            match world.apply(rules, work, |next| next.dispatch(&seen, now())) {
                Applied::Done => Phase::Dispatched,
                Applied::NotLegal | Applied::LeaseLost => Phase::Looked,
            }
        }
        Phase::Dispatched => {
            let holds = world.rows[work.purchase].lease == Some(work.held);
            if rules.sent_under_lease && !holds {
                return Some(Phase::Dispatched);
            }
            world.out_of_turn |= world.is_claimed(Some(work.purchase));
            world.rows[work.purchase].sent += 1;
            world.wire.push(work.purchase);
            world.wire.sort_unstable();
            Phase::Waiting
        }
        Phase::Waiting => return None,
        Phase::Bought(_) | Phase::Refused | Phase::NoAnswer => take_answer(rules, world, work),
        Phase::Settling => return settles(rules, world, work),
        Phase::Absent => {
            let presume = |next: &mut Record| next.presume_failed(SETTLE, now());
            world.apply(rules, work, presume);
            Phase::Absent
        }
    };
    Some(next)
}

/// Writes the carrier's answer down, whether or not the lease still holds.
fn take_answer(rules: Rules, world: &mut World, work: &mut Work) -> Phase {
    let phase = work.phase;
    let evidence = world.evidence(work.purchase);
    world.apply(rules.unleased(), work, |next| match phase {
        Phase::Bought(id) => {
            let (order, name) = (order("us-main", 0), ProviderName::new("twilio"));
            let number = Number::new(order.account, name, provider_id(id), order.number);
            let mut number = number.unwrap();
            number.purchased_at = Some(now());
            next.confirm(&number, &evidence, now())
        }
        Phase::Refused => next.deny(Error::new(ErrorKind::RateLimited, "later"), now()),
        _ => {
            let lost = Error::new(ErrorKind::Timeout, "no answer");
            next.deny(lost.with_effect(Effect::Unknown), now())
        }
    });
    if let Phase::Bought(id) = phase {
        world.ledger[id].known = true;
    }
    Phase::Settling
}

/// Works on a purchase that was taken over, or whose answer was lost.
fn settles(rules: Rules, world: &mut World, work: &mut Work) -> Option<Phase> {
    let ends = Some(Phase::Settling);
    match work.copy.state() {
        PurchaseState::Intended => {
            let lapsed = || {
                let error = Error::new(ErrorKind::UpstreamUnavailable, "interrupted");
                error.with_retry(Retry::Backoff)
            };
            world.apply(rules, work, |next| next.refuse(lapsed(), now()));
            ends
        }
        PurchaseState::Dispatched => {
            match world.apply(rules, work, |next| next.lose(now())) {
                // To be looked at in the next step.
                Applied::Done => settles(rules, world, work),
                Applied::NotLegal | Applied::LeaseLost => ends,
            }
        }
        PurchaseState::Unknown => {
            let known = world.rows[work.purchase].doc.clone();
            if known.state() != PurchaseState::Unknown {
                work.copy = known;
                return ends;
            }
            if take_in(rules, world, work) {
                return ends;
            }
            let (sighting, evidence) = (world.look(), world.evidence(work.purchase));
            match work.copy.record.judge(&sighting, &evidence, now()) {
                Verdict::Absent => Some(Phase::Absent),
                _ => None,
            }
        }
        PurchaseState::Succeeded | PurchaseState::Failed => ends,
    }
}

#[test]
fn every_order_of_events_buys_once_and_settles() {
    let checker = ALL.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
}

#[test]
fn without_leases_and_versions_a_key_buys_twice() {
    let rules = Rules {
        fenced: false,
        versioned: false,
        sent_under_lease: false,
        ..ALL
    };
    let checker = rules
        .checker()
        .finish_when(HasDiscoveries::AnyOf([ONCE].into()))
        .spawn_bfs()
        .join();
    checker.assert_any_discovery(ONCE);
}

#[test]
fn without_a_lease_at_the_send_a_purchase_is_sent_out_of_turn() {
    let rules = Rules {
        sent_under_lease: false,
        ..ALL
    };
    let checker = rules
        .checker()
        .finish_when(HasDiscoveries::AnyOf([IN_TURN].into()))
        .spawn_bfs()
        .join();
    checker.assert_any_discovery(IN_TURN);
}
