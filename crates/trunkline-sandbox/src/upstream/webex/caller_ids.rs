//! What somebody's calls show: a setting of persons, workspaces and virtual lines. Nothing is verified.

use http::StatusCode;
use serde::Serialize;

use super::error::{ApiError, Result};
use super::params::{Body, invalid};
use super::people::holder;
use super::route::Holder;
use super::state::{Location, Number, Owner, OwnerKind, State};
use super::{Context, Webex, json};
use crate::exchange::Answer;

const DIRECT_LINE: &str = "DIRECT_LINE";
const LOCATION_NUMBER: &str = "LOCATION_NUMBER";
const MOBILE_NUMBER: &str = "MOBILE_NUMBER";
const CUSTOM: &str = "CUSTOM";
const POLICIES: &[&str] = &["DIRECT_LINE", "LOCATION", "OTHER"];
const SELECTIONS: &[&str] = &[
    "FIRSTNAME_LASTNAME",
    "LASTNAME_FIRSTNAME",
    "DISPLAY_NAME",
    "CUSTOM_NAME",
];

/// What an owner has chosen.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    selected: &'static str,
    custom_number: Option<String>,
    blocked: bool,
    policy: &'static str,
    custom_name: Option<String>,
    additional_direct_line: bool,
    additional_location_number: bool,
    additional_number: Option<String>,
    selection: &'static str,
    line_name: Option<String>,
    dial_by_first_name: Option<String>,
    dial_by_last_name: Option<String>,
    dial_by_name: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    display_name: Option<String>,
    display_detail: Option<String>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            selected: DIRECT_LINE,
            custom_number: None,
            blocked: false,
            policy: "DIRECT_LINE",
            custom_name: None,
            additional_direct_line: false,
            additional_location_number: false,
            additional_number: None,
            selection: SELECTIONS[0],
            line_name: None,
            dial_by_first_name: None,
            dial_by_last_name: None,
            dial_by_name: None,
            first_name: None,
            last_name: None,
            display_name: None,
            display_detail: None,
        }
    }
}

/// The document. What an owner of that kind doesn't have is absent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'s> {
    types: Vec<&'static str>,
    selected: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    direct_number: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extension_number: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location_number: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_number: Option<&'s str>,
    toll_free_location_number: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_number: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_detail: Option<&'s str>,
    block_in_forward_calls_enabled: bool,
    external_caller_id_name_policy: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_external_caller_id_name: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location_external_caller_id_name: Option<&'s str>,
    additional_external_caller_id_direct_line_enabled: bool,
    additional_external_caller_id_location_number_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_external_caller_id_custom_number: Option<&'s str>,
    direct_line_caller_id_name: LineName<'s>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dial_by_first_name: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dial_by_last_name: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dial_by_name: Option<&'s str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineName<'s> {
    selection: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_name: Option<&'s str>,
}

/// An owner with what its setting depends on.
struct Line<'s> {
    owner: &'s Owner,
    location: Option<&'s Location>,
    direct: Option<(&'s str, &'s Number)>,
}

impl<'s> Line<'s> {
    fn of(state: &'s State, owner: &'s Owner) -> Self {
        let direct = state
            .numbers
            .iter()
            .find(|(_, number)| number.owner == Some(owner.uuid) && number.role == Some("PRIMARY"));
        Self {
            owner,
            location: state.location_of(owner.location),
            direct: direct.map(|(text, number)| (text.as_str(), number)),
        }
    }

    fn main(&self) -> Option<&'s str> {
        self.location.and_then(|location| location.main.as_deref())
    }

    fn number(&self, mobile: bool) -> Option<&'s str> {
        let (text, number) = self.direct?;
        (number.mobile == mobile).then_some(text)
    }

    fn types(&self) -> Vec<&'static str> {
        let possible = [
            (DIRECT_LINE, true),
            (LOCATION_NUMBER, self.main().is_some()),
            (MOBILE_NUMBER, self.number(true).is_some()),
            (CUSTOM, true),
        ];
        possible
            .into_iter()
            .filter_map(|(name, possible)| possible.then_some(name))
            .collect()
    }

    fn document(&self, state: &State) -> Document<'s> {
        let setting = &self.owner.caller_id;
        let person = self.owner.kind == OwnerKind::Person;
        let named = self.owner.kind != OwnerKind::Workspace;
        let toll_free = self.main().and_then(|main| state.numbers.get(main));
        let name = |set: &'s Option<String>, own: Option<&'s str>| set.as_deref().or(own);
        Document {
            types: self.types(),
            selected: setting.selected,
            direct_number: self.number(false),
            extension_number: self.owner.extension,
            location_number: self.main(),
            mobile_number: self.number(true),
            toll_free_location_number: toll_free.is_some_and(|number| number.toll_free),
            custom_number: setting.custom_number.as_deref(),
            first_name: name(&setting.first_name, self.owner.first_name).filter(|_| named),
            last_name: name(&setting.last_name, Some(self.owner.last_name)).filter(|_| named),
            display_name: name(&setting.display_name, Some(self.owner.last_name))
                .filter(|_| !named),
            display_detail: name(&setting.display_detail, Some(".")).filter(|_| !named),
            block_in_forward_calls_enabled: setting.blocked,
            external_caller_id_name_policy: setting.policy,
            custom_external_caller_id_name: setting.custom_name.as_deref(),
            location_external_caller_id_name: self
                .location
                .and_then(|location| location.external_caller_id_name.as_deref()),
            additional_external_caller_id_direct_line_enabled: setting.additional_direct_line,
            additional_external_caller_id_location_number_enabled: setting
                .additional_location_number,
            additional_external_caller_id_custom_number: setting.additional_number.as_deref(),
            direct_line_caller_id_name: LineName {
                selection: setting.selection,
                custom_name: setting.line_name.as_deref(),
            },
            dial_by_first_name: name(&setting.dial_by_first_name, self.owner.first_name)
                .filter(|_| person),
            dial_by_last_name: name(&setting.dial_by_last_name, Some(self.owner.last_name))
                .filter(|_| person),
            dial_by_name: name(&setting.dial_by_name, Some(self.owner.last_name))
                .filter(|_| !person),
        }
    }
}

