//! Who asks.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::{AccountName, IdempotencyKey, KeyId, Tenant};
use crate::service::spend::Ceilings;

/// How somebody asks. What a client says of itself, for people to read: nothing is decided by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The HTTP API, or the library.
    #[default]
    Api,
    /// The command line.
    Cli,
    /// The console.
    Console,
    /// Nobody: trunkline itself, which settles what is open.
    System,
}

impl Via {
    /// The name used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Cli => "cli",
            Self::Console => "console",
            Self::System => "system",
        }
    }
}

/// Who asks: whose things are seen and changed, and in whose name. What is not theirs does not exist for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// Whose accounts, purchases, offers, cursors and idempotency keys these are.
    pub tenant: Tenant,
    /// The only accounts of the tenant that may be seen; `None` for all.
    pub accounts: Option<BTreeSet<AccountName>>,
    /// The API key they used, if any.
    pub key: Option<KeyId>,
    /// What a person calls that key.
    pub key_name: Option<String>,
    /// What the purchases of that key may cost together.
    pub spend: Ceilings,
    /// The request they made, as the logs know it.
    pub request_id: Option<String>,
    /// The idempotency key of that request, if it has one.
    pub idempotency_key: Option<IdempotencyKey>,
    /// How they ask.
    pub via: Via,
}

impl Caller {
    /// Whoever may see and do everything of this tenant.
    #[must_use]
    pub const fn of(tenant: Tenant) -> Self {
        Self {
            tenant,
            accounts: None,
            key: None,
            key_name: None,
            spend: Ceilings {
                monthly: None,
                setup: None,
            },
            request_id: None,
            idempotency_key: None,
            via: Via::Api,
        }
    }

    /// The key they used, and what its purchases may cost together.
    #[must_use]
    pub fn key_spend(&self) -> Option<(&KeyId, Ceilings)> {
        self.key.as_ref().map(|key| (key, self.spend))
    }

    /// Whether something at this account of this tenant is theirs to see.
    #[must_use]
    pub fn sees(&self, tenant: &Tenant, account: &str) -> bool {
        self.tenant == *tenant
            && self
                .accounts
                .as_ref()
                .is_none_or(|accounts| accounts.contains(account))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_sees_its_tenants_accounts_and_of_these_the_ones_it_is_limited_to() {
        let acme = Tenant::new("acme").unwrap();
        let mut caller = Caller::of(acme.clone());
        assert!(caller.sees(&acme, "us-main"));
        assert!(!caller.sees(&Tenant::default(), "us-main"));
        caller.accounts = Some(BTreeSet::from([AccountName::new("emea").unwrap()]));
        assert!(caller.sees(&acme, "emea"));
        assert!(!caller.sees(&acme, "us-main"));
    }
}
