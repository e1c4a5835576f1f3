//! What is noted of numbers by their ids, when their account gets another name: tags, protection, releases that wait.

use trunkline_core::{AccountName, NumberId, Result};

use super::shelves::Named;
use crate::query::Transaction;
use crate::rows::{id_field, number_id};
use crate::sql;

/// Moves what is noted to the ids that the numbers have under the new names. Accounts may have swapped their names, so
/// everything is taken away before anything is put.
pub(super) async fn follow(on: &mut dyn Transaction, named: &[Named<'_>]) -> Result<()> {
    let mut notes = Vec::new();
    let mut waiting = Vec::new();
    for Named { old, new } in named {
        let (from, to) = (format!("{old}:"), format!("{old};"));
        let query = sql::LIST_ANNOTATIONS_BETWEEN.query();
        for row in query.bind(from.as_str()).bind(to.as_str()).all(on).await? {
            notes.push((number_id(&row)?, &new.account, row.text("doc")?));
        }
        let query = sql::LIST_WAITING_BETWEEN.query();
        for row in query.bind(from.as_str()).bind(to.as_str()).all(on).await? {
            waiting.push((row.integer("seq")?, number_id(&row)?, &new.account));
        }
        let query = sql::RENAME_MISSING.query().bind(new.identity.as_str());
        query.bind(new.account.as_str()).changed(on).await?;
    }
    for (old, ..) in &notes {
        let query = sql::FORGET_ANNOTATION.query().bind(old.as_str());
        query.changed(on).await?;
    }
    for (old, account, doc) in notes {
        let id = moved(&old, account)?;
        let query = sql::PUT_ANNOTATION.query().bind(id.as_str());
        query.bind(doc).changed(on).await?;
    }
    for (place, ..) in &waiting {
        let query = sql::MOVE_RELEASE.query().bind(*place);
        let query = query.bind(format!(":{place}")).bind("").bind("");
        query.changed(on).await?;
    }
    for (place, old, account) in waiting {
        let id = moved(&old, account)?;
        if !put(on, place, &old, &id).await? {
            // An earlier release has the id: this one stays where it was.
            put(on, place, &old, &old).await?;
        }
    }
    Ok(())
}

async fn put(on: &mut dyn Transaction, place: i64, old: &NumberId, id: &NumberId) -> Result<bool> {
    let query = sql::MOVE_RELEASE.query().bind(place).bind(id.as_str());
    let query = query.bind(id_field(old)?).bind(id_field(id)?);
    query.changed(on).await
}

fn moved(old: &NumberId, account: &AccountName) -> Result<NumberId> {
    NumberId::of(account, old.provider_id())
}
