//! A client: it asks with the same key until the answer is final.

mod follow;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use trunkline_core::host;
use trunkline_sandbox::ProviderKind;

use crate::accounts::{self, Line};
use crate::run::{Reply, Run};
use crate::stock::IN_ALLOCATION;
use crate::tasks::{Order, POOL, Target, Task};
use crate::wire::{Answer, Ask, Gateways, Wire};

/// How often in a row 404 is answered before it is final: a gateway may not know an account's new name yet, and a carrier not
/// what it has just sold.
const NOT_FOUND_MAX: u32 = 15;

/// How often in a row 402 is answered before it is final: room that is freed is wanted at once.
const NO_ROOM_MAX: u32 = 8;

#[derive(Debug)]
pub(crate) struct Client {
    run: Arc<Run>,
    wire: Wire,
}

impl Client {
    pub(crate) fn new(run: Arc<Run>) -> Self {
        Self::at(run.gateways(), run)
    }

    pub(crate) fn at(gateways: Gateways, run: Arc<Run>) -> Self {
        let wire = Wire::new(gateways);
        Self { run, wire }
    }

    fn note(&self, key: &str, reply: Reply) {
        self.run.book.note(key, reply);
    }

    pub(crate) async fn run(&mut self, task: Task) {
        match task {
            Task::Buy(order) => {
                self.run.book.begun.fetch_add(1, Ordering::Relaxed);
                self.buy(order).await;
                self.run.book.ended.fetch_add(1, Ordering::Relaxed);
            }
            Task::Allocate { key, area } => self.allocate(&key, area).await,
            // Somebody else may have it already.
            Task::Console { account, number } => {
                let _ = self.run.world.sandbox.console_buy(account, &number);
            }
            Task::Ring {
                key,
                account,
                number,
            } => {
                let body = json!({ "account": account.name(), "number": number });
                let status = self
                    .status(Ask::post("/v1/caller-ids", &body).under(&key))
                    .await;
                self.note(&key, Reply::Rung { number, status });
            }
            Task::Register {
                key,
                account,
                numbers,
            } => self.register(&key, account, numbers).await,
        }
    }

    async fn buy(&mut self, order: Order) {
        let reply = if order.twin {
            let mut other = Self::new(Arc::clone(&self.run));
            let (reply, twin) = tokio::join!(self.purchase(&order), other.purchase(&order));
            self.note(&order.key, twin);
            reply
        } else {
            self.purchase(&order).await
        };
        self.note(&order.key, reply.clone());
        if let Reply::Bought { number_id, .. } = reply {
            self.run.book.bought.fetch_add(1, Ordering::Relaxed);
            self.follow(&order, number_id).await;
        }
    }

