//! Idempotency keys of writes that are no purchase.

use std::sync::Arc;

use trunkline_admin::{Answer, Reserve};
use trunkline_core::Tenant;
use trunkline_engine::journal::Scope;

use super::draft::{begun_as, purchase, scope};
use super::{Subject, at_once};

fn answer(body: &str) -> Answer {
    Answer {
        status: 200,
        content_type: "application/json".to_owned(),
        location: Some("/v1/numbers/us-main:PN1".to_owned()),
        body: body.to_owned(),
    }
}

async fn reserve(subject: &Subject, scope: &Scope) -> Reserve {
    subject
        .admin
        .reserve_key(scope, "fingerprint", "owner")
        .await
        .unwrap()
}

/// For everybody, its holder included.
pub async fn a_reserved_key_is_in_flight(subject: &Subject) {
    assert!(matches!(reserve(subject, &scope("k")).await, Reserve::Fresh(lease) if lease.holds()));
    assert_eq!(reserve(subject, &scope("k")).await, Reserve::InFlight);
    let entry = subject.store.find_key(&scope("k")).await.unwrap().unwrap();
    assert_eq!(
        (entry.fingerprint.as_str(), entry.purchase),
        ("fingerprint", None)
    );
    assert_eq!(subject.admin.answer(&scope("k")).await.unwrap(), None);
}

/// In flight and when it was answered.
pub async fn a_reserved_key_with_another_request_is_a_mismatch(subject: &Subject) {
    reserve(subject, &scope("k")).await;
    let store = &subject.admin;
    assert_eq!(
        store
            .reserve_key(&scope("k"), "another", "owner")
            .await
            .unwrap(),
        Reserve::Mismatch
    );
    store
        .keep_answer(&scope("k"), answer("{}"), None)
        .await
        .unwrap();
    assert_eq!(
        store
            .reserve_key(&scope("k"), "another", "owner")
            .await
            .unwrap(),
        Reserve::Mismatch
    );
}

/// Line ends, quotes, other scripts and all.
pub async fn an_answer_is_kept_byte_for_byte(subject: &Subject) {
    let body = "{ \"label\":\t\"Zoë \\u00e9 \u{1F4DE} \u{0} \\\"\" }\r\n ".repeat(200);
    reserve(subject, &scope("k")).await;
    let kept = subject
        .admin
        .keep_answer(&scope("k"), answer(&body), None)
        .await
        .unwrap();
    assert_eq!(kept, answer(&body));
    assert_eq!(
        reserve(subject, &scope("k")).await,
        Reserve::Answered(answer(&body))
    );
}

/// The second is answered with it.
pub async fn the_first_answer_stays(subject: &Subject) {
    reserve(subject, &scope("k")).await;
    subject
        .admin
        .keep_answer(&scope("k"), answer("first"), None)
        .await
        .unwrap();
    let kept = subject
        .admin
        .keep_answer(&scope("k"), answer("second"), None)
        .await
        .unwrap();
    assert_eq!(kept, answer("first"));
}

/// It makes no key.
pub async fn an_answer_without_a_key_is_given_back(subject: &Subject) {
    let kept = subject
        .admin
        .keep_answer(&scope("k"), answer("{}"), None)
        .await
        .unwrap();
    assert_eq!(kept, answer("{}"));
    assert_eq!(subject.store.find_key(&scope("k")).await.unwrap(), None);
}

/// Purchases are answered from the same place.
pub async fn an_answer_is_kept_with_a_purchase(subject: &Subject) {
    let (record, _) = begun_as(&*subject.store, &scope("k"), &purchase(0)).await;
    subject
        .admin
        .keep_answer(&scope("k"), answer("{}"), None)
        .await
        .unwrap();
    let entry = subject.store.find_key(&scope("k")).await.unwrap().unwrap();
    assert_eq!(entry.fingerprint, record.fingerprint);
    assert_eq!(entry.purchase, Some(record.purchase.id));
    let kept = subject.admin.answer(&scope("k")).await.unwrap();
    assert_eq!(kept, Some(answer("{}")));
}

/// For any request.
pub async fn a_forgotten_key_is_free(subject: &Subject) {
    reserve(subject, &scope("k")).await;
    subject.admin.forget_key(&scope("k")).await.unwrap();
    assert_eq!(subject.store.find_key(&scope("k")).await.unwrap(), None);
    let again = subject
        .admin
        .reserve_key(&scope("k"), "another", "owner")
        .await
        .unwrap();
    assert!(matches!(again, Reserve::Fresh(_)), "{again:?}");
}

/// And forgetting it is no mistake.
pub async fn an_unknown_key_is_not_found(subject: &Subject) {
    assert_eq!(subject.store.find_key(&scope("k")).await.unwrap(), None);
    subject.admin.forget_key(&scope("k")).await.unwrap();
}

/// The same key of another tenant, or on another route, is another key.
pub async fn reserved_keys_of_other_tenants_and_routes_are_apart(subject: &Subject) {
    let tenant = Scope {
        tenant: Tenant::new("other").unwrap(),
        ..scope("k")
    };
    let route = Scope {
        route: "PATCH /v1/numbers/us-main:PN1".to_owned(),
        ..scope("k")
    };
    for scope in [&scope("k"), &tenant, &route] {
        assert!(matches!(reserve(subject, scope).await, Reserve::Fresh(_)));
    }
    subject
        .admin
        .keep_answer(&tenant, answer("theirs"), None)
        .await
        .unwrap();
    subject.admin.forget_key(&route).await.unwrap();
    assert_eq!(reserve(subject, &scope("k")).await, Reserve::InFlight);
    assert_eq!(
        reserve(subject, &tenant).await,
        Reserve::Answered(answer("theirs"))
    );
}

/// The others find it in flight.
pub async fn one_key_reserved_many_times_at_once_is_reserved_once(subject: &Subject) {
    let outcomes = at_once(64, |index| {
        let store = Arc::clone(&subject.admin);
        async move {
            store
                .reserve_key(&scope("k"), "fingerprint", &format!("owner-{index}"))
                .await
                .unwrap()
        }
    });
    let outcomes = outcomes.await;
    assert_eq!(
        outcomes
            .iter()
            .filter(|reserve| matches!(reserve, Reserve::Fresh(_)))
            .count(),
        1
    );
    assert_eq!(
        outcomes
            .iter()
            .filter(|reserve| **reserve == Reserve::InFlight)
            .count(),
        63
    );
}
