//! Caller IDs: settings of persons, workspaces, virtual lines and locations, and the numbers that can be shown.

use serde::Serialize;
use trunkline_core::{CallerIdQuery, Error, Operation, Result};
use trunkline_http::ApiRequest;

use super::options::{LocationOptions, PstnConnection, Route};
use super::{AgentOptions, CallerIdOptions, Requests, connection_path, location_path};
use crate::config::PAGE_SIZE_MAX;
use crate::id;

/// Who has a caller ID as a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnerKind {
    Person,
    Workspace,
    VirtualLine,
}

impl OwnerKind {
    const ALL: [(&'static str, Self); 3] = [
        ("person", Self::Person),
        ("workspace", Self::Workspace),
        ("virtual-line", Self::VirtualLine),
    ];

    /// The kind by what the list of numbers calls it; features have no caller ID of this sort.
    pub(crate) fn of_number_owner(kind: &str) -> Option<Self> {
        match kind {
            "PEOPLE" => Some(Self::Person),
            "PLACE" => Some(Self::Workspace),
            "VIRTUAL_LINE" => Some(Self::VirtualLine),
            _ => None,
        }
    }

    /// What stands before the owner's id in a key.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Workspace => "workspace",
            Self::VirtualLine => "virtual-line",
        }
    }

    fn path(self, id: &str) -> String {
        let id = id::path(id);
        match self {
            Self::Person => format!("people/{id}/features/callerId"),
            Self::Workspace => format!("workspaces/{id}/features/callerId"),
            Self::VirtualLine => format!("telephony/config/virtualLines/{id}/callerId"),
        }
    }
}

/// What follows the account in the id of a caller ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CallerKey {
    /// The setting of an owner: `person-{id}`, `workspace-{id}` or `virtual-line-{id}`.
    Owner(OwnerKind, String),
    /// What a location presents: `location-{id}`.
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
        let owner = OwnerKind::ALL.into_iter();
        let mut owner = owner.filter_map(|(name, kind)| Some(Self::Owner(kind, rest(name)?)));
        owner.next().or_else(|| match id::Key::parse(key)? {
            id::Key::Number(number) => Some(Self::Number(number)),
            id::Key::Extension { .. } => None,
        })
    }
}

/// A name that callees see: Webex takes ASCII without four characters.
///
/// # Errors
/// `InvalidRequest` naming the field.
pub(crate) fn check_name(field: &str, name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii() && !c.is_ascii_control() && !"%+\\\"".contains(c);
    if name.chars().all(plain) {
        return Ok(());
    }
    Err(Error::invalid(
        field,
        r#"plain ASCII without %, +, \ and " (a rule of Webex)"#,
    ))
}

impl CallerIdOptions {
    /// Checks every name in it.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field.
    pub(crate) fn check(&self) -> Result<()> {
        let custom = self.direct_line_caller_id_name.change().flatten();
        let names = [
            (
                "custom_external_caller_id_name",
                self.custom_external_caller_id_name.change().flatten(),
            ),
            (
                "location_external_caller_id_name",
                self.location_external_caller_id_name.change().flatten(),
            ),
            (
                "direct_line_caller_id_name.custom_name",
                custom.and_then(|name| name.custom_name.as_ref()),
            ),
            (
                "dial_by_first_name",
                self.dial_by_first_name.change().flatten(),
            ),
            (
                "dial_by_last_name",
                self.dial_by_last_name.change().flatten(),
            ),
            ("dial_by_name", self.dial_by_name.change().flatten()),
        ];
        names.into_iter().try_for_each(|(field, name)| match name {
            Some(name) => check_name(&format!("provider_options.{field}"), name),
            None => Ok(()),
        })
    }
}

/// A change of the calling side of a location.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LocationChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) calling_line_id: Option<CallingLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_caller_id_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    announcement_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<Route>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p_access_network_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outside_dial_digit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enforce_outside_dial_digit: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge_number: Option<String>,
}

/// The main number of a location and its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CallingLine {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<String>,
}

impl LocationChange {
    /// Another main number.
    pub(crate) fn main(number: &str) -> Self {
        Self {
            calling_line_id: Some(CallingLine {
                name: None,
                phone_number: Some(number.to_owned()),
            }),
            ..Self::default()
        }
    }

