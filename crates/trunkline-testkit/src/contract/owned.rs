//! Listing and finding what is held.

use std::collections::BTreeSet;

use trunkline_core::capability::ListFilter;
use trunkline_core::{
    E164, ErrorKind, HeldRow, ListQuery, Number, Operation, Provider, ProviderExt,
};

use super::Subject;
use crate::harness::{Fault, Harness};
use crate::with;

async fn ids(subject: &Subject<'_>, query: &ListQuery) -> Vec<String> {
    let numbers = subject.provider().list_all(query).await;
    let numbers = numbers.unwrap_or_else(|error| panic!("{query:?}: {error:?}"));
    let numbers = numbers.into_iter();
    numbers.map(|number| number.provider_id).collect()
}

pub async fn a_list_gives_every_number_once_in_any_page_size(harness: &dyn Harness) {
    let subject = offering!(harness, List);
    let held = subject.hold(7).await;
    let all = ids(&subject, &ListQuery::default()).await;
    let once: BTreeSet<_> = all.iter().collect();
    assert_eq!(once.len(), all.len());
    assert!(held.iter().all(|number| once.contains(&number.provider_id)));
    let most = subject.provider().capability().page_size_max;
    for limit in [1, 2, 3, 7, 100, most] {
        let query = with(ListQuery::default(), |it| it.limit = limit);
        let page = subject.provider().list(&query).await.unwrap();
        let rows = page.items.len();
        assert!(rows <= limit, "{rows} on a page of {limit}");
        assert_eq!(ids(&subject, &query).await, all, "in pages of {limit}");
    }
}

/// A list that a number is in, narrowed down by a filter; `None` if the number says nothing about it.
fn list_by(filter: ListFilter, number: &Number) -> Option<ListQuery> {
    let mut query = ListQuery::default();
    let digits = number.number.clone()?;
    match filter {
        ListFilter::Number => query.number = Some(digits),
        ListFilter::Contains => query.contains = Some(digits[digits.len() - 4..].to_owned()),
        ListFilter::Country => query.country = Some(number.country?),
        ListFilter::Type => query.number_type = Some(number.number_type.clone()),
        ListFilter::State => query.state = Some(number.state.clone()),
        ListFilter::Features => query.features.voice = number.features.voice,
        ListFilter::Label => query.label = Some(number.label.clone()?),
        ListFilter::Owner => query.owner = Some(number.owner.clone()?.id?),
        ListFilter::Location => query.location = Some(number.location.id.clone()?),
        ListFilter::Main => query.main = Some(number.main),
        ListFilter::Available => query.available = Some(number.owner.is_none()),
    }
    Some(query)
}

fn answers(number: &Number, query: &ListQuery) -> bool {
    fn is<T: PartialEq>(wanted: Option<&T>, have: Option<&T>) -> bool {
        wanted.is_none_or(|wanted| Some(wanted) == have)
    }
    let owner = number.owner.as_ref();
    let contains = query.contains.as_deref().unwrap_or_default();
    let digits = number.number.as_deref().unwrap_or_default();
    is(query.number.as_ref(), number.number.as_ref())
        && is(query.label.as_ref(), number.label.as_ref())
        && is(
            query.owner.as_ref(),
            owner.and_then(|owner| owner.id.as_ref()),
        )
        && is(query.location.as_ref(), number.location.id.as_ref())
        && digits.contains(contains)
        && is(query.country.as_ref(), number.country.as_ref())
        && is(query.number_type.as_ref(), Some(&number.number_type))
        && is(query.state.as_ref(), Some(&number.state))
        && number.features.cover(query.features)
        && is(query.main.as_ref(), Some(&number.main))
        && is(query.available.as_ref(), Some(&owner.is_none()))
}

/// What it gives is what was asked for, and the number that was meant is among it.
pub async fn every_list_filter_of_the_carrier_is_honoured(harness: &dyn Harness) {
    let subject = offering!(harness, List);
    let held = subject.hold(5).await;
    for filter in &subject.provider().capability().list_filters {
        let Some(query) = list_by(*filter, &held[2]) else {
            continue;
        };
        let found = subject.list_all(&query).await;
        let mut ids = found.iter().map(|number| &number.provider_id);
        let there = ids.any(|id| *id == held[2].provider_id);
        assert!(there, "{filter} lost the number");
        for number in found {
            let fits = answers(&number, &query);
            assert!(fits, "{filter}: {query:?} gave {number:?}");
        }
    }
}

