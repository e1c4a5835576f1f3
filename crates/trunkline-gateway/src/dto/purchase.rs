//! Purchases.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trunkline_core::{
    Attempt, ConfigurationState, E164, Error, Look, ProviderData, Purchase, PurchaseOrder,
    Question, Result, Routing, Strategy, Wishes, plain,
};
use trunkline_engine::buy::{Criteria, Order};
use trunkline_engine::journal::Record;
use trunkline_engine::{Offer, Preference};
use utoipa::ToSchema;

use crate::auth::Identity;
use crate::dto::criteria::{CandidateDto, CriteriaBody, MoneyBody};
use crate::dto::number::{MoneyDto, NumberDto, price_source};
use crate::dto::problem::SourceError;
use crate::dto::routing::RoutingDto;
use crate::routes::params::one_of;

/// What to purchase: an `offer`, or an `account` and a `number`, or the best number that fits `criteria`. The rest is
/// set once the number is held.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = PurchaseRequest, example = json!({"account": "twilio", "number": "+14155550100", "label": "Support line"}))]
pub struct PurchaseBody {
    /// An offer from a search.
    pub offer: Option<String>,
    /// The account that buys; with `number`.
    #[schema(examples("us-main"))]
    pub account: Option<String>,
    /// The number, E.164; with `account`.
    #[schema(examples("+14155550100"))]
    pub number: Option<String>,
    /// What the number must be, if you do not care which: several are tried in order, going on only after a refusal.
    pub criteria: Option<CriteriaBody>,
    /// With `criteria`: `cheapest` (unless said) or `priority`, by the accounts' priorities.
    #[schema(examples("cheapest"))]
    pub strategy: Option<String>,
    /// With `criteria`: the most that a month may cost. An unknown price, or one in another currency, is too much.
    pub max_monthly_price: Option<MoneyBody>,
    /// Name.
    pub label: Option<String>,
    /// What happens to a call.
    #[schema(value_type = Option<RoutingDto>)]
    pub voice: Option<Value>,
    /// What happens to a message.
    #[schema(value_type = Option<RoutingDto>)]
    pub messaging: Option<Value>,
    /// The carrier's id of the address given to emergency services.
    pub emergency_address_id: Option<String>,
    /// The carrier's id of the address that the purchase needs.
    pub address_id: Option<String>,
    /// What one carrier alone has; unknown members are refused by name.
    #[schema(value_type = Option<Object>)]
    pub provider_options: Option<ProviderData>,
}

impl PurchaseBody {
    /// The order that the body is; `open` opens an offer.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field; those of `open`.
    pub fn order(mut self, open: impl FnOnce(&str) -> Result<Offer>) -> Result<Order> {
        let wishes = self.wishes()?;
        if let Some(criteria) = self.criteria.take() {
            return Ok(Order::Criteria(Box::new(
                self.by_criteria(criteria, wishes)?,
            )));
        }
        for (field, given) in [
            ("strategy", self.strategy.is_some()),
            ("max_monthly_price", self.max_monthly_price.is_some()),
        ] {
            if given {
                return Err(Error::invalid(field, "only together with criteria"));
            }
        }
        let order = match (self.offer, self.account, self.number) {
            (Some(offer), None, None) => open(&offer)?.order(),
            (None, Some(account), Some(number)) => {
                let account = account
                    .parse()
                    .map_err(|e: Error| Error::invalid("account", e.fields()[0].message.clone()))?;
                PurchaseOrder::new(account, number.parse::<E164>()?)
            }
            (Some(_), _, _) => {
                return Err(Error::invalid(
                    "offer",
                    "an offer names account and number itself: leave them out",
                ));
            }
            (None, Some(_), None) => {
                return Err(Error::invalid(
                    "number",
                    "missing: an account needs the number to buy",
                ));
            }
            (None, None, Some(_)) => {
                return Err(Error::invalid(
                    "account",
                    "missing: a number needs the account that buys it",
                ));
            }
            (None, None, None) => {
                return Err(Error::invalid(
                    "offer",
                    "missing: give an offer, or account and number, or criteria",
                ));
            }
        };
        Ok(Order::Number(Box::new(wishes.added_to(order))))
    }

    fn wishes(&mut self) -> Result<Wishes> {
        for (field, text) in [
            ("label", &self.label),
            ("address_id", &self.address_id),
            ("emergency_address_id", &self.emergency_address_id),
        ] {
            text.as_ref().map_or(Ok(()), |text| plain(field, text))?;
        }
        let routing = |field, value: Option<Value>| {
            value.map(|value| Routing::parse(field, value)).transpose()
        };
        Ok(Wishes {
            label: self.label.take(),
            voice: routing("voice", self.voice.take())?,
            messaging: routing("messaging", self.messaging.take())?,
            emergency_address_id: self.emergency_address_id.take(),
            address_id: self.address_id.take(),
            provider_options: self.provider_options.take().unwrap_or_default(),
        })
    }

