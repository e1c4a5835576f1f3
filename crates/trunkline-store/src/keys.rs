//! Idempotency keys: what a request with this key came to the first time.

use async_trait::async_trait;
use trunkline_admin::{Answer, Answers, Reserve};
use trunkline_core::Result;
use trunkline_engine::journal::Scope;

use crate::lease::{self, Wanted};
use crate::query::{Query, Transaction};
use crate::rows::{KeyRow, answer, json, key};
use crate::sql;
use crate::store::{Backend, Sql};
use crate::write::{Done, How, Write};

/// What stands under a key.
pub(crate) fn find(scope: &Scope) -> Query {
    of(sql::FIND_KEY.query(), scope)
}

/// Gives a statement the three parts of a key, which come first everywhere.
pub(crate) fn of(query: Query, scope: &Scope) -> Query {
    query
        .bind(scope.tenant.as_str())
        .bind(scope.key.as_str())
        .bind(scope.route.as_str())
}

/// What stands under a key, and will until the transaction ends.
pub(crate) async fn lock(on: &mut dyn Transaction, scope: &Scope) -> Result<Option<KeyRow>> {
    let found = of(sql::LOCK_KEY.query(), scope).row(on).await?;
    found.map(|row| key(&row)).transpose()
}

/// Begins a key's life, if it has none; it may stand for a purchase.
pub(crate) fn put(scope: &Scope, fingerprint: &str, purchase: Option<&str>) -> Query {
    of(sql::PUT_KEY.query(), scope)
        .bind(fingerprint)
        .bind(purchase)
}

struct ReserveKey {
    scope: Scope,
    fingerprint: String,
    lease: Wanted,
}

#[async_trait]
impl Write for ReserveKey {
    type Output = Reserve;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Reserve>> {
        let put = put(&self.scope, &self.fingerprint, None);
        if !put.changed(on).await? {
            let refused = match lock(on, &self.scope).await? {
                None => return Ok(Done::Again),
                Some(known) if known.fingerprint != self.fingerprint => Some(Reserve::Mismatch),
                Some(KeyRow {
                    answer: Some(answer),
                    ..
                }) => Some(Reserve::Answered(answer)),
                Some(known) => known.purchase.map(|_| Reserve::InFlight),
            };
            if let Some(refused) = refused {
                return Ok(Done::Undone(refused));
            }
        }
        Ok(match lease::take(on, &self.lease).await? {
            Some(lease) => Done::Kept(Reserve::Fresh(lease)),
            None => {
                lease::shorten(on, &self.lease).await?;
                Done::Kept(Reserve::InFlight)
            }
        })
    }
}

struct KeepAnswer {
    scope: Scope,
    answer: Answer,
    version: Option<i64>,
}

#[async_trait]
impl Write for KeepAnswer {
    type Output = Answer;

    fn how(&self) -> How {
        How::Alone
    }

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Answer>> {
        let doc = json(&self.answer)?;
        let kept = of(sql::PUT_ANSWER.query(), &self.scope)
            .bind(doc)
            .bind(self.version)
            .row(on)
            .await?;
        let kept = kept.map(|row| row.optional_text("answer")).transpose()?;
        Ok(Done::Kept(match kept.flatten() {
            Some(doc) => answer(&doc)?,
            None => self.answer.clone(),
        }))
    }
}

struct ForgetKey(Scope);

#[async_trait]
impl Write for ForgetKey {
    type Output = ();

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<()>> {
        of(sql::FORGET_KEY.query(), &self.0).changed(on).await?;
        sql::END_LEASES
            .query()
            .bind(lease::of_key(&self.0))
            .changed(on)
            .await?;
        Ok(Done::Kept(()))
    }
}

#[async_trait]
impl<B: Backend> Answers for Sql<B> {
    async fn reserve_key(&self, scope: &Scope, fingerprint: &str, owner: &str) -> Result<Reserve> {
        let lease = Wanted::now(lease::of_key(scope), owner, self.lease_ttl);
        let (scope, fingerprint) = (scope.clone(), fingerprint.to_owned());
        self.backend
            .write(ReserveKey {
                scope,
                fingerprint,
                lease,
            })
            .await
    }

    async fn answer(&self, scope: &Scope) -> Result<Option<Answer>> {
        let key = self.backend.find(find(scope), key).await?;
        Ok(key.and_then(|key| key.answer))
    }

    async fn keep_answer(
        &self,
        scope: &Scope,
        answer: Answer,
        version: Option<i64>,
    ) -> Result<Answer> {
        let scope = scope.clone();
        self.backend
            .write(KeepAnswer {
                scope,
                answer,
                version,
            })
            .await
    }

    async fn forget_key(&self, scope: &Scope) -> Result<()> {
        self.backend.write(ForgetKey(scope.clone())).await
    }
}
