//! Numbers that an account holds.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, Result};
use crate::model::{AccountName, CountryCode, E164, Money, NumberId, ProviderName, Routing};

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
            #[must_use]
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

/// What a number can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "five independent abilities, named in JSON"
)]
pub struct Features {
    /// Calls.
    pub voice: bool,
    /// Text messages.
    pub sms: bool,
    /// Multimedia messages.
    pub mms: bool,
    /// Faxes.
    pub fax: bool,
    /// Calls to emergency services with a registered address.
    pub emergency: bool,
}

impl Features {
    /// Whether everything asked for is there.
    #[must_use]
    pub fn cover(self, wanted: Self) -> bool {
        (self.voice || !wanted.voice)
            && (self.sms || !wanted.sms)
            && (self.mms || !wanted.mms)
            && (self.fax || !wanted.fax)
            && (self.emergency || !wanted.emergency)
    }

    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// Where a number is, or is assigned to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// The carrier's id of the place (Webex).
    pub id: Option<String>,
    /// The carrier's name of the place (Webex).
    pub name: Option<String>,
    /// State or province.
    pub region: Option<String>,
    /// City.
    pub locality: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// Rate centre, by the carrier's abbreviation.
    pub rate_center: Option<String>,
}

/// Who a number is assigned to at the carrier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The carrier's id of the owner.
    pub id: Option<String>,
    /// What it is, in the carrier's words: `user`, `place`, `group`...
    pub kind: String,
    /// Its name.
    pub name: Option<String>,
}

/// What a carrier says about a thing and the unified model has no place for: a JSON object, kept as text.
#[derive(Clone, Default)]
pub struct ProviderData(Option<Box<RawValue>>);

impl ProviderData {
    /// Keeps a value of the adapter's own.
    ///
    /// # Errors
    /// `Internal` if the value can't be written as JSON.
    pub fn of<T: Serialize>(value: &T) -> Result<Self> {
        serde_json::value::to_raw_value(value)
            .map(|raw| Self(Some(raw)))
            .map_err(|e| {
                Error::new(ErrorKind::Internal, "provider data is not JSON").with_source(e)
            })
    }

    /// The JSON text; `{}` if there is nothing.
    #[must_use]
    pub fn as_json(&self) -> &str {
        self.0.as_ref().map_or("{}", |raw| raw.get())
    }
}

impl fmt::Debug for ProviderData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_json())
    }
}

impl PartialEq for ProviderData {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

impl Serialize for ProviderData {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(raw) => raw.serialize(serializer),
            None => serde::ser::SerializeMap::end(serializer.serialize_map(Some(0))?),
        }
    }
}

impl<'de> Deserialize<'de> for ProviderData {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not as raw text: inside a tagged enum serde has parsed it already.
        let object = serde_json::Map::<String, serde_json::Value>::deserialize(deserializer)?;
        Self::of(&object).map_err(serde::de::Error::custom)
    }
}

/// A phone number, or bare extension, that an account holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts of the carriers, named in JSON"
)]
pub struct Number {
    /// `{account}:{provider_id}`.
    pub id: NumberId,
    /// The account that holds it.
    pub account: AccountName,
    /// The provider of that account.
    pub provider: ProviderName,
    /// The carrier's own id.
    pub provider_id: String,
    /// E.164 where the carrier has it, else the digits as the carrier keeps them; absent for a bare extension.
    pub number: Option<String>,
    /// Extension.
    pub extension: Option<String>,
    /// As people in its country write it.
    pub display_number: String,
    /// Country.
    pub country: Option<CountryCode>,
    /// Type.
    pub number_type: NumberType,
    /// What it can do.
    pub features: Features,
    /// What the carrier says of it.
    pub state: NumberState,
    /// Name given by the operator.
    pub label: Option<String>,
    /// Name shown to the callee.
    pub caller_id_name: Option<String>,
    /// The main number of the account or location.
    pub main: bool,
    /// Usable by everyone in the account.
    pub shared: bool,
    /// Carried by somebody else.
    pub external: bool,
    /// For a service, not for people.
    pub service_number: bool,
    /// Where it is.
    pub location: Location,
    /// Who it is assigned to.
    pub owner: Option<Owner>,
    /// What happens to a call.
    pub voice: Routing,
    /// What happens to a message.
    pub messaging: Routing,
    /// The carrier's id of the address given to emergency services.
    pub emergency_address_id: Option<String>,
    /// The address it needs.
    pub address_requirement: AddressRequirement,
    /// Price of a month.
    pub monthly_price: Option<Money>,
    /// When it was purchased.
    pub purchased_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// When it is billed next.
    pub next_billing_at: Option<Timestamp>,
    /// What has no unified place.
    pub provider_data: ProviderData,
    /// trunkline's own: labels for your use.
    #[serde(default)]
    pub tags: Vec<String>,
    /// trunkline's own: never released while set.
    #[serde(default)]
    pub protected: bool,
    /// trunkline's own: when a release that can still be undone takes place.
    #[serde(default)]
    pub release_at: Option<Timestamp>,
    /// trunkline's own: whether that release was due more than a day ago and waits for a person: to release the number
    /// again, or to restore it.
    #[serde(default)]
    pub release_held: bool,
}

