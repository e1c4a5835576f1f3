//! Decoding and encoding: every column is read here, so that what can't be read is named.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use trunkline_admin::access::Session;
use trunkline_admin::{Answer, ApiKey};
use trunkline_core::json::Part;
use trunkline_core::{
    AccountName, AllocationId, Error, ErrorKind, KeyId, NumberId, PurchaseId, Result,
};
use trunkline_engine::allocations::{AllocationRecord, Lot};
use trunkline_engine::journal::{Annotation, KeyEntry, Openness, Record, Unsettled};
use trunkline_engine::machine::{KnownId, Winner};

use crate::error::unreadable;

/// A row of either database; there is none without a database.
pub(crate) enum Row {
    #[cfg(feature = "sqlite")]
    Sqlite(crate::sqlite::Row),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::postgres::PgRow),
}

impl Row {
    /// A column that must hold a text.
    pub(crate) fn text(&self, column: &'static str) -> Result<String> {
        self.optional_text(column)?.ok_or_else(|| null(column))
    }

    /// The document in `doc`, as JSON.
    pub(crate) fn document(&self) -> Result<String> {
        let doc = self.text("doc")?;
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => crate::sqlite::unpack(&doc),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Ok(doc),
        }
    }

    /// A column that may hold a text.
    pub(crate) fn optional_text(&self, column: &'static str) -> Result<Option<String>> {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(ref row) => row.get(column).map_err(|error| unread(column, error)),
            #[cfg(feature = "postgres")]
            Self::Postgres(ref row) => {
                sqlx::Row::try_get(row, column).map_err(|error| unread(column, error))
            }
        }
    }

    /// A column that must hold a number.
    pub(crate) fn integer(&self, column: &'static str) -> Result<i64> {
        self.optional_integer(column)?.ok_or_else(|| null(column))
    }

    /// A column that may hold a number.
    pub(crate) fn optional_integer(&self, column: &'static str) -> Result<Option<i64>> {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(ref row) => row.get(column).map_err(|error| unread(column, error)),
            #[cfg(feature = "postgres")]
            Self::Postgres(ref row) => {
                sqlx::Row::try_get(row, column).map_err(|error| unread(column, error))
            }
        }
    }
}

fn null(column: &str) -> Error {
    unread(column, std::io::Error::other("it is NULL"))
}

fn unread(column: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    unreadable(format!("column {column}"), error)
}

/// The document in `doc`, of the row that `id` names.
pub(crate) fn document<T: DeserializeOwned>(row: &Row, table: &str) -> Result<T> {
    let doc = row.document()?;
    serde_json::from_str(&doc).map_err(|error| {
        let id = row.text("id").unwrap_or_else(|_| "of no id".to_owned());
        unreadable(format!("row {id} of {table}"), error)
    })
}

/// A purchase and its version.
pub(crate) fn record(row: &Row) -> Result<Record> {
    Ok(Record {
        version: row.integer("version")?,
        ..document(row, "purchases")?
    })
}

/// An allocation and its version.
pub(crate) fn allocation(row: &Row) -> Result<AllocationRecord> {
    Ok(AllocationRecord {
        version: row.integer("version")?,
        ..document(row, "allocations")?
    })
}

/// A column that holds an allocation's id.
pub(crate) fn allocation_id(row: &Row) -> Result<AllocationId> {
    let id = row.text("id")?;
    AllocationId::new(id.clone()).map_err(|error| unreadable(format!("allocation id {id}"), error))
}

/// The number among `lots` that a row names, if there is one.
pub(crate) fn lot(row: Option<&Row>, lots: &[Lot]) -> Result<Option<Lot>> {
    let Some(row) = row else {
        return Ok(None);
    };
    let (provider, number) = (row.text("provider")?, row.text("number")?);
    let found = lots
        .iter()
        .find(|lot| lot.provider.as_str() == provider && lot.number.as_str() == number);
    Ok(found.cloned())
}

