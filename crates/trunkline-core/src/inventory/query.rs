//! What to list of the inventory.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{HoldingState, InventoryEntry};
use crate::error::{Error, Result};
use crate::model::{AccountName, ListQuery, Money, ProviderName};

named_enum! {
    /// The order of a list of the inventory. What has no value comes last, descending too; numbers that are
    /// alike follow in the order in which they were first seen, or descending in its reverse.
    #[derive(Default)]
    InventorySort {
        /// By number or extension, digit by digit.
        #[default]
        Number = "number",
        /// By account, then by number.
        Account = "account",
        /// By label, lower case.
        Label = "label",
        /// By monthly price, whatever its currency.
        Price = "price",
        /// By time of purchase.
        PurchasedAt = "purchased_at",
        /// By time of the last change of the record.
        ChangedAt = "changed_at",
    }
}

/// Which numbers of the inventory to list, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InventoryQuery {
    /// The filters of a list of numbers; its `provider_options`, `limit` and `cursor` are not used.
    #[serde(flatten)]
    pub numbers: ListQuery,
    /// At these accounts; at all that the caller sees if empty.
    pub accounts: Vec<String>,
    /// Only at accounts of this provider.
    pub provider: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// Held, missing or gone; held and missing if `None`.
    pub holding: Option<HoldingState>,
    /// Purchased at this time or later.
    pub purchased_after: Option<Timestamp>,
    /// Purchased before this time.
    pub purchased_before: Option<Timestamp>,
    /// True for numbers that are routed nowhere and assigned to nobody, false for all others.
    pub unassigned: Option<bool>,
    /// Digits anywhere in the number, or words in number, label, tags, place and owner: 3 characters at least.
    pub q: Option<String>,
    /// The order.
    pub sort: InventorySort,
    /// Whether the order is reversed.
    pub descending: bool,
    /// At most this many on a page: 1 to 1000.
    #[serde(skip)]
    pub limit: usize,
    /// [`InventoryPage::next_cursor`] of the page before.
    #[serde(skip)]
    pub cursor: Option<String>,
    /// Whether to count all that fit.
    #[serde(skip)]
    pub count: bool,
}

impl InventoryQuery {
    /// Most numbers on a page.
    pub const LIMIT_MAX: usize = 1_000;

    /// Fewest characters of [`InventoryQuery::q`].
    pub const Q_MIN: usize = 3;

    /// Checks what makes no sense.
    ///
    /// # Errors
    /// `InvalidRequest` naming the field.
    pub fn validate(&self) -> Result<()> {
        if !(1..=Self::LIMIT_MAX).contains(&self.limit) {
            return Err(Error::invalid("limit", "1 to 1000"));
        }
        if !self.numbers.provider_options.is_empty() {
            let message = "the inventory is not filtered by options of a carrier";
            return Err(Error::invalid("provider_options", message));
        }
        let words = self.q.as_deref().map(str::trim);
        if words.is_some_and(|words| words.chars().count() < Self::Q_MIN) {
            return Err(Error::invalid("q", "3 characters at least"));
        }
        if words.is_some_and(|words| words.len() > 200) {
            return Err(Error::invalid("q", "200 characters at most"));
        }
        Ok(())
    }

    /// What `q` looks for: each of these texts, in lower case, somewhere in what can be searched.
    pub fn words(&self) -> Vec<String> {
        let text = self.q.as_deref().unwrap_or_default().trim().to_lowercase();
        let is_written_number = text
            .bytes()
            .all(|b| b.is_ascii_digit() || b"+-() ./".contains(&b));
        if is_written_number {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            return if digits.is_empty() {
                vec![text]
            } else {
                vec![digits]
            };
        }
        text.split_whitespace().map(str::to_owned).collect()
    }
}

impl InventoryEntry {
    /// What [`InventoryQuery::q`] is looked for in: number, extension, label, tags, place and owner, in lower case.
    pub fn searched_text(&self) -> String {
        let number = &self.number;
        let place = &number.location;
        let owner = number.owner.as_ref();
        let single = [
            &number.number,
            &number.extension,
            &number.label,
            &number.caller_id_name,
            &place.name,
            &place.locality,
            &place.region,
            &place.postal_code,
        ];
        let single = single.into_iter().flatten();
        let owner = owner.and_then(|owner| owner.name.as_ref()).into_iter();
        let all: Vec<&str> = single
            .chain(owner)
            .chain(&number.tags)
            .map(String::as_str)
            .collect();
        all.join("\n").to_lowercase()
    }

    /// Whether it is routed nowhere and assigned to nobody.
    pub fn is_unassigned(&self) -> bool {
        let number = &self.number;
        let nowhere = [&number.voice, &number.messaging]
            .iter()
            .all(|routing| routing.is_none());
        nowhere && number.owner.is_none()
    }

