//! What looks and answers say about a purchase.

use super::*;

/// What the journal knows of `PN1`, from the view of the purchase that was dispatched.
fn known() -> KnownId {
    KnownId {
        provider_id: "PN1".into(),
        created_at: Some(at(-9_000)),
        seen_before: true,
        won_by: None,
        won_at: None,
        released_at: None,
    }
}

fn other() -> trunkline_core::model::PurchaseId {
    trunkline_core::model::PurchaseId::generate(at(-9_000))
}

fn with(known: KnownId) -> Evidence {
    Evidence {
        known: vec![known],
        ..evidence()
    }
}

/// The carrier's header is ahead of its records, or behind them: nobody else can have bought it in that time.
#[test]
fn number_is_ours_as_long_as_clocks_explain_its_creation_time() {
    let attempt = dispatched().attempt().cloned().unwrap();
    for created in [Some(10 - 300), Some(9), Some(10), Some(610), None] {
        let look = evidence().of_look(&attempt, &held(created), None);
        let answer = evidence().of_answer(&attempt, &row("PN1", created));
        let ours = Verdict::Ours(row("PN1", created));
        assert_eq!((&look, &answer), (&ours, &ours), "{created:?}");
    }
    let wide = Evidence {
        tolerance: trunkline_core::TOLERANCE_OF_OURS,
        ..evidence()
    };
    let verdict = wide.of_look(&attempt, &held(Some(10 - 840)), None);
    assert!(matches!(verdict, Verdict::Ours(_)), "{verdict:?}");
}

#[test]
fn number_created_long_before_it_was_ordered_is_disputed_and_never_plainly_failed() {
    let events: [Event; 2] = [
        ("answer", |r| {
            r.confirm(&answer(Some(-591)), &evidence(), at(11))
        }),
        ("look", |r| {
            r.lose(at(11)) && r.see(&held(Some(-591)), &evidence(), at(12))
        }),
    ];
    for (name, event) in events {
        let mut record = dispatched();
        assert!(event(&mut record), "{name}");
        let purchase = &record.purchase;
        let question = purchase.needs_person.as_ref().unwrap();
        assert_eq!(purchase.state, Failed, "{name}");
        assert_eq!(question.why, QuestionReason::Disputed);
        assert_eq!(question.provider_id.as_deref(), Some("PN1"));
        assert_eq!(
            (question.created_at, question.t0),
            (Some(at(-591)), Some(at(10)))
        );
        let error = purchase.error.as_ref().unwrap();
        assert_eq!(
            (error.kind(), error.effect()),
            (ErrorKind::Conflict, Effect::Unknown)
        );
        assert!(!record.may_start_over(), "the key must not buy again");
        let mut ours = record.clone();
        assert!(ours.resolve(Some("PN1"), "in the console", at(60)));
        assert_eq!(
            (ours.purchase.state, ours.purchase.late),
            (Succeeded, false)
        );
        assert!(ours.purchase.needs_person.is_none() && ours.may_be_shared());
        assert!(record.resolve(None, "a colleague bought it", at(60)));
        assert_eq!(record.purchase.state, Failed);
        assert!(
            !record.see(&held(Some(-591)), &evidence(), at(90)),
            "the id is never ours again"
        );
        assert!(record.see(
            &Sighting::of(vec![row("PN2", Some(50))], None),
            &evidence(),
            at(90)
        ));
        assert_eq!(record.purchase.state, Succeeded);
    }
}

#[test]
fn every_row_of_a_look_counts() {
    let attempt = dispatched().attempt().cloned().unwrap();
    let old = KnownId {
        provider_id: "PN0".into(),
        ..known()
    };
    let rows = vec![row("PN0", Some(-9_000)), row("PN1", Some(12))];
    let verdict = with(old).of_look(&attempt, &Sighting::of(rows, None), None);
    assert_eq!(verdict, Verdict::Ours(row("PN1", Some(12))));
}

