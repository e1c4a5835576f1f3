//! Locations: their main number and the names that go with it.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::Serialize;

use super::caller_ids::check_name;
use super::error::Result;
use super::ids;
use super::params::{Body, Params};
use super::state::{Location, Number};
use super::{Context, Webex, json};
use crate::exchange::Answer;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallingLine<'s> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'s str>,
    /// Absent where there is no main number.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<&'s str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'s> {
    id: String,
    name: &'s str,
    calling_line_id: CallingLine<'s>,
    routing_prefix: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    outside_dial_digit: Option<&'s str>,
    enforce_outside_dial_digit: bool,
    e911_setup_required: bool,
}

#[derive(Serialize)]
struct Locations<'s> {
    locations: Vec<Listed<'s>>,
}

#[derive(Serialize)]
struct PlainList<'s> {
    items: Vec<Plain<'s>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Plain<'s> {
    id: String,
    name: &'s str,
    org_id: String,
    time_zone: &'static str,
    preferred_language: &'s str,
    address: Address<'s>,
}

#[derive(Serialize)]
struct Address<'s> {
    address1: &'static str,
    city: &'s str,
    country: &'s str,
}

impl<'s> From<&'s Location> for Plain<'s> {
    fn from(location: &'s Location) -> Self {
        Self {
            id: location.id(),
            name: location.name,
            org_id: location.org.id(),
            time_zone: "Etc/UTC",
            preferred_language: &location.announcement_language,
            address: Address {
                address1: "1 Sandbox Street",
                city: location.name,
                country: location.country,
            },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'s> {
    id: String,
    name: &'s str,
    announcement_language: &'s str,
    calling_line_id: CallingLine<'s>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<Route<'s>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_caller_id_name: Option<&'s str>,
    user_limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    p_access_network_info: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outside_dial_digit: Option<&'s str>,
    enforce_outside_dial_digit: bool,
    routing_prefix: &'s str,
    default_domain: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge_number: Option<&'s str>,
    use_charge_number_for_p_charge_info: bool,
    e911_setup_required: bool,
}

#[derive(Serialize)]
struct Route<'s> {
    #[serde(rename = "type")]
    kind: &'s str,
    id: &'s str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    batch_job_id: String,
}

fn calling_line(location: &Location) -> CallingLine<'_> {
    CallingLine {
        name: location.main_name.as_deref(),
        phone_number: location.main.as_deref(),
    }
}

impl<'s> From<&'s Location> for Listed<'s> {
    fn from(location: &'s Location) -> Self {
        Self {
            id: location.id(),
            name: location.name,
            calling_line_id: calling_line(location),
            routing_prefix: &location.routing_prefix,
            outside_dial_digit: location.outside_dial_digit.as_deref(),
            enforce_outside_dial_digit: location.enforce_outside_dial_digit,
            e911_setup_required: false,
        }
    }
}

impl<'s> From<&'s Location> for Details<'s> {
    fn from(location: &'s Location) -> Self {
        let route = location.pstn.as_ref().and_then(|pstn| pstn.route.as_ref());
        Self {
            id: location.id(),
            name: location.name,
            announcement_language: &location.announcement_language,
            calling_line_id: calling_line(location),
            connection: route.map(|(kind, id)| Route { kind, id }),
            external_caller_id_name: location.external_caller_id_name.as_deref(),
            user_limit: 999_999,
            p_access_network_info: location.access_network_info.as_deref(),
            outside_dial_digit: location.outside_dial_digit.as_deref(),
            enforce_outside_dial_digit: location.enforce_outside_dial_digit,
            routing_prefix: &location.routing_prefix,
            default_domain: "sandbox.example",
            charge_number: location.charge_number.as_deref(),
            use_charge_number_for_p_charge_info: location.use_charge_number,
            e911_setup_required: false,
        }
    }
}

