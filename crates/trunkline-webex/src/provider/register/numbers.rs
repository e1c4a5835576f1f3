//! Which numbers are meant: a list of different ones, or a range.

use trunkline_core::{E164, Error, RangeRequest, Result};

use crate::config::{BATCH_MAX, RANGE_MAX};

/// The numbers, each once.
pub(super) fn distinct(numbers: &[String]) -> Result<Vec<E164>> {
    let wrong = |message: &str| Err(Error::invalid("numbers", message));
    if numbers.is_empty() || numbers.len() > BATCH_MAX {
        return wrong("1 to 100 numbers at once");
    }
    let mut distinct = Vec::new();
    for text in numbers {
        let Ok(number) = text.parse::<E164>() else {
            return wrong("must all be E.164, such as +14165550171");
        };
        if distinct.contains(&number) {
            return wrong("must be different ones");
        }
        distinct.push(number);
    }
    Ok(distinct)
}

/// Every number from the first to the last.
pub(super) fn expanded(range: &RangeRequest) -> Result<Vec<E164>> {
    let end = |field: &str, text: &str| {
        let number = text.parse::<E164>();
        number.map_err(|_| Error::invalid(field, "must be E.164, such as +14165550171"))
    };
    let first = end("start_number", &range.start_number)?;
    let last = end("end_number", &range.end_number)?;
    let value = |number: &E164| number.digits().parse::<u64>().unwrap_or_default();
    let (from, to) = (value(&first), value(&last));
    if first.digits().len() != last.digits().len() || to < from {
        let message = "must be as long as start_number, and not before it";
        return Err(Error::invalid("end_number", message));
    }
    if to - from >= RANGE_MAX as u64 {
        return Err(Error::invalid("end_number", "at most 1000 numbers at once"));
    }
    (from..=to)
        .map(|digits| format!("+{digits}").parse())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: &str, end: &str) -> Result<Vec<E164>> {
        expanded(&RangeRequest {
            start_number: start.to_owned(),
            end_number: end.to_owned(),
            location: None,
        })
    }

    #[test]
    fn a_range_has_both_its_ends() {
        let numbers = range("+14165550198", "+14165550201").unwrap();
        let texts: Vec<&str> = numbers.iter().map(E164::as_str).collect();
        assert_eq!(
            texts,
            [
                "+14165550198",
                "+14165550199",
                "+14165550200",
                "+14165550201"
            ]
        );
        assert_eq!(range("+14165550198", "+14165550198").unwrap().len(), 1);
    }

    #[test]
    fn a_range_that_is_none_names_its_field() {
        for (start, end, field) in [
            ("4165550100", "+14165550101", "start_number"),
            ("+14165550100", "x", "end_number"),
            ("+14165550101", "+14165550100", "end_number"),
            ("+14165550100", "+141655501000", "end_number"),
            ("+14165550100", "+14165551100", "end_number"),
        ] {
            let error = range(start, end).unwrap_err();
            assert_eq!(error.fields()[0].field, field, "{start} {end}");
        }
    }

    #[test]
    fn numbers_to_be_registered_are_e164_and_differ() {
        let list = |numbers: &[&str]| {
            let numbers: Vec<String> = numbers.iter().map(|n| (*n).to_owned()).collect();
            distinct(&numbers)
        };
        assert_eq!(list(&["+14165550100", "+14165550101"]).unwrap().len(), 2);
        for bad in [&[][..], &["4165550100"], &["+14165550100", "+14165550100"]] {
            assert_eq!(
                list(bad).unwrap_err().fields()[0].field,
                "numbers",
                "{bad:?}"
            );
        }
    }
}
