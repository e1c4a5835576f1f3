//! The caller of a request, and how they were recognized.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;

use trunkline_admin::Manager;
use trunkline_admin::access::Proof;
use trunkline_admin::{ApiKey, KeyScope};
use trunkline_core::{Caller, IdempotencyKey};

/// How a caller was recognized.
#[derive(Clone, Debug)]
pub(crate) enum By {
    /// No key is needed: the gateway has fake carriers alone and no key yet, and the caller is on its machine.
    Nobody,
    /// The caller has the database itself.
    Operator,
    /// By an API key.
    Key(Arc<ApiKey>),
}

/// The caller of a request.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) caller: Caller,
    pub(crate) by: By,
    /// The key or session that was shown.
    pub(crate) proof: Option<Proof>,
}

impl Identity {
    /// The holder of a key that was just shown.
    pub(crate) fn of_key(key: Arc<ApiKey>) -> Self {
        Self {
            caller: key.caller(),
            by: By::Key(key),
            proof: None,
        }
    }

    /// What they may do.
    pub(crate) fn scopes(&self) -> BTreeSet<KeyScope> {
        match &self.by {
            By::Nobody | By::Operator => KeyScope::ALL.into(),
            By::Key(key) => key.scopes.clone(),
        }
    }

    /// A record as they may see it.
    pub(crate) fn sees<T>(&self, record: T) -> Visible<T> {
        let with_key = self.may(KeyScope::NumbersPurchase) || self.may(KeyScope::Admin);
        Visible { record, with_key }
    }

    /// Whether they have this scope.
    pub(crate) fn may(&self, scope: KeyScope) -> bool {
        match &self.by {
            By::Nobody | By::Operator => true,
            By::Key(key) => key.scopes.contains(&scope),
        }
    }

    /// Whose keys they manage.
    pub(crate) fn manager(&self) -> Manager<'_> {
        Manager {
            caller: &self.caller,
            everywhere: matches!(self.by, By::Operator),
        }
    }
}

/// A record as its reader may see it: with its idempotency key only if the reader may purchase or administer.
#[derive(Debug)]
pub(crate) struct Visible<T> {
    record: T,
    with_key: bool,
}

impl<T> Visible<T> {
    /// The record as its maker sees it.
    pub(crate) const fn whole(record: T) -> Self {
        let with_key = true;
        Self { record, with_key }
    }

    /// The idempotency key.
    pub(crate) fn key<'k>(&self, key: &'k IdempotencyKey) -> Option<&'k str> {
        self.with_key.then_some(key.as_str())
    }
}

impl<T> Deref for Visible<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.record
    }
}
