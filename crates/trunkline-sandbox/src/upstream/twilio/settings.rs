//! The settings of an owned number and the rules for changing them.

use super::error::{ApiError, Result};
use super::params::Params;
use super::text::{cut_name, is_sid, is_web_address};

/// What the holder of a number may set. Unset is an empty text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) friendly_name: String,
    /// The name that an empty one goes back to.
    default_name: String,
    pub(super) api_version: String,
    pub(super) voice_url: String,
    pub(super) voice_method: String,
    pub(super) voice_fallback_url: String,
    pub(super) voice_fallback_method: String,
    pub(super) voice_caller_id_lookup: bool,
    /// Shown only once it has been set.
    pub(super) voice_receive_mode: Option<String>,
    pub(super) voice_application_sid: String,
    pub(super) sms_url: String,
    pub(super) sms_method: String,
    pub(super) sms_fallback_url: String,
    pub(super) sms_fallback_method: String,
    pub(super) sms_application_sid: String,
    pub(super) status_callback: String,
    pub(super) status_callback_method: String,
    pub(super) trunk_sid: String,
    pub(super) address_sid: String,
    pub(super) emergency_address_sid: String,
    pub(super) bundle_sid: String,
    pub(super) identity_sid: String,
}

impl Settings {
    /// As after a purchase that says nothing but the number.
    pub(super) fn named(default_name: String) -> Self {
        let post = || "POST".to_owned();
        Self {
            friendly_name: default_name.clone(),
            default_name,
            api_version: "2010-04-01".to_owned(),
            voice_url: String::new(),
            voice_method: post(),
            voice_fallback_url: String::new(),
            voice_fallback_method: post(),
            voice_caller_id_lookup: false,
            voice_receive_mode: None,
            voice_application_sid: String::new(),
            sms_url: String::new(),
            sms_method: post(),
            sms_fallback_url: String::new(),
            sms_fallback_method: post(),
            sms_application_sid: String::new(),
            status_callback: String::new(),
            status_callback_method: post(),
            trunk_sid: String::new(),
            address_sid: String::new(),
            emergency_address_sid: String::new(),
            bundle_sid: String::new(),
            identity_sid: String::new(),
        }
    }

    /// These settings with what `params` change. `has_address` tells whether the account has such an address.
    pub(super) fn changed(
        &self,
        params: &Params,
        has_address: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        let mut new = self.clone();
        if let Some(name) = params.get("FriendlyName") {
            let name = Some(name).filter(|name| !name.is_empty());
            new.friendly_name = cut_name(name.unwrap_or(&self.default_name));
        }
        new.change_urls(params)?;
        new.change_methods(params)?;
        new.change_sids(params)?;
        new.change_modes(params)?;
        for (name, slot) in [
            ("AddressSid", &mut new.address_sid),
            ("EmergencyAddressSid", &mut new.emergency_address_sid),
        ] {
            if let Some(sid) = params.get(name) {
                if !sid.is_empty() && !has_address(sid) {
                    return Err(ApiError::bad(
                        20_423,
                        format!("{name} {sid} is not an address of this account"),
                    ));
                }
                sid.clone_into(slot);
            }
        }
        new.check_fallbacks(params)?;
        Ok(new)
    }

    fn change_urls(&mut self, params: &Params) -> Result<()> {
        for (name, slot) in [
            ("VoiceUrl", &mut self.voice_url),
            ("VoiceFallbackUrl", &mut self.voice_fallback_url),
            ("SmsUrl", &mut self.sms_url),
            ("SmsFallbackUrl", &mut self.sms_fallback_url),
            ("StatusCallback", &mut self.status_callback),
        ] {
            if let Some(url) = params.get(name) {
                if !url.is_empty() && !is_web_address(url) {
                    return Err(ApiError::bad(
                        21_402,
                        format!("{name} is not a valid URL: {url}"),
                    ));
                }
                url.clone_into(slot);
            }
        }
        Ok(())
    }

    fn change_methods(&mut self, params: &Params) -> Result<()> {
        for (name, slot) in [
            ("VoiceMethod", &mut self.voice_method),
            ("VoiceFallbackMethod", &mut self.voice_fallback_method),
            ("SmsMethod", &mut self.sms_method),
            ("SmsFallbackMethod", &mut self.sms_fallback_method),
            ("StatusCallbackMethod", &mut self.status_callback_method),
        ] {
            match params.get(name) {
                None => {}
                Some("") => "POST".clone_into(slot),
                Some(method) => {
                    check_method(name, method)?;
                    method.clone_into(slot);
                }
            }
        }
        Ok(())
    }

    fn change_sids(&mut self, params: &Params) -> Result<()> {
        for (name, prefix, code, slot) in [
            (
                "VoiceApplicationSid",
                "AP",
                21_420,
                &mut self.voice_application_sid,
            ),
            (
                "SmsApplicationSid",
                "AP",
                21_420,
                &mut self.sms_application_sid,
            ),
            ("TrunkSid", "TK", 20_423, &mut self.trunk_sid),
            ("BundleSid", "BU", 21_650, &mut self.bundle_sid),
            ("IdentitySid", "RI", 20_423, &mut self.identity_sid),
        ] {
            if let Some(sid) = params.get(name) {
                if !sid.is_empty() && !is_sid(prefix, sid) {
                    return Err(ApiError::bad(code, format!("{name} {sid} is not valid")));
                }
                sid.clone_into(slot);
            }
        }
        // A call can go to a trunk or to an application: setting one takes the other away.
        if params.filled("TrunkSid").is_some() {
            self.voice_application_sid.clear();
        } else if params.filled("VoiceApplicationSid").is_some() {
            self.trunk_sid.clear();
        }
        Ok(())
    }

    fn change_modes(&mut self, params: &Params) -> Result<()> {
        if let Some(lookup) = params.flag("VoiceCallerIdLookup")? {
            self.voice_caller_id_lookup = lookup;
        }
        match params.filled("VoiceReceiveMode") {
            None => {}
            Some(mode @ ("voice" | "fax")) => self.voice_receive_mode = Some(mode.to_owned()),
            Some(other) => return Err(ApiError::parameter("VoiceReceiveMode", other)),
        }
        match params.filled("ApiVersion") {
            None => {}
            Some(version @ ("2010-04-01" | "2008-08-01")) => {
                version.clone_into(&mut self.api_version)
            }
            Some(other) => return Err(ApiError::parameter("ApiVersion", other)),
        }
        // Checked, then ignored: the carrier has kept no such switch for years.
        match params.filled("EmergencyStatus") {
            None | Some("Active" | "Inactive") => Ok(()),
            Some(other) => Err(ApiError::parameter("EmergencyStatus", other)),
        }
    }

    fn check_fallbacks(&self, params: &Params) -> Result<()> {
        for (code, name, url, fallback) in [
            (
                21_405,
                "VoiceFallbackUrl",
                &self.voice_url,
                &self.voice_fallback_url,
            ),
            (
                21_406,
                "SmsFallbackUrl",
                &self.sms_url,
                &self.sms_fallback_url,
            ),
        ] {
            if params.filled(name).is_some() && url.is_empty() && !fallback.is_empty() {
                return Err(ApiError::bad(
                    code,
                    format!("{name} needs the URL that it stands in for"),
                ));
            }
        }
        Ok(())
    }
}

/// Only these two, in capitals.
pub(super) fn check_method(name: &str, method: &str) -> Result<()> {
    if matches!(method, "GET" | "POST") {
        return Ok(());
    }
    Err(ApiError::bad(
        21_403,
        format!("{name} is not a valid HTTP method: {method}"),
    ))
}
