//! Numbers that an account holds.

use jiff::Timestamp;
use trunkline_core::{
    AccountName, E164, Error, ErrorKind, HeldRow, Number, ProviderName, Result, is_same_number,
};

use crate::wire::scalar::Text;

/// A number of this carrier's id and digits: by its E.164 form or, if it has none, as the carrier writes it.
///
/// # Errors
/// `Protocol` if the id is empty or too long.
pub fn number(
    account: &AccountName,
    provider: &ProviderName,
    id: String,
    digits: &str,
) -> Result<Number> {
    let (account, provider) = (account.clone(), provider.clone());
    let number = match digits.parse::<E164>() {
        Ok(e164) => Number::new(account, provider, id, e164),
        Err(_) => Number::bare(account, provider, id).map(|bare| Number {
            number: Some(digits.to_owned()),
            display_number: digits.to_owned(),
            ..bare
        }),
    };
    number.map_err(|_| lacks("id"))
}

/// One row of a list that is searched for a number; `None` if it is another number. A row without a number might be the one,
/// so that the list says nothing certain.
///
/// # Errors
/// `Protocol` for such a row, and for one of this number without an id or with an unreadable date.
pub fn held_row(
    wanted: &E164,
    digits: &Text<'_>,
    id: &Text<'_>,
    created_at: Result<Option<Timestamp>>,
) -> Result<Option<HeldRow>> {
    let digits = digits
        .get()
        .ok_or_else(|| incomplete("a row has no number"))?;
    if !is_same_number(digits, wanted.as_str()) {
        return Ok(None);
    }
    let id = id.get().ok_or_else(|| incomplete("the number has no id"))?;
    Ok(Some(HeldRow {
        provider_id: id.to_owned(),
        created_at: created_at.map_err(|_| incomplete("its date can't be read"))?,
    }))
}

/// A `Protocol` error: a list was not read completely, for this reason, so that it does not prove that a number is missing.
#[must_use]
pub fn incomplete(why: &str) -> Error {
    let message = format!("the carrier's list could not be read completely: {why}");
    Error::new(ErrorKind::Protocol, message)
}

/// A `Protocol` error: an answer lacks a member without which it means nothing.
#[must_use]
pub fn lacks(member: &str) -> Error {
    let message = format!("the carrier's answer has no usable {member}");
    Error::new(ErrorKind::Protocol, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(digits: &str, id: &str, created_at: Result<Option<Timestamp>>) -> Result<bool> {
        let wanted = "+14155550100".parse().unwrap();
        let row = held_row(&wanted, &Text::of(digits), &Text::of(id), created_at)?;
        Ok(row.is_some_and(|row| row.provider_id == id))
    }

    #[test]
    fn row_of_the_wanted_number_is_found() {
        assert!(found("+14155550100", "PN1", Ok(None)).unwrap());
        assert!(!found("+14155550101", "PN1", Ok(None)).unwrap());
        assert!(!found("+14155550101", "", Err(lacks("date"))).unwrap());
    }

    #[test]
    fn row_that_could_be_the_wanted_number_makes_the_list_incomplete() {
        for row in [
            found("", "PN1", Ok(None)),
            found("+14155550100", "", Ok(None)),
            found("+14155550100", "PN1", Err(lacks("date"))),
        ] {
            assert_eq!(row.unwrap_err().kind(), ErrorKind::Protocol);
        }
    }

    #[test]
    fn number_without_an_e164_form_is_kept_as_written() {
        let read = |id: &str, digits| {
            let (account, provider) = ("main".parse().unwrap(), ProviderName::new("acme"));
            number(&account, &provider, id.to_owned(), digits)
        };
        let short = read("1", "55501").unwrap();
        assert_eq!(
            (short.number.as_deref(), short.country),
            (Some("55501"), None)
        );
        assert!(read("1", "+14155550100").unwrap().country.is_some());
        assert_eq!(read("", "55501").unwrap_err().kind(), ErrorKind::Protocol);
    }
}
