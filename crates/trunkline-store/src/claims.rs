//! Claims: one open purchase or release of a number at an identity.

use trunkline_core::Result;

use crate::query::{Query, Statement, Transaction};
use crate::sql;

/// A number at an identity, and who claims it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) identity: &'a str,
    pub(crate) number: &'a str,
    pub(crate) holder: &'a str,
}

impl Claim<'_> {
    fn bind(&self, statement: &'static Statement) -> Query {
        let query = statement.query().bind(self.identity).bind(self.number);
        query.bind(self.holder)
    }

    /// Takes it, unless another has it.
    pub(crate) fn taking(&self) -> Query {
        self.bind(&sql::PUT_CLAIM)
    }

    /// Takes it, unless another has it.
    pub(crate) async fn take(&self, on: &mut dyn Transaction) -> Result<bool> {
        self.taking().changed(on).await
    }

    /// Frees it, if it is this holder's.
    pub(crate) fn freeing(&self) -> Query {
        self.bind(&sql::FREE_CLAIM)
    }

    /// Frees it, if it is this holder's.
    pub(crate) async fn free(&self, on: &mut dyn Transaction) -> Result<()> {
        self.freeing().changed(on).await.map(drop)
    }

    /// Who has it.
    pub(crate) async fn taken_by(&self, on: &mut dyn Transaction) -> Result<Option<String>> {
        let query = sql::FIND_CLAIM
            .query()
            .bind(self.identity)
            .bind(self.number);
        let row = query.row(on).await?;
        row.map(|row| row.text("holder")).transpose()
    }
}