    /// Whether it is one of those asked for, accounts and provider aside.
    pub fn fits(&self, query: &InventoryQuery) -> bool {
        let (number, wanted) = (&self.number, &query.numbers);
        let state = self.inventory.state;
        let owner = number.owner.as_ref().and_then(|owner| owner.id.as_ref());
        let words = query.words();
        let text = if words.is_empty() {
            String::new()
        } else {
            self.searched_text()
        };
        let at = number.purchased_at;
        wanted.fits(number)
            && wanted
                .country
                .is_none_or(|country| number.country == Some(country))
            && wanted
                .number_type
                .as_ref()
                .is_none_or(|kind| number.number_type == *kind)
            && wanted
                .state
                .as_ref()
                .is_none_or(|state| number.state == *state)
            && number.features.cover(wanted.features)
            && (wanted.owner.is_none() || owner == wanted.owner.as_ref())
            && (wanted.location.is_none() || number.location.id == wanted.location)
            && wanted
                .available
                .is_none_or(|free| number.owner.is_none() == free)
            && query
                .tag
                .as_ref()
                .is_none_or(|tag| number.tags.contains(tag))
            && query
                .holding
                .map_or(state != HoldingState::Gone, |wanted| state == wanted)
            && query
                .purchased_after
                .is_none_or(|after| at.is_some_and(|at| at >= after))
            && query
                .purchased_before
                .is_none_or(|before| at.is_some_and(|at| at < before))
            && query
                .unassigned
                .is_none_or(|wanted| self.is_unassigned() == wanted)
            && words.iter().all(|word| text.contains(word))
    }

    /// What is sorted by [`InventorySort::Number`]: the digits of the number, else of the extension; either as it is if it is
    /// not written in digits.
    pub fn number_key(&self) -> String {
        let number = &self.number;
        digits(
            number
                .number
                .as_deref()
                .or(number.extension.as_deref())
                .unwrap_or_default(),
        )
    }

    /// [`InventoryEntry::label_key`] of what has no label.
    pub const NO_LABEL: &str = "\u{10ffff}";

    /// [`InventoryEntry::price_key`] and [`InventoryEntry::purchased_key`] of what has no such value.
    pub const NO_INTEGER: i64 = i64::MAX;

    /// What is sorted by [`InventorySort::Label`]. What has no label comes last.
    pub fn label_key(&self) -> String {
        match self.number.label.as_deref() {
            Some(label) if !label.is_empty() => label.to_lowercase(),
            _ => Self::NO_LABEL.to_owned(),
        }
    }

    /// What is sorted by [`InventorySort::Price`]: millionths of the currency's unit. What has no price comes last.
    pub fn price_key(&self) -> i64 {
        self.inventory
            .monthly_price
            .map_or(Self::NO_INTEGER, Money::micros)
    }

    /// What is sorted by [`InventorySort::PurchasedAt`], in milliseconds. What has no such time comes last.
    pub fn purchased_key(&self) -> i64 {
        self.number
            .purchased_at
            .map_or(Self::NO_INTEGER, jiff::Timestamp::as_millisecond)
    }
}

/// The digits of a number however it is written; anything else as it is.
pub fn digits(text: &str) -> String {
    let is_number = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b" +-./()".contains(&b));
    match is_number {
        true => text.chars().filter(char::is_ascii_digit).collect(),
        false => text.to_owned(),
    }
}

/// How fresh the inventory of an account is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InventorySource {
    /// The account.
    pub account: AccountName,
    /// Its provider.
    pub provider: ProviderName,
    /// When the last complete reading began; `None` until there is one.
    pub as_of: Option<Timestamp>,
    /// Why the last reading was not complete, if it was not.
    pub error: Option<String>,
}

/// Part of the inventory, in the order asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct InventoryPage {
    /// The numbers.
    pub data: Vec<InventoryEntry>,
    /// Where the next page starts; `None` at the end.
    pub next_cursor: Option<String>,
    /// How many fit in all, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The accounts asked for, by name.
    pub sources: Vec<InventorySource>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(q: &str) -> Vec<String> {
        let query = InventoryQuery {
            q: Some(q.to_owned()),
            ..InventoryQuery::default()
        };
        query.words()
    }

    #[test]
    fn number_as_people_write_it_is_looked_for_by_its_digits() {
        assert_eq!(words("+1 (415) 555-01"), ["141555501"]);
        assert_eq!(words("Sales  Berlin"), ["sales", "berlin"]);
        assert_eq!(words("desk 12"), ["desk", "12"]);
    }

    #[test]
    fn query_out_of_bounds_names_its_field() {
        let bad = |query: InventoryQuery| query.validate().unwrap_err().fields()[0].field.clone();
        let base = || InventoryQuery {
            limit: 1,
            ..InventoryQuery::default()
        };
        assert_eq!(
            bad(InventoryQuery {
                limit: 1_001,
                ..base()
            }),
            "limit"
        );
        assert_eq!(
            bad(InventoryQuery {
                q: Some(" ab ".to_owned()),
                ..base()
            }),
            "q"
        );
        assert!(base().validate().is_ok());
    }
}
