//! The journaled act of acquiring one number.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::{
    AccountName, Candidate, E164, IdempotencyKey, Money, Number, NumberId, PriceSource,
    ProviderName, PurchaseId,
};

named_enum! {
    /// How far a purchase, or one attempt of it, has come.
    PurchaseState {
        /// Written down; nothing was sent.
        Intended = "intended",
        /// About to be sent, or sent.
        Dispatched = "dispatched",
        /// Sent; it can't be told yet what came of it.
        Unknown = "unknown",
        /// The number is held, and it was this purchase that got it.
        Succeeded = "succeeded",
        /// The number was not got by this purchase.
        Failed = "failed",
    }
}

impl PurchaseState {
    /// Whether the outcome is decided (a presumed failure may still turn out a late success).
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// One row of an account's list of numbers, as far as purchases are settled by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRow {
    /// The carrier's id.
    pub provider_id: String,
    /// When the carrier created it, by its own clock, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
}

impl HeldRow {
    /// The row of a number that was read.
    pub fn of(number: &Number) -> Self {
        Self {
            provider_id: number.provider_id.clone(),
            created_at: number.purchased_at,
        }
    }
}

/// A complete look at an account for one number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredSighting")]
pub struct Sighting {
    /// Every row with the number; none if the account does not hold it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<HeldRow>,
    /// Ids of rows that don't say which number they are, so that each could be the one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
    /// The carrier's clock when it answered with the last page (its `Date` header), in whole seconds.
    pub carrier_time: Option<Timestamp>,
    /// The numbers of the rows as [`Provider::get`](crate::Provider::get) shows them, where the list does too. Not kept.
    #[serde(skip)]
    pub numbers: Vec<Number>,
}

impl Sighting {
    /// What a look saw that read every row.
    #[must_use]
    pub const fn of(rows: Vec<HeldRow>, carrier_time: Option<Timestamp>) -> Self {
        Self {
            rows,
            unreadable: Vec::new(),
            carrier_time,
            numbers: Vec::new(),
        }
    }

    /// What a look saw that showed each row with its number.
    #[must_use]
    pub fn shown(numbers: Vec<Number>, carrier_time: Option<Timestamp>) -> Self {
        let rows = numbers.iter().map(HeldRow::of).collect();
        Self {
            numbers,
            ..Self::of(rows, carrier_time)
        }
    }

    /// The number with this id at the carrier, if the look showed it.
    #[must_use]
    pub fn number(&self, provider_id: &str) -> Option<&Number> {
        let mut numbers = self.numbers.iter();
        numbers.find(|number| number.provider_id == provider_id)
    }

    /// What of it is kept with a purchase.
    #[must_use]
    pub fn evidence(&self) -> Self {
        Self {
            unreadable: self.unreadable.clone(),
            ..Self::of(self.rows.clone(), self.carrier_time)
        }
    }

    /// Whether the account holds the number.
    pub const fn is_held(&self) -> bool {
        !self.rows.is_empty()
    }

    /// The first row with the number.
    pub fn first(&self) -> Option<&HeldRow> {
        self.rows.first()
    }

    /// The sighting, if each row that can't be read is one of `known`: those can't be the number that was bought since.
    ///
    /// # Errors
    /// `Protocol`: a row that was not there before can't be read, so the look was not complete.
    pub fn complete(self, known: &[String]) -> crate::Result<Self> {
        match self.unreadable.iter().find(|id| !known.contains(id)) {
            None => Ok(self),
            Some(id) => Err(Error::new(
                crate::ErrorKind::Protocol,
                format!("the list of numbers is incomplete: row {id} has no readable number"),
            )),
        }
    }
}

/// A sighting as this or an earlier version wrote it down: earlier ones kept one row.
#[derive(Deserialize)]
struct StoredSighting {
    #[serde(default)]
    rows: Vec<HeldRow>,
    #[serde(default)]
    unreadable: Vec<String>,
    provider_id: Option<String>,
    created_at: Option<Timestamp>,
    carrier_time: Option<Timestamp>,
}

