//! Contiguous numbers.

use serde::Serialize;
use trunkline_core::{E164, Error, Operation, RangeRequest, Result};
use trunkline_http::ApiRequest;

use super::NUMBERS;

use crate::config::RANGE_MAX;

/// Records what lies between two numbers. What is there already stays as it is; it is not repeated by itself all the
/// same, since Wazo may still be at it.
///
/// # Errors
/// `Internal` if the body can't be written.
pub(crate) fn register_range(first: &E164, last: &E164) -> Result<ApiRequest> {
    #[derive(Serialize)]
    struct Body<'a> {
        start_number: &'a str,
        end_number: &'a str,
    }
    let body = Body {
        start_number: first.as_str(),
        end_number: last.as_str(),
    };
    ApiRequest::post(Operation::RegisterRange, format!("{NUMBERS}/ranges")).json(&body)
}

/// Every number of the range, in order.
///
/// Wazo compares the ends as texts, loses leading zeros and takes the plus from one end only: what it would get wrong
/// is refused here.
///
/// # Errors
/// `InvalidRequest` naming `start_number` or `end_number`.
pub(crate) fn numbers_of(range: &RangeRequest) -> Result<Vec<E164>> {
    let start = end_of("start_number", &range.start_number)?;
    let end = end_of("end_number", &range.end_number)?;
    let (first, last) = (start.digits(), end.digits());
    if first.len() != last.len() {
        return Err(Error::invalid(
            "end_number",
            "must have as many digits as start_number",
        ));
    }
    let value = |digits: &str| digits.parse::<u64>().unwrap_or_default();
    let (first, last) = (value(first), value(last));
    let Some(further) = last.checked_sub(first) else {
        return Err(Error::invalid("end_number", "comes before start_number"));
    };
    if further >= RANGE_MAX as u64 {
        let message = format!("more than {RANGE_MAX} numbers after start_number");
        return Err(Error::invalid("end_number", message));
    }
    (first..=last)
        .map(|number| format!("+{number}").parse())
        .collect()
}

fn end_of(field: &'static str, text: &str) -> Result<E164> {
    text.parse().map_err(|_| {
        Error::invalid(
            field,
            "must be a whole number in E.164 form, such as +14165550140",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(start: &str, end: &str) -> Result<Vec<E164>> {
        numbers_of(&RangeRequest {
            start_number: start.to_owned(),
            end_number: end.to_owned(),
            location: None,
        })
    }

    #[test]
    fn both_ends_are_in_the_range() {
        let found = numbers("+14165550149", "+14165550151").unwrap();
        let found: Vec<_> = found.iter().map(E164::as_str).collect();
        assert_eq!(found, ["+14165550149", "+14165550150", "+14165550151"]);
        assert_eq!(numbers("+14165550149", "+14165550149").unwrap().len(), 1);
    }

    #[test]
    fn what_wazo_would_get_wrong_is_refused_by_its_field() {
        for (start, end, field) in [
            ("+9", "+10", "start_number"),
            ("+99", "+100", "end_number"),
            ("100", "99", "start_number"),
            ("0100", "0102", "start_number"),
            ("+0100", "+0102", "start_number"),
            ("+14165550140", "14165550144", "end_number"),
            ("+14165550144", "+14165550140", "end_number"),
            ("a", "b", "start_number"),
            ("+14165550140", "", "end_number"),
        ] {
            let error = numbers(start, end).unwrap_err();
            assert_eq!(error.fields()[0].field, field, "{start} to {end}");
        }
    }

    #[test]
    fn a_range_has_ten_thousand_numbers_at_most() {
        assert_eq!(
            numbers("+14165550000", "+14165559999").unwrap().len(),
            10_000
        );
        let error = numbers("+14165550000", "+14165560000").unwrap_err();
        assert_eq!(error.fields()[0].field, "end_number");
    }
}
