//! Purchases of one number, those of a person among them, and what an allocation lists.

use super::*;
use crate::accounts::backdated;

/// Another purchase of the number of [`good`], written down and sent at these times.
fn second(state: &str, created: i64, sent: i64) -> Purchase {
    let mut second = purchase("pur_2", "b", state, "1");
    (second.created_at, second.attempts[0].sent_at) = (time(created), Some(time(sent)));
    second.settled_at = Some(time(sent + 1));
    second
}

#[test]
fn purchase_sent_while_another_of_the_number_is_open_is_out_of_turn() {
    for (sent, cases) in [(2, 1), (4, 0)] {
        let mut evidence = good();
        evidence.journal[0].state = "failed".to_owned();
        evidence.charges.clear();
        evidence.owned.clear();
        evidence.requests.clear();
        evidence.journal.push(second("failed", 1, sent));
        let verdict = judge(&evidence);
        assert_eq!(verdict.order.len(), cases, "{sent}: {verdict:?}");
    }
}

#[test]
fn purchase_of_a_won_number_is_out_of_turn_until_it_is_returned() {
    let mut evidence = good();
    evidence.journal.push(second("failed", 4, 6));
    assert_eq!(judge(&evidence).order.len(), 1);
    evidence.releases.push(entry("1", 5));
    assert_eq!(judge(&evidence).order, Vec::<String>::new());
}

#[test]
fn number_that_a_person_held_before_the_look_is_not_won() {
    let mut evidence = good();
    evidence.charges[0].by_person = true;
    assert_eq!(judge(&evidence), Verdict::default());
    evidence.charges[0].at = time(-5);
    assert_eq!(judge(&evidence).phantoms.len(), 1);
}

#[test]
fn record_that_is_dated_back_needs_a_question() {
    let mut evidence = good();
    let line = Line::new(backdated().name(), "1");
    evidence.charges[0].line = line.clone();
    evidence.owned = [line.clone()].into();
    evidence.requests.clear();
    evidence.journal[0].account.clone_from(&line.account);
    evidence.journal[0].attempts[0].account = line.account;
    assert_eq!(judge(&evidence), Verdict::default());
    evidence.backdated = Some((time(0), time(2)));
    assert_eq!(judge(&evidence).unasked.len(), 1);
    evidence.asked = evidence.journal.clone();
    assert!(judge(&evidence).unasked.is_empty());
}

#[test]
fn late_find_after_another_purchase_has_had_the_number_needs_a_question() {
    let mut evidence = late(10);
    evidence.journal[0].settled_at = Some(time(20));
    evidence.journal.push(second("succeeded", 4, 6));
    evidence.releases.push(entry("1", 8));
    assert_eq!(judge(&evidence).unasked.len(), 1);
    evidence.asked = vec![evidence.journal[0].clone()];
    assert!(judge(&evidence).unasked.is_empty());
}

#[test]
fn allocation_lists_its_purchases() {
    let mut evidence = good();
    evidence.journal[0].idempotency_key = "alc_1-1".to_owned();
    let listing = |items: serde_json::Value| {
        let allocation = json!({"id": "alc_1", "items": items});
        vec![serde_json::from_value(allocation).unwrap()]
    };
    evidence.allocations = listing(json!([{"purchase_id": "pur_1", "state": "succeeded"}]));
    assert_eq!(judge(&evidence), Verdict::default());
    for wrong in [
        json!([]),
        json!([{"purchase_id": "pur_1", "state": "failed"}]),
    ] {
        evidence.allocations = listing(wrong);
        assert_eq!(judge(&evidence).untruths.len(), 1);
    }
}
