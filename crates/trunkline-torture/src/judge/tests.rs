use serde_json::json;

use super::*;

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
    ("twilio".to_owned(), number.to_owned())
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
        charges: vec![line("1")],
        owned: [line("1")].into(),
        requests: [(line("1"), 1)].into(),
        healed: time(0),
        ..Evidence::default()
    }
}

fn told(key: &str, word: Word) -> Told {
    Told {
        key: key.to_owned(),
        word,
    }
}

#[test]
fn a_purchase_that_was_charged_and_is_held_passes() {
    let mut evidence = good();
    let (purchase, number_id) = ("pur_1".to_owned(), "twilio:PN1".to_owned());
    evidence.told = vec![told(
        "a",
        Word::Bought {
            purchase,
            number_id,
        },
    )];
    assert_eq!(judge(&evidence), Verdict::default());
    assert_eq!(slowest(&evidence.journal), Duration::from_secs(3));
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
    evidence.charges.push(line("2"));
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
    evidence.charges.push(line("2"));
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
fn a_purchase_of_what_was_never_sold_is_a_phantom() {
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
    let (number_id, status) = ("twilio:PN1".to_owned(), 204);
    evidence.told = vec![told("a", Word::Released { number_id, status })];
    assert_eq!(judge(&evidence), Verdict::default());
}

#[test]
fn a_release_that_was_confirmed_must_have_happened() {
    let mut evidence = good();
    let (number_id, status) = ("twilio:PN1".to_owned(), 204);
    evidence.told = vec![told("a", Word::Released { number_id, status })];
    assert_eq!(judge(&evidence).releases.len(), 1);
}

#[test]
fn what_is_open_or_lacks_its_settings_is_unsettled() {
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
    let refused = Word::Refused {
        status: 504,
        purchase: Some("pur_1".to_owned()),
    };
    evidence.told = vec![told("a", refused)];
    assert_eq!(judge(&evidence).untruths.len(), 1);
    evidence.journal[0].late = true;
    assert_eq!(judge(&evidence), Verdict::default());
}

#[test]
fn a_success_that_is_none_is_an_untruth() {
    let mut evidence = good();
    let (purchase, number_id) = ("pur_1".to_owned(), "twilio:PN9".to_owned());
    evidence.told = vec![told(
        "a",
        Word::Bought {
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
fn a_phone_that_rang_twice_and_a_number_that_is_missing_are_told() {
    let mut evidence = good();
    evidence.rings = [("+1".to_owned(), 2)].into();
    let missing = Word::Registered {
        account: "webex",
        numbers: vec!["+2".to_owned()],
    };
    evidence.told = vec![told("r", missing)];
    let verdict = judge(&evidence);
    assert_eq!((verdict.rings.len(), verdict.registrations.len()), (1, 1));
}

#[test]
fn an_ordered_label_may_come_back_after_a_freeze_alone() {
    let mut evidence = good();
    evidence.journal[0].configuration.state = "applied".to_owned();
    evidence.labels = [("a".to_owned(), "First".to_owned())].into();
    let word = Word::Labelled {
        number_id: "twilio:PN1".to_owned(),
        label: "Second".to_owned(),
        status: 200,
    };
    evidence.told = vec![told("a", word)];
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
    let mut evidence = good();
    evidence.journal[0].late = true;
    evidence.sold_at = [(line("1"), time(10))].into();
    evidence.journal[0].settled_at = Some(time(40));
    assert_eq!(judge(&evidence), Verdict::default());
    assert_eq!(slowest_notice(&evidence), Duration::from_secs(30));
    evidence.journal[0].settled_at = Some(time(50));
    assert_eq!(judge(&evidence).unnoticed.len(), 1);
}

/// Two numbers at 1.15 each, the first given back before the second was bought if `in_turn`.
fn purse(ceiling: i64, in_turn: bool) -> Purse {
    let back = if in_turn { 2 } else { 4 };
    let mut changes = vec![
        (time(1), "1".to_owned(), 115),
        (time(back), "1".to_owned(), -115),
        (time(3), "2".to_owned(), 115),
    ];
    changes.sort();
    Purse {
        account: "twilio".to_owned(),
        ceiling,
        changes,
        owed: 115,
        committed: Some(115),
    }
}

#[test]
fn a_ceiling_may_be_passed_by_no_cent_at_no_time() {
    let mut evidence = good();
    for (ceiling, in_turn, cases) in [(115, true, 0), (230, false, 0), (229, false, 1)] {
        evidence.purses = vec![purse(ceiling, in_turn)];
        let verdict = judge(&evidence);
        assert_eq!(verdict.overspent.len(), cases, "{ceiling}: {verdict:?}");
    }
}

#[test]
fn what_came_late_is_owed_whatever_the_ceiling() {
    let mut evidence = good();
    evidence.purses = vec![purse(229, false)];
    evidence.journal[0].late = true;
    assert_eq!(judge(&evidence), Verdict::default());
}

#[test]
fn what_is_committed_must_be_what_is_paid() {
    let mut evidence = good();
    evidence.purses = vec![purse(1_000, true)];
    evidence.purses[0].committed = Some(230);
    assert_eq!(judge(&evidence).overspent.len(), 1);
}
