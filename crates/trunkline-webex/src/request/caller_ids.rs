//! Caller IDs: settings of persons, workspaces, virtual lines and locations, and the numbers that can be shown.

use serde_json::json;
use trunkline_core::{CallerIdQuery, CallerIdUpdate, Error, Operation, Patch, Result};
use trunkline_http::wire::unsupported;
use trunkline_http::{ApiRequest, options, segment};

use super::list::PAGE_SIZE_MAX;
use super::options::{CallerIdOptions, CallingLine, LocationOptions, PstnConnection, ShownName};
use super::path::{connection_path, location_path};
use crate::id;

/// The kinds of owners that have a caller ID as a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnerKind {
    Person,
    Workspace,
    VirtualLine,
}

impl OwnerKind {
    const ALL: [Self; 3] = [Self::Person, Self::Workspace, Self::VirtualLine];

    /// The kind by its name in the list of numbers; features have no caller ID of this sort.
    pub(crate) fn of_number_owner(kind: &str) -> Option<Self> {
        match kind {
            "PEOPLE" => Some(Self::Person),
            "PLACE" => Some(Self::Workspace),
            "VIRTUAL_LINE" => Some(Self::VirtualLine),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Workspace => "workspace",
            Self::VirtualLine => "virtual-line",
        }
    }
}

/// An owner with a caller ID as a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallerOwner {
    pub(crate) kind: OwnerKind,
    pub(crate) id: String,
}

impl CallerOwner {
    /// The key of the owner's caller ID, such as `person-{id}`.
    pub(crate) fn key(&self) -> String {
        format!("{}-{}", self.kind.name(), self.id)
    }

    fn path(&self) -> String {
        let id = segment(&self.id);
        match self.kind {
            OwnerKind::Person => format!("people/{id}/features/callerId"),
            OwnerKind::Workspace => format!("workspaces/{id}/features/callerId"),
            OwnerKind::VirtualLine => format!("telephony/config/virtualLines/{id}/callerId"),
        }
    }
}

/// What follows the account in the id of a caller ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CallerKey {
    /// The setting of an owner: `person-{id}`, `workspace-{id}` or `virtual-line-{id}`.
    Owner(CallerOwner),
    /// The caller ID of a location: `location-{id}`.
    Location(String),
    /// A number that can be presented.
    Number(String),
}

impl CallerKey {
    /// Reads a key; `None` if nothing at Webex can have it.
    pub(crate) fn parse(key: &str) -> Option<Self> {
        let rest = |kind: &str| {
            let id = key.strip_prefix(kind)?.strip_prefix('-')?;
            (!id.is_empty()).then(|| id.to_owned())
        };
        if let Some(id) = rest("location") {
            return Some(Self::Location(id));
        }
        let mut owners = OwnerKind::ALL.into_iter().filter_map(|kind| {
            let id = rest(kind.name())?;
            Some(Self::Owner(CallerOwner { kind, id }))
        });
        owners.next().or_else(|| match id::Key::parse(key)? {
            id::Key::Number(number) => Some(Self::Number(number)),
            id::Key::Extension(..) => None,
        })
    }
}

/// The change of an owner's caller ID. A label is a name of the owner's own; without one the direct line's is shown.
/// Errors: `InvalidRequest` or `Unsupported` naming the field.
pub(crate) fn setting_change(kind: OwnerKind, update: &CallerIdUpdate) -> Result<CallerIdOptions> {
    let mut options: CallerIdOptions = options_of(update, "can't be unset as a whole")?;
    if let Some(label) = update.label.change() {
        let named = !options.custom_external_caller_id_name.is_keep()
            || options.external_caller_id_name_policy.is_some();
        if named {
            let field = "provider_options.external_caller_id_name_policy";
            return Err(Error::invalid(
                field,
                "says the same as label: give one of them",
            ));
        }
        let policy = match label {
            Some(_) => "OTHER",
            None => "DIRECT_LINE",
        };
        options.external_caller_id_name_policy = Some(policy.to_owned());
        if let Some(label) = label {
            options.custom_external_caller_id_name = Patch::Set(ShownName::of_label(label)?);
        }
    }
    if !options.agent_selected_caller_id.is_keep() && kind != OwnerKind::Person {
        let field = "provider_options.agent_selected_caller_id";
        let why = "only a person can be an agent";
        return Err(unsupported(field, why));
    }
    Ok(options)
}

