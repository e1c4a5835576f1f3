//! Numbers held, and numbers on offer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trunkline_core::{
    Error, Features, Location, Money, Number, NumberUpdate, Owner, Patch, ProviderData, Result,
    Routing, plain,
};
use trunkline_engine::inventory::TagChange;
use trunkline_engine::{Found, NumberPatch};
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::convert::dtos;

mirrors! {
    /// Where a price comes from.
    PriceSourceDto as PriceSource = trunkline_core::PriceSource {
        Carrier "carrier", Config "config", Unknown "unknown",
    }
}

dtos! {
    /// A phone number, or bare extension, that an account holds.
    pub(crate) NumberDto as Number = Number, |n| {
        /// `{account}:{id at the carrier}`.
        #[schema(examples("twilio:PN00000000000000000000000000000001"))]
        id: String,
        /// The account that holds it.
        #[schema(examples("twilio"))]
        account: String,
        /// The provider of that account.
        provider: String,
        /// The carrier's own id.
        provider_id: String,
        /// E.164 where the carrier has it, else the digits as the carrier keeps them; `null` for a bare extension.
        #[schema(examples("+14152000137"))]
        number: Option<String>,
        /// Extension.
        extension: Option<String>,
        /// The number as it is written in its country.
        #[schema(examples("(415) 555-0100"))]
        display_number: String,
        /// ISO 3166-1 alpha-2.
        #[schema(examples("US"))]
        country: Option<String>,
        /// `local`, `mobile`, `toll_free`, `national`, `shared_cost`, `voip`, `extension`, or a type of the carrier's own.
        #[schema(examples("local"))]
        number_type: String,
        /// What it can do.
        features: FeaturesDto,
        /// `active`, `inactive`, `pending`, `releasing`, `released`, or a state of the carrier's own.
        #[schema(examples("active"))]
        state: String,
        /// Label.
        #[schema(examples("Support line"))]
        label: Option<String>,
        /// Name shown to the callee.
        caller_id_name: Option<String>,
        /// True for the main number of the account or location.
        main: bool,
        /// True when everyone in the account may use it.
        shared: bool,
        /// True when another carrier carries it.
        external: bool,
        /// True for a number of a service, not of a person.
        service_number: bool,
        /// Where it is.
        location: LocationDto,
        /// Who it is assigned to.
        owner: Option<OwnerDto>,
        /// Routing of calls.
        #[schema(value_type = crate::openapi::AnyRouting)]
        voice: Routing,
        /// Routing of messages.
        #[schema(value_type = crate::openapi::AnyRouting)]
        messaging: Routing,
        /// The carrier's id of the address for emergency calls.
        emergency_address_id: Option<String>,
        /// Address that the number needs: `none`, `any`, `local` or `foreign`.
        #[schema(examples("none"))]
        address_requirement: String,
        /// Monthly price.
        monthly_price: Option<MoneyDto>,
        /// When it was purchased.
        purchased_at: Option<Timestamp>,
        /// When it was last changed.
        updated_at: Option<Timestamp>,
        /// When it is billed next.
        next_billing_at: Option<Timestamp>,
        /// The carrier's own fields.
        #[schema(value_type = Object)]
        provider_data: ProviderData,
        /// Your own tags.
        tags: Vec<String>,
        /// True when it can't be released.
        protected: bool,
        /// When a pending release takes place, which can still be undone.
        release_at: Option<Timestamp>,
        /// True when that release was due more than a day ago and is not sent by itself: release the number again to go
        /// on, or restore it.
        release_held: bool,
    }

    /// What a number can do.
    pub(crate) FeaturesDto as Features = Features, |features| {
        /// Calls.
        voice: bool,
        /// Text messages.
        sms: bool,
        /// Multimedia messages.
        mms: bool,
        /// Faxes.
        fax: bool,
        /// Emergency calls with a registered address.
        emergency: bool,
    }

    /// Where a number is.
    pub(crate) LocationDto as Location = Location, |location| {
        /// The carrier's id of the location.
        id: Option<String>,
        /// The carrier's name of the location.
        name: Option<String>,
        /// State or province.
        #[schema(examples("CA"))]
        region: Option<String>,
        /// City.
        #[schema(examples("San Francisco"))]
        locality: Option<String>,
        /// Postal code.
        postal_code: Option<String>,
        /// Degrees north.
        latitude: Option<f64>,
        /// Degrees east.
        longitude: Option<f64>,
        /// Rate centre.
        rate_center: Option<String>,
    }

    /// Who a number is assigned to.
    pub(crate) OwnerDto as Owner = Owner, |owner| {
        /// The carrier's id of the owner.
        id: Option<String>,
        /// The kind of owner, as the carrier calls it.
        kind: String,
        /// Its name.
        name: Option<String>,
    }

    /// An amount of money.
    pub(crate) MoneyDto as Money = Money, |money| {
        /// A decimal, as text.
        #[schema(pattern = r"^-?[0-9]+(\.[0-9]+)?$", examples("1.15"))]
        amount: String = format_args!("{}", money.amount),
        /// ISO 4217.
        #[schema(pattern = "^[A-Z]{3}$", examples("USD"))]
        currency: String = money.currency.code(),
    }

    /// A number on sale at an account, as just quoted.
    pub(crate) AvailableNumberDto as AvailableNumber = Found, |found| {
        /// Send this to purchase it. It is valid for your key alone, until it expires.
        #[schema(examples("of_..."))]
        offer: String,
        /// The account that offers it.
        #[schema(examples("twilio"))]
        account: String,
        /// The provider of that account.
        provider: String,
        /// E.164.
        #[schema(pattern = r"^\+[1-9][0-9]{1,14}$", examples("+14152000137"))]
        number: String = found.available.number,
        /// The number as it is written in its country.
        display_number: String = found.available.display_number,
        /// ISO 3166-1 alpha-2.
        country: Option<String> = found.available.country,
        /// As of a number held.
        #[schema(examples("local"))]
        number_type: String = found.available.number_type,
        /// What it can do.
        features: FeaturesDto = found.available.features,
        /// Where it is.
        location: LocationDto = found.available.location,
        /// The address that its purchase needs: `none`, `any`, `local` or `foreign`.
        #[schema(examples("none"))]
        address_requirement: String = found.available.address_requirement,
        /// Monthly price.
        monthly_price: Option<MoneyDto> = found.available.monthly_price,
        /// Setup price.
        setup_price: Option<MoneyDto> = found.available.setup_price,
        /// `carrier`, `config` or `unknown`.
        price_source: PriceSourceDto = found.available.price_source,
        /// When the offer expires: at most 15 minutes from now.
        expires_at: Timestamp,
        /// The carrier's own fields.
        #[schema(value_type = Object)]
        provider_data: ProviderData = found.available.provider_data,
    }
}

