//! The clients: each has a key, and asks again until the answer says how its purchase ended.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use tokio::time::{Instant, sleep};
use trunkline_core::model::{ProviderData, Wishes};
use trunkline_core::{
    Caller, E164, Error, ErrorKind, PurchaseOrder, PurchaseState, Result, Retry, Strategy, Tenant,
};
use trunkline_engine::buy::{Bought, Criteria, Order, Request};
use trunkline_engine::journal::{Record, Scope};
use trunkline_engine::{Keyed, Preference, SearchRequest, SearchSort};
use trunkline_sandbox::ProviderKind;

use crate::accounts::{OPEN, Operator, query};
use crate::gateway::Gateway;
use crate::history::Line;
use crate::trace::Trace;

/// How often a client asks again when there is no room under a ceiling.
const WITHOUT_ROOM: u32 = 3;

/// How long a client waits for the outcome before it asks again.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is wanted under one key.
#[derive(Clone, Debug)]
pub(crate) struct Want {
    pub(crate) key: String,
    /// The account and the number; the choice is trunkline's if there is none.
    pub(crate) number: Option<(ProviderKind, E164)>,
    pub(crate) label: Option<String>,
    /// What is done with the number once it is bought.
    pub(crate) then: Then,
    /// Begins so long after the start.
    pub(crate) after: Duration,
}

/// What a client does with a number that it has bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// It keeps it.
    Keeps,
    /// It gives it back.
    GivesBack,
    /// It asks once that it is given back, and does not wait for the answer.
    GivesBackUnheard,
    /// It gives it back, and buys it again at once under another key.
    BuysAgain,
    /// It gives it back, and undoes that if there is time.
    Restores,
    /// It gives it back, and protects it meanwhile.
    Protects,
    /// It labels it anew.
    Labels,
}

/// What a client was told.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// The purchase is over.
    Done(Box<Record>),
    /// It was refused, and nothing was bought; and when it asked.
    Refused(Error, Instant),
    /// The key belongs to another request.
    Mismatch,
    /// Nothing, for as long as it asked.
    Nothing(String),
}

/// What all clients share.
#[derive(Debug)]
pub(crate) struct Clients {
    pub(crate) gateways: Vec<Arc<Gateway>>,
    pub(crate) dice: Mutex<StdRng>,
    /// When they give up.
    pub(crate) until: Instant,
    /// By key, what each was told.
    pub(crate) told: Mutex<Vec<(Want, Told)>>,
    /// Numbers that must not be given back any more: they were restored, or protected, by then.
    pub(crate) kept: Mutex<Vec<(Line, Instant)>>,
    pub(crate) trace: Trace,
}

/// The wants of a run: some numbers are wanted twice, and some keys have two clients.
pub(crate) fn wants(
    dice: &mut StdRng,
    count: usize,
    on_sale: &[(ProviderKind, E164)],
) -> Vec<Want> {
    let mut wants: Vec<Want> = Vec::new();
    let span = u64::try_from(count).unwrap_or(1) * 2_000;
    for at in 0..count {
        let after = Duration::from_millis(dice.random_range(0..span));
        let again = wants.choose(dice).cloned();
        let soon = Duration::from_millis(dice.random_range(0..10_000));
        let want = match (dice.random_range(0..20), again) {
            (0, Some(want)) => Want {
                // Some at the very moment of the other.
                after: if dice.random_bool(0.5) {
                    after
                } else {
                    want.after
                },
                then: Then::Keeps,
                ..want
            },
            (1 | 2, Some(want)) => Want {
                key: format!("key-{at}"),
                after: if dice.random_bool(0.5) {
                    after
                } else {
                    want.after + soon
                },
                ..want
            },
            (case, _) => Want {
                key: format!("key-{at}"),
                number: on_sale.choose(dice).copied().filter(|_| case > 5),
                label: dice.random_bool(0.5).then(|| format!("label {at}")),
                then: then(dice),
                after,
            },
        };
        wants.push(want);
    }
    wants
}

fn then(dice: &mut StdRng) -> Then {
    match dice.random_range(0..20) {
        0 => Then::GivesBack,
        1 | 2 => Then::GivesBackUnheard,
        3 | 4 => Then::BuysAgain,
        5 => Then::Restores,
        6 | 7 => Then::Protects,
        8 => Then::Labels,
        _ => Then::Keeps,
    }
}

/// What is searched where the choice is trunkline's, and what decides.
pub(crate) fn search() -> Result<(SearchRequest, Preference)> {
    let search = SearchRequest {
        query: query(OPEN)?,
        accounts: Vec::new(),
        sort: SearchSort::default(),
        timeout: Duration::from_secs(5),
    };
    let preference = Preference {
        strategy: Strategy::Cheapest,
        max_monthly_price: None,
        has_address: false,
    };
    Ok((search, preference))
}

