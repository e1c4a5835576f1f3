//! Numbers that an account may present on outgoing calls, and the proof of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::{AccountName, E164, HttpMethod, Patch, ProviderData};

/// How far a proof has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallerIdState {
    /// The callee has not answered yet.
    Pending,
    /// It may be presented.
    Verified,
    /// The callee refused, was busy or gave the wrong code.
    Failed,
    /// Nobody answered in time.
    Expired,
}

/// How a proof works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallerIdMethod {
    /// The carrier gives us the code and the callee keys it in (Twilio).
    CallEnterCode,
    /// The callee hears the code and we submit it (SignalWire).
    CallSubmitCode,
    /// The account's own directory; no proof (Wazo, Webex).
    Directory,
}

/// A number that an account may present, or wants to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallerId {
    /// `{account}:{number}`, the same before and after the proof.
    pub id: String,
    /// The account.
    pub account: AccountName,
    /// The number.
    pub number: Option<String>,
    /// Name given by the operator.
    pub label: Option<String>,
    /// How far the proof has come.
    pub state: CallerIdState,
    /// How the proof works.
    pub method: CallerIdMethod,
    /// The digits the callee must key in, leading zeros included.
    pub validation_code: Option<String>,
    /// Digits sent after the call connects.
    pub extension: Option<String>,
    /// Seconds before the call is made.
    pub call_delay: Option<u8>,
    /// Told how the call went.
    pub status_callback: Option<String>,
    /// When the proof was started.
    pub created_at: Option<Timestamp>,
    /// When it succeeded.
    pub verified_at: Option<Timestamp>,
    /// What came back when the proof was started, if it left open whether the phone rings.
    #[serde(default)]
    pub error: Option<Error>,
    /// What has no unified place.
    #[serde(default)]
    pub provider_data: ProviderData,
}

impl CallerId {
    /// A caller ID of which only this is known.
    #[must_use]
    pub fn new(
        account: AccountName,
        number: E164,
        method: CallerIdMethod,
        state: CallerIdState,
    ) -> Self {
        Self {
            id: format!("{account}:{number}"),
            account,
            number: Some(number.as_str().to_owned()),
            label: None,
            state,
            method,
            validation_code: None,
            extension: None,
            call_delay: None,
            status_callback: None,
            created_at: None,
            verified_at: None,
            error: None,
            provider_data: ProviderData::default(),
        }
    }
}

/// Starts a proof: the carrier calls the number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallerIdRequest {
    /// The number to be presented.
    pub number: E164,
    /// Name; the carrier's own format of the number if absent.
    pub label: Option<String>,
    /// Seconds before the call is made.
    pub call_delay: Option<u8>,
    /// Digits sent after the call connects.
    pub extension: Option<String>,
    /// Told how the call went.
    pub status_callback: Option<String>,
    /// Method of the status callback.
    pub status_callback_method: Option<HttpMethod>,
}

impl CallerIdRequest {
    /// A request for this number with nothing else said.
    #[must_use]
    pub const fn new(number: E164) -> Self {
        Self {
            number,
            label: None,
            call_delay: None,
            extension: None,
            status_callback: None,
            status_callback_method: None,
        }
    }
}

/// Changes a caller ID.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallerIdUpdate {
    /// Name.
    pub label: Patch<String>,
    /// What one carrier alone has: a JSON object that the adapter checks against its own type.
    pub provider_options: Patch<ProviderData>,
}
