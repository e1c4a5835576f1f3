//! Many numbers at once, from one to another, both included.

use std::sync::Arc;

use http::StatusCode;
use serde_json::Value;

use super::error::{ApiError, Result};
use super::schema::Form;
use super::state::{Context, Wazo};
use super::wire::link;
use crate::exchange::{Answer, Request};
use crate::json::object;

/// How many numbers a range may have.
const MOST: usize = 10_000;

impl Wazo {
    /// Registers what is not there yet and leaves alone what is.
    pub(super) fn register_range(&self, context: &Context<'_>) -> Result<Answer> {
        let mut form = Form::of(context.request)?;
        let (mut bounds, fields) = (Vec::new(), ["start_number", "end_number"]);
        for field in fields {
            form.require(field);
            bounds.extend(form.number(field));
        }
        form.finish()?;
        let numbers = match &bounds[..] {
            [start, end] => numbers(start, end)
                .map_err(|message| ApiError::input(vec![ApiError::field("_schema", &[message])]))?,
            _ => Vec::new(),
        };
        let tenant = context.caller.tenant;
        let (mut new, mut old) = (Vec::new(), Vec::new());
        let mut state = self.lock();
        for number in numbers {
            match state.directory.at(tenant, &number) {
                Some(row) => old.push(Arc::clone(row)),
                None => {
                    let row = self.new_row(&mut state, context, number);
                    new.push(state.directory.put(row));
                }
            }
        }
        drop(state);
        let created = new.iter().map(|row| object! { "uuid": &row.uuid });
        let all = new.iter().chain(&old);
        let document = object! {
            "created": created.collect::<Vec<_>>(),
            "links": all.map(|row| link(row, &context.caller.origin)).collect::<Vec<_>>(),
            "total": new.len() + old.len(),
        };
        Ok(Answer::json(StatusCode::CREATED, &document))
    }
}

/// How many numbers a request registers: those of the range that it names, else one.
pub(super) fn size(request: &Request) -> usize {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    match (body["start_number"].as_str(), body["end_number"].as_str()) {
        (Some(start), Some(end)) => numbers(start, end).map_or(1, |numbers| numbers.len()),
        _ => 1,
    }
}

/// The numbers of a range. The bounds are compared as texts first and counted as numbers then, so that `+9` does not
/// precede `+10`; all but the last are written anew, which costs them their leading zeros.
fn numbers(start: &str, end: &str) -> std::result::Result<Vec<String>, &'static str> {
    const SIZE: &str = "range size must be between 1 and 10000";
    if start > end {
        return Err("start phone number must precede end phone number");
    }
    let plus = if start.starts_with('+') { "+" } else { "" };
    let (mut digits, last) = (value(start), value(end));
    // Without leading zeros the longer number is the greater one.
    if (digits.len(), &digits) > (last.len(), &last) {
        return Err(SIZE);
    }
    let mut numbers = Vec::new();
    while digits != last {
        numbers.push(format!("{plus}{digits}"));
        if numbers.len() == MOST {
            return Err(SIZE);
        }
        digits = successor(&digits);
    }
    numbers.push(end.to_owned());
    Ok(numbers)
}

/// The digits of a number without leading zeros.
fn value(number: &str) -> String {
    let digits = number.trim_start_matches('+');
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        "0".to_owned()
    } else {
        significant.to_owned()
    }
}

/// The next number, however long: 128 digits fit into no integer.
fn successor(digits: &str) -> String {
    let kept = digits.trim_end_matches('9');
    let zeros = "0".repeat(digits.len() - kept.len());
    let (head, last) = kept.split_at(kept.len().saturating_sub(1));
    let next = last.parse::<u8>().map_or(1, |digit| digit + 1);
    format!("{head}{next}{zeros}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_in_the_range() {
        assert_eq!(
            numbers("+14155550198", "+14155550200").unwrap(),
            ["+14155550198", "+14155550199", "+14155550200"]
        );
        assert_eq!(numbers("7", "7").unwrap(), ["7"]);
        assert_eq!(numbers("98", "990").map(|all| all.len()), Ok(893));
    }

    #[test]
    fn bounds_are_compared_as_texts_first() {
        assert!(numbers("+9", "+10").unwrap_err().contains("precede"));
        assert!(numbers("9", "8").unwrap_err().contains("precede"));
        assert!(numbers("100", "99").unwrap_err().contains("size"));
    }

    #[test]
    fn leading_zeros_survive_in_the_last_number_only() {
        assert_eq!(numbers("0100", "0102").unwrap(), ["100", "101", "0102"]);
    }

    #[test]
    fn ten_thousand_numbers_are_the_most() {
        assert_eq!(
            numbers("+14150000000", "+14150009999").map(|all| all.len()),
            Ok(10_000)
        );
        assert!(numbers("+14150000000", "+14150010000").is_err());
    }

    #[test]
    fn numbers_too_long_for_integers_can_be_counted() {
        let (start, end) = ("1".repeat(127) + "8", "1".repeat(126) + "20");
        assert_eq!(numbers(&start, &end).map(|all| all.len()), Ok(3));
    }
}
