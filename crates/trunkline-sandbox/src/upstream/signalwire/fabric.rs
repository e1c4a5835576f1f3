//! Resources that take the calls of a number, as far as they concern numbers: `POST /api/fabric/resources/{id}/phone_routes`.
//!
//! There is one, a SIP gateway. Handlers that are set on the number itself, such as scripts, agents and flows, can't be
//! routed to this way.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;

use super::body::Body;
use super::error::{ApiError, Problem, Result, noted};
use super::state::Owned;
use super::text::is_uuid;
use super::{Context, SignalWire, json};
use crate::credentials::SIGNALWIRE_SIP_GATEWAY_ID;
use crate::exchange::Answer;

/// What a number shows whose calls the gateway takes.
pub(super) const GATEWAY: &str = "sip_gateway";

/// The address that a number has become of a resource.
#[derive(Serialize)]
struct Route<'a> {
    id: &'a str,
    name: &'a str,
    display_name: &'a str,
    cover_url: Option<&'a str>,
    preview_url: Option<&'a str>,
    locked: bool,
    channels: Channels,
    created_at: String,
    #[serde(rename = "type")]
    kind: &'a str,
}

#[derive(Serialize)]
struct Channels {
    audio: String,
}

impl SignalWire {
    /// Has a resource take the calls of a number. Every value that is wrong is said at once.
    pub(super) fn route_to(&self, context: &Context<'_>, resource: &str) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let made = |owned: &Arc<Owned>| owned.calling_resource.as_deref() == Some(resource);
        let of_a_number = state.numbers.of(context.project.id).any(made);
        if !of_a_number && resource != SIGNALWIRE_SIP_GATEWAY_ID {
            return Err(ApiError::not_found());
        }
        let mut problems = Vec::new();
        let id = noted(&mut problems, body.needed("phone_route_id"));
        if !id.is_empty() && !is_uuid(id) {
            problems.push(Problem::value("phone_route_id", "must be a UUID"));
        }
        match noted(&mut problems, body.needed("handler")) {
            "calling" | "" => {}
            "messaging" => problems.push(Problem::new(
                "unsupported_option",
                "handler messaging is not supported by this resource",
            )),
            _ => problems.push(Problem::new(
                "unsupported_option",
                "handler is not included in the list: calling, messaging",
            )),
        }
        if of_a_number && resource != SIGNALWIRE_SIP_GATEWAY_ID {
            problems.push(Problem::new(
                "unsupported_option",
                "This resource is set on the phone number itself",
            ));
        }
        ApiError::check(problems)?;
        let old = self
            .held(&state, context, id)
            .ok_or_else(|| ApiError::invalid("invalid_parameter", "phone_route_id is unknown"))?;
        let new = Arc::new(Owned {
            settings: old.settings.routed(GATEWAY),
            calling_resource: Some(resource.to_owned()),
            updated: self.written_now(),
            ..Owned::clone(old)
        });
        state.numbers.replace(Arc::clone(&new));
        let number = &new.number.number;
        let route = Route {
            id: &new.id,
            name: number,
            display_name: new.settings.filled("name").unwrap_or(number),
            cover_url: None,
            preview_url: None,
            locked: false,
            channels: Channels {
                audio: format!("/public/{number}?channel=audio"),
            },
            created_at: new.created.iso(),
            kind: "app",
        };
        Ok(json(StatusCode::OK, &route))
    }
}
