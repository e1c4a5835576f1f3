//! Numbers of the inventory that a complete reading lacks.

use std::collections::HashSet;
use std::time::Duration;

use super::document::hash;
use super::judge::Before;
use super::store::{Inside, Judged, Known, ReadingEnd};
use super::sync::{PATIENCE, Pass, Report, Seen};
use crate::action::now;
use crate::journal::Annotation;
use trunkline_core::call::{Call, Lane};
use trunkline_core::error::{ErrorKind, Result};
use trunkline_core::inventory::{HoldingState, InventoryEntry, InventoryQuery};
use trunkline_core::model::{Number, NumberId};

/// How often a carrier is asked for a number that its list lacks, and the pause before the second time, which grows.
const ASKED: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// How many questions of one reading are repeated: a carrier that answers none is not waited for number by number.
const REPEATS: u32 = 100;

/// What became of numbers that a reading lacks.
#[derive(Default)]
struct Absent {
    judged: Vec<Judged>,
    /// Those that have another id now.
    renamed: Vec<NumberId>,
}

impl<R: Report> Pass<'_, R> {
    /// After a complete reading: numbers that it lacks.
    pub(super) async fn missing(&self, seen: &mut Seen) -> Result<ReadingEnd> {
        let pace = &self.inventory.pace;
        let most = pace
            .missing_max
            .max(seen.reading.held * pace.missing_percent / 100);
        let mut lacking: Vec<Known> = Vec::new();
        let mut newly = 0;
        let mut after: Option<String> = None;
        loop {
            let (store, identity) = (&self.inventory.store, self.entry.provider.identity());
            let page = store
                .remembered(identity, after.as_deref(), pace.batch)
                .await?;
            let Some(last) = page.last() else { break };
            after = Some(last.provider_id.clone());
            let unseen = page
                .into_iter()
                .filter(|it| !seen.ids.contains(&hash(&it.provider_id)));
            let unseen: Vec<Known> = unseen.collect();
            let ids: Vec<String> = unseen
                .iter()
                .map(|known| known.provider_id.clone())
                .collect();
            let touches = store.touched(&seen.reading, &ids).await?;
            let touched: HashSet<&str> = touches.iter().map(|touch| touch.key.as_str()).collect();
            for known in unseen
                .into_iter()
                .filter(|it| !touched.contains(it.provider_id.as_str()))
            {
                newly += u64::from(known.state == HoldingState::Held);
                if newly <= most || self.believe_missing {
                    lacking.push(known);
                }
            }
        }
        if newly > most && !self.believe_missing {
            return Ok(ReadingEnd::Suspect { missing: newly });
        }
        let mut repeats = REPEATS;
        for batch in lacking.chunks(pace.batch) {
            let absent = self.absent(seen, batch, &mut repeats).await?;
            self.keep(seen, absent.judged).await?;
            for id in absent.renamed {
                let store = &self.inventory.store;
                store.annotate(&id, &Annotation::default()).await?;
            }
        }
        Ok(ReadingEnd::Complete)
    }

    /// Those of these numbers that the carrier, asked for each, does not know either: a deletion shifts a row out of
    /// pages without any repeat.
    async fn absent(&self, seen: &Seen, lacking: &[Known], repeats: &mut u32) -> Result<Absent> {
        let ids: Vec<String> = lacking
            .iter()
            .map(|known| known.provider_id.clone())
            .collect();
        let store = &self.inventory.store;
        let entries = store
            .known_entries(self.entry.provider.identity(), &ids)
            .await?;
        let judge = self.judge_of(seen);
        let mut absent = Absent::default();
        for (entry, version) in entries {
            let known = lacking
                .iter()
                .find(|it| it.provider_id == entry.number.provider_id);
            let read = known.is_some_and(|known| known.read);
            // Another write came between: it is judged by the next reading.
            if known.is_none_or(|known| known.version != version)
                || self.is_there(&entry.number, repeats).await
            {
                continue;
            }
            let before = Before {
                entry,
                version,
                read,
                unfinished: false,
            };
            let Some(successor) = self.successor(&before.entry, seen).await? else {
                absent.judged.push(judge.absent(before, now()));
                continue;
            };
            let was = &before.entry.number;
            let is = self.hand_on(was, &successor).await?;
            absent.renamed.push(was.id.clone());
            let renumbered = is.and_then(|is| judge.renumbered(&before.entry, is, now()));
            absent.judged.extend(renumbered);
            absent.judged.push(judge.renamed(before, now()));
        }
        Ok(absent)
    }

    /// An extension under the id that it has now, where ids are made of numbers: it has a number by now, or its owner
    /// has another extension, which this reading was the first to show.
    async fn successor(&self, was: &InventoryEntry, seen: &Seen) -> Result<Option<Number>> {
        let (None, Some(extension)) = (&was.number.number, &was.number.extension) else {
            return Ok(None);
        };
        let owner = was.number.owner.as_ref().and_then(|it| it.id.clone());
        let is_it = |entry: &InventoryEntry| {
            let (is, was) = (&entry.number, &was.number);
            let new = seen.new_extensions.contains(&is.provider_id);
            let same = is.number.is_some() && is.extension == was.extension;
            let other = owner.is_some() && is.number.is_none() && new;
            is.location.id == was.location.id && (same || other) && is.id != was.id
        };
        let account = Inside {
            tenant: was.tenant.clone(),
            identities: vec![was.identity.clone()],
        };
        for by_owner in [false, true] {
            let mut query = InventoryQuery {
                limit: InventoryQuery::LIMIT_MAX,
                ..InventoryQuery::default()
            };
            match (by_owner, &owner) {
                (false, _) => query.numbers.contains = Some(extension.clone()),
                (true, Some(_)) => query.numbers.owner.clone_from(&owner),
                (true, None) => return Ok(None),
            }
            let store = &self.inventory.store;
            let found = store.inventory(&account, &query, None).await?.into_iter();
            let found = found.map(|(entry, _)| entry).find(is_it);
            if let Some(entry) = found {
                return Ok(Some(entry.number));
            }
        }
        Ok(None)
    }

    /// Gives a number under the id that it has now what was noted of it, unless something is noted there. Answers its
    /// record.
    async fn hand_on(&self, was: &Number, is: &Number) -> Result<Option<(InventoryEntry, i64)>> {
        let store = &self.inventory.store;
        let notes = store.annotations(&[was.id.clone(), is.id.clone()]).await?;
        let is_noted = |note: &Annotation| note.protected || !note.tags.is_empty();
        let note = |number: &Number| {
            let mut notes = notes.iter();
            notes.find(|(id, note)| *id == number.id && is_noted(note))
        };
        if let (Some((_, note)), None) = (note(was), note(is)) {
            store.annotate(&is.id, note).await?;
        }
        let identity = self.entry.provider.identity();
        let ids = [is.provider_id.clone()];
        Ok(store.known_entries(identity, &ids).await?.pop())
    }

    /// Asks the carrier for one number. True if it has it, or can't say.
    async fn is_there(&self, number: &Number, repeats: &mut u32) -> bool {
        let provider = &self.entry.provider;
        let purchases = &self.inventory.purchases;
        for asked in 1.. {
            let call = Call::within(PATIENCE, Lane::Search);
            match call.scope(provider.get(&number.provider_id)).await {
                Ok(shown) => return shown.provider_id == number.provider_id,
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    // One that a purchase of ours won is looked for from now on.
                    purchases.not_found(self.entry, &number.id, error).await;
                    return false;
                }
                Err(error) if error.kind() == ErrorKind::Unsupported => return false,
                Err(_) if asked < ASKED && *repeats > 0 && !purchases.is_stopping() => {
                    *repeats -= 1;
                    purchases.idle(PAUSE * asked).await;
                }
                Err(_) => return true,
            }
        }
        true
    }
}
