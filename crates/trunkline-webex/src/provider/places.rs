//! Locations: whether numbers are managed there at all, and their main numbers.

use trunkline_core::{Effect, Error, ErrorKind, Number, Operation, Result};

use super::{LOOKS, Webex, pause};
use crate::id::{self, Key};
use crate::request::{LocationChange, lacks};
use crate::{convert, error, wire};

impl Webex {
    /// Refuses to add or remove numbers where a carrier manages them itself: Webex warns of damage to its data.
    pub(super) async fn manages(&self, operation: Operation, location: &str) -> Result<()> {
        let request = self.requests.connection(operation, location);
        let connection: wire::Connection = match self.send(request).await {
            Ok(answer) => answer.json()?,
            Err(error) if error::says_no_pstn(&error) => {
                // The same words mean that there is no such location.
                self.location(operation, location).await?;
                return Err(error.with_field("location", "it has no connection to the PSTN"));
            }
            Err(error) => return Err(error),
        };
        match connection.pstn_connection_type.get() {
            Some("LOCAL_GATEWAY" | "NON_INTEGRATED_CCP") => Ok(()),
            other => {
                let kind = other.unwrap_or("an unknown connection");
                let why = format!("its numbers are managed by the carrier ({kind})");
                Err(lacks(operation, "location", &why))
            }
        }
    }

    pub(super) async fn location(
        &self,
        operation: Operation,
        location: &str,
    ) -> Result<wire::Location> {
        let whole = self.whole_location(operation, location).await?;
        Ok(whole.known)
    }

    pub(super) async fn whole_location(
        &self,
        operation: Operation,
        location: &str,
    ) -> Result<wire::Whole<wire::Location>> {
        let answer = self
            .send(self.requests.location(operation, location))
            .await?;
        answer.json()
    }

    pub(super) async fn main_number(&self, location: Option<&str>) -> Result<Number> {
        let (operation, location) = (Operation::GetMain, required(location)?);
        let place = self.location(operation, location).await?;
        let number = main_of(&place).ok_or_else(|| {
            let message = "the location has no main number yet";
            Error::new(ErrorKind::NotFound, message)
        })?;
        self.main_row(operation, location, number).await
    }

    /// Sets it and reads it back: Webex has reported success without changing anything.
    pub(super) async fn choose_main(
        &self,
        location: Option<&str>,
        provider_id: &str,
    ) -> Result<Number> {
        let (operation, location) = (Operation::SetMain, required(location)?);
        let key = Self::key(provider_id)?;
        let Key::Number(number) = &key else {
            return Err(lacks(
                operation,
                "id",
                "an extension can't be a main number",
            ));
        };
        let row = self.find(operation, &key).await?;
        if !row.location_id().is_some_and(|id| id::same(id, location)) {
            let message = "the number is at another location";
            return Err(Error::new(ErrorKind::Conflict, message).with_field("location", message));
        }
        let change = LocationChange::main(number);
        let request = self.requests.set_location(operation, location, &change)?;
        self.send(request).await?;
        let written = |error: Error| error.with_effect(Effect::Applied);
        let mut looks = 0;
        while main_of(&self.location(operation, location).await.map_err(written)?) != Some(number) {
            if looks == LOOKS || !pause(looks).await {
                let message = "Webex reported success and did not change the main number";
                return Err(Error::new(ErrorKind::Conflict, message));
            }
            looks += 1;
        }
        let shown = self.main_row(operation, location, number).await;
        shown.map_err(written)
    }

    /// The row of a location's main number, once it shows as such.
    async fn main_row(&self, operation: Operation, location: &str, number: &str) -> Result<Number> {
        let key = Key::Number(number.to_owned());
        let mut looks = 0;
        loop {
            let row = self.find(operation, &key).await?;
            let here = row.location_id().is_some_and(|id| id::same(id, location));
            let shown = row.main_number.is_on() || looks == LOOKS;
            if (here && shown) || !pause(looks).await {
                // The location says so, whatever the list does.
                let main = true;
                return Ok(Number {
                    main,
                    ..convert::number(&self.account, row)?
                });
            }
            looks += 1;
        }
    }
}

/// A new location has a calling line with a name and no number.
fn main_of(place: &wire::Location) -> Option<&str> {
    place.calling_line_id.as_ref()?.phone_number.get()
}

fn required(location: Option<&str>) -> Result<&str> {
    location.filter(|id| !id.is_empty()).ok_or_else(|| {
        let message = "required: at Webex every location has a main number of its own";
        Error::invalid("location", message)
    })
}
