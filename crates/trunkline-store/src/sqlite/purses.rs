//! What purchases take from purses, and give back. All runs within the transaction of what it is for.

use trunkline_core::{PurchaseId, Result};
use trunkline_engine::spend::{Booking, Charge, Delta, Full, deltas};

use crate::rows::{Cells, freed};
use crate::sqlite::query::Query;
use crate::sqlite::statement;
use crate::sqlite::writer::Transaction;

statement!(MOVE_PURSE: MOVE_PURSE);
statement!(FIND_PURSE: FIND_PURSE);
statement!(PUT_CHARGE: PUT_CHARGE);
statement!(FREE_CHARGES: FREE_CHARGES);
statement!(FREE_MONTHLY: FREE_MONTHLY);

/// What is in a purse.
pub(super) fn find(purse: &str) -> Query {
    FIND_PURSE.query().bind(purse.to_owned())
}

/// Takes the charges of a purchase that has none yet, or gives the purse that has no room: all is to be undone then.
pub(super) async fn take(
    on: &mut Transaction<'_>,
    id: &PurchaseId,
    charges: &[Charge],
) -> Result<Option<Full>> {
    book(on, (id, charges, Booking::Bounded), Vec::new()).await
}

/// Makes these the charges of a purchase, in place of those that it has; otherwise as [`take`].
pub(super) async fn replace(
    on: &mut Transaction<'_>,
    id: &PurchaseId,
    charges: &[Charge],
    booking: Booking,
) -> Result<Option<Full>> {
    let query = FREE_CHARGES.query().bind(id.as_str().to_owned());
    let old = freed(&on.then(query).await?.rows)?;
    book(on, (id, charges, booking), old).await
}

/// Takes more for a purchase, whatever the ceilings.
pub(super) async fn add(
    on: &mut Transaction<'_>,
    id: &PurchaseId,
    charges: &[Charge],
) -> Result<()> {
    book(on, (id, charges, Booking::Owed), Vec::new())
        .await
        .map(drop)
}

/// Gives back what a purchase takes every month.
pub(super) async fn release(on: &mut Transaction<'_>, id: &PurchaseId) -> Result<()> {
    let query = FREE_MONTHLY.query().bind(id.as_str().to_owned());
    for (purse, delta) in deltas(freed(&on.then(query).await?.rows)?, &[], Booking::Owed) {
        change(on, &purse, delta).await?;
    }
    Ok(())
}

async fn book(
    on: &mut Transaction<'_>,
    (id, charges, booking): (&PurchaseId, &[Charge], Booking),
    old: Vec<(String, i64)>,
) -> Result<Option<Full>> {
    for (purse, delta) in deltas(old, charges, booking) {
        if !change(on, &purse, delta).await? {
            let rows = on.then(find(&purse)).await?.rows;
            let spent = rows.first().map(|row| row.integer("spent")).transpose()?;
            let spent = spent.unwrap_or_default();
            return Ok(Some(Full { purse, spent }));
        }
    }
    for charge in charges {
        let query = PUT_CHARGE
            .query()
            .bind(id.as_str().to_owned())
            .bind(charge.purse.clone())
            .bind(charge.millionths())
            .bind(charge.monthly);
        on.then(query).await?;
    }
    Ok(None)
}

/// Changes what is in a purse; `false` if it has no room.
async fn change(on: &mut Transaction<'_>, purse: &str, delta: Delta) -> Result<bool> {
    // An empty purse has no row whose condition could refuse it.
    if !delta.fits(0) {
        return Ok(false);
    }
    let query = MOVE_PURSE
        .query()
        .bind(purse.to_owned())
        .bind(delta.amount)
        .bind(delta.ceiling);
    Ok(on.then(query).await?.all_changed())
}
