//! Numbers that a project holds: purchase, list, get, update, release, their emergency addresses, and the resources that
//! take their calls (`POST /api/fabric/resources/{id}/phone_routes`).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::body::Body;
use super::error::{ApiError, BARE, Problem, Result, noted, refuse};
use super::page::List;
use super::projects::Project;
use super::search::{NotReleased, NotSold};
use super::state::{Context, Emergency, Owned, SignalWire, State};
use super::text::{contains, date_in_words, is_e164};
use super::wire::number;
use crate::credentials::SIGNALWIRE_SIP_GATEWAY_ID;
use crate::exchange::Answer;
use crate::json::object;
use crate::text::is_uuid;

impl SignalWire {
    /// The number is all that is taken: everything else in the body is left alone, as unknown names are.
    pub(super) fn purchase(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let number = body.needed("number")?;
        if !is_e164(number) {
            return refuse("invalid_number_format", "number is not in E.164 format");
        }
        let sold = self.sell(&mut self.lock(), context, number);
        let owned = sold.map_err(|why| refusal(context.caller, why))?;
        Ok(self.shown(&owned))
    }

    pub(super) fn import_number(&self, _context: &Context<'_>) -> Result<Answer> {
        let detail = "Importing phone numbers is not enabled on this Space.";
        refuse("feature_not_available", detail)
    }

    pub(super) fn list_numbers(&self, context: &Context<'_>) -> Result<Answer> {
        let query = context.query();
        let list = List::of(context, &query, &["filter_name", "filter_number"])?;
        let wanted = |filter: &str, text: &str| {
            let part = query.filled(filter);
            part.is_none_or(|part| contains(text, part))
        };
        let (visit, now) = (context.visit, self.clock.now());
        let state = self.lock();
        let book = state.numbers.since(visit.shows_released_since(now));
        let cut = list.cut(&book, |owned| {
            let number = &owned.number.number;
            visit.lists(number, owned.since, now)
                && wanted("filter_number", number)
                && wanted(
                    "filter_name",
                    owned.settings.get("name").unwrap_or_default(),
                )
        })?;
        Ok(list.answer(&cut, |owned| self::number(owned, now)))
    }

    pub(super) fn get_number(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let owned = self.held(&state, context, context.id());
        Ok(self.shown(owned.ok_or(ApiError::not_found())?))
    }

    /// A merge, though it is a PUT: what is not named stays.
    pub(super) fn update_number(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let old = self.held(&state, context, context.id()).cloned();
        let old = old.ok_or(ApiError::not_found())?;
        let new = self.change(&mut state, old, &body.0)?;
        Ok(self.shown(&new))
    }

    pub(super) fn release_number(&self, context: &Context<'_>) -> Result<Answer> {
        match self.take_back(context) {
            Ok(()) => Ok(Answer::no_content()),
            Err(NotReleased::Unknown) => Err(ApiError::not_found()),
            Err(NotReleased::Until(free)) => {
                let documented = context.caller.documented;
                let code = if documented {
                    "purchased_too_recently"
                } else {
                    BARE
                };
                let free = date_in_words(free);
                refuse(
                    code,
                    format!(
                        "Number was purchased too recently to release. Please wait until {free} to release this number, or contact Support for assistance."
                    ),
                )
            }
        }
    }

    /// Changes what is set on a number, in the words of the REST API.
    pub(super) fn change(
        &self,
        state: &mut State,
        old: Arc<Owned>,
        body: &Map<String, Value>,
    ) -> Result<Arc<Owned>> {
        let settings = old.settings.changed(body, !old.project.documented)?;
        if settings == old.settings {
            return Ok(old);
        }
        let named = |name: &str| settings.filled(name).map(str::to_owned);
        let calling_resource = match settings.get("call_handler") {
            // Made by the number that needs it.
            Some("relay_script") if old.settings.get("call_handler") == Some("relay_script") => {
                old.calling_resource.clone()
            }
            Some("relay_script") => Some(self.new_id()),
            Some("ai_agent") => named("call_ai_agent_id"),
            Some("call_flow") => named("call_flow_id"),
            // It stays until another handler is chosen.
            Some(GATEWAY) => old.calling_resource.clone(),
            _ => None,
        };
        Ok(state.numbers.replace(Owned {
            calling_resource,
            settings,
            updated: self.written_now(),
            ..Owned::clone(&old)
        }))
    }

    /// The project's number of that id, unless it is too new to be found.
    pub(super) fn held<'s>(
        &self,
        state: &'s State,
        context: &Context<'_>,
        id: &str,
    ) -> Option<&'s Arc<Owned>> {
        let held = state.numbers.get(context.caller.id, id);
        held.filter(|owned| context.visit.finds(owned.since, self.clock.now()))
    }

    fn shown(&self, owned: &Owned) -> Answer {
        Answer::ok_utf8(&number(owned, self.clock.now()))
    }
}

