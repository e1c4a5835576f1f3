//! Numbers held, and numbers on offer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trunkline_core::{
    Error, Features, Location, Money, Number, NumberUpdate, Owner, Patch, ProviderData, Result,
    plain,
};
use trunkline_engine::{Found, NumberPatch};
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::routing::{AnyRouting, RoutingDto, RoutingPatch};

/// A phone number, or bare extension, that an account holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Number)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, named in JSON"
)]
pub(crate) struct NumberDto {
    /// `{account}:{id at the carrier}`.
    #[schema(examples("us-main:PN00000000000000000000000000000001"))]
    pub(crate) id: String,
    /// The account that holds it.
    #[schema(examples("us-main"))]
    pub(crate) account: String,
    /// The provider of that account.
    #[schema(examples("twilio"))]
    pub(crate) provider: String,
    /// The carrier's own id.
    pub(crate) provider_id: String,
    /// E.164 where the carrier has it, else the digits as the carrier keeps them; `null` for a bare extension.
    #[schema(examples("+14155550100"))]
    pub(crate) number: Option<String>,
    /// Extension.
    pub(crate) extension: Option<String>,
    /// As people in its country write it.
    #[schema(examples("(415) 555-0100"))]
    pub(crate) display_number: String,
    /// ISO 3166-1 alpha-2.
    #[schema(examples("US"))]
    pub(crate) country: Option<String>,
    /// `local`, `mobile`, `toll_free`, `national`, `shared_cost`, `voip`, `extension`, or a carrier's own word.
    #[schema(examples("local"))]
    pub(crate) number_type: String,
    /// What it can do.
    pub(crate) features: FeaturesDto,
    /// `active`, `inactive`, `pending`, `releasing`, `released`, or the carrier's own word.
    #[schema(examples("active"))]
    pub(crate) state: String,
    /// Name given by the operator.
    #[schema(examples("Support line"))]
    pub(crate) label: Option<String>,
    /// Name shown to the callee.
    pub(crate) caller_id_name: Option<String>,
    /// The main number of the account or location.
    pub(crate) main: bool,
    /// Usable by everyone in the account.
    pub(crate) shared: bool,
    /// Carried by somebody else.
    pub(crate) external: bool,
    /// For a service, not for people.
    pub(crate) service_number: bool,
    /// Where it is.
    pub(crate) location: LocationDto,
    /// Who it is assigned to.
    pub(crate) owner: Option<OwnerDto>,
    /// What happens to a call.
    #[schema(value_type = AnyRouting)]
    pub(crate) voice: RoutingDto,
    /// What happens to a message.
    #[schema(value_type = AnyRouting)]
    pub(crate) messaging: RoutingDto,
    /// The carrier's id of the address given to emergency services.
    pub(crate) emergency_address_id: Option<String>,
    /// `none`, `any`, `local` or `foreign`.
    #[schema(examples("none"))]
    pub(crate) address_requirement: String,
    /// Price of a month.
    pub(crate) monthly_price: Option<MoneyDto>,
    /// When it was purchased.
    pub(crate) purchased_at: Option<Timestamp>,
    /// When it was last changed.
    pub(crate) updated_at: Option<Timestamp>,
    /// When it is billed next.
    pub(crate) next_billing_at: Option<Timestamp>,
    /// What has no unified place.
    #[schema(value_type = Object)]
    pub(crate) provider_data: ProviderData,
    /// Your own labels.
    pub(crate) tags: Vec<String>,
    /// Never released while set.
    pub(crate) protected: bool,
    /// When a release that can still be undone takes place.
    pub(crate) release_at: Option<Timestamp>,
    /// Whether that release was due more than a day ago and is not sent by itself: release the number again to let it
    /// go on, or restore it.
    pub(crate) release_held: bool,
}

/// What a number can do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Features)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "five independent abilities, named in JSON"
)]
pub(crate) struct FeaturesDto {
    /// Calls.
    pub(crate) voice: bool,
    /// Text messages.
    pub(crate) sms: bool,
    /// Multimedia messages.
    pub(crate) mms: bool,
    /// Faxes.
    pub(crate) fax: bool,
    /// Calls to emergency services with a registered address.
    pub(crate) emergency: bool,
}

impl From<Features> for FeaturesDto {
    fn from(f: Features) -> Self {
        Self {
            voice: f.voice,
            sms: f.sms,
            mms: f.mms,
            fax: f.fax,
            emergency: f.emergency,
        }
    }
}

