mod turns;

use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::accounts::Line;
use crate::evidence::{Entry, Replayed};
use crate::spend::Change;

fn purchase(id: &str, key: &str, state: &str, number: &str) -> Purchase {
    let held = (state == "succeeded").then(|| format!("twilio:PN{number}"));
    serde_json::from_value(json!({
        "id": id, "state": state, "account": "twilio", "number": number, "number_id": held, "late": false,
        "idempotency_key": key, "configuration": {"state": "none"},
        "attempts": [{"account": "twilio", "number": number, "sent_at": "2026-03-05T12:00:00Z"}],
        "created_at": "2026-03-05T12:00:00Z", "settled_at": "2026-03-05T12:00:03Z",
    }))
    .unwrap()
}

fn line(number: &str) -> Line {
    Line::new("twilio", number)
}

/// A charge or a release, so many seconds after the carriers have stopped failing.
fn entry(number: &str, seconds: i64) -> Entry {
    Entry {
        line: line(number),
        at: time(seconds),
        by_person: false,
    }
}

/// So many seconds after the carriers have stopped failing.
fn time(seconds: i64) -> Timestamp {
    let healed: Timestamp = "2026-03-05T12:00:00Z".parse().unwrap();
    Timestamp::from_second(healed.as_second() + seconds).unwrap()
}

/// One purchase that went well.
fn good() -> Evidence {
    Evidence {
        journal: vec![purchase("pur_1", "a", "succeeded", "1")],
        charges: vec![entry("1", 1)],
        owned: [line("1")].into(),
        requests: [(line("1"), 1)].into(),
        healed: time(0),
        watch_interval: Duration::from_secs(18),
        ..Evidence::default()
    }
}

fn reported(key: &str, reply: Reply) -> Reported {
    Reported {
        key: key.to_owned(),
        reply,
    }
}

#[test]
fn a_purchase_that_was_charged_and_is_held_passes() {
    let mut evidence = good();
    let (purchase, number_id) = ("pur_1".to_owned(), "twilio:PN1".to_owned());
    evidence.reported = vec![reported(
        "a",
        Reply::Bought {
            purchase,
            number_id,
        },
    )];
    assert_eq!(judge(&evidence), Verdict::default());
    assert_eq!(slowest(&evidence), Duration::from_secs(3));
}

#[test]
fn a_charge_that_no_purchase_won_is_an_orphan() {
    let mut evidence = good();
    evidence.journal[0].state = "failed".to_owned();
    assert_eq!(judge(&evidence).orphans.len(), 1);
}

#[test]
fn a_second_charge_under_a_key_that_has_won_is_a_double() {
    let mut evidence = good();
    evidence.journal[0].number = "2".to_owned();
    evidence.charges.push(entry("2", 1));
    evidence.owned.insert(line("2"));
    let verdict = judge(&evidence);
    assert_eq!(
        (verdict.doubles.len(), verdict.orphans.len()),
        (1, 0),
        "{verdict:?}"
    );
}

#[test]
fn a_key_that_won_twice_is_a_double() {
    let mut evidence = good();
    evidence
        .journal
        .push(purchase("pur_2", "a", "succeeded", "2"));
    evidence.charges.push(entry("2", 1));
    evidence.owned.insert(line("2"));
    assert_eq!(judge(&evidence).doubles.len(), 1);
}

#[test]
fn a_number_asked_for_more_often_than_written_down_is_a_double() {
    let mut evidence = good();
    evidence.requests.insert(line("1"), 2);
    assert_eq!(judge(&evidence).doubles.len(), 1);
}

#[test]
fn purchase_of_an_unsold_number_is_a_phantom() {
    let mut evidence = good();
    evidence.charges.clear();
    evidence.owned.clear();
    assert_eq!(judge(&evidence).phantoms.len(), 1);
}

