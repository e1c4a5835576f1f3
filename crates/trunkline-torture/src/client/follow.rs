//! What happens to a number once it is bought.

use http::Method;
use serde_json::json;
use tokio::time::sleep;
use trunkline_sandbox::{ConsoleChange, ProviderKind};

use super::Client;
use crate::faults::DELAY;
use crate::run::Reply;
use crate::tasks::{Order, Target, Then};
use crate::wire::Ask;

impl Client {
    pub(super) async fn follow(&mut self, order: &Order, number_id: String) {
        if matches!(order.then, Then::Relabel | Then::Changed) {
            // A first label whose answer was lost may be on its way still.
            sleep(2 * DELAY).await;
        }
        match order.then {
            Then::Keep => {}
            Then::Release => self.release(order, number_id).await,
            Then::Restore => self.restore(order, number_id).await,
            Then::Relabel => {
                let label = format!("{} changed", order.key);
                let ask = Ask {
                    method: Method::PATCH,
                    body: json!({ "label": label }).to_string(),
                    ..write(order, &number_id)
                };
                let status = self.status(ask).await;
                let reply = Reply::Labelled {
                    number_id,
                    label,
                    status,
                };
                self.note(&order.key, reply);
            }
            Then::Changed => self.change_in_console(order, number_id),
            Then::Again => {
                let key = format!("{}-again", order.key);
                let again = Order {
                    key: key.clone(),
                    label: None,
                    ..order.clone()
                };
                let reply = self.purchase(&again).await;
                self.note(&key, reply);
            }
            Then::Lost => {
                if let Some((account, number)) = exact(order) {
                    // The ledger says whether it happened.
                    let _ = self.run.world.sandbox.console_release(account, number);
                    // At a question for the number trunkline finds out that it is gone.
                    let path = format!("/v1/numbers/{number_id}");
                    self.insist(Ask::get(path)).await;
                }
            }
        }
    }

    async fn release(&mut self, order: &Order, number_id: String) {
        let status = self.status(write(order, &number_id)).await;
        self.note(&order.key, Reply::Released { number_id, status });
    }

    /// Releases it and undoes that.
    async fn restore(&mut self, order: &Order, number_id: String) {
        self.release(order, number_id.clone()).await;
        let ask = Ask {
            method: Method::POST,
            path: format!("/v1/numbers/{number_id}/restore"),
            key: Some(format!("{}-back", order.key)),
            ..write(order, &number_id)
        };
        let status = self.status(ask).await;
        self.note(&order.key, Reply::Restored { number_id, status });
    }

    fn change_in_console(&self, order: &Order, number_id: String) {
        let Some((account, number)) = exact(order) else {
            return;
        };
        let label = format!("{} by hand", order.key);
        let change = ConsoleChange {
            label: Some(label.clone()),
            ..ConsoleChange::default()
        };
        let console = &self.run.world.sandbox;
        if console.console_change(account, number, &change).is_ok() {
            let reply = Reply::Labelled {
                number_id,
                label,
                status: 200,
            };
            self.note(&order.key, reply);
        }
    }
}

/// A write to a number: its release, if nothing is changed.
fn write(order: &Order, number_id: &str) -> Ask {
    Ask {
        method: Method::DELETE,
        key: Some(format!("{}-after", order.key)),
        ..Ask::get(format!("/v1/numbers/{number_id}"))
    }
}

fn exact(order: &Order) -> Option<(ProviderKind, &str)> {
    match &order.target {
        Target::Number { account, number } => Some((*account, number)),
        Target::Any { .. } => None,
    }
}
