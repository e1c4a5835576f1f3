//! Searching what is on sale.

use std::sync::Arc;

use super::contains::Contains;
use super::error::{ApiError, Result};
use super::params::Query;
use super::wire::Available;
use super::{Context, Zendesk, page, text};
use crate::exchange::Answer;
use crate::world::catalog::{Country, find_country};
use crate::world::stock::{NumberKind, StockNumber};

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
        let query = Query::of(context.request);
        let country = country(&query)?;
        let contains = query
            .filled("contains")
            .map(|pattern| Contains::parse(pattern).ok_or_else(bad_pattern))
            .transpose()?;
        let area = query.filled("area_code");
        let home = country.is_some_and(|country| country.calling_code == "1");
        if area.is_some() && !home && self.style.refuses_area_codes_abroad {
            return Err(ApiError::invalid(
                "area_code",
                "InvalidValue",
                "Area code: can be used for US and CA only",
            ));
        }
        let kinds = match (query.flag("toll_free"), area) {
            (true, _) => &[NumberKind::TollFree],
            (false, Some(_)) => &[NumberKind::Local][..],
            (false, None) => LOCAL,
        };
        let found = match country {
            Some(country) if home || area.is_none() => {
                let prefix = format!("+{}{}", country.calling_code, area.unwrap_or_default());
                self.on_sale(kinds, (country, &prefix), contains.as_ref())
            }
            Some(_) | None => Vec::new(),
        };
        let tokens = self.quote(context, &found);
        let rows = found.iter().zip(tokens);
        let rows = rows.map(|(number, token)| Available::new(number, token));
        Ok(page::whole("phone_numbers", rows.collect()))
    }

    fn on_sale(
        &self,
        kinds: &[NumberKind],
        (country, prefix): (&'static Country, &str),
        contains: Option<&Contains>,
    ) -> Vec<Arc<StockNumber>> {
        let state = self.lock();
        kinds
            .iter()
            .flat_map(|kind| state.market.shelf(country.code, *kind, prefix))
            .filter(|number| contains.is_none_or(|pattern| pattern.matches(number.digits())))
            .take(MOST)
            .map(Arc::clone)
            .collect()
    }

    fn quote(&self, context: &Context<'_>, found: &[Arc<StockNumber>]) -> Vec<String> {
        let account = context.account.subdomain;
        let time = (self.clock.now(), self.style.token_life);
        let mut state = self.lock();
        let mint = || text::hex(self.seed, self.next());
        found
            .iter()
            .map(|number| state.offers.quote((account, &number.number), time, mint))
            .collect()
    }
}

/// The country asked for; none if nothing is sold there.
fn country(query: &Query) -> Result<Option<&'static Country>> {
    let code = query
        .filled("country")
        .ok_or_else(|| ApiError::missing("country"))?;
    if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(ApiError::invalid(
            "country",
            "InvalidValue",
            "Country: is not an ISO code",
        ));
    }
    Ok(find_country(&code.to_ascii_uppercase()))
}

fn bad_pattern() -> ApiError {
    ApiError::invalid(
        "contains",
        "InvalidValue",
        "Contains: may have digits, letters and * in it",
    )
}
