//! API keys: what opens, what does not, and what a key may spend and see.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use trunkline_admin::{ApiKey, KeyScope};
use trunkline_admin::{Issued, KeyDraft, KeyFilter, Manager, Services};
use trunkline_core::host;
use trunkline_core::{
    AccountName, Caller, CandidateState, Ceilings, CountryCode, Error, ErrorKind, KeyId,
    ProviderData, PurchaseOrder, SearchQuery, Tenant,
};
use trunkline_engine::journal::PurchaseFilter;
use trunkline_engine::{Choice, Keyed, Preference, Released, SearchRequest, SearchSort, Started};
use trunkline_testkit::scripted::{Sale, Scripted};

use crate::{LONG, number, order, over, scope};
use trunkline_testkit::scripted::{ceilings, money, priced};

fn draft(name: &str) -> KeyDraft {
    KeyDraft {
        name: name.to_owned(),
        scopes: BTreeSet::from(KeyScope::ALL),
        ..KeyDraft::default()
    }
}

fn accounts(names: &[&str]) -> Option<BTreeSet<AccountName>> {
    Some(names.iter().map(|name| name.parse().unwrap()).collect())
}

/// Whoever has the database.
fn operator(caller: &Caller) -> Manager<'_> {
    Manager {
        caller,
        everywhere: true,
    }
}

fn by(caller: &Caller) -> Manager<'_> {
    Manager {
        caller,
        everywhere: false,
    }
}

async fn issue(services: &Services, draft: KeyDraft) -> Issued {
    let caller = Caller::default();
    let access = &services.access;
    access.create(operator(&caller), draft).await.unwrap()
}

async fn opens(services: &Services, token: &SecretString) -> Result<KeyId, ErrorKind> {
    let opened = services.access.authenticate(token).await;
    opened
        .map(|(key, _)| key.id.clone())
        .map_err(|error: Error| error.kind())
}

fn two() -> (Arc<Scripted>, Arc<Scripted>, Services) {
    let us = Arc::new(Scripted::new("us-main"));
    let emea = Arc::new(Scripted::new("emea"));
    let entries = [&us, &emea].map(|carrier| priced(carrier, Ceilings::default()));
    let services = over(entries);
    (us, emea, services)
}

