//! Telling that an account is not well.

use std::collections::HashSet;
use std::time::Duration;

use crate::domain_event::{DomainEvent, Unhealthy};
use crate::engine::Engine;
use trunkline_core::model::{AccountHealth, AccountName, BreakerState};

/// How often it is looked.
const PAUSE: Duration = Duration::from_secs(2);

/// An unstable account is reported this often at most.
const QUIET: Duration = Duration::from_secs(600);

/// Why an account is not well, if it is not.
fn reason(health: &AccountHealth) -> Option<&'static str> {
    if health.refused {
        Some("credential_refused")
    } else if health.breaker == BreakerState::Closed {
        None
    } else {
        Some("breaker_open")
    }
}

impl Engine {
    /// Reports accounts whose breaker opens or whose credential is refused, once for all replicas.
    pub(crate) async fn watch_health(&self) {
        let mut unwell: HashSet<AccountName> = HashSet::new();
        while !self.purchases.is_stopping() {
            self.look_at_accounts(&mut unwell).await;
            self.purchases.idle(PAUSE).await;
        }
    }

    async fn look_at_accounts(&self, unwell: &mut HashSet<AccountName>) {
        for entry in self.registry.iter() {
            let (name, health) = (entry.provider.account(), entry.provider.health());
            let noted = format!("unhealthy:{name}");
            let told = match reason(&health) {
                Some(why) if unwell.insert(name.clone()) => {
                    let event = DomainEvent::AccountUnhealthy(Unhealthy {
                        tenant: &entry.tenant,
                        account: name,
                        provider: entry.provider.provider(),
                        reason: why,
                        health: &health,
                    });
                    let told = self.store.tell_once(&noted, QUIET, &[event]).await;
                    told.map(drop)
                }
                None if unwell.remove(name) => self.store.forget_told(&noted).await,
                _ => Ok(()),
            };
            if let Err(error) = told {
                tracing::debug!(account = %name, %error, "can't tell how {name} is");
                // The next look tries again.
                unwell.remove(name);
            }
        }
    }
}
