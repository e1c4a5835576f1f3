//! The carriers a sandbox can fake, and the names of what they are asked.

use std::fmt;
use std::str::FromStr;

/// A carrier that the sandbox fakes: one of [`ProviderKind::ALL`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderKind(u8);

impl ProviderKind {
    pub(crate) const fn at(index: u8) -> Self {
        Self(index)
    }

    /// Where the carrier stands in [`ProviderKind::ALL`], from 0. Its port is the base port plus one more than this.
    pub const fn index(self) -> u8 {
        self.0
    }
}

impl fmt::Debug for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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

/// The name is not that of a fake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownProvider;

impl fmt::Display for UnknownProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = ProviderKind::ALL.map(ProviderKind::name).join(", ");
        write!(f, "unknown provider: use one of {known}")
    }
}

impl std::error::Error for UnknownProvider {}

/// Makes the list of traits: each with what a carrier does that lacks it.
macro_rules! traits {
    ($($(#[$doc:meta])* $name:ident: $lack:literal,)*) => {
        /// What some carriers have and others don't. Faults, clocks and settings that need more than a carrier has are
        /// refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Trait { $($(#[$doc])* $name),* }

        impl Trait {
            const fn lack(self) -> &'static str {
                match self { $(Self::$name => $lack),* }
            }
        }
    };
}

traits! {
    /// Sells numbers.
    Shop: "sells no numbers",
    /// Numbers have ids.
    NumberIds: "has no ids of numbers",
    /// Issues tokens.
    TokenEndpoint: "has no token endpoint",
    /// Pages are found by an offset.
    OffsetPages: "finds pages by a token, not by an offset",
    /// Pages name other pages by links.
    PageLinks: "has no links between pages",
    /// Lists name how many rows there are.
    Totals: "names no total in its lists",
    /// Rows name the time of their creation.
    CreationTimes: "never says when a number was created",
    /// Times may be local ones that name no zone.
    LocalTimes: "always names the zone of times",
    /// A list of numbers may have a row without one.
    RowsWithoutNumber: "has no rows without a number",
    /// Some lists have page sizes that the reference doesn't declare.
    UndeclaredPageSizes: "declares its page sizes",
    /// A list of numbers can be narrowed down to one number.
    NumberFilter: "can't list one number alone",
    /// A number must be kept for some days before it can be released.
    Cooldown: "takes numbers back at any time",
    /// What is answered with 429 was certainly not done.
    CleanThrottling: "may have done what it answers with 429",
}

impl ProviderKind {
    /// Whether a carrier has this.
    pub fn has(self, what: Trait) -> bool {
        self.descriptor().traits.contains(&what)
    }

    /// What a carrier lacks, in words; `None` if it has this.
    pub(crate) fn lacks(self, what: Trait) -> Option<String> {
        (!self.has(what)).then(|| format!("{self} {}", what.lack()))
    }
}

/// What a carrier may be asked, as faults and ledgers name it: first the operations of the provider trait, then the
/// resources around them. `other` is any other request.
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

/// The stored name of `operation`, if there is one of that name. A carrier can't see why it is asked for a list, so that `find_owned`
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
    fn every_name_is_read_back_as_its_kind() {
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
