//! What Webex alone has: the `provider_options` of a number, a registration and a caller ID.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use trunkline_core::{Error, Patch, ProviderData, Result};

/// Reads options.
///
/// # Errors
/// `InvalidRequest` naming `provider_options`, or the member of them that is unknown or wrong.
pub(crate) fn parse<T: DeserializeOwned>(data: &ProviderData) -> Result<T> {
    let mut json = serde_json::Deserializer::from_str(data.as_json());
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let field = match path.as_str() {
            "." | "?" => "provider_options".to_owned(),
            path => format!("provider_options.{path}"),
        };
        Error::invalid(field, error.into_inner().to_string())
    })
}

/// In service or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum State {
    /// It is.
    #[serde(alias = "active")]
    Active,
    /// It is not.
    #[serde(alias = "inactive")]
    Inactive,
}

impl State {
    /// The state of the unified model.
    ///
    /// # Errors
    /// `InvalidRequest` naming `state`.
    pub(crate) fn of(text: &str) -> Result<Self> {
        match text {
            "active" => Ok(Self::Active),
            "inactive" => Ok(Self::Inactive),
            _ => Err(Error::invalid("state", "active or inactive")),
        }
    }

    /// What Webex calls it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// A standard number, one of many calls at once, or one that says where an emergency call comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Usage {
    /// Standard.
    None,
    /// Service.
    Service,
    /// Emergency location identification number.
    Elin,
}

impl Usage {
    /// What Webex calls the action that has a number used so.
    pub(crate) const fn action(self) -> &'static str {
        match self {
            Self::None => "modifyStandard",
            Self::Service => "modifyService",
            Self::Elin => "modifyElin",
        }
    }
}

/// The kind of a number that is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum AddedType {
    /// Geographic.
    Did,
    /// Toll-free.
    Tollfree,
    /// Mobile.
    Mobile,
}

/// How numbers are added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AddOptions {
    pub(crate) state: Option<State>,
    pub(crate) number_type: Option<AddedType>,
    pub(crate) number_usage_type: Option<Usage>,
    pub(crate) subscription_id: Option<String>,
    pub(crate) carrier_id: Option<String>,
}

impl AddOptions {
    /// The state to be said: in service, but for mobile numbers, which are put in service when they are assigned.
    pub(crate) fn state(&self) -> State {
        let mobile = self.number_type == Some(AddedType::Mobile);
        let default = if mobile {
            State::Inactive
        } else {
            State::Active
        };
        self.state.unwrap_or(default)
    }

    /// Refuses what numbers can't be added as.
    ///
    /// # Errors
    /// `InvalidRequest` naming the option.
    pub(crate) fn check(&self) -> Result<()> {
        if self.number_usage_type == Some(Usage::Elin) {
            let why = "numbers are added as NONE or SERVICE: make it ELIN by an update afterwards";
            return Err(Error::invalid("provider_options.number_usage_type", why));
        }
        Ok(())
    }

    /// Whether the numbers are ordered from a mobile carrier, which costs money.
    pub(crate) fn orders(&self) -> bool {
        self.number_type == Some(AddedType::Mobile)
            || self.subscription_id.is_some()
            || self.carrier_id.is_some()
    }
}

/// Where emergency services are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(
    rename_all(deserialize = "snake_case", serialize = "camelCase"),
    default,
    deny_unknown_fields
)]
pub(crate) struct EmergencyAddress {
    #[serde(skip_serializing_if = "Option::is_none")]
    address1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address2: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
}

/// The writable fields of a number that have no unified name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NumberOptions {
    pub(crate) number_usage_type: Patch<Usage>,
    pub(crate) emergency_address: Patch<EmergencyAddress>,
}

/// The name that goes with a direct line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(
    rename_all(deserialize = "snake_case", serialize = "camelCase"),
    default,
    deny_unknown_fields
)]
pub(crate) struct DirectLineName {
    #[serde(skip_serializing_if = "Option::is_none")]
    selection: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) custom_name: Option<String>,
}

