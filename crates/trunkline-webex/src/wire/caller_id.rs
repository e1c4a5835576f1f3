//! The caller ID of a person, workspace or virtual line: a setting, and which numbers it can be set to.

use serde::{Deserialize, Serialize};
use trunkline_http::Unnamed;

use super::scalar::{lenient, lenient_list};
use super::{Flag, Text, Whole};

/// The whole setting. It is shown as it is in `provider_data`, in the spelling of the options that change it.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(
    rename_all(deserialize = "camelCase", serialize = "snake_case"),
    default
)]
pub(crate) struct CallerIdSetting {
    /// What `selected` can be set to.
    #[serde(
        deserialize_with = "lenient_list",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) types: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) selected: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) direct_number: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) extension_number: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) location_number: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) mobile_number: Text,
    #[serde(skip_serializing_if = "Flag::is_unset")]
    pub(crate) toll_free_location_number: Flag,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) custom_number: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) first_name: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) last_name: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) display_name: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) display_detail: Text,
    #[serde(skip_serializing_if = "Flag::is_unset")]
    pub(crate) block_in_forward_calls_enabled: Flag,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) external_caller_id_name_policy: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) custom_external_caller_id_name: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) location_external_caller_id_name: Text,
    #[serde(skip_serializing_if = "Flag::is_unset")]
    pub(crate) additional_external_caller_id_direct_line_enabled: Flag,
    #[serde(skip_serializing_if = "Flag::is_unset")]
    pub(crate) additional_external_caller_id_location_number_enabled: Flag,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) additional_external_caller_id_custom_number: Text,
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub(crate) direct_line_caller_id_name: Option<DirectLineName>,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) dial_by_first_name: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) dial_by_last_name: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) dial_by_name: Text,
}

/// The name that goes with the direct line.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(
    rename_all(deserialize = "camelCase", serialize = "snake_case"),
    default
)]
pub(crate) struct DirectLineName {
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) selection: Text,
    #[serde(skip_serializing_if = "Text::is_unset")]
    pub(crate) custom_name: Text,
}

impl Whole<CallerIdSetting> {
    /// The members that have no name here.
    pub(crate) fn unnamed(&self) -> Unnamed<'_> {
        const NAMED: [&str; 23] = [
            "types",
            "selected",
            "directNumber",
            "extensionNumber",
            "locationNumber",
            "mobileNumber",
            "tollFreeLocationNumber",
            "customNumber",
            "firstName",
            "lastName",
            "displayName",
            "displayDetail",
            "blockInForwardCallsEnabled",
            "externalCallerIdNamePolicy",
            "customExternalCallerIdName",
            "locationExternalCallerIdName",
            "additionalExternalCallerIdDirectLineEnabled",
            "additionalExternalCallerIdLocationNumberEnabled",
            "additionalExternalCallerIdCustomNumber",
            "directLineCallerIdName",
            "dialByFirstName",
            "dialByLastName",
            "dialByName",
        ];
        Unnamed::of(&self.raw, &NAMED)
    }
}

impl CallerIdSetting {
    /// The number that is presented.
    pub(crate) fn presented(&self) -> Option<&str> {
        let number = match self.selected.get()? {
            "DIRECT_LINE" => &self.direct_number,
            "LOCATION_NUMBER" => &self.location_number,
            "MOBILE_NUMBER" => &self.mobile_number,
            "CUSTOM" => &self.custom_number,
            _ => return None,
        };
        number.get()
    }

    /// Whether this can be selected; yes if Webex does not say.
    pub(crate) fn offers(&self, selected: &str) -> bool {
        let types = self.types.as_ref();
        types.is_none_or(|types| types.is_empty() || types.iter().any(|kind| kind == selected))
    }
}
