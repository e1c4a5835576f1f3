//! What Webex alone has: the `provider_options` of a number, a registration and a caller ID, in Webex's words.

use serde::{Deserialize, Serialize, Serializer};
use trunkline_core::{Error, NumberState, Patch, ProviderData, Result};
use trunkline_http::options;

/// In service or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum State {
    #[serde(alias = "active")]
    Active,
    #[serde(alias = "inactive")]
    Inactive,
}

impl State {
    /// The state of the unified model. Errors: `InvalidRequest` naming `state`.
    pub(crate) fn of(text: &str) -> Result<Self> {
        match text {
            "active" => Ok(Self::Active),
            "inactive" => Ok(Self::Inactive),
            _ => Err(Error::invalid("state", "active or inactive")),
        }
    }
}

impl From<State> for NumberState {
    fn from(state: State) -> Self {
        match state {
            State::Active => Self::Active,
            State::Inactive => Self::Inactive,
        }
    }
}

/// What a number is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Usage {
    /// A standard number.
    None,
    /// A service number, for many calls at once.
    Service,
    /// An emergency location identification number: it says where an emergency call comes from.
    Elin,
}

impl Usage {
    /// The action at Webex that has a number used so.
    pub(crate) const fn action(self) -> &'static str {
        match self {
            Self::None => "modifyStandard",
            Self::Service => "modifyService",
            Self::Elin => "modifyElin",
        }
    }
}

/// A name that callees see.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub(crate) struct ShownName(String);

impl ShownName {
    /// # Errors
    /// `InvalidRequest` naming `label`.
    pub(crate) fn of_label(label: &str) -> Result<Self> {
        Self::try_from(label.to_owned()).map_err(|why| Error::invalid("label", why))
    }
}

impl TryFrom<String> for ShownName {
    type Error = &'static str;

    fn try_from(name: String) -> std::result::Result<Self, Self::Error> {
        let plain = |c: char| c.is_ascii() && !c.is_ascii_control() && !"%+\\\"".contains(c);
        name.chars()
            .all(plain)
            .then_some(Self(name))
            .ok_or(r#"plain ASCII without %, +, \ and " (a rule of Webex)"#)
    }
}

/// The kind of a number that is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum AddedType {
    /// Geographic.
    Did,
    Tollfree,
    Mobile,
}

options! {
    /// What numbers are added as.
    #[serde(rename_all(serialize = "camelCase"))]
    pub(crate) struct AddOptions {
        state: Option<State>,
        number_type: Option<AddedType>,
        number_usage_type: Option<Usage>,
        subscription_id: Option<String>,
        carrier_id: Option<String>,
    }

    /// Where emergency services are sent.
    #[serde(rename_all(serialize = "camelCase"))]
    pub(crate) struct EmergencyAddress {
        address1: Option<String>,
        address2: Option<String>,
        city: Option<String>,
        state: Option<String>,
        postal_code: Option<String>,
        country: Option<String>,
    }

    /// The writable fields of a number that have no unified name.
    pub(crate) struct NumberOptions {
        number_usage_type: Patch<Usage>,
        emergency_address: Patch<EmergencyAddress>,
    }

    /// The name that goes with a direct line.
    #[serde(rename_all(serialize = "camelCase"))]
    pub(crate) struct DirectLineName {
        selection: Option<String>,
        custom_name: Option<ShownName>,
    }

    /// The caller ID of an owner: every field of Webex's.
    #[serde(rename_all(serialize = "camelCase"))]
    pub(crate) struct CallerIdOptions {
        /// Sent with every change.
        selected: Option<String>,
        #[serde(serialize_with = "or_empty")]
        custom_number: Patch<String>,
        block_in_forward_calls_enabled: Option<bool>,
        external_caller_id_name_policy: Option<String>,
        #[serde(serialize_with = "or_empty")]
        custom_external_caller_id_name: Patch<ShownName>,
        #[serde(serialize_with = "or_empty")]
        location_external_caller_id_name: Patch<ShownName>,
        additional_external_caller_id_direct_line_enabled: Option<bool>,
        additional_external_caller_id_location_number_enabled: Option<bool>,
        #[serde(serialize_with = "or_empty")]
        additional_external_caller_id_custom_number: Patch<String>,
        #[serde(serialize_with = "or_own_name")]
        direct_line_caller_id_name: Patch<DirectLineName>,
        dial_by_first_name: Patch<ShownName>,
        dial_by_last_name: Patch<ShownName>,
        dial_by_name: Patch<ShownName>,
        #[serde(serialize_with = "or_empty")]
        first_name: Patch<String>,
        #[serde(serialize_with = "or_empty")]
        last_name: Patch<String>,
        #[serde(serialize_with = "or_empty")]
        display_name: Patch<String>,
        #[serde(serialize_with = "or_empty")]
        display_detail: Patch<String>,
        /// What an agent presents: another setting of a person, with a request of its own.
        agent_selected_caller_id: Patch<String>,
    }

    /// How a location is to reach the public network: an `id`, or a trunk or route group on the premises.
    #[serde(rename_all(serialize = "camelCase"))]
    pub(crate) struct PstnConnection {
        id: Option<String>,
        premise_route_type: Option<String>,
        premise_route_id: Option<String>,
    }

    /// The main number of a location and its name.
    #[serde(rename_all = "camelCase")]
    pub(crate) struct CallingLine {
        name: Option<String>,
        phone_number: Option<String>,
    }

    /// The calling side of a location: its caller ID, and what else can be set there.
    #[serde(rename_all(serialize = "camelCase"))]
    pub(crate) struct LocationOptions {
        announcement_language: Option<String>,
        /// Sent as part of `calling_line_id`, and so is the number.
        calling_line_id_name: Option<String>,
        calling_line_id_number: Option<String>,
        #[serde(skip_deserializing)]
        calling_line_id: Option<CallingLine>,
        connection: Option<Route>,
        external_caller_id_name: Option<ShownName>,
        p_access_network_info: Option<String>,
        outside_dial_digit: Option<String>,
        enforce_outside_dial_digit: Option<bool>,
        routing_prefix: Option<String>,
        charge_number: Option<String>,
        /// Sent with a request of its own.
        pstn_connection: Option<PstnConnection>,
    }
}

