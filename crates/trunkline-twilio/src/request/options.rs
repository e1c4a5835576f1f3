//! What Twilio alone has: the `provider_options` of an order or update.

use serde::{Deserialize, Serialize};
use trunkline_core::{Error, HttpMethod, Patch, ProviderData, PurchaseOrder, Result};

use super::check;

/// Whether a number takes calls or faxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReceiveMode {
    Voice,
    Fax,
}

impl ReceiveMode {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Fax => "fax",
        }
    }
}

/// Twilio accepts it and, since October 2021, ignores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum EmergencyStatus {
    Active,
    Inactive,
}

impl EmergencyStatus {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
        }
    }
}

/// The writable fields of a number that have no unified name, spelled as in Twilio's answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NumberOptions {
    /// Moves the number to another account of the same parent.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    account_sid: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    address_sid: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    api_version: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    bundle_sid: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    emergency_status: Patch<EmergencyStatus>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    identity_sid: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    sms_application_sid: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    status_callback: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    status_callback_method: Patch<HttpMethod>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    trunk_sid: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    voice_application_sid: Patch<String>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    voice_caller_id_lookup: Patch<bool>,
    #[serde(skip_serializing_if = "Patch::is_keep")]
    voice_receive_mode: Patch<ReceiveMode>,
}

impl NumberOptions {
    /// Reads them.
    ///
    /// # Errors
    /// `InvalidRequest` naming `provider_options`, for an unknown member too.
    pub(crate) fn parse(data: &ProviderData) -> Result<Self> {
        let mut json = serde_json::Deserializer::from_str(data.as_json());
        serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            let field = match path.as_str() {
                "." | "?" => "provider_options".to_owned(),
                path => format!("provider_options.{path}"),
            };
            Error::invalid(field, error.into_inner().to_string())
        })
    }

    /// Those of an order, with its address.
    ///
    /// # Errors
    /// `InvalidRequest` if they can't be read, move the number elsewhere or name another address.
    pub(crate) fn of_order(order: &PurchaseOrder) -> Result<Self> {
        let mut options = Self::parse(&order.provider_options)?;
        if !options.account_sid.is_keep() {
            return Err(Error::invalid(
                "provider_options.account_sid",
                "a number can be moved only once it is held",
            ));
        }
        let Some(address) = &order.address_id else {
            options.check()?;
            return Ok(options);
        };
        if options
            .address_sid
            .change()
            .is_some_and(|other| other != Some(address))
        {
            return Err(Error::invalid(
                "provider_options.address_sid",
                "differs from address_id",
            ));
        }
        options.check()?;
        check::sid("address_id", "AD", address)?;
        options.address_sid = Patch::Set(address.clone());
        Ok(options)
    }

    /// What Twilio wants to see to sell a number.
    pub(crate) fn for_the_sale(&self) -> impl Iterator<Item = (&'static str, String)> {
        [
            ("AddressSid", &self.address_sid),
            ("BundleSid", &self.bundle_sid),
            ("IdentitySid", &self.identity_sid),
        ]
        .into_iter()
        .filter_map(|(name, sid)| Some((name, sid.change()??.clone())))
    }

    /// The rest, as options of the update that follows the sale.
    pub(crate) fn for_afterwards(self) -> Result<Patch<ProviderData>> {
        let rest = Self {
            address_sid: Patch::Keep,
            bundle_sid: Patch::Keep,
            identity_sid: Patch::Keep,
            ..self
        };
        if rest == Self::default() {
            return Ok(Patch::Keep);
        }
        ProviderData::of(&rest).map(Patch::Set)
    }

    /// Member, parameter and value of everything that changes. A cleared member goes back to
    /// Twilio's default.
    ///
    /// # Errors
    /// `InvalidRequest` for a sid or address that is none.
    pub(crate) fn changes(&self) -> Result<Vec<Change>> {
        if self.account_sid == Patch::Clear {
            return Err(Error::invalid(
                "provider_options.account_sid",
                "can't be unset",
            ));
        }
        self.check()?;
        let rows = self.texts().into_iter().chain(self.words());
        Ok(rows
            .filter_map(|(member, name, value)| Some((member, name, value?)))
            .collect())
    }

    /// Sids and addresses are what they should be.
    fn check(&self) -> Result<()> {
        const SIDS: [(&str, &str); 7] = [
            ("account_sid", "AC"),
            ("address_sid", "AD"),
            ("bundle_sid", "BU"),
            ("identity_sid", "RI"),
            ("sms_application_sid", "AP"),
            ("trunk_sid", "TK"),
            ("voice_application_sid", "AP"),
        ];
        for (member, _, value) in self.texts() {
            let (field, value) = (
                format!("provider_options.{member}"),
                value.unwrap_or_default(),
            );
            if member == "status_callback" {
                check::web_address(&field, &value)?;
            } else if let Some((_, prefix)) = SIDS.iter().find(|(name, _)| *name == member) {
                check::sid(&field, prefix, &value)?;
            }
        }
        Ok(())
    }

    fn texts(&self) -> [(&'static str, &'static str, Option<String>); 9] {
        let or = |patch: &Patch<String>, unset: &str| {
            let text = |value: Option<&String>| value.map_or(unset, String::as_str).to_owned();
            patch.change().map(text)
        };
        let text = |patch| or(patch, "");
        [
            ("account_sid", "AccountSid", text(&self.account_sid)),
            ("address_sid", "AddressSid", text(&self.address_sid)),
            (
                "api_version",
                "ApiVersion",
                or(&self.api_version, "2010-04-01"),
            ),
            ("bundle_sid", "BundleSid", text(&self.bundle_sid)),
            ("identity_sid", "IdentitySid", text(&self.identity_sid)),
            (
                "sms_application_sid",
                "SmsApplicationSid",
                text(&self.sms_application_sid),
            ),
            (
                "status_callback",
                "StatusCallback",
                text(&self.status_callback),
            ),
            ("trunk_sid", "TrunkSid", text(&self.trunk_sid)),
            (
                "voice_application_sid",
                "VoiceApplicationSid",
                text(&self.voice_application_sid),
            ),
        ]
    }

    fn words(&self) -> [(&'static str, &'static str, Option<String>); 4] {
        let lookup = |wanted: &bool| if *wanted { "true" } else { "false" };
        let method = |method: &HttpMethod| method.as_str();
        let status = word(&self.emergency_status, EmergencyStatus::as_str, "Inactive");
        let mode = word(&self.voice_receive_mode, ReceiveMode::as_str, "voice");
        let callback = word(&self.status_callback_method, method, "POST");
        let lookup = word(&self.voice_caller_id_lookup, lookup, "false");
        [
            ("emergency_status", "EmergencyStatus", status),
            ("status_callback_method", "StatusCallbackMethod", callback),
            ("voice_caller_id_lookup", "VoiceCallerIdLookup", lookup),
            ("voice_receive_mode", "VoiceReceiveMode", mode),
        ]
    }
}

