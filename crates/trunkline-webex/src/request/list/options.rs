//! The filters that Webex alone has, by its own names and words.

use serde::{Deserialize, Serialize};
use trunkline_core::{Error, ListQuery, Result};

/// The kinds of owners that can be asked for; the answer names some of them otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum OwnerType {
    People,
    Place,
    AutoAttendant,
    CallQueue,
    PagingGroup,
    GroupPaging,
    HuntGroup,
    VoiceMessaging,
    BroadworksAnywhere,
    OfficeAnywhere,
    ContactCenterLink,
    ContactCenterAdapter,
    RouteList,
    VoicemailGroup,
    CollaborateBridge,
    VirtualLine,
}

/// With a number, or an extension.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum NumberKind {
    Number,
    Extension,
}

/// Which of the numbers of its owner it is.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum PhoneNumberType {
    Primary,
    Alternate,
    Fax,
    Dnis,
    #[serde(rename = "Default")]
    Default,
}

/// Public network or mobile.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub(crate) enum TelephonyType {
    #[serde(rename = "PSTN_NUMBER")]
    Pstn,
    #[serde(rename = "MOBILE_NUMBER")]
    Mobile,
}

/// The sort order.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Order {
    LastName,
    #[serde(rename = "lastName-asc")]
    LastNameAsc,
    #[serde(rename = "lastName-desc")]
    LastNameDesc,
    Dn,
    #[serde(rename = "dn-asc")]
    DnAsc,
    #[serde(rename = "dn-desc")]
    DnDesc,
    Extension,
    #[serde(rename = "extension-asc")]
    ExtensionAsc,
    #[serde(rename = "extension-desc")]
    ExtensionDesc,
}

trunkline_http::options! {
    /// What Webex alone can filter by; written, the query of its list.
    #[serde(rename_all(serialize = "camelCase"))]
    pub(crate) struct ListOptions {
        assigned: Option<bool>,
        details: Option<bool>,
        elin_enabled: Option<bool>,
        extension: Option<String>,
        included_telephony_types: Option<TelephonyType>,
        number_type: Option<NumberKind>,
        order: Option<Order>,
        owner_name: Option<String>,
        owner_type: Option<OwnerType>,
        phone_number_type: Option<PhoneNumberType>,
        reserved_number: Option<bool>,
        restricted_non_geo_numbers: Option<bool>,
        service_number: Option<bool>,
        start: Option<usize>,
        toll_free_numbers: Option<bool>,
    }
}

impl ListOptions {
    /// Rejects filters that Webex does not take together.
    pub(super) fn check(&self, query: &ListQuery) -> Result<()> {
        let refused = |name: &str, why: &str| {
            Err(Error::invalid(
                format!("provider_options.{name}"),
                format!("{why} (a rule of Webex)"),
            ))
        };
        let available = query.available == Some(true);
        if self.number_type.is_some() && (available || query.state.is_some()) {
            return refused("number_type", "not together with available or state");
        }
        if self.owner_type.is_some() && available {
            return refused("owner_type", "not together with available");
        }
        if self.reserved_number.is_some() && query.available.is_some() {
            return refused("reserved_number", "not together with available");
        }
        if self.assigned.is_some() && query.available.is_some() {
            return refused(
                "assigned",
                "not together with available, which says the same",
            );
        }
        let too_long = |name: &String| name.chars().count() > 255;
        if self.owner_name.as_ref().is_some_and(too_long) {
            return refused("owner_name", "at most 255 characters");
        }
        Ok(())
    }
}