/// The id of a number.
pub(crate) fn number_id(row: &Row) -> Result<NumberId> {
    NumberId::new(row.text("id")?).map_err(|error| unreadable("a number's id", error))
}

/// A number's id as a document has it, as one field.
pub(crate) fn id_field(id: &NumberId) -> Result<String> {
    Ok(format!("\"number_id\":{}", json(id)?))
}

/// An id with its place.
pub(crate) fn placed_id(row: &Row) -> Result<(i64, NumberId)> {
    Ok((row.integer("seq")?, number_id(row)?))
}

/// Trunkline's own fields of numbers: rows of `annotations` as they are, of `releases` that can be undone, and of
/// `missing_numbers` that are gone, told apart by their `pending`: 0, 1 and 2.
pub(crate) fn annotations(rows: &[Row]) -> Result<Vec<(NumberId, Annotation)>> {
    let mut found: BTreeMap<NumberId, Annotation> = BTreeMap::new();
    for row in rows {
        let kept = found.entry(number_id(row)?).or_default();
        match row.integer("pending")? {
            0 => {
                let own: Annotation = document(row, "annotations")?;
                (kept.tags, kept.protected) = (own.tags, own.protected);
            }
            1 => kept.waits_for(&document(row, "releases")?),
            _ => kept.gone = true,
        }
    }
    Ok(found.into_iter().collect())
}

/// Whether a number with this row of `annotations` is protected.
pub(crate) fn is_protected(row: Option<&Row>) -> Result<bool> {
    let note = row.map(|row| document::<Annotation>(row, "annotations"));
    Ok(note.transpose()?.is_some_and(|note| note.protected))
}

/// A column that holds a purchase's id.
pub(crate) fn purchase_id(row: &Row, column: &'static str) -> Result<PurchaseId> {
    let id = row.text(column)?;
    PurchaseId::new(id.clone()).map_err(|error| unreadable(format!("purchase id {id}"), error))
}

/// What stands under a key, the answer with it.
pub(crate) struct KeyRow {
    pub(crate) fingerprint: String,
    pub(crate) purchase: Option<PurchaseId>,
    pub(crate) answer: Option<Answer>,
}

impl KeyRow {
    /// What the journal tells of it.
    pub(crate) fn entry(self) -> KeyEntry {
        KeyEntry {
            fingerprint: self.fingerprint,
            purchase: self.purchase,
        }
    }
}

/// What stands under a key.
pub(crate) fn key(row: &Row) -> Result<KeyRow> {
    let purchase = row.optional_text("purchase")?;
    let purchase = purchase.map(|_| purchase_id(row, "purchase"));
    let answer = row.optional_text("answer")?.map(|doc| answer(&doc));
    Ok(KeyRow {
        fingerprint: row.text("fingerprint")?,
        purchase: purchase.transpose()?,
        answer: answer.transpose()?,
    })
}

/// An answer as it was kept.
pub(crate) fn answer(doc: &str) -> Result<Answer> {
    serde_json::from_str(doc).map_err(|error| unreadable("the answer kept under a key", error))
}

/// The purchases of an account that are not over, for one reason.
pub(crate) fn unsettled(row: &Row) -> Result<Unsettled> {
    let name = row.text("openness")?;
    let open = Openness::ALL.into_iter().find(|open| open.as_str() == name);
    let unknown = || unreadable("a purchase's state", std::io::Error::other(name));
    // A purchase written by a machine whose clock is ahead is as old as none.
    let positive = |column| {
        row.integer(column)
            .map(|number| u64::try_from(number).unwrap_or(0))
    };
    Ok(Unsettled {
        account: AccountName::new(row.text("account")?)?,
        identity: row.text("identity")?,
        open: open.ok_or_else(unknown)?,
        count: positive("purchases")?,
        oldest: Duration::from_millis(positive("oldest_ms")?),
    })
}