#[test]
fn two_purchases_of_one_charge_are_a_phantom() {
    let mut evidence = good();
    evidence
        .journal
        .push(purchase("pur_2", "b", "succeeded", "1"));
    assert_eq!(judge(&evidence).phantoms.len(), 1);
}

#[test]
fn a_number_that_is_gone_must_have_been_given_back() {
    let mut evidence = good();
    evidence.owned.clear();
    assert_eq!(judge(&evidence).phantoms.len(), 1);
    evidence.releases = vec![entry("1", 5)];
    assert_eq!(judge(&evidence).releases.len(), 1, "nobody asked for it");
    let (number_id, status) = ("twilio:PN1".to_owned(), 204);
    evidence.reported = vec![reported("a", Reply::Released { number_id, status })];
    assert_eq!(judge(&evidence), Verdict::default());
    evidence.reported.clear();
    evidence.releases[0].by_person = true;
    assert_eq!(judge(&evidence), Verdict::default());
}

#[test]
fn a_release_that_was_confirmed_must_have_happened_unless_it_was_undone() {
    let mut evidence = good();
    for status in [202, 204] {
        let number_id = "twilio:PN1".to_owned();
        evidence.reported = vec![reported("a", Reply::Released { number_id, status })];
        assert_eq!(judge(&evidence).releases.len(), 1);
    }
    let number_id = "twilio:PN1".to_owned();
    let undone = Reply::Restored {
        number_id,
        status: 200,
    };
    evidence.reported.push(reported("a", undone));
    assert_eq!(judge(&evidence), Verdict::default());
}

#[test]
fn a_number_that_is_sold_again_is_charged_again() {
    let mut evidence = good();
    let (number_id, status) = ("twilio:PN1".to_owned(), 204);
    evidence.reported = vec![reported("a", Reply::Released { number_id, status })];
    evidence.releases = vec![entry("1", 5)];
    evidence.charges.push(entry("1", 6));
    evidence.requests.insert(line("1"), 2);
    assert_eq!(judge(&evidence).doubles.len(), 2);
    evidence
        .journal
        .push(purchase("pur_2", "b", "succeeded", "1"));
    assert_eq!(judge(&evidence), Verdict::default());
}

#[test]
fn second_request_is_a_double_even_as_a_new_attempt() {
    let mut evidence = good();
    let again = evidence.journal[0].attempts[0].clone();
    evidence.journal[0].attempts.push(again);
    evidence.requests.insert(line("1"), 2);
    assert_eq!(judge(&evidence).doubles.len(), 1);
}

#[test]
fn allocation_that_bought_too_many_is_a_double() {
    let mut evidence = good();
    for at in 2..5 {
        let (id, number) = (format!("pur_{at}"), at.to_string());
        let key = format!("alo_1-{at}");
        evidence
            .journal
            .push(purchase(&id, &key, "succeeded", &number));
        evidence.charges.push(entry(&number, 1));
        evidence.owned.insert(line(&number));
    }
    let id = "alo_1".to_owned();
    evidence.reported = vec![reported("allocation", Reply::Allocated { id })];
    assert_eq!(judge(&evidence).doubles.len(), 1);
}

/// A purchase that is called late, seen to be absent at 2 s.
fn late(committed: i64) -> Evidence {
    let mut evidence = good();
    evidence.journal[0].late = true;
    let look = json!({"at": time(2), "seen": "absent"});
    evidence.journal[0].attempts[0].looks = vec![serde_json::from_value(look).unwrap()];
    evidence.charges = vec![entry("1", committed)];
    evidence
}

#[test]
fn number_visible_during_settling_is_not_late() {
    assert_eq!(judge(&late(2)).not_late.len(), 1);
    assert_eq!(judge(&late(3)), Verdict::default());
    let mut evidence = late(3);
    evidence.journal[0].attempts[0].looks.clear();
    assert_eq!(judge(&evidence).not_late.len(), 1);
}

