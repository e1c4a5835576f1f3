//! Connections of locations to the public network, and emergency addresses of numbers.

use http::StatusCode;
use serde::Serialize;

use super::error::{ApiError, Result};
use super::ids::{self, Uuid};
use super::params::{Body, Params, invalid};
use super::seeded::uuid;
use super::state::Location;
use super::{Context, Webex, json};
use crate::exchange::Answer;

/// A way to the public network.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Carrier {
    pub(super) uuid: Uuid,
    name: &'static str,
    kind: &'static str,
    services: &'static [&'static str],
}

/// The gateway on the premises.
static GATEWAY: Carrier = Carrier {
    uuid: uuid(7, 1),
    name: "Premises-based PSTN",
    kind: "LOCAL_GATEWAY",
    services: &["GEOGRAPHIC_NUMBERS", "TOLLFREE_NUMBERS", "SERVICE_NUMBERS"],
};
/// A carrier that Webex can't order from.
pub(super) static CLOUD: Carrier = Carrier {
    uuid: uuid(7, 2),
    name: "Sandbox Carrier",
    kind: "NON_INTEGRATED_CCP",
    services: &[
        "GEOGRAPHIC_NUMBERS",
        "TOLLFREE_NUMBERS",
        "NON_GEOGRAPHIC_NUMBERS",
        "MOBILE_NUMBERS",
    ],
};
/// A carrier that Webex orders from by itself.
static INTEGRATED: Carrier = Carrier {
    uuid: uuid(7, 3),
    name: "Sandbox Integrated Carrier",
    kind: "INTEGRATED_CCP",
    services: &["GEOGRAPHIC_NUMBERS"],
};
/// Cisco's own plans.
pub(super) static CISCO: Carrier = Carrier {
    uuid: uuid(7, 4),
    name: "Cisco Calling Plans",
    kind: "CISCO_PSTN",
    services: &["GEOGRAPHIC_NUMBERS", "TOLLFREE_NUMBERS", "BUSINESS_TEXTING"],
};

static OPTIONS: [&Carrier; 4] = [&GATEWAY, &CLOUD, &INTEGRATED, &CISCO];

const ROUTE_TYPES: &[&str] = &["TRUNK", "ROUTE_GROUP"];

/// What a location is connected through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Connection {
    pub(super) option: &'static Carrier,
    /// Type and identifier of the route to a gateway.
    pub(super) route: Option<(&'static str, String)>,
}

impl Connection {
    pub(super) const fn of(option: &'static Carrier) -> Self {
        Self {
            option,
            route: None,
        }
    }

    pub(super) fn through_gateway() -> Self {
        Self {
            option: &GATEWAY,
            route: Some(("TRUNK", ids::encode("TRUNK", uuid(8, 1)))),
        }
    }

    /// Whether it offers a service: `SERVICE_NUMBERS`.
    pub(super) fn offers(&self, service: &str) -> bool {
        self.option.services.contains(&service)
    }

    /// Whether numbers are the customer's to write down. Elsewhere the carrier does it.
    pub(super) fn is_writable(&self) -> bool {
        matches!(self.option.kind, "LOCAL_GATEWAY" | "NON_INTEGRATED_CCP")
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: String,
    display_name: &'a str,
    pstn_connection_type: &'a str,
    pstn_services: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    route_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Items<'a> {
    items: Vec<Shown<'a>>,
}

fn shown<'a>(option: &'static Carrier, route: Option<&'a (&'static str, String)>) -> Shown<'a> {
    Shown {
        id: ids::encode("PSTN_CONNECTION", option.uuid),
        display_name: option.name,
        pstn_connection_type: option.kind,
        pstn_services: option.services,
        route_type: route.map(|(kind, _)| *kind),
        route_id: route.map(|(_, id)| id.as_str()),
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
    pub(super) fn get_connection(&self, context: &Context<'_>, location: &str) -> Result<Answer> {
        let state = self.lock();
        let found = state.find_location(context.caller.org, location);
        let connection = connection(found, location)?;
        let document = shown(connection.option, connection.route.as_ref());
        Ok(json(StatusCode::OK, &document))
    }

    pub(super) fn set_connection(&self, context: &Context<'_>, location: &str) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let new = if let Some(id) = body.text("id")? {
            let uuid = ids::decode(id);
            let option = OPTIONS.iter().find(|option| Some(option.uuid) == uuid);
            Connection::of(option.copied().ok_or_else(|| invalid("id", id))?)
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
        let found = state.find_location(context.caller.org, location);
        let uuid = found
            .map(|found| found.uuid)
            .ok_or_else(|| ApiError::no_pstn(&ids::named(location)))?;
        if let Some(found) = state.location_mut(uuid) {
            found.pstn = Some(new);
        }
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }

    pub(super) fn connection_options(
        &self,
        context: &Context<'_>,
        location: &str,
    ) -> Result<Answer> {
        let wanted = Params::of_query(context.request);
        let wanted = wanted.list("serviceTypes");
        let state = self.lock();
        state.location(context.caller.org, location)?;
        let offers = |option: &&&'static Carrier| {
            wanted
                .iter()
                .all(|service| option.services.contains(service))
        };
        let items = OPTIONS.iter().filter(offers);
        let items = items.map(|option| shown(option, None)).collect();
        Ok(json(StatusCode::OK, &Items { items }))
    }

    /// Webex shows an emergency address nowhere, so that it is looked at and forgotten.
    pub(super) fn set_emergency_address(
        &self,
        context: &Context<'_>,
        number: &str,
    ) -> Result<Answer> {
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
        if self.lock().number(context.caller.org, number).is_none() {
            return Err(ApiError::Pstn {
                status: StatusCode::NOT_FOUND,
                code: None,
                message: format!("Number {number} not found"),
            });
        }
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }
}
