//! What takes more than one request to a number: looking for it, finding out why it was not sold, its emergency
//! address, and when it can be released.

use jiff::{SignedDuration, Timestamp};
use trunkline_core::{
    E164, Effect, Error, ErrorKind, HeldRow, Number, Operation, PageTrail, Result, Sighting,
    is_same_number,
};
use trunkline_http::Response;

use super::pages::{incomplete, rows};
use super::{SignalWire, read};
use crate::config::RELEASE_COOLDOWN_DAYS;
use crate::{convert, error, request, wire};

impl SignalWire {
    /// Reads every page that could show the number. A row that can't be read could be the one, so it makes the reading
    /// incomplete.
    pub(super) async fn sighting(&self, operation: Operation, number: &E164) -> Result<Sighting> {
        let mut request = request::find_owned(operation, number);
        let mut trail = PageTrail::default();
        let mut found = Vec::new();
        loop {
            let answer = self.send(request).await?;
            let mut page = rows::<wire::HeldNumber<'_>>(&answer)?;
            if page.unreadable > 0 {
                return Err(incomplete("a row can't be read"));
            }
            let all = page.all(&answer)?;
            found.extend(held(&all, number)?);
            let next = page.next.as_deref();
            trail.note(all.iter().filter_map(|row| row.id.get()), next)?;
            match Self::follow(operation, request::NUMBERS, next)? {
                Some(following) => request = following,
                None => return Ok(Sighting::of(found, answer.date())),
            }
        }
    }

    /// Finds out why a purchase was refused without a reason. A number that is held now may have been bought by it
    /// after all: that is left open. One that is neither held nor on sale is gone.
    pub(super) async fn reason(&self, number: &E164, refused: Error) -> Error {
        let held = match self.sighting(Operation::Purchase, number).await {
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
        let answer = self.send(request).await?;
        let page = rows::<wire::AvailableNumber<'_>>(&answer)?;
        let is = |text: &wire::Text<'_>| {
            text.get()
                .is_some_and(|t| is_same_number(t, number.as_str()))
        };
        let offers = |row: &wire::AvailableNumber<'_>| is(&row.number) || is(&row.e164);
        let found = page.rows.unwrap_or_default().iter().any(offers);
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
        if convert::emergency(&row).is(wanted) {
            return read(answer, |row| self.number(row));
        }
        let id = row.id.into_string();
        let id = id.ok_or_else(|| answer.protocol("SignalWire's number has lost its id"))?;
        let sent = self.send(request::emergency_address(&id, wanted)?).await;
        let refused = match sent {
            Ok(answer) => return read(&answer, |row| self.number(row)),
            Err(refused) => refused,
        };
        if refused.effect() == Effect::Unknown
            && let Ok(answer) = self.send(request::get(Operation::Update, &id)?).await
            && let Ok(row) = answer.json::<wire::PhoneNumber<'_>>()
            && convert::emergency(&row).is(wanted)
        {
            return read(&answer, |row| self.number(row));
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
            Some(time) => error::releasable_from(&refused, time, Timestamp::now()),
            None => refused,
        }
    }

    async fn end_of_cooldown(&self, id: &str) -> Result<Option<Timestamp>> {
        let answer = self.send(request::get(Operation::Release, id)?).await?;
        let number = read(&answer, |row| self.number(row))?;
        let days = SignedDuration::from_hours(24 * i64::from(RELEASE_COOLDOWN_DAYS));
        Ok(number
            .purchased_at
            .and_then(|bought| bought.checked_add(days).ok()))
    }
}

/// The rows of a page with the number. One that can't be read could be the one.
fn held(rows: &[wire::HeldNumber<'_>], number: &E164) -> Result<Vec<HeldRow>> {
    let mut found = Vec::new();
    for row in rows {
        let digits = row
            .number
            .get()
            .ok_or_else(|| incomplete("a row has no number"))?;
        if is_same_number(digits, number.as_str()) {
            let id = row
                .id
                .get()
                .ok_or_else(|| incomplete("the number has no id"))?;
            found.push(HeldRow {
                provider_id: id.to_owned(),
                created_at: convert::date(&row.created_at)
                    .map_err(|_| incomplete("its date can't be read"))?,
            });
        }
    }
    Ok(found)
}
