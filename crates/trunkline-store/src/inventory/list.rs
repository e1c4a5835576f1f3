//! The statements that list, count and sum the inventory, with the filters that were given.

use trunkline_core::inventory::{
    HoldingState, InventoryEntry, InventoryQuery, InventorySort, SummaryBy, digits,
};
use trunkline_core::model::ListQuery;
use trunkline_core::{Features, Result};
use trunkline_engine::inventory::{Inside, SortedAfter};

use super::rows::bits;
use crate::query::{Argument, Query};
use crate::rows::json;
use crate::sql;
use crate::trails::without_nul;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) inside: &'a Inside,
    pub(crate) query: &'a InventoryQuery,
    /// The places of the few rows that can have all of `q`, as a JSON array.
    pub(crate) places: Option<&'a str>,
}

/// Whether the filters find few rows by their places.
fn finds_few(query: &InventoryQuery) -> bool {
    let long = |text: &String| text.chars().count() >= InventoryQuery::Q_MIN;
    query.tag.is_some()
        || query.words().iter().any(long)
        || query.numbers.contains.as_ref().is_some_and(long)
}

/// An index that a filter makes small, if there is one.
fn narrow_index(inside: &Inside, query: &InventoryQuery) -> Option<&'static str> {
    let numbers = &query.numbers;
    if numbers.number.is_some() {
        return Some("inventory_by_number");
    }
    if numbers.owner.is_some() {
        return Some("inventory_by_owner");
    }
    if query
        .holding
        .is_some_and(|state| state != HoldingState::Held)
    {
        return Some("inventory_not_held");
    }
    if numbers.location.is_some() {
        return Some("inventory_by_location");
    }
    if numbers.label.is_some() {
        return Some("inventory_by_label");
    }
    let by_number = matches!(query.sort, InventorySort::Number | InventorySort::Account);
    (by_number && inside.identities.len() == 1).then_some("inventory_by_identity")
}

/// Columns of an order, and the index that is in it.
const fn order(sort: InventorySort) -> (&'static [&'static str], &'static str) {
    match sort {
        InventorySort::Number => (&["number_key", "seq"], "inventory_by_number"),
        InventorySort::Account => (&["account", "number_key", "seq"], "inventory_by_account"),
        InventorySort::Label => (&["label_key", "seq"], "inventory_by_label"),
        InventorySort::Price => (&["price_key", "seq"], "inventory_by_price"),
        InventorySort::PurchasedAt => (&["purchased_key", "seq"], "inventory_by_purchase"),
        InventorySort::ChangedAt => (&["changed_ms", "seq"], "inventory_by_change"),
    }
}

/// The rows of a list that are asked for in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of them.
    Whole,
    /// Those that have a value to sort by.
    Valued,
    /// Those that have none.
    Without,
}

/// The parts in which a page is read that begins after this. Rows without a value have the greatest key, and come last in
/// descending order too: they are read after the others.
pub(crate) fn parts(query: &InventoryQuery, after: Option<&SortedAfter>) -> &'static [Part] {
    match query.sort {
        InventorySort::Label | InventorySort::Price | InventorySort::PurchasedAt
            if query.descending =>
        {
            match after {
                Some(after) if after.is_without_value() => &[Part::Without],
                _ => &[Part::Valued, Part::Without],
            }
        }
        _ => &[Part::Whole],
    }
}

/// The entries of a part that are asked for, in their order, after a place.
pub(crate) fn listed(asked: Asked<'_>, part: Part, after: Option<&SortedAfter>) -> Result<Query> {
    let Asked { inside, query, .. } = asked;
    let (columns, sorted) = order(query.sort);
    let select = if finds_few(query) {
        Query::found(sql::ENTRY, &inside.tenant)
    } else {
        let index = narrow_index(inside, query).unwrap_or(sorted);
        Query::filtered(sql::ENTRY, index, &inside.tenant)
    };
    let mut select = filtered(select, asked)?;
    let none = match query.sort {
        InventorySort::Label => Argument::from(InventoryEntry::NO_LABEL),
        _ => Argument::from(InventoryEntry::NO_INTEGER),
    };
    let key = columns[0];
    select = match part {
        Part::Whole => select,
        Part::Valued => select.and_all(&format!("{key} < ?"), [none]),
        Part::Without => select.and_all(&format!("{key} = ?"), [none]),
    };
    let (than, direction) = if query.descending {
        ("<", " DESC")
    } else {
        (">", "")
    };
    if let Some(after) = after {
        let place = Argument::from(after.place);
        let text = Argument::from(after.text.as_str());
        let later = |columns: &str, places: &str| format!("({columns}) {than} ({places})");
        select = match query.sort {
            InventorySort::Account => {
                let under = Argument::from(after.under.as_str());
                select.and_all(
                    &later("account, number_key, seq", "?, ?, ?"),
                    [text, under, place],
                )
            }
            InventorySort::Number | InventorySort::Label => {
                select.and_all(&later(&columns.join(", "), "?, ?"), [text, place])
            }
            InventorySort::Price | InventorySort::PurchasedAt | InventorySort::ChangedAt => {
                let integer = Argument::from(after.integer);
                select.and_all(&later(&columns.join(", "), "?, ?"), [integer, place])
            }
        };
    }
    let by: Vec<String> = columns
        .iter()
        .map(|column| format!("{column}{direction}"))
        .collect();
    let select = select.ordered(&by.join(", "), query.limit);
    Ok(match query.numbers.number {
        Some(_) => select.quick(),
        None => select,
    })
}

