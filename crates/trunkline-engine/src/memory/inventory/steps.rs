//! Our own work, written through to the inventory in memory.

use super::rows::Shelves;
use crate::action::now;
use crate::inventory::{HeldNow, HoldingKey, HoldingStep, held_now};
use crate::journal::Annotation;
use trunkline_core::error::Result;
use trunkline_core::inventory::HoldingState;
use trunkline_core::model::NumberId;

impl Shelves {
    pub(in crate::memory) fn step(
        &mut self,
        step: &HoldingStep,
        note: Option<&Annotation>,
    ) -> Result<()> {
        match step {
            HoldingStep::Begun(key) => self.begun(key),
            HoldingStep::Over(key) => self.over(key),
            HoldingStep::Held(held) => {
                self.hold(held, note)?;
                let key = HoldingKey::new(&held.identity, &held.number.provider_id);
                if !held.over {
                    self.begun(&key);
                    return Ok(());
                }
                self.over(&key);
                if let Some(number) = &held.number.number {
                    let of_number = (held.identity.clone(), number.clone());
                    self.touches.remove(&of_number);
                }
            }
            HoldingStep::Released(key) => {
                self.change(key, HoldingState::Gone)?;
                self.over(key);
            }
            HoldingStep::Returned(key, _) => {
                self.change(key, HoldingState::Held)?;
                self.over(key);
            }
        }
        Ok(())
    }

    /// Keeps what is held, unless it was given back meanwhile.
    fn hold(&mut self, held: &HeldNow, note: Option<&Annotation>) -> Result<()> {
        let at = (held.identity.clone(), held.number.provider_id.clone());
        let before = self.rows.get(&at).map(|row| &row.entry);
        if held.is_given_back(before) {
            return Ok(());
        }
        let is_new = before.is_none_or(|it| it.inventory.state == HoldingState::Gone);
        let mut entry = held_now(before, held, now());
        if is_new {
            entry.number.tags = note.map(|note| note.tags.clone()).unwrap_or_default();
            entry.number.protected = note.is_some_and(|note| note.protected);
        }
        self.put(entry, false)
    }

    pub(in crate::memory) fn begun(&mut self, key: &HoldingKey) {
        let now = self.now();
        self.touches
            .insert((key.identity.clone(), key.key.clone()), (now, true));
    }

    fn over(&mut self, key: &HoldingKey) {
        let now = self.now();
        self.touches
            .insert((key.identity.clone(), key.key.clone()), (now, false));
    }

    fn change(&mut self, key: &HoldingKey, state: HoldingState) -> Result<()> {
        let at = (key.identity.clone(), key.key.clone());
        let Some(row) = self.rows.get(&at).cloned() else {
            return Ok(());
        };
        let mut entry = row.entry;
        entry.inventory.state = state;
        entry.inventory.changed_at = now();
        self.put(entry, row.read)
    }

    /// Sets tags and protection of a number.
    pub(in crate::memory) fn annotate(
        &mut self,
        id: &NumberId,
        note: Option<&Annotation>,
    ) -> Result<()> {
        let found = self
            .rows
            .values()
            .find(|row| row.entry.number.id == *id)
            .cloned();
        let Some(row) = found else {
            return Ok(());
        };
        let mut entry = row.entry;
        entry.number.tags = note.map(|note| note.tags.clone()).unwrap_or_default();
        entry.number.protected = note.is_some_and(|note| note.protected);
        self.put(entry, row.read)
    }
}
