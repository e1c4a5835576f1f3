//! A client: it asks with the same key until it is told how it ends.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use trunkline_sandbox::{ProviderKind, credentials};

use crate::errands::{Errand, Order, Then, Wish};
use crate::wire::{Answer, Ask, Gateways, Wire};

/// What a client was told in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// 201: this purchase won this number.
    Bought { purchase: String, number_id: String },
    /// It won't be bought; `purchase` if one was written down.
    Refused {
        status: u16,
        purchase: Option<String>,
    },
    /// The number is given back, or is not (the status).
    Released { number_id: String, status: u16 },
    /// The number has this label now, or may have (another status than 200).
    Labelled {
        number_id: String,
        label: String,
        status: u16,
    },
    /// A phone was called, or not.
    Rung { number: String, status: u16 },
    /// These are registered.
    Registered {
        account: &'static str,
        numbers: Vec<String>,
    },
    /// No end was heard of in the time there was.
    Unheard { what: String },
}

/// What one key was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) key: String,
    pub(crate) word: Word,
}

/// What all clients were told, and how far they are.
#[derive(Debug, Default)]
pub(crate) struct Book {
    told: Mutex<Vec<Told>>,
    pub(crate) ended: AtomicU64,
    pub(crate) bought: AtomicU64,
    /// Nobody waits any longer.
    pub(crate) closed: AtomicBool,
}

impl Book {
    fn note(&self, key: &str, word: Word) {
        let told = Told {
            key: key.to_owned(),
            word,
        };
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(told);
    }