    /// What the options and the label say, and how the location is to reach the public network.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field for a name that Webex does not take, or one given twice.
    pub(crate) fn of(
        options: LocationOptions,
        label: Option<&str>,
    ) -> Result<(Self, Option<PstnConnection>)> {
        let field = "provider_options.external_caller_id_name";
        let named = options.external_caller_id_name;
        if let (Some(named), Some(label)) = (&named, label)
            && named != label
        {
            return Err(Error::invalid(field, "differs from label"));
        }
        if let Some(label) = label {
            check_name("label", label)?;
        } else if let Some(named) = &named {
            check_name(field, named)?;
        }
        let (name, phone_number) = (options.calling_line_id_name, options.calling_line_id_number);
        let line = CallingLine { name, phone_number };
        let change = Self {
            calling_line_id: (line != CallingLine::default()).then_some(line),
            external_caller_id_name: label.map(str::to_owned).or(named),
            announcement_language: options.announcement_language,
            connection: options.connection,
            p_access_network_info: options.p_access_network_info,
            outside_dial_digit: options.outside_dial_digit,
            enforce_outside_dial_digit: options.enforce_outside_dial_digit,
            routing_prefix: options.routing_prefix,
            charge_number: options.charge_number,
        };
        Ok((change, options.pstn_connection))
    }

    /// Whether nothing changes.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Requests {
    /// The caller ID of an owner.
    pub(crate) fn caller_id(&self, operation: Operation, kind: OwnerKind, id: &str) -> ApiRequest {
        self.of_org(ApiRequest::get(operation, kind.path(id)))
    }

    /// Changes the caller ID of an owner.
    pub(crate) fn set_caller_id(
        &self,
        operation: Operation,
        (kind, id): (OwnerKind, &str),
        options: &CallerIdOptions,
    ) -> Result<ApiRequest> {
        self.of_org(ApiRequest::put(operation, kind.path(id)))
            .json(options)
    }

    /// Changes what an agent presents.
    pub(crate) fn set_agent(&self, person: &str, agent: &AgentOptions<'_>) -> Result<ApiRequest> {
        let person = id::path(person);
        let path = format!("telephony/config/people/{person}/agent/callerId");
        self.of_org(ApiRequest::put(Operation::UpdateCallerId, path))
            .json(agent)
    }

    /// Changes how a location reaches the public network.
    pub(crate) fn set_connection(
        &self,
        location: &str,
        connection: &PstnConnection,
    ) -> Result<ApiRequest> {
        let request = ApiRequest::put(Operation::UpdateCallerId, connection_path(location));
        self.of_org(request).json(connection)
    }

    /// The numbers that can be presented at a location, by a person if one is named.
    pub(crate) fn presentable(
        &self,
        operation: Operation,
        location: &str,
        query: &CallerIdQuery,
    ) -> Result<ApiRequest> {
        let path = format!(
            "{}/externalCallerId/availableNumbers",
            location_path(location)
        );
        let person = match query.owner.as_deref().map(CallerKey::parse) {
            None => None,
            Some(Some(CallerKey::Owner(OwnerKind::Person, person))) => Some(person),
            Some(_) => {
                let message = "with a location only a person: person-{id}";
                return Err(Error::invalid("owner", message));
            }
        };
        let max = query.limit.min(PAGE_SIZE_MAX);
        Ok(self.of_org(
            ApiRequest::get(operation, path)
                .query_opt("phoneNumber", query.number.clone())
                .query_opt("personId", person)
                .query_opt("max", (max > 0).then(|| max.to_string())),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_kind_and_an_id_or_a_number() {
        let owner = |kind| Some(CallerKey::Owner(kind, "Y2lz".to_owned()));
        assert_eq!(CallerKey::parse("person-Y2lz"), owner(OwnerKind::Person));
        assert_eq!(
            CallerKey::parse("workspace-Y2lz"),
            owner(OwnerKind::Workspace)
        );
        assert_eq!(
            CallerKey::parse("virtual-line-Y2lz"),
            owner(OwnerKind::VirtualLine)
        );
        assert_eq!(
            CallerKey::parse("location-Y2lz"),
            Some(CallerKey::Location("Y2lz".to_owned()))
        );
        assert_eq!(
            CallerKey::parse("+14165550171"),
            Some(CallerKey::Number("+14165550171".to_owned()))
        );
        for none in ["", "person-", "group-Y2lz", "person", "ext-5@x"] {
            assert_eq!(CallerKey::parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_name_is_plain_ascii_without_four_characters() {
        assert!(check_name("label", "Front desk (2nd floor)").is_ok());
        for bad in ["100%", "a+b", r"a\b", "\"x\"", "Zürich", "a\nb"] {
            let error = check_name("label", bad).unwrap_err();
            assert_eq!(error.fields()[0].field, "label", "{bad}");
        }
    }

    #[test]
    fn a_label_and_another_name_contradict_each_other() {
        let options = || LocationOptions {
            external_caller_id_name: Some("Sales".to_owned()),
            ..LocationOptions::default()
        };
        assert!(LocationChange::of(options(), Some("Support")).is_err());
        let (change, _) = LocationChange::of(options(), Some("Sales")).unwrap();
        assert_eq!(
            serde_json::to_string(&change).unwrap(),
            r#"{"externalCallerIdName":"Sales"}"#
        );
    }
}
