//! What purchases take from purses, and give back. All runs within the transaction of what it is for, and last: the
//! row of a purse is what all purchases of an account wait for. Several are locked in the order of their names.

use sqlx::postgres::PgConnection;
use trunkline_core::PurchaseId;
use trunkline_engine::spend::{Booking, Charge, Delta, Full, deltas};

use crate::postgres::query::Query;
use crate::postgres::statement;
use crate::postgres::transaction::Trouble;
use crate::rows::{Cells, freed};

statement!(
    MOVE_PURSE,
    FIND_PURSE,
    PUT_CHARGE,
    FREE_CHARGES,
    FREE_MONTHLY,
);

/// What is in a purse.
pub(super) fn find(purse: &str) -> Query {
    FIND_PURSE.query().bind(purse)
}

/// Takes the charges of a purchase that has none yet, or gives the purse that has no room: all is to be undone then.
pub(super) async fn take(
    on: &mut PgConnection,
    id: &PurchaseId,
    charges: &[Charge],
) -> Result<Option<Full>, Trouble> {
    book(on, (id, charges, Booking::Bounded), Vec::new()).await
}

/// Makes these the charges of a purchase, in place of those that it has; otherwise as [`take`].
pub(super) async fn replace(
    on: &mut PgConnection,
    id: &PurchaseId,
    charges: &[Charge],
    booking: Booking,
) -> Result<Option<Full>, Trouble> {
    let old = FREE_CHARGES.query().bind(id.as_str()).all(on).await?;
    book(on, (id, charges, booking), freed(&old)?).await
}

/// Takes more for a purchase, whatever the ceilings.
pub(super) async fn add(
    on: &mut PgConnection,
    id: &PurchaseId,
    charges: &[Charge],
) -> Result<(), Trouble> {
    book(on, (id, charges, Booking::Owed), Vec::new())
        .await
        .map(drop)
}

/// Gives back what a purchase takes every month.
pub(super) async fn release(on: &mut PgConnection, id: &PurchaseId) -> Result<(), Trouble> {
    let rows = FREE_MONTHLY.query().bind(id.as_str()).all(on).await?;
    for (purse, delta) in deltas(freed(&rows)?, &[], Booking::Owed) {
        change(on, &purse, delta).await?;
    }
    Ok(())
}

async fn book(
    on: &mut PgConnection,
    (id, charges, booking): (&PurchaseId, &[Charge], Booking),
    old: Vec<(String, i64)>,
) -> Result<Option<Full>, Trouble> {
    // What no other purchase can touch comes first.
    for charge in charges {
        let query = PUT_CHARGE
            .query()
            .bind(id.as_str())
            .bind(charge.purse.as_str())
            .bind(charge.millionths())
            .bind(i64::from(charge.monthly));
        query.changed(on).await?;
    }
    for (purse, delta) in deltas(old, charges, booking) {
        if !change(on, &purse, delta).await? {
            let row = find(&purse).row(on).await?;
            let spent = row.map(|row| row.integer("spent")).transpose()?;
            let spent = spent.unwrap_or_default();
            return Ok(Some(Full { purse, spent }));
        }
    }
    Ok(None)
}

/// Changes what is in a purse; `false` if it has no room.
async fn change(on: &mut PgConnection, purse: &str, delta: Delta) -> Result<bool, Trouble> {
    // An empty purse has no row whose condition could refuse it.
    if !delta.fits(0) {
        return Ok(false);
    }
    let query = MOVE_PURSE
        .query()
        .bind(purse)
        .bind(delta.amount)
        .bind(delta.ceiling);
    query.changed(on).await
}
