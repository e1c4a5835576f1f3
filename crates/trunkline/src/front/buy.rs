//! Purchases.

use std::fmt;
use std::future::IntoFuture;
use std::ops::Deref;
use std::pin::Pin;
use std::time::Duration;

use serde::Serialize;
use trunkline_core::{
    E164, Error, ErrorKind, IdempotencyKey, Money, Number, ProviderData, Purchase, PurchaseOrder,
    PurchaseState, Result, Routing, Strategy, Wishes,
};
use trunkline_engine::buy::{self, Bought as Outcome, Request};
use trunkline_engine::journal::{Record, Scope};
use trunkline_engine::{Keyed, Offer as Sealed, Preference, fingerprint};

use crate::front::search::Asked;
use crate::front::{Offer, Search, Trunkline};

/// Default time to wait for the outcome.
const PATIENCE: Duration = Duration::from_secs(10);

/// Separates the library's keys from those of a gateway over the same database.
const ROUTE: &str = "library";

/// What to buy. The purchase reports invalid fields.
#[derive(Clone, Debug)]
#[must_use]
pub struct Order(Target);

#[derive(Clone, Debug)]
enum Target {
    Offer(Box<Offer>),
    Number { account: String, number: String },
    Criteria(Box<Criteria>),
}

impl Target {
    /// Account and number, if they are named.
    fn named(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Offer(offer) => {
                let number = offer.available.number.as_str();
                (Some(offer.account.as_str()), Some(number))
            }
            Self::Number { account, number } => (Some(account), Some(number)),
            Self::Criteria(_) => (None, None),
        }
    }
}

impl Order {
    /// A number at an account, with or without an offer.
    pub fn number(account: impl Into<String>, e164: impl Into<String>) -> Self {
        Self(Target::Number {
            account: account.into(),
            number: e164.into(),
        })
    }
}

impl From<&Offer> for Order {
    fn from(offer: &Offer) -> Self {
        offer.clone().into()
    }
}

impl From<Offer> for Order {
    fn from(offer: Offer) -> Self {
        Self(Target::Offer(Box::new(offer)))
    }
}

impl From<Criteria> for Order {
    fn from(criteria: Criteria) -> Self {
        Self(Target::Criteria(Box::new(criteria)))
    }
}

/// Buys the best number that a search finds. The next one is tried only after a refusal.
#[derive(Clone, Debug)]
#[must_use]
pub struct Criteria {
    search: Search,
    strategy: Strategy,
    max_monthly_price: Option<Money>,
}

impl Criteria {
    /// The cheapest matching number.
    pub fn cheapest(search: Search) -> Self {
        Self {
            search,
            strategy: Strategy::Cheapest,
            max_monthly_price: None,
        }
    }

    /// A matching number at the account with the highest priority that has one.
    pub fn by_priority(search: Search) -> Self {
        Self {
            strategy: Strategy::Priority,
            ..Self::cheapest(search)
        }
    }

    /// Sets the highest monthly price. Numbers with an unknown price or another currency are not bought.
    pub fn max_monthly_price(mut self, price: Money) -> Self {
        self.max_monthly_price = Some(price);
        self
    }
}

/// The criteria as they are stored with the purchase.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    criteria: &'a Asked,
    strategy: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_monthly_price: Option<Money>,
}

/// What must be equal in two purchases with the same key; today's price is not part of it.
#[derive(Serialize)]
struct Same<'a> {
    account: Option<&'a str>,
    number: Option<&'a str>,
    criteria: Option<Written<'a>>,
    wishes: &'a Wishes,
}

/// A purchase to be sent: see [`Trunkline::buy`].
#[derive(Clone, Debug)]
#[must_use = "nothing is bought before it is awaited"]
pub struct Buy<'a> {
    trunkline: &'a Trunkline,
    order: Order,
    key: Option<String>,
    patience: Duration,
    wishes: Wishes,
}

impl<'a> Buy<'a> {
    fn new(trunkline: &'a Trunkline, order: Order) -> Self {
        Self {
            trunkline,
            order,
            key: None,
            patience: PATIENCE,
            wishes: Wishes::default(),
        }
    }

    /// Sets the required idempotency key: 1 to 255 visible ASCII characters of your choice. One key buys one number, however
    /// often it is sent, also after a crash.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Waits this long for the outcome; default 10 s. The purchase goes on afterwards.
    pub const fn wait(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }

