//! Which of the numbers held to list.

use serde::Deserialize;
use trunkline_core::{CountryCode, Error, ListQuery, NumberState, NumberType, Result};
use trunkline_engine::NumbersRequest;
use utoipa::IntoParams;

use crate::dto::text::{AccountRef, Country, Cursor, FeatureNames, Names, Word};
use crate::values::{features, limit, list, number, parse, timeout, word};

/// Filters of numbers.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Only at these accounts, separated by commas.
    #[param(value_type = Option<Names>, inline, example = "twilio")]
    pub(crate) account: Option<String>,
    /// Only at accounts of this provider, by its name in `GET /v1/providers`.
    #[param(value_type = Option<AccountRef>, inline)]
    pub(crate) provider: Option<String>,
    /// ISO 3166-1 alpha-2, in either case.
    #[param(value_type = Option<Country>, inline, example = "US")]
    pub(crate) country: Option<String>,
    /// Type.
    #[serde(rename = "type")]
    #[param(value_type = Option<Word>, inline, example = "local")]
    pub(crate) kind: Option<String>,
    /// State.
    #[param(value_type = Option<Word>, inline, example = "active")]
    pub(crate) state: Option<String>,
    /// What it must be able to do: `voice,sms,mms,fax`.
    #[param(value_type = Option<FeatureNames>, inline, example = "voice,sms")]
    pub(crate) features: Option<String>,
    /// Exactly this number.
    #[param(value_type = Option<Word>, inline, example = "+14152000137")]
    pub(crate) number: Option<String>,
    /// Digits anywhere in the number.
    #[param(pattern = "^[0-9]{2,}$", example = "415")]
    pub(crate) contains: Option<String>,
    /// Exactly this label.
    #[param(value_type = Option<Word>, inline, example = "Support line")]
    pub(crate) label: Option<String>,
    /// The carrier's id of the owner.
    #[param(value_type = Option<Word>, inline)]
    pub(crate) owner: Option<String>,
    /// The carrier's id of the location.
    #[param(value_type = Option<Word>, inline)]
    pub(crate) location: Option<String>,
    /// `true` for main numbers only, `false` for all others.
    pub(crate) main: Option<bool>,
    /// `true` for numbers without an owner only, `false` for those with one.
    pub(crate) available: Option<bool>,
    /// At most this many: 1 to 100, default 50.
    #[param(minimum = 1, maximum = 100)]
    pub(crate) limit: Option<usize>,
    /// `next_cursor` of the previous page; with the same filters.
    #[param(value_type = Option<Cursor>, inline)]
    pub(crate) cursor: Option<String>,
    /// Milliseconds after which the answer has what is there so far: 1 to 60000, default 5000. For a stream: how long to wait
    /// for each page of a carrier, default 30000.
    #[param(minimum = 1, maximum = 60_000)]
    pub(crate) timeout_ms: Option<u64>,
}

impl TryFrom<ListParams> for NumbersRequest {
    type Error = Error;

    fn try_from(p: ListParams) -> Result<Self> {
        let digits = p
            .contains
            .as_ref()
            .is_none_or(|text| text.len() >= 2 && text.bytes().all(|b| b.is_ascii_digit()));
        if !digits {
            return Err(Error::invalid("contains", "2 digits or more"));
        }
        Ok(Self {
            query: ListQuery {
                number: number(p.number)?,
                contains: p.contains,
                country: p
                    .country
                    .map(|text| parse::<CountryCode>("country", &text))
                    .transpose()?,
                number_type: word("type", p.kind)?.map(|kind| NumberType::read(&kind)),
                state: word("state", p.state)?.map(|state| NumberState::read(&state)),
                features: features(p.features.as_deref())?,
                label: word("label", p.label)?,
                owner: word("owner", p.owner)?,
                location: word("location", p.location)?,
                main: p.main,
                available: p.available,
                ..ListQuery::default()
            },
            accounts: list("account", p.account.as_deref())?,
            provider: word("provider", p.provider)?,
            limit: limit(p.limit, 50)?,
            cursor: p.cursor,
            timeout: timeout(p.timeout_ms)?,
        })
    }
}