    fn by_criteria(self, criteria: CriteriaBody, wishes: Wishes) -> Result<Criteria> {
        for (field, given) in [
            ("offer", self.offer.is_some()),
            ("account", self.account.is_some()),
            ("number", self.number.is_some()),
        ] {
            if given {
                return Err(Error::invalid(field, "not together with criteria"));
            }
        }
        let strategies = [
            ("cheapest", Strategy::Cheapest),
            ("priority", Strategy::Priority),
        ];
        let strategy = self.strategy.map_or(Ok(Strategy::default()), |text| {
            one_of("strategy", &text, &strategies)
        })?;
        let ceiling = self.max_monthly_price.as_ref();
        let preference = Preference {
            strategy,
            max_monthly_price: ceiling.map(MoneyBody::money).transpose()?,
            has_address: wishes.address_id.is_some(),
        };
        let written = ProviderData::of(&Written {
            criteria: &criteria,
            strategy: strategy.as_str(),
            max_monthly_price: ceiling,
        })?;
        Ok(Criteria {
            search: criteria.search()?,
            preference,
            written,
            wishes,
        })
    }
}

/// What was asked for, kept with the purchase.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    criteria: &'a CriteriaBody,
    strategy: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_monthly_price: Option<&'a MoneyBody>,
}

/// A person's verdict on a purchase that can't be settled by asking.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ResolveRequest)]
pub struct ResolveBody {
    /// `succeeded` or `failed`.
    #[schema(examples("failed"))]
    pub outcome: String,
    /// How you know.
    #[schema(examples("not in the carrier's console"))]
    pub reason: String,
    /// The carrier's id of the number; needed for `succeeded`.
    #[serde(default)]
    pub provider_id: Option<String>,
}

/// A purchase and, once it is held, its number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PurchaseResult)]
pub struct PurchaseResult {
    /// The purchase.
    pub purchase: PurchaseDto,
    /// The number as it was once bought and configured.
    pub number: Option<NumberDto>,
}

impl From<Record> for PurchaseResult {
    fn from(mut record: Record) -> Self {
        let number = record
            .purchase
            .held
            .take()
            .map(|number| NumberDto::from(*number));
        Self {
            purchase: PurchaseDto::from(record.purchase),
            number,
        }
    }
}

/// The journaled act of acquiring one number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Purchase)]
pub struct PurchaseDto {
    /// Its id.
    #[schema(examples("pur_01j9zr2m4g7q8t5v6w7x8y9z0a"))]
    pub id: String,
    /// `intended`, `dispatched`, `unknown`, `succeeded` or `failed`.
    #[schema(examples("succeeded"))]
    pub state: &'static str,
    /// The account that buys.
    pub account: String,
    /// The number wanted.
    #[schema(examples("+14155550100"))]
    pub number: String,
    /// The number's id, once held.
    pub number_id: Option<String>,
    /// Whether label and routing were set.
    pub configuration: ConfigurationDto,
    /// It had been presumed failed, and the carrier carried it out afterwards.
    pub late: bool,
    /// Set while only a person can say what became of it: look at the carrier's console, then resolve it.
    pub needs_person: Option<QuestionDto>,
    /// Its record had vanished from the database while it was carried out, and was written back.
    pub recovered: bool,
    /// The key of the request; `null` for callers whose own key may neither purchase nor administer.
    pub idempotency_key: Option<String>,
    /// What was asked for, if it was not an exact number.
    #[schema(value_type = Option<Object>)]
    pub criteria: Option<ProviderData>,
    /// The numbers that fitted, best first: what became of each, and why.
    pub candidates: Vec<CandidateDto>,
    /// What was tried, with the evidence.
    pub attempts: Vec<AttemptDto>,
    /// Price of a month.
    pub price: Option<MoneyDto>,
    /// Price of the purchase itself.
    pub setup_price: Option<MoneyDto>,
    /// `carrier`, `config` or `unknown`.
    pub price_source: &'static str,
    /// Why it failed.
    pub error: Option<SourceError>,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When its outcome was decided.
    pub settled_at: Option<Timestamp>,
}

/// Why only a person can say what became of a purchase.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Question)]
pub struct QuestionDto {
    /// Since when it is open.
    pub since: Timestamp,
    /// `disputed` (the carrier's records say that it was held before it was ordered), `late` (it turned up more than an
    /// hour later, or after another purchase had won it) or `unknown` (nobody could find out for an hour).
    #[schema(examples("disputed"))]
    pub why: &'static str,
    /// The carrier's id of the number it is about.
    pub provider_id: Option<String>,
    /// When the carrier created that, by its own clock.
    pub created_at: Option<Timestamp>,
    /// The carrier's clock just before the number was ordered.
    pub t0: Option<Timestamp>,
}

/// The settings that follow a purchase.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Configuration)]
pub struct ConfigurationDto {
    /// `none`, `pending`, `applied` or `failed`.
    #[schema(examples("applied"))]
    pub state: &'static str,
    /// Why it failed; the number is held all the same.
    pub error: Option<SourceError>,
}

