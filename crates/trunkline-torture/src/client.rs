//! A client: it asks with the same key until it is told how it ends.

mod follow;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use trunkline_sandbox::{ProviderKind, credentials};

use crate::accounts;
use crate::errands::{Errand, IN_ALLOCATION, Order, POOL, Wish};
use crate::run::Run;
use crate::wire::{Answer, Ask, Wire};

/// How often in a row 404 is told before it is final: a gateway may not know an account's new name yet, and a carrier not
/// what it has just sold.
const NOT_FOUND_MAX: u32 = 15;

/// How often in a row 402 is: room that is freed is wanted at once.
const NO_ROOM_MAX: u32 = 8;

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
    /// An allocation is over.
    Allocated { id: String },
    /// The number is given back (204), will be (202), or is not (another status).
    Released { number_id: String, status: u16 },
    /// A release that was to be is undone (200), or perhaps not.
    Restored { number_id: String, status: u16 },
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
    /// The requests under the keys of purchases and allocations, as they were answered in the end.
    asked: Mutex<HashMap<String, Ask>>,
    pub(crate) begun: AtomicU64,
    pub(crate) ended: AtomicU64,
    pub(crate) bought: AtomicU64,
    /// Nobody waits any longer.
    pub(crate) closed: AtomicBool,
}

impl Book {
    pub(crate) fn note(&self, key: &str, word: Word) {
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

    fn keep(&self, ask: Ask) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.insert(ask.key.clone().unwrap_or_default(), ask);
    }

    /// What was asked under each key of a purchase or an allocation.
    pub(crate) fn asked(&self) -> HashMap<String, Ask> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.clone()
    }
}

/// A client with its connection.
#[derive(Debug)]
pub(crate) struct Client {
    run: Arc<Run>,
    wire: Wire,
}

impl Client {
    pub(crate) fn new(run: Arc<Run>) -> Self {
        Self {
            wire: Wire::new(run.gateways()),
            run,
        }
    }

    fn note(&self, key: &str, word: Word) {
        self.run.book.note(key, word);
    }