/// A purchase that a person is asked about, whose record is so many seconds older than the order.
fn question(older: i64) -> Evidence {
    let mut evidence = good();
    let asked = &mut evidence.journal[0];
    asked.state = "failed".to_owned();
    asked.attempts[0].presumed = true;
    let question = json!({
        "why": "disputed", "provider_id": "PN1", "created_at": time(-older), "t0": time(0)
    });
    asked.needs_person = serde_json::from_value(question).unwrap();
    evidence.asked = vec![asked.clone()];
    evidence
}

#[test]
fn a_question_is_needed_only_if_no_clock_explains_it() {
    assert_eq!(judge(&question(1_200)), Verdict::default());
    assert_eq!(judge(&question(6)).questions.len(), 1);
    let mut evidence = question(6);
    evidence.releases = vec![entry("1", -60)];
    assert!(judge(&evidence).questions.is_empty());
}

/// What a key answers twice.
fn replayed(status: u16, body: &serde_json::Value) -> Replayed {
    let answer = crate::wire::Answer {
        status,
        come_again: false,
        replayed: true,
        body: body.clone(),
        bytes: body.to_string().into(),
    };
    Replayed {
        key: "a".to_owned(),
        answers: vec![answer.clone(), answer],
        wanted: 2,
    }
}

#[test]
fn key_answers_from_the_journal_every_time() {
    let won = json!({"purchase": {"id": "pur_1"}});
    let open = json!({"purchase_id": "pur_1", "effect": "unknown"});
    for (mut evidence, status, body, cases) in [
        (good(), 201, &won, 0),
        (good(), 504, &open, 1),
        (question(600), 409, &open, 0),
        (question(600), 201, &won, 1),
        (question(600), 409, &json!({"purchase_id": "pur_1"}), 1),
    ] {
        evidence.replays = vec![replayed(status, body)];
        assert_eq!(judge(&evidence).keys.len(), cases, "{status} {body}");
    }
    let mut evidence = good();
    evidence.replays = vec![replayed(201, &won)];
    evidence.replays[0].answers[1].bytes = "{}".into();
    assert_eq!(judge(&evidence).keys.len(), 1);
    evidence.replays[0].answers.pop();
    assert_eq!(judge(&evidence).keys.len(), 1);
}

#[test]
fn open_and_unconfigured_purchases_are_unsettled() {
    let mut evidence = good();
    evidence.journal[0].configuration.state = "pending".to_owned();
    evidence
        .journal
        .push(purchase("pur_2", "b", "unknown", "2"));
    assert_eq!(judge(&evidence).unsettled.len(), 2);
}

#[test]
fn a_refusal_that_was_bought_after_all_is_an_untruth_unless_it_is_late() {
    let mut evidence = good();
    let refused = Reply::Refused {
        status: 504,
        purchase: Some("pur_1".to_owned()),
    };
    evidence.reported = vec![reported("a", refused.clone())];
    assert_eq!(judge(&evidence).untruths.len(), 1);
    evidence = late(10);
    evidence.reported = vec![reported("a", refused)];
    assert_eq!(judge(&evidence), Verdict::default());
}

#[test]
fn success_reported_for_a_number_not_held_is_false() {
    let mut evidence = good();
    let (purchase, number_id) = ("pur_1".to_owned(), "twilio:PN9".to_owned());
    evidence.reported = vec![reported(
        "a",
        Reply::Bought {
            purchase,
            number_id,
        },
    )];
    assert_eq!(judge(&evidence).untruths.len(), 1);
}

#[test]
fn a_confirmed_label_must_be_there() {
    let mut evidence = good();
    evidence.journal[0].configuration.state = "applied".to_owned();
    evidence.labels = [("a".to_owned(), "Front desk".to_owned())].into();
    let held =
        |label: &str| serde_json::from_value(json!({"id": "twilio:PN1", "label": label})).unwrap();
    evidence.shown = vec![held("Front desk")];
    assert_eq!(judge(&evidence), Verdict::default());
    evidence.shown = vec![held("+1")];
    assert_eq!(judge(&evidence).settings.len(), 1);
}

