//! Giving a number back.

use std::ops::ControlFlow::{self, Break, Continue};

use trunkline_core::{Effect, Error, ErrorKind, Number, Operation, Result};

use super::change::location_of;
use super::{Webex, nothing_has, polling};
use crate::error;
use crate::id::Key;
use crate::request::{self, unsupported};

impl Webex {
    /// Removes a number from its location, unless it is the main number there or assigned.
    pub(super) async fn remove(&self, key: &Key) -> Result<()> {
        let operation = Operation::Release;
        let number = self.find(operation, key).await?.number;
        check(&number)?;
        let location = location_of(&number)?;
        self.check_managed(operation, location).await?;
        let attempt = |before: Option<Error>| self.attempt_removal(location, key, before.is_none());
        polling().at_most(2).attempt(attempt).await
    }

    /// Sends a removal; after a failure that may have removed the number, looks whether it is there. A removal of a number
    /// that is not there is answered with 502.
    async fn attempt_removal(
        &self,
        location: &str,
        key: &Key,
        first: bool,
    ) -> ControlFlow<Result<()>, Error> {
        let Key::Number(number) = key else {
            return Break(Err(is_extension()));
        };
        let sent = match request::remove(location, number) {
            Ok(request) => self.send(request).await,
            Err(error) => Err(error),
        };
        let Err(error) = sent else {
            return Break(Ok(()));
        };
        let gone = error::says_not_there(&error);
        if error.effect() != Effect::Unknown && !gone {
            return Break(Err(error));
        }
        match self.look_for(Operation::Release, key).await {
            Err(_) => Break(Err(error)),
            Ok(look) if look.found.is_some() => Continue(error),
            // Another removal was faster, and none of ours was lost before.
            Ok(_) if gone && first => {
                let said = error.upstream().cloned().unwrap_or_default();
                Break(Err(nothing_has(key).with_upstream(said)))
            }
            Ok(_) => Break(Ok(())),
        }
    }
}

/// Whether a number can be removed, as far as it shows.
pub(super) fn check(number: &Number) -> Result<()> {
    if number.number.is_none() {
        return Err(is_extension());
    }
    if number.main {
        let message = "the main number of a location can't be released: choose another first";
        return Err(Error::new(ErrorKind::Conflict, message));
    }
    let Some(owner) = &number.owner else {
        return Ok(());
    };
    let who = owner.id.as_ref().or(owner.name.as_ref());
    let who = who.map(|who| format!(" {who}")).unwrap_or_default();
    let message = format!(
        "the number is assigned to {}{who}: unassign it first",
        owner.kind
    );
    Err(Error::new(ErrorKind::Conflict, message))
}

fn is_extension() -> Error {
    unsupported(Operation::Release, "id", "an extension goes with its owner")
}