impl Want {
    fn scope(&self) -> Result<Scope> {
        Ok(Scope {
            tenant: Tenant::default(),
            route: "POST /v1/purchases".to_owned(),
            key: self.key.parse()?,
        })
    }

    fn order(&self, operator: &Operator) -> Result<Order> {
        let Some((kind, number)) = self.number else {
            let (search, preference) = search()?;
            return Ok(Order::Criteria(Box::new(Criteria {
                search,
                preference,
                written: ProviderData::default(),
                wishes: Wishes {
                    label: self.label.clone(),
                    ..Wishes::default()
                },
            })));
        };
        let order = PurchaseOrder {
            label: self.label.clone(),
            ..PurchaseOrder::new(operator.name(kind).parse()?, number)
        };
        Ok(Order::Number(Box::new(order)))
    }

    /// The answer that a gateway gives to the key; `None` if it does not answer. As the gateway's HTTP API does, the answer
    /// of a purchase that failed is kept under the key, and given again.
    pub(crate) async fn ask(
        &self,
        gateway: &Gateway,
        patience: Duration,
    ) -> Option<Result<Bought>> {
        let (want, scope) = (self.clone(), self.scope());
        let (database, operator) = (Arc::clone(&gateway.database), Arc::clone(&gateway.operator));
        let work = move |engine: trunkline_engine::Engine| async move {
            let (scope, caller) = (scope?, Caller::default());
            let keyed = Keyed {
                caller: &caller,
                scope: &scope,
                fingerprint: &want.key,
            };
            let request = || {
                Ok::<_, Error>(Request {
                    account: None,
                    number: None,
                    order: want.order(&operator),
                })
            };
            let bought = Box::pin(engine.buy(keyed, patience, request)).await?;
            database.answer(&scope, bought)
        };
        gateway.ask(work).await
    }
}

impl Clients {
    /// Buys, and gives back what is to be given back.
    pub(crate) async fn serve(&self, want: Want) {
        sleep(want.after).await;
        let mut next = Some(want);
        while let Some(want) = next.take() {
            let told = self.buy(&want).await;
            self.trace.tell(&want.key, &format_args!("is told {told}"));
            if let Told::Done(record) = &told
                && record.purchase.state == PurchaseState::Succeeded
            {
                next = self.go_on(&want, record).await;
            }
            self.told.lock().push((want, told));
        }
    }

    async fn buy(&self, want: &Want) -> Told {
        let (mut last, mut without_room) = (String::from("nobody answered"), 0);
        for tries in 0.. {
            let asked = Instant::now();
            let error = match self.gateway() {
                None => None,
                Some(gateway) => match want.ask(&gateway, PATIENCE).await {
                    Some(Ok(Bought::Purchase { record, .. })) if record.may_start_over() => {
                        record.purchase.error.clone()
                    }
                    Some(Ok(Bought::Purchase { record, .. })) if record.purchase.is_done() => {
                        return Told::Done(record);
                    }
                    Some(Ok(Bought::Purchase { .. })) => None,
                    Some(Ok(Bought::Mismatch)) => return Told::Mismatch,
                    Some(Err(error)) => Some(error),
                    None => None,
                },
            };
            if let Some(error) = error {
                without_room += u32::from(error.kind() == ErrorKind::PaymentRequired);
                let over = without_room > WITHOUT_ROOM || Instant::now() > self.until;
                if over || error.retry() == Retry::Never {
                    return Told::Refused(error, asked);
                }
                last = error.to_string();
            } else if Instant::now() > self.until {
                return Told::Nothing(last);
            }
            // Ever more seldom: a carrier may be away for long.
            for _ in 0..=(tries / 4).min(8) {
                self.pause().await;
            }
        }
        Told::Nothing(last)
    }

    pub(crate) fn gateway(&self) -> Option<Arc<Gateway>> {
        self.gateways.choose(&mut *self.dice.lock()).cloned()
    }

    pub(crate) async fn pause(&self) {
        let pause = Duration::from_millis(self.dice.lock().random_range(100..4_000));
        sleep(pause).await;
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Done(record) => {
                let purchase = &record.purchase;
                write!(f, "that {} has {}", purchase.id, purchase.state.as_str())?;
                match (&purchase.state, &purchase.number_id, &purchase.error) {
                    (PurchaseState::Succeeded, Some(id), _) => write!(f, ": {id}"),
                    (_, _, Some(error)) => write!(f, ": {error}"),
                    _ => Ok(()),
                }
            }
            Self::Refused(error, _) => write!(f, "{error}"),
            Self::Mismatch => f.write_str("that its key belongs to another request"),
            Self::Nothing(last) => write!(f, "nothing; at last: {last}"),
        }
    }
}
