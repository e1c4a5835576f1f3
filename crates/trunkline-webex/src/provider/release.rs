//! Giving a number back.

use std::ops::ControlFlow::{self, Break, Continue};

use trunkline_core::{Effect, Error, ErrorKind, Operation, Result};

use super::change::location_of;
use super::{Webex, nothing_has, polling};
use crate::id::Key;
use crate::request;

impl Webex {
    /// Removes a number from its location, unless it is the main number there or assigned.
    pub(super) async fn remove(&self, key: &Key) -> Result<()> {
        let operation = Operation::Release;
        let number = self.find(operation, key).await?.number;
        request::check_release(&number)?;
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
            return Break(Err(request::is_extension()));
        };
        let sent = match request::remove(location, number) {
            Ok(request) => self.send(request).await,
            Err(error) => Err(error),
        };
        let Err(error) = sent else {
            return Break(Ok(()));
        };
        let gone = error.kind() == ErrorKind::NotFound;
        if error.effect() != Effect::Unknown && !gone {
            return Break(Err(error));
        }
        match self.look_for(Operation::Release, key).await {
            Err(_) => Break(Err(error)),
            Ok(look) if !look.items.is_empty() => Continue(error),
            // Another removal was faster, and none of ours was lost before.
            Ok(_) if gone && first => {
                let said = error.upstream().cloned().unwrap_or_default();
                Break(Err(nothing_has(key).with_upstream(said)))
            }
            Ok(_) => Break(Ok(())),
        }
    }
}