/// A trunk or route group.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

impl AddOptions {
    /// Reads the options of a registration. Numbers are added in service, but for mobile ones, which are put in service
    /// when they are assigned. Errors: `InvalidRequest` naming the option.
    pub(crate) fn read(data: &ProviderData) -> Result<Self> {
        let mut options: Self = options::read(data)?;
        if options.number_usage_type == Some(Usage::Elin) {
            let why = "numbers are added as NONE or SERVICE: make it ELIN by an update afterwards";
            return Err(Error::invalid("provider_options.number_usage_type", why));
        }
        options.state.get_or_insert(match options.number_type {
            Some(AddedType::Mobile) => State::Inactive,
            _ => State::Active,
        });
        Ok(options)
    }

    /// Whether the numbers are ordered from a mobile carrier, which costs money.
    pub(crate) fn orders(&self) -> bool {
        self.number_type == Some(AddedType::Mobile)
            || self.subscription_id.is_some()
            || self.carrier_id.is_some()
    }
}

impl LocationOptions {
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
}

/// Only few members of Webex's may be null; the others are unset with an empty text.
fn or_empty<T: Serialize, S: Serializer>(
    patch: &Patch<T>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    match patch {
        Patch::Set(value) => value.serialize(serializer),
        Patch::Keep | Patch::Clear => serializer.serialize_str(""),
    }
}

/// Unset, the name of a direct line is that of its owner again, which is Webex's default.
fn or_own_name<S: Serializer>(
    patch: &Patch<DirectLineName>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    let own_name = DirectLineName {
        selection: Some("FIRSTNAME_LASTNAME".to_owned()),
        custom_name: None,
    };
    patch
        .change()
        .flatten()
        .unwrap_or(&own_name)
        .serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(text: &str) -> ProviderData {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn unknown_option_is_rejected_by_name() {
        for (json, field) in [
            (r#"{"colour": "red"}"#, "provider_options.colour"),
            (
                r#"{"number_usage_type": "BOTH"}"#,
                "provider_options.number_usage_type",
            ),
        ] {
            let error = options::read::<NumberOptions>(&data(json)).unwrap_err();
            assert_eq!(error.fields()[0].field, field);
        }
    }

    #[test]
    fn numbers_are_not_added_as_emergency_locations() {
        let options = |usage: &str| {
            let text = format!(r#"{{"number_usage_type": "{usage}"}}"#);
            AddOptions::read(&data(&text))
        };
        assert!(options("SERVICE").is_ok());
        let error = options("ELIN").unwrap_err();
        let field = "provider_options.number_usage_type";
        assert_eq!(error.fields()[0].field, field);
    }

    #[test]
    fn numbers_are_added_in_service_but_mobile_ones_are_not() {
        let state = |text: &str| AddOptions::read(&data(text)).unwrap().state;
        assert_eq!(state("{}"), Some(State::Active));
        assert_eq!(state(r#"{"number_type": "MOBILE"}"#), Some(State::Inactive));
        assert_eq!(state(r#"{"state": "inactive"}"#), Some(State::Inactive));
        assert_eq!(
            state(r#"{"number_type": "MOBILE", "state": "ACTIVE"}"#),
            Some(State::Active)
        );
    }

    #[test]
    fn caller_id_options_are_sent_in_webexs_spelling_and_null_unsets() {
        let text = r#"{"selected": "CUSTOM", "custom_number": "+14165550172",
            "dial_by_name": null, "display_name": null, "direct_line_caller_id_name": null}"#;
        let options: CallerIdOptions = options::read(&data(text)).unwrap();
        assert_eq!(
            serde_json::to_string(&options).unwrap(),
            r#"{"selected":"CUSTOM","customNumber":"+14165550172","directLineCallerIdName":{"selection":"FIRSTNAME_LASTNAME"},"dialByName":null,"displayName":""}"#
        );
    }
}
