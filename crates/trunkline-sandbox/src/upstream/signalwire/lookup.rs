//! Looking a number up: what it is, not whether it can be had.

use http::StatusCode;
use serde::Serialize;

use super::error::{ApiError, Result};
use super::query::Query;
use super::text::{international, is_e164, national};
use super::{Context, SignalWire, json};
use crate::exchange::Answer;
use crate::world::catalog::COUNTRIES;

#[derive(Serialize)]
struct Found {
    country_code_number: u32,
    national_number: String,
    possible_number: bool,
    valid_number: bool,
    national_number_formatted: String,
    international_number_formatted: String,
    e164: String,
    location: &'static str,
    country_code: &'static str,
    timezones: [&'static str; 1],
    number_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier: Option<CarrierInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnam: Option<Cnam>,
}

#[derive(Serialize)]
struct CarrierInfo {
    linetype: &'static str,
    lec: &'static str,
}

#[derive(Serialize)]
struct Cnam {
    caller_id: String,
}

impl SignalWire {
    /// The plus sign may come as it is or encoded. Charges nothing, for carrier and name neither.
    pub(super) fn lookup(&self, context: &Context<'_>, number: &str) -> Result<Answer> {
        let number = number.replace("%2B", "+").replace("%2b", "+");
        if !is_e164(&number) {
            return Err(ApiError::invalid(
                "invalid_number_format",
                "e164_number is not in E.164 format",
            ));
        }
        let query = Query::of(context.request);
        let extras = query.filled("include").unwrap_or_default();
        let wants = |name| extras.split(',').any(|extra| extra.trim() == name);
        let digits = &number[1..];
        // The United States come last of those with their calling code, and most numbers are theirs.
        let country = COUNTRIES
            .iter()
            .rfind(|country| digits.starts_with(country.calling_code));
        let calling_code = country.map_or("", |country| country.calling_code);
        let found = Found {
            country_code_number: calling_code.parse().unwrap_or_default(),
            national_number: digits[calling_code.len()..].to_owned(),
            possible_number: true,
            valid_number: country.is_some(),
            national_number_formatted: national(&number),
            international_number_formatted: international(&number),
            location: country.map_or("", |country| country.name),
            country_code: country.map_or("", |country| country.code),
            timezones: ["Etc/UTC"],
            number_type: "fixed_or_mobile",
            carrier: wants("carrier").then_some(CarrierInfo {
                linetype: "voip",
                lec: "SANDBOX",
            }),
            cnam: wants("cnam").then(|| Cnam {
                caller_id: number.clone(),
            }),
            e164: number,
        };
        Ok(json(StatusCode::OK, &found))
    }
}
