//! What takes more than one request: why a number was not sold, its emergency address, and when it can be released.

use jiff::{SignedDuration, Timestamp};
use trunkline_core::host;
use trunkline_core::{E164, Effect, Error, ErrorKind, Number, Operation, Result, is_same_number};
use trunkline_http::Response;
use trunkline_http::wire::{Text, incomplete};

use super::SignalWire;
use crate::config::RELEASE_COOLDOWN_DAYS;
use crate::wire::Search;
use crate::{convert, error, request, wire};

impl SignalWire {
    /// Finds out why a purchase was refused without a reason. A number that is held now may have been bought by it
    /// after all: that is left open. One that is neither held nor on sale is gone.
    pub(super) async fn reason(&self, number: &E164, refused: Error) -> Error {
        let held = match self.look(Operation::Purchase, number).await {
            Ok(look) => look.is_held(),
            Err(_) => return refused,
        };
        if held {
            let message = "SignalWire refused the purchase, and the account holds the number";
            return error::again(&refused, ErrorKind::Conflict, message)
                .with_effect(Effect::Unknown);
        }
        match self.is_on_sale(number).await {
            Ok(false) => {
                let message = "SignalWire refused the purchase, and the number is not on sale";
                error::again(&refused, ErrorKind::NotAvailable, message)
            }
            Ok(true) => {
                let message = "SignalWire refused the purchase of a number on sale without a reason: \
                               balance, limits or compliance may be the cause";
                error::again(&refused, ErrorKind::InvalidRequest, message)
            }
            Err(_) => refused,
        }
    }

    async fn is_on_sale(&self, number: &E164) -> Result<bool> {
        let Some(request) = request::offers(number) else {
            return Ok(false);
        };
        let answer = self.http.send(request).await?;
        let page = answer.rows::<Search, wire::AvailableNumber<'_>>()?;
        let is = |text: &Text<'_>| {
            let digits = text.get();
            digits.is_some_and(|digits| is_same_number(digits, number.as_str()))
        };
        let found = page.rows.iter().any(|row| is(&row.number) || is(&row.e164));
        if !found && page.unreadable > 0 {
            return Err(incomplete("a row can't be read"));
        }
        Ok(found)
    }

    /// Gives a number, as it was just answered, its emergency address or takes it away. One that is as wanted already is
    /// left alone, so that doing this again does no harm.
    pub(super) async fn move_emergency_address(
        &self,
        answer: &Response,
        wanted: Option<&str>,
        changed: bool,
    ) -> Result<Number> {
        let row: wire::PhoneNumber<'_> = answer.json()?;
        if convert::has_emergency_address(&row, wanted) {
            return answer.read(|row| self.number(row));
        }
        let id = row.id.into_string();
        let id = id.ok_or_else(|| answer.protocol("SignalWire's number has lost its id"))?;
        let sent = self
            .http
            .send(request::emergency_address(&id, wanted)?)
            .await;
        let refused = match sent {
            Ok(answer) => return answer.read(|row| self.number(row)),
            Err(refused) => refused,
        };
        if refused.effect() == Effect::Unknown
            && let Ok(answer) = self.http.send(request::get(Operation::Update, &id)?).await
            && let Ok(row) = answer.json::<wire::PhoneNumber<'_>>()
            && convert::has_emergency_address(&row, wanted)
        {
            return answer.read(|row| self.number(row));
        }
        Err(match refused.effect() {
            // The other fields have changed.
            Effect::None if changed => refused.with_effect(Effect::Applied),
            _ => refused,
        })
    }

    /// The refusal of a release with the time from which it is possible: as SignalWire says it, or else by the age of
    /// the number.
    pub(super) async fn locked(&self, id: &str, refused: Error) -> Error {
        if !error::is_too_recent(&refused) {
            return refused;
        }
        let time = match error::unlock_time(&refused) {
            Some(time) => Some(time),
            None => self.end_of_cooldown(id).await.ok().flatten(),
        };
        match time {
            Some(time) => error::releasable_from(&refused, time, host::now()),
            None => refused,
        }
    }

    async fn end_of_cooldown(&self, id: &str) -> Result<Option<Timestamp>> {
        let answer = self
            .http
            .send(request::get(Operation::Release, id)?)
            .await?;
        let number = answer.read(|row| self.number(row))?;
        let days = SignedDuration::from_hours(24 * i64::from(RELEASE_COOLDOWN_DAYS));
        Ok(number
            .purchased_at
            .and_then(|bought| bought.checked_add(days).ok()))
    }
}
