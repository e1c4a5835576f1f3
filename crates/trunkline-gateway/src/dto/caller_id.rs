//! Caller IDs.

use jiff::Timestamp;
use serde::Deserialize;
use trunkline_core::{
    CallerId, CallerIdRequest, CallerIdUpdate, E164, Error, HttpMethod, Patch, ProviderData,
    Result, plain,
};
use utoipa::ToSchema;

use crate::dto::closed_set::mirrors;
use crate::dto::convert::dtos;
use crate::dto::problem::SourceError;

mirrors! {
    /// State of a caller ID.
    CallerIdStateDto as CallerIdState = trunkline_core::CallerIdState {
        Pending "pending", Verified "verified", Failed "failed", Expired "expired",
    }

    /// How a caller ID is verified.
    CallerIdMethodDto as CallerIdMethod = trunkline_core::CallerIdMethod {
        CallEnterCode "call_enter_code", CallSubmitCode "call_submit_code", Directory "directory",
    }
}

dtos! {
    /// A number that an account may present on outgoing calls, or that is being verified for that.
    pub(crate) CallerIdDto as CallerId = CallerId, |c| {
        /// `{account}:{number}`, the same before and after verification.
        #[schema(examples("twilio:+14155550177"))]
        id: String,
        /// The account.
        account: String,
        /// The number.
        #[schema(examples("+14155550177"))]
        number: Option<String>,
        /// Label.
        label: Option<String>,
        /// `pending`, `verified`, `failed` or `expired`.
        state: CallerIdStateDto,
        /// `call_enter_code`: the callee keys in `validation_code`. `call_submit_code`: the callee hears a code and you
        /// submit it. `directory`: nothing has to be verified here.
        method: CallerIdMethodDto,
        /// The digits that the callee must key in. `null` if it is unknown whether the call was made: ask for another call.
        #[schema(examples("048213"))]
        validation_code: Option<String>,
        /// Digits sent after the call connects.
        extension: Option<String>,
        /// Seconds before the call is made.
        call_delay: Option<u8>,
        /// URL that gets the outcome of the call.
        status_callback: Option<String>,
        /// When verification started.
        created_at: Option<Timestamp>,
        /// When verification succeeded.
        verified_at: Option<Timestamp>,
        /// What came back when verification started, if it is unknown whether the phone rings.
        error: Option<SourceError>,
        /// The carrier's own fields.
        #[schema(value_type = Object)]
        provider_data: ProviderData,
    }
}

/// Starts a verification: the carrier calls the number.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CallerIdRequest)]
pub(crate) struct CallerIdBody {
    /// The account that shall present the number.
    #[schema(examples("twilio"))]
    pub(crate) account: String,
    /// The number, E.164.
    #[schema(pattern = r"^\+[1-9][0-9]{1,14}$", examples("+14155550177"))]
    pub(crate) number: String,
    /// Label.
    #[schema(pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$", examples("Front desk"))]
    pub(crate) label: Option<String>,
    /// Seconds before the call is made, where the carrier can wait.
    #[schema(maximum = 255)]
    pub(crate) call_delay: Option<u8>,
    /// Digits sent after the call connects.
    #[schema(pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$")]
    pub(crate) extension: Option<String>,
    /// URL that gets the outcome of the call from the carrier, where it calls back. trunkline then asks the carrier for the
    /// outcome instead of being called back.
    #[schema(pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$", format = "uri")]
    pub(crate) status_callback: Option<String>,
    /// `GET` or `POST`, in either case.
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
        let method = body.status_callback_method.map(HttpMethod::try_from);
        let method = method
            .transpose()
            .map_err(|_| Error::invalid("status_callback_method", "GET or POST"))?;
        Ok(Self {
            number: body.number.parse::<E164>()?,
            label: body.label,
            call_delay: body.call_delay,
            extension: body.extension,
            status_callback: body.status_callback,
            status_callback_method: method,
        })
    }
}

/// Changes to a caller ID.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = CallerIdPatch, min_properties = 1)]
pub(crate) struct CallerIdPatchBody {
    /// Label.
    #[schema(value_type = Option<String>, pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$", examples("Reception"))]
    #[serde(default)]
    pub(crate) label: Patch<String>,
    /// Options of the carrier, for example which number an owner shows.
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
