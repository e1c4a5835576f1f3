//! Who asks.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::{AccountName, Ceilings, IdempotencyKey, KeyId, Tenant};

named_enum! {
    /// How somebody asks. What a client says of itself, for people to read: nothing is decided by it.
    #[derive(Default)]
    Via {
        /// The HTTP API, or the library.
        #[default]
        Api = "api",
        /// The command line.
        Cli = "cli",
        /// The console.
        Console = "console",
        /// Nobody: trunkline itself, which settles what is open.
        System = "system",
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
    /// A caller that may see and do everything of this tenant.
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

    /// Whether something at this account of this tenant is theirs to see.
    pub fn sees(&self, tenant: &Tenant, account: &str) -> bool {
        self.tenant == *tenant
            && self
                .accounts
                .as_ref()
                .is_none_or(|accounts| accounts.contains(account))
    }
}

/// Who did something, as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The API key, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<KeyId>,
    /// The name that the operator had given that key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// How.
    #[serde(default)]
    pub via: Via,
}

/// Who asked for something, and with which request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requester {
    /// Who.
    #[serde(flatten)]
    pub actor: Actor,
    /// The request, as the logs know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Its idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<IdempotencyKey>,
}

impl Requester {
    /// This caller.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        Self {
            actor: Actor {
                key_id: caller.key.clone(),
                key_name: caller.key_name.clone(),
                via: caller.via,
            },
            request_id: caller.request_id.clone(),
            idempotency_key: caller.idempotency_key.clone(),
        }
    }

    /// trunkline itself, on behalf of this requester.
    #[must_use]
    pub fn system(&self) -> Self {
        let mut system = self.clone();
        system.actor.via = Via::System;
        system
    }
}

/// Where a record comes from: who asked for it, and who carries it out now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Who asked for it.
    #[serde(default, rename = "by")]
    pub requester: Requester,
    /// True when another process than the one that was asked carries it out.
    #[serde(skip)]
    pub taken_over: bool,
}

impl Provenance {
    /// Asked for by this caller, and carried out here.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        Self {
            requester: Requester::of(caller),
            taken_over: false,
        }
    }

    /// Who acts now: trunkline itself when it has taken over, or when `alone` says that nobody waits for it any more.
    pub fn acting(&self, alone: bool) -> Requester {
        if alone || self.taken_over {
            self.requester.system()
        } else {
            self.requester.clone()
        }
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
