//! The journaled act of acquiring one number.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::{
    AccountName, Candidate, E164, IdempotencyKey, Money, Number, NumberId, PriceSource,
    ProviderName, PurchaseId,
};

/// How far a purchase, or one attempt of it, has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseState {
    /// Written down; nothing was sent.
    Intended,
    /// About to be sent, or sent.
    Dispatched,
    /// Sent; it can't be told yet what came of it.
    Unknown,
    /// The number is held, and it was this purchase that got it.
    Succeeded,
    /// The number was not got by this purchase.
    Failed,
}

impl PurchaseState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Intended,
        Self::Dispatched,
        Self::Unknown,
        Self::Succeeded,
        Self::Failed,
    ];

    /// The name used in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Dispatched => "dispatched",
            Self::Unknown => "unknown",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// Whether the outcome is decided (a presumed failure may still turn out a late success).
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// What a look at the account saw of one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "seen", rename_all = "snake_case")]
pub enum Seen {
    /// The account holds it.
    Held {
        /// Under this id of the carrier's.
        provider_id: String,
        /// Since then, by the carrier's clock, where the carrier says so.
        created_at: Option<Timestamp>,
    },
    /// The account's *complete* list does not have it.
    Absent,
}

/// A complete look at an account for one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// What was seen.
    #[serde(flatten)]
    pub seen: Seen,
    /// The carrier's clock when it answered (its `Date` header), in whole seconds.
    pub carrier_time: Option<Timestamp>,
}

/// One look, complete or not, as evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// When it was made, by our clock.
    pub at: Timestamp,
    /// What it saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sighting: Option<Sighting>,
    /// Why it was not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
}

/// One try to get one number at one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// The account.
    pub account: AccountName,
    /// Its provider.
    pub provider: ProviderName,
    /// The upstream identity that the account had then, for example a Twilio account SID.
    pub identity: String,
    /// The number.
    pub number: E164,
    /// How far it has come.
    pub state: PurchaseState,
    /// Settled by absence alone, and watched for a late commit.
    pub presumed: bool,
    /// Anything the carrier created before this is not ours: the carrier's clock at the first look.
    pub not_before: Option<Timestamp>,
    /// When the request was let go, by our clock.
    pub sent_at: Option<Timestamp>,
    /// When it was answered, by our clock.
    pub answered_at: Option<Timestamp>,
    /// What came back, if it left open what the carrier did.
    #[serde(default)]
    pub answer: Option<Error>,
    /// The carrier's id that the carrier answered or a look saw.
    pub provider_id: Option<String>,
    /// What the account was seen to hold, oldest first; the last 20.
    pub looks: Vec<Look>,
    /// How it was settled, in a sentence.
    pub evidence: Option<String>,
    /// Why it failed.
    pub error: Option<Error>,
    /// Why this candidate was taken, or the next one was.
    pub reason: Option<String>,
    /// Since when a person is needed to say what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_asked_at: Option<Timestamp>,
}

impl Attempt {
    const LOOKS_KEPT: usize = 20;

    /// An attempt of which nothing has been done.
    #[must_use]
    pub const fn new(
        account: AccountName,
        provider: ProviderName,
        identity: String,
        number: E164,
    ) -> Self {
        Self {
            account,
            provider,
            identity,
            number,
            state: PurchaseState::Intended,
            presumed: false,
            not_before: None,
            sent_at: None,
            answered_at: None,
            answer: None,
            provider_id: None,
            looks: Vec::new(),
            evidence: None,
            error: None,
            reason: None,
            person_asked_at: None,
        }
    }

    /// Keeps a look as evidence; the first and the latest stay.
    pub fn keep_look(&mut self, look: Look) {
        if self.looks.len() >= Self::LOOKS_KEPT {
            self.looks.remove(1);
        }
        self.looks.push(look);
    }
}

/// Whether label and routing were set after the purchase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfigurationState {
    /// There is nothing to set.
    #[default]
    None,
    /// To be done.
    Pending,
    /// Done.
    Applied,
    /// Refused by the carrier; the number is held all the same.
    Failed,
}

/// The settings that follow a purchase.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// How far it has come.
    pub state: ConfigurationState,
    /// Why it failed.
    pub error: Option<Error>,
}

/// A purchase, with everything that was tried and seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Purchase {
    /// Its id.
    pub id: PurchaseId,
    /// How far it has come.
    pub state: PurchaseState,
    /// The account that buys.
    pub account: AccountName,
    /// The number wanted.
    pub number: E164,
    /// The number's id, once held.
    pub number_id: Option<NumberId>,
    /// The number as it was when it had been bought and configured.
    pub held: Option<Box<Number>>,
    /// The settings that follow.
    pub configuration: Configuration,
    /// It had been presumed failed, and the carrier carried it out afterwards.
    pub late: bool,
    /// The client's key.
    pub idempotency_key: IdempotencyKey,
    /// What was asked for, if it was not an exact number: a JSON object.
    pub criteria: Option<crate::model::ProviderData>,
    /// What could be bought instead, best first, if no exact number was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// What was tried, oldest first; the last one is the current one.
    pub attempts: Vec<Attempt>,
    /// Price of a month.
    pub price: Option<Money>,
    /// Price of the purchase itself.
    pub setup_price: Option<Money>,
    /// Where the prices come from.
    pub price_source: PriceSource,
    /// Why it failed.
    pub error: Option<Error>,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When its outcome was decided.
    pub settled_at: Option<Timestamp>,
}

impl Purchase {
    /// Whether it can't be found out what came of it, so that a person has to say.
    #[must_use]
    pub fn needs_person(&self) -> bool {
        let current = self.attempts.last();
        self.state == PurchaseState::Unknown
            && current.is_some_and(|attempt| attempt.person_asked_at.is_some())
    }

    /// Whether the outcome and the settings are decided.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state.is_settled() && self.configuration.state != ConfigurationState::Pending
    }
}
