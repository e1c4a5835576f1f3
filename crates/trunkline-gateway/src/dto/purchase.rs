//! Purchases.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use trunkline_core::{
    Attempt, E164, Error, Look, ProviderData, Purchase, PurchaseOrder, Question, Result, Routing,
    Strategy, Wishes, plain,
};
use trunkline_engine::buy::{Criteria, Order};
use trunkline_engine::journal::Record;
use trunkline_engine::{Offer, Preference, Resolution};
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::criteria::{CandidateDto, CriteriaBody, MoneyBody};
use crate::dto::number::{MoneyDto, NumberDto, PriceSourceDto};
use crate::dto::problem::SourceError;
use crate::dto::routing::AnyRouting;
use crate::identity::Identity;
use crate::values::{one_of, one_of_set};

/// What to purchase: an `offer`, or an `account` and a `number`, or the best number that fits `criteria`. The rest is
/// set once the number is held.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = PurchaseRequest, example = json!({"account": "twilio", "number": "+14155550100", "label": "Support line"}))]
pub(crate) struct PurchaseBody {
    /// An offer from a search.
    pub(crate) offer: Option<String>,
    /// The account that buys; with `number`.
    #[schema(examples("us-main"))]
    pub(crate) account: Option<String>,
    /// The number, E.164; with `account`.
    #[schema(pattern = r"^\+[1-9][0-9]{1,14}$", examples("+14155550100"))]
    pub(crate) number: Option<String>,
    /// What the number must be, if you do not care which: several are tried in order, going on only after a refusal.
    pub(crate) criteria: Option<CriteriaBody>,
    /// With `criteria`: `cheapest` (the default) or `priority`, by the accounts' priorities.
    #[schema(value_type = Option<StrategyDto>)]
    pub(crate) strategy: Option<String>,
    /// With `criteria`: the most that a month may cost. An unknown price, or one in another currency, is too much.
    pub(crate) max_monthly_price: Option<MoneyBody>,
    /// Name.
    #[schema(pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    pub(crate) label: Option<String>,
    /// What happens to a call.
    #[schema(value_type = Option<AnyRouting>)]
    pub(crate) voice: Option<Value>,
    /// What happens to a message.
    #[schema(value_type = Option<AnyRouting>)]
    pub(crate) messaging: Option<Value>,
    /// The carrier's id of the address given to emergency services.
    #[schema(pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    pub(crate) emergency_address_id: Option<String>,
    /// The carrier's id of the address that the purchase needs.
    #[schema(pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    pub(crate) address_id: Option<String>,
    /// What one carrier alone has; unknown members are refused by name.
    #[schema(value_type = Option<Object>)]
    pub(crate) provider_options: Option<ProviderData>,
}

impl PurchaseBody {
    /// The order that the body is; `open` opens an offer.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field; those of `open`.
    pub(crate) fn order(mut self, open: impl FnOnce(&str) -> Result<Offer>) -> Result<Order> {
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
        let strategy = self.strategy.map_or(Ok(Strategy::default()), |text| {
            one_of("strategy", &text, StrategyDto::ALL).map(Into::into)
        })?;
        let most = self.max_monthly_price.as_ref();
        let ceiling = most.map(|most| most.money("max_monthly_price"));
        let preference = Preference {
            strategy,
            max_monthly_price: ceiling.transpose()?,
            has_address: wishes.address_id.is_some(),
        };
        let written = ProviderData::of(&Written {
            criteria: &criteria,
            strategy: strategy.as_str(),
            max_monthly_price: most,
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
pub(crate) struct ResolveBody {
    /// `succeeded` or `failed`.
    pub(crate) outcome: ResolvedOutcome,
    /// How you know.
    #[schema(
        pattern = r"^[^\u0000-\u001F\u007F-\u009F]*[^\s\u0000-\u001F\u007F-\u009F][^\u0000-\u001F\u007F-\u009F]*$",
        examples("not in the carrier's console")
    )]
    pub(crate) reason: String,
    /// The carrier's id of the number; needed for `succeeded`.
    #[serde(default)]
    pub(crate) provider_id: Option<String>,
}

impl ResolveBody {
    /// The verdict.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field.
    pub(crate) fn resolution(&self) -> Result<Resolution<'_>> {
        let provider_id = match (self.outcome, &self.provider_id) {
            (ResolvedOutcome::Succeeded, None) => {
                let message = "missing: the carrier's id of the number that was bought";
                return Err(Error::invalid("provider_id", message));
            }
            (ResolvedOutcome::Succeeded, Some(id)) => Some(id.as_str()),
            (ResolvedOutcome::Failed, _) => None,
        };
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Error::invalid("reason", "say how you know"));
        }
        plain("reason", reason)?;
        Ok(Resolution {
            provider_id,
            reason,
        })
    }
}