/// How a purchase is refused. The real one was seen to give no reason for a number that is gone.
fn refusal(project: &Project, why: NotSold) -> ApiError {
    match why {
        NotSold::Own => ApiError::invalid("value_not_unique", "number has already been taken"),
        NotSold::Full => ApiError::invalid(
            "account_limit_exceeded",
            "This account has reached its limit of phone numbers.",
        ),
        NotSold::Broke => ApiError::invalid(
            "insufficient_balance",
            "This account has an insufficient balance.",
        ),
        NotSold::Gone if project.documented => ApiError::invalid(
            "could_not_purchase",
            "The phone number could not be purchased.",
        ),
        NotSold::Gone => ApiError::opaque(),
    }
}

impl SignalWire {
    pub(super) fn assign_emergency_address(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let owned = context.find(&state.numbers)?;
        let wanted = body.needed("e911_address_id")?;
        let address = state.addresses.get(context.caller.id, wanted);
        let address = address.filter(|_| is_uuid(wanted));
        let address = address
            .ok_or_else(|| ApiError::invalid("does_not_exist", "e911_address_id does not exist"))?;
        if address.validated.is_none() || owned.number.country != "US" {
            return refuse(
                "not_available_for_assignment",
                "The address is not available for assignment to this number.",
            );
        }
        let now = self.clock.now();
        let last = owned.emergency.as_ref();
        if last.is_some_and(|last| last.address(now).is_some()) {
            let detail = "The number already has an E911 address.";
            return refuse("already_assigned", detail);
        }
        let emergency = Emergency {
            address: wanted.to_owned(),
            removing: false,
            since: now,
        };
        Ok(self.keep(&mut state, &owned, emergency))
    }

    pub(super) fn remove_emergency_address(&self, context: &Context<'_>) -> Result<Answer> {
        let mut state = self.lock();
        let owned = context.find(&state.numbers)?;
        let now = self.clock.now();
        let last = owned.emergency.clone();
        let Some(active) = last.filter(|last| last.status(now) == "active") else {
            let detail = "The number's E911 address is not active.";
            return refuse("invalid_state", detail);
        };
        let emergency = Emergency {
            removing: true,
            since: now,
            ..active
        };
        Ok(self.keep(&mut state, &owned, emergency))
    }

    fn keep(&self, state: &mut State, owned: &Owned, emergency: Emergency) -> Answer {
        let now = emergency.since;
        let new = state.numbers.replace(Owned {
            emergency: Some(emergency),
            updated: self.clock.record(now),
            ..owned.clone()
        });
        Answer::ok_utf8(&number(&new, now))
    }
}

/// What a number shows whose calls the gateway takes.
pub(super) const GATEWAY: &str = "sip_gateway";

impl SignalWire {
    /// Has a resource take the calls of a number. Every wrong value is reported at once.
    pub(super) fn route_to(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let resource = context.id();
        let mut state = self.lock();
        let mut numbers = state.numbers.of(context.caller.id);
        let of_a_number = numbers.any(|owned| owned.calling_resource.as_deref() == Some(resource));
        drop(numbers);
        if !of_a_number && resource != SIGNALWIRE_SIP_GATEWAY_ID {
            return Err(ApiError::not_found());
        }
        let mut problems = Vec::new();
        let id = noted(&mut problems, body.needed("phone_route_id"));
        if !id.is_empty() && !is_uuid(id) {
            problems.push(Problem::value("phone_route_id", "must be a UUID"));
        }
        let unsupported = |detail: &'static str| Problem::new("unsupported_option", detail);
        let handler = noted(&mut problems, body.needed("handler"));
        problems.extend(match handler {
            "calling" | "" => None,
            "messaging" => Some(unsupported(
                "handler messaging is not supported by this resource",
            )),
            _ => Some(unsupported(
                "handler is not included in the list: calling, messaging",
            )),
        });
        if of_a_number && resource != SIGNALWIRE_SIP_GATEWAY_ID {
            problems.push(unsupported(
                "This resource is set on the phone number itself",
            ));
        }
        ApiError::check(problems)?;
        let old = self.held(&state, context, id);
        let old =
            old.ok_or_else(|| ApiError::invalid("invalid_parameter", "phone_route_id is unknown"))?;
        let new = Owned {
            settings: old.settings.routed(GATEWAY),
            calling_resource: Some(resource.to_owned()),
            updated: self.written_now(),
            ..Owned::clone(old)
        };
        let new = state.numbers.replace(new);
        let number = &new.number.number;
        Ok(Answer::ok_utf8(&object! {
            "id": &new.id,
            "name": number,
            "display_name": new.settings.filled("name").unwrap_or(number),
            "cover_url": (),
            "preview_url": (),
            "locked": false,
            "channels": object! { "audio": format!("/public/{number}?channel=audio") },
            "created_at": new.created.iso(),
            "type": "app",
        }))
    }
}
