//! Resources that take the calls of a number, as far as they concern numbers: `POST /api/fabric/resources/{id}/phone_routes`.
//!
//! There is one, a SIP gateway. Handlers that are set on the number itself, such as scripts, agents and flows, can't be
//! routed to this way.

use super::body::Body;
use super::error::{ApiError, Problem, Result, noted};
use super::state::{Context, Owned, SignalWire};
use crate::credentials::SIGNALWIRE_SIP_GATEWAY_ID;
use crate::exchange::Answer;
use crate::json::object;
use crate::text::is_uuid;

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
        let route = object! {
            "id": &new.id,
            "name": number,
            "display_name": new.settings.filled("name").unwrap_or(number),
            "cover_url": (),
            "preview_url": (),
            "locked": false,
            "channels": object! { "audio": format!("/public/{number}?channel=audio") },
            "created_at": new.created.iso(),
            "type": "app",
        };
        Ok(Answer::ok_utf8(&route))
    }
}