/// What became of a purchase, by a person's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum ResolvedOutcome {
    Succeeded,
    Failed,
}

impl<'de> Deserialize<'de> for ResolvedOutcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let known = [("succeeded", Self::Succeeded), ("failed", Self::Failed)];
        one_of_set(deserializer, &known)
    }
}

/// A purchase and, once it is held, its number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PurchaseResult)]
pub(crate) struct PurchaseResult {
    /// The purchase.
    pub(crate) purchase: PurchaseDto,
    /// The number as it was once bought and configured.
    pub(crate) number: Option<NumberDto>,
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
pub(crate) struct PurchaseDto {
    /// Its id.
    #[schema(
        pattern = "^pur_[0-9a-z]{26}$",
        examples("pur_01j9zr2m4g7q8t5v6w7x8y9z0a")
    )]
    pub(crate) id: String,
    /// `intended`, `dispatched`, `unknown`, `succeeded` or `failed`.
    pub(crate) state: PurchaseStateDto,
    /// The account that buys.
    pub(crate) account: String,
    /// The number wanted.
    #[schema(pattern = r"^\+[1-9][0-9]{1,14}$", examples("+14155550100"))]
    pub(crate) number: String,
    /// The number's id, once held.
    pub(crate) number_id: Option<String>,
    /// Whether label and routing were set.
    pub(crate) configuration: ConfigurationDto,
    /// It had been presumed failed, and the carrier carried it out afterwards.
    pub(crate) late: bool,
    /// Set while only a person can say what became of it: look at the carrier's console, then resolve it.
    pub(crate) needs_person: Option<QuestionDto>,
    /// Its record had vanished from the database while it was carried out, and was written back.
    pub(crate) recovered: bool,
    /// The key of the request; `null` for callers whose own key may neither purchase nor administer.
    pub(crate) idempotency_key: Option<String>,
    /// What was asked for, if it was not an exact number.
    #[schema(value_type = Option<Object>)]
    pub(crate) criteria: Option<ProviderData>,
    /// The numbers that fitted, best first: what became of each, and why.
    pub(crate) candidates: Vec<CandidateDto>,
    /// What was tried, with the evidence.
    pub(crate) attempts: Vec<AttemptDto>,
    /// Price of a month.
    pub(crate) price: Option<MoneyDto>,
    /// Price of the purchase itself.
    pub(crate) setup_price: Option<MoneyDto>,
    /// `carrier`, `config` or `unknown`.
    pub(crate) price_source: PriceSourceDto,
    /// Why it failed.
    pub(crate) error: Option<SourceError>,
    /// When it was written down.
    pub(crate) created_at: Timestamp,
    /// When its outcome was decided.
    pub(crate) settled_at: Option<Timestamp>,
}

/// Why only a person can say what became of a purchase.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Question)]
pub(crate) struct QuestionDto {
    /// Since when it is open.
    pub(crate) since: Timestamp,
    /// `disputed` (the carrier's records say that it was held before it was ordered), `late` (it turned up more than an
    /// hour later, or after another purchase had won it) or `unknown` (nobody could find out for an hour).
    pub(crate) why: QuestionReasonDto,
    /// The carrier's id of the number it is about.
    pub(crate) provider_id: Option<String>,
    /// When the carrier created that, by its own clock.
    pub(crate) created_at: Option<Timestamp>,
    /// The carrier's clock just before the number was ordered.
    pub(crate) t0: Option<Timestamp>,
}

/// The settings that follow a purchase.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Configuration)]
pub(crate) struct ConfigurationDto {
    /// `none`, `pending`, `applied` or `failed`.
    pub(crate) state: ConfigurationStateDto,
    /// Why it failed; the number is held all the same.
    pub(crate) error: Option<SourceError>,
}

