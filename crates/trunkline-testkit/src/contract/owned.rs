//! Listing and finding what is held.

use std::collections::BTreeSet;

use trunkline_core::capability::ListFilter;
use trunkline_core::{
    E164, ErrorKind, Features, HeldRow, ListQuery, Number, Operation, Provider, ProviderExt,
};

use super::Subject;
use crate::harness::{Fault, Harness};

async fn ids(subject: &Subject<'_>, query: &ListQuery) -> Vec<String> {
    let numbers = subject.provider().list_all(query).await;
    let numbers = numbers.unwrap_or_else(|error| panic!("{query:?}: {error:?}"));
    numbers
        .into_iter()
        .map(|number| number.provider_id)
        .collect()
}

/// In the same order, too.
pub async fn a_list_gives_every_number_once_in_any_page_size(harness: &dyn Harness) {
    let Some(subject) = Subject::offering(harness, &[Operation::List]).await else {
        return;
    };
    let held = subject.hold(7).await;
    let all = ids(&subject, &ListQuery::default()).await;
    let once: BTreeSet<_> = all.iter().collect();
    assert_eq!(once.len(), all.len());
    assert!(held.iter().all(|number| once.contains(&number.provider_id)));
    for limit in [
        1,
        2,
        3,
        7,
        100,
        subject.provider().capability().page_size_max,
    ] {
        let query = ListQuery {
            limit,
            ..ListQuery::default()
        };
        let page = subject.provider().list(&query).await.unwrap();
        assert!(
            page.items.len() <= limit,
            "{} on a page of {limit}",
            page.items.len()
        );
        assert_eq!(ids(&subject, &query).await, all, "in pages of {limit}");
    }
}

/// A number that answers the question, and what other numbers must be like to answer it too.
fn list_by(filter: ListFilter, number: &Number) -> Option<ListQuery> {
    let query = ListQuery::default();
    let digits = number.number.clone()?;
    Some(match filter {
        ListFilter::Number => ListQuery {
            number: Some(digits),
            ..query
        },
        ListFilter::Contains => ListQuery {
            contains: Some(digits[digits.len() - 4..].to_owned()),
            ..query
        },
        ListFilter::Country => ListQuery {
            country: Some(number.country?),
            ..query
        },
        ListFilter::Type => ListQuery {
            number_type: Some(number.number_type.clone()),
            ..query
        },
        ListFilter::State => ListQuery {
            state: Some(number.state.clone()),
            ..query
        },
        ListFilter::Features => {
            let features = Features {
                voice: number.features.voice,
                ..Features::default()
            };
            ListQuery { features, ..query }
        }
        ListFilter::Label => ListQuery {
            label: Some(number.label.clone()?),
            ..query
        },
        ListFilter::Owner => ListQuery {
            owner: Some(number.owner.clone()?.id?),
            ..query
        },
        ListFilter::Location => ListQuery {
            location: Some(number.location.id.clone()?),
            ..query
        },
        ListFilter::Main => ListQuery {
            main: Some(number.main),
            ..query
        },
        ListFilter::Available => ListQuery {
            available: Some(number.owner.is_none()),
            ..query
        },
    })
}

fn answers(number: &Number, query: &ListQuery) -> bool {
    let is = |wanted: &Option<String>, have: Option<&String>| {
        wanted.as_ref().is_none_or(|wanted| Some(wanted) == have)
    };
    let owner = number.owner.as_ref();
    let contains = query.contains.as_deref().unwrap_or_default();
    is(&query.number, number.number.as_ref())
        && is(&query.label, number.label.as_ref())
        && is(&query.owner, owner.and_then(|owner| owner.id.as_ref()))
        && is(&query.location, number.location.id.as_ref())
        && number
            .number
            .as_deref()
            .unwrap_or_default()
            .contains(contains)
        && query
            .country
            .is_none_or(|wanted| number.country == Some(wanted))
        && query
            .number_type
            .as_ref()
            .is_none_or(|wanted| number.number_type == *wanted)
        && query
            .state
            .as_ref()
            .is_none_or(|wanted| number.state == *wanted)
        && number.features.cover(query.features)
        && query.main.is_none_or(|main| number.main == main)
        && query
            .available
            .is_none_or(|available| owner.is_none() == available)
}

/// What it gives is what was asked for, and the number that was meant is among it.
pub async fn every_list_filter_of_the_carrier_is_honoured(harness: &dyn Harness) {
    let Some(subject) = Subject::offering(harness, &[Operation::List]).await else {
        return;
    };
    let held = subject.hold(5).await;
    for filter in &subject.provider().capability().list_filters {
        let Some(query) = list_by(*filter, &held[2]) else {
            continue;
        };
        let found = subject.provider().list_all(&query).await.unwrap();
        assert!(
            found
                .iter()
                .any(|number| number.provider_id == held[2].provider_id),
            "{filter} lost the number"
        );
        for number in found {
            assert!(
                answers(&number, &query),
                "{filter}: {query:?} gave {number:?}"
            );
        }
    }
}