/// Where a number is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Location)]
pub(crate) struct LocationDto {
    /// The carrier's id of the place.
    pub(crate) id: Option<String>,
    /// The carrier's name of the place.
    pub(crate) name: Option<String>,
    /// State or province.
    #[schema(examples("CA"))]
    pub(crate) region: Option<String>,
    /// City.
    #[schema(examples("San Francisco"))]
    pub(crate) locality: Option<String>,
    /// Postal code.
    pub(crate) postal_code: Option<String>,
    /// Degrees north.
    pub(crate) latitude: Option<f64>,
    /// Degrees east.
    pub(crate) longitude: Option<f64>,
    /// Rate centre.
    pub(crate) rate_center: Option<String>,
}

impl From<Location> for LocationDto {
    fn from(l: Location) -> Self {
        Self {
            id: l.id,
            name: l.name,
            region: l.region,
            locality: l.locality,
            postal_code: l.postal_code,
            latitude: l.latitude,
            longitude: l.longitude,
            rate_center: l.rate_center,
        }
    }
}

/// Who a number is assigned to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Owner)]
pub(crate) struct OwnerDto {
    /// The carrier's id of the owner.
    pub(crate) id: Option<String>,
    /// What it is, in the carrier's words.
    pub(crate) kind: String,
    /// Its name.
    pub(crate) name: Option<String>,
}

impl From<Owner> for OwnerDto {
    fn from(o: Owner) -> Self {
        Self {
            id: o.id,
            kind: o.kind,
            name: o.name,
        }
    }
}

/// An amount of money.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Money)]
pub(crate) struct MoneyDto {
    /// A decimal, as text.
    #[schema(pattern = r"^-?[0-9]+(\.[0-9]+)?$", examples("1.15"))]
    pub(crate) amount: String,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$", examples("USD"))]
    pub(crate) currency: String,
}

impl From<Money> for MoneyDto {
    fn from(money: Money) -> Self {
        Self {
            amount: money.amount.to_string(),
            currency: money.currency.code().to_owned(),
        }
    }
}

mirrors! {
    /// Where a price comes from.
    PriceSourceDto as PriceSource = trunkline_core::PriceSource {
        Carrier "carrier", Config "config", Unknown "unknown",
    }
}

impl From<Number> for NumberDto {
    fn from(n: Number) -> Self {
        Self {
            id: n.id.into(),
            account: n.account.into(),
            provider: n.provider.to_string(),
            provider_id: n.provider_id,
            number: n.number,
            extension: n.extension,
            display_number: n.display_number,
            country: n.country.map(String::from),
            number_type: n.number_type.into(),
            features: n.features.into(),
            state: n.state.into(),
            label: n.label,
            caller_id_name: n.caller_id_name,
            main: n.main,
            shared: n.shared,
            external: n.external,
            service_number: n.service_number,
            location: n.location.into(),
            owner: n.owner.map(OwnerDto::from),
            voice: n.voice.into(),
            messaging: n.messaging.into(),
            emergency_address_id: n.emergency_address_id,
            address_requirement: n.address_requirement.into(),
            monthly_price: n.monthly_price.map(MoneyDto::from),
            purchased_at: n.purchased_at,
            updated_at: n.updated_at,
            next_billing_at: n.next_billing_at,
            provider_data: n.provider_data,
            tags: n.tags,
            protected: n.protected,
            release_at: n.release_at,
            release_held: n.release_held,
        }
    }
}

/// A number that an account could purchase, as it was quoted a moment ago.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AvailableNumber)]
pub(crate) struct AvailableNumberDto {
    /// What a purchase takes; yours alone, until it expires.
    #[schema(examples("of_..."))]
    pub(crate) offer: String,
    /// The account that offers it.
    #[schema(examples("us-main"))]
    pub(crate) account: String,
    /// The provider of that account.
    #[schema(examples("twilio"))]
    pub(crate) provider: String,
    /// E.164.
    #[schema(pattern = r"^\+[1-9][0-9]{1,14}$", examples("+14155550100"))]
    pub(crate) number: String,
    /// As people in its country write it.
    pub(crate) display_number: String,
    /// ISO 3166-1 alpha-2.
    pub(crate) country: Option<String>,
    /// As of a number held.
    #[schema(examples("local"))]
    pub(crate) number_type: String,
    /// What it can do.
    pub(crate) features: FeaturesDto,
    /// Where it is.
    pub(crate) location: LocationDto,
    /// The address that its purchase needs: `none`, `any`, `local` or `foreign`.
    #[schema(examples("none"))]
    pub(crate) address_requirement: String,
    /// Price of a month.
    pub(crate) monthly_price: Option<MoneyDto>,
    /// Price of the purchase itself.
    pub(crate) setup_price: Option<MoneyDto>,
    /// `carrier`, `config` or `unknown`.
    pub(crate) price_source: PriceSourceDto,
    /// When the offer expires: 15 minutes from now at most.
    pub(crate) expires_at: Timestamp,
    /// What has no unified place.
    #[schema(value_type = Object)]
    pub(crate) provider_data: ProviderData,
}

