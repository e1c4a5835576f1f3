//! Tags and protection of many numbers at once.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::service::Inventory;
use crate::action::{Action, ActionKind, Findings};
use crate::action_log::ActionLog;
use crate::journal::Annotation;
use crate::protection::{self, Earlier};
use trunkline_core::error::{Error, ErrorKind, Result};
use trunkline_core::inventory::{InventoryEntry, InventoryQuery};
use trunkline_core::model::{Caller, NumberId};

/// What to change: tags to add and to remove, or all of them, and protection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TagChange {
    /// All tags from now on; not together with `add` and `remove`.
    pub tags: Option<Vec<String>>,
    /// Tags to add.
    pub add: Vec<String>,
    /// Tags to remove.
    pub remove: Vec<String>,
    /// Whether the numbers may not be released from now on.
    pub protected: Option<bool>,
    /// Whether to do it; otherwise it is only said what would change.
    pub apply: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Tagged {
    /// Whether it was done, or only tried.
    pub applied: bool,
    /// How many numbers were meant.
    pub matched: u64,
    /// How many of them change.
    pub changed: u64,
    /// Ids of those that change; the first 100.
    pub ids: Vec<NumberId>,
}

impl Tagged {
    /// Most ids.
    const IDS_MAX: usize = 100;
}

impl TagChange {
    /// Most tags of a number.
    pub const TAGS_MAX: usize = 50;

    /// Longest tag, in bytes.
    pub const TAG_MAX: usize = 128;

    fn validate(&self) -> Result<()> {
        let lists = [
            ("tags", self.tags.as_deref().unwrap_or_default()),
            ("add", &self.add),
            ("remove", &self.remove),
        ];
        for (field, tags) in lists {
            let invalid = |tag: &String| tag.trim().is_empty() || tag.chars().any(char::is_control);
            if tags.iter().any(invalid) {
                let message = "a tag has no control characters and is not empty";
                return Err(Error::invalid(field, message));
            }
            if tags.len() > Self::TAGS_MAX || tags.iter().any(|tag| tag.len() > Self::TAG_MAX) {
                let (most, long) = (Self::TAGS_MAX, Self::TAG_MAX);
                let message = format!("at most {most} of at most {long} bytes");
                return Err(Error::invalid(field, message));
            }
        }
        let some = !self.add.is_empty() || !self.remove.is_empty();
        if some && self.tags.is_some() {
            return Err(Error::invalid("tags", "not together with add and remove"));
        }
        if !some && self.tags.is_none() && self.protected.is_none() {
            return Err(Error::invalid(
                "tags",
                "nothing to change: tags, add, remove or protected",
            ));
        }
        Ok(())
    }

    /// What is noted of a number after it.
    fn applied_to(&self, entry: &InventoryEntry) -> Result<Annotation> {
        let before = noted(entry);
        let mut tags = self.tags.clone().unwrap_or_else(|| before.tags.clone());
        tags.retain(|tag| !self.remove.contains(tag));
        tags.extend(self.add.iter().cloned());
        let mut seen = BTreeSet::new();
        tags.retain(|tag| seen.insert(tag.clone()));
        if tags.len() > Self::TAGS_MAX {
            let (id, most) = (&entry.number.id, Self::TAGS_MAX);
            let message = format!("{id} would have {} tags; {most} at most", tags.len());
            return Err(Error::invalid("add", message));
        }
        Ok(Annotation {
            tags,
            protected: self.protected.unwrap_or(before.protected),
            ..before
        })
    }
}

impl Inventory {
    /// Numbers that are changed at the same time.
    const CHANGED_AT_ONCE: usize = 16;

    /// Changes tags and protection of all numbers that fit; says what would change if `apply` of it is false. A release
    /// that waits for a number that is protected is undone.
    ///
    /// # Errors
    /// As [`Inventory::list`]; `InvalidRequest` naming the field for a change that makes no sense, or gives a number more
    /// tags than it can have; `Conflict` once all others are changed if a number is being released, and protecting it
    /// may have come too late.
    pub async fn tag(
        &self,
        caller: &Caller,
        which: &InventoryQuery,
        change: &TagChange,
    ) -> Result<Tagged> {
        change.validate()?;
        let query = InventoryQuery {
            limit: InventoryQuery::LIMIT_MAX,
            ..which.clone()
        };
        // What can't be done is refused before anything is changed.
        let tried = TagChange {
            apply: false,
            ..change.clone()
        };
        let done = self.tag_pages(caller, query.clone(), &tried).await?;
        match change.apply {
            true => self.tag_pages(caller, query, change).await,
            false => Ok(done),
        }
    }

    /// A page after the other: the inventory may not fit into memory. No tag moves a number to another page.
    async fn tag_pages(
        &self,
        caller: &Caller,
        mut query: InventoryQuery,
        change: &TagChange,
    ) -> Result<Tagged> {
        let mut done = Tagged {
            applied: change.apply,
            ..Tagged::default()
        };
        let mut late = None;
        loop {
            let page = self.list(caller, &query).await?;
            done.matched += page.data.len() as u64;
            let mut changes = Vec::new();
            for entry in page.data {
                let after = change.applied_to(&entry)?;
                if after != noted(&entry) {
                    changes.push((entry, after));
                }
            }
            done.changed += changes.len() as u64;
            let room = Tagged::IDS_MAX.saturating_sub(done.ids.len());
            let ids = changes.iter().map(|(entry, _)| entry.number.id.clone());
            done.ids.extend(ids.take(room));
            if change.apply {
                let written = stream::iter(changes)
                    .map(
                        |(entry, after)| async move { self.annotate(caller, &entry, &after).await },
                    )
                    .buffer_unordered(Self::CHANGED_AT_ONCE);
                let outcomes: Vec<Result<()>> = written.collect().await;
                for outcome in outcomes {
                    match outcome {
                        Err(error) if error.kind() == ErrorKind::Conflict => late = Some(error),
                        other => other?,
                    }
                }
            }
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                return late.map_or(Ok(done), Err);
            }
        }
    }

    async fn annotate(
        &self,
        caller: &Caller,
        entry: &InventoryEntry,
        annotation: &Annotation,
    ) -> Result<()> {
        let number = &entry.number;
        let mut action = Action::new(caller, ActionKind::NumberUpdate).on(number.id.as_str());
        action = action.at(number.account.as_str());
        action.number.clone_from(&number.number);
        action.before = Some(json!({ "tags": number.tags, "protected": number.protected }));
        let written = self.note(caller, entry, annotation).await;
        let told = |_: &()| Findings {
            after: Some(json!({ "tags": annotation.tags, "protected": annotation.protected })),
            ..Findings::default()
        };
        ActionLog::new(self.store.clone())
            .end(action, &written, told)
            .await;
        written
    }

    async fn note(&self, caller: &Caller, entry: &InventoryEntry, note: &Annotation) -> Result<()> {
        let (store, id) = (&*self.store, &entry.number.id);
        if !note.protected || entry.number.protected {
            return store.annotate_at(&entry.identity, id, note).await.map(drop);
        }
        let release = store.find_release(&caller.tenant, id).await?;
        let earlier = Earlier::of(release, &Annotation::default());
        let id = store.annotate_at(&entry.identity, id, note).await?;
        protection::hold_back(store, caller, &id, &earlier).await?;
        protection::refuse_leaving(store, &entry.identity, &id).await
    }
}

fn noted(entry: &InventoryEntry) -> Annotation {
    Annotation {
        tags: entry.number.tags.clone(),
        protected: entry.number.protected,
        ..Annotation::default()
    }
}
