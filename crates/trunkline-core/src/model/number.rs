//! Numbers that an account holds.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::{
    AccountName, AddressRequirement, CountryCode, E164, Money, NumberId, NumberState, NumberType,
    ProviderData, ProviderName, Routing,
};

/// What a number can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "five independent abilities, named in JSON"
)]
#[serde(default)]
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
    pub fn cover(self, wanted: Self) -> bool {
        (self.voice || !wanted.voice)
            && (self.sms || !wanted.sms)
            && (self.mms || !wanted.mms)
            && (self.fax || !wanted.fax)
            && (self.emergency || !wanted.emergency)
    }

    /// Whether nothing is set.
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
    #[serde(default)]
    pub features: Features,
    /// What the carrier says of it.
    pub state: NumberState,
    /// Name given by the operator.
    pub label: Option<String>,
    /// Name shown to the callee.
    pub caller_id_name: Option<String>,
    /// The main number of the account or location.
    #[serde(default)]
    pub main: bool,
    /// Usable by everyone in the account.
    #[serde(default)]
    pub shared: bool,
    /// Carried by somebody else.
    #[serde(default)]
    pub external: bool,
    /// For a service, not for people.
    #[serde(default)]
    pub service_number: bool,
    /// Where it is.
    #[serde(default)]
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
    #[serde(default)]
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
    /// trunkline's own: whether that release is more than a day overdue and waits for a person.
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
    /// A number known by account and E.164 form; country, type and display form come from the numbering plan.
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
    pub fn e164(&self) -> Option<E164> {
        self.number.as_deref()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_cover_only_their_subset() {
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
