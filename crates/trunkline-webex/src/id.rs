//! Webex's ids, and those made here for numbers, which have none at Webex.

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use trunkline_core::Number;
use trunkline_http::wire::is_uuid;

use crate::wire::NumberRow;

/// The uuid in an id: ids are base64 of `ciscospark://us/{TYPE}/{uuid}`, but some answers have the bare uuid.
pub(crate) fn uuid(id: &str) -> Option<String> {
    if is_uuid(id) {
        return Some(id.to_ascii_lowercase());
    }
    let text = decoded(id)?;
    let last = text.rsplit('/').next()?;
    is_uuid(last).then(|| last.to_ascii_lowercase())
}

/// An id in its one spelling. Webex takes the base64 in an id padded or not, in either alphabet; the place of an extension may
/// also be a bare UUID.
pub(crate) fn canonical(id: &str) -> String {
    let is_start = |c: char| c == '-' || c == '@';
    // What comes before the base64: `ext-100@`, `person-`, `virtual-line-`.
    let start = match id.strip_prefix("ext-") {
        Some(_) => id.find('@').map_or(0, |at| at + 1),
        None => id.find("Y2lzY29zcGFyazov").unwrap_or(0),
    };
    let (before, coded) = id.split_at(start);
    if !before.is_empty() && !before.ends_with(is_start) {
        return id.to_owned();
    }
    let is_place = before.starts_with("ext-");
    match (decoded(coded), uuid(coded)) {
        (Some(text), Some(uuid)) => {
            let kind = text.rsplit_once('/').map_or("", |(kind, _)| kind);
            let plain = format!("{kind}/{uuid}");
            format!("{before}{}", BASE64_STANDARD_NO_PAD.encode(plain))
        }
        (None, Some(uuid)) if is_place => {
            let plain = format!("ciscospark://us/LOCATION/{uuid}");
            format!("{before}{}", BASE64_STANDARD_NO_PAD.encode(plain))
        }
        _ if is_place => format!("{before}{}", coded.trim_end_matches('=')),
        _ => id.to_owned(),
    }
}

/// The text in an id, which is base64 of either alphabet, padded or not.
fn decoded(id: &str) -> Option<String> {
    // The alphabet for URLs differs in two characters.
    let plain = id.trim_end_matches('=').replace('-', "+").replace('_', "/");
    let bytes = BASE64_STANDARD_NO_PAD.decode(plain).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.starts_with("ciscospark://").then_some(text)
}

/// Whether two ids are the same, padded or not, bare uuid or encoded.
pub(crate) fn same(one: &str, other: &str) -> bool {
    let bare = |id: &str| uuid(id).unwrap_or_else(|| id.trim_end_matches('=').to_owned());
    bare(one) == bare(other)
}

/// Whether a number is at a location.
pub(crate) fn is_at(number: &Number, location: &str) -> bool {
    let own = number.location.id.as_deref();
    own.is_some_and(|id| same(id, location))
}

/// The id of a number after the account: the number, or a bare extension with its location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A phone number as Webex writes it.
    Number(String),
    /// An extension without a number, and its location.
    Extension(String, String),
}

impl Key {
    /// Reads an id; `None` if nothing at Webex can have it.
    pub(crate) fn parse(provider_id: &str) -> Option<Self> {
        if let Some(rest) = provider_id.strip_prefix("ext-") {
            let (extension, location) = rest.split_once('@')?;
            let visible = |text: &str| text.bytes().all(|b| (0x21..=0x7e).contains(&b));
            let there = !extension.is_empty() && !location.is_empty();
            let key = || Self::Extension(extension.to_owned(), location.to_owned());
            return (there && visible(rest)).then(key);
        }
        let digits = provider_id.strip_prefix('+').unwrap_or(provider_id);
        let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        number.then(|| Self::Number(provider_id.to_owned()))
    }

    /// Whether a row is the number, or bare extension, with this key.
    pub(crate) fn is_of(&self, row: &NumberRow<'_>) -> bool {
        match self {
            Self::Number(number) => row.phone_number.get() == Some(number),
            Self::Extension(extension, location) => {
                let here = row.location_id().is_some_and(|id| same(id, location));
                row.phone_number.is_unset() && row.extension.get() == Some(extension) && here
            }
        }
    }

    /// The id of an extension at a location, the same whether Webex padded the location's or not.
    pub(crate) fn of_extension(extension: &str, location: &str) -> String {
        canonical(&format!("ext-{extension}@{location}"))
    }
}

#[cfg(test)]
mod tests {
    use trunkline_http::segment;

    use super::*;

    const UUID: &str = "2b6f0c1e-5a5f-4c38-9a52-6c4f2f1d9e01";
    const ID: &str =
        "Y2lzY29zcGFyazovL3VzL0xPQ0FUSU9OLzJiNmYwYzFlLTVhNWYtNGMzOC05YTUyLTZjNGYyZjFkOWUwMQ";

    #[test]
    fn id_is_the_same_padded_bare_and_encoded() {
        assert_eq!(uuid(ID).as_deref(), Some(UUID));
        let padded = format!("{ID}==");
        for (one, other) in [(ID, UUID), (ID, &padded), (UUID, &padded), (ID, ID)] {
            assert!(same(one, other), "{one} {other}");
        }
        assert!(same("opaque", "opaque") && !same("opaque", "other") && !same(ID, "other"));
    }

    #[test]
    fn text_that_is_not_an_id_has_no_uuid() {
        for text in [
            "",
            "bm90aGluZw",
            "not base64!",
            "2b6f0c1e5a5f4c389a526c4f2f1d9e01",
        ] {
            assert_eq!(uuid(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_is_a_number_or_an_extension_at_a_location() {
        let number = |text: &str| Some(Key::Number(text.to_owned()));
        assert_eq!(Key::parse("+14165550171"), number("+14165550171"));
        assert_eq!(Key::parse("4165550171"), number("4165550171"));
        let extension = Key::Extension("568".to_owned(), ID.to_owned());
        assert_eq!(Key::parse(&Key::of_extension("568", ID)), Some(extension));
        for none in [
            "",
            "+",
            "no such id",
            "../..",
            "ext-@x",
            "ext-5",
            "ext-5@a b",
            "?x=1",
        ] {
            assert_eq!(Key::parse(none), None, "{none}");
        }
    }

    #[test]
    fn id_has_one_spelling() {
        let text = "ciscospark://us/LOCATION/2b6f0c1e-5a5f-4c38-9a52-6c4f2f1d9e01";
        let upper = text.replace("2b6f0c1e", "2B6F0C1E");
        let own = format!("ext-568@{ID}");
        for location in [
            ID.to_owned(),
            format!("{ID}="),
            base64::prelude::BASE64_URL_SAFE.encode(text),
            base64::prelude::BASE64_STANDARD.encode(upper),
            "2B6F0C1E-5a5f-4c38-9a52-6c4f2f1d9e01".to_owned(),
        ] {
            let id = canonical(&format!("ext-568@{location}"));
            assert_eq!(id, own, "{location}");
            assert_eq!(canonical(&id), id);
        }
        assert_eq!(canonical(&format!("person-{ID}==")), format!("person-{ID}"));
        for plain in [
            "+14165550171",
            "",
            "ext-",
            "ext-5",
            "ext-5@LOC",
            "person-x",
            "@",
            "-",
        ] {
            assert_eq!(canonical(plain), plain);
        }
    }

    #[test]
    fn path_separators_are_encoded() {
        assert_eq!(segment("+1/..?a=b"), "%2B1%2F..%3Fa%3Db");
        assert_eq!(segment(ID), ID);
    }
}