impl From<Found> for AvailableNumberDto {
    fn from(found: Found) -> Self {
        let n = found.available;
        Self {
            offer: found.offer,
            account: found.account.into(),
            provider: found.provider.to_string(),
            number: n.number.as_str().to_owned(),
            display_number: n.display_number,
            country: n.country.map(String::from),
            number_type: n.number_type.into(),
            features: n.features.into(),
            location: n.location.into(),
            address_requirement: n.address_requirement.into(),
            monthly_price: n.monthly_price.map(MoneyDto::from),
            setup_price: n.setup_price.map(MoneyDto::from),
            price_source: n.price_source.into(),
            expires_at: found.expires_at,
            provider_data: n.provider_data,
        }
    }
}

/// Changes to a number: a JSON merge patch (RFC 7396). What is left out stays, `null` unsets.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = NumberPatch, min_properties = 1)]
pub(crate) struct NumberPatchBody {
    /// Name given by the operator.
    #[schema(value_type = Option<String>, pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$", examples("Sales"))]
    #[serde(default)]
    pub(crate) label: Patch<String>,
    /// What happens to a call; merged, unless its `type` changes.
    #[schema(value_type = Option<RoutingPatch>)]
    #[serde(default)]
    pub(crate) voice: Patch<Value>,
    /// What happens to a message; merged likewise.
    #[schema(value_type = Option<RoutingPatch>)]
    #[serde(default)]
    pub(crate) messaging: Patch<Value>,
    /// The carrier's id of the address given to emergency services.
    #[schema(value_type = Option<String>, pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    #[serde(default)]
    pub(crate) emergency_address_id: Patch<String>,
    /// Name shown to the callee.
    #[schema(value_type = Option<String>, pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    #[serde(default)]
    pub(crate) caller_id_name: Patch<String>,
    /// The carrier's id of the place.
    #[schema(value_type = Option<String>, pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    #[serde(default)]
    pub(crate) location: Patch<String>,
    /// The carrier's id of the owner.
    #[schema(value_type = Option<String>, pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    #[serde(default)]
    pub(crate) owner: Patch<String>,
    /// `active` or `inactive`.
    #[schema(value_type = Option<String>, pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    #[serde(default)]
    pub(crate) state: Patch<String>,
    /// Usable by everyone in the account.
    #[schema(value_type = Option<bool>)]
    #[serde(default)]
    pub(crate) shared: Patch<bool>,
    /// What one carrier alone has; unknown members are refused by name.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    pub(crate) provider_options: Patch<ProviderData>,
    /// Your own labels.
    #[schema(value_type = Option<Vec<String>>)]
    #[serde(default)]
    pub(crate) tags: Patch<Vec<String>>,
    /// Never released while set.
    pub(crate) protected: Option<bool>,
}

/// Most tags of a number.
const TAGS_MAX: usize = 50;

/// Longest tag, in bytes.
const TAG_MAX: usize = 128;

impl TryFrom<NumberPatchBody> for NumberPatch {
    type Error = Error;

    fn try_from(body: NumberPatchBody) -> Result<Self> {
        for (field, value) in [
            ("label", &body.label),
            ("caller_id_name", &body.caller_id_name),
            ("emergency_address_id", &body.emergency_address_id),
            ("location", &body.location),
            ("owner", &body.owner),
            ("state", &body.state),
        ] {
            if let Patch::Set(text) = value {
                plain(field, text)?;
            }
        }
        if let Patch::Set(tags) = &body.tags {
            if tags.len() > TAGS_MAX || tags.iter().any(|tag| tag.len() > TAG_MAX) {
                let most = format!("at most {TAGS_MAX} of at most {TAG_MAX} bytes");
                return Err(Error::invalid("tags", most));
            }
            tags.iter().try_for_each(|tag| plain("tags", tag))?;
        }
        let patch = Self {
            update: NumberUpdate {
                label: body.label,
                emergency_address_id: body.emergency_address_id,
                caller_id_name: body.caller_id_name,
                location: body.location,
                owner: body.owner,
                state: body.state,
                shared: body.shared,
                provider_options: body.provider_options,
                ..NumberUpdate::default()
            },
            voice: body.voice,
            messaging: body.messaging,
            tags: body.tags,
            protected: body.protected,
        };
        if patch == Self::default() {
            return Err(Error::invalid("body", "nothing to change"));
        }
        Ok(patch)
    }
}
