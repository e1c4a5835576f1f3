//! Tags and protection of many numbers at once.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::service::Inventory;
use crate::action::{Action, ActionKind, Findings};
use crate::action_log::ActionLog;
use crate::journal::Annotation;
use trunkline_core::error::{Error, Result};
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

impl TagChange {
    /// Most tags of a number.
    pub const TAGS_MAX: usize = 50;

    fn validate(&self) -> Result<()> {
        let lists = self.tags.iter().chain([&self.add, &self.remove]);
        let invalid = |tag: &String| tag.trim().is_empty() || tag.chars().any(char::is_control);
        if lists.flatten().any(invalid) {
            return Err(Error::invalid(
                "tags",
                "a tag has no control characters and is not empty",
            ));
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

    fn applied_to(&self, before: &Annotation) -> Annotation {
        let mut tags = self.tags.clone().unwrap_or_else(|| before.tags.clone());
        tags.retain(|tag| !self.remove.contains(tag));
        tags.extend(self.add.iter().cloned());
        let mut seen = BTreeSet::new();
        tags.retain(|tag| seen.insert(tag.clone()));
        tags.truncate(Self::TAGS_MAX);
        Annotation {
            tags,
            protected: self.protected.unwrap_or(before.protected),
            ..before.clone()
        }
    }
}

impl Inventory {
    /// Changes tags and protection of all numbers that fit; says what would change if `apply` of it is false.
    ///
    /// # Errors
    /// As [`Inventory::list`]; `InvalidRequest` naming `tags` for a change that makes no sense.
    pub async fn tag(
        &self,
        caller: &Caller,
        which: &InventoryQuery,
        change: &TagChange,
    ) -> Result<Tagged> {
        change.validate()?;
        let mut query = InventoryQuery {
            limit: InventoryQuery::LIMIT_MAX,
            ..which.clone()
        };
        query.validate()?;
        // Found first: what is changed may not fit any more.
        let mut changes: Vec<(InventoryEntry, Annotation)> = Vec::new();
        let mut done = Tagged {
            applied: change.apply,
            ..Tagged::default()
        };
        loop {
            let page = self.list(caller, &query).await?;
            done.matched += page.data.len() as u64;
            changes.extend(page.data.into_iter().filter_map(|entry| {
                let before = noted(&entry);
                let after = change.applied_to(&before);
                (before != after).then_some((entry, after))
            }));
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        done.changed = changes.len() as u64;
        let ids = changes
            .iter()
            .take(100)
            .map(|(entry, _)| entry.number.id.clone());
        done.ids = ids.collect();
        if change.apply {
            for (entry, annotation) in &changes {
                self.annotate(caller, entry, annotation).await?;
            }
        }
        Ok(done)
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
        let written = self.store.annotate(&number.id, annotation).await;
        let told = |_: &()| Findings {
            after: Some(json!({ "tags": annotation.tags, "protected": annotation.protected })),
            ..Findings::default()
        };
        ActionLog::new(self.store.clone())
            .end(action, &written, told)
            .await;
        written
    }
}

fn noted(entry: &InventoryEntry) -> Annotation {
    Annotation {
        tags: entry.number.tags.clone(),
        protected: entry.number.protected,
        ..Annotation::default()
    }
}
