//! Caller IDs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use trunkline_core::{
    CallerId, CallerIdRequest, CallerIdUpdate, E164, Error, HttpMethod, Patch, ProviderData,
    Result, plain,
};
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::problem::SourceError;

/// A number that an account may present on outgoing calls, or wants to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CallerId)]
pub(crate) struct CallerIdDto {
    /// `{account}:{number}`, the same before and after the proof.
    #[schema(examples("us-main:+14155550177"))]
    pub(crate) id: String,
    /// The account.
    pub(crate) account: String,
    /// The number.
    #[schema(examples("+14155550177"))]
    pub(crate) number: Option<String>,
    /// Name.
    pub(crate) label: Option<String>,
    /// `pending`, `verified`, `failed` or `expired`.
    pub(crate) state: CallerIdStateDto,
    /// `call_enter_code`: the callee keys in `validation_code`; `call_submit_code`: the callee hears a code
    /// and you submit it; `directory`: no proof.
    pub(crate) method: CallerIdMethodDto,
    /// The digits that the callee must key in. `null` if it can't be told whether the call was made: ask for another.
    #[schema(examples("048213"))]
    pub(crate) validation_code: Option<String>,
    /// Digits sent after the call connects.
    pub(crate) extension: Option<String>,
    /// Seconds before the call is made.
    pub(crate) call_delay: Option<u8>,
    /// Told how the call went.
    pub(crate) status_callback: Option<String>,
    /// When the proof was started.
    pub(crate) created_at: Option<Timestamp>,
    /// When it succeeded.
    pub(crate) verified_at: Option<Timestamp>,
    /// What came back when the proof was started, if it left open whether the phone rings.
    pub(crate) error: Option<SourceError>,
    /// What has no unified place.
    #[schema(value_type = Object)]
    pub(crate) provider_data: ProviderData,
}

mirrors! {
    /// How far the proof of a caller ID has come.
    CallerIdStateDto as CallerIdState = trunkline_core::CallerIdState {
        Pending "pending", Verified "verified", Failed "failed", Expired "expired",
    }

    /// How a caller ID is proved.
    CallerIdMethodDto as CallerIdMethod = trunkline_core::CallerIdMethod {
        CallEnterCode "call_enter_code", CallSubmitCode "call_submit_code", Directory "directory",
    }
}

impl From<CallerId> for CallerIdDto {
    fn from(c: CallerId) -> Self {
        Self {
            id: c.id,
            account: c.account.into(),
            number: c.number,
            label: c.label,
            state: c.state.into(),
            method: c.method.into(),
            validation_code: c.validation_code,
            extension: c.extension,
            call_delay: c.call_delay,
            status_callback: c.status_callback,
            created_at: c.created_at,
            verified_at: c.verified_at,
            error: c.error.as_ref().map(SourceError::from),
            provider_data: c.provider_data,
        }
    }
}

/// Starts a proof: the carrier calls the number.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CallerIdRequest)]
pub(crate) struct CallerIdBody {
    /// The account that wants to present it.
    #[schema(examples("twilio"))]
    pub(crate) account: String,
    /// The number, E.164.
    #[schema(pattern = r"^\+[1-9][0-9]{1,14}$", examples("+14155550177"))]
    pub(crate) number: String,
    /// Name.
    #[serde(default)]
    #[schema(pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$", examples("Front desk"))]
    pub(crate) label: Option<String>,
    /// Seconds before the call is made (Twilio: 0 to 60).
    #[serde(default)]
    #[schema(maximum = 255)]
    pub(crate) call_delay: Option<u8>,
    /// Digits sent after the call connects.
    #[serde(default)]
    #[schema(pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    pub(crate) extension: Option<String>,
    /// Told by the carrier how the call went (Twilio), in place of trunkline, which asks the carrier then.
    #[serde(default)]
    #[schema(pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$", format = "uri")]
    pub(crate) status_callback: Option<String>,
    /// `GET` or `POST`, in either case.
    #[serde(default)]
    #[schema(pattern = "^([Gg][Ee][Tt]|[Pp][Oo][Ss][Tt])$", examples("POST"))]
    pub(crate) status_callback_method: Option<String>,
}

impl TryFrom<CallerIdBody> for CallerIdRequest {
    type Error = Error;

    fn try_from(body: CallerIdBody) -> Result<Self> {
        for (field, text) in [
            ("label", &body.label),
            ("extension", &body.extension),
            ("status_callback", &body.status_callback),
        ] {
            text.as_ref().map_or(Ok(()), |text| plain(field, text))?;
        }
        let method = body
            .status_callback_method
            .map(HttpMethod::try_from)
            .transpose();
        Ok(Self {
            number: body.number.parse::<E164>()?,
            label: body.label,
            call_delay: body.call_delay,
            extension: body.extension,
            status_callback: body.status_callback,
            status_callback_method: method
                .map_err(|_| Error::invalid("status_callback_method", "a method is GET or POST"))?,
        })
    }
}

/// Changes to a caller ID.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = CallerIdPatch, min_properties = 1)]
pub(crate) struct CallerIdPatchBody {
    /// Name.
    #[schema(value_type = Option<String>, pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$", examples("Reception"))]
    #[serde(default)]
    pub(crate) label: Patch<String>,
    /// What one carrier alone has, for example `selected` and `custom_number` at Webex.
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    pub(crate) provider_options: Patch<ProviderData>,
}

impl TryFrom<CallerIdPatchBody> for CallerIdUpdate {
    type Error = Error;

    fn try_from(body: CallerIdPatchBody) -> Result<Self> {
        if body.label.is_keep() && body.provider_options.is_keep() {
            return Err(Error::invalid("label", "nothing to change"));
        }
        if let Patch::Set(label) = &body.label {
            plain("label", label)?;
        }
        Ok(Self {
            label: body.label,
            provider_options: body.provider_options,
        })
    }
}

/// The code that the callee heard.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = VerifyRequest)]
pub(crate) struct VerifyBody {
    /// The digits.
    #[schema(examples("123456"))]
    pub(crate) code: String,
}