/// The adapter leaves such a filter to its caller, so that it may give more, never less.
pub async fn a_list_filter_applied_here_loses_nothing(harness: &dyn Harness) {
    let Some(subject) = Subject::offering(harness, &[Operation::List]).await else {
        return;
    };
    let held = subject.hold(5).await;
    for filter in &subject.provider().capability().list_filters_local {
        let Some(query) = list_by(*filter, &held[2]) else {
            continue;
        };
        let all = subject
            .provider()
            .list_all(&ListQuery::default())
            .await
            .unwrap();
        let wanted = all.into_iter().filter(|number| answers(number, &query));
        let found = ids(&subject, &query).await;
        for number in wanted {
            assert!(
                found.contains(&number.provider_id),
                "{filter} lost {}",
                number.id
            );
        }
    }
}

/// As `invalid_request`; above all it leads nowhere else.
pub async fn a_cursor_that_is_none_is_refused(harness: &dyn Harness) {
    let Some(subject) = Subject::offering(harness, &[Operation::List]).await else {
        return;
    };
    for cursor in [
        "",
        "nonsense",
        "//elsewhere.example/",
        "https://elsewhere.example/x",
        "/../x",
    ] {
        let query = ListQuery {
            cursor: Some(cursor.to_owned()),
            ..ListQuery::default()
        };
        let error = subject.unsent(subject.provider().list(&query)).await;
        assert_eq!(
            error.kind(),
            ErrorKind::InvalidRequest,
            "{cursor:?}: {error:?}"
        );
    }
}

/// Both ways show the same number; alone it may show more of what its carrier alone has.
pub async fn a_number_is_got_as_it_is_listed(harness: &dyn Harness) {
    let Some(subject) = Subject::offering(harness, &[Operation::List, Operation::Get]).await else {
        return;
    };
    let held = subject.hold(3).await;
    let listed = subject
        .provider()
        .list_all(&ListQuery::default())
        .await
        .unwrap();
    for number in held {
        let got = subject.provider().get(&number.provider_id).await.unwrap();
        let listed = listed.iter().find(|listed| listed.id == number.id).unwrap();
        let (all, some) = (members(&got), members(listed));
        for (name, value) in some {
            assert_eq!(all.get(&name), Some(&value), "{name}");
        }
        let provider_data = got.provider_data.clone();
        let listed = Number {
            provider_data,
            ..listed.clone()
        };
        assert_eq!(listed, got);
    }
}

fn members(number: &Number) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_str(number.provider_data.as_json()).unwrap()
}

/// Whatever the id looks like.
pub async fn an_unknown_number_is_not_found(harness: &dyn Harness) {
    let Some(subject) = Subject::offering(harness, &[Operation::Get]).await else {
        return;
    };
    let ids = [
        subject.samples().unknown_id.as_str(),
        "no such id",
        "../..",
        "?x=1",
    ];
    for id in ids {
        let error = subject.provider().get(id).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{id:?}: {error:?}");
    }
}

/// With the carrier's clock, which a purchase counts from.
pub async fn a_number_not_held_is_absent(harness: &dyn Harness) {
    let Some(subject) = Subject::offering(harness, &[Operation::FindOwned]).await else {
        return;
    };
    let number = subject.samples().unknown_number();
    let look = subject.provider().find_owned(&number).await.unwrap();
    assert_eq!(look.rows, []);
    assert!(look.carrier_time.is_some());
}

/// Where the carrier shows one.
pub async fn a_number_held_is_seen_with_its_creation_time(harness: &dyn Harness) {
    let Some(subject) = Subject::offering(harness, &[Operation::FindOwned]).await else {
        return;
    };
    let held = subject.hold(2).await.remove(1);
    let number: E164 = held.e164().unwrap();
    let look = subject.provider().find_owned(&number).await.unwrap();
    let wanted = HeldRow {
        provider_id: held.provider_id,
        created_at: held.purchased_at,
    };
    assert_eq!(look.rows, [wanted]);
}

/// The first number is found as well as the last, and none is found that is not there.
pub async fn a_look_is_complete_over_all_pages(harness: &dyn Harness) {
    let Some(subject) = Subject::offering(harness, &[Operation::FindOwned]).await else {
        return;
    };
    let held = subject.hold(subject.samples().crowd).await;
    for number in [held.first(), held.get(held.len() / 2), held.last()] {
        let number = number.and_then(Number::e164).unwrap();
        let look = subject.provider().find_owned(&number).await.unwrap();
        assert!(look.is_held(), "{number} was not seen");
    }
    let absent = subject.samples().unknown_number();
    let look = subject.provider().find_owned(&absent).await.unwrap();
    assert_eq!(look.rows, []);
}

/// Absence settles purchases: half an answer must never be taken for it.
pub async fn a_look_that_can_t_be_completed_is_an_error(harness: &dyn Harness) {
    let Some(subject) = Subject::offering(harness, &[Operation::FindOwned]).await else {
        return;
    };
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
