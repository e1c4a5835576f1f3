//! The filters that Webex alone has, by its own names and words.

use trunkline_core::{Error, ListQuery, Result};

/// The kinds of owners that can be asked for, with a space between two; the answer names some of them otherwise.
const OWNERS: &str = "PEOPLE PLACE AUTO_ATTENDANT CALL_QUEUE PAGING_GROUP GROUP_PAGING HUNT_GROUP VOICE_MESSAGING \
                      BROADWORKS_ANYWHERE OFFICE_ANYWHERE CONTACT_CENTER_LINK CONTACT_CENTER_ADAPTER ROUTE_LIST \
                      VOICEMAIL_GROUP COLLABORATE_BRIDGE VIRTUAL_LINE";

/// The orders that a list can be sorted in.
const ORDERS: &str =
    "lastName lastName-asc lastName-desc dn dn-asc dn-desc extension extension-asc extension-desc";

trunkline_http::options! {
    /// What Webex alone can filter by; written, the query of its list.
    #[serde(rename_all(serialize = "camelCase"))]
    pub(crate) struct ListOptions {
        assigned: Option<bool>,
        details: Option<bool>,
        elin_enabled: Option<bool>,
        extension: Option<String>,
        included_telephony_types: Option<String>,
        number_type: Option<String>,
        order: Option<String>,
        owner_name: Option<String>,
        owner_type: Option<String>,
        phone_number_type: Option<String>,
        reserved_number: Option<bool>,
        restricted_non_geo_numbers: Option<bool>,
        service_number: Option<bool>,
        start: Option<usize>,
        toll_free_numbers: Option<bool>,
    }
}

impl ListOptions {
    /// Rejects words that Webex does not know, and filters that it does not take together.
    pub(super) fn check(&self, query: &ListQuery) -> Result<()> {
        let refused = |name: &str, why: &str| {
            let field = format!("provider_options.{name}");
            Err(Error::invalid(field, format!("{why} (a rule of Webex)")))
        };
        let telephony = &self.included_telephony_types;
        for (name, word, known) in [
            (
                "included_telephony_types",
                telephony,
                "PSTN_NUMBER MOBILE_NUMBER",
            ),
            ("number_type", &self.number_type, "NUMBER EXTENSION"),
            ("order", &self.order, ORDERS),
            ("owner_type", &self.owner_type, OWNERS),
            (
                "phone_number_type",
                &self.phone_number_type,
                "PRIMARY ALTERNATE FAX DNIS Default",
            ),
        ] {
            let is_known = |word: &String| known.split(' ').any(|other| other == word);
            if !word.as_ref().is_none_or(is_known) {
                return refused(name, &format!("one of {}", known.replace(' ', ", ")));
            }
        }
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
            let why = "not together with available, which says the same";
            return refused("assigned", why);
        }
        let too_long = |name: &String| name.chars().count() > 255;
        if self.owner_name.as_ref().is_some_and(too_long) {
            return refused("owner_name", "at most 255 characters");
        }
        Ok(())
    }
}
