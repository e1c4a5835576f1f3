//! Webex identifiers: unpadded base64 of `ciscospark://us/TYPE/uuid`, where some places take or give the bare uuid; and
//! which texts are phone numbers.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::text::{dashed, is_digits, is_e164, is_uuid};

/// A uuid; the type of thing it names is known where it is used.
pub(super) type Uuid = u128;

/// The identifier as it is shown: `Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLz...`.
pub(super) fn encode(kind: &str, uuid: Uuid) -> String {
    STANDARD_NO_PAD.encode(format!("ciscospark://us/{kind}/{}", dashed(uuid)))
}

/// Reads an identifier in either form, padded or not.
pub(super) fn decode(text: &str) -> Option<Uuid> {
    if let Some(uuid) = bare(text) {
        return Some(uuid);
    }
    let text = text.trim_end_matches('=');
    let bytes = STANDARD_NO_PAD
        .decode(text)
        .or_else(|_| URL_SAFE_NO_PAD.decode(text))
        .ok()?;
    let uri = String::from_utf8(bytes).ok()?;
    bare(uri.strip_prefix("ciscospark://")?.rsplit('/').next()?)
}

/// An unknown identifier as an error names it: the uuid, if there is one in it.
pub(super) fn named(text: &str) -> String {
    decode(text).map_or_else(|| text.to_owned(), dashed)
}

fn bare(text: &str) -> Option<Uuid> {
    let digits = Some(text).filter(|text| is_uuid(text))?.replace('-', "");
    Uuid::from_str_radix(&digits, 16).ok()
}

/// The identifier of the `n`th seeded thing of a kind. Tests may know these; what is made later is scattered.
pub(super) const fn seeded(kind: u8, n: u64) -> Uuid {
    const FORM: u128 = (0x4000 << 64) | (0x8000 << 48);
    FORM | ((kind as u128) << 48) | n as u128
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Org {
    /// The one that the credentials are of.
    Own,
    /// One that it manages as a partner.
    Customer,
}

impl Org {
    pub(super) const fn uuid(self) -> Uuid {
        match self {
            Self::Own => seeded(1, 1),
            Self::Customer => seeded(1, 2),
        }
    }

    /// The identifier as it is shown.
    pub(super) fn id(self) -> String {
        encode("ORGANIZATION", self.uuid())
    }
}

/// The number in E.164 form, if `text` is one.
pub(super) fn e164(text: &str) -> Option<String> {
    let valid = is_e164(text) && text.strip_prefix("+1").is_none_or(is_north_american);
    valid.then(|| text.to_owned())
}

/// The same, of the national form of North America too.
pub(super) fn any_form(text: &str) -> Option<String> {
    e164(text).or_else(|| is_north_american(text).then(|| format!("+1{text}")))
}

/// Area code and exchange begin with 2 to 9.
fn is_north_american(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    bytes.len() == 10 && is_digits(digits) && bytes[0] >= b'2' && bytes[3] >= b'2'
}

/// Whether the called party pays.
pub(super) fn is_toll_free(number: &str) -> bool {
    const PREFIXES: [&str; 9] = [
        "+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888", "+44800", "+44808",
    ];
    PREFIXES.iter().any(|prefix| number.starts_with(prefix))
}

/// Whether it belongs to no place and is not to be shown to everybody: British 03, 084 and 087.
pub(super) fn is_restricted(number: &str) -> bool {
    ["+443", "+4484", "+4487"]
        .iter()
        .any(|prefix| number.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::version_4;

    #[test]
    fn every_form_of_an_identifier_is_read() {
        let id = encode("LOCATION", 7);
        assert!(!id.contains('='));
        for form in [&id, &format!("{id}="), &dashed(7)] {
            assert_eq!(decode(form), Some(7), "{form}");
        }
        for none in ["", "nonsense", "Y2lzY29zcGFyaw", "../.."] {
            assert_eq!(decode(none), None, "{none}");
        }
    }

    #[test]
    fn random_uuid_is_of_version_4() {
        let text = dashed(version_4(u128::MAX));
        assert_eq!(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn partial_number_is_rejected() {
        for number in ["+14155550100", "+442079460123"] {
            assert_eq!(e164(number).as_deref(), Some(number));
        }
        for none in [
            "+1800",
            "+1416",
            "+11155550100",
            "4155550100",
            "+0123456789",
            "+1415555010x",
        ] {
            assert_eq!(e164(none), None, "{none}");
        }
        assert_eq!(any_form("4155550100").as_deref(), Some("+14155550100"));
    }
}
