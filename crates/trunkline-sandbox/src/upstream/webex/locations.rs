//! Locations: their main number and the names that go with it.

use std::collections::BTreeMap;

use super::caller_ids::check_name;
use super::error::Result;
use super::ids;
use super::params::{Body, one_of};
use super::state::{Context, Location, Number, Webex};
use crate::exchange::Answer;
use crate::json::{Object, object};

/// The location as everything in Webex knows it, not only its telephony.
fn plain(location: &Location) -> Object {
    object! {
        "id": location.id(),
        "name": location.name,
        "orgId": location.org.id(),
        "timeZone": "Etc/UTC",
        "preferredLanguage": &location.announcement_language,
        "address": object! {
            "address1": "1 Sandbox Street",
            "city": location.name,
            "country": location.country,
        },
    }
}

/// Without a number where there is no main one.
fn calling_line(location: &Location) -> Object {
    object! { "name"?: location.main_name.as_ref(), "phoneNumber"?: location.main.as_ref() }
}

fn listed(location: &Location) -> Object {
    object! {
        "id": location.id(),
        "name": location.name,
        "callingLineId": calling_line(location),
        "routingPrefix": &location.routing_prefix,
        "outsideDialDigit"?: location.outside_dial_digit.as_ref(),
        "enforceOutsideDialDigit": location.enforce_outside_dial_digit,
        "e911SetupRequired": false,
    }
}

fn details(location: &Location) -> Object {
    let route = location.pstn.as_ref().and_then(|pstn| pstn.route.as_ref());
    object! {
        "id": location.id(),
        "name": location.name,
        "announcementLanguage": &location.announcement_language,
        "callingLineId": calling_line(location),
        "connection"?: route.map(|(kind, id)| object! { "type": kind, "id": id }),
        "externalCallerIdName"?: location.external_caller_id_name.as_ref(),
        "userLimit": 999_999,
        "pAccessNetworkInfo"?: location.access_network_info.as_ref(),
        "outsideDialDigit"?: location.outside_dial_digit.as_ref(),
        "enforceOutsideDialDigit": location.enforce_outside_dial_digit,
        "routingPrefix": &location.routing_prefix,
        "defaultDomain": "sandbox.example",
        "chargeNumber"?: location.charge_number.as_ref(),
        "useChargeNumberForPChargeInfo": location.use_charge_number,
        "e911SetupRequired": false,
    }
}

impl Webex {
    pub(super) fn list_locations(&self, context: &Context<'_>) -> Result<Answer> {
        let params = context.query();
        let order = one_of("order", params.filled("order"), &["asc", "desc"])?;
        let name = params.filled("name").unwrap_or_default().to_lowercase();
        let state = self.lock();
        let wanted = |location: &&Location| {
            location.org == context.caller && location.name.to_lowercase().contains(&name)
        };
        let mut found: Vec<_> = state.locations.iter().filter(wanted).collect();
        found.sort_by_key(|location| location.name);
        if order == Some("desc") {
            found.reverse();
        }
        self.paged(context, &found, |page| {
            let rows = page.iter().map(|location| listed(location));
            object! { "locations": rows.collect::<Vec<_>>() }
        })
    }

    /// By name and id, each of which must be the whole one.
    pub(super) fn plain_locations(&self, context: &Context<'_>) -> Result<Answer> {
        let params = context.query();
        let is = |name: &str, value: &str| params.filled(name).is_none_or(|wanted| wanted == value);
        let state = self.lock();
        let wanted = |location: &&Location| {
            location.org == context.caller && is("name", location.name) && is("id", &location.id())
        };
        let found: Vec<_> = state.locations.iter().filter(wanted).collect();
        self.paged(context, &found, |page| {
            let items = page.iter().map(|location| plain(location));
            object! { "items": items.collect::<Vec<_>>() }
        })
    }

    pub(super) fn get_location(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let location = state.location(context.caller, context.id())?;
        Ok(Answer::ok(&details(location)))
    }

    /// A main number that is not the location's is taken without a word and changes nothing.
    pub(super) fn update_location(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let mut new = state.location(context.caller, context.id())?.clone();
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
        let main = new.main.as_ref();
        if let Some(number) = main.and_then(|main| state.numbers.get_mut(main)) {
            number.role = number.role.or(Some("PRIMARY"));
        }
        if !renumbered {
            return Ok(Answer::no_content());
        }
        // A new prefix is given to everybody by a job of its own kind.
        Ok(Answer::ok(
            &object! { "batchJobId": ids::encode("JOB_ID", self.new_uuid()) },
        ))
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
    for (name, slot) in [
        (
            "externalCallerIdName",
            &mut location.external_caller_id_name,
        ),
        ("outsideDialDigit", &mut location.outside_dial_digit),
        ("pAccessNetworkInfo", &mut location.access_network_info),
        ("chargeNumber", &mut location.charge_number),
    ] {
        body.change(name, slot)?;
    }
    let enforce = &mut location.enforce_outside_dial_digit;
    body.flag("enforceOutsideDialDigit", enforce)?;
    body.flag(
        "useChargeNumberForPChargeInfo",
        &mut location.use_charge_number,
    )
}
