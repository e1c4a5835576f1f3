//! Searching what is on sale.

use super::error::{ApiError, Result, refuse};
use super::offers::Offer;
use super::params::flag;
use super::state::{Context, Zendesk};
use super::wire::available;
use crate::exchange::Answer;
use crate::json::object;
use crate::query::Query;
use crate::text::key;
use crate::world::catalog::{Country, find_country};
use crate::world::stock::NumberKind;

/// How many numbers one search gives at most. How many the carrier gives is not documented; it is one page.
const MOST: usize = 150;

/// What Zendesk calls local: everything that is not toll-free.
const LOCAL: &[NumberKind] = &[
    NumberKind::Local,
    NumberKind::National,
    NumberKind::Voip,
    NumberKind::SharedCost,
    NumberKind::Mobile,
];

impl Zendesk {
    pub(super) fn search(&self, context: &Context<'_>) -> Result<Answer> {
        context.refuse_trial()?;
        let query = context.query();
        let country = country(&query)?;
        let contains = query.filled("contains");
        let contains = contains.map(|pattern| Contains::parse(pattern).ok_or_else(bad_pattern));
        let contains = contains.transpose()?;
        let area = query.filled("area_code");
        let home = country.is_some_and(|country| country.calling_code == "1");
        if area.is_some() && !home && self.options.zendesk_refuses_area_codes_abroad {
            let description = "Area code: can be used for US and CA only";
            return refuse("area_code", "InvalidValue", description);
        }
        let kinds = match (flag(&query, "toll_free"), area) {
            (true, _) => &[NumberKind::TollFree],
            (false, Some(_)) => &[NumberKind::Local][..],
            (false, None) => LOCAL,
        };
        let country = country.filter(|_| home || area.is_none());
        let code = country.map_or("", |country| country.code);
        let calling_code = country.map_or("", |country| country.calling_code);
        let prefix = format!("+{calling_code}{}", area.unwrap_or_default());
        let (now, life) = (self.clock.now(), self.options.zendesk_token_life);
        let mut state = self.lock();
        let shelves = kinds.iter();
        let found: Vec<_> = shelves
            .flat_map(|kind| state.market.shelf(code, *kind, &prefix))
            .filter(|number| (contains.as_ref()).is_none_or(|c| c.matches(number.digits())))
            .take(MOST)
            .cloned()
            .collect();
        let rows = found.iter().map(|number| {
            let offer = Offer::of(context.caller.subdomain, &number.number, now, life);
            let quote = state.offers.quote(offer, now, || self.new_hex());
            let written = || available(number, &quote.token).into_raw();
            quote.row.get_or_insert_with(written).clone()
        });
        let rows: Vec<_> = rows.collect();
        Ok(Answer::ok_utf8(&object! {
            "phone_numbers": &rows,
            "next_page": (),
            "previous_page": (),
            "count": rows.len(),
        }))
    }
}

/// The country asked for; `None` if nothing is sold there.
fn country(query: &Query) -> Result<Option<&'static Country>> {
    let code = query.filled("country");
    let code = code.ok_or_else(|| ApiError::missing("country"))?;
    if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_alphabetic()) {
        return refuse("country", "InvalidValue", "Country: is not an ISO code");
    }
    Ok(find_country(&code.to_ascii_uppercase()))
}

fn bad_pattern() -> ApiError {
    let description = "Contains: may have digits, letters and * in it";
    ApiError::invalid("contains", "InvalidValue", description)
}

/// A pattern ready to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contains(Vec<Option<u8>>);

impl Contains {
    /// None if the pattern has other characters in it.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        pattern
            .chars()
            .map(|sign| match sign {
                '*' => Some(None),
                _ => key(sign).and_then(|key| u8::try_from(key).ok()).map(Some),
            })
            .collect::<Option<Vec<_>>>()
            .map(Self)
    }

    /// Whether the digits of a number, calling code included, have the pattern somewhere in them.
    pub(super) fn matches(&self, digits: &str) -> bool {
        let is = |(wanted, have): (&Option<u8>, &u8)| wanted.is_none_or(|wanted| wanted == *have);
        digits
            .as_bytes()
            .windows(self.0.len().max(1))
            .any(|window| self.0.iter().zip(window).all(is))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_letters_and_wildcards_match_anywhere() {
        for pattern in ["4155550100", "14155550100", "KL5", "5*0100", "1415*******"] {
            let pattern = Contains::parse(pattern).unwrap();
            assert!(pattern.matches("14155550100"), "{pattern:?}");
        }
        for pattern in ["4156", "*14155550100", "pizza"] {
            assert!(!Contains::parse(pattern).unwrap().matches("14155550100"));
        }
    }

    #[test]
    fn other_characters_make_no_pattern() {
        for pattern in ["+1415", "41-5", "(415)", "41 5", "é"] {
            assert_eq!(Contains::parse(pattern), None, "{pattern}");
        }
    }
}
