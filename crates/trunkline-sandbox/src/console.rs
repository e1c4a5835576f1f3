//! What a person does in a carrier's own console: changes that trunkline has no part in.

use std::fmt;

use http::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::provider::ProviderKind;

/// What is to be changed at a number; absent fields stay as they are. Each carrier has some of these fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsoleChange {
    /// Twilio's and `SignalWire`'s name, Zendesk's nickname, Wazo's caller-ID name.
    pub label: Option<String>,
    /// Where calls go: an address of the web at Twilio and `SignalWire`, a list of group ids at Zendesk.
    pub routing: Option<Value>,
    /// The monthly price in US dollars from now on: `1.50`. Twilio, `SignalWire` and Zendesk.
    pub price: Option<String>,
    /// The id of the location that the number moves to. Webex.
    pub location: Option<String>,
    /// Who has the number: the SID of an account at Twilio, the id of somebody in the number's location at Webex, empty
    /// for nobody.
    pub owner: Option<String>,
}

impl ConsoleChange {
    /// Refuses fields that the numbers of a carrier don't have.
    pub(crate) fn check(&self, kind: ProviderKind) -> Result<(), ConsoleError> {
        let set = [
            ("set.label", self.label.is_some()),
            ("set.routing", self.routing.is_some()),
            ("set.price", self.price.is_some()),
            ("set.location", self.location.is_some()),
            ("set.owner", self.owner.is_some()),
        ];
        let known = kind.descriptor().console;
        for (field, _) in set.into_iter().filter(|(_, set)| *set) {
            if !known.iter().any(|known| field.ends_with(known)) {
                let message = format!(
                    "only {} of {kind}'s numbers can be changed",
                    known.join(", ")
                );
                return Err(ConsoleError::Field { field, message });
            }
        }
        Ok(())
    }

    pub(crate) fn web_address(&self) -> Result<Option<&str>, ConsoleError> {
        let Some(routing) = &self.routing else {
            return Ok(None);
        };
        routing
            .as_str()
            .map(Some)
            .ok_or_else(|| ConsoleError::Field {
                field: "set.routing",
                message: "an address of the web is needed".to_owned(),
            })
    }

    pub(crate) fn cents(&self) -> Result<Option<u32>, ConsoleError> {
        let Some(price) = &self.price else {
            return Ok(None);
        };
        let (whole, cents) = price.split_once('.').unwrap_or((price, "00"));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let whole_ok = !whole.is_empty() && digits(whole);
        let parsed = (whole_ok && digits(cents) && cents.len() == 2)
            .then(|| format!("{whole}{cents}").parse().ok())
            .flatten();
        parsed.map(Some).ok_or_else(|| ConsoleError::Field {
            field: "set.price",
            message: format!("{price:?} is not an amount like 1.50"),
        })
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    Show,
    Buy,
    Release,
    Change(&'a ConsoleChange),
}

impl Step<'_> {
    /// The HTTP method at a number that is held; `change` is the carrier's method for a change.
    pub(crate) fn method(self, change: Method) -> Method {
        match self {
            Self::Show => Method::GET,
            Self::Buy => Method::POST,
            Self::Release => Method::DELETE,
            Self::Change(_) => change,
        }
    }
}

/// A change that a person can't make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsoleError {
    /// Nobody holds that number at the carrier.
    NotHeld,
    /// Something is wrong with the request.
    Field {
        /// The field at fault: `number`, `set.price`.
        field: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// The carrier refuses it.
    Refused {
        /// The HTTP status that the carrier's API has for it.
        status: u16,
        /// What the carrier says.
        body: String,
    },
}

impl ConsoleError {
    pub(crate) fn number(message: &str) -> Self {
        Self::Field {
            field: "number",
            message: message.to_owned(),
        }
    }
}

impl fmt::Display for ConsoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHeld => f.write_str("number: nobody holds it at this carrier"),
            Self::Field { field, message } => write!(f, "{field}: {message}"),
            Self::Refused { status, body } => {
                write!(f, "number: the carrier refuses with {status}: {body}")
            }
        }
    }
}

impl std::error::Error for ConsoleError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn priced(price: &str) -> Result<Option<u32>, ConsoleError> {
        let change = ConsoleChange {
            price: Some(price.to_owned()),
            ..ConsoleChange::default()
        };
        change.cents()
    }

    #[test]
    fn a_price_is_read_to_the_cent() {
        assert_eq!(priced("1.50"), Ok(Some(150)));
        assert_eq!(priced("2"), Ok(Some(200)));
        for bad in ["", "1.5", "-1.00", "1.005", "x", ".50x"] {
            assert!(priced(bad).is_err(), "{bad}");
        }
    }
}
