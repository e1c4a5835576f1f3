//! Giving a number back.

use trunkline_core::{Effect, Error, ErrorKind, Number, Operation, Result};

use super::{Webex, nothing_has, pages, pause};
use crate::id::Key;
use crate::request::lacks;
use crate::{convert, error, wire};

/// How often a removal is sent at most.
const ATTEMPTS: u32 = 3;

impl Webex {
    /// Removes a number from its location, unless that is its main number, or somebody's.
    pub(super) async fn remove(&self, key: &Key) -> Result<()> {
        let operation = Operation::Release;
        let row = self.find(operation, key).await?;
        let Key::Number(number) = key else {
            return Err(lacks(operation, "id", "an extension goes with its owner"));
        };
        if row.main_number.is_on() {
            return Err(is_main());
        }
        if let Some(owner) = row.assigned_to().map(described) {
            return Err(is_assigned(&owner));
        }
        let location = row
            .location_id()
            .ok_or_else(|| convert::lacks("location.id"))?;
        self.manages(operation, location).await?;
        self.send_removal(location, number).await
    }

    /// Sends a removal; after a failure that may have removed it, looks before sending another. What is not there is
    /// answered with 502.
    async fn send_removal(&self, location: &str, number: &str) -> Result<()> {
        let key = Key::Number(number.to_owned());
        let mut attempts = 0;
        loop {
            let request = self.requests.remove(location, number)?;
            let Err(error) = self.send(request).await else {
                return Ok(());
            };
            attempts += 1;
            let gone = error::says_not_there(&error);
            if error.effect() != Effect::Unknown && !gone {
                return Err(error);
            }
            let look = self.requests.find(Operation::Release, &key);
            let Ok(look) = self.seek(look, |row| pages::is(row, &key)).await else {
                return Err(error);
            };
            match look.row {
                // Somebody else was quicker, nothing of ours having been lost before.
                None if gone && attempts == 1 => {
                    return Err(nothing_has(&key)
                        .with_upstream(error.upstream().cloned().unwrap_or_default()));
                }
                None => return Ok(()),
                Some(_) if attempts < ATTEMPTS && pause(attempts).await => {}
                Some(_) => return Err(error),
            }
        }
    }
}

/// Whether a number as it was read can be removed.
pub(super) fn check(number: &Number) -> Result<()> {
    if number.number.is_none() {
        return Err(lacks(
            Operation::Release,
            "id",
            "an extension goes with its owner",
        ));
    }
    if number.main {
        return Err(is_main());
    }
    match &number.owner {
        Some(owner) => Err(is_assigned(
            &match owner.id.as_ref().or(owner.name.as_ref()) {
                Some(who) => format!("{} {who}", owner.kind),
                None => owner.kind.clone(),
            },
        )),
        None => Ok(()),
    }
}

fn is_main() -> Error {
    let message = "the main number of a location can't be released: choose another first";
    Error::new(ErrorKind::Conflict, message)
}

fn is_assigned(owner: &str) -> Error {
    let message = format!("the number is assigned to {owner}: unassign it first");
    Error::new(ErrorKind::Conflict, message)
}

/// Who a number is assigned to, for a person.
fn described(owner: &wire::OwnerRow) -> String {
    let kind = owner.kind.get().unwrap_or("somebody");
    match owner.id.get().or_else(|| owner.last_name.get()) {
        Some(who) => format!("{kind} {who}"),
        None => kind.to_owned(),
    }
}
