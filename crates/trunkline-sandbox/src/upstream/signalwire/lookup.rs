//! Looking a number up: what it is, not whether it can be had.

use super::error::{Result, refuse};
use super::state::{Context, SignalWire};
use super::text::{international, is_e164, national};
use crate::exchange::Answer;
use crate::json::object;
use crate::world::catalog::COUNTRIES;

impl SignalWire {
    /// The plus sign may come as it is or encoded. Charges nothing, for carrier and name neither.
    pub(super) fn lookup(&self, context: &Context<'_>) -> Result<Answer> {
        let number = context.id().replace("%2B", "+").replace("%2b", "+");
        if !is_e164(&number) {
            let detail = "e164_number is not in E.164 format";
            return refuse("invalid_number_format", detail);
        }
        let query = context.query();
        let extras = query.list("include");
        let digits = &number[1..];
        // The United States come last of those with their calling code, and most numbers are theirs.
        let mut countries = COUNTRIES.iter();
        let country = countries.rfind(|country| digits.starts_with(country.calling_code));
        let calling_code = country.map_or("", |country| country.calling_code);
        let carrier = object! { "linetype": "voip", "lec": "SANDBOX" };
        let cnam = object! { "caller_id": &number };
        let found = object! {
            "country_code_number": calling_code.parse::<u32>().unwrap_or_default(),
            "national_number": &digits[calling_code.len()..],
            "possible_number": true,
            "valid_number": country.is_some(),
            "national_number_formatted": national(&number),
            "international_number_formatted": international(&number),
            "e164": &number,
            "location": country.map_or("", |country| country.name),
            "country_code": country.map_or("", |country| country.code),
            "timezones": ["Etc/UTC"],
            "number_type": "fixed_or_mobile",
            "carrier"?: extras.contains(&"carrier").then_some(carrier),
            "cnam"?: extras.contains(&"cnam").then_some(cnam),
        };
        Ok(Answer::ok_utf8(&found))
    }
}
