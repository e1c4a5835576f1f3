//! Drifts: what differs, and accepting it.

use serde::Serialize;

use super::service::{Inventory, inside};
use super::store::Acceptance;
use crate::action::{Action, ActionKind, Findings, now};
use crate::action_log::ActionLog;
use serde_json::json;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::inventory::{Drift, DriftQuery, DriftSelector, DriftState};
use trunkline_core::model::{Caller, DriftId, Requester};

/// Most drifts that are listed at once.
const LIMIT_MAX: usize = 1_000;

/// What came of accepting drifts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Accepted {
    /// How many were accepted.
    pub accepted: u64,
}

impl Inventory {
    /// Drifts at the caller's accounts, newest first.
    ///
    /// # Errors
    /// `InvalidRequest` naming `limit`; `NotFound` for an account that is not the caller's; those of the store.
    pub async fn drift(&self, caller: &Caller, query: &DriftQuery) -> Result<Vec<Drift>> {
        if !(1..=LIMIT_MAX).contains(&query.limit) {
            return Err(Error::invalid("limit", "1 to 1000"));
        }
        let entries = self.entries(caller, &query.which.accounts, None)?;
        self.store.drifts(&inside(caller, &entries), query).await
    }

    /// Accepts one drift and gives it as it is then. Accepting it again changes nothing.
    ///
    /// # Errors
    /// `NotFound` if there is none, or it is another's; those of the store.
    pub async fn accept(&self, caller: &Caller, id: &DriftId) -> Result<Drift> {
        let entries = self.entries(caller, &[], None)?;
        let seen = inside(caller, &entries);
        let none = || Error::new(ErrorKind::NotFound, format!("no drift {id}"));
        let found = self.store.drift(&seen, id).await?.ok_or_else(none)?;
        if found.state != DriftState::Open {
            return Ok(found);
        }
        let mut action = Action::new(caller, ActionKind::DriftAccept);
        action = action
            .on(found.number_id.as_str())
            .at(found.account.as_str());
        action.number.clone_from(&found.number);
        let (ids, acceptance) = (std::slice::from_ref(id), acceptance(caller));
        let accepted = self.store.accept(&seen, ids, &acceptance).await;
        let after = json!({ "drift": id, "class": found.class, "field": found.field });
        let told = |_: &Vec<DriftId>| Findings {
            after: Some(after),
            ..Findings::default()
        };
        ActionLog::new(self.store.clone())
            .end(action, &accepted, told)
            .await;
        accepted?;
        self.store.drift(&seen, id).await?.ok_or_else(none)
    }

    /// Accepts all open drifts that are meant.
    ///
    /// # Errors
    /// As [`Inventory::drift`].
    pub async fn accept_all(&self, caller: &Caller, which: &DriftSelector) -> Result<Accepted> {
        let entries = self.entries(caller, &which.accounts, None)?;
        let (seen, acceptance) = (inside(caller, &entries), acceptance(caller));
        let mut action = Action::new(caller, ActionKind::DriftAccept);
        action.after = serde_json::to_value(which).ok();
        let mut query = DriftQuery {
            which: DriftSelector {
                open: Some(true),
                ..which.clone()
            },
            limit: LIMIT_MAX,
            before: None,
        };
        let mut done = Accepted::default();
        let outcome = loop {
            let found = match self.store.drifts(&seen, &query).await {
                Ok(found) => found,
                Err(error) => break Err(error),
            };
            let ids: Vec<DriftId> = found.into_iter().map(|drift| drift.id).collect();
            let Some(last) = ids.last() else {
                break Ok(done);
            };
            query.before = Some(last.clone());
            match self.store.accept(&seen, &ids, &acceptance).await {
                Ok(accepted) => done.accepted += accepted.len() as u64,
                Err(error) => break Err(error),
            }
        };
        let told = |done: &Accepted| Findings {
            after: Some(json!({ "which": which, "accepted": done.accepted })),
            ..Findings::default()
        };
        ActionLog::new(self.store.clone())
            .end(action, &outcome, told)
            .await;
        outcome
    }
}

fn acceptance(caller: &Caller) -> Acceptance {
    Acceptance {
        by: Requester::of(caller).actor,
        at: now(),
    }
}