/// A release that can still be undone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PendingRelease)]
pub(crate) struct PendingReleaseDto {
    /// The number's id.
    #[schema(examples("twilio:PN00000000000000000000000000000001"))]
    pub(crate) id: String,
    /// When it is given back, unless it is restored before.
    pub(crate) release_at: Timestamp,
}

/// Changes to a number: a JSON merge patch (RFC 7396). Fields that are left out stay as they are, `null` unsets.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = NumberPatch, min_properties = 1)]
pub(crate) struct NumberPatchBody {
    /// Label.
    #[schema(value_type = Option<String>, pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$", examples("Sales"))]
    #[serde(default)]
    pub(crate) label: Patch<String>,
    /// Routing of calls; merged, unless its `type` changes.
    #[schema(value_type = Option<crate::openapi::RoutingPatch>)]
    #[serde(default)]
    pub(crate) voice: Patch<Value>,
    /// Routing of messages; merged in the same way.
    #[schema(value_type = Option<crate::openapi::RoutingPatch>)]
    #[serde(default)]
    pub(crate) messaging: Patch<Value>,
    /// The carrier's id of the address for emergency calls.
    #[schema(value_type = Option<String>, pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    #[serde(default)]
    pub(crate) emergency_address_id: Patch<String>,
    /// Name shown to the callee.
    #[schema(value_type = Option<String>, pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    #[serde(default)]
    pub(crate) caller_id_name: Patch<String>,
    /// The carrier's id of the location.
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
    /// True when everyone in the account may use it.
    #[schema(value_type = Option<bool>)]
    #[serde(default)]
    pub(crate) shared: Patch<bool>,
    /// Options of the carrier. Unknown members are refused by name.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    pub(crate) provider_options: Patch<ProviderData>,
    /// Your own tags.
    #[schema(value_type = Option<Vec<String>>)]
    #[serde(default)]
    pub(crate) tags: Patch<Vec<String>>,
    /// True to make it impossible to release.
    pub(crate) protected: Option<bool>,
}

const TAGS_MAX: usize = TagChange::TAGS_MAX;
const TAG_MAX: usize = TagChange::TAG_MAX;

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
