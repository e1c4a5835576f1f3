//! Idempotency keys: what a request with this key came to the first time.

use async_trait::async_trait;
use trunkline_admin::{Answer, Answers, Reserve};
use trunkline_core::{Error, ErrorKind, Result};
use trunkline_engine::journal::Scope;

use crate::lease::{self, Wanted};
use crate::rows::{Cells, KeyRow, answer, key};
use crate::sqlite::leases;
use crate::sqlite::query::{Query, optional};
use crate::sqlite::writer::{Transaction, Write};
use crate::sqlite::{Sqlite, statement, write};

write!(RESERVE: PUT_KEY, PUT_LEASE);
write!(KEEP_ANSWER: PUT_ANSWER);
write!(FORGET: FORGET_KEY, END_LEASES);
statement!(FIND: FIND_KEY);

/// What stands under a key.
pub(super) fn find(scope: &Scope) -> Query {
    of(FIND.query(), scope)
}

/// Gives a statement the three parts of a key, which come first everywhere.
pub(super) fn of(query: Query, scope: &Scope) -> Query {
    query
        .bind(scope.tenant.as_str().to_owned())
        .bind(scope.key.as_str().to_owned())
        .bind(scope.route.clone())
}

pub(super) struct ReserveKey {
    pub(super) scope: Scope,
    pub(super) fingerprint: String,
    pub(super) lease: Wanted,
}

#[async_trait]
impl Write for ReserveKey {
    type Output = Reserve;

    async fn run(self, on: &mut Transaction<'_>) -> Result<Reserve> {
        let query = of(RESERVE.query(), &self.scope)
            .bind(self.fingerprint.clone())
            .bind(None::<String>);
        let effects = on.first(leases::bind(&self.lease, query)).await?;
        let lease = leases::granted(&self.lease, &effects)?;
        if let (true, Some(lease)) = (effects.all_changed(), &lease) {
            return Ok(Reserve::Fresh(lease.clone()));
        }
        let rows = on.then(find(&self.scope)).await?.rows;
        let found = rows.first().map(key).transpose()?;
        let refused = match (found, lease) {
            (Some(known), _) if known.fingerprint != self.fingerprint => Reserve::Mismatch,
            (
                Some(KeyRow {
                    answer: Some(answer),
                    ..
                }),
                _,
            ) => Reserve::Answered(answer),
            (Some(KeyRow { purchase: None, .. }), Some(lease)) => {
                return Ok(Reserve::Fresh(lease));
            }
            _ => Reserve::InFlight,
        };
        on.undo().await?;
        leases::shorten(&self.lease, on).await?;
        Ok(refused)
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

    async fn run(self, on: &mut Transaction<'_>) -> Result<Answer> {
        let doc = serde_json::to_string(&self.answer).map_err(|error| {
            Error::new(ErrorKind::Internal, "an answer can't be written down").with_source(error)
        })?;
        let effects = on
            .first(
                of(KEEP_ANSWER.query(), &self.scope)
                    .bind(doc)
                    .bind(self.version),
            )
            .await?;
        let kept = effects.rows.first();
        match kept
            .map(|row| row.optional_text("answer"))
            .transpose()?
            .flatten()
        {
            Some(doc) => answer(&doc),
            None => Ok(self.answer),
        }
    }
}

pub(super) struct ForgetKey(pub(super) Scope);

#[async_trait]
impl Write for ForgetKey {
    type Output = ();

    async fn run(self, on: &mut Transaction<'_>) -> Result<()> {
        on.first(of(FORGET.query(), &self.0).bind(lease::of_key(&self.0)))
            .await
            .map(drop)
    }
}

#[async_trait]
impl Answers for Sqlite {
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
        let row = optional(&self.readers, find(scope)).await?;
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
