//! Our own work, written through in the transaction of its audit row and event.

use trunkline_admin::chronicle::Trail;
use trunkline_core::inventory::{HoldingState, InventoryEntry};
use trunkline_core::{NumberId, Result};
use trunkline_engine::action::now;
use trunkline_engine::inventory::{HeldNow, HoldingKey, HoldingStep, held_now};
use trunkline_engine::journal::Annotation;

use super::keep::{Force, new, put};
use super::rows;
use crate::query::{Query, Transaction};
use crate::rows::{document, json};
use crate::sql;
use crate::write::Step;

/// Writes what a change leaves behind: audit rows, events, and the inventory.
pub(crate) async fn leave(on: &mut dyn Transaction, trail: &Trail) -> Result<()> {
    on.leave(trail).await?;
    for step in &trail.steps {
        write(on, step).await?;
    }
    Ok(())
}

async fn write(on: &mut dyn Transaction, step: &HoldingStep) -> Result<()> {
    match step {
        HoldingStep::Begun(key) => touch(on, key, true).await,
        HoldingStep::Over(key) => touch(on, key, false).await,
        HoldingStep::Held(held) => hold(on, held).await,
        HoldingStep::Released(key) => move_to(on, key, HoldingState::Gone).await,
        HoldingStep::Returned(key, _) => move_to(on, key, HoldingState::Held).await,
    }
}

/// The statements that write a change through to the inventory if nothing stands in their way, none of which needs what
/// another one gives; `None` if one does.
///
/// # Errors
/// `Internal` if a value can't be written down.
pub(crate) fn at_once(trail: &Trail) -> Result<Option<Vec<Step>>> {
    if let [HoldingStep::Held(held)] = trail.steps.as_slice() {
        return bought(held);
    }
    let steps = trail.steps.iter().map(|step| match step {
        HoldingStep::Begun(key) => Some(Step::must(touched(key, true))),
        HoldingStep::Over(key) => Some(Step::must(touched(key, false))),
        _ => None,
    });
    Ok(steps.collect())
}

/// The statements for a number that the inventory does not have, as one that was just bought.
fn bought(held: &HeldNow) -> Result<Option<Vec<Step>>> {
    let entry = held_now(None, held, now());
    if !entry.number.tags.is_empty() {
        return Ok(None);
    }
    let touch = match held.over {
        true => Step::may(touches_over(held)),
        false => {
            let key = HoldingKey::new(&held.identity, &held.number.provider_id);
            Step::must(touched(&key, true))
        }
    };
    Ok(Some(vec![Step::must(new(&entry)?), touch]))
}

fn touches_over(held: &HeldNow) -> Query {
    let query = sql::FORGET_TOUCHES.query().bind(held.identity.as_str());
    let query = query.bind(held.number.provider_id.as_str());
    query.bind(held.number.number.as_deref())
}

fn touched(key: &HoldingKey, open: bool) -> Query {
    let query = sql::PUT_TOUCH.query().bind(key.identity.as_str());
    query.bind(key.key.as_str()).bind(open)
}

async fn touch(on: &mut dyn Transaction, key: &HoldingKey, open: bool) -> Result<()> {
    touched(key, open).count(on).await.map(drop)
}

/// Writes that something is about to be sent about a number.
pub(crate) async fn begun(on: &mut dyn Transaction, identity: &str, key: &str) -> Result<()> {
    touch(on, &HoldingKey::new(identity, key), true).await
}

async fn move_to(on: &mut dyn Transaction, key: &HoldingKey, state: HoldingState) -> Result<()> {
    let query = sql::MOVE_INVENTORY.query().bind(key.identity.as_str());
    let query = query.bind(key.key.as_str()).bind(state.as_str());
    query.count(on).await?;
    touch(on, key, false).await
}

/// The record of a number, whatever its state.
async fn find(
    on: &mut dyn Transaction,
    identity: &str,
    id: &str,
) -> Result<Option<InventoryEntry>> {
    let query = sql::LIST_KNOWN_ENTRIES.query().bind(identity);
    let row = query.bind(json(&[id])?).row(on).await?;
    row.as_ref().map(rows::entry).transpose()
}

async fn note(on: &mut dyn Transaction, id: &NumberId) -> Result<Option<Annotation>> {
    let row = sql::FIND_ANNOTATION
        .query()
        .bind(id.as_str())
        .row(on)
        .await?;
    row.map(|row| document(&row, "annotations")).transpose()
}

async fn hold(on: &mut dyn Transaction, held: &HeldNow) -> Result<()> {
    let id = held.number.provider_id.as_str();
    let before = find(on, &held.identity, id).await?;
    if !held.is_given_back(before.as_ref()) {
        keep(on, held, before.as_ref()).await?;
    }
    if !held.over {
        return begun(on, &held.identity, id).await;
    }
    touches_over(held).count(on).await.map(drop)
}

async fn keep(
    on: &mut dyn Transaction,
    held: &HeldNow,
    before: Option<&InventoryEntry>,
) -> Result<()> {
    let known = before.filter(|it| it.inventory.state != HoldingState::Gone);
    let mut entry = held_now(before, held, now());
    if known.is_none() {
        let note = note(on, &entry.number.id).await?.unwrap_or_default();
        (entry.number.tags, entry.number.protected) = (note.tags, note.protected);
    }
    put(on, &entry, Force::Work).await
}

/// Sets tags and protection of a number that is remembered.
pub(crate) async fn annotate(
    on: &mut dyn Transaction,
    id: &NumberId,
    note: &Annotation,
) -> Result<()> {
    let shelf = sql::FIND_SHELF.query().bind(id.account()).row(on).await?;
    let Some(shelf) = shelf else {
        return Ok(());
    };
    let found = find(on, &shelf.text("identity")?, id.provider_id()).await?;
    let Some(mut entry) = found else {
        return Ok(());
    };
    entry.number.tags.clone_from(&note.tags);
    entry.number.protected = note.protected;
    put(on, &entry, Force::Tags).await
}
