//! Points in time as carriers write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;
use trunkline_core::Result;

use crate::wire::held::lacks;
use crate::wire::scalar::Text;

/// Reads dates whose weekday is wrong, too: it carries nothing.
const RFC_2822: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// Reads a time in the form of RFC 2822, RFC 3339 or ISO 8601, also as `2026-03-16 10:00:00 UTC`; in UTC where it names no
/// zone. `None` if the text is unset.
///
/// # Errors
/// `Protocol` if it has none of these forms.
pub fn date(text: &Text<'_>) -> Result<Option<Timestamp>> {
    let Some(text) = text.get() else {
        return Ok(None);
    };
    let read = if text.as_bytes().get(4) == Some(&b'-') {
        let text = text.strip_suffix(" UTC").unwrap_or(text);
        text.parse::<Timestamp>().or_else(|_| {
            let time: DateTime = text.parse()?;
            Ok::<_, jiff::Error>(time.to_zoned(TimeZone::UTC)?.timestamp())
        })
    } else {
        RFC_2822.parse_timestamp(text)
    };
    read.map(Some).map_err(|_| lacks("date"))
}

/// Takes a time; one that can't be read stays where it is.
pub fn take_date(text: &mut Text<'_>) -> Option<Timestamp> {
    let read = date(text).ok()?;
    *text = Text::default();
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_read_in_every_form() {
        let noon = Some("2026-03-02T12:00:00Z".parse().unwrap());
        for text in [
            "Mon, 02 Mar 2026 12:00:00 +0000",
            "Mon, 02 Mar 2026 12:00:00 GMT",
            "Fri, 02 Mar 2026 12:00:00 GMT",
            "2026-03-02T12:00:00Z",
            "2026-03-02T13:00:00+01:00",
            "2026-03-02T12:00:00",
            "2026-03-02 12:00:00 UTC",
        ] {
            assert_eq!(date(&Text::of(text)).unwrap(), noon, "{text}");
        }
        assert_eq!(date(&Text::default()).unwrap(), None);
    }

    #[test]
    fn time_that_can_not_be_read_is_an_error_and_stays() {
        let mut text = Text::of("yesterday");
        assert!(date(&text).is_err());
        assert_eq!(take_date(&mut text), None);
        assert_eq!(text.get(), Some("yesterday"));
        let mut text = Text::of("2026-03-02T12:00:00Z");
        assert!(take_date(&mut text).is_some() && text.is_unset());
    }
}
