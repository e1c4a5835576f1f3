//! A carrier's numbers: what is on sale, who holds what, and the books about it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use crate::carrier::StockOrder;
use crate::ledger::{Ledger, OwnedEntry, PurchaseEntry, ReleaseEntry, Stamp, dollars};
use crate::provider::ProviderKind;
use crate::settings::PlanError;

pub(crate) mod catalog;
pub(crate) mod places;
pub(crate) mod stock;

use catalog::{BLOCKS, Block};
use stock::{NumberKind, StockNumber};

/// Country, kind and number: stock of one country and kind is one range, and so is an area code in it.
type Shelf = (&'static str, NumberKind, String);

/// One carrier's inventory and books.
#[derive(Debug)]
pub(crate) struct Market {
    carrier: ProviderKind,
    on_sale: BTreeMap<Shelf, Arc<StockNumber>>,
    by_number: HashMap<String, Arc<StockNumber>>,
    held: HashMap<String, Holding>,
    /// Given back, and not on sale again before a reset.
    quarantine: HashSet<String>,
    purchases: Vec<PurchaseEntry>,
    releases: Vec<ReleaseEntry>,
    /// Area codes that were added to the catalogue.
    extra: Vec<Block>,
    charged: i64,
}

#[derive(Debug)]
struct Holding {
    number: Arc<StockNumber>,
    account: String,
    since: Stamp,
    cents: u32,
}

impl Market {
    /// The seeded stock, nothing sold.
    pub(crate) fn new(carrier: ProviderKind) -> Self {
        let mut market = Self {
            carrier,
            on_sale: BTreeMap::new(),
            by_number: HashMap::new(),
            held: HashMap::new(),
            quarantine: HashSet::new(),
            purchases: Vec::new(),
            releases: Vec::new(),
            extra: Vec::new(),
            charged: 0,
        };
        catalog::seeded(carrier).for_each(|number| market.put_on_sale(number));
        market
    }

    pub(crate) fn on_sale(&self, number: &str) -> Option<&Arc<StockNumber>> {
        self.by_number.get(number)
    }

    /// What is on sale of a country and kind, in the order of the numbers, beginning with those that start with
    /// `prefix` (in E.164 form) and ending with them.
    pub(crate) fn shelf<'a>(
        &'a self,
        country: &'static str,
        kind: NumberKind,
        prefix: &'a str,
    ) -> impl Iterator<Item = &'a Arc<StockNumber>> {
        let first = (country, kind, prefix.to_owned());
        self.on_sale
            .range((Bound::Included(first), Bound::Unbounded))
            .take_while(move |((c, k, number), _)| {
                *c == country && *k == kind && number.starts_with(prefix)
            })
            .map(|(_, number)| number)
    }

    pub(crate) fn sell(
        &mut self,
        number: &str,
        account: &str,
        now: Stamp,
    ) -> Option<Arc<StockNumber>> {
        let sold = self.by_number.remove(number)?;
        self.on_sale
            .remove(&(sold.country, sold.kind, sold.number.clone()));
        let holding = Holding {
            number: Arc::clone(&sold),
            account: account.to_owned(),
            since: now,
            cents: sold.cents,
        };
        self.held.insert(sold.number.clone(), holding);
        self.charged += i64::from(sold.cents);
        self.purchases.push(PurchaseEntry {
            number: sold.number.clone(),
            account: account.to_owned(),
            at: now.at,
            charged: dollars(sold.cents.into()),
            by: now.by,
        });
        Some(sold)
    }

    /// Takes a held number back. It goes on sale again at once, or stays off sale.
    pub(crate) fn take_back(&mut self, number: &str, now: Stamp, resell: bool) {
        if let Some(holding) = self.held.remove(number) {
            if resell {
                self.put_on_sale(holding.number);
            } else {
                self.quarantine.insert(number.to_owned());
            }
            self.releases.push(ReleaseEntry {
                number: number.to_owned(),
                account: holding.account,
                at: now.at,
                by: now.by,
            });
        }
    }

    /// Charges another monthly price for a held number.
    pub(crate) fn reprice(&mut self, number: &str, cents: u32) {
        if let Some(holding) = self.held.get_mut(number) {
            holding.cents = cents;
        }
    }

    /// Moves a held number to another account.
    pub(crate) fn transfer(&mut self, number: &str, account: &str) {
        if let Some(holding) = self.held.get_mut(number) {
            account.clone_into(&mut holding.account);
        }
    }

    /// What all purchases together cost, in cents.
    pub(crate) const fn charged(&self) -> i64 {
        self.charged
    }

    /// The books, without request counts.
    pub(crate) fn ledger(&self) -> Ledger {
        let mut owned: Vec<_> = self
            .held
            .values()
            .map(|holding| OwnedEntry {
                number: holding.number.number.clone(),
                account: holding.account.clone(),
                since: holding.since.at,
                monthly_price: dollars(holding.cents.into()),
                by: holding.since.by,
            })
            .collect();
        owned.sort_by(|a, b| (a.since, &a.number).cmp(&(b.since, &b.number)));
        Ledger {
            owned,
            purchases: self.purchases.clone(),
            releases: self.releases.clone(),
            ..Ledger::default()
        }
    }

    /// Makes an area code have exactly `order.count` numbers on sale.
    pub(crate) fn set_stock(&mut self, order: &StockOrder) -> Result<usize, PlanError> {
        let block = self.block(order)?;
        let prefix = block.prefix(self.carrier);
        let shelf: Vec<_> = self
            .shelf(block.country, block.kind, &prefix)
            .map(|n| n.number.clone())
            .collect();
        for surplus in shelf.iter().skip(order.count) {
            if let Some(number) = self.by_number.remove(surplus) {
                self.on_sale
                    .remove(&(number.country, number.kind, number.number.clone()));
            }
        }
        let mut on_sale = shelf.len().min(order.count);
        for index in 0..block.capacity() {
            if on_sale == order.count {
                break;
            }
            let number = block.number(self.carrier, index);
            if self.is_free(&number.number) {
                self.put_on_sale(Arc::new(number));
                on_sale += 1;
            }
        }
        Ok(on_sale)
    }

    fn is_free(&self, number: &str) -> bool {
        !self.by_number.contains_key(number)
            && !self.held.contains_key(number)
            && !self.quarantine.contains(number)
    }

    fn put_on_sale(&mut self, number: Arc<StockNumber>) {
        self.by_number
            .insert(number.number.clone(), Arc::clone(&number));
        self.on_sale
            .insert((number.country, number.kind, number.number.clone()), number);
    }

    /// The block that an order of stock is about, added to the catalogue if need be.
    pub(crate) fn block(&mut self, order: &StockOrder) -> Result<Block, PlanError> {
        let refuse = |field, message: String| Err(PlanError { field, message });
        let Some(country) = catalog::find_country(&order.country) else {
            return refuse(
                "country",
                format!("no stock is kept for country {:?}", order.country),
            );
        };
        let name = order.number_type.as_deref().unwrap_or("local");
        let Some(kind) = NumberKind::named(name) else {
            return refuse("type", format!("unknown number type {name:?}"));
        };
        let mut blocks = BLOCKS
            .iter()
            .chain(&self.extra)
            .filter(|b| b.country == country.code && b.kind == kind);
        let found = match order.area_code.as_deref() {
            None => blocks.next(),
            Some(area) => blocks.find(|block| block.area() == area),
        };
        if let Some(block) = found {
            let most = block.capacity();
            return if u32::try_from(order.count).is_ok_and(|count| count <= most) {
                Ok(block.clone())
            } else {
                refuse(
                    "count",
                    format!("at most {most} numbers fit into that area code"),
                )
            };
        }
        match order.area_code.as_deref() {
            Some(area)
                if country.code == "US" && kind == NumberKind::Local && is_new_area_code(area) =>
            {
                let block = Block::north_american(area.to_owned());
                self.extra.push(block.clone());
                Ok(block)
            }
            Some(area) => refuse(
                "area_code",
                format!("no stock can be kept for area code {area:?} there"),
            ),
            None => refuse(
                "type",
                format!("no {name} numbers are kept for {}", country.code),
            ),
        }
    }
}

/// 533 is never stocked: it is the area code in which nothing is ever found.
fn is_new_area_code(area: &str) -> bool {
    let digits = area.as_bytes();
    digits.len() == 3 && digits.iter().all(u8::is_ascii_digit) && digits[0] >= b'2' && area != "533"
}
