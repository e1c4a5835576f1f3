mod evidence;

use std::collections::{BTreeSet, HashSet, VecDeque};

use super::*;
use trunkline_core::model::{
    AccountName, E164, PriceSource, ProviderName, Purchase, PurchaseId, PurchaseOrder, Tenant,
};

const T0: i64 = 1_790_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(T0 + seconds).unwrap()
}

fn record() -> Record {
    let account: AccountName = "us-main".parse().unwrap();
    let number: E164 = "+14155550100".parse().unwrap();
    let attempt = Attempt::new(
        account.clone(),
        ProviderName::new("twilio"),
        "AC1".into(),
        number,
    );
    Record {
        purchase: Purchase {
            id: PurchaseId::generate(at(0)),
            state: Intended,
            account: account.clone(),
            number,
            number_id: None,
            held: None,
            configuration: Configuration::default(),
            late: false,
            idempotency_key: "key-1".parse().unwrap(),
            criteria: None,
            candidates: Vec::new(),
            attempts: vec![attempt],
            price: None,
            setup_price: None,
            price_source: PriceSource::Unknown,
            error: None,
            needs_person: None,
            recovered: false,
            created_at: at(0),
            settled_at: None,
        },
        tenant: Tenant::default(),
        fingerprint: "f".into(),
        route: "r".into(),
        order: PurchaseOrder::new(account, number),
        settings: None,
        charges: Vec::new(),
        key: None,
        provenance: trunkline_core::model::Provenance::default(),
        watch_looks: 0,
        watch_failures: 0,
        version: 1,
    }
}

fn row(provider_id: &str, created: Option<i64>) -> HeldRow {
    HeldRow {
        provider_id: provider_id.into(),
        created_at: created.map(at),
    }
}

fn held(created: Option<i64>) -> Sighting {
    Sighting::of(vec![row("PN1", created)], None)
}

fn evidence() -> Evidence {
    Evidence {
        known: Vec::new(),
        tolerance: trunkline_core::TOLERANCE,
        ids_are_numbers: false,
    }
}

/// A look before the request, with the carrier's clock.
fn absent() -> Sighting {
    Sighting::of(Vec::new(), Some(at(10)))
}

fn answer(created: Option<i64>) -> Number {
    let order = record().order;
    let mut number = Number::new(
        order.account,
        ProviderName::new("twilio"),
        "PN1".into(),
        order.number,
    )
    .unwrap();
    number.purchased_at = created.map(at);
    number
}

fn lost_answer() -> Error {
    Error::new(ErrorKind::Timeout, "no answer").with_effect(Effect::Unknown)
}

fn refusal() -> Error {
    Error::new(ErrorKind::NotAvailable, "gone")
}

fn dispatched() -> Record {
    let mut record = record();
    assert!(record.dispatch(&absent(), at(10)));
    record
}

#[test]
fn an_answer_without_a_creation_time_counts() {
    let mut record = dispatched();
    assert!(record.confirm(&answer(None), &evidence(), at(11)));
    assert_eq!(record.purchase.state, Succeeded);
    assert_eq!(record.purchase.number_id.unwrap().as_str(), "us-main:PN1");
}

#[test]
fn a_refusal_without_effect_fails_and_any_other_error_is_unknown() {
    let mut refused = dispatched();
    assert!(refused.deny(refusal(), at(11)));
    assert_eq!(refused.purchase.state, Failed);
    assert!(!refused.attempt().unwrap().presumed);
    let mut unknown = dispatched();
    assert!(unknown.deny(lost_answer(), at(11)));
    assert_eq!(
        (unknown.purchase.state, unknown.purchase.settled_at),
        (Unknown, None)
    );
}

#[test]
fn only_a_presumed_failure_can_turn_into_a_late_success() {
    let mut presumed = dispatched();
    presumed.lose(at(11));
    assert!(presumed.presume_failed(Duration::from_secs(30), at(41)));
    assert!(presumed.see(&held(Some(50)), &evidence(), at(60)));
    assert_eq!(
        (presumed.purchase.state, presumed.purchase.late),
        (Succeeded, true)
    );
    assert!(presumed.purchase.error.is_none());

    let mut refused = dispatched();
    refused.deny(refusal(), at(11));
    assert!(!refused.see(&held(Some(50)), &evidence(), at(60)));
    assert_eq!(refused.purchase.state, Failed);
}

#[test]
fn late_answer_of_a_frozen_replica_counts_after_presumed_failure() {
    let mut record = dispatched();
    record.lose(at(11));
    record.presume_failed(Duration::from_secs(30), at(41));
    assert!(record.confirm(&answer(Some(12)), &evidence(), at(90)));
    assert_eq!(
        (record.purchase.state, record.purchase.late),
        (Succeeded, true)
    );
}

#[test]
fn the_number_of_another_purchase_is_a_lost_race() {
    let mut record = dispatched();
    record.lose(at(11));
    assert!(record.lost_race(at(12)));
    assert_eq!(record.purchase.error.unwrap().kind(), ErrorKind::Conflict);
}

