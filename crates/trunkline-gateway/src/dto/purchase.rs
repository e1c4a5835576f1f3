//! Purchases.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use trunkline_core::{
    Attempt, Configuration, E164, Error, HeldRow, Look, ProviderData, Purchase, PurchaseOrder,
    Question, Result, Routing, Strategy, Wishes, plain,
};
use trunkline_engine::buy::{Criteria, Order};
use trunkline_engine::journal::Record;
use trunkline_engine::{Offer, Preference, Resolution};
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::convert::{dtos, unchanged};
use crate::dto::criteria::{CandidateDto, CriteriaBody, MoneyBody};
use crate::dto::number::{MoneyDto, NumberDto, PriceSourceDto};
use crate::dto::problem::SourceError;
use crate::identity::Visible;
use crate::values::{one_of, one_of_set, parse};

/// What to purchase: an `offer`, or an `account` and a `number`, or the best number that meets `criteria`. Label, routing
/// and the like are set once the number is held.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = PurchaseRequest, example = json!({"account": "twilio", "number": "+14152000137", "label": "Support line"}))]
pub(crate) struct PurchaseBody {
    /// An offer from a search.
    pub(crate) offer: Option<String>,
    /// The account that buys; with `number`.
    #[schema(examples("twilio"))]
    pub(crate) account: Option<String>,
    /// The number, E.164; with `account`.
    #[schema(pattern = r"^\+[1-9][0-9]{1,14}$", examples("+14152000137"))]
    pub(crate) number: Option<String>,
    /// What the number must be, if any such number will do. Candidates are tried in order; the next one only after a refusal.
    pub(crate) criteria: Option<CriteriaBody>,
    /// With `criteria`: `cheapest` (default) or `priority`, by the accounts' priorities.
    #[schema(value_type = Option<StrategyDto>)]
    pub(crate) strategy: Option<String>,
    /// With `criteria`: highest monthly price. A number with an unknown price, or a price in another currency, is not bought.
    pub(crate) max_monthly_price: Option<MoneyBody>,
    /// Label.
    #[schema(pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    pub(crate) label: Option<String>,
    /// Routing of calls.
    #[schema(value_type = Option<crate::openapi::AnyRouting>)]
    pub(crate) voice: Option<Value>,
    /// Routing of messages.
    #[schema(value_type = Option<crate::openapi::AnyRouting>)]
    pub(crate) messaging: Option<Value>,
    /// The carrier's id of the address for emergency calls.
    #[schema(pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    pub(crate) emergency_address_id: Option<String>,
    /// The carrier's id of the address that the purchase needs.
    #[schema(pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    pub(crate) address_id: Option<String>,
    /// Options of the carrier. Unknown members are refused by name.
    #[schema(value_type = Option<Object>)]
    pub(crate) provider_options: Option<ProviderData>,
}

impl PurchaseBody {
    /// The order in this body; `open` opens an offer.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field; those of `open`.
    pub(crate) fn order(mut self, open: impl FnOnce(&str) -> Result<Offer>) -> Result<Order> {
        let wishes = self.wishes()?;
        if let Some(criteria) = self.criteria.take() {
            let criteria = self.by_criteria(criteria, wishes)?;
            return Ok(Order::Criteria(Box::new(criteria)));
        }
        let only_with_criteria = [
            ("strategy", self.strategy.is_some()),
            ("max_monthly_price", self.max_monthly_price.is_some()),
        ];
        absent(&only_with_criteria, "only together with criteria")?;
        let (field, message) = match (self.offer, self.account, self.number) {
            (Some(offer), None, None) => {
                let order = open(&offer)?.order();
                return Ok(Order::Number(Box::new(wishes.added_to(order))));
            }
            (None, Some(account), Some(number)) => {
                let account = parse("account", &account)?;
                let order = PurchaseOrder::new(account, number.parse::<E164>()?);
                return Ok(Order::Number(Box::new(wishes.added_to(order))));
            }
            (Some(_), ..) => (
                "offer",
                "an offer names account and number itself: leave them out",
            ),
            (None, Some(_), None) => ("number", "missing: an account needs the number to buy"),
            (None, None, Some(_)) => (
                "account",
                "missing: a number needs the account that buys it",
            ),
            _ => (
                "offer",
                "missing: give an offer, or account and number, or criteria",
            ),
        };
        Err(Error::invalid(field, message))
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
        let never_with_criteria = [
            ("offer", self.offer.is_some()),
            ("account", self.account.is_some()),
            ("number", self.number.is_some()),
        ];
        absent(&never_with_criteria, "not together with criteria")?;
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
        Ok(Criteria {
            preference,
            written: written(&criteria, strategy, most)?,
            search: criteria.search()?,
            wishes,
        })
    }
}