    /// Does what it is sent for, to its end.
    pub(crate) async fn run(&mut self, errand: Errand) {
        match errand {
            Errand::Buy(order) => {
                self.run.book.begun.fetch_add(1, Ordering::Relaxed);
                self.buy(order).await;
                self.run.book.ended.fetch_add(1, Ordering::Relaxed);
            }
            Errand::Allocate { key, area } => self.allocate(&key, area).await,
            // Somebody else may have it already.
            Errand::Console { account, number } => {
                let _ = self.run.world.sandbox.console_buy(account, &number);
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
        let word = if order.twin {
            let mut other = Self::new(Arc::clone(&self.run));
            let (word, twin) = tokio::join!(self.purchase(&order), other.purchase(&order));
            self.note(&order.key, twin);
            word
        } else {
            self.purchase(&order).await
        };
        self.note(&order.key, word.clone());
        if let Word::Bought { number_id, .. } = word {
            self.run.book.bought.fetch_add(1, Ordering::Relaxed);
            self.follow(&order, number_id).await;
        }
    }

    /// Buys a number and tells how that ends.
    pub(crate) async fn purchase(&mut self, order: &Order) -> Word {
        let Some(answer) = self.insist(&mut purchase(order)).await else {
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

    async fn allocate(&mut self, key: &str, area: &str) {
        let body = json!({
            "criteria": { "country": "US", "area_code": area }, "count": IN_ALLOCATION, "label": POOL
        });
        let mut ask = Ask::post("/v1/allocations", key, &body);
        let answer = self.insist(&mut ask).await;
        let id = answer
            .as_ref()
            .and_then(|answer| answer.body["id"].as_str());
        let word = match id {
            Some(id) => Word::Allocated { id: id.to_owned() },
            None => Word::Unheard {
                what: format!("an allocation: {answer:?}"),
            },
        };
        self.note(key, word);
    }

    async fn ring(&mut self, key: &str, account: ProviderKind, number: String) {
        let body = json!({ "account": account.name(), "number": number });
        let mut ask = Ask::post("/v1/caller-ids", key, &body);
        let status = self.insist(&mut ask).await;
        let status = status.map_or(0, |answer| answer.status);
        self.note(key, Word::Rung { number, status });
    }

    async fn register(&mut self, key: &str, mut registration: Registration) {
        if registration.account == ProviderKind::Webex {
            registration.body["location"] = json!(credentials::WEBEX_LOCATION_ID);
        }
        let mut ask = Ask::post(registration.path, key, &registration.body);
        let word = match self.insist(&mut ask).await {
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
        self.note(key, word);
    }

    /// Asks until the answer is final. `None` once the book is closed.
    async fn insist(&mut self, ask: &mut Ask) -> Option<Answer> {
        let mut pause = Duration::from_millis(50);
        let (mut not_found, mut no_room) = (0, 0);
        loop {
            let asked = Instant::now();
            let answer = self.wire.ask(ask).await;
            match answer {
                Some(answer) if is_unknown_yet(&answer) && not_found < NOT_FOUND_MAX => {
                    not_found += 1;
                    self.call_otherwise(ask);
                }
                Some(answer) if answer.status == 402 && no_room < NO_ROOM_MAX => no_room += 1,
                Some(answer) if is_final(&ask.method, &answer) => {
                    let is_kept = matches!(ask.path.as_str(), "/v1/numbers" | "/v1/allocations");
                    if is_kept && !is_of_another_request(&answer) {
                        self.run.book.keep(ask.clone());
                    }
                    return Some(answer);
                }
                _ if self.run.book.closed.load(Ordering::Relaxed) => return None,
                _ => {}
            }
            // An answer that took its time has been waited for already.
            if asked.elapsed() < pause {
                sleep(pause.mul_f64(0.5 + rand::random::<f64>())).await;
            }
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    /// Uses the other name of an account that is renamed: nothing was begun under this one.
    fn call_otherwise(&self, ask: &mut Ask) {
        let (old, new) = (accounts::RENAMED.name(), accounts::NEW_NAME);
        let has_new_name = self.run.world.name(accounts::RENAMED) == new;
        let (from, to) = if ask.body.contains(new) || !has_new_name {
            (new, old)
        } else {
            (old, new)
        };
        ask.body = ask
            .body
            .replace(&format!("\"{from}\""), &format!("\"{to}\""));
        let (from, to) = (format!("/{from}:"), format!("/{to}:"));
        ask.path = ask.path.replace(&from, &to);
        // What the carrier did not know yet is kept as the answer of the key.
        if let Some(key) = &mut ask.key
            && ask.path.starts_with("/v1/numbers/")
        {
            key.push('+');
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
        capped: order.capped,
        ..Ask::post("/v1/numbers", order.key.as_str(), &body)
    }
}

/// Whether the key stands for another request: its twin has called a renamed account by the other name.
fn is_of_another_request(answer: &Answer) -> bool {
    answer.status == 422 && answer.body["errors"][0]["field"] == "Idempotency-Key"
}

/// Whether nothing is known by that name or id, which may be so for a moment only.
fn is_unknown_yet(answer: &Answer) -> bool {
    answer.status == 404 && !answer.body["purchase_id"].is_string()
}

/// Whether asking again would tell nothing new.
fn is_final(method: &Method, answer: &Answer) -> bool {
    match answer.status {
        // A release that can still be undone.
        202 => *method == Method::DELETE,
        408 | 425 | 429 => false,
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
            bytes: bytes::Bytes::new(),
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
            assert_eq!(is_final(&Method::POST, &answer), end, "{answer:?}");
        }
        let pending = answer(202, true, false, Value::Null);
        assert!(is_final(&Method::DELETE, &pending));
    }
}
