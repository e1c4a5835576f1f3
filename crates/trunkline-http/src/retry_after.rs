//! `Retry-After`: seconds or an HTTP date.

use std::time::{Duration, SystemTime};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName};

/// No carrier holds an account longer than this, whatever the header says: a typo must not lock it for a year.
const LONGEST: Duration = Duration::from_secs(3600);

/// How long the carrier asks to wait; `None` if it does not, or asks for something senseless or already past.
///
/// A date is read against the answer's own `Date`, so that a wrong clock on either side does not matter; against
/// `now` if there is none.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<f64>() {
        Ok(seconds) => {
            Duration::try_from_secs_f64(seconds.clamp(0.0, LONGEST.as_secs_f64())).ok()?
        }
        Err(_) => {
            let until = httpdate::parse_http_date(text).ok()?;
            let since = date(headers, &DATE).unwrap_or(now);
            until.duration_since(since).ok()?
        }
    };
    (!wait.is_zero()).then(|| wait.min(LONGEST))
}

/// The time in a header.
pub(crate) fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(value: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        let now = httpdate::parse_http_date("Thu, 05 Mar 2026 12:00:00 GMT").unwrap();
        retry_after(&headers, now)
    }

    proptest::proptest! {
        #[test]
        fn wait_is_positive_and_at_most_an_hour(
            text in "[ -~]{0,40}|-?[0-9.eE+-]{0,30}|(Mon|Thu), [0-9]{1,2} [A-Z][a-z]{2} [0-9]{1,6} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT",
            date in proptest::option::of("Thu, [0-9]{2} (Jan|Mar) [0-9]{4} 1[0-9]:00:00 GMT|[ -~]{0,20}"),
        ) {
            if let Some(wait) = wait(&text, date.as_deref()) {
                proptest::prop_assert!(!wait.is_zero() && wait <= LONGEST);
            }
        }
    }

    #[test]
    fn seconds_are_read() {
        assert_eq!(wait("7", None), Some(Duration::from_secs(7)));
        assert_eq!(wait(" 1.5 ", None), Some(Duration::from_millis(1500)));
    }

    #[test]
    fn a_date_is_read_against_the_answers_own_date() {
        let until = "Thu, 05 Mar 2026 09:00:20 GMT";
        let seen = wait(until, Some("Thu, 05 Mar 2026 09:00:00 GMT"));
        assert_eq!(seen, Some(Duration::from_secs(20)));
    }

    #[test]
    fn a_date_without_one_is_read_against_our_clock() {
        let seen = wait("Thu, 05 Mar 2026 12:00:05 GMT", None);
        assert_eq!(seen, Some(Duration::from_secs(5)));
    }

    #[test]
    fn junk_and_the_past_are_ignored() {
        for value in [
            "soon",
            "",
            "NaN",
            "0",
            "-3",
            "Thu, 05 Mar 2026 11:59:59 GMT",
        ] {
            assert_eq!(wait(value, None), None, "{value}");
        }
    }

    #[test]
    fn an_absurd_wait_is_capped_at_an_hour() {
        assert_eq!(wait("31536000", None), Some(LONGEST));
        assert_eq!(wait("1e300", None), Some(LONGEST));
        assert_eq!(wait("Thu, 05 Mar 2099 12:00:00 GMT", None), Some(LONGEST));
    }
}
