//! From what a caller writes to one number at one account.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::numbers::service::{Numbers, not_found, supports_lookup};
use trunkline_core::error::{Error, ErrorKind, Result, Retry};
use trunkline_core::model::{Caller, E164, Number, NumberId};
use trunkline_core::registry::AccountEntry;

/// What the number is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// A silent account is passed over.
    Reading,
    /// A silent account might hold it too: nothing is changed.
    Writing,
}

/// A number by its id, as far as it was seen on the way there.
pub(super) struct Found {
    pub(super) entry: Arc<AccountEntry>,
    pub(super) id: NumberId,
    pub(super) number: Option<Number>,
}

impl Numbers {
    /// What is meant by an id, or by an E.164 that exactly one account of the tenant holds.
    pub(super) async fn resolve(&self, caller: &Caller, text: &str, purpose: For) -> Result<Found> {
        if let Ok(number) = text.parse::<E164>() {
            return self.holder(caller, &number, purpose).await;
        }
        let id = NumberId::new(text).map_err(|error| {
            let is_number = text.len() >= 7 && text.bytes().all(|b| b.is_ascii_digit());
            match is_number {
                true => Error::invalid(
                    "id",
                    format!("a number is written with a plus before it, +{text}"),
                ),
                false => error,
            }
        })?;
        let entry = self
            .registry
            .of_caller(caller, id.account())
            .map_err(|_| not_found(text))?;
        Ok(Found {
            id: entry.canonical(&id)?,
            entry,
            number: None,
        })
    }

    async fn holder(&self, caller: &Caller, number: &E164, purpose: For) -> Result<Found> {
        let entries = self
            .registry
            .visible(caller)
            .filter(|entry| supports_lookup(&*entry.provider));
        let looks = join_all(entries.map(|entry| async move {
            let look = entry.provider.find_owned(number).await;
            (entry, look)
        }));
        let mut held = Vec::new();
        let mut silent = None;
        for (entry, look) in looks.await {
            match look {
                Ok(sighting) => {
                    if !sighting.is_held() {
                        self.purchases.suspect_number(&entry, number).await?;
                    }
                    for row in &sighting.rows {
                        let id = NumberId::of(entry.provider.account(), &row.provider_id)?;
                        let mut shown = sighting.numbers.iter();
                        held.push(Found {
                            number: shown.find(|number| number.id == id).cloned(),
                            entry: Arc::clone(&entry),
                            id,
                        });
                    }
                }
                Err(error) => silent = Some(error),
            }
        }
        match (held.len(), silent) {
            (2.., _) => {
                let ids: Vec<String> = held.iter().map(|found| found.id.to_string()).collect();
                let message = format!("{number} is held more than once: {}", ids.join(", "));
                Err(Error::new(ErrorKind::Conflict, message).with_ids(ids))
            }
            (_, Some(error)) if purpose == For::Writing || held.is_empty() => {
                let message = format!("can't tell who holds {number}: {error}");
                Err(Error::new(ErrorKind::UpstreamUnavailable, message)
                    .with_retry(Retry::Backoff)
                    .with_source(error))
            }
            _ => held.pop().ok_or_else(|| not_found(number.as_str())),
        }
    }
}