    /// Names the number after the purchase.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.wishes.label = Some(label.into());
        self
    }

    /// Sets the routing of calls after the purchase.
    pub fn voice(mut self, routing: Routing) -> Self {
        self.wishes.voice = Some(routing);
        self
    }

    /// Sets the routing of messages after the purchase.
    pub fn messaging(mut self, routing: Routing) -> Self {
        self.wishes.messaging = Some(routing);
        self
    }

    /// Gives the carrier's id of an address that the purchase needs.
    pub fn address_id(mut self, id: impl Into<String>) -> Self {
        self.wishes.address_id = Some(id.into());
        self
    }

    /// Sets the address for emergency services after the purchase: the carrier's id of it.
    pub fn emergency_address_id(mut self, id: impl Into<String>) -> Self {
        self.wishes.emergency_address_id = Some(id.into());
        self
    }

    /// Gives options that only this carrier has.
    pub fn provider_options(mut self, options: ProviderData) -> Self {
        self.wishes.provider_options = options;
        self
    }

    async fn send(self) -> Result<Bought> {
        let Some(key) = self.key.clone() else {
            let message = "missing: choose one for each purchase, so that it can be repeated";
            return Err(Error::invalid("key", message));
        };
        let key = IdempotencyKey::new(key).map_err(|error| renamed(&error))?;
        let trunkline = self.trunkline;
        let scope = Scope {
            tenant: trunkline.caller.tenant.clone(),
            route: ROUTE.to_owned(),
            key,
        };
        let hash = self.fingerprint()?;
        let keyed = Keyed {
            caller: &trunkline.caller,
            scope: &scope,
            fingerprint: &hash,
        };
        let request = || Ok::<_, Error>(self.request());
        match trunkline
            .services
            .engine
            .buy(keyed, self.patience, request)
            .await?
        {
            Outcome::Purchase { record, .. } => trunkline.bought(*record).await,
            Outcome::Mismatch => Err(Error::new(
                ErrorKind::Conflict,
                "the key was used for another order",
            )
            .with_field("key", "used for another order")),
        }
    }

    fn fingerprint(&self) -> Result<String> {
        let (account, number) = self.order.0.named();
        let criteria = match &self.order.0 {
            Target::Criteria(criteria) => Some(criteria.written()),
            _ => None,
        };
        let same = Same {
            account,
            number,
            criteria,
            wishes: &self.wishes,
        };
        let text = serde_json::to_vec(&same).map_err(|error| {
            Error::new(ErrorKind::Internal, "the order is not JSON").with_source(error)
        })?;
        Ok(fingerprint(&text))
    }

    fn request(&self) -> Request {
        let (account, number) = self.order.0.named();
        Request {
            account: account.map(ToOwned::to_owned),
            number: number.map(ToOwned::to_owned),
            order: self.ordered(),
        }
    }

    fn ordered(&self) -> Result<buy::Order> {
        let number = |order: PurchaseOrder| {
            buy::Order::Number(Box::new(self.wishes.clone().added_to(order)))
        };
        Ok(match &self.order.0 {
            Target::Offer(offer) => {
                let trunkline = self.trunkline;
                let (sealer, tenant) =
                    (&trunkline.services.engine.sealer, &trunkline.caller.tenant);
                number(Sealed::open(sealer, tenant, &offer.token)?.order())
            }
            Target::Number {
                account,
                number: e164,
            } => {
                let e164: E164 = e164.parse()?;
                number(PurchaseOrder::new(account.parse()?, e164))
            }
            Target::Criteria(criteria) => buy::Order::Criteria(Box::new(buy::Criteria {
                search: criteria.search.request()?,
                preference: Preference {
                    strategy: criteria.strategy,
                    max_monthly_price: criteria.max_monthly_price,
                    has_address: self.wishes.address_id.is_some(),
                },
                written: ProviderData::of(&criteria.written())?,
                wishes: self.wishes.clone(),
            })),
        })
    }
}

impl Criteria {
    fn written(&self) -> Written<'_> {
        Written {
            criteria: &self.search.asked,
            strategy: self.strategy.as_str(),
            max_monthly_price: self.max_monthly_price,
        }
    }
}

/// The error of an invalid key, for the field `key`.
fn renamed(error: &Error) -> Error {
    let message = error.fields().first().map(|field| field.message.clone());
    Error::invalid("key", message.unwrap_or_else(|| error.message().to_owned()))
}

impl<'a> IntoFuture for Buy<'a> {
    type Output = Result<Bought>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// Result of a purchase that was not refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Bought {
    /// The number is bought.
    Held(Box<Held>),
    /// The outcome is not known yet, and is being settled: ask with [`Trunkline::settled`], or send the same key again.
    Unknown(Box<Purchase>),
}

/// A bought number. It displays as, and dereferences to, its number.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Held {
    /// The number after purchase and configuration.
    pub number: Number,
    /// The purchase; `purchase.configuration` says whether label and routing were set.
    pub purchase: Purchase,
}

impl Deref for Held {
    type Target = Number;

    fn deref(&self) -> &Number {
        &self.number
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.number, f)
    }
}

impl Trunkline {
    /// Buys exactly once: an offer of a search, the best match of [`Criteria`], or [`Order::number`]. Set the options, then
    /// `.await` it.
    pub fn buy(&self, order: impl Into<Order>) -> Buy<'_> {
        Buy::new(self, order.into())
    }

    async fn bought(&self, record: Record) -> Result<Bought> {
        let mut purchase = record.purchase;
        match purchase.state {
            PurchaseState::Succeeded => {
                let number = match purchase.held.take() {
                    Some(number) => *number,
                    None => self.number_of(&purchase).await?,
                };
                Ok(Bought::Held(Box::new(Held { number, purchase })))
            }
            PurchaseState::Failed => {
                let error = purchase.error.clone();
                let error = error.unwrap_or_else(|| {
                    Error::new(
                        ErrorKind::Internal,
                        "the purchase failed without saying why",
                    )
                });
                Err(match error.purchase() {
                    Some(_) => error,
                    None => error.with_purchase(purchase.id.as_str()),
                })
            }
            _ => Ok(Bought::Unknown(Box::new(purchase))),
        }
    }

    /// The number of a purchase as the carrier shows it now, or else as it was ordered.
    async fn number_of(&self, purchase: &Purchase) -> Result<Number> {
        let Some(id) = &purchase.number_id else {
            let message = "the purchase has succeeded and names no number";
            return Err(Error::new(ErrorKind::Internal, message));
        };
        if let Ok(number) = self.number(id.as_str()).await {
            return Ok(number);
        }
        let registry = &self.services.engine.registry;
        let entry = registry.of_caller(&self.caller, purchase.account.as_str())?;
        let provider = entry.provider.provider().clone();
        let provider_id = id.provider_id().to_owned();
        Number::new(
            purchase.account.clone(),
            provider,
            provider_id,
            purchase.number,
        )
    }
}
