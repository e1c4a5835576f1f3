//! Idempotency keys of writes other than purchases.

use trunkline_admin::Reserve;
use trunkline_core::Tenant;
use trunkline_engine::journal::Scope;

use super::draft::{answer, purchase, scope};
use super::{Subject, at_once, count};
use crate::with;

const REQUEST: &str = "fingerprint";

async fn reserve(subject: &Subject, scope: &Scope) -> Reserve {
    subject.reserve(scope, REQUEST, "owner").await
}

pub async fn a_reserved_key_is_in_flight(subject: &Subject) {
    assert!(matches!(reserve(subject, &scope("k")).await, Reserve::Fresh(lease) if lease.holds()));
    assert_eq!(reserve(subject, &scope("k")).await, Reserve::InFlight);
    let entry = subject.entry("k").await.unwrap();
    assert_eq!(entry.fingerprint, REQUEST);
    assert_eq!((entry.purchase, subject.answer("k").await), (None, None));
}

pub async fn a_reserved_key_with_another_request_is_a_mismatch(subject: &Subject) {
    let key = scope("k");
    reserve(subject, &key).await;
    assert_eq!(
        subject.reserve(&key, "another", "owner").await,
        Reserve::Mismatch
    );
    subject.keep_answer(&key, &answer(200, "{}")).await;
    assert_eq!(
        subject.reserve(&key, "another", "owner").await,
        Reserve::Mismatch
    );
}

pub async fn an_answer_is_kept_byte_for_byte(subject: &Subject) {
    let body = "{ \"label\":\t\"Zoë \\u00e9 \u{1F4DE} \u{0} \\\"\" }\r\n ".repeat(200);
    let (key, answer) = (scope("k"), answer(200, &body));
    reserve(subject, &key).await;
    assert_eq!(subject.keep_answer(&key, &answer).await, answer);
    assert_eq!(reserve(subject, &key).await, Reserve::Answered(answer));
}

pub async fn the_first_answer_stays(subject: &Subject) {
    let (key, first) = (scope("k"), answer(200, "first"));
    reserve(subject, &key).await;
    subject.keep_answer(&key, &first).await;
    let kept = subject.keep_answer(&key, &answer(200, "second")).await;
    assert_eq!(kept, first);
}

pub async fn an_answer_without_a_key_is_given_back(subject: &Subject) {
    let answer = answer(200, "{}");
    let kept = subject.keep_answer(&scope("k"), &answer).await;
    assert_eq!(kept, answer);
    assert_eq!(subject.entry("k").await, None);
}

pub async fn an_answer_is_kept_with_a_purchase(subject: &Subject) {
    let (record, _) = subject.begun_as(&scope("k"), &purchase(0)).await;
    let answer = answer(200, "{}");
    subject.keep_answer(&scope("k"), &answer).await;
    let entry = subject.entry("k").await.unwrap();
    assert_eq!(entry.fingerprint, record.fingerprint);
    assert_eq!(entry.purchase, Some(record.purchase.id));
    assert_eq!(subject.answer("k").await, Some(answer));
}

pub async fn a_forgotten_key_is_free(subject: &Subject) {
    let key = scope("k");
    reserve(subject, &key).await;
    subject.admin.forget_key(&key).await.unwrap();
    assert_eq!(subject.entry("k").await, None);
    let again = subject.reserve(&key, "another", "owner").await;
    assert!(matches!(again, Reserve::Fresh(_)), "{again:?}");
}

pub async fn an_unknown_key_is_not_found(subject: &Subject) {
    assert_eq!(subject.entry("k").await, None);
    subject.admin.forget_key(&scope("k")).await.unwrap();
}

/// The same key of another tenant, or on another route, is another key.
pub async fn reserved_keys_of_other_tenants_and_routes_are_apart(subject: &Subject) {
    let tenant = with(scope("k"), |it| it.tenant = Tenant::new("other").unwrap());
    let route = with(scope("k"), |it| {
        it.route = "PATCH /v1/numbers/us-main:PN1".to_owned()
    });
    for scope in [&scope("k"), &tenant, &route] {
        assert!(matches!(reserve(subject, scope).await, Reserve::Fresh(_)));
    }
    let theirs = answer(200, "theirs");
    subject.keep_answer(&tenant, &theirs).await;
    subject.admin.forget_key(&route).await.unwrap();
    assert_eq!(reserve(subject, &scope("k")).await, Reserve::InFlight);
    assert_eq!(reserve(subject, &tenant).await, Reserve::Answered(theirs));
}

pub async fn one_key_reserved_many_times_at_once_is_reserved_once(subject: &Subject) {
    let all = at_once(subject, 64, |subject, index| async move {
        let owner = format!("owner-{index}");
        subject.reserve(&scope("k"), REQUEST, &owner).await
    });
    let all = all.await;
    assert_eq!(count(&all, |one| matches!(one, Reserve::Fresh(_))), 1);
    assert_eq!(count(&all, |one| *one == Reserve::InFlight), 63);
}
