//! Numbers of a location: added, activated and deactivated, removed. Each request does all it asks for or nothing;
//! whether Webex does half isn't known.

use std::collections::HashSet;

use http::StatusCode;

use super::error::{ApiError, Flaw, Result};
use super::ids::{Org, Uuid};
use super::params::Body;
use super::state::{Context, Location, Number, State, Webex};
use super::{ids, pstn};
use crate::exchange::Answer;
use crate::json::object;
use crate::ledger::ReleaseEntry;

const MOBILE_MAX: usize = 20;
const DEACTIVATE_MAX: usize = 500;
const REMOVE_MAX: usize = 5;

impl Webex {
    pub(super) fn add_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let numbers = body.numbers()?;
        let order = Order::of(&body)?;
        let org = context.caller;
        let mut state = self.lock();
        let place = state.location(org, context.id())?;
        let connection = pstn::connection(Some(place), context.id())?;
        if order.kind == Some("MOBILE") {
            if numbers.len() > MOBILE_MAX {
                return Err(too_many("added", MOBILE_MAX));
            }
        } else {
            pstn::check_writable(&connection, "ADD")?;
        }
        if order.service && !connection.offers("SERVICE_NUMBERS") {
            let message = "The PSTN connection of the location has no service numbers";
            return Err(ApiError::bad(message));
        }
        check_addable(&state, org, &numbers)?;
        let (now, uuid) = (self.clock.now(), place.uuid);
        for number in numbers {
            let added = Number {
                // A mobile number is activated when somebody gets it.
                active: order.active && order.kind != Some("MOBILE"),
                toll_free: order.kind == Some("TOLLFREE") || ids::is_toll_free(&number),
                service: order.service,
                mobile: order.kind == Some("MOBILE"),
                by: context.visit.by,
                ..Number::unassigned(uuid, now)
            };
            state.numbers.insert(number, added);
        }
        Ok(Answer::empty(StatusCode::CREATED))
    }

    /// The number, unless it is too new to be found.
    fn found<'s>(&self, context: &Context<'_>, number: Option<&'s Number>) -> Option<&'s Number> {
        number.filter(|number| context.visit.finds(number.since, self.clock.now()))
    }

    pub(super) fn set_number_state(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let numbers = body.numbers()?;
        let action = body.one_of("action", &["ACTIVATE", "DEACTIVATE"])?;
        let deactivate = action == Some("DEACTIVATE");
        if deactivate && numbers.len() > DEACTIVATE_MAX {
            return Err(too_many("deactivated", DEACTIVATE_MAX));
        }
        let mut state = self.lock();
        let place = writable(&state, context, "UPDATE")?.uuid;
        for text in &numbers {
            let Some(number) = self.found(context, in_location(&state, place, text)) else {
                let message = format!("Phone number not found in the location: {text}");
                return Err(ApiError::new(StatusCode::BAD_REQUEST, 25_089, message));
            };
            if number.mobile {
                let message = format!("The state of a mobile number cannot be changed: {text}");
                return Err(ApiError::bad(message));
            }
            if deactivate && number.owner.is_some() {
                let message = format!("An assigned number cannot be deactivated: {text}");
                return Err(ApiError::conflict(message));
            }
        }
        for number in &numbers {
            if let Some(number) = state.numbers.get_mut(number) {
                number.active = !deactivate;
            }
        }
        Ok(Answer::no_content())
    }

    /// The status for a main or an assigned number isn't known; 409 is what Webex's own list of statuses says of a
    /// request that goes against a rule.
    pub(super) fn remove_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let numbers = Body::of(context.request)?.numbers()?;
        if numbers.len() > REMOVE_MAX {
            return Err(too_many("removed", REMOVE_MAX));
        }
        let mut state = self.lock();
        let place = writable(&state, context, "DELETE")?;
        for text in &numbers {
            let Some(number) = self.found(context, in_location(&state, place.uuid, text)) else {
                return Err(ApiError::Hidden {
                    status: StatusCode::BAD_GATEWAY,
                    code: 4_251,
                });
            };
            if place.is_main(text) {
                let message = format!("The main number of a location cannot be removed: {text}");
                return Err(ApiError::conflict(message));
            }
            if number.owner.is_some() {
                let message = format!("An assigned number cannot be removed: {text}");
                return Err(ApiError::conflict(message));
            }
        }
        let (at, account) = (self.clock.now(), context.caller.id());
        for number in numbers {
            if let Some(removed) = state.numbers.remove(&number) {
                state.released.push((at, number.clone(), removed));
                state.releases.push(ReleaseEntry {
                    number,
                    account: account.clone(),
                    at,
                    by: context.visit.by,
                });
            }
        }
        Ok(Answer::no_content())
    }
}

struct Order {
    kind: Option<&'static str>,
    service: bool,
    active: bool,
}

