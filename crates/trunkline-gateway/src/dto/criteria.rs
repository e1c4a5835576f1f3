//! What a number must be, for a purchase that does not name one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trunkline_core::{Candidate, Error, ErrorKind, Money, Result};
use trunkline_engine::SearchRequest;
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::convert::dtos;
use crate::dto::number::{MoneyDto, PriceSourceDto};
use crate::dto::search::{AddressRequirementDto, SearchParams};

mirrors! {
    /// Whether a candidate was tried.
    CandidateStateDto as CandidateState = trunkline_core::CandidateState {
        Waiting "waiting", Taken "taken", PassedOver "passed_over",
    }
}

/// What the number must be; the same as the parameters of a search.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(expecting = "an object, such as {\"country\": \"US\"}")]
#[schema(as = Criteria, example = json!({"country": "US", "area_code": "415", "features": ["voice", "sms"]}))]
pub(crate) struct CriteriaBody {
    /// ISO 3166-1 alpha-2, in either case.
    #[schema(pattern = "^[A-Za-z]{2}$", examples("US"))]
    pub(crate) country: String,
    /// `local` (default), `mobile`, `toll_free`, `national`, `shared_cost`, `voip`, or a type of the carrier's own.
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    /// National destination code.
    #[schema(pattern = "^[0-9]{1,6}$")]
    pub(crate) area_code: Option<String>,
    /// 2 to 15 digits or letters of the national number, `*` for any digit: anywhere, `^415` at the start, `0101$` at the end.
    #[schema(pattern = r"^\^?\**[0-9A-Za-z]\**[0-9A-Za-z][0-9A-Za-z*]*\$?$")]
    pub(crate) contains: Option<String>,
    /// What it must be able to do: of `voice`, `sms`, `mms`, `fax`.
    #[serde(default)]
    #[schema(pattern = "^(voice|sms|mms|fax|emergency)$")]
    pub(crate) features: Vec<String>,
    /// State or province.
    pub(crate) region: Option<String>,
    /// City.
    pub(crate) locality: Option<String>,
    /// Postal code.
    pub(crate) postal_code: Option<String>,
    /// Near a number, `+14155550100`, or a point, `37.77,-122.42`.
    pub(crate) near: Option<String>,
    /// How near, in miles: 1 to 500; only with `near`.
    #[schema(minimum = 1, maximum = 500)]
    pub(crate) distance: Option<u16>,
    /// The strictest address that the purchase may need: `none`, `local` or `foreign`.
    #[schema(value_type = Option<AddressRequirementDto>)]
    pub(crate) address_requirement: Option<String>,
    /// Rate centre; only with `lata`.
    pub(crate) rate_center: Option<String>,
    /// Local access and transport area.
    pub(crate) lata: Option<String>,
    /// `false` leaves out numbers that are new to the carrier's platform.
    pub(crate) beta: Option<bool>,
    /// Only at these accounts; default all.
    #[serde(default)]
    pub(crate) accounts: Vec<String>,
}

impl CriteriaBody {
    /// The search that finds the candidates.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field below `criteria`.
    pub(crate) fn search(self) -> Result<SearchRequest> {
        for (field, names) in [("accounts", &self.accounts), ("features", &self.features)] {
            let is_wrong = |name: &String| name.is_empty() || name.contains(',');
            if names.iter().any(is_wrong) {
                let field = format!("criteria.{field}");
                return Err(Error::invalid(field, "a list of names, none of them empty"));
            }
        }
        let joined = |list: Vec<String>| (!list.is_empty()).then(|| list.join(","));
        let params = SearchParams {
            country: Some(self.country),
            kind: self.kind,
            area_code: self.area_code,
            contains: self.contains,
            features: joined(self.features),
            region: self.region,
            locality: self.locality,
            postal_code: self.postal_code,
            near: self.near,
            distance: self.distance,
            address_requirement: self.address_requirement,
            rate_center: self.rate_center,
            lata: self.lata,
            beta: self.beta,
            accounts: joined(self.accounts),
            ..SearchParams::default()
        };
        SearchRequest::try_from(params).map_err(|error| below("criteria", &error))
    }
}

/// The highest allowed price.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(expecting = "an object, such as {\"amount\": \"2.00\", \"currency\": \"USD\"}")]
#[schema(as = Ceiling)]
pub(crate) struct MoneyBody {
    /// A decimal, as text.
    #[schema(examples("2.00"))]
    pub(crate) amount: String,
    /// ISO 4217.
    #[schema(examples("USD"))]
    pub(crate) currency: String,
}

impl MoneyBody {
    /// The amount that stands in this field.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field below it.
    pub(crate) fn money(&self, field: &str) -> Result<Money> {
        let money = Money::parse(&self.amount, &self.currency);
        let money = money.map_err(|error| below(field, &error))?;
        if money.amount.is_sign_negative() {
            let message = "a ceiling is not negative";
            return Err(Error::invalid(format!("{field}.amount"), message));
        }
        Ok(money)
    }
}

/// The same error, its fields named from the top of the body.
fn below(parent: &str, error: &Error) -> Error {
    let message = format!("{parent}.{}", error.message());
    error.fields().iter().fold(
        Error::new(ErrorKind::InvalidRequest, message),
        |error, wrong| error.with_field(format!("{parent}.{}", wrong.field), wrong.message.clone()),
    )
}

dtos! {
    /// A number that meets the criteria of a purchase.
    pub(crate) CandidateDto as Candidate = Candidate, |candidate| {
        /// The account that sells it.
        #[schema(examples("twilio"))]
        account: String,
        /// Its provider.
        provider: String,
        /// The number.
        #[schema(pattern = r"^\+[1-9][0-9]{1,14}$", examples("+14152000137"))]
        number: String,
        /// Monthly price.
        monthly_price: Option<MoneyDto>,
        /// Setup price.
        setup_price: Option<MoneyDto>,
        /// `carrier`, `config` or `unknown`.
        price_source: PriceSourceDto,
        /// When the quote expires.
        expires_at: Timestamp,
        /// `waiting`, `taken` or `passed_over`.
        state: CandidateStateDto,
        /// Why it was taken or passed over.
        reason: Option<String>,
    }
}