    pub(crate) async fn purchase(&mut self, order: &Order) -> Reply {
        let Some(answer) = self.insist(purchase(order)).await else {
            return Reply::Missing {
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
            (201, Some(purchase), Some(number_id)) => Reply::Bought {
                purchase,
                number_id,
            },
            (status, ..) => Reply::Refused {
                status,
                purchase: text(&answer.body["purchase_id"]),
            },
        }
    }

    async fn allocate(&mut self, key: &str, area: &str) {
        let body = json!({
            "criteria": { "country": "US", "area_code": area }, "count": IN_ALLOCATION, "label": POOL
        });
        let answer = self
            .insist(Ask::post("/v1/allocations", &body).under(key))
            .await;
        let id = answer
            .as_ref()
            .and_then(|answer| answer.body["id"].as_str());
        let reply = match id {
            Some(id) => Reply::Allocated { id: id.to_owned() },
            None => Reply::Missing {
                what: format!("an allocation: {answer:?}"),
            },
        };
        self.note(key, reply);
    }

    async fn register(&mut self, key: &str, account: ProviderKind, numbers: Vec<String>) {
        let mut body = json!({ "account": account.name(), "location": account.location() });
        let path = if let [number] = &numbers[..] {
            body["number"] = json!(number);
            "/v1/numbers/register"
        } else {
            (body["start_number"], body["end_number"]) =
                (json!(numbers.first()), json!(numbers.last()));
            "/v1/number-ranges"
        };
        let answer = self.insist(Ask::post(path, &body).under(key)).await;
        let body = answer.as_ref().map_or(&Value::Null, |answer| &answer.body);
        let done = answer
            .as_ref()
            .filter(|answer| matches!(answer.status, 200 | 201));
        let reply = match done {
            Some(_) => Reply::Registered {
                lines: registered(account, &numbers, body),
            },
            None => Reply::Missing {
                what: format!("a registration: {body}"),
            },
        };
        self.note(key, reply);
    }

    async fn status(&mut self, ask: Ask) -> u16 {
        self.insist(ask).await.map_or(0, |answer| answer.status)
    }

    /// Asks until the answer is final. `None` once the book is closed.
    async fn insist(&mut self, mut ask: Ask) -> Option<Answer> {
        let mut pause = Duration::from_millis(50);
        let (mut not_found, mut no_room) = (0, 0);
        loop {
            let asked = Instant::now();
            let answer = self.wire.ask(&ask).await;
            match answer {
                Some(answer) if is_unknown_yet(&answer) && not_found < NOT_FOUND_MAX => {
                    not_found += 1;
                    self.call_otherwise(&mut ask);
                }
                Some(answer) if answer.status == 402 && no_room < NO_ROOM_MAX => no_room += 1,
                Some(answer) if is_final(&ask.method, &answer) => {
                    let is_kept = matches!(ask.path.as_str(), "/v1/numbers" | "/v1/allocations");
                    if is_kept && !is_of_another_request(&answer) {
                        let key = ask.key.clone().unwrap_or_default();
                        self.run.book.asked.lock().insert(key, ask);
                    }
                    return Some(answer);
                }
                _ if self.run.book.closed.load(Ordering::Relaxed) => return None,
                _ => {}
            }
            // An answer that took its time has been waited for already.
            if asked.elapsed() < pause {
                sleep(pause.mul_f64(0.5 + host::random::<f64>())).await;
            }
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    /// Uses the other name of an account that is renamed: nothing was begun under this one.
    fn call_otherwise(&self, ask: &mut Ask) {
        let (old, new) = (accounts::renamed().name(), accounts::NEW_NAME);
        let has_new_name = self.run.world.name(accounts::renamed()) == new;
        let (from, to) = if ask.body.contains(new) || !has_new_name {
            (new, old)
        } else {
            (old, new)
        };
        let (quoted, other) = (format!("\"{from}\""), format!("\"{to}\""));
        ask.body = ask.body.replace(&quoted, &other);
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

/// The lines of the numbers that the answer does not list as failed.
fn registered(account: ProviderKind, numbers: &[String], answer: &Value) -> Vec<Line> {
    let items = answer["data"].as_array().map_or(&[][..], Vec::as_slice);
    let failed = |number: &&String| {
        let mut failed = items.iter().filter(|item| item["status"] == "failed");
        failed.any(|item| item["number"] == **number)
    };
    let registered = numbers.iter().filter(|number| !failed(number));
    registered
        .map(|number| Line::new(account.name(), number))
        .collect()
}

fn purchase(order: &Order) -> Ask {
    let mut body = match &order.target {
        Target::Number { account, number } => {
            json!({ "account": account.name(), "number": number })
        }
        Target::Any { area } => json!({
            "criteria": { "country": "US", "area_code": area }, "strategy": "cheapest"
        }),
    };
    if let Some(label) = &order.label {
        body["label"] = json!(label);
    }
    Ask {
        capped: order.capped,
        ..Ask::post("/v1/numbers", &body).under(&order.key)
    }
}

/// Whether the key stands for another request: its twin has called a renamed account by the other name.
fn is_of_another_request(answer: &Answer) -> bool {
    answer.status == 422 && answer.body["errors"][0]["field"] == "Idempotency-Key"
}

/// Whether that name or id is unknown, perhaps for a moment only.
fn is_unknown_yet(answer: &Answer) -> bool {
    answer.status == 404 && !answer.body["purchase_id"].is_string()
}

/// Whether asking again would get the same answer.
fn is_final(method: &Method, answer: &Answer) -> bool {
    match answer.status {
        // A release that can still be undone.
        202 => *method == Method::DELETE,
        408 | 425 | 429 => false,
        409 | 423 => !answer.come_again,
        // A purchase that is presumed failed: its answer is kept.
        504 => answer.body["purchase_id"].is_string(),
        500..=599 => answer.replayed,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_that_would_come_again_is_final() {
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
