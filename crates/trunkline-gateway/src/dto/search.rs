//! What to search for.

use serde::Deserialize;
use trunkline_core::{AddressRequirement, CountryCode, Error, NumberType, Result, SearchQuery};
use trunkline_engine::{SearchRequest, SearchSort};
use utoipa::IntoParams;

use crate::dto::closed_set::closed_sets;
use crate::dto::text::{Country, FeatureNames, Names, Word};
use crate::values::{features, limit, list, one_of, parse, timeout, with_plus, word};

closed_sets! {
    /// The address that a purchase may need.
    AddressRequirementDto as AddressRequirement = trunkline_core::AddressRequirement {
        None "none", Any "any", Local "local", Foreign "foreign",
    }

    /// Order of the numbers of several accounts.
    SearchSortDto as SearchSort = trunkline_engine::SearchSort {
        Price "price", Account "account", Number "number",
    }
}

/// A search.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchParams {
    /// ISO 3166-1 alpha-2, in either case.
    #[param(value_type = Option<Country>, inline, required, example = "US")]
    pub(crate) country: Option<String>,
    /// `local` (default), `mobile`, `toll_free`, `national`, `shared_cost`, `voip`, or a type of the carrier's own.
    #[serde(rename = "type")]
    #[param(value_type = Option<Word>, inline, example = "local")]
    pub(crate) kind: Option<String>,
    /// National destination code.
    #[param(pattern = "^[0-9]{1,6}$", example = "415")]
    pub(crate) area_code: Option<String>,
    /// 2 to 15 digits or letters of the national number, `*` for any digit: anywhere, `^415` at the start, `0101$` at the end.
    #[param(
        pattern = r"^\^?\**[0-9A-Za-z]\**[0-9A-Za-z][0-9A-Za-z*]*\$?$",
        example = "^415"
    )]
    pub(crate) contains: Option<String>,
    /// What it must be able to do: `voice,sms,mms,fax`.
    #[param(value_type = Option<FeatureNames>, inline, example = "voice,sms")]
    pub(crate) features: Option<String>,
    /// State or province.
    #[param(value_type = Option<Word>, inline, example = "CA")]
    pub(crate) region: Option<String>,
    /// City.
    #[param(value_type = Option<Word>, inline, example = "San Francisco")]
    pub(crate) locality: Option<String>,
    /// Postal code.
    #[param(value_type = Option<Word>, inline, example = "94105")]
    pub(crate) postal_code: Option<String>,
    /// Near a number, `+14155550100`, or a point, `37.77,-122.42`.
    pub(crate) near: Option<String>,
    /// How near, in miles: 1 to 500; only with `near`.
    #[param(minimum = 1, maximum = 500)]
    pub(crate) distance: Option<u16>,
    /// The strictest address that a purchase may need: `none`, `local` or `foreign`.
    #[param(value_type = Option<AddressRequirementDto>, inline)]
    pub(crate) address_requirement: Option<String>,
    /// Rate centre; only with `lata`.
    #[param(value_type = Option<Word>, inline)]
    pub(crate) rate_center: Option<String>,
    /// Local access and transport area.
    #[param(value_type = Option<Word>, inline)]
    pub(crate) lata: Option<String>,
    /// `false` leaves out numbers that are new to the carrier's platform.
    pub(crate) beta: Option<bool>,
    /// Only at these accounts, separated by commas.
    #[param(value_type = Option<Names>, inline, example = "twilio,signalwire")]
    pub(crate) accounts: Option<String>,
    /// At most this many: 1 to 100, default 20.
    #[param(minimum = 1, maximum = 100)]
    pub(crate) limit: Option<usize>,
    /// `price` (unknown prices last), `account` or `number`; default the accounts in turn.
    #[param(inline)]
    pub(crate) sort: Option<SearchSortDto>,
    /// Milliseconds after which the answer has what is there so far: 1 to 60000, default 5000.
    #[param(minimum = 1, maximum = 60_000)]
    pub(crate) timeout_ms: Option<u64>,
}

impl TryFrom<SearchParams> for SearchRequest {
    type Error = Error;

    fn try_from(p: SearchParams) -> Result<Self> {
        let country = p
            .country
            .ok_or_else(|| Error::invalid("country", "required: a country code such as US"))?;
        let mut query = SearchQuery::new(parse::<CountryCode>("country", &country)?);
        if let Some(kind) = word("type", p.kind)? {
            query.number_type = NumberType::read(&kind);
        }
        query.area_code = p.area_code;
        let contains = p.contains.map(|text| parse("contains", &text));
        query.contains = contains.transpose()?;
        query.features = features(p.features.as_deref())?;
        query.region = word("region", p.region)?;
        query.locality = word("locality", p.locality)?;
        query.postal_code = word("postal_code", p.postal_code)?;
        let near = p.near.map(|text| parse("near", &with_plus(&text)));
        query.near = near.transpose()?;
        query.distance = p.distance;
        let needed = p.address_requirement.map(|text| {
            let known = AddressRequirementDto::ALL;
            one_of("address_requirement", &text, known).map(AddressRequirement::from)
        });
        query.address_requirement = needed.transpose()?;
        query.rate_center = word("rate_center", p.rate_center)?;
        query.lata = word("lata", p.lata)?;
        query.beta = p.beta;
        query.limit = limit(p.limit, 20)?;
        query.validate()?;
        Ok(Self {
            query,
            accounts: list("accounts", p.accounts.as_deref())?,
            sort: p.sort.map(SearchSort::from).unwrap_or_default(),
            timeout: timeout(p.timeout_ms)?,
        })
    }
}