#[test]
fn id_that_was_seen_before_counts_as_absent_in_a_look_and_is_disputed_in_an_answer() {
    let attempt = dispatched().attempt().cloned().unwrap();
    let seen = row("PN1", Some(-9_000));
    let held = Sighting::of(vec![seen.clone()], None);
    assert_eq!(
        with(known()).of_look(&attempt, &held, None),
        Verdict::Absent
    );
    let asks = Verdict::Asks(QuestionReason::Disputed, seen.clone());
    assert_eq!(with(known()).of_answer(&attempt, &seen), asks);
    let from_numbers = Evidence {
        ids_are_numbers: true,
        ..with(known())
    };
    let seen = row("PN1", Some(12));
    let held = Sighting::of(vec![seen.clone()], None);
    let ours = Verdict::Ours(seen);
    assert_eq!(from_numbers.of_look(&attempt, &held, None), ours);
}

/// A person had the number and gave it back, and our order got it under the same id; its answer was lost.
#[test]
fn id_that_was_seen_before_and_is_created_anew_is_a_question() {
    let attempt = dispatched().attempt().cloned().unwrap();
    let anew = row("PN1", Some(12));
    let held = Sighting::of(vec![anew.clone()], None);
    let asks = Verdict::Asks(QuestionReason::Disputed, anew);
    assert_eq!(with(known()).of_look(&attempt, &held, None), asks);
    let undated = KnownId {
        created_at: None,
        ..known()
    };
    let verdict = with(undated).of_look(&attempt, &held, None);
    assert_eq!(verdict, Verdict::Absent);
}

#[test]
fn id_that_another_purchase_holds_is_not_ours() {
    let attempt = dispatched().attempt().cloned().unwrap();
    let won = KnownId {
        won_by: Some(other()),
        ..known()
    };
    let seen = row("PN1", Some(12));
    let verdict = with(won.clone()).of_answer(&attempt, &seen);
    assert!(matches!(verdict, Verdict::Won { .. }), "{verdict:?}");
    let mut record = dispatched();
    assert!(record.confirm(&answer(Some(12)), &with(won), at(11)));
    assert_eq!(record.purchase.state, Failed);
    assert!(record.purchase.needs_person.is_none());
    let error = record.purchase.error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Conflict);
}

/// No carrier promises that ids are not used again.
#[test]
fn id_that_we_gave_back_is_ours_only_if_it_was_created_anew() {
    let attempt = dispatched().attempt().cloned().unwrap();
    let given_back = KnownId {
        won_by: Some(other()),
        released_at: Some(at(-60)),
        ..known()
    };
    let anew = row("PN1", Some(12));
    let ours = Verdict::Ours(anew.clone());
    let held = Sighting::of(vec![anew.clone()], None);
    assert_eq!(with(given_back.clone()).of_answer(&attempt, &anew), ours);
    assert_eq!(
        with(given_back.clone()).of_look(&attempt, &held, None),
        ours
    );
    // Created after the one that we gave back, and long before the order: our clocks may have jumped.
    let between = row("PN1", Some(-361));
    let held_between = Sighting::of(vec![between.clone()], None);
    assert_eq!(
        with(given_back.clone()).of_look(&attempt, &held_between, None),
        Verdict::Asks(QuestionReason::Disputed, between)
    );
    for stale in [Some(-9_000), None] {
        let stale = row("PN1", stale);
        let held = Sighting::of(vec![stale.clone()], None);
        let asks = Verdict::Asks(QuestionReason::Disputed, stale.clone());
        assert_eq!(with(given_back.clone()).of_answer(&attempt, &stale), asks);
        assert_eq!(
            with(given_back.clone()).of_look(&attempt, &held, None),
            Verdict::Absent
        );
    }
    // Nobody knows when the one that we gave back was created: only what came after the release is surely another.
    let undated = with(KnownId {
        created_at: None,
        ..given_back.clone()
    });
    let at_release = Sighting::of(vec![row("PN1", Some(-60))], None);
    assert!(matches!(
        undated.of_look(&attempt, &at_release, None),
        Verdict::Asks(QuestionReason::Disputed, _)
    ));
    assert_eq!(undated.of_look(&attempt, &held, None), ours);
    // A record whose clock is hours ahead says nothing by being later than our release: it is no number of ours for sure.
    let ahead = KnownId {
        created_at: Some(at(12)),
        ..given_back
    };
    let asks = Verdict::Asks(QuestionReason::Disputed, anew);
    assert_eq!(with(ahead).of_look(&attempt, &held, None), asks);
}

