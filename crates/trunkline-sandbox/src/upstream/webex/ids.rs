//! Webex identifiers: unpadded base64 of `ciscospark://us/TYPE/uuid`. Some places take or give the bare uuid.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::text::{dashed, is_uuid};

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
}