fn move_on(record: &mut Record, refusal: Error, now: Timestamp) -> bool {
    let (order, attempt) = second_candidate();
    let before = std::mem::replace(&mut record.order, order);
    let moved = record.move_on(refusal, attempt, now);
    if !moved {
        record.order = before;
    }
    moved
}

fn second_candidate() -> (PurchaseOrder, Attempt) {
    let account: AccountName = "us-spare".parse().unwrap();
    let number: E164 = "+14155550101".parse().unwrap();
    let attempt = Attempt::new(
        account.clone(),
        ProviderName::new("signalwire"),
        "project-1".into(),
        number,
    );
    (PurchaseOrder::new(account, number), attempt)
}

#[test]
fn a_refused_candidate_makes_room_for_the_next_and_a_lost_one_does_not() {
    let mut refused = dispatched();
    assert!(move_on(&mut refused, refusal(), at(11)));
    let purchase = &refused.purchase;
    assert_eq!(purchase.state, Intended);
    assert_eq!(purchase.account.as_str(), "us-spare");
    assert_eq!(
        (purchase.attempts[0].state, purchase.attempts[1].state),
        (Failed, Intended)
    );
    let attempt = &purchase.attempts[0];
    assert_eq!(attempt.answered_at, Some(at(11)));
    assert_eq!(attempt.evidence.as_deref(), Some("the carrier refused it"));

    let mut unsent = record();
    assert!(move_on(&mut unsent, refusal(), at(11)));
    let attempt = &unsent.purchase.attempts[0];
    assert_eq!(attempt.answered_at, None);
    assert_eq!(attempt.evidence.as_deref(), Some("nothing was sent"));

    let mut lost = dispatched();
    assert!(!move_on(&mut lost, lost_answer(), at(11)));
    assert_eq!(lost.purchase.state, Dispatched);
    lost.lose(at(12));
    assert!(!move_on(&mut lost, refusal(), at(13)));
}