/// The carrier's records are behind our clock: the row is dated before our release, and after the row before it.
#[test]
fn number_sold_again_under_its_id_is_ours_though_records_are_behind_our_clock() {
    let attempt = dispatched().attempt().cloned().unwrap();
    let given_back = KnownId {
        won_by: Some(other()),
        released_at: Some(at(8)),
        ..known()
    };
    for created in [7, 5, 8 - 290] {
        let anew = row("PN1", Some(created));
        let held = Sighting::of(vec![anew.clone()], None);
        let ours = Verdict::Ours(anew.clone());
        assert_eq!(
            with(given_back.clone()).of_look(&attempt, &held, None),
            ours
        );
        assert_eq!(with(given_back.clone()).of_answer(&attempt, &anew), ours);
    }
    let unknown_before = KnownId {
        created_at: None,
        ..given_back
    };
    let old = row("PN1", Some(7));
    let held = Sighting::of(vec![old.clone()], None);
    assert_eq!(
        with(unknown_before).of_look(&attempt, &held, None),
        Verdict::Asks(QuestionReason::Disputed, old)
    );
}

/// Won, given back and sold again under its id within a second, and the answer is lost.
#[test]
fn number_sold_again_under_its_id_in_the_same_second_is_a_question() {
    let given_back = KnownId {
        created_at: Some(at(10)),
        won_by: Some(other()),
        won_at: Some(at(10)),
        released_at: Some(at(10)),
        ..known()
    };
    let held = held(Some(10));
    let mut record = dispatched();
    assert!(record.lose(at(11)) && record.see(&held, &with(given_back.clone()), at(12)));
    let question = record.purchase.needs_person.as_ref();
    let why = question.map(|question| question.why);
    assert_eq!(why, Some(QuestionReason::Disputed));
    let mut late = presumed();
    assert!(late.see(&held, &with(given_back.clone()), at(90)));
    assert!(late.purchase.needs_person.is_some());
    // The clock by which it was won has jumped, and the carrier's own says that it was a moment ago.
    let attempt = dispatched().attempt().cloned().unwrap();
    let jumped = KnownId {
        won_at: Some(at(10 - 9_000)),
        ..given_back.clone()
    };
    let verdict = with(jumped).of_look(&attempt, &held, None);
    assert!(
        matches!(verdict, Verdict::Asks(QuestionReason::Disputed, _)),
        "{verdict:?}"
    );
    // Won long before: a row of that time is the one that was given back.
    let then = 10 - 301;
    let long_ago = KnownId {
        created_at: Some(at(then)),
        won_at: Some(at(then)),
        ..given_back
    };
    let verdict = with(long_ago).of_look(&attempt, &self::held(Some(then)), None);
    assert_eq!(verdict, Verdict::Absent);
}

