//! Connections of locations to the public network, and emergency addresses of numbers.

use http::StatusCode;

use super::connection::{Carrier, Connection, GATEWAY, OPTIONS};
use super::error::{ApiError, Result};
use super::ids;
use super::params::Body;
use super::state::{Context, Location, Webex};
use crate::exchange::Answer;
use crate::json::{Object, object};

const ROUTE_TYPES: &[&str] = &["TRUNK", "ROUTE_GROUP"];

fn shown(option: &Carrier, route: Option<&(&'static str, String)>) -> Object {
    object! {
        "id": ids::encode("PSTN_CONNECTION", option.uuid),
        "displayName": option.name,
        "pstnConnectionType": option.kind,
        "pstnServices": option.services,
        "routeType"?: route.map(|(kind, _)| *kind),
        "routeId"?: route.map(|(_, id)| id.as_str()),
    }
}

/// The connection of a location; a missing one and a missing location are refused alike.
pub(super) fn connection(location: Option<&Location>, text: &str) -> Result<Connection> {
    location
        .and_then(|location| location.pstn.clone())
        .ok_or_else(|| ApiError::no_pstn(&ids::named(text)))
}

/// Refuses a write to the numbers of a location whose carrier keeps them itself.
pub(super) fn check_writable(connection: &Connection, verb: &str) -> Result<()> {
    if connection.is_writable() {
        return Ok(());
    }
    Err(ApiError::Pstn {
        status: StatusCode::BAD_REQUEST,
        code: Some("ERR.V.TRM.TMN60004"),
        message: format!(
            "{verb} number(s) is supported only for non-integrated CCP and LGW locations."
        ),
    })
}

impl Webex {
    pub(super) fn get_connection(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let found = state.find_location(context.caller, context.id());
        let connection = connection(found, context.id())?;
        let document = shown(connection.option, connection.route.as_ref());
        Ok(Answer::ok(&document))
    }

    pub(super) fn set_connection(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let new = if let Some(id) = body.text("id")? {
            let uuid = ids::decode(id);
            let option = OPTIONS.iter().find(|option| Some(option.uuid) == uuid);
            Connection::of(option.copied().ok_or_else(|| ApiError::invalid("id", id))?)
        } else {
            let (Some(kind), Some(id)) = (
                body.one_of("premiseRouteType", ROUTE_TYPES)?,
                body.text("premiseRouteId")?,
            ) else {
                return Err(ApiError::missing(&["premiseRouteType", "premiseRouteId"]));
            };
            Connection {
                option: &GATEWAY,
                route: Some((kind, id.to_owned())),
            }
        };
        check_writable(&new, "UPDATE")?;
        let mut state = self.lock();
        let found = state.find_location(context.caller, context.id());
        let missing = || ApiError::no_pstn(&ids::named(context.id()));
        let uuid = found.ok_or_else(missing)?.uuid;
        if let Some(found) = state.location_mut(uuid) {
            found.pstn = Some(new);
        }
        Ok(Answer::no_content())
    }

    pub(super) fn connection_options(&self, context: &Context<'_>) -> Result<Answer> {
        let query = context.query();
        let wanted = query.list("serviceTypes");
        self.lock().location(context.caller, context.id())?;
        let offers = |option: &&&'static Carrier| {
            let mut wanted = wanted.iter();
            wanted.all(|service| option.services.contains(service))
        };
        let items = OPTIONS.iter().filter(offers);
        let items: Vec<_> = items.map(|option| shown(option, None)).collect();
        Ok(Answer::ok(&object! { "items": items }))
    }

    /// Webex shows an emergency address nowhere, so that it is looked at and forgotten.
    pub(super) fn set_emergency_address(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let address = body
            .part("emergencyAddress")?
            .ok_or_else(|| ApiError::missing(&["emergencyAddress"]))?;
        address.text("address2")?;
        let mut missing = Vec::new();
        for name in ["address1", "city", "state", "postalCode", "country"] {
            if address.text(name)?.is_none_or(str::is_empty) {
                missing.push(name);
            }
        }
        if !missing.is_empty() {
            return Err(ApiError::missing(&missing));
        }
        let number = context.id();
        if self.lock().number(context.caller, number).is_none() {
            return Err(ApiError::not_connected(format!(
                "Number {number} not found"
            )));
        }
        Ok(Answer::no_content())
    }
}