/// The change that sets a caller ID back to the direct line, or to the location's number where there is none.
pub(crate) fn reset(has_direct_line: bool) -> CallerIdOptions {
    let selected = match has_direct_line {
        true => "DIRECT_LINE",
        false => "LOCATION_NUMBER",
    };
    CallerIdOptions {
        selected: Some(selected.to_owned()),
        external_caller_id_name_policy: Some("DIRECT_LINE".to_owned()),
        additional_external_caller_id_custom_number: Patch::Clear,
        ..CallerIdOptions::default()
    }
}

/// The change of a location's caller ID. Errors: `InvalidRequest` naming the field for a name that Webex does not take,
/// or one given twice.
pub(crate) fn location_change(update: &CallerIdUpdate) -> Result<LocationOptions> {
    let mut options: LocationOptions = options_of(update, "can't be unset")?;
    match &update.label {
        Patch::Keep => {}
        Patch::Clear => {
            let message = "can't be unset: a location always shows a name";
            return Err(Error::invalid("label", message));
        }
        Patch::Set(label) => {
            let name = Some(ShownName::of_label(label)?);
            let other = options.external_caller_id_name.take();
            if other.is_some() && other != name {
                let field = "provider_options.external_caller_id_name";
                return Err(Error::invalid(field, "differs from label"));
            }
            options.external_caller_id_name = name;
        }
    }
    let line = CallingLine {
        name: options.calling_line_id_name.take(),
        phone_number: options.calling_line_id_number.take(),
    };
    options.calling_line_id = (line != CallingLine::default()).then_some(line);
    Ok(options)
}

fn options_of<T: serde::de::DeserializeOwned + Default>(
    update: &CallerIdUpdate,
    unset: &str,
) -> Result<T> {
    match update.provider_options {
        Patch::Clear => Err(Error::invalid("provider_options", unset)),
        _ => options::read_change(&update.provider_options),
    }
}

/// The caller ID of an owner.
pub(crate) fn caller_id(operation: Operation, owner: &CallerOwner) -> ApiRequest {
    ApiRequest::get(operation, owner.path())
}

/// Changes the caller ID of an owner.
pub(crate) fn set_caller_id(
    operation: Operation,
    owner: &CallerOwner,
    options: &CallerIdOptions,
) -> Result<ApiRequest> {
    ApiRequest::put(operation, owner.path()).json(options)
}

/// Changes the number that an agent presents; null for none.
pub(crate) fn set_agent(person: &str, number: Option<&String>) -> Result<ApiRequest> {
    let person = segment(person);
    let path = format!("telephony/config/people/{person}/agent/callerId");
    let request = ApiRequest::put(Operation::UpdateCallerId, path);
    request.json(&json!({"selectedCallerId": number}))
}

/// Changes how a location reaches the public network.
pub(crate) fn set_connection(location: &str, connection: &PstnConnection) -> Result<ApiRequest> {
    ApiRequest::put(Operation::UpdateCallerId, connection_path(location)).json(connection)
}

