//! Changes to a number.

use serde::{Deserialize, Deserializer, Serialize};

use crate::capability::NumberField;
use crate::model::{Number, ProviderData, Routing};
use serde_json::{Map, Value};

/// One member of a merge patch (RFC 7396): left alone, cleared or set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Patch<T> {
    /// Absent: stays as it is.
    #[default]
    #[serde(skip)]
    Keep,
    /// `null`: unset.
    Clear,
    /// Set to this.
    Set(T),
}

impl<T> Patch<T> {
    /// Whether nothing changes.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// `Some` if something changes: the new value, `None` for cleared.
    pub const fn change(&self) -> Option<Option<&T>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }
}

impl<T> From<Option<T>> for Patch<T> {
    /// `None` keeps.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Keep, Self::Set)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| value.map_or(Self::Clear, Self::Set))
    }
}

/// Changes to the writable fields of a number. A field that the carrier can't express is
/// `unsupported` and nothing is sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NumberUpdate {
    /// Name given by the operator.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub label: Patch<String>,
    /// What happens to a call, whole: what the routing leaves out is unset.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub voice: Patch<Routing>,
    /// What happens to a message, whole.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub messaging: Patch<Routing>,
    /// The carrier's id of the address given to emergency services.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub emergency_address_id: Patch<String>,
    /// Name shown to the callee.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub caller_id_name: Patch<String>,
    /// The carrier's id of the place.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub location: Patch<String>,
    /// The carrier's id of the owner.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub owner: Patch<String>,
    /// In service or not: `active` or `inactive`.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub state: Patch<String>,
    /// Usable by everyone in the account.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub shared: Patch<bool>,
    /// What one carrier alone has: a JSON object that the adapter checks against its own type.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    pub provider_options: Patch<ProviderData>,
}

impl NumberUpdate {
    /// The fields that change.
    pub fn fields(&self) -> Vec<NumberField> {
        [
            (NumberField::Label, self.label.is_keep()),
            (NumberField::Voice, self.voice.is_keep()),
            (NumberField::Messaging, self.messaging.is_keep()),
            (
                NumberField::EmergencyAddressId,
                self.emergency_address_id.is_keep(),
            ),
            (NumberField::CallerIdName, self.caller_id_name.is_keep()),
            (NumberField::Location, self.location.is_keep()),
            (NumberField::Owner, self.owner.is_keep()),
            (NumberField::State, self.state.is_keep()),
            (NumberField::Shared, self.shared.is_keep()),
            (
                NumberField::ProviderOptions,
                self.provider_options.is_keep(),
            ),
        ]
        .into_iter()
        .filter_map(|(field, keep)| (!keep).then_some(field))
        .collect()
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.fields().is_empty()
    }

    /// The first field that a number has set to something else than what is wanted here, if any: a field that is unset
    /// on the number, or as wanted already, was changed by nobody. Of what one carrier alone has, the members of the
    /// same name in `provider_data` are compared.
    pub fn first_set_otherwise(&self, number: &Number) -> Option<NumberField> {
        let named = |label: &String| {
            let digits = |text: &str| {
                text.chars()
                    .filter(char::is_ascii_digit)
                    .collect::<String>()
            };
            let is_number = |text: &String| {
                let spelled = digits(text) == digits(label) && !label.contains(char::is_alphabetic);
                !text.is_empty() && spelled
            };
            *label == number.display_number || number.number.as_ref().is_some_and(is_number)
        };
        let owner = number.owner.as_ref().and_then(|owner| owner.id.as_ref());
        let state = number.state.as_str();
        let free = |field: NumberField| match field {
            NumberField::Label => {
                number.label.as_ref().is_none_or(named)
                    || is_as_wanted(&self.label, number.label.as_ref())
            }
            NumberField::Voice => is_routed_as(&self.voice, &number.voice),
            NumberField::Messaging => is_routed_as(&self.messaging, &number.messaging),
            NumberField::EmergencyAddressId => is_free(
                &self.emergency_address_id,
                number.emergency_address_id.as_ref(),
            ),
            NumberField::CallerIdName => {
                is_free(&self.caller_id_name, number.caller_id_name.as_ref())
            }
            NumberField::Location => is_free(&self.location, number.location.id.as_ref()),
            NumberField::Owner => is_free(&self.owner, owner),
            NumberField::State => {
                state == "active" || is_as_wanted(&self.state, Some(&state.to_owned()))
            }
            NumberField::Shared => {
                !number.shared || is_as_wanted(&self.shared, Some(&number.shared))
            }
            NumberField::ProviderOptions => self.has_same_options(&number.provider_data),
        };
        self.fields().into_iter().find(|field| !free(*field))
    }