type Event = (&'static str, fn(&mut Record) -> bool);

const EVENTS: &[Event] = &[
    ("refuse", |r| r.refuse(refusal(), at(20))),
    ("dispatch", |r| r.dispatch(&absent(), at(20))),
    ("confirm", |r| {
        r.confirm(&answer(Some(12)), &evidence(), at(20))
    }),
    ("confirm an old one", |r| {
        r.confirm(&answer(Some(-600)), &evidence(), at(20))
    }),
    ("deny", |r| r.deny(refusal(), at(20))),
    ("move on", |r| move_on(r, refusal(), at(20))),
    ("lose the answer", |r| r.deny(lost_answer(), at(20))),
    // Whoever takes over after a crash knows what is written down and nothing else.
    ("crash", |r| match r.purchase.state {
        Intended => r.refuse(refusal(), at(20)),
        _ => r.lose(at(20)),
    }),
    ("see ours", |r| r.see(&held(Some(12)), &evidence(), at(20))),
    ("see an old one", |r| {
        r.see(&held(Some(-600)), &evidence(), at(20))
    }),
    ("see another's", |r| r.see_anothers("PN1", at(20))),
    ("see it gone", |r| r.drop_question(Duration::from_secs(30))),
    ("presume", |r| {
        r.presume_failed(Duration::from_secs(30), at(20))
    }),
    ("lose the race", |r| r.lost_race(at(20))),
    ("resolve as bought", |r| {
        r.resolve(Some("PN1"), "seen in the console", at(20))
    }),
    ("resolve as not bought", |r| {
        r.resolve(None, "not in the console", at(20))
    }),
];

/// What a process that has crashed leaves to the next: what is written, and nothing of what it remembered.
fn reread(record: &Record) -> Record {
    let text = serde_json::to_string(record).unwrap();
    let mut read: Record = serde_json::from_str(&text).unwrap();
    // The journal keeps the version beside the document.
    read.version = record.version;
    assert_eq!(read, *record);
    read
}

/// The records of every state that events can lead to, in whatever order they come.
fn reachable() -> Vec<Record> {
    let key = |r: &Record| {
        let current = r.attempt().unwrap();
        let question = r.purchase.needs_person.is_some();
        let denied = current.not_ours.clone();
        (
            r.purchase.state,
            r.purchase.late,
            current.presumed,
            question,
            denied,
        )
    };
    let mut all = vec![record()];
    let mut at = 0;
    while at < all.len() {
        for (_, event) in EVENTS {
            let mut next = all[at].clone();
            if event(&mut next) && all.iter().all(|known| key(known) != key(&next)) {
                all.push(next);
            }
        }
        at += 1;
    }
    all
}

#[test]
fn repeated_event_changes_nothing() {
    for from in reachable() {
        for (name, event) in EVENTS {
            let mut once = from.clone();
            // A candidate after the other may be refused, each for itself; a crash is not the same one twice.
            if !event(&mut once) || matches!(*name, "move on" | "crash") {
                continue;
            }
            let mut twice = reread(&once);
            let state = twice.purchase.state;
            assert!(!event(&mut twice), "{name} after {name}");
            assert_eq!(twice.purchase.state, state);
        }
    }
}

#[test]
fn success_wins_whenever_it_is_reported() {
    let evidence: [Event; 2] = [
        ("confirm", |r| {
            r.confirm(&answer(Some(12)), &evidence(), at(30))
        }),
        ("see ours", |r| r.see(&held(Some(12)), &evidence(), at(30))),
    ];
    let others: [Event; 4] = [
        ("lose the answer", |r| r.deny(lost_answer(), at(20))),
        ("crash", |r| r.lose(at(20))),
        ("presume", |r| {
            r.presume_failed(Duration::from_secs(30), at(20))
        }),
        ("resolve as not bought", |r| {
            r.resolve(None, "not in the console", at(20))
        }),
    ];
    // Each of the others once, some or all of them before it, in every order, and the rest after it.
    for (word, hear) in evidence {
        for order in orders(others.len()) {
            for heard in 0..=order.len() {
                let mut record = dispatched();
                for (place, other) in order.iter().enumerate() {
                    if place == heard {
                        hear(&mut record);
                    }
                    (others[*other].1)(&mut record);
                    record = reread(&record);
                }
                hear(&mut record);
                let state = record.purchase.state;
                assert_eq!(state, Succeeded, "{word} at {heard} of {order:?}");
            }
        }
    }
}

/// Every order of so many things.
fn orders(of: usize) -> Vec<Vec<usize>> {
    if of == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(of - 1);
    let with = |order: &Vec<usize>, at: usize| {
        let mut order = order.clone();
        order.insert(at, of - 1);
        order
    };
    shorter
        .iter()
        .flat_map(|order| (0..of).map(move |at| with(order, at)))
        .collect()
}

#[test]
fn person_is_asked_once_and_only_about_long_unknown_purchases() {
    let hour = Duration::from_secs(3_600);
    let mut waiting = dispatched();
    assert!(
        !waiting.ask_a_person(hour, at(4_000)),
        "it may be on its way"
    );
    waiting.lose(at(11));
    assert!(
        !waiting.ask_a_person(hour, at(3_609)),
        "not for an hour yet"
    );
    assert!(waiting.ask_a_person(hour, at(3_610)));
    let question = waiting.purchase.needs_person.clone().unwrap();
    assert_eq!(
        (question.why, question.t0),
        (QuestionReason::Unknown, Some(at(10)))
    );
    assert!(!waiting.ask_a_person(hour, at(9_000)), "asked already");
    assert!(waiting.see(&held(Some(12)), &evidence(), at(9_001)));
    assert!(waiting.purchase.needs_person.is_none());
}

/// Every order of events, duplicates and late ones included, from the first state until nothing new comes.
#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one exploration with all that must hold"
)]
fn whatever_happens_in_whatever_order_the_moves_are_those_of_the_table() {
    let key = |r: &Record| {
        let current = r.attempt().unwrap();
        let question = r.purchase.needs_person.is_some();
        let denied = current.not_ours.clone();
        (
            r.purchase.state,
            r.purchase.late,
            current.presumed,
            question,
            denied,
        )
    };
    let mut seen = HashSet::from([key(&record())]);
    let mut queue = VecDeque::from([record()]);
    let mut taken = BTreeSet::new();
    while let Some(from) = queue.pop_front() {
        for (name, event) in EVENTS {
            let mut next = reread(&from);
            let moved = event(&mut next);
            let (a, b) = (from.purchase.state, next.purchase.state);
            let asked = |r: &Record| r.purchase.needs_person.is_some();
            let stays = (*name, a) == ("move on", Intended)
                || (a, b) == (Failed, Failed) && asked(&from) != asked(&next);
            assert_eq!(moved, a != b || stays, "{name} from {}", a.as_str());
            if !moved {
                continue;
            }
            assert!(
                a == b || !asked(&from) || b != Unknown,
                "{name} reopens a question"
            );
            if (a, b) == (Failed, Failed) {
                assert!(
                    seen.contains(&key(&next))
                        || seen.insert(key(&next)) && {
                            queue.push_back(next);
                            true
                        }
                );
                continue;
            }
            assert!(
                MOVES.iter().any(|(f, _, t)| (*f, *t) == (a, b)),
                "{name}: {} to {}",
                a.as_str(),
                b.as_str()
            );
            assert!(a != Succeeded, "{name} leaves a success");
            assert!(
                a != Failed || key(&from).2,
                "{name} leaves a failure that was not presumed"
            );
            assert_eq!(
                next.purchase.state.is_settled(),
                next.purchase.settled_at.is_some()
            );
            assert_eq!(b == Failed, next.purchase.error.is_some(), "{name}");
            taken.insert(format!("{} {}", a.as_str(), b.as_str()));
            if seen.insert(key(&next)) {
                queue.push_back(next);
            }
        }
    }
    let table: BTreeSet<_> = MOVES
        .iter()
        .map(|(f, _, t)| format!("{} {}", f.as_str(), t.as_str()))
        .collect();
    assert_eq!(
        taken, table,
        "every move of the table is reachable, and no other"
    );
}