/// The adapter leaves such a filter to its caller, so that it may give more, never less.
pub async fn a_list_filter_applied_here_loses_nothing(harness: &dyn Harness) {
    let subject = offering!(harness, List);
    let held = subject.hold(5).await;
    for filter in &subject.provider().capability().list_filters_local {
        let Some(query) = list_by(*filter, &held[2]) else {
            continue;
        };
        let all = subject.list_all(&ListQuery::default()).await;
        let wanted = all.into_iter().filter(|number| answers(number, &query));
        let found = ids(&subject, &query).await;
        for Number {
            id, provider_id, ..
        } in wanted
        {
            assert!(found.contains(&provider_id), "{filter} lost {id}");
        }
    }
}

/// As `invalid_request`; above all it leads nowhere else.
pub async fn a_cursor_that_is_none_is_refused(harness: &dyn Harness) {
    let subject = offering!(harness, List);
    for cursor in [
        "",
        "nonsense",
        "//elsewhere.example/",
        "https://elsewhere.example/x",
        "/../x",
    ] {
        let query = with(ListQuery::default(), |it| {
            it.cursor = Some(cursor.to_owned())
        });
        let error = subject.unsent(subject.provider().list(&query)).await;
        let kind = error.kind();
        assert_eq!(kind, ErrorKind::InvalidRequest, "{cursor:?}: {error:?}");
    }
}

/// Both ways show the same number; alone it may show more of what its carrier alone has.
pub async fn a_number_is_got_as_it_is_listed(harness: &dyn Harness) {
    let subject = offering!(harness, List, Get);
    let held = subject.hold(3).await;
    let listed = subject.list_all(&ListQuery::default()).await;
    for number in held {
        let got = subject.get(&number.provider_id).await;
        let listed = listed.iter().find(|listed| listed.id == number.id).unwrap();
        let (all, some) = (members(&got), members(listed));
        for (name, value) in some {
            assert_eq!(all.get(&name), Some(&value), "{name}");
        }
        let provider_data = got.provider_data.clone();
        let listed = with(listed.clone(), |it| it.provider_data = provider_data);
        assert_eq!(listed, got);
    }
}

fn members(number: &Number) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_str(number.provider_data.as_json()).unwrap()
}

pub async fn an_unknown_number_is_not_found(harness: &dyn Harness) {
    let subject = offering!(harness, Get);
    for id in [&subject.samples().unknown_id, "no such id", "../..", "?x=1"] {
        let error = subject.provider().get(id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{id:?}: {error:?}");
    }
}

/// With the carrier's clock, which a purchase counts from.
pub async fn a_number_not_held_is_absent(harness: &dyn Harness) {
    let subject = offering!(harness, FindOwned);
    let number = subject.samples().unknown_number();
    let look = subject.look(&number).await;
    assert_eq!(look.rows, []);
    assert!(look.carrier_time.is_some());
}

/// Where the carrier shows one; and as it is, where the carrier can be asked for one number.
pub async fn a_number_held_is_seen_with_its_creation_time(harness: &dyn Harness) {
    let subject = offering!(harness, FindOwned);
    let held = subject.hold(2).await.remove(1);
    let number: E164 = held.e164().unwrap();
    let look = subject.look(&number).await;
    let wanted = HeldRow {
        provider_id: held.provider_id,
        created_at: held.purchased_at,
    };
    assert_eq!(look.rows, [wanted]);
    let native = &subject.provider().capability().list_filters;
    if native.contains(&ListFilter::Number) {
        let id = &look.rows[0].provider_id;
        assert_eq!(look.numbers, [subject.provider().get(id).await.unwrap()]);
    }
}

/// The first number is found as well as the last, and none is found that is not there.
pub async fn a_look_is_complete_over_all_pages(harness: &dyn Harness) {
    let subject = offering!(harness, FindOwned);
    let held = subject.hold(subject.samples().crowd).await;
    for number in [held.first(), held.get(held.len() / 2), held.last()] {
        let number = number.and_then(Number::e164).unwrap();
        let look = subject.look(&number).await;
        assert!(look.is_held(), "{number} was not seen");
    }
    let absent = subject.samples().unknown_number();
    let look = subject.look(&absent).await;
    assert_eq!(look.rows, []);
}

/// Absence settles purchases: half an answer must never be taken for it.
pub async fn a_look_that_can_t_be_completed_is_an_error(harness: &dyn Harness) {
    let subject = offering!(harness, FindOwned);
    let number = subject.samples().unknown_number();
    let faults = [
        Fault::status(500),
        Fault::status(404),
        Fault::status(403),
        Fault::DropBeforeCommit {},
        Fault::TruncatedBody {},
        Fault::MalformedBody {},
    ];
    for fault in faults {
        let fresh = Subject::new(harness).await;
        harness.inject(Operation::FindOwned, fault.clone(), None);
        let look = fresh.provider().find_owned(&number).await;
        assert!(look.is_err(), "{fault:?}: {look:?}");
        harness.clear_faults();
    }
}