    fn has_same_options(&self, data: &ProviderData) -> bool {
        let Some(Some(wanted)) = self.provider_options.change() else {
            return true;
        };
        let members = |data: &ProviderData| {
            serde_json::from_str::<Map<String, Value>>(data.as_json()).unwrap_or_default()
        };
        let has = members(data);
        members(wanted).iter().all(|(name, wanted)| {
            has.get(name).is_none_or(|value| {
                let unset = match value {
                    Value::Null | Value::Bool(false) => true,
                    Value::String(text) => text.is_empty(),
                    Value::Array(items) => items.is_empty(),
                    Value::Object(members) => members.is_empty(),
                    Value::Bool(true) | Value::Number(_) => false,
                };
                unset || value == wanted
            })
        })
    }
}

fn is_as_wanted<T: PartialEq>(wanted: &Patch<T>, is: Option<&T>) -> bool {
    wanted.change().is_none_or(|wanted| wanted == is)
}

fn is_free<T: PartialEq>(wanted: &Patch<T>, is: Option<&T>) -> bool {
    is.is_none() || is_as_wanted(wanted, is)
}

fn is_routed_as(wanted: &Patch<Routing>, is: &Routing) -> bool {
    *is == Routing::None || is_as_wanted(wanted, Some(is))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number() -> Number {
        let (account, provider) = ("a".parse().unwrap(), crate::ProviderName::new("twilio"));
        Number::new(
            account,
            provider,
            "PN1".into(),
            "+14155550100".parse().unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn field_that_somebody_else_has_set_is_found() {
        let wanted = NumberUpdate {
            label: Patch::Set("front desk".into()),
            voice: Patch::Set(Routing::Trunk { id: "TK1".into() }),
            ..NumberUpdate::default()
        };
        let mut number = number();
        assert_eq!(wanted.first_set_otherwise(&number), None);
        for default in ["(415) 555-0100", "+14155550100", "14155550100"] {
            number.label = Some(default.into());
            assert_eq!(wanted.first_set_otherwise(&number), None, "{default}");
        }
        number.label = Some("front desk".into());
        number.voice = Routing::Trunk { id: "TK2".into() };
        assert_eq!(
            wanted.first_set_otherwise(&number),
            Some(NumberField::Voice)
        );
        for label in ["sales", "sales (415) 555-0100"] {
            number.label = Some(label.into());
            let field = wanted.first_set_otherwise(&number);
            assert_eq!(field, Some(NumberField::Label), "{label}");
        }
    }

    #[test]
    fn options_are_compared_with_the_carriers_members_of_that_name() {
        let options = |json: &str| serde_json::from_str::<ProviderData>(json).unwrap();
        let wanted = NumberUpdate {
            provider_options: Patch::Set(options(r#"{"bundle_sid":"BU1"}"#)),
            ..NumberUpdate::default()
        };
        let mut number = number();
        for (data, set) in [
            ("{}", false),
            (r#"{"bundle_sid":null}"#, false),
            (r#"{"bundle_sid":"BU1"}"#, false),
            (r#"{"bundle_sid":"BU2"}"#, true),
        ] {
            number.provider_data = options(data);
            let field = set.then_some(NumberField::ProviderOptions);
            assert_eq!(wanted.first_set_otherwise(&number), field, "{data}");
        }
    }

    #[test]
    fn absent_null_and_value_are_distinguished() {
        let update: NumberUpdate =
            serde_json::from_str(r#"{"label":null,"emergency_address_id":"AD1"}"#).unwrap();
        assert_eq!(
            (update.label.change(), update.voice.is_keep()),
            (Some(None), true)
        );
        assert_eq!(
            update.fields(),
            [NumberField::Label, NumberField::EmergencyAddressId]
        );
        assert_eq!(
            serde_json::to_string(&update).unwrap(),
            r#"{"label":null,"emergency_address_id":"AD1"}"#
        );
    }
}
