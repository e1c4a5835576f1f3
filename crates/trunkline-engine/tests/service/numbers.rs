//! What is held: pages over several accounts, and giving numbers back.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use trunkline_core::host;
use trunkline_core::{
    Caller, Effect, Error, ErrorKind, ListQuery, Operation, Patch, ProviderExt, Retry,
};
use trunkline_engine::Engine;
use trunkline_engine::{
    MemoryJournal, NumberPatch, NumbersRequest, Released, SourceStatus, Streamed,
};
use trunkline_testkit::scripted::Scripted;

use crate::releases::sent_and_then_refused;
use crate::{number, one, services};

pub(crate) fn request(limit: usize, cursor: Option<String>) -> NumbersRequest {
    NumbersRequest {
        query: ListQuery::default(),
        accounts: Vec::new(),
        provider: None,
        limit,
        cursor,
        timeout: Duration::from_secs(5),
    }
}

fn away() -> Error {
    Error::new(ErrorKind::UpstreamUnavailable, "away").with_retry(Retry::Backoff)
}

/// A write whose outcome can't be told.
fn lost() -> Error {
    away().with_effect(Effect::Unknown)
}

/// Three accounts holding 5, 0 and 7 numbers.
fn three() -> (Vec<Arc<Scripted>>, Engine) {
    let carriers: Vec<_> = ["a", "b", "c"]
        .iter()
        .map(|name| Arc::new(Scripted::new(name)))
        .collect();
    (0..5).for_each(|n| drop(carriers[0].hold(number(n), host::now())));
    (0..7).for_each(|n| drop(carriers[2].hold(number(10 + n), host::now())));
    let services = services(&carriers, Arc::new(MemoryJournal::default()));
    (carriers, services)
}

async fn drain(services: &Engine, limit: usize) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), None);
    for _ in 0..50 {
        let page = services
            .numbers
            .list(&Caller::default(), &request(limit, cursor))
            .await
            .unwrap();
        assert!(page.items.len() <= limit);
        ids.extend(page.items.iter().map(|n| n.id.to_string()));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return ids;
        }
        assert!(cursor.as_ref().unwrap().len() <= 2048);
    }
    panic!("no end");
}

#[tokio::test(start_paused = true)]
async fn every_page_size_gives_every_number_once_account_by_account() {
    let (_, services) = three();
    let whole = drain(&services, 100).await;
    assert_eq!(whole.len(), 12);
    assert!(whole.is_sorted(), "{whole:?}");
    for limit in 1..=13 {
        assert_eq!(drain(&services, limit).await, whole, "limit {limit}");
    }
}

