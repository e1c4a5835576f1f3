//! What somebody's calls show: a setting of persons, workspaces and virtual lines. Nothing is verified.

use super::error::{ApiError, Result};
use super::params::Body;
use super::people::holder;
use super::state::{Context, Location, Number, Owner, OwnerKind, Setting, State, Webex};
use crate::exchange::Answer;
use crate::json::{Object, object};

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

/// The members of a setting that are numbers.
const CUSTOM_NUMBER: &str = "customNumber";
const ADDITIONAL_NUMBER: &str = "additionalExternalCallerIdCustomNumber";
/// The member of the name of the direct line.
const LINE_NAME: &str = "customName";
/// The members of a setting that are names.
const NAMES: [&str; 8] = [
    "customExternalCallerIdName",
    "dialByFirstName",
    "dialByLastName",
    "dialByName",
    "firstName",
    "lastName",
    "displayName",
    "displayDetail",
];

/// An owner with what its setting depends on.
struct Line<'s> {
    owner: &'s Owner,
    location: Option<&'s Location>,
    direct: Option<(&'s str, &'s Number)>,
}

impl<'s> Line<'s> {
    fn of(state: &'s State, owner: &'s Owner) -> Self {
        let mut numbers = state.numbers.iter();
        let direct = numbers
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
        let possible = possible.into_iter();
        possible
            .filter_map(|(name, possible)| possible.then_some(name))
            .collect()
    }

    /// What an owner of that kind doesn't have is absent.
    fn document(&self, state: &State) -> Object {
        let (setting, owner) = (&self.owner.caller_id, self.owner);
        let person = owner.kind == OwnerKind::Person;
        let named = owner.kind != OwnerKind::Workspace;
        let toll_free = self.main().and_then(|main| state.numbers.get(main));
        let first = |member| setting.text(member).or(owner.first_name);
        let last = |member| setting.text(member).or(Some(owner.last_name));
        let location_name = self
            .location
            .map(|location| &location.external_caller_id_name);
        object! {
            "types": self.types(),
            "selected": setting.selected,
            "directNumber"?: self.number(false),
            "extensionNumber"?: owner.extension,
            "locationNumber"?: self.main(),
            "mobileNumber"?: self.number(true),
            "tollFreeLocationNumber": toll_free.is_some_and(|number| number.toll_free),
            "customNumber"?: setting.text(CUSTOM_NUMBER),
            "firstName"?: first("firstName").filter(|_| named),
            "lastName"?: last("lastName").filter(|_| named),
            "displayName"?: last("displayName").filter(|_| !named),
            "displayDetail"?: setting.text("displayDetail").or(Some(".")).filter(|_| !named),
            "blockInForwardCallsEnabled": setting.blocked,
            "externalCallerIdNamePolicy": setting.policy,
            "customExternalCallerIdName"?: setting.text("customExternalCallerIdName"),
            "locationExternalCallerIdName"?: location_name.and_then(Option::as_deref),
            "additionalExternalCallerIdDirectLineEnabled": setting.additional_direct_line,
            "additionalExternalCallerIdLocationNumberEnabled": setting.additional_location_number,
            "additionalExternalCallerIdCustomNumber"?: setting.text(ADDITIONAL_NUMBER),
            "directLineCallerIdName": object! {
                "selection": setting.selection,
                "customName"?: setting.text(LINE_NAME),
            },
            "dialByFirstName"?: first("dialByFirstName").filter(|_| person),
            "dialByLastName"?: last("dialByLastName").filter(|_| person),
            "dialByName"?: last("dialByName").filter(|_| !person),
        }
    }
}

impl Webex {
    pub(super) fn get_caller_id(&self, context: &Context<'_>) -> Result<Answer> {
        let state = self.lock();
        let owner = holder(&state, context)?;
        let line = Line::of(&state, owner);
        Ok(Answer::ok(&line.document(&state)))
    }

    /// Members that are absent stay as they are. Those that can only be read are passed over.
    pub(super) fn put_caller_id(&self, context: &Context<'_>) -> Result<Answer> {
        let body = Body::of(context.request)?;
        let mut state = self.lock();
        let owner = holder(&state, context)?;
        let line = Line::of(&state, owner);
        let known = [DIRECT_LINE, LOCATION_NUMBER, MOBILE_NUMBER, CUSTOM];
        let selected = body.one_of("selected", &known)?;
        let selected = selected.ok_or_else(|| ApiError::missing(&["selected"]))?;
        if !line.types().contains(&selected) {
            return Err(ApiError::invalid("selected", selected));
        }
        let mut new = owner.caller_id.clone();
        new.selected = selected;
        new.change(&body)?;
        if selected == CUSTOM && new.text(CUSTOM_NUMBER).is_none() {
            return Err(ApiError::missing(&[CUSTOM_NUMBER]));
        }
        for member in [CUSTOM_NUMBER, ADDITIONAL_NUMBER] {
            if let Some(number) = new.text(member) {
                check_number(&state, &line, member, number)?;
            }
        }
        let uuid = owner.uuid;
        if let Some(owner) = state.owners.iter_mut().find(|owner| owner.uuid == uuid) {
            owner.caller_id = new;
        }
        Ok(Answer::no_content())
    }
}

impl Setting {
    fn change(&mut self, body: &Body) -> Result<()> {
        self.change_text(body, CUSTOM_NUMBER)?;
        body.flag("blockInForwardCallsEnabled", &mut self.blocked)?;
        if let Some(policy) = body.one_of("externalCallerIdNamePolicy", POLICIES)? {
            self.policy = policy;
        }
        for (member, slot) in [
            ("DirectLine", &mut self.additional_direct_line),
            ("LocationNumber", &mut self.additional_location_number),
        ] {
            body.flag(&format!("additionalExternalCallerId{member}Enabled"), slot)?;
        }
        self.change_text(body, ADDITIONAL_NUMBER)?;
        if let Some(line) = body.part("directLineCallerIdName")? {
            if let Some(selection) = line.one_of("selection", SELECTIONS)? {
                self.selection = selection;
            }
            self.change_name(&line, LINE_NAME)?;
        }
        NAMES
            .into_iter()
            .try_for_each(|name| self.change_name(body, name))
    }

    fn change_name(&mut self, body: &Body, member: &'static str) -> Result<()> {
        if let Some(text) = body.text(member)? {
            check_name(member, text)?;
        }
        self.change_text(body, member)
    }

    fn change_text(&mut self, body: &Body, member: &'static str) -> Result<()> {
        let mut text = self.texts.remove(member);
        body.change(member, &mut text)?;
        self.texts.extend(text.map(|text| (member, text)));
        Ok(())
    }
}

/// Names must be plain: some signs break them on the way to the network.
pub(super) fn check_name(member: &str, name: &str) -> Result<()> {
    if name.is_ascii() && !name.contains(['%', '+', '\\', '"']) {
        Ok(())
    } else {
        Err(ApiError::invalid(member, name))
    }
}

/// A number of the owner's location, or of one that shares its provider.
fn check_number(state: &State, line: &Line<'_>, member: &str, number: &str) -> Result<()> {
    let held = state.numbers.get(number);
    let place = held.and_then(|held| state.location_of(held.location));
    let own = line.location;
    let near = place.is_some_and(|place| {
        own.is_some_and(|own| own.uuid == place.uuid || own.shares_provider(place))
    });
    if near {
        Ok(())
    } else {
        Err(ApiError::invalid(member, number))
    }
}
