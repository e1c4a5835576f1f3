//! What purchases take from purses, and give back. All runs within the transaction of what it is for, and last: the
//! row of a purse is what all purchases of an account wait for. Several are locked in the order of their names.

use trunkline_core::{PurchaseId, Result};
use trunkline_engine::spend::{Booking, Charge, Delta, Full, deltas};

use crate::query::{Query, Transaction};
use crate::rows::freed;
use crate::sql;
use crate::write::Step;

/// What is in a purse.
pub(crate) fn find(purse: &str) -> Query {
    sql::FIND_PURSE.query().bind(purse)
}

/// Makes these the charges of a purchase, in place of those that it has, or gives the purse that has no room: all is to
/// be undone then.
pub(crate) async fn replace(
    on: &mut dyn Transaction,
    id: &PurchaseId,
    charges: &[Charge],
    booking: Booking,
) -> Result<Option<Full>> {
    let old = sql::FREE_CHARGES.query().bind(id.as_str()).all(on).await?;
    put(on, id, charges).await?;
    change(on, freed(&old)?, charges, booking).await
}

/// Takes more for a purchase; as [`replace`], which forgets the charges that it has.
pub(crate) async fn add(
    on: &mut dyn Transaction,
    id: &PurchaseId,
    charges: &[Charge],
    booking: Booking,
) -> Result<Option<Full>> {
    put(on, id, charges).await?;
    change(on, Vec::new(), charges, booking).await
}

/// Gives back what a purchase takes every month.
pub(crate) async fn release(on: &mut dyn Transaction, id: &PurchaseId) -> Result<()> {
    let rows = sql::FREE_MONTHLY.query().bind(id.as_str()).all(on).await?;
    change(on, freed(&rows)?, &[], Booking::Owed)
        .await
        .map(drop)
}

/// The statements that take more for a purchase if there is room; none if a purse has no room for that even while it is
/// empty.
pub(crate) fn adding(id: &PurchaseId, charges: &[Charge]) -> Option<Vec<Step>> {
    let mut steps: Vec<_> = charges.iter().map(|charge| charged(id, charge)).collect();
    for (purse, delta) in deltas(Vec::new(), charges, Booking::Bounded) {
        if !delta.fits(0) {
            return None;
        }
        steps.push(moved(&purse, &delta));
    }
    Some(steps.into_iter().map(Step::must).collect())
}

/// Writes down what no other purchase can touch.
async fn put(on: &mut dyn Transaction, id: &PurchaseId, charges: &[Charge]) -> Result<()> {
    for charge in charges {
        charged(id, charge).changed(on).await?;
    }
    Ok(())
}

fn charged(id: &PurchaseId, charge: &Charge) -> Query {
    let query = sql::PUT_CHARGE.query().bind(id.as_str());
    let query = query.bind(charge.purse.as_str()).bind(charge.millionths());
    query.bind(charge.monthly)
}

fn moved(purse: &str, delta: &Delta) -> Query {
    let query = sql::MOVE_PURSE.query().bind(purse);
    query.bind(delta.amount).bind(delta.ceiling)
}

/// Changes what is in the purses, or gives the first that has no room.
async fn change(
    on: &mut dyn Transaction,
    freed: Vec<(String, i64)>,
    charges: &[Charge],
    booking: Booking,
) -> Result<Option<Full>> {
    for (purse, delta) in deltas(freed, charges, booking) {
        // An empty purse has no row whose condition could refuse it.
        if !delta.fits(0) || !moved(&purse, &delta).changed(on).await? {
            let row = find(&purse).row(on).await?;
            let spent = row.map(|row| row.integer("spent")).transpose()?;
            let spent = spent.unwrap_or_default();
            return Ok(Some(Full { purse, spent }));
        }
    }
    Ok(None)
}
