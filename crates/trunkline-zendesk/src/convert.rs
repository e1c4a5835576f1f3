//! Zendesk's documents to the unified model: here and below is all that names both.

mod available;
mod caller_ids;
mod held;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use trunkline_core::{Error, ErrorKind, Features, NumberType, Result};

pub(crate) use available::available;
pub(crate) use caller_ids::{caller_id, is_caller_id};
pub(crate) use held::{DigitalLine, digital_line, international, is_digital, number};

use crate::PROVIDER;
use crate::wire::{self, Flag, Text};

/// A date in the form of ISO 8601, in UTC where it names no zone; `None` if there is none.
///
/// # Errors
/// `Protocol` if there is one that can't be read.
pub(crate) fn date(text: &Text<'_>) -> Result<Option<Timestamp>> {
    let Some(text) = text.get() else {
        return Ok(None);
    };
    let read = text.parse::<Timestamp>().or_else(|_| {
        let time: DateTime = text.strip_suffix(" UTC").unwrap_or(text).parse()?;
        Ok::<_, jiff::Error>(time.to_zoned(TimeZone::UTC)?.timestamp())
    });
    read.map(Some).map_err(|_| lacks("created_at"))
}

/// An answer that lacks a member without which it means nothing.
pub(crate) fn lacks(member: &str) -> Error {
    let message = format!("Zendesk's answer has no usable {member}");
    Error::new(ErrorKind::Protocol, message).with_provider(PROVIDER.clone())
}

fn features(capabilities: wire::Capabilities) -> Features {
    Features {
        voice: capabilities.voice,
        sms: capabilities.sms,
        mms: capabilities.mms,
        fax: false,
        emergency: capabilities.emergency_address,
    }
}

/// Zendesk knows two types: toll-free, and local for all else. `None` if it does not say.
fn number_type(toll_free: Flag) -> Option<NumberType> {
    toll_free.0.map(|toll_free| {
        if toll_free {
            NumberType::TollFree
        } else {
            NumberType::Local
        }
    })
}

/// A place is a state or province of North America, written with two capitals, or else a city.
fn place(text: Option<String>) -> trunkline_core::Location {
    let state = text
        .as_ref()
        .is_some_and(|text| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()));
    let (region, locality) = if state { (text, None) } else { (None, text) };
    trunkline_core::Location {
        region,
        locality,
        ..Default::default()
    }
}

#[cfg(test)]
mod tests;
