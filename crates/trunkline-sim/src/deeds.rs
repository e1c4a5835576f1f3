//! What clients do with numbers that they have bought.

use std::time::Duration;

use rand::RngExt;
use rand::seq::IndexedRandom;
use tokio::time::{Instant, sleep};
use trunkline_core::model::{NumberId, NumberUpdate, Patch};
use trunkline_core::{Caller, Result, Retry};
use trunkline_engine::journal::Record;
use trunkline_engine::{Engine, NumberPatch, Released};

use crate::client::{Clients, Then, Want};
use crate::history::{Line, line_of};

/// A number that its client goes on with.
#[derive(Debug)]
struct Bought<'a> {
    want: &'a Want,
    line: Line,
    /// As the carrier calls it.
    provider_id: String,
}

impl Clients {
    /// Does with a number what its client wants to do with it; gives what it wants next.
    pub(crate) async fn go_on(&self, want: &Want, record: &Record) -> Option<Want> {
        let (Some(line), Some(id)) = (line_of(record), &record.purchase.number_id) else {
            return None;
        };
        let bought = Bought {
            want,
            line,
            provider_id: id.provider_id().to_owned(),
        };
        match want.then {
            Then::Keeps => {}
            Then::GivesBack => drop(self.give_back(&bought).await),
            Then::GivesBackUnheard => drop(self.ask(&bought, &release).await),
            Then::BuysAgain => {
                if let Some(Released::Now(_)) = self.give_back(&bought).await {
                    return Some(Want {
                        key: format!("{}-again", want.key),
                        number: Some((bought.line.0, record.purchase.number)),
                        then: Then::Keeps,
                        ..want.clone()
                    });
                }
            }
            Then::Restores => {
                if let Some(Released::Later { .. }) = self.give_back(&bought).await {
                    self.restore(&bought).await;
                }
            }
            Then::Protects => {
                let most = *[200, 3_000].choose(&mut *self.dice.lock()).unwrap_or(&200);
                let pause = Duration::from_millis(self.dice.lock().random_range(0..most));
                let protect = async {
                    sleep(pause).await;
                    self.protect(&bought).await;
                };
                tokio::join!(self.give_back(&bought), protect);
            }
            Then::Labels => {
                let label = format!("anew by {}", want.key);
                let update = NumberUpdate {
                    label: Patch::Set(label),
                    ..NumberUpdate::default()
                };
                let patch = NumberPatch {
                    update,
                    ..NumberPatch::default()
                };
                self.update(&bought, patch).await;
            }
        }
        None
    }

    /// The id of the number at its account as that is called now.
    fn id(&self, bought: &Bought<'_>) -> Option<NumberId> {
        let operator = &self.gateways.first()?.operator;
        let name = operator.name(bought.line.0).parse().ok()?;
        NumberId::of(&name, &bought.provider_id).ok()
    }

    async fn give_back(&self, bought: &Bought<'_>) -> Option<Released> {
        let released = self.insist(bought, release).await?;
        let what = match released {
            Released::Now(_) => "gave it back",
            Released::Before(_) => "had given it back",
            Released::Later { .. } => "gives it back later",
        };
        self.trace.tell(&bought.want.key, &what);
        Some(released)
    }

    async fn restore(&self, bought: &Bought<'_>) {
        let restored = self.insist(bought, |engine, id| async move {
            Box::pin(engine.numbers.restore(&Caller::default(), &id)).await
        });
        if restored.await.is_some() {
            self.keeps(bought, "keeps it after all");
        }
    }

    async fn protect(&self, bought: &Bought<'_>) {
        let patch = NumberPatch {
            protected: Some(true),
            ..NumberPatch::default()
        };
        if self.update(bought, patch).await {
            self.keeps(bought, "has it protected");
        }
    }

    /// From now on the number must not be given back.
    fn keeps(&self, bought: &Bought<'_>, what: &str) {
        self.trace.tell(&bought.want.key, &what);
        self.kept.lock().push((bought.line.clone(), Instant::now()));
    }

    async fn update(&self, bought: &Bought<'_>, patch: NumberPatch) -> bool {
        let updated = self.insist(bought, move |engine: Engine, id: String| {
            let patch = patch.clone();
            async move { Box::pin(engine.numbers.update(&Caller::default(), &id, patch)).await }
        });
        updated.await.is_some()
    }

    /// Asks once; `None` if nobody answers.
    async fn ask<T, F>(
        &self,
        bought: &Bought<'_>,
        work: impl Fn(Engine, String) -> F + Send + Sync,
    ) -> Option<Result<T>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let (gateway, id) = (self.gateway()?, self.id(bought)?.to_string());
        gateway.ask(|engine| work(engine, id)).await
    }

    /// Asks until it is done, or refused for good; the outcome if it is done.
    async fn insist<T, F>(
        &self,
        bought: &Bought<'_>,
        work: impl Fn(Engine, String) -> F + Send + Sync,
    ) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        loop {
            match self.ask(bought, &work).await {
                Some(Ok(done)) => return Some(done),
                Some(Err(error)) if error.retry() == Retry::Never => {
                    self.trace.tell(&bought.want.key, &error);
                    return None;
                }
                _ if Instant::now() > self.until => return None,
                _ => self.pause().await,
            }
        }
    }
}

async fn release(engine: Engine, id: String) -> Result<Released> {
    Box::pin(engine.numbers.release(&Caller::default(), &id)).await
}