#[test]
fn a_phone_that_rang_twice_and_a_number_that_is_missing_are_reported() {
    let mut evidence = good();
    evidence.rings = [("+1".to_owned(), 2)].into();
    let lines = vec![Line::new("webex", "+2")];
    let missing = Reply::Registered { lines };
    evidence.reported = vec![reported("r", missing)];
    let verdict = judge(&evidence);
    assert_eq!((verdict.rings.len(), verdict.registrations.len()), (1, 1));
}

#[test]
fn an_ordered_label_may_come_back_after_a_freeze_alone() {
    let mut evidence = good();
    evidence.journal[0].configuration.state = "applied".to_owned();
    evidence.labels = [("a".to_owned(), "First".to_owned())].into();
    let reply = Reply::Labelled {
        number_id: "twilio:PN1".to_owned(),
        label: "Second".to_owned(),
        status: 200,
    };
    evidence.reported = vec![reported("a", reply)];
    let held = json!({"id": "twilio:PN1", "label": "First"});
    evidence.shown = vec![serde_json::from_value(held).unwrap()];
    assert_eq!(judge(&evidence).settings.len(), 1);
    evidence.froze = true;
    assert_eq!(judge(&evidence), Verdict::default());
}

#[test]
fn a_purchase_that_settles_a_minute_after_the_faults_is_too_late() {
    let mut evidence = good();
    evidence.journal[0].settled_at = Some(time(60));
    assert_eq!(judge(&evidence), Verdict::default());
    evidence.journal[0].settled_at = Some(time(61));
    assert_eq!(judge(&evidence).unsettled.len(), 1);
}

#[test]
fn a_late_commit_must_be_noticed_within_a_pause_of_the_watch() {
    let mut evidence = late(10);
    evidence.journal[0].settled_at = Some(time(40));
    assert_eq!(judge(&evidence), Verdict::default());
    assert_eq!(slowest_notice(&evidence), Duration::from_secs(30));
    evidence.journal[0].settled_at = Some(time(50));
    assert_eq!(judge(&evidence).unnoticed.len(), 1);
}

/// Two numbers at 1.15 each, the first given back before the second was bought if `in_turn`.
fn purse(ceiling: i64, in_turn: bool) -> Purse {
    let back = if in_turn { 2 } else { 4 };
    let changes = vec![
        Change::bought(time(1), line("1")),
        Change::released(time(back), line("1")),
        Change::bought(time(3), line("2")),
    ];
    Purse {
        ceiling,
        committed: Some(115),
        ..Purse::new("twilio", 115, changes)
    }
}

#[test]
fn ceiling_is_never_exceeded() {
    let mut evidence = good();
    for (ceiling, in_turn, cases) in [(115, true, 0), (230, false, 0), (229, false, 1)] {
        evidence.purses = vec![purse(ceiling, in_turn)];
        let verdict = judge(&evidence);
        assert_eq!(verdict.overspent.len(), cases, "{ceiling}: {verdict:?}");
    }
}

#[test]
fn late_success_is_charged_even_over_the_ceiling() {
    // Presumed failed at 5 s, and looked for four times since.
    let looks = [2, 5, 6, 7, 8, 9].map(|at| json!({"at": time(at), "seen": "absent"}));
    for (committed, cases) in [(10, 0), (6, 1)] {
        let mut evidence = late(committed);
        evidence.journal[0].attempts[0].looks =
            serde_json::from_value(looks.iter().cloned().collect()).unwrap();
        evidence.purses = vec![purse(229, false)];
        let verdict = judge(&evidence);
        assert_eq!(verdict.overspent.len(), cases, "{verdict:?}");
    }
}

#[test]
fn commitments_must_equal_payments() {
    let mut evidence = good();
    evidence.purses = vec![purse(1_000, true)];
    evidence.purses[0].committed = Some(230);
    assert_eq!(judge(&evidence).overspent.len(), 1);
}
