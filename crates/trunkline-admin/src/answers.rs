//! Answers to writes, kept under their idempotency keys.

use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use trunkline_core::error::Result;
use trunkline_engine::journal::{Lease, Scope};

/// An answer kept to be given again, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: String,
    /// `Location`, if there is one.
    pub location: Option<String>,
    /// Body.
    pub body: String,
}

/// What came of reserving a key for a write other than a purchase.
#[derive(Clone, Debug, PartialEq)]
pub enum Reserve {
    /// It is free, and now held under this lease.
    Fresh(Lease),
    /// It was answered so.
    Answered(Answer),
    /// A request with this key is under way.
    InFlight,
    /// The key was used with another request.
    Mismatch,
}

/// The answers. They share their keys with the purchases of the [`Journal`](trunkline_engine::Journal).
///
/// # Errors
/// As [`Journal`](trunkline_engine::Journal).
#[async_trait]
pub trait Answers: Debug + Send + Sync + 'static {
    /// Reserves a key for a write other than a purchase. A reservation whose lease lapsed without an answer is free again.
    async fn reserve_key(&self, scope: &Scope, fingerprint: &str, owner: &str) -> Result<Reserve>;

    /// The answer kept under a key.
    async fn answer(&self, scope: &Scope) -> Result<Option<Answer>>;

    /// Keeps an answer under a key, unless there is one, and gives the one that is kept. `version`: the version of the
    /// purchase that the answer was made from; if an answer has been forgotten at a later one (see
    /// [`Change::forget_answer`](trunkline_engine::journal::Change::forget_answer)) this one is given back and not kept.
    async fn keep_answer(
        &self,
        scope: &Scope,
        answer: Answer,
        version: Option<i64>,
    ) -> Result<Answer>;

    /// Gives back a reserved key without an answer, so that it can be used again.
    async fn forget_key(&self, scope: &Scope) -> Result<()>;
}
