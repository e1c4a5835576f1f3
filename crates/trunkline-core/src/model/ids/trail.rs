//! Ids of what is told: rows of the audit trail, events, and those who want to hear of them.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{in_order_of_time, is_in_order_of_time};
use crate::error::{Error, Result};

string_id! {
    /// Id of a row of the audit trail: `aud_` and 26 of `0-9a-z`, in order of time.
    AuditId, "audit", |text| is_in_order_of_time("aud_", text), "an audit row's id is aud_ and 26 letters and digits"
}

string_id! {
    /// Id of an event: `evt_` and 26 of `0-9a-z`, in order of time.
    EventId, "event", |text| is_in_order_of_time("evt_", text), "an event's id is evt_ and 26 letters and digits"
}

string_id! {
    /// Id of a webhook: `whk_` and 26 of `0-9a-z`, in order of time.
    WebhookId, "webhook", |text| is_in_order_of_time("whk_", text), "a webhook's id is whk_ and 26 letters and digits"
}

impl AuditId {
    /// A new id, by the same rule as [`PurchaseId::generate`](super::PurchaseId::generate).
    #[must_use]
    pub fn generate(now: jiff::Timestamp) -> Self {
        Self(in_order_of_time("aud_", now))
    }
}

impl EventId {
    /// A new id, by the same rule as [`PurchaseId::generate`](super::PurchaseId::generate).
    #[must_use]
    pub fn generate(now: jiff::Timestamp) -> Self {
        Self(in_order_of_time("evt_", now))
    }
}

impl WebhookId {
    /// A new id, by the same rule as [`PurchaseId::generate`](super::PurchaseId::generate).
    #[must_use]
    pub fn generate(now: jiff::Timestamp) -> Self {
        Self(in_order_of_time("whk_", now))
    }
}
