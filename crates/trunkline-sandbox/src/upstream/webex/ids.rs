//! Webex identifiers: unpadded base64 of `ciscospark://us/TYPE/uuid`. Some places take or give the bare uuid.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A uuid; the type of thing it names is known where it is used.
pub(super) type Uuid = u128;

/// The identifier as it is shown: `Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLz...`.
pub(super) fn encode(kind: &str, uuid: Uuid) -> String {
    STANDARD_NO_PAD.encode(format!("ciscospark://us/{kind}/{}", dashed(uuid)))
}

/// The bare uuid as it is shown.
pub(super) fn dashed(uuid: Uuid) -> String {
    let hex = format!("{uuid:032x}");
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// Makes 128 bits look like a random uuid.
pub(super) const fn random(bits: u128) -> Uuid {
    let version = (bits & !(0xf << 76)) | (0x4 << 76);
    (version & !(0x3 << 62)) | (0x2 << 62)
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
    let dashes = [8, 13, 18, 23];
    let right = text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(i, b)| (b == b'-') == dashes.contains(&i));
    right
        .then(|| Uuid::from_str_radix(&text.replace('-', ""), 16).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_random_uuid_says_so() {
        let text = dashed(random(u128::MAX));
        assert_eq!(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
