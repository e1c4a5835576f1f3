//! The filters that Webex alone has, by its own names and words.

use serde::Deserialize;
use trunkline_core::{Error, ListQuery, Result};

/// The names in [`ListOptions`].
pub(crate) const LIST_OPTIONS: [&str; 15] = [
    "assigned",
    "details",
    "elin_enabled",
    "extension",
    "included_telephony_types",
    "number_type",
    "order",
    "owner_name",
    "owner_type",
    "phone_number_type",
    "reserved_number",
    "restricted_non_geo_numbers",
    "service_number",
    "start",
    "toll_free_numbers",
];

/// A closed set of Webex's words, written as they are.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        pub(super) enum $name {
            $(#[serde(rename = $word)] $variant),+
        }

        impl $name {
            pub(super) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words! {
    /// What can be asked for; the answer calls some of them otherwise.
    OwnerType {
        People = "PEOPLE",
        Place = "PLACE",
        AutoAttendant = "AUTO_ATTENDANT",
        CallQueue = "CALL_QUEUE",
        PagingGroup = "PAGING_GROUP",
        GroupPaging = "GROUP_PAGING",
        HuntGroup = "HUNT_GROUP",
        VoiceMessaging = "VOICE_MESSAGING",
        BroadworksAnywhere = "BROADWORKS_ANYWHERE",
        OfficeAnywhere = "OFFICE_ANYWHERE",
        ContactCenterLink = "CONTACT_CENTER_LINK",
        ContactCenterAdapter = "CONTACT_CENTER_ADAPTER",
        RouteList = "ROUTE_LIST",
        VoicemailGroup = "VOICEMAIL_GROUP",
        CollaborateBridge = "COLLABORATE_BRIDGE",
        VirtualLine = "VIRTUAL_LINE",
    }
}

words! {
    /// With a number, or an extension.
    NumberKind {
        Number = "NUMBER",
        Extension = "EXTENSION",
    }
}

words! {
    /// Which of the numbers of its owner it is.
    PhoneNumberType {
        Primary = "PRIMARY",
        Alternate = "ALTERNATE",
        Fax = "FAX",
        Dnis = "DNIS",
        Default = "Default",
    }
}

words! {
    /// Public network or mobile.
    TelephonyType {
        Pstn = "PSTN_NUMBER",
        Mobile = "MOBILE_NUMBER",
    }
}

words! {
    /// The sort order.
    Order {
        LastName = "lastName",
        LastNameAsc = "lastName-asc",
        LastNameDesc = "lastName-desc",
        Dn = "dn",
        DnAsc = "dn-asc",
        DnDesc = "dn-desc",
        Extension = "extension",
        ExtensionAsc = "extension-asc",
        ExtensionDesc = "extension-desc",
    }
}

/// What Webex alone can filter by.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ListOptions {
    pub(super) assigned: Option<bool>,
    pub(super) details: Option<bool>,
    pub(super) elin_enabled: Option<bool>,
    pub(super) extension: Option<String>,
    pub(super) included_telephony_types: Option<TelephonyType>,
    pub(super) number_type: Option<NumberKind>,
    pub(super) order: Option<Order>,
    pub(super) owner_name: Option<String>,
    pub(super) owner_type: Option<OwnerType>,
    pub(super) phone_number_type: Option<PhoneNumberType>,
    pub(super) reserved_number: Option<bool>,
    pub(super) restricted_non_geo_numbers: Option<bool>,
    pub(super) service_number: Option<bool>,
    pub(super) start: Option<usize>,
    pub(super) toll_free_numbers: Option<bool>,
}

impl ListOptions {
    /// Refuses what Webex does not take together.
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
