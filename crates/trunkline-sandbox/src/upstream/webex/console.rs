//! What a person does in Webex's Control Hub. Where the API can't do it, the change is made here.

use http::{Method, header};
use serde_json::json;

use super::ids::{self, Org};
use super::state::{Location, State, Webex};
use crate::carrier::Console;
use crate::console::{ConsoleChange, ConsoleError, Step};
use crate::credentials::WEBEX_ACCESS_TOKEN;
use crate::exchange::Request;
use crate::world::catalog::find_country;

impl Console for Webex {
    /// Numbers are those of the organization of the credentials. A new one goes to its first location in the country.
    fn console(&self, number: &str, step: Step<'_>) -> Result<Request, ConsoleError> {
        let mut state = self.lock();
        if matches!(step, Step::Buy) {
            let location = home(&state, number)
                .ok_or_else(|| ConsoleError::number("no location is in its country"))?;
            let body = json!({ "phoneNumbers": [number], "state": "ACTIVE" });
            return Ok(of_location(Method::POST, location).with_json(&body));
        }
        let held = state.number(Org::Own, number);
        let location = held.and_then(|held| state.location_of(held.location));
        let location = location.ok_or(ConsoleError::NotHeld)?;
        match step {
            Step::Release => {
                let body = json!({ "phoneNumbers": [number] });
                return Ok(of_location(Method::DELETE, location).with_json(&body));
            }
            Step::Change(change) => apply(&mut state, number, change)?,
            Step::Show | Step::Buy => {}
        }
        let digits = number.trim_start_matches('+');
        let path = format!("/v1/telephony/config/numbers?phoneNumber=%2B{digits}");
        Ok(signed(Method::GET, &path))
    }
}

fn home<'s>(state: &'s State, number: &str) -> Option<&'s Location> {
    state.locations.iter().find(|location| {
        let code = find_country(location.country).map(|country| country.calling_code);
        let digits = number.strip_prefix('+');
        location.org == Org::Own
            && code.is_some_and(|code| digits.is_some_and(|digits| digits.starts_with(code)))
    })
}

fn apply(state: &mut State, number: &str, change: &ConsoleChange) -> Result<(), ConsoleError> {
    let Some(held) = state.numbers.get(number) else {
        return Err(ConsoleError::NotHeld);
    };
    let mut new = held.clone();
    let bad = |field, message: &str| {
        let message = message.to_owned();
        Err(ConsoleError::Field { field, message })
    };
    if let Some(owner) = &change.owner {
        new.owner = ids::decode(owner);
        if !owner.is_empty() && new.owner.is_none_or(|uuid| state.owner(uuid).is_none()) {
            return bad("set.owner", "the organization has nobody of that id");
        }
        new.role = new.owner.map(|_| "PRIMARY");
    }
    if let Some(location) = &change.location {
        match state.find_location(Org::Own, location) {
            Some(location) => new.location = location.uuid,
            None => {
                return bad(
                    "set.location",
                    "the organization has no location of that id",
                );
            }
        }
    }
    let owner = new.owner.and_then(|uuid| state.owner(uuid));
    if owner.is_some_and(|owner| owner.location != new.location) {
        return bad("set.owner", "the owner is in another location");
    }
    state.numbers.insert(number.to_owned(), new);
    Ok(())
}

fn of_location(method: Method, location: &Location) -> Request {
    let path = format!("/v1/telephony/config/locations/{}/numbers", location.id());
    signed(method, &path)
}

fn signed(method: Method, target: &str) -> Request {
    Request::internal(method, target).with_header(
        header::AUTHORIZATION,
        format!("Bearer {WEBEX_ACCESS_TOKEN}"),
    )
}
