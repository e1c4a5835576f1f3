//! Sets of names that carriers may add to: a value that is not known here is kept as it came.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! open_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($(#[$vmeta])* $variant,)+
            /// A value of the carrier's that is kept as it came.
            Other(String),
        }

        impl $name {
            /// Every known value.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),+];

            /// Reads a name as people write it, in any case and with a dash, a blank or nothing for the underscore.
            #[must_use]
            pub fn read(text: &str) -> Self {
                let bare = |text: &str| text.to_ascii_lowercase().replace(['_', '-', ' '], "");
                let mut known = Self::KNOWN.iter();
                let found = known.find(|known| bare(known.as_str()) == bare(text));
                found.cloned().unwrap_or_else(|| Self::from(text))
            }

            /// The name used in JSON.
            pub fn as_str(&self) -> &str {
                match self { $(Self::$variant => $text,)+ Self::Other(text) => text }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text { $($text => Self::$variant,)+ _ => Self::Other(text.to_owned()) }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() { $($text => Self::$variant,)+ _ => Self::Other(text) }
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

open_enum! {
    /// Kind of number, by the numbering plan or the carrier.
    NumberType {
        /// Geographic.
        Local = "local",
        /// Mobile.
        Mobile = "mobile",
        /// Free for the caller.
        TollFree = "toll_free",
        /// Of a whole country, without a place.
        National = "national",
        /// Paid by caller and callee.
        SharedCost = "shared_cost",
        /// For internet telephony.
        Voip = "voip",
        /// Inside an organization only.
        Extension = "extension",
    }
}

open_enum! {
    /// What the carrier says of a number.
    NumberState {
        /// In service.
        Active = "active",
        /// Held, but not in service.
        Inactive = "inactive",
        /// On its way.
        Pending = "pending",
        /// On its way out.
        Releasing = "releasing",
        /// Gone.
        Released = "released",
    }
}

open_enum! {
    /// The address that a purchase needs.
    AddressRequirement {
        /// None.
        None = "none",
        /// An address anywhere.
        Any = "any",
        /// An address in the country of the number.
        Local = "local",
        /// An address outside of it.
        Foreign = "foreign",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_value_survives_a_round_trip() {
        let kind: NumberType = serde_json::from_str("\"machine_to_machine\"").unwrap();
        assert_eq!(kind, NumberType::Other("machine_to_machine".to_owned()));
        assert_eq!(
            serde_json::to_string(&kind).unwrap(),
            "\"machine_to_machine\""
        );
    }
}