/// Refuses the first of these fields that is given.
fn absent(fields: &[(&str, bool)], message: &str) -> Result<()> {
    match fields.iter().find(|(_, given)| *given) {
        Some((field, _)) => Err(Error::invalid(*field, message)),
        None => Ok(()),
    }
}

/// The request by criteria as it is kept with the purchase: without fields that were left out.
fn written(
    criteria: &CriteriaBody,
    strategy: Strategy,
    most: Option<&MoneyBody>,
) -> Result<ProviderData> {
    let mut written = json!(criteria);
    if let Some(fields) = written.as_object_mut() {
        fields.insert("strategy".to_owned(), strategy.as_str().into());
        fields.insert("max_monthly_price".to_owned(), json!(most));
        fields.retain(|_, value| !value.is_null() && *value != json!([]));
    }
    ProviderData::of(&written)
}

/// A person's decision on a purchase whose outcome can't be found out by asking the carrier.
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
    pub(crate) provider_id: Option<String>,
}

impl ResolveBody {
    /// The decision.
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

/// Outcome of a purchase, decided by a person.
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

mirrors! {
    /// Which candidate is tried first.
    StrategyDto as Strategy = trunkline_core::Strategy { Cheapest "cheapest", Priority "priority" }

    /// State of a purchase.
    PurchaseStateDto as PurchaseState = trunkline_core::PurchaseState {
        Intended "intended", Dispatched "dispatched", Unknown "unknown", Succeeded "succeeded",
        Failed "failed",
    }

    /// State of the settings that follow a purchase.
    ConfigurationStateDto as ConfigurationState = trunkline_core::ConfigurationState {
        None "none", Pending "pending", Applied "applied", Failed "failed",
    }

    /// Why only a person can decide the outcome of a purchase.
    QuestionReasonDto as QuestionReason = trunkline_core::QuestionReason {
        Disputed "disputed", Late "late", Unknown "unknown",
    }
}

/// What a look at the account found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Seen {
    Held,
    Absent,
    Failed,
}

unchanged! { Seen as Seen }

impl Seen {
    fn of(look: &Look) -> Self {
        match &look.sighting {
            Some(sighting) if sighting.is_held() => Self::Held,
            Some(_) => Self::Absent,
            None => Self::Failed,
        }
    }
}

