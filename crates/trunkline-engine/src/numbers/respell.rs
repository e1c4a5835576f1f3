//! What earlier versions noted of a number under another spelling of its id.

use crate::journal::Annotation;
use crate::numbers::Numbers;
use trunkline_core::error::Result;
use trunkline_core::model::NumberId;

/// Most ids that are read at once.
const BATCH: usize = 500;

impl Numbers {
    /// Moves tags, protection and releases to the one spelling of each id, joining what is noted under both.
    /// Idempotent.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn respell(&self) -> Result<()> {
        self.respell_notes().await?;
        self.respell_releases().await
    }

    async fn respell_releases(&self) -> Result<()> {
        let mut after = 0;
        loop {
            let placed = self.store.released(after, BATCH).await?;
            for (_, id) in &placed {
                if let Some(own) = self.other_spelling(id)? {
                    self.store.respell_releases(id, &own).await?;
                }
            }
            match placed.last() {
                Some((place, _)) => after = *place,
                None => return Ok(()),
            }
        }
    }

    /// The one spelling of an id that is written in another one.
    fn other_spelling(&self, id: &NumberId) -> Result<Option<NumberId>> {
        let Some(entry) = self.registry.get(id.account()) else {
            return Ok(None);
        };
        Ok(Some(entry.canonical(id)?).filter(|own| own != id))
    }

    async fn respell_notes(&self) -> Result<()> {
        let mut after: Option<NumberId> = None;
        loop {
            let ids = self.store.annotated(after.as_ref(), BATCH).await?;
            for id in &ids {
                if let Some(own) = self.other_spelling(id)? {
                    self.merge(id, &own).await?;
                }
            }
            match ids.into_iter().next_back() {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
        }
    }

    async fn merge(&self, from: &NumberId, own: &NumberId) -> Result<()> {
        let found = self.store.annotations(&[from.clone(), own.clone()]).await?;
        let noted = |of: &NumberId| {
            let noted = found.iter().find(|(id, _)| id == of);
            noted
                .map(|(_, annotation)| annotation.clone())
                .unwrap_or_default()
        };
        let (other, mut kept) = (noted(from), noted(own));
        if other == Annotation::default() {
            return Ok(());
        }
        kept.protected |= other.protected;
        for tag in other.tags {
            if !kept.tags.contains(&tag) {
                kept.tags.push(tag);
            }
        }
        self.store.annotate(own, &kept).await?;
        self.store.annotate(from, &Annotation::default()).await
    }
}