#[tokio::test(start_paused = true)]
async fn key_authenticates_only_with_its_own_token() {
    let (_, _, services) = two();
    assert!(!services.access.is_keyed().await.unwrap());
    let first = issue(&services, draft("first")).await;
    let second = issue(&services, draft("second")).await;
    assert!(services.access.is_keyed().await.unwrap());
    assert_eq!(
        opens(&services, &first.token).await,
        Ok(first.key.id.clone())
    );
    let (one, two) = (first.token.expose_secret(), second.token.expose_secret());
    let swapped = format!("{}{}", &one[..29], &two[29..]);
    for wrong in [
        swapped.as_str(),
        "",
        "tl_",
        "hunter2",
        &one[..one.len() - 1],
    ] {
        let refused = opens(&services, &wrong.into()).await;
        assert_eq!(refused, Err(ErrorKind::Unauthenticated), "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn stored_key_opens_nothing() {
    let (_, _, services) = two();
    let issued = issue(&services, draft("first")).await;
    let kept = services.admin.api_key(&issued.key.id).await.unwrap();
    let text = serde_json::to_string(&kept).unwrap();
    assert!(!text.contains(&issued.token.expose_secret()[30..]));
    assert!(!format!("{issued:?}").contains(issued.token.expose_secret()));
}

#[tokio::test(start_paused = true)]
async fn a_revoked_key_opens_nothing_from_then_on() {
    let (_, _, services) = two();
    let issued = issue(&services, draft("first")).await;
    assert!(opens(&services, &issued.token).await.is_ok());
    let caller = Caller::default();
    let manager = operator(&caller);
    for _ in 0..2 {
        services
            .access
            .revoke(manager, &issued.key.id)
            .await
            .unwrap();
        let refused = opens(&services, &issued.token).await;
        assert_eq!(refused, Err(ErrorKind::Unauthenticated));
    }
    // Nobody may take the gateway for one that never had a key.
    assert!(services.access.is_keyed().await.unwrap());
    assert!(!services.access.has_active().await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn revocation_by_another_process_holds_a_moment_later() {
    let (_, _, services) = two();
    let issued = issue(&services, draft("first")).await;
    assert!(opens(&services, &issued.token).await.is_ok());
    let kept = services.admin.api_key(&issued.key.id).await.unwrap();
    let revoked = ApiKey {
        revoked_at: Some(host::now()),
        ..kept.unwrap()
    };
    assert!(services.admin.replace_api_key(&revoked).await.unwrap());
    tokio::time::advance(Duration::from_millis(100)).await;
    let refused = opens(&services, &issued.token).await;
    assert_eq!(refused, Err(ErrorKind::Unauthenticated));
}

#[tokio::test(start_paused = true)]
async fn an_expired_key_opens_nothing() {
    let (_, _, services) = two();
    let issued = issue(&services, draft("first")).await;
    let kept = services.admin.api_key(&issued.key.id).await.unwrap();
    let over = ApiKey {
        expires_at: Some(host::now() - SignedDuration::from_millis(1)),
        ..kept.unwrap()
    };
    assert!(services.admin.replace_api_key(&over).await.unwrap());
    let refused = services.access.authenticate(&issued.token).await;
    assert_eq!(refused.unwrap_err().message(), "this API key has expired");
    let past = KeyDraft {
        expires_at: Some(Timestamp::UNIX_EPOCH),
        ..draft("late")
    };
    let caller = Caller::default();
    let refused = services.access.create(operator(&caller), past).await;
    assert_eq!(refused.unwrap_err().fields()[0].field, "expires_at");
}

#[tokio::test(start_paused = true)]
async fn a_rotated_key_opens_with_the_new_secret_and_for_a_while_with_the_old_one() {
    let (_, _, services) = two();
    let caller = Caller::default();
    let manager = operator(&caller);
    let first = issue(&services, draft("first")).await;
    let id = &first.key.id;
    let week = Duration::from_secs(7 * 24 * 3600);
    let second = services.access.rotate(manager, id, week).await.unwrap();
    for issued in [&first, &second] {
        assert_eq!(opens(&services, &issued.token).await.as_ref(), Ok(id));
    }
    let third = services.access.rotate(manager, id, Duration::ZERO).await;
    let third = third.unwrap();
    for over in [&first, &second] {
        let refused = opens(&services, &over.token).await;
        assert_eq!(refused, Err(ErrorKind::Unauthenticated));
    }
    assert_eq!(opens(&services, &third.token).await.as_ref(), Ok(id));
    let long = services.access.rotate(manager, id, week * 2).await;
    assert_eq!(long.unwrap_err().kind(), ErrorKind::InvalidRequest);
    services.access.revoke(manager, id).await.unwrap();
    let over = services.access.rotate(manager, id, week).await;
    assert_eq!(over.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test(start_paused = true)]
async fn key_manages_only_keys_with_no_more_rights_than_its_own() {
    let (_, _, services) = two();
    let limited = KeyDraft {
        accounts: accounts(&["emea"]),
        ..draft("emea")
    };
    let limited = issue(&services, limited).await.key;
    let whole = issue(&services, draft("whole")).await.key;
    let acme = KeyDraft {
        tenant: Tenant::new("acme").ok(),
        ..draft("acme")
    };
    let acme = issue(&services, acme).await.key;
    let access = &services.access;
    let all = async |caller: &Caller| {
        let keys = access
            .list(by(caller), KeyFilter::default(), 10)
            .await
            .unwrap();
        // Those made in the same millisecond come in any order.
        let mut names: Vec<_> = keys.into_iter().map(|key| key.name).collect();
        names.sort();
        names
    };
    assert_eq!(all(&limited.caller()).await, ["emea"]);
    assert_eq!(all(&acme.caller()).await, ["acme"]);
    assert_eq!(all(&whole.caller()).await, ["emea", "whole"]);
    let caller = limited.caller();
    for foreign in [&whole.id, &acme.id] {
        let shown = access.get(by(&caller), foreign).await;
        assert_eq!(shown.unwrap_err().kind(), ErrorKind::NotFound);
        let revoked = access.revoke(by(&caller), foreign).await;
        assert_eq!(revoked.unwrap_err().kind(), ErrorKind::NotFound);
    }
    let made = access.create(by(&caller), draft("child")).await.unwrap();
    assert_eq!(made.key.accounts, accounts(&["emea"]));
    for wanted in [
        KeyDraft {
            accounts: accounts(&["us-main"]),
            ..draft("more")
        },
        KeyDraft {
            tenant: Tenant::new("acme").ok(),
            ..draft("elsewhere")
        },
    ] {
        let refused = access.create(by(&caller), wanted).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotFound);
    }
}

#[tokio::test(start_paused = true)]
async fn key_with_a_ceiling_cannot_create_keys() {
    let (_, _, services) = two();
    let bounded = KeyDraft {
        spend: ceilings("5.00"),
        ..draft("bounded")
    };
    let caller = issue(&services, bounded).await.key.caller();
    let refused = services.access.create(by(&caller), draft("free")).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::PermissionDenied);
}

async fn buy(services: &Services, caller: &Caller, order: PurchaseOrder) -> Result<Started, Error> {
    let (scope, fingerprint) = (scope(order.number.as_str()), "f");
    let keyed = Keyed {
        caller,
        scope: &scope,
        fingerprint,
    };
    services.engine.purchases.start(keyed, order).await
}

#[tokio::test(start_paused = true)]
async fn ceiling_of_a_key_bounds_its_purchases_at_every_account() {
    let (_, _, services) = two();
    let bounded = KeyDraft {
        spend: ceilings("2.30"),
        ..draft("bounded")
    };
    let key = issue(&services, bounded).await.key;
    let other = issue(&services, draft("other")).await.key.caller();
    let mut held = Vec::new();
    for (at, account) in [(1, "us-main"), (2, "emea")] {
        let started = buy(&services, &key.caller(), order(account, at)).await;
        let Ok(Started::Fresh(id)) = started else {
            panic!("{started:?}")
        };
        let record = services.engine.purchases.wait(&id, LONG).await.unwrap();
        assert_eq!(record.key.as_ref(), Some(&key.id));
        held.extend(record.purchase.number_id);
    }
    let refused = buy(&services, &key.caller(), order("us-main", 3)).await;
    assert_eq!(
        refused.unwrap_err().message(),
        "1.15 USD more a month would pass the ceiling of 2.30 USD (the key's spend.monthly): \
         2.30 USD are committed"
    );
    buy(&services, &other, order("us-main", 3)).await.unwrap();
    let spending = services.access.spending(&key).await.unwrap();
    assert_eq!(spending.monthly, Some((money("2.30"), money("2.30"))));
    // Given back, it is free for the next.
    let released = services
        .engine
        .numbers
        .release(&other, held[0].as_str())
        .await;
    assert_eq!(released.unwrap(), Released::Now(held[0].clone()));
    let spending = services.access.spending(&key).await.unwrap();
    assert_eq!(spending.monthly, Some((money("2.30"), money("1.15"))));
}

#[tokio::test(start_paused = true)]
async fn unknown_price_passes_no_ceiling_of_a_key() {
    let carrier = Arc::new(Scripted::new("us-main"));
    let mut entry = priced(&carrier, Ceilings::default());
    entry.prices.clear();
    let services = over([entry]);
    let bounded = KeyDraft {
        spend: ceilings("99"),
        ..draft("bounded")
    };
    let caller = issue(&services, bounded).await.key.caller();
    let refused = buy(&services, &caller, order("us-main", 1)).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::PaymentRequired);
}

/// A number at each of two accounts, the second at 2.00: what becomes of them once the first was refused.
async fn moved_on(draft: KeyDraft) -> (CandidateState, Option<String>) {
    let (us, emea) = (Scripted::new("us-main"), Scripted::new("emea"));
    us.stock([number(10)]);
    emea.stock([number(20)]);
    us.plan([Sale::Refused(Error::new(ErrorKind::NotAvailable, "gone"))]);
    let [us, emea] = [us, emea].map(|carrier| priced(&Arc::new(carrier), Ceilings::default()));
    let mut dearer = emea;
    dearer.prices[0].monthly = money("2.00");
    let services = over([us, dearer]);
    let caller = issue(&services, draft).await.key.caller();
    let request = SearchRequest {
        query: SearchQuery::new(CountryCode::US),
        accounts: Vec::new(),
        sort: SearchSort::default(),
        timeout: Duration::from_secs(5),
    };
    let (all, preference) = (Caller::default(), Preference::default());
    let candidates = services
        .engine
        .search
        .candidates(&all, &request, &preference);
    let candidates = candidates.await.unwrap();
    let choice = Choice {
        criteria: ProviderData::default(),
        strategy: preference.strategy,
        wishes: PurchaseOrder::new(candidates[0].account.clone(), candidates[0].number),
        candidates,
    };
    let scope = scope("choice");
    let keyed = Keyed {
        caller: &caller,
        scope: &scope,
        fingerprint: "f",
    };
    let started = services.engine.purchases.start_choice(keyed, choice).await;
    let Ok(Started::Fresh(id)) = started else {
        panic!("{started:?}")
    };
    let record = services.engine.purchases.wait(&id, LONG).await.unwrap();
    let second = record.purchase.candidates[1].clone();
    assert_eq!(second.number, number(20));
    (second.state, second.reason)
}

#[tokio::test(start_paused = true)]
async fn a_choice_that_moves_on_stays_within_the_keys_ceiling() {
    let enough = KeyDraft {
        spend: ceilings("2.00"),
        ..draft("enough")
    };
    assert_eq!(moved_on(enough).await.0, CandidateState::Taken);
    let bounded = KeyDraft {
        spend: ceilings("1.99"),
        ..draft("bounded")
    };
    let (state, reason) = moved_on(bounded).await;
    assert_eq!(state, CandidateState::PassedOver);
    assert_eq!(
        reason.unwrap(),
        "a monthly price of 2.00 USD is not within the ceiling of 1.99 USD (the key's \
         spend.monthly)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_choice_that_moves_on_stays_within_the_keys_accounts() {
    let limited = KeyDraft {
        accounts: accounts(&["us-main"]),
        ..draft("limited")
    };
    assert_eq!(moved_on(limited).await.0, CandidateState::PassedOver);
}

#[tokio::test(start_paused = true)]
async fn key_sees_only_purchases_of_its_accounts() {
    let (_, _, services) = two();
    let all = Caller::default();
    let mut ids = Vec::new();
    for (at, account) in [(1, "us-main"), (2, "emea")] {
        let started = buy(&services, &all, order(account, at)).await;
        let Ok(Started::Fresh(id)) = started else {
            panic!("{started:?}")
        };
        ids.push(id);
    }
    let caller = Caller {
        accounts: accounts(&["emea"]),
        ..Caller::default()
    };
    let filter = PurchaseFilter::default();
    let seen = services
        .engine
        .purchases
        .list(&caller, &filter, 10)
        .await
        .unwrap();
    let seen: Vec<_> = seen.into_iter().map(|r| r.purchase.id).collect();
    assert_eq!(seen, [ids[1].clone()]);
    let hidden = services.engine.purchases.get(&caller, &ids[0]).await;
    assert_eq!(hidden.unwrap_err().kind(), ErrorKind::NotFound);
    let refused = buy(&services, &caller, order("us-main", 5)).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::NotFound);
}
