//! The settings of an owned number and the rules for changing them.

use super::error::{ApiError, Result, refuse};
use super::text::{cut_name, is_sid};
use crate::query::Query;
use crate::text::is_web_address;

/// What values a setting takes.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// An empty one goes back to the default name.
    Name,
    Url,
    /// An empty one goes back to `POST`.
    Method,
    /// Prefix, and the code of the refusal.
    Sid(&'static str, u32),
    /// One of these; an empty one changes nothing.
    OneOf(&'static [&'static str]),
    /// Checked, then ignored.
    Ignored(&'static [&'static str]),
    Address,
}

/// A parameter that sets something, and the name under which it is shown.
#[derive(Debug)]
struct Field {
    name: &'static str,
    key: &'static str,
    kind: Kind,
}

const fn field(name: &'static str, key: &'static str, kind: Kind) -> Field {
    Field { name, key, kind }
}

const APPLICATION: Kind = Kind::Sid("AP", 21_420);
const FLAG: Kind = Kind::OneOf(&["true", "false"]);
const MODES: Kind = Kind::OneOf(&["voice", "fax"]);
const VERSIONS: Kind = Kind::OneOf(&["2010-04-01", "2008-08-01"]);
/// The carrier has kept no such switch for years.
const EMERGENCY: Kind = Kind::Ignored(&["Active", "Inactive"]);

/// In the order in which they are checked.
const FIELDS: &[Field] = &[
    field("FriendlyName", "friendly_name", Kind::Name),
    field("VoiceUrl", "voice_url", Kind::Url),
    field("VoiceFallbackUrl", "voice_fallback_url", Kind::Url),
    field("SmsUrl", "sms_url", Kind::Url),
    field("SmsFallbackUrl", "sms_fallback_url", Kind::Url),
    field("StatusCallback", "status_callback", Kind::Url),
    field("VoiceMethod", "voice_method", Kind::Method),
    field("VoiceFallbackMethod", "voice_fallback_method", Kind::Method),
    field("SmsMethod", "sms_method", Kind::Method),
    field("SmsFallbackMethod", "sms_fallback_method", Kind::Method),
    field(
        "StatusCallbackMethod",
        "status_callback_method",
        Kind::Method,
    ),
    field("VoiceApplicationSid", "voice_application_sid", APPLICATION),
    field("SmsApplicationSid", "sms_application_sid", APPLICATION),
    field("TrunkSid", "trunk_sid", Kind::Sid("TK", 20_423)),
    field("BundleSid", "bundle_sid", Kind::Sid("BU", 21_650)),
    field("IdentitySid", "identity_sid", Kind::Sid("RI", 20_423)),
    field("VoiceCallerIdLookup", "voice_caller_id_lookup", FLAG),
    field("VoiceReceiveMode", "voice_receive_mode", MODES),
    field("ApiVersion", "api_version", VERSIONS),
    field("EmergencyStatus", "emergency_status", EMERGENCY),
    field("AddressSid", "address_sid", Kind::Address),
    field(
        "EmergencyAddressSid",
        "emergency_address_sid",
        Kind::Address,
    ),
];

/// What the holder of a number has set: one value for each of [`FIELDS`], empty if unset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    values: Vec<String>,
    /// The name that an empty one goes back to.
    default_name: String,
}

impl Settings {
    /// As after a purchase with nothing but the number.
    pub(super) fn named(default_name: String) -> Self {
        let start = |field: &Field| match field.kind {
            Kind::Name => default_name.clone(),
            Kind::Method => "POST".to_owned(),
            _ if field.key == "api_version" => "2010-04-01".to_owned(),
            _ => String::new(),
        };
        Self {
            values: FIELDS.iter().map(start).collect(),
            default_name,
        }
    }

    /// The value of a setting, empty if it is unset.
    pub(super) fn get(&self, key: &str) -> &str {
        let at = FIELDS.iter().position(|field| field.key == key);
        at.and_then(|at| self.values.get(at))
            .map_or("", |value| value)
    }

    /// The value of a setting, if it is set.
    pub(super) fn filled(&self, key: &str) -> Option<&str> {
        Some(self.get(key)).filter(|value| !value.is_empty())
    }

    /// These settings by their keys, empty if unset.
    pub(super) fn texts(
        &self,
        keys: &[&'static str],
    ) -> impl Iterator<Item = (&'static str, &str)> {
        keys.iter().map(|key| (*key, self.get(key)))
    }

    /// These settings by their keys, null if unset.
    pub(super) fn nullable(
        &self,
        keys: &[&'static str],
    ) -> impl Iterator<Item = (&'static str, Option<&str>)> {
        keys.iter().map(|key| (*key, self.filled(key)))
    }

    fn clear(&mut self, key: &str) {
        for (field, value) in FIELDS.iter().zip(&mut self.values) {
            if field.key == key {
                value.clear();
            }
        }
    }

    /// These settings with what `params` change. `has_address` says whether the account has such an address.
    pub(super) fn changed(
        &self,
        params: &Query,
        has_address: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        let mut new = self.clone();
        for (field, value) in FIELDS.iter().zip(&mut new.values) {
            let Some(wanted) = params.get(field.name) else {
                continue;
            };
            field.check(wanted, &has_address)?;
            match (field.kind, wanted) {
                (Kind::Name, "") => *value = cut_name(&self.default_name),
                (Kind::Name, _) => *value = cut_name(wanted),
                (Kind::Method, "") => "POST".clone_into(value),
                (Kind::OneOf(_), "") | (Kind::Ignored(_), _) => {}
                _ => wanted.clone_into(value),
            }
        }
        // A call can go to a trunk or to an application: setting one takes the other away.
        if params.filled("TrunkSid").is_some() {
            new.clear("voice_application_sid");
        } else if params.filled("VoiceApplicationSid").is_some() {
            new.clear("trunk_sid");
        }
        for (code, name, url) in [
            (21_405, "VoiceFallbackUrl", "voice_url"),
            (21_406, "SmsFallbackUrl", "sms_url"),
        ] {
            if params.filled(name).is_some() && new.filled(url).is_none() {
                let message = format!("{name} needs the URL that it stands in for");
                return refuse(code, message);
            }
        }
        Ok(new)
    }
}

impl Field {
    fn check(&self, wanted: &str, has_address: impl Fn(&str) -> bool) -> Result<()> {
        let name = self.name;
        if wanted.is_empty() {
            return Ok(());
        }
        match self.kind {
            Kind::Url if !is_web_address(wanted) => {
                refuse(21_402, format!("{name} is not a valid URL: {wanted}"))
            }
            Kind::Method => check_method(name, wanted),
            Kind::Sid(prefix, code) if !is_sid(prefix, wanted) => {
                refuse(code, format!("{name} {wanted} is not valid"))
            }
            Kind::OneOf(known) | Kind::Ignored(known) if !known.contains(&wanted) => {
                Err(ApiError::parameter(name, wanted))
            }
            Kind::Address if !has_address(wanted) => {
                let message = format!("{name} {wanted} is not an address of this account");
                refuse(20_423, message)
            }
            _ => Ok(()),
        }
    }
}

/// Only these two, in capitals.
pub(super) fn check_method(name: &str, method: &str) -> Result<()> {
    if matches!(method, "GET" | "POST") {
        return Ok(());
    }
    let message = format!("{name} is not a valid HTTP method: {method}");
    refuse(21_403, message)
}
