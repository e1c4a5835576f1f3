//! Numbers for sale.

use jiff::Timestamp;
use trunkline_core::{
    AvailableNumber, E164, Money, PriceSource, ProviderData, Result, SearchQuery,
};

use trunkline_http::wire::{Capabilities, Flag, Text, address_requirement, lacks};

use super::fields::{features, number_type, place};
use crate::wire;

/// A number for sale, with the token that buys it until `expires_at`. Errors: `Protocol` if it has no E.164 number or
/// no token: there is nothing to order it by.
pub(crate) fn available(
    query: &SearchQuery,
    expires_at: Timestamp,
    mut row: wire::AvailableNumber<'_>,
) -> Result<AvailableNumber> {
    let digits = row.number.get().ok_or_else(|| lacks("number"))?;
    let number: E164 = digits.parse().map_err(|_| lacks("number"))?;
    let token = row
        .token
        .take()
        .into_string()
        .ok_or_else(|| lacks("token"))?;
    let country = row.country_code.get().and_then(|code| code.parse().ok());
    let display = row.display_number.take().into_string();
    let monthly_price = row.price.get().and_then(price);
    Ok(AvailableNumber {
        display_number: display.unwrap_or_else(|| number.describe().display),
        number,
        country: country.or(Some(query.country)),
        number_type: number_type(row.toll_free).unwrap_or_else(|| query.number_type.clone()),
        features: features(&row.capabilities),
        location: place(row.location.take().into_string()),
        address_requirement: address_requirement(&row.address_requirements),
        price_source: monthly_price.map_or(PriceSource::Unknown, |_| PriceSource::Carrier),
        monthly_price,
        setup_price: None,
        handle: Some(token),
        expires_at: Some(expires_at),
        provider_data: ProviderData::of(&wire::AvailableNumber {
            number: Text::default(),
            toll_free: Flag::default(),
            country_code: Text::default(),
            address_requirements: Text::default(),
            capabilities: Capabilities::default(),
            ..row
        })?,
    })
}

/// Reads `$1.00`, `$1.0`, `$1,000.00` and the like: an amount with the sign or code of its currency before or after it.
/// Without one it says nothing. It is a month's, whether it says so (`$1.00/month`) or not.
fn price(text: &str) -> Option<Money> {
    let text = match text.split_once('/') {
        Some((text, per)) if per.trim().to_ascii_lowercase().starts_with("mo") => text,
        Some(_) => return None,
        None => text,
    };
    let text = without_separators(text)?;
    let is_amount = |c: char| c.is_ascii_digit() || c == '.';
    let amount: String = text.chars().filter(|c| is_amount(*c)).collect();
    let sign: String = text
        .chars()
        .filter(|c| !is_amount(*c) && !c.is_whitespace())
        .collect();
    let currency = match sign.as_str() {
        "$" | "US$" => "USD",
        "€" => "EUR",
        "£" => "GBP",
        code => code,
    };
    Money::parse(&amount, currency).ok()
}

/// Drops the commas between thousands; a comma anywhere else could be a decimal one.
fn without_separators(text: &str) -> Option<String> {
    let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).count();
    let mut parts = text.split(',');
    let first = parts.next().unwrap_or_default();
    let mut whole = first.to_owned();
    for part in parts {
        let before = whole.ends_with(|c: char| c.is_ascii_digit()) && !whole.contains('.');
        if !before || digits(part) != 3 {
            return None;
        }
        whole.push_str(part);
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use trunkline_core::AddressRequirement;

    use super::*;

    #[test]
    fn a_price_is_read_with_its_currency_or_not_at_all() {
        let read = |text| price(text).map(|money| money.to_string());
        for (text, wanted) in [
            ("$1.00", "1.00 USD"),
            ("$1.0", "1.0 USD"),
            (" US$ 12 ", "12 USD"),
            ("€2.50", "2.50 EUR"),
            ("3.10 GBP", "3.10 GBP"),
            ("usd 4", "4 USD"),
            ("$1,000.00", "1000.00 USD"),
            ("$1.00/month", "1.00 USD"),
            ("$2 / mo", "2 USD"),
        ] {
            assert_eq!(read(text).as_deref(), Some(wanted), "{text}");
        }
        for text in [
            "1.00",
            "",
            "free",
            "$",
            "$-1",
            "1,00 €",
            "$1,0000",
            "$1.5,000",
            "$12/year",
            "1.2.3 USD",
            "¤1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_requirement_of_a_new_kind_is_kept() {
        let read = |text: &'static str| address_requirement(&Text::of(text));
        assert_eq!(read("None"), AddressRequirement::None);
        assert_eq!(read("foreign"), AddressRequirement::Foreign);
        assert_eq!(
            read("Notarised"),
            AddressRequirement::Other("Notarised".into())
        );
        assert_eq!(read(""), AddressRequirement::None);
    }
}