impl From<StoredSighting> for Sighting {
    fn from(stored: StoredSighting) -> Self {
        let mut rows = stored.rows;
        rows.extend(stored.provider_id.map(|provider_id| HeldRow {
            provider_id,
            created_at: stored.created_at,
        }));
        Self {
            unreadable: stored.unreadable,
            ..Self::of(rows, stored.carrier_time)
        }
    }
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
    /// Settled without certainty, and watched: by absence alone, or with a question for a person.
    #[serde(default)]
    pub presumed: bool,
    /// The carrier's clock when the look before the request was answered; our clock where the carrier sends no `Date`.
    #[serde(alias = "not_before")]
    pub t0: Option<Timestamp>,
    /// Whether `t0` is by our clock.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub t0_is_ours: bool,
    /// When the request was let go, by our clock.
    pub sent_at: Option<Timestamp>,
    /// When it was answered, by our clock.
    pub answered_at: Option<Timestamp>,
    /// What came back, if it left open what the carrier did.
    #[serde(default)]
    pub answer: Option<Error>,
    /// The carrier's id that the carrier answered or a look saw.
    pub provider_id: Option<String>,
    /// When the carrier created that row, by its own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Carrier's ids that a person has said are not this purchase's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_ours: Vec<String>,
    /// Ids of rows that could not be read before the request was sent, and so can't be what it bought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
    /// What the account was seen to hold, oldest first; the last 20.
    #[serde(default)]
    pub looks: Vec<Look>,
    /// How it was settled, in a sentence.
    pub evidence: Option<String>,
    /// Why it failed.
    pub error: Option<Error>,
    /// Why this candidate was taken, or the next one was.
    pub reason: Option<String>,
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
            t0: None,
            t0_is_ours: false,
            sent_at: None,
            answered_at: None,
            answer: None,
            provider_id: None,
            created_at: None,
            not_ours: Vec::new(),
            unreadable: Vec::new(),
            looks: Vec::new(),
            evidence: None,
            error: None,
            reason: None,
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

named_enum! {
    /// Why only a person can say what became of a purchase.
    QuestionReason {
        /// The account holds the number, but its clock says that it did so before we asked for it, or under an id that it
        /// had used before.
        Disputed = "disputed",
        /// The number turned up more than an hour after it was ordered, or after another purchase had won it.
        Late = "late",
        /// For an hour nobody could find out what the carrier did.
        Unknown = "unknown",
    }
}

/// A question that only a person can answer: does what the account holds belong to this purchase?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Since when it is open, by our clock.
    pub since: Timestamp,
    /// Why it is asked.
    pub why: QuestionReason,
    /// The carrier's id of the number it is about, if any was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// When the carrier created that, by the carrier's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The carrier's clock just before the number was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t0: Option<Timestamp>,
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
    #[serde(default)]
    pub late: bool,
    /// The client's key.
    pub idempotency_key: IdempotencyKey,
    /// What was asked for, if it was not an exact number: a JSON object.
    pub criteria: Option<crate::model::ProviderData>,
    /// What could be bought instead, best first, if no exact number was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// What was tried, oldest first; the last one is the current one.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
    /// Price of a month.
    pub price: Option<Money>,
    /// Price of the purchase itself.
    pub setup_price: Option<Money>,
    /// Where the prices come from.
    pub price_source: PriceSource,
    /// Why it failed.
    pub error: Option<Error>,
    /// What a person has to decide, while that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_person: Option<Question>,
    /// Its record had vanished from the database while it was carried out, and was written back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recovered: bool,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When its outcome was decided.
    pub settled_at: Option<Timestamp>,
}

impl Purchase {
    /// Whether the outcome and the settings are decided.
    pub fn is_done(&self) -> bool {
        self.state.is_settled() && self.configuration.state != ConfigurationState::Pending
    }
}
