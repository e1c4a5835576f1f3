//! Asking how verification calls went, where nobody tells.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::CallerIds;
use crate::journal::CallerIdRecord;
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{ErrorKind, Result};
use trunkline_core::host;
use trunkline_core::model::{Caller, CallerIdMethod, CallerIdState, Tenant};

/// Most proofs to ask about in one round.
const MOST_AT_ONCE: usize = 20;

impl CallerIds {
    /// Asks the carriers about the proofs that they do not call back about, and about those whose time is over. One
    /// replica does.
    ///
    /// # Errors
    /// Those of the store. A carrier that is silent is asked the next time.
    pub async fn poll(&self) -> Result<()> {
        let mut due = self.due().await?;
        // Each has its turn sooner or later, whichever replica asks.
        due.sort_by_cached_key(|_| host::random::<u32>());
        due.truncate(MOST_AT_ONCE);
        if due.is_empty() {
            return Ok(());
        }
        let lease = self.store.acquire("caller-ids-poll", "caller-ids").await?;
        let Some(lease) = lease else { return Ok(()) };
        for open in &due {
            self.ask(open).await?;
        }
        self.store.unlock(&lease).await
    }

    async fn due(&self) -> Result<Vec<CallerIdRecord>> {
        let entries = self.registry.iter();
        let tenants: BTreeSet<Tenant> = entries.map(|entry| entry.tenant.clone()).collect();
        let now = host::now();
        let mut due = Vec::new();
        for tenant in &tenants {
            let open = self.store.open_caller_ids(tenant).await?;
            due.extend(open.into_iter().filter(|open| is_due(open, now)));
        }
        Ok(due)
    }

    async fn ask(&self, open: &CallerIdRecord) -> Result<()> {
        let caller = Caller::of(open.tenant.clone());
        let Ok((entry, key)) = self.entry(&caller, &open.caller_id.id) else {
            return Ok(());
        };
        let call = Call::within(Self::TIMEOUT, Lane::Search);
        let shown = call
            .scope(entry.provider.get_caller_id(key.provider_id()))
            .await;
        let state = match shown {
            Ok(shown) if shown.state == CallerIdState::Verified => CallerIdState::Verified,
            Err(error) if error.kind() == ErrorKind::NotFound && is_over(open) => {
                CallerIdState::Expired
            }
            Err(error) if error.kind() != ErrorKind::NotFound => {
                let account = &open.caller_id.account;
                tracing::debug!(%account, %error, "can't ask how a verification call went");
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.end(open, state).await?;
        Ok(())
    }
}

/// Where it can't be told whether the phone rang, nothing is over until another call is asked for.
fn is_due(open: &CallerIdRecord, now: Timestamp) -> bool {
    let caller_id = &open.caller_id;
    let asks = caller_id.method == CallerIdMethod::CallEnterCode
        && caller_id.state == CallerIdState::Pending;
    let over = open.expires_at <= now;
    asks && if over {
        caller_id.error.is_none()
    } else {
        open.callback_token.is_none()
    }
}

fn is_over(open: &CallerIdRecord) -> bool {
    open.expires_at <= host::now()
}
