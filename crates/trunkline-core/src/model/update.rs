//! Changes to a number.

use serde::{Deserialize, Deserializer, Serialize};

use crate::capability::NumberField;
use crate::model::{ProviderData, Routing};

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
    #[must_use]
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
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_null_and_a_value_are_three_things() {
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