/// One try to get one number at one account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attempt)]
pub struct AttemptDto {
    /// The account.
    pub account: String,
    /// Its provider.
    pub provider: String,
    /// The number.
    pub number: String,
    /// As of the purchase.
    pub state: &'static str,
    /// Settled by absence alone, and watched for a late commit.
    pub presumed: bool,
    /// The carrier's clock when the account was looked at before the request, or ours where it sends no `Date`.
    pub t0: Option<Timestamp>,
    /// When the request was let go.
    pub sent_at: Option<Timestamp>,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// What came back, if it left open what the carrier did.
    pub answer: Option<SourceError>,
    /// The carrier's id of the number.
    pub provider_id: Option<String>,
    /// How it was settled.
    pub evidence: Option<String>,
    /// What the account was seen to hold while the outcome was unknown; the last 20 looks.
    pub looks: Vec<LookDto>,
    /// Why it failed.
    pub error: Option<SourceError>,
    /// Why this candidate was taken, or the next one was.
    pub reason: Option<String>,
}

/// One look at the account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Look)]
pub struct LookDto {
    /// When.
    pub at: Timestamp,
    /// `held`, `absent` or `failed`.
    #[schema(examples("absent"))]
    pub seen: &'static str,
    /// Since when it was held, by the carrier's clock; of the first row if there are several.
    pub created_at: Option<Timestamp>,
    /// Every row of the account with the number.
    pub rows: Vec<HeldRowDto>,
    /// Why it was not complete.
    pub error: Option<SourceError>,
}

/// A row of the account with the number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldRow)]
pub struct HeldRowDto {
    /// The carrier's id.
    pub provider_id: String,
    /// When the carrier created it, by its own clock.
    pub created_at: Option<Timestamp>,
}

impl From<Question> for QuestionDto {
    fn from(question: Question) -> Self {
        Self {
            since: question.since,
            why: question.why.as_str(),
            provider_id: question.provider_id,
            created_at: question.created_at,
            t0: question.t0,
        }
    }
}

impl PurchaseDto {
    /// The purchase as this caller may see it.
    pub(crate) fn seen_by(who: &Identity, purchase: Purchase) -> Self {
        let mut seen = Self::from(purchase);
        seen.idempotency_key = seen.idempotency_key.filter(|_| who.sees_keys());
        seen
    }
}

impl From<Purchase> for PurchaseDto {
    fn from(p: Purchase) -> Self {
        Self {
            needs_person: p.needs_person.map(QuestionDto::from),
            recovered: p.recovered,
            id: p.id.into(),
            state: p.state.as_str(),
            account: p.account.into(),
            number: p.number.as_str().to_owned(),
            number_id: p.number_id.map(String::from),
            configuration: ConfigurationDto {
                state: match p.configuration.state {
                    ConfigurationState::None => "none",
                    ConfigurationState::Pending => "pending",
                    ConfigurationState::Applied => "applied",
                    ConfigurationState::Failed => "failed",
                },
                error: p.configuration.error.as_ref().map(SourceError::from),
            },
            late: p.late,
            idempotency_key: Some(p.idempotency_key.into()),
            criteria: p.criteria,
            candidates: p.candidates.into_iter().map(CandidateDto::from).collect(),
            attempts: p.attempts.into_iter().map(AttemptDto::from).collect(),
            price: p.price.map(MoneyDto::from),
            setup_price: p.setup_price.map(MoneyDto::from),
            price_source: price_source(p.price_source),
            error: p.error.as_ref().map(SourceError::from),
            created_at: p.created_at,
            settled_at: p.settled_at,
        }
    }
}

impl From<Attempt> for AttemptDto {
    fn from(a: Attempt) -> Self {
        Self {
            account: a.account.into(),
            provider: a.provider.to_string(),
            number: a.number.as_str().to_owned(),
            state: a.state.as_str(),
            presumed: a.presumed,
            t0: a.t0,
            sent_at: a.sent_at,
            answered_at: a.answered_at,
            answer: a.answer.as_ref().map(SourceError::from),
            provider_id: a.provider_id,
            evidence: a.evidence,
            looks: a.looks.into_iter().map(LookDto::from).collect(),
            error: a.error.as_ref().map(SourceError::from),
            reason: a.reason,
        }
    }
}

impl From<Look> for LookDto {
    fn from(look: Look) -> Self {
        let seen = match &look.sighting {
            Some(sighting) if sighting.is_held() => "held",
            Some(_) => "absent",
            None => "failed",
        };
        let rows = look.sighting.unwrap_or_default().rows;
        Self {
            at: look.at,
            seen,
            created_at: rows.first().and_then(|row| row.created_at),
            rows: rows
                .into_iter()
                .map(|row| HeldRowDto {
                    provider_id: row.provider_id,
                    created_at: row.created_at,
                })
                .collect(),
            error: look.error.as_ref().map(SourceError::from),
        }
    }
}
