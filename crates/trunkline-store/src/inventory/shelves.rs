//! Accounts whose numbers are remembered, and their readings.

use std::time::Duration;

use async_trait::async_trait;
use trunkline_core::{AccountName, ProviderName, Result, SyncId, Tenant};
use trunkline_engine::inventory::{Reading, Shelf, ShelfState};

use super::renamed::follow;
use super::rows::{count, time};
use crate::error::unavailable;
use crate::lease::millis;
use crate::query::{Query, Statement, Transaction};
use crate::rows::{Row, json, limit};
use crate::sql;
use crate::write::{Done, Write};

fn shelf(row: &Row) -> Result<Shelf> {
    Ok(Shelf {
        identity: row.text("identity")?,
        tenant: Tenant::new(row.text("tenant")?)?,
        account: AccountName::new(row.text("account")?)?,
        provider: ProviderName::from(row.text("provider")?),
    })
}

/// How fresh what is known of an account is.
pub(super) fn state(row: &Row) -> Result<ShelfState> {
    let ago = row.optional_integer("ended_ago_ms")?;
    Ok(ShelfState {
        shelf: shelf(row)?,
        as_of: time(row, "as_of_ms")?,
        ended_ago: ago.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0))),
        error: row.optional_text("error")?,
    })
}

fn named(statement: &'static Statement, shelf: &Shelf) -> Query {
    let query = statement.query().bind(shelf.identity.as_str());
    let query = query
        .bind(shelf.tenant.as_str())
        .bind(shelf.account.as_str());
    query.bind(shelf.provider.as_str())
}

/// An account that gets another name.
pub(super) struct Named<'a> {
    /// The one that it had.
    pub(super) old: AccountName,
    pub(super) new: &'a Shelf,
}

/// Names the accounts there are.
pub(super) struct Shelve {
    pub(super) shelves: Vec<Shelf>,
}

#[async_trait]
impl Write for Shelve {
    type Output = ();

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<()>> {
        let known = sql::LIST_ALL_SHELVES.query().all(on).await?;
        let mut named_anew = Vec::new();
        for new in &self.shelves {
            let at = known
                .iter()
                .find(|row| row.text("identity").is_ok_and(|it| it == new.identity));
            let old = at.map(shelf).transpose()?;
            let hidden = at
                .map(|row| row.optional_integer("hidden_ms"))
                .transpose()?
                .flatten();
            if old.as_ref() == Some(new) && hidden.is_none() {
                continue;
            }
            named(&sql::PUT_SHELF, new).count(on).await?;
            if let Some(old) = old.filter(|old| old != new) {
                // The name of an account that was away may have been another's since.
                let is_other = |row: &Row| {
                    let name = row
                        .text("account")
                        .is_ok_and(|it| it == old.account.as_str());
                    name && row
                        .optional_integer("hidden_ms")
                        .is_ok_and(|at| at.is_none())
                };
                if old.account != new.account && (hidden.is_none() || !known.iter().any(is_other)) {
                    named_anew.push(Named {
                        old: old.account,
                        new,
                    });
                }
                named(&sql::RENAME_INVENTORY, new).count(on).await?;
                for statement in [&sql::RENAME_TAGS, &sql::RENAME_DRIFTS] {
                    let query = statement.query().bind(new.identity.as_str());
                    query.bind(new.tenant.as_str()).count(on).await?;
                }
            }
        }
        follow(on, &named_anew).await?;
        let there: Vec<&str> = self
            .shelves
            .iter()
            .map(|shelf| shelf.identity.as_str())
            .collect();
        sql::HIDE_SHELVES
            .query()
            .bind(json(&there)?)
            .count(on)
            .await?;
        Ok(Done::Kept(()))
    }
}

/// Numbers that are forgotten at once: purchases wait for no more.
const FORGOTTEN_AT_ONCE: usize = 500;

/// Forgets some of what accounts that are there no more have held. False if nothing is left to forget.
pub(super) struct Forget {
    pub(super) after: Duration,
}

#[async_trait]
impl Write for Forget {
    type Output = bool;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<bool>> {
        let query = sql::FIND_FORGOTTEN.query().bind(millis(self.after));
        let Some(row) = query.row(on).await? else {
            return Ok(Done::Kept(false));
        };
        let identity = row.text("identity")?;
        let of = |statement: &'static Statement| statement.query().bind(identity.as_str());
        of(&sql::UNREAD_SHELF).count(on).await?;
        let most = limit(FORGOTTEN_AT_ONCE);
        of(&sql::FORGET_TAGS_OF).bind(most).count(on).await?;
        if of(&sql::FORGET_INVENTORY).bind(most).changed(on).await? {
            return Ok(Done::Kept(true));
        }
        for statement in [
            &sql::FORGET_TOUCHES_OF,
            &sql::FORGET_DRIFTS,
            &sql::FORGET_SHELF,
        ] {
            of(statement).count(on).await?;
        }
        Ok(Done::Kept(true))
    }
}

/// Begins a reading.
pub(super) struct Begin {
    pub(super) shelf: Shelf,
    pub(super) id: SyncId,
    pub(super) settle: Duration,
}

#[async_trait]
impl Write for Begin {
    type Output = Reading;

    async fn run(&self, on: &mut dyn Transaction) -> Result<Done<Reading>> {
        let query = named(&sql::BEGIN_READING, &self.shelf).bind(self.id.as_str());
        let row = query.row(on).await?;
        let row = row.ok_or_else(|| unavailable("gave no reading of an account"))?;
        let query = sql::COUNT_REMEMBERED
            .query()
            .bind(self.shelf.identity.as_str());
        let held = match query.row(on).await? {
            Some(row) => count(row.integer("held")?),
            None => 0,
        };
        Ok(Done::Kept(Reading {
            shelf: self.shelf.clone(),
            id: self.id.clone(),
            mark: time(&row, "mark_ms")?.unwrap_or_default(),
            settle: self.settle,
            baseline: row.optional_integer("as_of_ms")?.is_none(),
            held,
        }))
    }
}