impl Webex {
    pub(super) fn get_caller_id(
        &self,
        context: &Context<'_>,
        kind: Holder,
        id: &str,
    ) -> Result<Answer> {
        let state = self.lock();
        let owner = holder(&state, context.caller.org, (kind, id))?;
        Ok(json(
            StatusCode::OK,
            &Line::of(&state, owner).document(&state),
        ))
    }

    /// Members that are absent stay as they are. Those that can only be read are passed over.
    pub(super) fn put_caller_id(
        &self,
        context: &Context<'_>,
        kind: Holder,
        id: &str,
    ) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let owner = holder(&state, context.caller.org, (kind, id))?;
        let line = Line::of(&state, owner);
        let known = [DIRECT_LINE, LOCATION_NUMBER, MOBILE_NUMBER, CUSTOM];
        let selected = body
            .one_of("selected", &known)?
            .ok_or_else(|| ApiError::missing(&["selected"]))?;
        if !line.types().contains(&selected) {
            return Err(invalid("selected", selected));
        }
        let mut new = owner.caller_id.clone();
        new.selected = selected;
        new.change(&body)?;
        if selected == CUSTOM && new.custom_number.is_none() {
            return Err(ApiError::missing(&["customNumber"]));
        }
        for (name, number) in [
            ("customNumber", &new.custom_number),
            (
                "additionalExternalCallerIdCustomNumber",
                &new.additional_number,
            ),
        ] {
            if let Some(number) = number {
                check_number(&state, &line, (name, number))?;
            }
        }
        let uuid = owner.uuid;
        if let Some(owner) = state.owners.iter_mut().find(|owner| owner.uuid == uuid) {
            owner.caller_id = new;
        }
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    }
}

impl Setting {
    fn change(&mut self, body: &Body) -> Result<()> {
        body.change("customNumber", &mut self.custom_number)?;
        body.flag("blockInForwardCallsEnabled", &mut self.blocked)?;
        if let Some(policy) = body.one_of("externalCallerIdNamePolicy", POLICIES)? {
            self.policy = policy;
        }
        body.flag(
            "additionalExternalCallerIdDirectLineEnabled",
            &mut self.additional_direct_line,
        )?;
        body.flag(
            "additionalExternalCallerIdLocationNumberEnabled",
            &mut self.additional_location_number,
        )?;
        body.change(
            "additionalExternalCallerIdCustomNumber",
            &mut self.additional_number,
        )?;
        if let Some(line) = body.part("directLineCallerIdName")? {
            if let Some(selection) = line.one_of("selection", SELECTIONS)? {
                self.selection = selection;
            }
            change_name(&line, "customName", &mut self.line_name)?;
        }
        for (name, slot) in [
            ("customExternalCallerIdName", &mut self.custom_name),
            ("dialByFirstName", &mut self.dial_by_first_name),
            ("dialByLastName", &mut self.dial_by_last_name),
            ("dialByName", &mut self.dial_by_name),
            ("firstName", &mut self.first_name),
            ("lastName", &mut self.last_name),
            ("displayName", &mut self.display_name),
            ("displayDetail", &mut self.display_detail),
        ] {
            change_name(body, name, slot)?;
        }
        Ok(())
    }
}

fn change_name(body: &Body, name: &str, slot: &mut Option<String>) -> Result<()> {
    if let Some(text) = body.text(name)? {
        check_name(name, text)?;
    }
    body.change(name, slot)
}

/// Names must be plain: some signs break them on the way to the network.
pub(super) fn check_name(member: &str, name: &str) -> Result<()> {
    if name.is_ascii() && !name.contains(['%', '+', '\\', '"']) {
        Ok(())
    } else {
        Err(invalid(member, name))
    }
}

/// A number of the owner's location, or of one that shares its provider.
fn check_number(state: &State, line: &Line<'_>, (member, number): (&str, &str)) -> Result<()> {
    let place = state
        .numbers
        .get(number)
        .and_then(|number| state.location_of(number.location));
    let near = line
        .location
        .zip(place)
        .is_some_and(|(own, place)| own.uuid == place.uuid || own.shares_provider(place));
    if near {
        Ok(())
    } else {
        Err(invalid(member, number))
    }
}
