//! Open purchases whose account is no longer configured.

use trunkline_core::{Registry, Result};
use trunkline_engine::journal::{Journal, Unsettled};

/// The purchases that no account can ask about, one line for each account and reason: the upstream identity that made
/// them is not configured. A renamed account keeps its identity.
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