/// One try to get one number at one account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attempt)]
pub(crate) struct AttemptDto {
    /// The account.
    pub(crate) account: String,
    /// Its provider.
    pub(crate) provider: String,
    /// The number.
    #[schema(pattern = r"^\+[1-9][0-9]{1,14}$")]
    pub(crate) number: String,
    /// As of the purchase.
    pub(crate) state: PurchaseStateDto,
    /// Settled by absence alone, and watched for a late commit.
    pub(crate) presumed: bool,
    /// The carrier's clock when the account was looked at before the request, or ours where it sends no `Date`.
    pub(crate) t0: Option<Timestamp>,
    /// When the request was let go.
    pub(crate) sent_at: Option<Timestamp>,
    /// When it was answered.
    pub(crate) answered_at: Option<Timestamp>,
    /// What came back, if it left open what the carrier did.
    pub(crate) answer: Option<SourceError>,
    /// The carrier's id of the number.
    pub(crate) provider_id: Option<String>,
    /// How it was settled.
    pub(crate) evidence: Option<String>,
    /// What the account was seen to hold while the outcome was unknown; the last 20 looks.
    pub(crate) looks: Vec<LookDto>,
    /// Why it failed.
    pub(crate) error: Option<SourceError>,
    /// Why this candidate was taken, or the next one was.
    pub(crate) reason: Option<String>,
}

/// One look at the account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Look)]
pub(crate) struct LookDto {
    /// When.
    pub(crate) at: Timestamp,
    /// `held`, `absent` or `failed`.
    pub(crate) seen: Seen,
    /// Since when it was held, by the carrier's clock; of the first row if there are several.
    pub(crate) created_at: Option<Timestamp>,
    /// Every row of the account with the number.
    pub(crate) rows: Vec<HeldRowDto>,
    /// Why it was not complete.
    pub(crate) error: Option<SourceError>,
}

/// What a look found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Seen {
    Held,
    Absent,
    Failed,
}

mirrors! {
    /// Which candidate goes first.
    StrategyDto as Strategy = trunkline_core::Strategy { Cheapest "cheapest", Priority "priority" }

    /// How far a purchase has come.
    PurchaseStateDto as PurchaseState = trunkline_core::PurchaseState {
        Intended "intended", Dispatched "dispatched", Unknown "unknown", Succeeded "succeeded",
        Failed "failed",
    }

    /// Whether the settings that follow a purchase were made.
    ConfigurationStateDto as ConfigurationState = trunkline_core::ConfigurationState {
        None "none", Pending "pending", Applied "applied", Failed "failed",
    }

    /// Why only a person can say what became of a purchase.
    QuestionReasonDto as QuestionReason = trunkline_core::QuestionReason {
        Disputed "disputed", Late "late", Unknown "unknown",
    }
}

/// A row of the account with the number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldRow)]
pub(crate) struct HeldRowDto {
    /// The carrier's id.
    pub(crate) provider_id: String,
    /// When the carrier created it, by its own clock.
    pub(crate) created_at: Option<Timestamp>,
}

impl From<Question> for QuestionDto {
    fn from(question: Question) -> Self {
        Self {
            since: question.since,
            why: question.why.into(),
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
            state: p.state.into(),
            account: p.account.into(),
            number: p.number.as_str().to_owned(),
            number_id: p.number_id.map(String::from),
            configuration: ConfigurationDto {
                state: p.configuration.state.into(),
                error: p.configuration.error.as_ref().map(SourceError::from),
            },
            late: p.late,
            idempotency_key: Some(p.idempotency_key.into()),
            criteria: p.criteria,
            candidates: p.candidates.into_iter().map(CandidateDto::from).collect(),
            attempts: p.attempts.into_iter().map(AttemptDto::from).collect(),
            price: p.price.map(MoneyDto::from),
            setup_price: p.setup_price.map(MoneyDto::from),
            price_source: p.price_source.into(),
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
            state: a.state.into(),
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
            Some(sighting) if sighting.is_held() => Seen::Held,
            Some(_) => Seen::Absent,
            None => Seen::Failed,
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
