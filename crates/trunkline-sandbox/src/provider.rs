//! The carriers a sandbox can fake, and the names of what they are asked.

use std::fmt;
use std::str::FromStr;

/// A kind of carrier API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProviderKind {
    /// Twilio's REST API of 2010-04-01.
    Twilio,
    /// `SignalWire`'s relay REST API.
    SignalWire,
    /// Zendesk Talk.
    Zendesk,
    /// Webex Calling.
    Webex,
    /// Wazo: auth and confd.
    Wazo,
}

impl ProviderKind {
    /// Every kind, in the order of the ports.
    pub const ALL: [Self; 5] = [
        Self::Twilio,
        Self::SignalWire,
        Self::Zendesk,
        Self::Webex,
        Self::Wazo,
    ];

    /// The name used in paths, faults and configuration: `twilio`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::SignalWire => "signalwire",
            Self::Zendesk => "zendesk",
            Self::Webex => "webex",
            Self::Wazo => "wazo",
        }
    }

    /// Where the kind stands in [`ProviderKind::ALL`], from 0. Its port is the base port plus one more than this.
    pub const fn index(self) -> u8 {
        match self {
            Self::Twilio => 0,
            Self::SignalWire => 1,
            Self::Zendesk => 2,
            Self::Webex => 3,
            Self::Wazo => 4,
        }
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ProviderKind {
    type Err = UnknownProvider;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or(UnknownProvider)
    }
}

/// The name is not one of the five carriers'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownProvider;

impl fmt::Display for UnknownProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown provider: one of twilio, signalwire, zendesk, webex, wazo is wanted")
    }
}

impl std::error::Error for UnknownProvider {}

/// What a carrier may be asked, as faults and ledgers name it: first the operations of the provider trait, then the
/// resources around them. `other` is any request that is none of these.
pub const OPERATIONS: &[&str] = &[
    "search_available",
    "purchase",
    "register",
    "register_range",
    "list",
    "get",
    "update",
    "release",
    "get_main",
    "set_main",
    "start_caller_id",
    "complete_caller_id",
    "resend_caller_id",
    "list_caller_ids",
    "get_caller_id",
    "update_caller_id",
    "delete_caller_id",
    "list_countries",
    "list_prices",
    "get_balance",
    "get_account",
    "create_address",
    "list_addresses",
    "get_address",
    "update_address",
    "delete_address",
    "dependent_numbers",
    "list_locations",
    "get_location",
    "validate_numbers",
    "get_pstn_connection",
    "get_job",
    "authenticate",
    "refresh_token",
    "health",
    "other",
];

/// The stored name of `operation`, if it is one. A carrier can't see why it is asked for a list, so that `find_owned`
/// stands for `list`; `*` stands for every operation.
pub(crate) fn operation(name: &str) -> Option<&'static str> {
    match name {
        "*" => Some("*"),
        "find_owned" => Some("list"),
        _ => OPERATIONS.iter().copied().find(|known| *known == name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_parses_back_to_its_kind() {
        for kind in ProviderKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert_eq!("vonage".parse::<ProviderKind>(), Err(UnknownProvider));
    }

    #[test]
    fn find_owned_is_a_list_to_the_carrier() {
        assert_eq!(operation("find_owned"), Some("list"));
        assert_eq!(operation("teleport"), None);
    }
}