/// The caller ID of an owner: every field of Webex's, and sent as it is. `selected` is always sent.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(
    rename_all(deserialize = "snake_case", serialize = "camelCase"),
    default,
    deny_unknown_fields
)]
pub(crate) struct CallerIdOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) selected: Option<String>,
    #[serde(skip_serializing_if = "Patch::is_keep", serialize_with = "or_empty")]
    pub(crate) custom_number: Patch<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) block_in_forward_calls_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) external_caller_id_name_policy: Option<String>,
    #[serde(skip_serializing_if = "Patch::is_keep", serialize_with = "or_empty")]
    pub(crate) custom_external_caller_id_name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep", serialize_with = "or_empty")]
    pub(crate) location_external_caller_id_name: Patch<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) additional_external_caller_id_direct_line_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) additional_external_caller_id_location_number_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Patch::is_keep", serialize_with = "or_empty")]
    pub(crate) additional_external_caller_id_custom_number: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep", serialize_with = "or_own_name")]
    pub(crate) direct_line_caller_id_name: Patch<DirectLineName>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub(crate) dial_by_first_name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub(crate) dial_by_last_name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub(crate) dial_by_name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep", serialize_with = "or_empty")]
    pub(crate) first_name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep", serialize_with = "or_empty")]
    pub(crate) last_name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep", serialize_with = "or_empty")]
    pub(crate) display_name: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep", serialize_with = "or_empty")]
    pub(crate) display_detail: Patch<String>,
    /// What an agent presents: another setting of a person, with a request of its own.
    #[serde(skip_serializing)]
    pub(crate) agent_selected_caller_id: Patch<String>,
}

/// Only few members of Webex's may be null; the others are unset with an empty text.
fn or_empty<S: Serializer>(
    patch: &Patch<String>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    let text = patch.change().flatten();
    serializer.serialize_str(text.map_or("", String::as_str))
}

/// Unset, the name of a direct line is that of its owner again, which is Webex's default.
fn or_own_name<S: Serializer>(
    patch: &Patch<DirectLineName>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    match patch.change().flatten() {
        Some(name) => name.serialize(serializer),
        None => DirectLineName {
            selection: Some("FIRSTNAME_LASTNAME".to_owned()),
            custom_name: None,
        }
        .serialize(serializer),
    }
}

/// What an agent presents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AgentOptions<'a> {
    /// Null for none.
    pub(crate) selected_caller_id: Option<&'a str>,
}

/// A trunk or route group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

/// How a location is to reach the public network: an `id`, or a trunk or route group on the premises.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(
    rename_all(deserialize = "snake_case", serialize = "camelCase"),
    default,
    deny_unknown_fields
)]
pub(crate) struct PstnConnection {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    premise_route_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    premise_route_id: Option<String>,
}

/// The calling side of a location: what its caller ID is, and what else can be set there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LocationOptions {
    pub(crate) announcement_language: Option<String>,
    pub(crate) calling_line_id_name: Option<String>,
    pub(crate) calling_line_id_number: Option<String>,
    pub(crate) connection: Option<Route>,
    pub(crate) external_caller_id_name: Option<String>,
    pub(crate) p_access_network_info: Option<String>,
    pub(crate) outside_dial_digit: Option<String>,
    pub(crate) enforce_outside_dial_digit: Option<bool>,
    pub(crate) routing_prefix: Option<String>,
    pub(crate) charge_number: Option<String>,
    pub(crate) pstn_connection: Option<PstnConnection>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(text: &str) -> ProviderData {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn an_unknown_option_is_refused_by_name() {
        let error = parse::<NumberOptions>(&data(r#"{"colour": "red"}"#)).unwrap_err();
        assert_eq!(error.fields()[0].field, "provider_options.colour");
        let wrong = data(r#"{"number_usage_type": "BOTH"}"#);
        let error = parse::<NumberOptions>(&wrong).unwrap_err();
        assert_eq!(
            error.fields()[0].field,
            "provider_options.number_usage_type"
        );
    }

    #[test]
    fn no_number_is_added_as_one_that_says_where_an_emergency_is() {
        let options = |usage: &str| {
            let text = format!(r#"{{"number_usage_type": "{usage}"}}"#);
            parse::<AddOptions>(&data(&text)).unwrap().check()
        };
        assert!(options("SERVICE").is_ok());
        let error = options("ELIN").unwrap_err();
        let field = "provider_options.number_usage_type";
        assert_eq!(error.fields()[0].field, field);
    }

    #[test]
    fn numbers_are_added_in_service_but_mobile_ones_are_not() {
        let state = |text: &str| parse::<AddOptions>(&data(text)).unwrap().state();
        assert_eq!(state("{}"), State::Active);
        assert_eq!(state(r#"{"number_type": "MOBILE"}"#), State::Inactive);
        assert_eq!(state(r#"{"state": "inactive"}"#), State::Inactive);
        assert_eq!(
            state(r#"{"number_type": "MOBILE", "state": "ACTIVE"}"#),
            State::Active
        );
    }

    #[test]
    fn the_options_of_a_caller_id_are_sent_in_webexs_spelling_and_null_unsets() {
        let text = r#"{"selected": "CUSTOM", "custom_number": "+14165550172",
            "dial_by_name": null, "agent_selected_caller_id": "x"}"#;
        let options: CallerIdOptions = parse(&data(text)).unwrap();
        assert_eq!(
            serde_json::to_string(&options).unwrap(),
            r#"{"selected":"CUSTOM","customNumber":"+14165550172","dialByName":null}"#
        );
    }
}
