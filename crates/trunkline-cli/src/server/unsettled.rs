//! Purchases that are not over, and whether a configuration can still ask about them.

use trunkline_core::{Registry, Result};
use trunkline_engine::journal::{Journal, Unsettled};

/// The purchases that no account can be asked about, a line for each account and reason: the upstream identity that they
/// were made with is not configured. A renamed account is asked under its new name.
///
/// # Errors
/// A database that can't be read.
pub(crate) async fn lost<J: Journal + ?Sized>(
    journal: &J,
    accounts: &Registry,
) -> Result<Vec<String>> {
    let is_lost = |row: &Unsettled| {
        let mut entries = accounts.iter();
        !entries.any(|entry| entry.provider.identity() == row.identity)
    };
    let open = journal.unsettled().await?;
    Ok(open.iter().filter(|row| is_lost(row)).map(line).collect())
}

fn line(row: &Unsettled) -> String {
    let (purchases, are) = match row.count {
        1 => ("purchase", "is"),
        _ => ("purchases", "are"),
    };
    format!(
        "{} {purchases} of {} {are} {}, and no account is {} any more",
        row.count,
        row.account,
        row.open.as_str(),
        row.identity,
    )
}