/// Member, parameter and value.
type Change = (&'static str, &'static str, String);

fn word<T>(
    patch: &Patch<T>,
    name: impl Fn(&T) -> &'static str,
    unset: &'static str,
) -> Option<String> {
    patch
        .change()
        .map(|value| value.map_or(unset, name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<NumberOptions> {
        NumberOptions::parse(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn null_goes_back_to_the_default() {
        let options = parse(r#"{"bundle_sid": null, "voice_receive_mode": null}"#).unwrap();
        assert_eq!(
            options.changes().unwrap(),
            [
                ("bundle_sid", "BundleSid", String::new()),
                ("voice_receive_mode", "VoiceReceiveMode", "voice".to_owned())
            ]
        );
        assert!(
            parse(r#"{"account_sid": null}"#)
                .unwrap()
                .changes()
                .is_err()
        );
    }

    #[test]
    fn a_bad_value_names_its_member() {
        let error = parse(r#"{"voice_caller_id_lookup": "yes"}"#).unwrap_err();
        assert_eq!(
            error.fields()[0].field,
            "provider_options.voice_caller_id_lookup"
        );
        let error = parse(r#"{"voice_url": "https://a.example"}"#).unwrap_err();
        assert!(error.message().contains("voice_url"), "{error}");
    }

    #[test]
    fn methods_are_read_in_either_case() {
        let options = parse(r#"{"status_callback_method": "get"}"#).unwrap();
        assert_eq!(options.changes().unwrap()[0].2, "GET");
    }
}
