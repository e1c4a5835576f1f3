//! What is called late, what a person is asked, and how many an allocation bought.

use std::time::Duration;

use jiff::SignedDuration;
use trunkline_core::PurchaseState;
use trunkline_core::model::QuestionReason;
use trunkline_engine::journal::Record;

use super::Evidence;
use crate::accounts::SETTLE;
use crate::history::{Course, line_of};
use crate::machine::since_start;

/// How far a carrier's list may lag behind, and how coarse its times are.
const COARSE: Duration = Duration::from_secs(3);

/// What is dated back further than this, whatever the tolerance, and the time that an order takes.
const LONG_BEFORE: SignedDuration = SignedDuration::from_secs(16 * 60);

/// How far records and headers may be apart, with and without a `Date`.
const TOLERANCES: [i64; 2] = [15 * 60_000, 5 * 60_000];

/// Only what was committed after the settling time is late, or was out of the carrier's sight until it was over: a person may
/// have bought it shortly before the order.
pub(super) fn late(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    for record in evidence.journal.iter().filter(|it| it.purchase.late) {
        let (Some(course), Some((kind, number))) = (evidence.course(record), line_of(record))
        else {
            continue;
        };
        let Some(sent) = course.sent.filter(|_| !course.decided) else {
            continue;
        };
        let sales = evidence.controls.ledger(kind).purchases;
        let mut sales = sales.iter().filter(|sale| sale.number == number);
        let came_late = sales.any(|sale| evidence.moment(sale.at) + COARSE >= sent + SETTLE);
        let line = (kind, number.clone());
        let mut hidden = evidence.history.hidden.iter();
        let was_hidden = hidden.any(|(of, from, to)| {
            let over = course.presumed.is_some_and(|at| *to + COARSE >= at);
            *of == line && *from <= sent && over
        });
        if !came_late && !was_hidden {
            let id = &record.purchase.id;
            wrong.push(format!("called late: {id}, which was carried out in time"));
        }
    }
}

/// A person is asked what can't be found out otherwise, and nothing else.
pub(super) fn questions(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    for record in &evidence.journal {
        if let Some(course) = evidence.course(record) {
            needless(evidence, record, course, wrong);
            missing(evidence, record, course, wrong);
        }
    }
}

/// How far the records of the carrier are dated back, in milliseconds, and whether no clock explains that.
fn dated_back(evidence: &Evidence<'_>, course: &Course) -> bool {
    let mut clocks = evidence.plan.clocks.iter();
    let clock = clocks.find(|(kind, _)| *kind == course.line.0);
    clock.is_some_and(|(_, clock)| {
        clock.record_offset_ms < -TOLERANCES[usize::from(clock.send_date)] - 60_000
    })
}

/// Without people in the consoles and ids that are used again, a dispute comes of records that are dated back alone.
fn needless(evidence: &Evidence<'_>, record: &Record, course: &Course, wrong: &mut Vec<String>) {
    let Some((QuestionReason::Disputed, _)) = course.asked else {
        return;
    };
    let plan = evidence.plan;
    let mut others = evidence.history.courses.iter();
    let had = others.any(|(id, it)| {
        id != record.purchase.id.as_str() && it.line == course.line && it.won.is_some()
    });
    let explained = had || plan.reuse || plan.persons.is_some() || plan.jumps.is_some();
    if !explained && !dated_back(evidence, course) {
        let id = &record.purchase.id;
        wrong.push(format!(
            "asked without need: whether {id} bought its number"
        ));
    }
}

/// What was created long before it was ordered, or came after another purchase had the number, is a question.
fn missing(evidence: &Evidence<'_>, record: &Record, course: &Course, wrong: &mut Vec<String>) {
    let (id, line) = (&record.purchase.id, &course.line);
    let won = record.purchase.state == PurchaseState::Succeeded;
    if !won || course.asked.is_some() {
        return;
    }
    // What came late was created later, and may be dated after the order all the same.
    let created = record.attempt().and_then(|attempt| attempt.created_at);
    let long_before = created.zip(course.sent).is_some_and(|(created, sent)| {
        let ordered = SignedDuration::try_from(sent - evidence.start).unwrap_or_default();
        since_start(created) + LONG_BEFORE < ordered
    });
    if long_before && dated_back(evidence, course) && evidence.plan.jumps.is_none() {
        wrong.push(format!(
            "nobody was asked: {id} succeeded, and was created long before it was ordered"
        ));
    }
    let (Some(sent), Some(found), true) = (course.sent, course.won, record.purchase.late) else {
        return;
    };
    let between = evidence.history.courses.iter().find(|(other, it)| {
        other.as_str() != id.as_str()
            && it.line == *line
            && it.won.is_some_and(|won| won > sent && won < found)
    });
    if let Some((other, _)) = between {
        wrong.push(format!(
            "nobody was asked: {id} came late, after {other} had won the number"
        ));
    }
}

/// Where ids are not used again, one that was seen before a purchase was ordered is somebody else's, unless a person says
/// that it is not.
pub(super) fn foreseen(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    let ids = evidence.foreseen.iter().filter(|_| !evidence.plan.reuse);
    for id in ids {
        let course = evidence.history.courses.get(id.as_str());
        let won = course.is_some_and(|it| it.state == PurchaseState::Succeeded && !it.decided);
        if won {
            wrong.push(format!(
                "phantom: {id} has won a number under an id that was seen before it was ordered"
            ));
        }
    }
}

/// An allocation buys no more numbers than it was asked for.
pub(super) fn allocations(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    for record in &evidence.allocations {
        let (id, count) = (&record.allocation.id, record.allocation.count);
        let of_item = format!("{id}-");
        let bought = evidence.journal.iter().filter(|record| {
            let purchase = &record.purchase;
            purchase.state == PurchaseState::Succeeded
                && purchase.idempotency_key.as_str().starts_with(&of_item)
        });
        let ids: Vec<_> = bought.map(|it| it.purchase.id.to_string()).collect();
        if ids.len() > count {
            let ids = ids.join(", ");
            wrong.push(format!("double: {id} wanted {count} and bought {ids}"));
        }
    }
}
