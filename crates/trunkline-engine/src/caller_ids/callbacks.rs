//! How a proof ends, and carriers that call back to say so.
//!
//! Each call gets an address of its own: its last part is sealed, so that it can be neither guessed nor made, any
//! replica can read it, and the number stays out of it. What is kept of it is its hash. It is good for one genuine
//! callback; another call of the same proof makes it worthless.

use std::sync::Arc;

use super::{CallerIds, current, lease_of};
use crate::domain_event::DomainEvent;
use crate::fingerprint;
use crate::journal::CallerIdRecord;
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::host;
use trunkline_core::model::{Callback, CallerId, CallerIdRequest, CallerIdState, HttpMethod};
use trunkline_core::registry::AccountEntry;

const PURPOSE: &str = "callback";
const PREFIX: &str = "cb_";

impl CallerIds {
    /// Has carriers call back at this public address when a verification call ends. Otherwise they are polled.
    #[must_use]
    pub fn with_callbacks(mut self, public_url: &str) -> Self {
        self.public_url = Some(Arc::from(public_url.trim_end_matches('/')));
        self
    }

    /// Takes what came in at an address that a carrier was given, and ends the proof as it says.
    ///
    /// # Errors
    /// `NotFound` for an address that was never given, is another account's or was used; otherwise those of
    /// [`Provider::check_callback`](trunkline_core::Provider::check_callback).
    pub async fn call_back(
        &self,
        account: &str,
        token: &str,
        callback: &Callback,
    ) -> Result<CallerIdState> {
        let sealed = token.strip_prefix(PREFIX);
        let id: String = sealed
            .and_then(|sealed| self.sealer.open(PURPOSE, sealed))
            .ok_or_else(unknown)?;
        let open = self.store.caller_id(&id).await?;
        let open = open
            .filter(|open| is_awaited(open, account, token))
            .ok_or_else(unknown)?;
        let entry = self.registry.get(account);
        let entry = entry
            .filter(|entry| entry.tenant == open.tenant)
            .ok_or_else(unknown)?;
        let mut url = self.address(account, token).ok_or_else(unknown)?;
        if let Some(query) = &callback.query {
            url.push('?');
            url.push_str(query);
        }
        let state = entry
            .provider
            .check_callback(&url, callback, &open.caller_id)?;
        if self.end(&open, state).await? {
            return Ok(state);
        }
        Err(unknown())
    }

    /// The request with our callback address, unless the caller has an own one: then the carrier is polled.
    pub(super) fn calling_back(
        &self,
        entry: &AccountEntry,
        record: &mut CallerIdRecord,
    ) -> Result<CallerIdRequest> {
        let mut asked = record.request.clone();
        let own = asked.status_callback.as_ref();
        let has_own = own.is_some_and(|url| !url.is_empty());
        if has_own || self.public_url.is_none() || !entry.provider.checks_callbacks() {
            return Ok(asked);
        }
        let token = self.sealer.seal(PURPOSE, &record.caller_id.id)?;
        let token = format!("{PREFIX}{token}");
        record.callback_token = Some(fingerprint(token.as_bytes()));
        asked.status_callback = self.address(record.caller_id.account.as_str(), &token);
        asked.status_callback_method = Some(HttpMethod::Post);
        Ok(asked)
    }

    /// The proof as it is, if it ended or was started anew before the answer to this start was read.
    pub(super) async fn over_already(&self, started: &CallerIdRecord) -> Result<Option<CallerId>> {
        if started.callback_token.is_none() {
            return Ok(None);
        }
        let now = self.store.caller_id(&started.caller_id.id).await?;
        Ok(match now {
            Some(now) if is_same(&now, started) => None,
            Some(other) => Some(current(&other)),
            None => Some(ended(started, CallerIdState::Verified).caller_id),
        })
    }

    /// Ends a proof, once. Returns `false` if it is over, was started anew, or another process is at it. A verified
    /// caller ID is left to the carrier to show and forgotten here; a failed one is kept.
    pub(super) async fn end(&self, seen: &CallerIdRecord, state: CallerIdState) -> Result<bool> {
        let id = &seen.caller_id.id;
        let lease = self.store.acquire(&lease_of(id), "caller-ids").await?;
        let Some(lease) = lease else { return Ok(false) };
        let now = self.store.caller_id(id).await?;
        let is_open = now.is_some_and(|now| is_same(&now, seen));
        if is_open {
            match state {
                CallerIdState::Verified => {
                    let event = DomainEvent::CallerIdEnded {
                        record: seen,
                        state,
                    };
                    self.store.end_caller_id(seen, event).await?;
                }
                _ => {
                    let ended = ended(seen, state);
                    let event = DomainEvent::CallerIdEnded {
                        record: &ended,
                        state,
                    };
                    self.store.keep_caller_id(&ended, Some(event)).await?;
                }
            }
            let account = &seen.caller_id.account;
            tracing::debug!(%account, ?state, "the proof of a caller ID is over");
        }
        self.store.unlock(&lease).await?;
        Ok(is_open)
    }

    fn address(&self, account: &str, token: &str) -> Option<String> {
        let base = self.public_url.as_ref()?;
        Some(format!("{base}/v1/callbacks/{account}/{token}"))
    }
}

/// Whether a record is still of the call that `seen` was: each has a token, or at least a time, of its own.
fn is_same(now: &CallerIdRecord, seen: &CallerIdRecord) -> bool {
    now.callback_token == seen.callback_token
        && now.caller_id.created_at == seen.caller_id.created_at
}

fn ended(seen: &CallerIdRecord, state: CallerIdState) -> CallerIdRecord {
    let mut record = seen.clone();
    record.callback_token = None;
    record.caller_id.state = state;
    record.caller_id.validation_code = None;
    record.caller_id.error = None;
    if state == CallerIdState::Verified {
        record.caller_id.verified_at = Some(host::now());
    }
    record
}

fn is_awaited(open: &CallerIdRecord, account: &str, token: &str) -> bool {
    let given = fingerprint(token.as_bytes());
    let kept = open.callback_token.as_deref().unwrap_or_default();
    open.caller_id.account.as_str() == account && is_equal(kept.as_bytes(), given.as_bytes())
}

/// Compares in a time that tells nothing but the lengths.
fn is_equal(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differing == 0
}

fn unknown() -> Error {
    Error::new(ErrorKind::NotFound, "no callback is awaited here")
}