/// Created later than the row that we gave back, by the carrier's clock; the database's clock was far ahead at the release.
#[test]
fn number_sold_again_under_its_id_before_a_release_that_was_dated_ahead_is_a_question() {
    let given_back = KnownId {
        created_at: Some(at(2)),
        won_by: Some(other()),
        won_at: Some(at(2 - 400)),
        released_at: Some(at(10 + 301)),
        ..known()
    };
    let evidence = with(given_back);
    let attempt = dispatched().attempt().cloned().unwrap();
    let verdict = evidence.of_look(&attempt, &held(Some(10)), None);
    assert!(
        matches!(verdict, Verdict::Asks(QuestionReason::Disputed, _)),
        "{verdict:?}"
    );
    // A row of the same second is either one.
    let same = evidence.of_look(&attempt, &held(Some(2)), None);
    assert!(
        matches!(same, Verdict::Asks(QuestionReason::Disputed, _)),
        "{same:?}"
    );
}

fn presumed() -> Record {
    let mut record = dispatched();
    assert!(record.lose(at(11)) && record.presume_failed(Duration::from_secs(30), at(41)));
    record
}

#[test]
fn late_find_beyond_the_hour_is_a_question() {
    let hour = 3_600;
    let mut in_time = presumed();
    assert!(in_time.see(&held(Some(10 + hour)), &evidence(), at(90_000)));
    assert_eq!(
        (in_time.purchase.state, in_time.purchase.late),
        (Succeeded, true)
    );
    for (created, now) in [(Some(11 + hour), 90_000), (None, 11 + hour)] {
        let mut late = presumed();
        assert!(late.see(&held(created), &evidence(), at(now)));
        let question = late.purchase.needs_person.clone().unwrap();
        assert_eq!(
            (late.purchase.state, question.why),
            (Failed, QuestionReason::Late)
        );
        assert!(
            !late.see(&held(created), &evidence(), at(now + 9)),
            "it is asked once"
        );
        assert!(late.resolve(Some("PN1"), "ours", at(now + 10)));
        assert_eq!((late.purchase.state, late.purchase.late), (Succeeded, true));
    }
}

/// Under another id, or under one that was known before: a carrier may use its ids again.
#[test]
fn number_that_another_purchase_has_had_since_is_a_question() {
    let won = KnownId {
        won_by: Some(other()),
        won_at: Some(at(60)),
        released_at: Some(at(300)),
        ..known()
    };
    let another = KnownId {
        provider_id: "PN7".into(),
        seen_before: false,
        won_at: None,
        ..won.clone()
    };
    for since in [another, won] {
        let mut record = presumed();
        assert!(record.see(&held(Some(400)), &with(since), at(500)));
        let why = record.purchase.needs_person.map(|question| question.why);
        assert_eq!(why, Some(QuestionReason::Late));
    }
}

#[test]
fn question_ends_when_its_number_is_gone_or_won_by_another() {
    let disputed = || {
        let mut record = dispatched();
        assert!(record.confirm(&answer(Some(-600)), &evidence(), at(11)));
        record
    };
    let mut gone = disputed();
    assert!(gone.drop_question(Duration::from_secs(30)));
    let kind = |record: &Record| record.purchase.error.as_ref().map(Error::kind);
    assert_eq!(
        (gone.purchase.state, kind(&gone)),
        (Failed, Some(ErrorKind::Timeout))
    );
    assert!(gone.attempt().unwrap().presumed, "it is watched on");
    let mut won = disputed();
    assert!(
        !won.see_anothers("PN9", at(20)),
        "a question about another id stays"
    );
    assert!(won.see_anothers("PN1", at(20)));
    assert_eq!(won.purchase.needs_person, None);
    assert_eq!(kind(&won), Some(ErrorKind::Conflict));
}

#[test]
fn records_of_earlier_versions_are_read() {
    let look = r#"{"seen":"held","provider_id":"PN1","created_at":"2026-09-21T14:13:20Z","carrier_time":null}"#;
    let look: Sighting = serde_json::from_str(look).unwrap();
    assert_eq!(look.rows, [row("PN1", Some(0))]);
    let look: Sighting = serde_json::from_str(r#"{"seen":"absent","carrier_time":null}"#).unwrap();
    assert!(!look.is_held());
}
