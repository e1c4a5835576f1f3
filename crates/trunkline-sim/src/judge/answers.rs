//! What clients were told, and what their keys answer in the end, against the journal.

use std::collections::BTreeMap;

use trunkline_core::PurchaseState;
use trunkline_engine::buy::Bought;
use trunkline_engine::journal::Record;

use super::Evidence;
use crate::client::Told;

/// What clients were told stays so, but for what came late.
pub(super) fn told(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    let journal: BTreeMap<_, _> = evidence
        .journal
        .iter()
        .map(|record| (record.purchase.id.as_str(), record))
        .collect();
    for (want, told) in &evidence.told {
        let key = &want.key;
        match told {
            Told::Done(was) => {
                let id = was.purchase.id.as_str();
                let Some(is) = journal.get(id) else {
                    wrong.push(format!(
                        "told wrong: {key} was told of {id}, which is not there"
                    ));
                    continue;
                };
                // While a person is asked the outcome is open.
                let asked = |record: &Record| record.purchase.needs_person.is_some();
                let decided = evidence.course(is).is_some_and(|course| course.decided);
                let late = is.purchase.late || decided || asked(is) || asked(was);
                let same = is.purchase.state == was.purchase.state
                    && is.purchase.number_id == was.purchase.number_id;
                let may_change = was.purchase.state == PurchaseState::Failed && late;
                if !same && !may_change {
                    let (then, now) = (was.purchase.state.as_str(), is.purchase.state.as_str());
                    wrong.push(format!(
                        "told wrong: {key} was told that {id} has {then}, it has {now}"
                    ));
                }
            }
            Told::Refused(error, asked) => {
                let bought = evidence.before.iter().find(|record| {
                    record.purchase.idempotency_key.as_str() == key
                        && record.purchase.state == PurchaseState::Succeeded
                        && !record.purchase.late
                        // Another client of the key may have begun it since.
                        && evidence.course(record).is_some_and(|it| it.begun < *asked)
                });
                if let Some(record) = bought {
                    let id = &record.purchase.id;
                    wrong.push(format!(
                        "told wrong: {key} was told {error}, and {id} has succeeded"
                    ));
                }
            }
            Told::Mismatch => wrong.push(format!("told wrong: {key} was told of a mismatch")),
            Told::Nothing(last) => wrong.push(format!("unanswered: {key}, {last}")),
        }
    }
}

/// In the end a key answers at every gateway what the journal says.
pub(super) fn replayed(evidence: &Evidence<'_>, wrong: &mut Vec<String>) {
    for (want, answer) in &evidence.replayed {
        let key = &want.key;
        let same = |record: &&Record| record.purchase.idempotency_key.as_str() == key;
        let won = evidence.journal.iter().filter(same);
        let won = won
            .filter(|record| record.purchase.state == PurchaseState::Succeeded)
            // A person may have decided it after the answer.
            .filter(|record| evidence.course(record).is_none_or(|course| !course.decided))
            .map(|record| &record.purchase.id)
            .next();
        match (answer, won) {
            (None, _) => wrong.push(format!("unanswered: {key}, in the end")),
            (Some(Ok(Bought::Mismatch)), _) => {
                wrong.push(format!(
                    "told wrong: {key} answers with a mismatch in the end"
                ));
            }
            (Some(Ok(Bought::Purchase { record, .. })), Some(won))
                if record.purchase.id == *won
                    && record.purchase.state == PurchaseState::Succeeded => {}
            (_, Some(won)) => {
                wrong.push(format!(
                    "told wrong: {key} does not answer with {won} in the end"
                ));
            }
            (_, None) => {}
        }
    }
}
