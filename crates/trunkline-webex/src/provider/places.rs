//! Locations: whether numbers are managed there at all, and their main numbers.

use trunkline_core::{Error, Number, Operation, Result};
use trunkline_http::wire::unsupported;

use super::{Webex, showing};
use crate::error;
use crate::id::{self, Key};
use crate::request;
use crate::wire;

impl Webex {
    /// Refuses to add or remove numbers where a carrier manages them itself: Webex warns of damage to its data.
    pub(super) async fn check_managed(&self, operation: Operation, location: &str) -> Result<()> {
        let sent = self.send(request::connection(operation, location)).await;
        let answer = match sent {
            Err(error) if error::says_no_pstn(&error) => {
                // The same words mean that there is no such location.
                self.send(request::location(operation, location)).await?;
                return Err(error.with_field("location", "it has no connection to the PSTN"));
            }
            sent => sent?,
        };
        let connection: wire::Connection<'_> = answer.json()?;
        match connection.pstn_connection_type.get() {
            Some("LOCAL_GATEWAY" | "NON_INTEGRATED_CCP") => Ok(()),
            other => {
                let kind = other.unwrap_or("an unknown connection");
                let why = format!("its numbers are managed by the carrier ({kind})");
                Err(unsupported("location", &why))
            }
        }
    }

    /// The main number of a location; a new one has a calling line with a name and no number.
    pub(super) async fn main_of(
        &self,
        operation: Operation,
        location: &str,
    ) -> Result<Option<String>> {
        let answer = self.send(request::location(operation, location)).await?;
        let location: wire::Location<'_> = answer.json()?;
        let line = location.calling_line_id.0;
        Ok(line.and_then(|line| line.phone_number.into_string()))
    }

    /// A location's main number, once the list shows it as such.
    pub(super) async fn shown_as_main(
        &self,
        operation: Operation,
        location: &str,
        key: Key,
    ) -> Result<Number> {
        let find = || self.find(operation, &key);
        let shown = |number: &Number| number.main && id::is_at(number, location);
        let held = showing().until(find, |held| shown(&held.number)).await?;
        // The location says so, even if the list does not.
        Ok(Number {
            main: true,
            ..held.number
        })
    }
}

pub(super) fn required(location: Option<&str>) -> Result<&str> {
    location.filter(|id| !id.is_empty()).ok_or_else(|| {
        let message = "required: at Webex every location has a main number of its own";
        Error::invalid("location", message)
    })
}