/// The numbers that can be presented at a location, by a person if one is named. Errors: `InvalidRequest` naming
/// `owner` for any other owner.
pub(crate) fn presentable(
    operation: Operation,
    location: &str,
    query: &CallerIdQuery,
) -> Result<ApiRequest> {
    let below = "externalCallerId/availableNumbers";
    let path = format!("{}/{below}", location_path(location));
    let person = match query.owner.as_deref().map(CallerKey::parse) {
        None => None,
        Some(Some(CallerKey::Owner(owner))) if owner.kind == OwnerKind::Person => Some(owner.id),
        Some(_) => {
            let message = "with a location only a person: person-{id}";
            return Err(Error::invalid("owner", message));
        }
    };
    let max = query.limit.min(PAGE_SIZE_MAX);
    Ok(ApiRequest::get(operation, path)
        .query_opt("phoneNumber", query.number.clone())
        .query_opt("personId", person)
        .query_opt("max", (max > 0).then(|| max.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_kind_and_an_id_or_a_number() {
        let id = || "Y2lz".to_owned();
        let owner = |kind| Some(CallerKey::Owner(CallerOwner { kind, id: id() }));
        let number = "+14165550171";
        for (key, wanted) in [
            ("person-Y2lz", owner(OwnerKind::Person)),
            ("workspace-Y2lz", owner(OwnerKind::Workspace)),
            ("virtual-line-Y2lz", owner(OwnerKind::VirtualLine)),
            ("location-Y2lz", Some(CallerKey::Location(id()))),
            (number, Some(CallerKey::Number(number.to_owned()))),
        ] {
            assert_eq!(CallerKey::parse(key), wanted);
        }
        for none in ["", "person-", "group-Y2lz", "person", "ext-5@x"] {
            assert_eq!(CallerKey::parse(none), None, "{none}");
        }
    }

    #[test]
    fn name_is_plain_ascii_without_four_characters() {
        assert!(ShownName::of_label("Front desk (2nd floor)").is_ok());
        let field = |change: Result<CallerIdOptions>| change.unwrap_err().fields()[0].field.clone();
        for bad in ["100%", "a+b", r"a\b", "\"x\"", "Zürich", "a\nb"] {
            let change = |update| setting_change(OwnerKind::Person, &update);
            let label = change(update(&Patch::Set(bad), "{}"));
            assert_eq!(field(label), "label", "{bad}");
            let options = serde_json::json!({"dial_by_name": bad}).to_string();
            let option = change(update(&Patch::Keep, &options));
            assert_eq!(field(option), "provider_options.dial_by_name", "{bad}");
        }
        let nested = r#"{"direct_line_caller_id_name": {"custom_name": "100%"}}"#;
        let nested = setting_change(OwnerKind::Person, &update(&Patch::Keep, nested));
        let wanted = "provider_options.direct_line_caller_id_name.custom_name";
        assert_eq!(field(nested), wanted);
    }

    fn update(label: &Patch<&str>, options: &str) -> CallerIdUpdate {
        CallerIdUpdate {
            label: match label {
                Patch::Set(label) => Patch::Set((*label).to_owned()),
                Patch::Clear => Patch::Clear,
                Patch::Keep => Patch::Keep,
            },
            provider_options: Patch::Set(serde_json::from_str(options).unwrap()),
        }
    }

    #[test]
    fn label_that_contradicts_the_name_of_a_location_is_rejected() {
        let change = |label: &str| {
            let options = r#"{"external_caller_id_name": "Sales", "calling_line_id_name": "Main"}"#;
            location_change(&update(&Patch::Set(label), options))
        };
        assert!(change("Support").is_err());
        assert_eq!(
            serde_json::to_string(&change("Sales").unwrap()).unwrap(),
            r#"{"callingLineId":{"name":"Main"},"externalCallerIdName":"Sales"}"#
        );
    }

    #[test]
    fn label_becomes_the_owners_own_name_and_null_the_direct_lines() {
        let sent = |label| {
            let change = setting_change(OwnerKind::Person, &update(&label, "{}")).unwrap();
            serde_json::to_string(&change).unwrap()
        };
        assert_eq!(
            sent(Patch::Set("Reception")),
            r#"{"externalCallerIdNamePolicy":"OTHER","customExternalCallerIdName":"Reception"}"#
        );
        assert_eq!(
            sent(Patch::Clear),
            r#"{"externalCallerIdNamePolicy":"DIRECT_LINE"}"#
        );
    }

    #[test]
    fn label_beside_a_name_policy_is_rejected() {
        let options = r#"{"external_caller_id_name_policy": "LOCATION"}"#;
        let both = update(&Patch::Set("Reception"), options);
        assert!(setting_change(OwnerKind::Person, &both).is_err());
    }

    #[test]
    fn only_a_person_can_be_an_agent() {
        let update = update(&Patch::Keep, r#"{"agent_selected_caller_id": "x"}"#);
        let change = |kind| setting_change(kind, &update);
        let agent = change(OwnerKind::Person).unwrap().agent_selected_caller_id;
        assert_eq!(agent, Patch::Set("x".to_owned()));
        assert!(change(OwnerKind::Workspace).is_err());
    }
}