/// The number in E.164 form, else the digits as the carrier keeps them; of a bare extension `ext-` and that, and the
/// carrier's id of what has neither.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.number, &self.extension) {
            (Some(number), _) => f.write_str(number),
            (None, Some(extension)) => write!(f, "ext-{extension}"),
            (None, None) => f.write_str(&self.provider_id),
        }
    }
}

impl Number {
    /// A number of which nothing is known but where it is held and its E.164 form; country, type and
    /// display form come from the numbering plan.
    ///
    /// # Errors
    /// `InvalidRequest` if the carrier's id makes no [`NumberId`].
    pub fn new(
        account: AccountName,
        provider: ProviderName,
        provider_id: String,
        number: E164,
    ) -> Result<Self> {
        let plan = number.describe();
        let mut new = Self::bare(account, provider, provider_id)?;
        new.number = Some(number.as_str().to_owned());
        new.display_number = plan.display;
        new.country = plan.country;
        new.number_type = plan.number_type;
        Ok(new)
    }

    /// A number of which only the carrier's id is known.
    ///
    /// # Errors
    /// `InvalidRequest` if the carrier's id makes no [`NumberId`].
    pub fn bare(account: AccountName, provider: ProviderName, provider_id: String) -> Result<Self> {
        Ok(Self {
            id: NumberId::of(&account, &provider_id)?,
            account,
            provider,
            provider_id,
            number: None,
            extension: None,
            display_number: String::new(),
            country: None,
            number_type: NumberType::Other("unknown".to_owned()),
            features: Features::default(),
            state: NumberState::Active,
            label: None,
            caller_id_name: None,
            main: false,
            shared: false,
            external: false,
            service_number: false,
            location: Location::default(),
            owner: None,
            voice: Routing::None,
            messaging: Routing::None,
            emergency_address_id: None,
            address_requirement: AddressRequirement::None,
            monthly_price: None,
            purchased_at: None,
            updated_at: None,
            next_billing_at: None,
            provider_data: ProviderData::default(),
            tags: Vec::new(),
            protected: false,
            release_at: None,
            release_held: false,
        })
    }

    /// The number in E.164 form, if it has one.
    #[must_use]
    pub fn e164(&self) -> Option<E164> {
        self.number.as_deref()?.parse().ok()
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

    #[test]
    fn provider_data_is_an_object() {
        let data: ProviderData = serde_json::from_str(r#"{"a":[1,"2"]}"#).unwrap();
        assert_eq!(serde_json::to_string(&data).unwrap(), r#"{"a":[1,"2"]}"#);
        assert!(serde_json::from_str::<ProviderData>("[]").is_err());
        assert_eq!(
            serde_json::to_string(&ProviderData::default()).unwrap(),
            "{}"
        );
    }

    #[test]
    fn features_cover_what_is_wanted_and_no_more() {
        let has = Features {
            voice: true,
            sms: true,
            ..Features::default()
        };
        assert!(has.cover(Features {
            sms: true,
            ..Features::default()
        }));
        assert!(!has.cover(Features {
            fax: true,
            ..Features::default()
        }));
    }
}