/// How many fit.
pub(crate) fn counted(asked: Asked<'_>) -> Result<Query> {
    match counts(&[], asked.query) {
        Some(tag) => from_counts(
            "SELECT CAST(COALESCE(SUM(found), 0) AS BIGINT) AS found",
            tag,
            asked,
        ),
        None => summing("SELECT COUNT(*) AS found FROM inventory", asked),
    }
}

const fn column(by: SummaryBy) -> &'static str {
    match by {
        SummaryBy::Account => "account",
        SummaryBy::Country => "country",
        SummaryBy::Type => "number_type",
        SummaryBy::Tag => "tag",
        SummaryBy::Provider => "provider",
        SummaryBy::Month => "month",
    }
}

/// How many fit and what they cost, by values.
pub(crate) fn summed(asked: Asked<'_>, by: &[SummaryBy]) -> Result<Query> {
    let groups: String = by.iter().map(|by| format!("{}, ", column(*by))).collect();
    let groups = format!(" GROUP BY {groups}currency, price_source");
    if let Some(tag) = counts(by, asked.query) {
        let values = by.iter().map(|by| {
            let column = column(*by);
            format!("NULLIF({column}, '') AS {}, ", by.as_str())
        });
        let (found, millionths) = match tag {
            Tag::Each => (
                "CASE tag WHEN '' THEN untagged ELSE found END",
                "CASE tag WHEN '' THEN untagged_millionths ELSE millionths END",
            ),
            Tag::One(_) => ("found", "millionths"),
        };
        let select = format!(
            "SELECT {}NULLIF(currency, '') AS currency, price_source, CAST(SUM({found}) AS BIGINT) AS found, \
             CAST(SUM({millionths}) AS BIGINT) AS millionths",
            values.collect::<String>()
        );
        let none = format!(" HAVING SUM({found}) <> 0");
        return Ok(from_counts(&select, tag, asked)?.then(&groups).then(&none));
    }
    let values = by.iter().map(|by| {
        let column = column(*by);
        format!("{column} AS {}, ", by.as_str())
    });
    let figures = "currency, price_source, COUNT(*) AS found, \
        CAST(COALESCE(SUM(CASE WHEN currency IS NULL THEN 0 ELSE price_key END), 0) AS BIGINT) AS millionths";
    let select = format!(
        "SELECT {}{figures} FROM inventory",
        values.collect::<String>()
    );
    let select = if by.contains(&SummaryBy::Tag) {
        // Every row with each of its tags, those without one too.
        let select = format!("{select} LEFT JOIN inventory_tags ON entry = seq");
        filtered(Query::joined(&select, &asked.inside.tenant), asked)?
    } else {
        summing(&select, asked)?
    };
    Ok(select.then(&groups))
}

/// The counts of which tags say what is asked.
#[derive(Clone, Copy)]
enum Tag<'a> {
    /// Of every tag, and of numbers without one.
    Each,
    /// Of this one; of all numbers if it is empty.
    One(&'a str),
}

/// Which counts answer a question: they are kept by the values that are summed by, state and whether a number is unassigned. None
/// does if there is another filter.
fn counts<'a>(by: &[SummaryBy], query: &'a InventoryQuery) -> Option<Tag<'a>> {
    let kept = InventoryQuery {
        numbers: ListQuery {
            country: query.numbers.country,
            number_type: query.numbers.number_type.clone(),
            limit: query.numbers.limit,
            cursor: query.numbers.cursor.clone(),
            ..ListQuery::default()
        },
        q: None,
        purchased_after: None,
        purchased_before: None,
        ..query.clone()
    };
    match (&query.tag, by.contains(&SummaryBy::Tag)) {
        _ if kept != *query => None,
        (None, true) => Some(Tag::Each),
        (Some(_), true) => None,
        (tag, false) => Some(Tag::One(tag.as_deref().unwrap_or_default())),
    }
}

fn from_counts(select: &str, tag: Tag<'_>, asked: Asked<'_>) -> Result<Query> {
    let select = format!("{select} FROM inventory_counts");
    let select = located(Query::joined(&select, &asked.inside.tenant), asked)?;
    let tag = match tag {
        Tag::Each => None,
        Tag::One(tag) => Some(without_nul(tag)),
    };
    Ok(by_fields(select.and("tag = ?", tag), asked.query))
}

