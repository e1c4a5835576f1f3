//! Numbers that an account holds.

use serde::{Serialize, Serializer};
use trunkline_core::{
    AccountName, E164, Error, ErrorKind, Number, ProviderData, ProviderName, Result,
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

/// A document as provider data, with more texts beside its members; those that are unset are left out.
///
/// # Errors
/// Those of [`ProviderData::of`].
pub fn data_with<T: Serialize>(row: T, more: &[(&str, &Text<'_>)]) -> Result<ProviderData> {
    #[derive(Serialize)]
    struct Data<'a, T> {
        #[serde(flatten)]
        row: T,
        #[serde(flatten, serialize_with = "set")]
        more: &'a [(&'a str, &'a Text<'a>)],
    }

    fn set<S: Serializer>(
        more: &[(&str, &Text<'_>)],
        to: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        to.collect_map(more.iter().filter(|(_, text)| !text.is_unset()).copied())
    }

    ProviderData::of(&Data { row, more })
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
