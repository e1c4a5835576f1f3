//! Purchases whose outcome is open, and whether a configuration can still ask about them.

use std::collections::BTreeSet;

use trunkline_core::service::Store;
use trunkline_core::service::journal::{PurchaseFilter, Record};
use trunkline_core::{PurchaseState, Registry, Result, Tenant};

/// The purchases that accounts have lost sight of, a line each: an account that was removed, or points at another
/// identity, can't be asked what became of them. `before` are accounts that these take the place of.
///
/// # Errors
/// A database that can't be read.
pub(crate) async fn lost(
    store: &dyn Store,
    accounts: &Registry,
    before: Option<&Registry>,
) -> Result<Vec<String>> {
    let configured = [Some(accounts), before].into_iter().flatten();
    let configured = configured.flat_map(Registry::iter);
    let mut tenants: BTreeSet<Tenant> = configured.map(|entry| entry.tenant.clone()).collect();
    tenants.insert(Tenant::default());
    let mut lost = Vec::new();
    for tenant in &tenants {
        let open = PurchaseState::ALL
            .into_iter()
            .filter(|state| !state.is_settled());
        for state in open {
            let filter = PurchaseFilter {
                state: Some(state),
                ..PurchaseFilter::default()
            };
            let open = store
                .purchases(tenant, &filter, usize::from(u16::MAX))
                .await?;
            lost.extend(
                open.iter()
                    .filter_map(|record| out_of_sight(accounts, record)),
            );
        }
    }
    Ok(lost)
}

fn out_of_sight(accounts: &Registry, record: &Record) -> Option<String> {
    let attempt = record.purchase.attempts.last()?;
    let account = accounts.get(attempt.account.as_str());
    let why = match account.as_ref().map(|entry| entry.provider.identity()) {
        Some(identity) if identity == attempt.identity => return None,
        Some(identity) => format!("is {identity} now, and was {}", attempt.identity),
        None => "is gone".to_owned(),
    };
    let purchase = &record.purchase;
    Some(format!(
        "{}: {} at {}, which {why}",
        purchase.id, purchase.number, purchase.account
    ))
}