fn summing(select: &str, asked: Asked<'_>) -> Result<Query> {
    let Asked { inside, query, .. } = asked;
    let select = if finds_few(query) {
        Query::found(select, &inside.tenant)
    } else {
        let index = narrow_index(inside, query).unwrap_or("inventory_by_number");
        Query::filtered(select, index, &inside.tenant)
    };
    filtered(select, asked)
}

/// A pattern for texts that have this one in them. What LIKE takes for a wildcard is any one character.
fn pattern(text: &str) -> String {
    let plain = |sign: char| if "%_\\".contains(sign) { '_' } else { sign };
    let text: String = without_nul(text).chars().map(plain).collect();
    format!("%{text}%")
}

/// The conditions of all filters.
fn filtered(select: Query, asked: Asked<'_>) -> Result<Query> {
    let select = by_fields(located(select, asked)?, asked.query);
    Ok(by_text(select, asked))
}

/// The conditions of accounts and of what became of a number.
fn located(select: Query, asked: Asked<'_>) -> Result<Query> {
    let Asked { inside, query, .. } = asked;
    let mut select = select;
    select = match &inside.identities[..] {
        [one] => select.and("identity = ?", Some(one.as_str())),
        several => select.and("identity IN {list}?{/list}", Some(json(&several)?)),
    };
    Ok(match query.holding {
        Some(HoldingState::Held) => select.then(" AND state = 'held'"),
        Some(other) => select
            .then(" AND state <> 'held'")
            .and("state = ?", Some(other.as_str())),
        None => select.then(" AND state <> 'gone'"),
    })
}

/// The conditions of columns that have one value.
fn by_fields(select: Query, query: &InventoryQuery) -> Query {
    let numbers = &query.numbers;
    let (mut select, number) = (select, numbers.number.as_deref());
    let flag = |wanted: Option<bool>| wanted.map(i64::from);
    let ms = |time: Option<jiff::Timestamp>| time.map(jiff::Timestamp::as_millisecond);
    let owner = numbers.owner.as_deref().map(without_nul);
    let features = (numbers.features != Features::default()).then(|| bits(numbers.features));
    // Short ones are the same only if they are written alike.
    let key = number.map(digits);
    let short = number.filter(|number| digits(number).len() < 7);
    let label = numbers.label.as_deref().map(without_nul);
    select = select
        .and("number_key = ?", key)
        .and("number = ?", short)
        .and("label_key = ?", label.as_deref().map(str::to_lowercase))
        .and("label = ?", label)
        .and("owner = ?", owner)
        .and("location = ?", numbers.location.as_deref())
        .and(
            "country = ?",
            numbers.country.map(|country| country.to_string()),
        )
        .and(
            "number_type = ?",
            numbers
                .number_type
                .as_ref()
                .map(|kind| kind.as_str().to_owned()),
        )
        .and(
            "carrier_state = ?",
            numbers
                .state
                .as_ref()
                .map(|state| state.as_str().to_owned()),
        )
        .and("main = ?", flag(numbers.main))
        .and("owned = ?", flag(numbers.available.map(|free| !free)))
        .and("unassigned = ?", flag(query.unassigned))
        .and("purchased_key >= ?", ms(query.purchased_after))
        .and("purchased_key < ?", ms(query.purchased_before));
    if let Some(features) = features {
        let wanted = Argument::from(features);
        select = select.and_all("(features & ?) = ?", [wanted.clone(), wanted]);
    }
    if query.purchased_after.is_some() {
        select = select.and("purchased_key < ?", Some(i64::MAX));
    }
    select
}

/// The conditions of tags, digits and words.
fn by_text(select: Query, asked: Asked<'_>) -> Query {
    let Asked {
        inside,
        query,
        places,
    } = asked;
    let mut select = select;
    if let Some(tag) = &query.tag {
        let (whose, tag) = (inside.tenant.as_str().into(), without_nul(tag).into());
        let tagged = "seq IN (SELECT entry FROM inventory_tags AS tagged WHERE whose = ? AND tagged.tag = ?)";
        select = select.and_all(tagged, [whose, tag]);
    }
    if let Some(contains) = &query.numbers.contains {
        let like = pattern(&contains.to_lowercase());
        if contains.chars().count() >= InventoryQuery::Q_MIN {
            select = select.and("{has text}?{/text}", Some(like.as_str()));
        }
        let either = [Argument::from(like.as_str()), Argument::from(like.as_str())];
        select = select.and_all("(number LIKE ? OR extension LIKE ?)", either);
    }
    select = select.and("{places}?{/places}", places);
    for word in query.words() {
        // Shorter ones are in no index; few rows are not looked for in one.
        let indexed = places.is_none() && word.chars().count() >= InventoryQuery::Q_MIN;
        let condition = match indexed {
            true => "{has text}?{/text}",
            false => "(text || '') LIKE ?",
        };
        select = select.and(condition, Some(pattern(&word)));
    }
    select
}
