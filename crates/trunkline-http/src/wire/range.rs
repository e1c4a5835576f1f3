//! Ranges of contiguous numbers.

use trunkline_core::{E164, Error, RangeRequest, Result};

/// Every number of a range, in order: both ends have the same number of digits, and there are at most `max` numbers.
///
/// # Errors
/// `InvalidRequest` naming `start_number` or `end_number`.
pub fn numbers_of(range: &RangeRequest, max: usize) -> Result<Vec<E164>> {
    let start = end_of("start_number", &range.start_number)?;
    let end = end_of("end_number", &range.end_number)?;
    let wrong_end = |why: &str| Error::invalid("end_number", why);
    if start.digits().len() != end.digits().len() {
        return Err(wrong_end("must have as many digits as start_number"));
    }
    let value = |number: &E164| number.digits().parse::<u64>().unwrap_or_default();
    let (first, last) = (value(&start), value(&end));
    let further = last.checked_sub(first);
    let further = further.ok_or_else(|| wrong_end("comes before start_number"))?;
    if further >= max as u64 {
        return Err(wrong_end(&format!("at most {max} numbers at once")));
    }
    (first..=last)
        .map(|number| format!("+{number}").parse())
        .collect()
}

fn end_of(field: &str, text: &str) -> Result<E164> {
    let why = "must be a whole number in E.164 form, such as +14165550140";
    text.parse().map_err(|_| Error::invalid(field, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(start: &str, end: &str) -> Result<Vec<String>> {
        let range = RangeRequest {
            start_number: start.to_owned(),
            end_number: end.to_owned(),
            location: None,
        };
        let numbers = numbers_of(&range, 1_000)?;
        Ok(numbers.iter().map(E164::to_string).collect())
    }

    #[test]
    fn both_ends_are_in_the_range() {
        let found = numbers("+14165550199", "+14165550201").unwrap();
        assert_eq!(found, ["+14165550199", "+14165550200", "+14165550201"]);
        assert_eq!(numbers("+14165550149", "+14165550149").unwrap().len(), 1);
        assert_eq!(
            numbers("+14165550000", "+14165550999").unwrap().len(),
            1_000
        );
    }

    #[test]
    fn invalid_range_is_rejected_by_its_field() {
        for (start, end, field) in [
            ("+9", "+10", "start_number"),
            ("+99", "+100", "end_number"),
            ("100", "99", "start_number"),
            ("0100", "0102", "start_number"),
            ("+0100", "+0102", "start_number"),
            ("4165550100", "+14165550101", "start_number"),
            ("+14165550140", "14165550144", "end_number"),
            ("+14165550144", "+14165550140", "end_number"),
            ("+14165550100", "+141655501000", "end_number"),
            ("+14165550100", "+14165551100", "end_number"),
            ("a", "b", "start_number"),
            ("+14165550140", "", "end_number"),
        ] {
            let error = numbers(start, end).unwrap_err();
            assert_eq!(error.fields()[0].field, field, "{start} to {end}");
        }
    }
}
