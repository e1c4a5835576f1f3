//! API keys.

use std::collections::BTreeSet;

use jiff::Timestamp;
use trunkline_admin::access::Session;
use trunkline_admin::{ApiKey, KeyScope, SecretHash};
use trunkline_core::host;
use trunkline_core::{Ceilings, KeyId, Money, Tenant};

use super::{Subject, at_once, count};
use crate::with;

fn key(second: i64, tenant: &str) -> ApiKey {
    let created_at = Timestamp::from_second(second).unwrap();
    // What its secret hashes to; the secret itself nobody knows.
    let secret = serde_json::from_value(serde_json::json!("A".repeat(43))).unwrap();
    ApiKey {
        id: KeyId::generate(created_at),
        name: format!("made at {second}"),
        tenant: Tenant::new(tenant).unwrap(),
        scopes: BTreeSet::from([KeyScope::NumbersRead, KeyScope::Admin]),
        accounts: Some(BTreeSet::from(["us-main".parse().unwrap()])),
        spend: Ceilings {
            monthly: Money::parse("9.50", "USD").ok(),
            setup: None,
        },
        rate_limit: None,
        secret,
        old_secret: None,
        created_at,
        rotated_at: None,
        expires_at: Some(created_at),
        revoked_at: None,
        last_used_at: None,
        version: 0,
    }
}

async fn added(subject: &Subject, key: ApiKey) -> ApiKey {
    subject.admin.add_api_key(&key).await.unwrap();
    ApiKey { version: 1, ..key }
}

pub async fn a_database_without_api_keys_says_so(subject: &Subject) {
    let store = &subject.admin;
    assert!(!store.has_api_keys().await.unwrap());
    let key = added(subject, key(1, "default")).await;
    assert!(store.has_api_keys().await.unwrap());
    let revoked = with(key, |it| it.revoked_at = Some(host::now()));
    assert!(store.replace_api_key(&revoked).await.unwrap());
    assert!(store.has_api_keys().await.unwrap());
}

pub async fn an_api_key_survives_as_it_was(subject: &Subject) {
    let key = added(subject, key(1, "default")).await;
    let stored = subject.admin.api_key(&key.id).await.unwrap();
    assert_eq!(stored, Some(key));
    let other = KeyId::generate(host::now());
    assert_eq!(subject.admin.api_key(&other).await.unwrap(), None);
}

pub async fn an_api_key_is_changed_by_one_of_many_at_once(subject: &Subject) {
    let key = added(subject, key(1, "default")).await;
    let changed = at_once(subject, 8, |subject, index| {
        let changed = ApiKey {
            name: format!("changed by {index}"),
            ..key.clone()
        };
        async move { subject.admin.replace_api_key(&changed).await.unwrap() }
    });
    assert_eq!(count(&changed.await, |changed| *changed), 1);
    let stored = subject.admin.api_key(&key.id).await.unwrap().unwrap();
    assert_eq!(stored.version, 2);
    assert!(stored.name.starts_with("changed by"));
}

pub async fn api_keys_are_listed_newest_first_and_page_by_page(subject: &Subject) {
    for (second, tenant) in [(1, "default"), (2, "acme"), (3, "default")] {
        added(subject, key(second, tenant)).await;
    }
    let listed = async |tenant: Option<&str>, before: Option<&KeyId>, limit| {
        let tenant = tenant.map(|tenant| Tenant::new(tenant).unwrap());
        let keys = subject.admin.api_keys(tenant.as_ref(), before, limit);
        keys.await.unwrap()
    };
    let seconds = |keys: &[ApiKey]| {
        let seconds = keys.iter().map(|key| key.created_at.as_second());
        seconds.collect::<Vec<_>>()
    };
    let all = listed(None, None, 10).await;
    assert_eq!(seconds(&all), [3, 2, 1]);
    assert_eq!(seconds(&listed(Some("acme"), None, 10).await), [2]);
    assert_eq!(seconds(&listed(Some("default"), None, 1).await), [3]);
    let rest = listed(Some("default"), Some(&all[0].id), 10).await;
    assert_eq!(seconds(&rest), [1]);
}

pub async fn the_last_use_of_an_api_key_never_goes_back(subject: &Subject) {
    let store = &subject.admin;
    let key = added(subject, key(1, "default")).await;
    let [early, late] = [50, 60].map(|second| Timestamp::from_second(second).unwrap());
    for at in [early, late, early] {
        store.touch_api_key(&key.id, at).await.unwrap();
    }
    let stored = store.api_key(&key.id).await.unwrap().unwrap();
    assert_eq!(stored.last_used_at, Some(late));
    assert_eq!(stored.version, 1);
    assert!(store.replace_api_key(&stored).await.unwrap());
    let replaced = store.api_key(&key.id).await.unwrap().unwrap();
    assert_eq!(replaced.last_used_at, stored.last_used_at);
}

/// A session whose token hashes to a text of this letter, which ends so many seconds from now.
/// A session that ends so many seconds from now; its token is made of a letter.
#[must_use]
pub fn session(letter: &str, seconds: i64) -> Session {
    let hash = |text: &str| serde_json::from_value::<SecretHash>(text.into()).unwrap();
    let until = Timestamp::from_second(host::now().as_second() + seconds);
    Session {
        token: hash(&letter.repeat(43)),
        key: KeyId::generate(host::now()),
        secret: hash(&"E".repeat(43)),
        until: until.unwrap(),
    }
}

pub async fn a_session_is_kept_until_it_is_ended(subject: &Subject) {
    let store = &subject.admin;
    let (one, other) = (session("A", 60), session("I", 60));
    for session in [&one, &other] {
        store.add_session(session).await.unwrap();
    }
    assert_eq!(store.session(&one.token).await.unwrap(), Some(one.clone()));
    for _ in 0..2 {
        store.end_session(&one.token).await.unwrap();
        assert_eq!(store.session(&one.token).await.unwrap(), None);
    }
    assert_eq!(store.session(&other.token).await.unwrap(), Some(other));
}

pub async fn sessions_that_are_over_are_forgotten(subject: &Subject) {
    let store = &subject.admin;
    let over = session("A", -60);
    store.add_session(&over).await.unwrap();
    store.add_session(&session("I", 60)).await.unwrap();
    assert_eq!(store.session(&over.token).await.unwrap(), None);
}
