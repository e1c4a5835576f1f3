//! Documents as the file keeps them: a name or text that most documents have, and one that a document has had before,
//! is two bytes. Half of a purchase is such texts.

use std::collections::HashMap;
use std::sync::LazyLock;

use trunkline_core::Result;

use crate::error::unreadable;

/// Names that most documents have, as they stand there. Documents are read by their places: a new one is added at the
/// end, and none is taken away.
const NAMES: &str = "account action actor address_requirement after amount answered_at api_version at attempts before beta by \
    caller_id_name candidates configuration country created_at currency data display_number emergency \
    emergency_address_status emergency_status error evidence fallback_method fallback_url features fingerprint \
    held id idempotency_key identity key key_id key_name kind label late locality location looks message messaging \
    method mms monthly_price name next_billing_at number number_id number_type order origin outcome owner \
    postal_code presumed price price_source provider provider_data provider_id purchase purchase_id purchased_at \
    recovered region request_id resource route sent_at settings settled_at setup_price sms state \
    status_callback_method status_callback_url t0 tenant trail type updated_at url via voice \
    voice_caller_id_lookup voice_receive_mode";

/// The same of texts.
const TEXTS: &str = "2010-04-01|Inactive|POST|POST /v1/numbers|US|active|api|begun|carrier|dispatched|failed|intended|local|\
    mobile|none|number.purchase|number.purchased|succeeded|the carrier confirmed it|toll_free|unknown|unregistered|webhook";

/// The names and texts with their places.
static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let texts = TEXTS.split('|').enumerate();
    let texts = texts.map(|(at, text)| (TEXTS_BEGIN + at, format!("\"{text}\"")));
    let names = NAMES.split_whitespace().enumerate();
    let by_place: HashMap<usize, String> = names
        .map(|(at, name)| (at, format!("\"{name}\":")))
        .chain(texts)
        .collect();
    let places = by_place.iter().map(|(at, text)| (text.clone(), *at));
    Known {
        places: places.collect(),
        by_place,
    }
});

struct Known {
    by_place: HashMap<usize, String>,
    places: HashMap<String, usize>,
}

/// Places of texts begin here.
const TEXTS_BEGIN: usize = PAGE * 2;

/// Places of a document's own begin here.
const OWN: usize = PAGE * 4;

/// Most places.
const MOST: usize = PAGE * 6;

/// A place is a byte that no JSON has, for its page, and one for the place on it.
const PAGE: usize = 96;

/// The shortest text, with its quotes, that is worth a place.
const SHORTEST: usize = 6;

/// The texts of a document that have a place of their own.
#[derive(Default)]
struct Own<'t>(Vec<&'t str>);

impl<'t> Own<'t> {
    fn keep(&mut self, text: &'t str) {
        if text.len() >= SHORTEST && OWN + self.0.len() < MOST {
            self.0.push(text);
        }
    }

    fn place(&self, text: &str) -> Option<usize> {
        let known = KNOWN.places.get(text).copied();
        known.or_else(|| Some(OWN + self.0.iter().position(|own| *own == text)?))
    }

    fn at(&self, place: usize) -> Option<&'t str> {
        match place.checked_sub(OWN) {
            Some(own) => self.0.get(own).copied(),
            None => KNOWN.by_place.get(&place).map(String::as_str),
        }
    }
}

/// The text that a document goes on with, with its quotes, and the colon if it is a name; and what comes after it.
fn quoted(document: &str) -> (&str, &str) {
    let mut escaped = true;
    let end = document.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    let end = end.map_or(document.len(), |end| end + 1);
    let name = document[end..].starts_with(':');
    document.split_at(end + usize::from(name))
}

/// A JSON document as it is kept.
pub(super) fn pack(document: &str) -> String {
    let mut packed = String::with_capacity(document.len());
    let (mut own, mut rest) = (Own::default(), document);
    while let Some(start) = rest.find('"') {
        let (before, document) = rest.split_at(start);
        packed.push_str(before);
        let (text, after) = quoted(document);
        match own.place(text) {
            Some(place) => packed.extend([1 + place / PAGE, 0x20 + place % PAGE].map(byte)),
            None => {
                packed.push_str(text);
                own.keep(text);
            }
        }
        rest = after;
    }
    packed.push_str(rest);
    packed
}

/// One of the bytes of a place, as a character.
fn byte(number: usize) -> char {
    char::from(u8::try_from(number).unwrap_or(b' '))
}

/// A document that is kept, whether it was packed or not.
///
/// # Errors
/// `Internal` if a place in it has no text.
pub(crate) fn unpack(packed: &str) -> Result<String> {
    let is_page = |byte: char| matches!(byte, '\x01'..='\x06');
    let mut document = String::with_capacity(packed.len() * 3);
    let (mut own, mut rest) = (Own::default(), packed);
    while let Some(start) = rest.find(|byte| byte == '"' || is_page(byte)) {
        let (before, packed) = rest.split_at(start);
        document.push_str(before);
        rest = match *packed.as_bytes() {
            [b'"', ..] => {
                let (text, after) = quoted(packed);
                document.push_str(text);
                own.keep(text);
                after
            }
            [page, on, ..] if on.is_ascii() => {
                let place = usize::from(page - 1) * PAGE + usize::from(on.saturating_sub(0x20));
                document.push_str(own.at(place).ok_or_else(lost)?);
                &packed[2..]
            }
            _ => return Err(lost()),
        };
    }
    document.push_str(rest);
    Ok(document)
}

fn lost() -> trunkline_core::Error {
    unreadable(
        "a document",
        std::io::Error::other("a text in it is of another build"),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_repeated_texts_take_two_bytes() {
        let document = r#"{"account":"us-main","number_id":"us-main:PN1","x":{"account":"us-main","state":"succeeded"}}"#;
        let packed = pack(document);
        assert_eq!(packed.len(), 45, "{packed:?}");
        assert_eq!(unpack(&packed).unwrap(), document);
    }

    #[test]
    fn places_of_known_texts_stay_what_they_are() {
        let packed = pack(r#"{"account":"webhook","voice":0}"#);
        assert_eq!(packed, "{\x01 \x036,\x01w0}");
    }

    #[test]
    fn document_with_a_place_of_another_build_is_refused() {
        for packed in ["{\x02~1}", "{\x05 1}", "\x06", "\x01\u{e9}"] {
            assert_eq!(
                unpack(packed).unwrap_err().kind(),
                trunkline_core::ErrorKind::Internal
            );
        }
    }

    proptest! {
        #[test]
        fn every_document_is_the_same_afterwards(
            parts in proptest::collection::vec(
                r#"["\\:,a\u{e9}{}\[ \n]{0,4}|"[a-c]{4,5}"|"(account|state)":|"(succeeded|US)""#, 0..40,
            ),
            many in 0..300,
        ) {
            let many: String = (0..many).map(|at| format!("\"text {at}\"")).collect();
            let document = [parts.concat(), many.clone(), many, parts.concat()].concat();
            prop_assert_eq!(unpack(&pack(&document)).unwrap(), document);
        }
    }
}