impl Order {
    fn of(body: &Body) -> Result<Self> {
        let usage = body.one_of("numberUsageType", &["NONE", "SERVICE"])?;
        let state = body.one_of("state", &["ACTIVE", "INACTIVE"])?;
        // Of an order of mobile numbers; looked at and kept nowhere.
        body.text("subscriptionId")?;
        body.text("carrierId")?;
        Ok(Self {
            kind: body.one_of("numberType", &["TOLLFREE", "DID", "MOBILE"])?,
            service: usage == Some("SERVICE"),
            active: state != Some("INACTIVE"),
        })
    }
}

/// A number of the organization's is a conflict, even one of the same location, whatever the published text says. All
/// else that is wrong comes back as a list.
fn check_addable(state: &State, org: Org, numbers: &[String]) -> Result<()> {
    let mut seen = HashSet::new();
    let mut flaws = Vec::new();
    let mut in_use = None;
    for text in numbers {
        let found = if seen.insert(text) {
            obstacle(state, org, ids::e164(text).as_deref())
        } else {
            Some(Obstacle::Repeated)
        };
        match found {
            None => {}
            Some(Obstacle::InUse) => in_use = in_use.or(Some(text)),
            Some(other) => flaws.push(other.flaw(text)),
        }
    }
    if !flaws.is_empty() {
        return Err(ApiError::Numbers(flaws));
    }
    match in_use {
        None => Ok(()),
        Some(number) => Err(ApiError::InUse(Obstacle::InUse.text(number))),
    }
}

/// The location, if its numbers can be written.
fn writable<'s>(state: &'s State, context: &Context<'_>, verb: &str) -> Result<&'s Location> {
    // Where there is no connection, location and connection are missing alike; not so when numbers are added.
    let place = state.find_location(context.caller, context.id());
    let connection = pstn::connection(place, context.id())?;
    pstn::check_writable(&connection, verb)?;
    state.location(context.caller, context.id())
}

fn in_location<'s>(state: &'s State, location: Uuid, number: &str) -> Option<&'s Number> {
    let number = state.numbers.get(number);
    number.filter(|number| number.location == location)
}

fn too_many(done: &str, most: usize) -> ApiError {
    ApiError::bad(format!("At most {most} numbers can be {done} at once"))
}

/// What stands against adding a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    Repeated,
    Elsewhere,
    Invalid,
    /// The organization has it.
    InUse,
}

impl Obstacle {
    /// State, code, and the words without code and number.
    const fn known(self) -> (&'static str, u32, &'static str) {
        match self {
            Self::Repeated => ("Duplicate In List", 8_360, "Duplicate DN in the request"),
            Self::Elsewhere => ("Unavailable", 8_361, "DN is unavailable"),
            Self::Invalid => ("Invalid", 8_362, "DN is invalid"),
            Self::InUse => ("Duplicate", 8_363, "DN is in use"),
        }
    }

    const fn state(self) -> &'static str {
        self.known().0
    }

    const fn code(self) -> u32 {
        self.known().1
    }

    const fn words(self) -> &'static str {
        self.known().2
    }

    /// `DN is in use : +14155550100`.
    pub(super) fn text(self, number: &str) -> String {
        format!("{} : {number}", self.words())
    }

    /// As a refusal of several numbers lists it.
    pub(super) fn flaw(self, number: &str) -> Flaw {
        Flaw {
            number: number.to_owned(),
            error_type: "ERROR",
            error_code: self.code().to_string(),
            error_message: self.text(number),
            error_title: self.words(),
        }
    }
}

/// What stands against adding `number`, which is in E.164 form if it is valid.
pub(super) fn obstacle(state: &State, org: Org, number: Option<&str>) -> Option<Obstacle> {
    let Some(number) = number else {
        return Some(Obstacle::Invalid);
    };
    let held = state.numbers.get(number)?;
    if state.org_of(held) == Some(org) {
        Some(Obstacle::InUse)
    } else {
        Some(Obstacle::Elsewhere)
    }
}

impl Webex {
    pub(super) fn validate_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let numbers = Body::of(context.request)?.numbers()?;
        let state = self.lock();
        let mut seen = HashSet::new();
        let mut fine = true;
        let mut verdicts = Vec::new();
        for text in &numbers {
            let number = ids::any_form(text);
            let obstacle = match seen.insert(number.clone().unwrap_or_else(|| text.clone())) {
                true => obstacle(&state, context.caller, number.as_deref()),
                false => Some(Obstacle::Repeated),
            };
            fine &= obstacle.is_none();
            let detail = obstacle
                .map(|obstacle| format!("[Error {}] {}", obstacle.code(), obstacle.text(text)));
            verdicts.push(object! {
                "phoneNumber": text,
                "state": obstacle.map_or("Available", Obstacle::state),
                "tollFreeNumber": number.as_deref().is_some_and(ids::is_toll_free),
                "detail": detail.into_iter().collect::<Vec<_>>(),
            });
        }
        Ok(Answer::ok(&object! {
            "status": if fine { "OK" } else { "ERRORS" },
            "phoneNumbers": verdicts,
        }))
    }
}