dtos! {
    /// The recorded purchase of one number.
    pub(crate) PurchaseDto as Purchase = Visible<Purchase>, |p| {
        /// Id.
        #[schema(
            pattern = "^pur_[0-9a-z]{26}$",
            examples("pur_01j9zr2m4g7q8t5v6w7x8y9z0a")
        )]
        id: String,
        /// `intended`, `dispatched`, `unknown`, `succeeded` or `failed`.
        state: PurchaseStateDto,
        /// The account that buys.
        account: String,
        /// The wanted number.
        #[schema(pattern = r"^\+[1-9][0-9]{1,14}$", examples("+14152000137"))]
        number: String,
        /// The number's id, once held.
        number_id: Option<String>,
        /// Whether label, routing and the like were set.
        configuration: ConfigurationDto,
        /// True when it was presumed failed and the carrier carried it out afterwards.
        late: bool,
        /// Set while only a person can decide the outcome: look at the carrier's console, then resolve the purchase.
        needs_person: Option<QuestionDto>,
        /// True when its record vanished from the database while it was carried out, and was written again.
        recovered: bool,
        /// The key of the request; `null` for callers whose own key may neither purchase nor administer.
        idempotency_key: Option<String> = p.key(&p.idempotency_key),
        /// The criteria of the request, if it did not name a number.
        #[schema(value_type = Option<Object>)]
        criteria: Option<ProviderData>,
        /// The numbers that meet the criteria, best first, with the outcome of each and the reason.
        candidates: Vec<CandidateDto>,
        /// What was tried, with the evidence.
        attempts: Vec<AttemptDto>,
        /// Monthly price.
        price: Option<MoneyDto>,
        /// Setup price.
        setup_price: Option<MoneyDto>,
        /// `carrier`, `config` or `unknown`.
        price_source: PriceSourceDto,
        /// Why it failed.
        error: Option<SourceError>,
        /// When the request was recorded.
        created_at: Timestamp,
        /// When the outcome was decided.
        settled_at: Option<Timestamp>,
    }

    /// Why only a person can decide the outcome of a purchase.
    pub(crate) QuestionDto as Question = Question, |question| {
        /// Since when it is open.
        since: Timestamp,
        /// `disputed` (by the carrier's records the number was held before it was ordered), `late` (it appeared more than
        /// an hour later, or after another purchase had won it) or `unknown` (the outcome could not be found out for an
        /// hour).
        why: QuestionReasonDto,
        /// The carrier's id of the number in question.
        provider_id: Option<String>,
        /// When the carrier created that number, by its own clock.
        created_at: Option<Timestamp>,
        /// The carrier's clock just before the number was ordered.
        t0: Option<Timestamp>,
    }

    /// The settings that follow a purchase.
    pub(crate) ConfigurationDto as Configuration = Configuration, |configuration| {
        /// `none`, `pending`, `applied` or `failed`.
        state: ConfigurationStateDto,
        /// Why it failed; the number is held nevertheless.
        error: Option<SourceError>,
    }

    /// One attempt to buy one number at one account.
    pub(crate) AttemptDto as Attempt = Attempt, |attempt| {
        /// The account.
        account: String,
        /// Its provider.
        provider: String,
        /// The number.
        #[schema(pattern = r"^\+[1-9][0-9]{1,14}$")]
        number: String,
        /// As of the purchase.
        state: PurchaseStateDto,
        /// True when it was settled only because the number was absent, and is still being watched.
        presumed: bool,
        /// The carrier's clock when the account was read before the request; ours where the carrier sends no `Date`.
        t0: Option<Timestamp>,
        /// When the request was sent.
        sent_at: Option<Timestamp>,
        /// When it was answered.
        answered_at: Option<Timestamp>,
        /// The answer, if it does not say what the carrier did.
        answer: Option<SourceError>,
        /// The carrier's id of the number.
        provider_id: Option<String>,
        /// How it was settled.
        evidence: Option<String>,
        /// What the account was seen to hold while the outcome was unknown; the last 20 looks.
        looks: Vec<LookDto>,
        /// Why it failed.
        error: Option<SourceError>,
        /// Why this candidate was taken, or the next one was.
        reason: Option<String>,
    }

    /// One look at the account.
    pub(crate) LookDto as Look = Look, |look| {
        /// Time.
        at: Timestamp,
        /// `held`, `absent` or `failed`.
        seen: Seen = Seen::of(look),
        /// Since when it was held, by the carrier's clock; of the first row if there are several.
        created_at: Option<Timestamp> = look
            .sighting
            .as_ref()
            .and_then(|sighting| sighting.first()?.created_at),
        /// Every row of the account with the number.
        rows: Vec<HeldRowDto> = look.sighting.as_ref().map_or(&[][..], |sighting| &sighting.rows),
        /// Why it was not complete.
        error: Option<SourceError>,
    }

    /// A row of the account with the number.
    pub(crate) HeldRowDto as HeldRow = HeldRow, |row| {
        /// The carrier's id.
        provider_id: String,
        /// When the carrier created it, by its own clock.
        created_at: Option<Timestamp>,
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
        let held = record.purchase.held.take();
        Self {
            purchase: Visible::whole(record.purchase).into(),
            number: held.map(|number| NumberDto::from(*number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use trunkline_core::ErrorKind;

    use super::*;

    /// Generated requests would mostly be refused otherwise.
    #[test]
    fn openapi_document_excludes_the_members_that_the_server_refuses_together() {
        let document = crate::document();
        let mut schema = document["components"]["schemas"]["PurchaseRequest"].clone();
        schema["components"] = document["components"].clone();
        let schema = jsonschema::validator_for(&schema).unwrap();
        let members = [
            ("offer", json!("of_1")),
            ("account", json!("us-main")),
            ("number", json!("+14155550100")),
            ("criteria", json!({ "country": "US" })),
            ("strategy", json!("priority")),
            (
                "max_monthly_price",
                json!({ "amount": "2.00", "currency": "USD" }),
            ),
        ];
        let mut accepted = 0;
        for (chosen, other) in
            (0..1_u32 << members.len()).flat_map(|bits| [(bits, false), (bits, true)])
        {
            let mut body = serde_json::Map::new();
            for (at, (name, value)) in members.iter().enumerate() {
                if chosen & (1 << at) != 0 {
                    body.insert((*name).to_owned(), value.clone());
                } else if other {
                    body.insert((*name).to_owned(), Value::Null);
                }
            }
            let body = Value::Object(body);
            let read: PurchaseBody = serde_json::from_value(body.clone()).unwrap();
            // An offer that was opened is not to blame.
            let expired = || Error::new(ErrorKind::NotAvailable, "expired");
            let refused = read.order(|_| Err(expired())).err();
            let is_valid = refused.is_none_or(|error| error.kind() == ErrorKind::NotAvailable);
            assert_eq!(schema.is_valid(&body), is_valid, "{body}");
            accepted += u32::from(is_valid);
        }
        assert_eq!(accepted, 2 * 6);
    }
}