    /// Everything that was told.
    pub(crate) fn told(&self) -> Vec<Told> {
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A client with its connection.
#[derive(Debug)]
pub(crate) struct Client {
    gateways: Gateways,
    wire: Wire,
    book: Arc<Book>,
}

impl Client {
    pub(crate) fn new(gateways: Gateways, book: Arc<Book>) -> Self {
        Self {
            wire: Wire::new(gateways.clone()),
            gateways,
            book,
        }
    }

    /// Does what it is sent for, to its end.
    pub(crate) async fn run(&mut self, errand: Errand) {
        match errand {
            Errand::Buy(order) => {
                self.buy(order).await;
                self.book.ended.fetch_add(1, Ordering::Relaxed);
            }
            Errand::Ring {
                key,
                account,
                number,
            } => self.ring(&key, account, number).await,
            Errand::Register {
                key,
                account,
                number,
            } => {
                let body = json!({ "account": account.name(), "number": number });
                let registration = Registration {
                    path: "/v1/numbers/register",
                    account,
                    body,
                    numbers: vec![number],
                };
                self.register(&key, registration).await;
            }
            Errand::Range {
                key,
                account,
                numbers,
            } => {
                let body = json!({
                    "account": account.name(), "start_number": numbers.first(), "end_number": numbers.last()
                });
                let registration = Registration {
                    path: "/v1/number-ranges",
                    account,
                    body,
                    numbers,
                };
                self.register(&key, registration).await;
            }
        }
    }

    async fn buy(&mut self, order: Order) {
        let ask = purchase(&order);
        let word = if order.twin {
            let mut other = Self::new(self.gateways.clone(), Arc::clone(&self.book));
            let (word, twin) = tokio::join!(self.bought(&ask), other.bought(&ask));
            self.book.note(&order.key, twin);
            word
        } else {
            self.bought(&ask).await
        };
        self.book.note(&order.key, word.clone());
        if let Word::Bought { number_id, .. } = word {
            self.book.bought.fetch_add(1, Ordering::Relaxed);
            self.follow(&order, number_id).await;
        }
    }

    async fn bought(&mut self, ask: &Ask) -> Word {
        let Some(answer) = self.insist(ask).await else {
            return Word::Unheard {
                what: "a purchase".to_owned(),
            };
        };
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let purchase = &answer.body["purchase"];
        match (
            answer.status,
            text(&purchase["id"]),
            text(&purchase["number_id"]),
        ) {
            (201, Some(purchase), Some(number_id)) => Word::Bought {
                purchase,
                number_id,
            },
            (status, ..) => Word::Refused {
                status,
                purchase: text(&answer.body["purchase_id"]),
            },
        }
    }

    async fn follow(&mut self, order: &Order, number_id: String) {
        let ask = |method, label: Option<&str>| Ask {
            method,
            path: format!("/v1/numbers/{number_id}"),
            key: Some(format!("{}-after", order.key)),
            body: label.map_or_else(String::new, |label| json!({ "label": label }).to_string()),
        };
        let word = match order.then {
            Then::Keep => return,
            Then::Release => {
                let status = self.insist(&ask(Method::DELETE, None)).await;
                let status = status.map_or(0, |answer| answer.status);
                Word::Released { number_id, status }
            }
            Then::Relabel => {
                let label = format!("{} changed", order.key);
                let status = self.insist(&ask(Method::PATCH, Some(&label))).await;
                let status = status.map_or(0, |answer| answer.status);
                Word::Labelled {
                    number_id,
                    label,
                    status,
                }
            }
        };
        self.book.note(&order.key, word);
    }

    async fn ring(&mut self, key: &str, account: ProviderKind, number: String) {
        let ask = Ask {
            method: Method::POST,
            path: "/v1/caller-ids".to_owned(),
            key: Some(key.to_owned()),
            body: json!({ "account": account.name(), "number": number }).to_string(),
        };
        let status = self.insist(&ask).await.map_or(0, |answer| answer.status);
        self.book.note(key, Word::Rung { number, status });
    }

    async fn register(&mut self, key: &str, mut registration: Registration) {
        if registration.account == ProviderKind::Webex {
            registration.body["location"] = json!(credentials::WEBEX_LOCATION_ID);
        }
        let ask = Ask {
            method: Method::POST,
            path: registration.path.to_owned(),
            key: Some(key.to_owned()),
            body: registration.body.to_string(),
        };
        let word = match self.insist(&ask).await {
            Some(answer) if matches!(answer.status, 200 | 201) => Word::Registered {
                account: registration.account.name(),
                numbers: without_failed(registration.numbers, &answer.body),
            },
            Some(answer) => Word::Unheard {
                what: format!("a registration: {}", answer.body),
            },
            None => Word::Unheard {
                what: "a registration".to_owned(),
            },
        };
        self.book.note(key, word);
    }

    /// Asks until the answer is final. `None` once the book is closed.
    async fn insist(&mut self, ask: &Ask) -> Option<Answer> {
        let mut pause = Duration::from_millis(50);
        loop {
            let asked = Instant::now();
            match self.wire.ask(ask).await {
                Some(answer) if is_final(&answer) => return Some(answer),
                _ if self.book.closed.load(Ordering::Relaxed) => return None,
                _ => {}
            }
            // An answer that took its time has been waited for already.
            if asked.elapsed() < pause {
                sleep(pause.mul_f64(0.5 + rand::random::<f64>())).await;
            }
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }
}

/// Numbers to be registered.
struct Registration {
    path: &'static str,
    account: ProviderKind,
    body: Value,
    numbers: Vec<String>,
}

/// Those that the answer does not say were refused, each for itself.
fn without_failed(mut numbers: Vec<String>, answer: &Value) -> Vec<String> {
    let items = answer["data"].as_array().map_or(&[][..], Vec::as_slice);
    let failed = |number: &String| {
        let mut refused = items.iter().filter(|item| item["status"] == "failed");
        refused.any(|item| item["number"] == **number)
    };
    numbers.retain(|number| !failed(number));
    numbers
}

fn purchase(order: &Order) -> Ask {
    let mut body = match &order.wish {
        Wish::Number { account, number } => json!({ "account": account.name(), "number": number }),
        Wish::Any { area } => json!({
            "criteria": { "country": "US", "area_code": area }, "strategy": "cheapest"
        }),
    };
    if let Some(label) = &order.label {
        body["label"] = json!(label);
    }
    Ask {
        method: Method::POST,
        path: "/v1/numbers".to_owned(),
        key: Some(order.key.clone()),
        body: body.to_string(),
    }
}

/// Whether asking again would tell nothing new.
fn is_final(answer: &Answer) -> bool {
    match answer.status {
        202 | 408 | 425 | 429 => false,
        409 | 423 => !answer.come_again,
        // A purchase that is presumed failed: it is kept, and told again.
        504 => answer.body["purchase_id"].is_string(),
        500..=599 => answer.replayed,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_would_be_told_again_is_final() {
        let answer = |status, come_again, replayed, body| Answer {
            status,
            come_again,
            replayed,
            body,
        };
        let purchase = json!({ "purchase_id": "pur_1" });
        for (end, answer) in [
            (true, answer(201, false, false, Value::Null)),
            (false, answer(202, true, false, Value::Null)),
            (false, answer(409, true, false, Value::Null)),
            (true, answer(409, false, false, Value::Null)),
            (false, answer(504, false, false, Value::Null)),
            (true, answer(504, false, false, purchase.clone())),
            (false, answer(503, true, false, purchase.clone())),
            (true, answer(502, false, true, purchase)),
        ] {
            assert_eq!(is_final(&answer), end, "{answer:?}");
        }
    }
}
