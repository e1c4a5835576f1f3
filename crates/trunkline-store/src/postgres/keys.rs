//! Idempotency keys: what a request with this key came to the first time.

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use trunkline_admin::{Answer, Answers, Reserve};
use trunkline_core::Result;
use trunkline_engine::journal::Scope;

use crate::lease::{self, Wanted};
use crate::postgres::query::Query;
use crate::postgres::transaction::{Done, How, Trouble, Write};
use crate::postgres::{Postgres, leases, statement};
use crate::rows::{Cells, KeyRow, answer, json, key};

statement!(PUT_KEY, FIND_KEY, PUT_ANSWER, FORGET_KEY, END_LEASES);

/// Keeps what is found until the transaction ends, and waits for others that do.
const LOCK_KEY: &str = "SELECT fingerprint, purchase, answer FROM idempotency \
     WHERE tenant = $1 AND key = $2 AND route = $3 FOR UPDATE";

/// What stands under a key.
pub(super) fn find(scope: &Scope) -> Query {
    of(FIND_KEY.query(), scope)
}

/// Gives a statement the three parts of a key, which come first everywhere.
pub(super) fn of(query: Query, scope: &Scope) -> Query {
    query
        .bind(scope.tenant.as_str())
        .bind(scope.key.as_str())
        .bind(scope.route.as_str())
}

/// What stands under a key, and will until the transaction ends.
pub(super) async fn lock(on: &mut PgConnection, scope: &Scope) -> Result<Option<KeyRow>, Trouble> {
    let found = of(Query::new(LOCK_KEY), scope).row(on).await?;
    Ok(found.map(|row| key(&row)).transpose()?)
}

/// Begins a key's life, if it has none.
pub(super) async fn put(
    on: &mut PgConnection,
    scope: &Scope,
    (fingerprint, purchase): (&str, Option<&str>),
) -> Result<bool, Trouble> {
    let query = of(PUT_KEY.query(), scope)
        .bind(fingerprint)
        .bind(purchase.map(str::to_owned));
    query.changed(on).await
}

pub(super) struct ReserveKey {
    pub(super) scope: Scope,
    pub(super) fingerprint: String,
    pub(super) lease: Wanted,
}

#[async_trait]
impl Write for ReserveKey {
    type Output = Reserve;

    async fn run(&self, on: &mut PgConnection) -> Result<Done<Reserve>, Trouble> {
        if !put(on, &self.scope, (&self.fingerprint, None)).await? {
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
        Ok(match leases::take(on, &self.lease).await? {
            Some(lease) => Done::Kept(Reserve::Fresh(lease)),
            None => {
                leases::shorten(on, &self.lease).await?;
                Done::Kept(Reserve::InFlight)
            }
        })
    }
}

pub(super) struct KeepAnswer {
    pub(super) scope: Scope,
    pub(super) answer: Answer,
    pub(super) version: Option<i64>,
}

#[async_trait]
impl Write for KeepAnswer {
    type Output = Answer;

    fn how(&self) -> How {
        How::Alone
    }

    async fn run(&self, on: &mut PgConnection) -> Result<Done<Answer>, Trouble> {
        let doc = json(&self.answer)?;
        let kept = of(PUT_ANSWER.query(), &self.scope)
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

pub(super) struct ForgetKey(pub(super) Scope);

#[async_trait]
impl Write for ForgetKey {
    type Output = ();

    async fn run(&self, on: &mut PgConnection) -> Result<Done<()>, Trouble> {
        of(FORGET_KEY.query(), &self.0).changed(on).await?;
        END_LEASES
            .query()
            .bind(lease::of_key(&self.0))
            .changed(on)
            .await?;
        Ok(Done::Kept(()))
    }
}

#[async_trait]
impl Answers for Postgres {
    async fn reserve_key(&self, scope: &Scope, fingerprint: &str, owner: &str) -> Result<Reserve> {
        let lease = Wanted::now(lease::of_key(scope), owner, self.lease_ttl);
        let (scope, fingerprint) = (scope.clone(), fingerprint.to_owned());
        self.write(ReserveKey {
            scope,
            fingerprint,
            lease,
        })
        .await
    }

    async fn answer(&self, scope: &Scope) -> Result<Option<Answer>> {
        let row = self.optional(find(scope)).await?;
        let key = row.map(|row| key(&row)).transpose()?;
        Ok(key.and_then(|key| key.answer))
    }

    async fn keep_answer(
        &self,
        scope: &Scope,
        answer: Answer,
        version: Option<i64>,
    ) -> Result<Answer> {
        let scope = scope.clone();
        self.write(KeepAnswer {
            scope,
            answer,
            version,
        })
        .await
    }

    async fn forget_key(&self, scope: &Scope) -> Result<()> {
        self.write(ForgetKey(scope.clone())).await
    }
}
