//! What every request to Twilio is made of: paths, pages, forms, and checks of what it writes.

use std::fmt;

use trunkline_core::{E164, Error, ErrorKind, Result};
use trunkline_http::wire::Fields;
use trunkline_http::{ApiRequest, segment};

use crate::config::is_sid;

/// The numbers held, or with a sid one of them.
pub(crate) const NUMBERS: &str = "IncomingPhoneNumbers";
/// The verified caller IDs, or with a sid one of them.
pub(crate) const CALLER_IDS: &str = "OutgoingCallerIds";

/// The path of a resource of the account. The `.json` is needed: without it Twilio answers XML.
pub(crate) fn path(account_sid: &str, resource: impl fmt::Display) -> String {
    format!("2010-04-01/Accounts/{account_sid}/{resource}.json")
}

/// The path of one member of a collection. Errors: `NotFound` for the names of the typed collections, which are no
/// sids: a POST there would buy.
pub(super) fn instance(account_sid: &str, collection: &str, sid: &str) -> Result<String> {
    if ["", "Local", "Mobile", "TollFree"].contains(&sid) {
        return Err(Error::new(
            ErrorKind::NotFound,
            "there is no number of this id",
        ));
    }
    let sid = segment(sid);
    Ok(path(account_sid, format_args!("{collection}/{sid}")))
}

/// A form with these fields. Twilio's answers call a field `voice_url`, its forms `VoiceUrl`.
pub(super) fn form(request: ApiRequest, fields: Fields) -> ApiRequest {
    let parameter = |name: &str| -> String {
        let words = name.split('_').filter_map(|word| word.split_at_checked(1));
        words
            .map(|(first, rest)| first.to_ascii_uppercase() + rest)
            .collect()
    };
    let fields = fields.into_iter();
    request.form(fields.map(|(name, value)| (parameter(name), value)))
}

/// Checks that a text is a sid of this kind, two letters and 32 hexadecimal digits, or empty, which unsets it. Errors:
/// `InvalidRequest` naming the field.
pub(super) fn sid(field: &str, prefix: &str, text: &str) -> Result<()> {
    if text.is_empty() || is_sid(text, prefix) {
        return Ok(());
    }
    let why = format!("must be a sid of Twilio's: {prefix} and 32 hexadecimal digits");
    Err(Error::invalid(field, why))
}

/// A name of up to 64 characters (upstream limit; a longer one is cut without a word).
pub(crate) fn label(text: &str) -> Result<String> {
    if text.chars().count() > 64 {
        return Err(Error::invalid("label", "at most 64 characters"));
    }
    Ok(text.to_owned())
}

/// The name that Twilio gives a number without one: the national format in North America, elsewhere the number. An empty
/// name would leave the name as it is.
pub(crate) fn default_name(number: &str) -> String {
    match number.parse::<E164>() {
        Ok(e164) if number.starts_with("+1") => e164.describe().display,
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use trunkline_core::Operation;

    use super::*;

    const SID: &str = "AC0123456789abcdef0123456789abcdef";

    #[test]
    fn default_name_is_national_in_north_america_only() {
        assert_eq!(default_name("+14155550100"), "(415) 555-0100");
        assert_eq!(default_name("+442079460123"), "+442079460123");
        assert_eq!(default_name("55501"), "55501");
    }

    #[test]
    fn cursor_leads_only_to_the_accounts_own_list() {
        let own = format!("/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers.json");
        let next = |link: &str| ApiRequest::at_cursor(Operation::List, &path(SID, NUMBERS), link);
        let found = next(&format!("{own}?PhoneNumber=%2B1415&Page=1")).unwrap();
        assert_eq!(found.path, own[1..]);
        assert_eq!(found.query[0], ("PhoneNumber".into(), "+1415".to_owned()));
        for bad in [
            "/2010-04-01/Accounts/ACffffffffffffffffffffffffffffffff/IncomingPhoneNumbers.json?Page=1",
            &format!("/2010-04-01/Accounts/{SID}/Keys.json?Page=1"),
            "",
        ] {
            let error = next(bad).unwrap_err();
            assert_eq!(error.fields()[0].field, "cursor", "{bad}");
        }
    }

    #[test]
    fn id_stays_inside_its_segment_and_is_not_a_typed_collection() {
        let path = instance(SID, NUMBERS, "../Keys?x").unwrap();
        assert!(path.ends_with("/IncomingPhoneNumbers/..%2FKeys%3Fx.json"));
        for sid in ["Local", "Mobile", "TollFree", ""] {
            let error = instance(SID, NUMBERS, sid).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound);
        }
    }

    #[test]
    fn sid_has_its_letters_and_32_hexadecimal_digits() {
        assert!(sid("voice.id", "AP", "AP0123456789abcdefABCDEF0123456789").is_ok());
        for bad in [
            "AP1",
            "TK0123456789abcdef0123456789abcdef",
            "AP0123456789abcdef0123456789abcdeg",
        ] {
            assert!(sid("voice.id", "AP", bad).is_err(), "{bad}");
        }
    }
}