impl Webex {
    pub(super) fn list_locations(&self, context: &Context<'_>) -> Result<Answer> {
        let params = Params::of_query(context.request);
        let order = params.one_of("order", &["asc", "desc"])?;
        let name = params.get("name").unwrap_or_default().to_lowercase();
        let state = self.lock();
        let mut found: Vec<_> = state
            .locations
            .iter()
            .filter(|location| location.org == context.caller.org)
            .filter(|location| location.name.to_lowercase().contains(&name))
            .collect();
        found.sort_by_key(|location| location.name);
        if order == Some("desc") {
            found.reverse();
        }
        self.paged(context, &found, |page| Locations {
            locations: page
                .iter()
                .map(|location| Listed::from(*location))
                .collect(),
        })
    }

    /// By name and id, each of which must be the whole one.
    pub(super) fn plain_locations(&self, context: &Context<'_>) -> Result<Answer> {
        let params = Params::of_query(context.request);
        let is = |name: &str, value: &str| params.get(name).is_none_or(|wanted| wanted == value);
        let state = self.lock();
        let found: Vec<_> = state
            .locations
            .iter()
            .filter(|location| location.org == context.caller.org)
            .filter(|location| is("name", location.name) && is("id", &location.id()))
            .collect();
        self.paged(context, &found, |page| PlainList {
            items: page.iter().map(|location| Plain::from(*location)).collect(),
        })
    }

    pub(super) fn get_location(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let state = self.lock();
        let location = state.location(context.caller.org, id)?;
        Ok(json(StatusCode::OK, &Details::from(location)))
    }

    /// A main number that is not the location's is taken without a word and changes nothing.
    pub(super) fn update_location(&self, context: &Context<'_>, id: &str) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let mut new = state.location(context.caller.org, id)?.clone();
        if let Some(line) = body.part("callingLineId")? {
            line.change("name", &mut new.main_name)?;
            if let Some(number) = line.text("phoneNumber")? {
                let held = state.numbers.get(number);
                if held.is_some_and(|held| held.location == new.uuid) {
                    new.main = Some(number.to_owned());
                }
            }
        }
        let before = new.routing_prefix.clone();
        change(&mut new, &body)?;
        let renumbered = before != new.routing_prefix;
        if let Some(location) = state.location_mut(new.uuid) {
            let old = std::mem::replace(location, new.clone());
            if let Some(number) = old.main.filter(|old| Some(old) != new.main.as_ref()) {
                demote(&mut state.numbers, &number);
            }
        }
        if let Some(number) = new
            .main
            .as_ref()
            .and_then(|main| state.numbers.get_mut(main))
        {
            number.role = number.role.or(Some("PRIMARY"));
        }
        if !renumbered {
            return Ok(Answer::empty(StatusCode::NO_CONTENT));
        }
        // A new prefix is given to everybody by a job of its own kind.
        let batch_job_id = ids::encode("JOB_ID", self.new_uuid());
        Ok(json(StatusCode::OK, &Batch { batch_job_id }))
    }
}

/// A number that nobody has and that is no longer main has no role.
fn demote(numbers: &mut BTreeMap<String, Number>, number: &str) {
    if let Some(number) = numbers.get_mut(number)
        && number.owner.is_none()
    {
        number.role = None;
    }
}

/// The members beside the main number. Unknown ones are passed over.
fn change(location: &mut Location, body: &Body) -> Result<()> {
    if let Some(language) = body.text("announcementLanguage")? {
        language.clone_into(&mut location.announcement_language);
    }
    if let Some(prefix) = body.text("routingPrefix")? {
        prefix.clone_into(&mut location.routing_prefix);
    }
    if let Some(name) = body.text("externalCallerIdName")? {
        check_name("externalCallerIdName", name)?;
    }
    body.change(
        "externalCallerIdName",
        &mut location.external_caller_id_name,
    )?;
    body.change("outsideDialDigit", &mut location.outside_dial_digit)?;
    body.flag(
        "enforceOutsideDialDigit",
        &mut location.enforce_outside_dial_digit,
    )?;
    body.change("pAccessNetworkInfo", &mut location.access_network_info)?;
    body.change("chargeNumber", &mut location.charge_number)?;
    body.flag(
        "useChargeNumberForPChargeInfo",
        &mut location.use_charge_number,
    )
}