#[tokio::test(start_paused = true)]
async fn cyclic_list_ends_with_an_error_at_its_source() {
    for limit in [1, 2, 3, 5, 50] {
        let (carriers, services) = three();
        carriers[0].list_in_a_circle();
        let (mut cursor, mut told, mut ids) = (None, Vec::new(), Vec::new());
        for page in 0.. {
            assert!(page < 30, "limit {limit}: no end");
            let (caller, request) = (Caller::default(), request(limit, cursor));
            let listed = services.numbers.list(&caller, &request).await.unwrap();
            ids.extend(listed.items.iter().map(|number| number.id.to_string()));
            told.extend(listed.sources.into_iter().filter_map(|source| source.error));
            cursor = listed.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(told.len(), 1, "limit {limit}: {told:?}");
        assert_eq!(told[0].kind(), ErrorKind::Protocol);
        let others = ids.iter().filter(|id| id.starts_with("c:")).count();
        assert_eq!(others, 7, "limit {limit}: {ids:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn cyclic_pages_end_streams_and_full_readings() {
    let (carriers, services) = three();
    carriers[0].list_in_a_circle();
    let parts = services
        .numbers
        .stream(&Caller::default(), &request(2, None))
        .unwrap();
    let parts: Vec<_> = parts.collect().await;
    let failed = parts.iter().filter(
        |part| matches!(part, Ok(Streamed::Source(source)) if source.status == SourceStatus::Error),
    );
    assert_eq!(failed.count(), 1);
    let query = ListQuery {
        limit: 2,
        ..ListQuery::default()
    };
    let error = carriers[0].list_all(&query).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_fails_keeps_its_place_and_loses_nothing() {
    let (carriers, services) = three();
    let whole = drain(&services, 100).await;
    for failures in 1..3 {
        carriers[0].fail(Operation::List, std::iter::repeat_with(away).take(failures));
        let mut ids = drain(&services, 2).await;
        ids.sort();
        assert_eq!(ids, whole, "{failures} failures");
    }
}

#[tokio::test(start_paused = true)]
async fn sources_name_answered_and_failed_accounts() {
    let (carriers, services) = three();
    carriers[1].fail(Operation::List, [away()]);
    let page = services
        .numbers
        .list(&Caller::default(), &request(6, None))
        .await
        .unwrap();
    let statuses: Vec<_> = page
        .sources
        .iter()
        .map(|s| (s.account.as_str(), s.status, s.count))
        .collect();
    assert_eq!(
        statuses,
        [
            ("a", SourceStatus::Ok, 5),
            ("b", SourceStatus::Error, 0),
            ("c", SourceStatus::Partial, 1)
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn cursor_is_bound_to_its_filters() {
    let (_, services) = three();
    let page = services
        .numbers
        .list(&Caller::default(), &request(2, None))
        .await
        .unwrap();
    assert!(
        page.next_cursor.as_ref().unwrap().starts_with("cur_"),
        "never with a dash"
    );
    let mut other = request(2, page.next_cursor);
    other.query.contains = Some("55".into());
    let error = services
        .numbers
        .list(&Caller::default(), &other)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.fields()[0].field.as_str()),
        (ErrorKind::InvalidRequest, "cursor")
    );
    let junk = services
        .numbers
        .list(&Caller::default(), &request(2, Some("junk".into())))
        .await
        .unwrap_err();
    assert_eq!(junk.fields()[0].field, "cursor");
}

#[tokio::test(start_paused = true)]
async fn an_e164_means_the_one_account_that_holds_it() {
    let (carriers, services) = three();
    let caller = Caller::default();
    assert_eq!(
        services
            .numbers
            .get(&caller, number(10).as_str())
            .await
            .unwrap()
            .account
            .as_str(),
        "c"
    );
    let asked = |operation| carriers.iter().map(|c| c.calls(operation)).sum::<usize>();
    assert_eq!(
        (asked(Operation::FindOwned), asked(Operation::Get)),
        (3, 0),
        "the look has shown the number"
    );
    carriers[1].hold(number(10), host::now());
    let twice = services
        .numbers
        .get(&caller, number(10).as_str())
        .await
        .unwrap_err();
    assert_eq!((twice.kind(), twice.ids().len()), (ErrorKind::Conflict, 2));
    carriers[2].fail(Operation::FindOwned, [away()]);
    assert_eq!(
        services
            .numbers
            .get(&caller, number(1).as_str())
            .await
            .unwrap()
            .account
            .as_str(),
        "a"
    );
    carriers[2].fail(Operation::FindOwned, [away()]);
    let silent = services
        .numbers
        .release(&caller, number(1).as_str())
        .await
        .unwrap_err();
    assert_eq!(
        silent.kind(),
        ErrorKind::UpstreamUnavailable,
        "a write needs every account's word"
    );
}

#[tokio::test(start_paused = true)]
async fn a_release_is_repeated_safely_and_a_mistyped_id_is_not_found() {
    let (carrier, _, services) = one();
    let id = format!("us-main:{}", carrier.hold(number(1), host::now()));
    let caller = Caller::default();
    assert!(matches!(
        services.numbers.release(&caller, &id).await,
        Ok(Released::Now(_))
    ));
    assert!(matches!(
        services.numbers.release(&caller, &id).await,
        Ok(Released::Before(_))
    ));
    let mistyped = services
        .numbers
        .release(&caller, "us-main:PN9999")
        .await
        .unwrap_err();
    assert_eq!(mistyped.kind(), ErrorKind::NotFound);
    assert_eq!(carrier.calls(Operation::Release), 1);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_failed_is_finished_later() {
    let (carrier, store, services) = one();
    let id = format!("us-main:{}", carrier.hold(number(1), host::now()));
    carrier.fail(Operation::Release, [lost()]);
    let caller = Caller::default();
    services.numbers.release(&caller, &id).await.unwrap_err();
    assert_eq!(store.open_releases(10).await.unwrap().len(), 1);
    assert_eq!(services.numbers.finish_releases().await.unwrap(), 1);
    assert!(carrier.held().is_empty());
    assert!(matches!(
        services.numbers.release(&caller, &id).await,
        Ok(Released::Before(_))
    ));
}

/// A carrier that forgot it for a moment would go on billing.
#[tokio::test(start_paused = true)]
async fn not_found_is_not_a_release_while_a_look_shows_the_number() {
    let (carrier, _, services) = one();
    let id = format!("us-main:{}", carrier.hold(number(1), host::now()));
    let gone = Error::new(ErrorKind::NotFound, "no such number");
    carrier.fail(Operation::Release, [gone]);
    let caller = Caller::default();
    let refused = services.numbers.release(&caller, &id).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert!(matches!(
        services.numbers.release(&caller, &id).await,
        Ok(Released::Now(_))
    ));
    assert!(carrier.held().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_protected_number_is_not_released() {
    let (carrier, _, services) = one();
    let id = format!("us-main:{}", carrier.hold(number(1), host::now()));
    let caller = Caller::default();
    let patch = NumberPatch {
        protected: Some(true),
        tags: Patch::Set(vec!["vip".into()]),
        ..NumberPatch::default()
    };
    let changed = services.numbers.update(&caller, &id, patch).await.unwrap();
    assert!(changed.protected && changed.tags == ["vip"]);
    assert_eq!(
        services
            .numbers
            .release(&caller, &id)
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::Locked
    );
    assert_eq!(
        (
            carrier.calls(Operation::Release),
            carrier.calls(Operation::Update)
        ),
        (0, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn another_tenants_account_does_not_exist() {
    let (carrier, _, services) = one();
    let id = format!("us-main:{}", carrier.hold(number(1), host::now()));
    let stranger = Caller::of("stranger".parse().unwrap());
    assert_eq!(
        services
            .numbers
            .get(&stranger, &id)
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        services
            .numbers
            .get(&stranger, number(1).as_str())
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::NotFound
    );
    assert!(
        services
            .numbers
            .list(&stranger, &request(10, None))
            .await
            .unwrap()
            .sources
            .is_empty()
    );
    assert_eq!(
        carrier.calls(Operation::Get) + carrier.calls(Operation::FindOwned),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn a_field_that_the_carrier_lacks_is_unsupported_and_nothing_is_sent() {
    let (carrier, _, services) = one();
    let id = format!("us-main:{}", carrier.hold(number(1), host::now()));
    let mut patch = NumberPatch::default();
    patch.update.caller_id_name = Patch::Set("ACME".into());
    let error = services
        .numbers
        .update(&Caller::default(), &id, patch)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.fields()[0].field.as_str()),
        (ErrorKind::Unsupported, "caller_id_name")
    );
    assert_eq!(carrier.calls(Operation::Update), 0);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_was_refused_is_not_sent_again() {
    let (carrier, store, services) = one();
    let id = format!("us-main:{}", carrier.hold(number(1), host::now()));
    let busy = Error::new(ErrorKind::RateLimited, "later")
        .with_retry(Retry::After(Duration::from_secs(2)));
    carrier.fail(Operation::Release, [busy]);
    let caller = Caller::default();
    let refused = services.numbers.release(&caller, &id).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RateLimited);
    assert!(store.open_releases(10).await.unwrap().is_empty());
    assert_eq!(services.numbers.finish_releases().await.unwrap(), 0);
    assert_eq!(carrier.held().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cursor_stays_small_however_many_accounts_fail() {
    const CURSOR_MAX: usize = 2_048;
    let names: Vec<String> = (0..80)
        .map(|n| format!("account-with-a-name-{n:02}"))
        .collect();
    let carriers: Vec<_> = names
        .iter()
        .map(|name| Arc::new(Scripted::new(name)))
        .collect();
    for (at, carrier) in (0..).zip(&carriers) {
        carrier.hold(number(at), host::now());
        carrier.fail(Operation::List, [away()]);
    }
    let services = services(&carriers, Arc::new(MemoryJournal::default()));
    let (mut held, mut cursor) = (Vec::new(), None);
    for _ in 0..20 {
        let page = services
            .numbers
            .list(&Caller::default(), &request(100, cursor))
            .await
            .unwrap();
        held.extend(page.items.into_iter().map(|number| number.id));
        cursor = page.next_cursor;
        let Some(cursor) = &cursor else { break };
        assert!(cursor.len() <= CURSOR_MAX, "{} bytes", cursor.len());
    }
    held.sort();
    held.dedup();
    assert_eq!((held.len(), cursor), (80, None));
}

#[tokio::test(start_paused = true)]
async fn empty_list_does_not_turn_a_refused_release_into_one_that_is_done() {
    let (carrier, services, id) = sent_and_then_refused().await;
    carrier.hide(number(1));
    let refused = Error::new(ErrorKind::InvalidRequest, "no");
    carrier.fail(Operation::Release, [refused]);
    assert_eq!(services.numbers.finish_releases().await.unwrap(), 0);
    assert_eq!(carrier.held(), [number(1)]);
    let caller = Caller::default();
    let released = services.numbers.release(&caller, &id).await;
    assert!(matches!(released, Ok(Released::Now(_))), "{released:?}");
}