/// An id under which a number is known, from the view of a purchase.
pub(crate) fn known_id(row: &Row, of: &PurchaseId) -> Result<KnownId> {
    let time = |column| {
        let ms = row.optional_integer(column)?;
        Ok::<_, Error>(ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()))
    };
    let won_by = match row.optional_text("won_by")? {
        Some(id) if id != of.as_str() => Some(purchase_id(row, "won_by")?),
        _ => None,
    };
    Ok(KnownId {
        provider_id: row.text("provider_id")?,
        created_at: time("created_ms")?,
        seen_before: row.integer("seen_before")? != 0,
        won_by,
        won_at: time("won_ms")?,
        released_at: time("released_ms")?,
    })
}

/// An id that a purchase has won.
pub(crate) fn winner(row: &Row) -> Result<Winner> {
    Ok(Winner {
        provider_id: row.text("provider_id")?,
        number: row.text("number")?.parse()?,
        purchase: purchase_id(row, "won_by")?,
    })
}

/// A document for a column.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String> {
    trunkline_core::json::to_string(value).map_err(|error| {
        Error::new(ErrorKind::Internal, "a record can't be written down").with_source(error)
    })
}

const HELD: Part = Part::Thin(&[
    ("features", Part::THIN),
    ("location", Part::THIN),
    ("messaging", Part::THIN),
    ("voice", Part::THIN),
]);

/// Criteria without members are not none.
const PURCHASE: Part = Part::Thin(&[
    ("attempts", Part::THIN),
    ("configuration", Part::THIN),
    ("criteria", Part::Whole),
    ("held", HELD),
]);

const DOCUMENT: Part = Part::Thin(&[("order", Part::THIN), ("purchase", PURCHASE)]);

/// A purchase's document, without members that are null, false or empty: reading takes what is missing as that. What a
/// carrier or a caller wrote is kept as it is.
pub(crate) fn sparse(record: &Record) -> Result<String> {
    DOCUMENT.thinned(record).map_err(|error| {
        Error::new(ErrorKind::Internal, "a purchase can't be written down").with_source(error)
    })
}

/// Purses, and how much of what was taken from each was freed.
pub(crate) fn freed(rows: &[Row]) -> Result<Vec<(String, i64)>> {
    rows.iter()
        .map(|row| Ok((row.text("purse")?, row.integer("amount")?)))
        .collect()
}

/// An API key and what is kept beside it.
pub(crate) fn api_key(row: &Row) -> Result<ApiKey> {
    let used = row.optional_integer("used_ms")?;
    Ok(ApiKey {
        version: row.integer("version")?,
        last_used_at: used.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        ..document(row, "api_keys")?
    })
}

/// A session.
pub(crate) fn session(row: &Row) -> Result<Session> {
    let hash = |column| {
        let text = row.text(column)?;
        text.parse()
            .map_err(|error: Error| unreadable("a session", error))
    };
    let until = Timestamp::from_millisecond(row.integer("until_ms")?);
    Ok(Session {
        token: hash("token")?,
        key: KeyId::new(row.text("key_id")?).map_err(|error| unreadable("a session", error))?,
        secret: hash("secret")?,
        until: until.map_err(|error| unreadable("a session", error))?,
    })
}

/// A limit as a database counts.
pub(crate) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trunkline_testkit::journal_contract::draft::{
        disputed, failed, presumed, purchase_at, succeeded,
    };

    #[test]
    fn document_without_empty_members_reads_as_the_same_purchase() {
        let drafts = || {
            let draft = purchase_at("AC1", 0);
            [
                draft.clone(),
                failed(draft.clone()),
                presumed(draft.clone()),
                disputed(draft.clone()),
                succeeded(draft, "PN1"),
            ]
        };
        for mut record in drafts() {
            record.purchase.criteria = Some(trunkline_core::ProviderData::default());
            let doc = sparse(&record).unwrap();
            assert!(!doc.contains(":null") && !doc.contains(":false"), "{doc}");
            assert_eq!(serde_json::from_str::<Record>(&doc).unwrap(), record);
        }
    }
}
