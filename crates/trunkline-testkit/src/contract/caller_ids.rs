//! Proving that a number may be shown.

use trunkline_core::{
    CallerIdMethod, CallerIdQuery, CallerIdRequest, CallerIdState, CallerIdUpdate, ErrorKind,
    Operation, Patch, Provider,
};

use super::Subject;
use crate::harness::{CallOutcome, Harness};
use crate::with;

fn method(subject: &Subject<'_>) -> CallerIdMethod {
    subject.provider().capability().caller_id_method.unwrap()
}

/// Pending, with the code where the callee must key it in, leading zeros and all.
pub async fn a_started_caller_id_says_what_is_to_be_done(harness: &dyn Harness) {
    let subject = offering!(harness, StartCallerId, GetCallerId);
    let provider = subject.provider();
    let number = subject.samples().caller_id();
    let request = with(CallerIdRequest::new(number), |it| {
        it.label = Some("Front desk".to_owned())
    });
    let started = provider.start_caller_id(&request).await.unwrap();
    assert_eq!(started.id, format!("{}:{number}", started.account));
    assert_eq!(started.number.as_deref(), Some(number.as_str()));
    assert_eq!(started.label.as_deref(), Some("Front desk"));
    assert_eq!(started.method, method(&subject));
    let code = harness.validation_code(&number);
    match method(&subject) {
        CallerIdMethod::CallEnterCode => assert_eq!(started.validation_code, code),
        CallerIdMethod::CallSubmitCode => assert_eq!(started.validation_code, None),
        CallerIdMethod::Directory => {
            assert_eq!(started.state, CallerIdState::Verified);
            return;
        }
    }
    assert_eq!(started.state, CallerIdState::Pending);
    assert!(code.is_some());
}

pub async fn a_caller_id_is_verified_once_the_callee_answers(harness: &dyn Harness) {
    let subject = offering!(harness, StartCallerId, GetCallerId);
    let provider = subject.provider();
    let number = subject.verified_caller_id(CallOutcome::Verified).await;
    let caller_id = provider.get_caller_id(number.as_str()).await.unwrap();
    assert_eq!(caller_id.state, CallerIdState::Verified);
    assert_eq!(caller_id.id, format!("{}:{number}", caller_id.account));
    assert_eq!(caller_id.validation_code, None);
}

pub async fn a_caller_id_that_fails_is_not_verified(harness: &dyn Harness) {
    let subject = offering!(harness, StartCallerId, GetCallerId);
    let provider = subject.provider();
    if method(&subject) == CallerIdMethod::Directory {
        return;
    }
    let number = subject.verified_caller_id(CallOutcome::Failed).await;
    match provider.get_caller_id(number.as_str()).await {
        Ok(caller_id) => assert_ne!(caller_id.state, CallerIdState::Verified),
        Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}"),
    }
}

pub async fn a_wrong_code_verifies_nothing(harness: &dyn Harness) {
    let subject = offering!(harness, StartCallerId, CompleteCallerId);
    let provider = subject.provider();
    let number = subject.start_caller_id().await;
    let code = harness.validation_code(&number).unwrap();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let error = provider
        .complete_caller_id(number.as_str(), wrong)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error:?}");
    let verified = provider
        .complete_caller_id(number.as_str(), &code)
        .await
        .unwrap();
    assert_eq!(verified.state, CallerIdState::Verified);
}

pub async fn a_resent_caller_id_can_be_verified(harness: &dyn Harness) {
    let subject = offering!(harness, StartCallerId, ResendCallerId);
    let provider = subject.provider();
    let number = subject.start_caller_id().await;
    harness.let_time_pass();
    let request = CallerIdRequest::new(number);
    let resent = provider.resend_caller_id(&request).await.unwrap();
    assert_eq!(resent.state, CallerIdState::Pending);
    let code = harness.validation_code(&number).unwrap();
    let verified = match method(&subject) {
        CallerIdMethod::CallSubmitCode => provider.complete_caller_id(number.as_str(), &code).await,
        CallerIdMethod::CallEnterCode | CallerIdMethod::Directory => {
            assert_eq!(resent.validation_code, Some(code));
            let outcome = CallOutcome::Verified;
            harness.answer_caller_id(&number, outcome).await;
            provider.get_caller_id(number.as_str()).await
        }
    };
    assert_eq!(verified.unwrap().state, CallerIdState::Verified);
}

pub async fn a_verified_caller_id_is_listed_and_found_by_number(harness: &dyn Harness) {
    let subject = offering!(harness, StartCallerId, ListCallerIds);
    let provider = subject.provider();
    let number = subject.verified_caller_id(CallOutcome::Verified).await;
    let number = number.to_string();
    let listed = async |by: Option<String>| {
        let query = with(CallerIdQuery::default(), |it| {
            (it.number, it.limit) = (by, 50)
        });
        let page = provider.list_caller_ids(&query).await.unwrap();
        let items = page.items.into_iter();
        items
            .filter(|item| item.number.as_ref() == Some(&number))
            .count()
    };
    assert_eq!(listed(None).await, 1);
    assert_eq!(listed(Some(number.clone())).await, 1);
    let other = subject.samples().unknown_number().to_string();
    assert_eq!(listed(Some(other)).await, 0);
}

pub async fn a_caller_id_can_be_renamed(harness: &dyn Harness) {
    let subject = offering!(harness, StartCallerId, UpdateCallerId);
    let provider = subject.provider();
    let number = subject.verified_caller_id(CallOutcome::Verified).await;
    let label = Patch::Set("Reception".to_owned());
    let update = with(CallerIdUpdate::default(), |it| it.label = label);
    let renamed = provider
        .update_caller_id(number.as_str(), &update)
        .await
        .unwrap();
    assert_eq!(renamed.label.as_deref(), Some("Reception"));
    let kept = CallerIdUpdate::default();
    let same = provider
        .update_caller_id(number.as_str(), &kept)
        .await
        .unwrap();
    assert_eq!(same, renamed);
}

pub async fn a_deleted_caller_id_is_gone(harness: &dyn Harness) {
    let subject = offering!(harness, StartCallerId, DeleteCallerId);
    let provider = subject.provider();
    let number = subject.verified_caller_id(CallOutcome::Verified).await;
    provider.delete_caller_id(number.as_str()).await.unwrap();
    let error = provider.get_caller_id(number.as_str()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    let error = provider
        .delete_caller_id(number.as_str())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
}

pub async fn an_unknown_caller_id_is_not_found(harness: &dyn Harness) {
    let subject = Subject::new(harness).await;
    let key = subject.samples().unknown_number().to_string();
    let label = Patch::Set("x".to_owned());
    let provider = subject.provider();
    let update = with(CallerIdUpdate::default(), |it| it.label = label);
    let got = provider.get_caller_id(&key).await.map(drop);
    let updated = provider.update_caller_id(&key, &update).await.map(drop);
    let deleted = provider.delete_caller_id(&key).await;
    let results = [
        (Operation::GetCallerId, got),
        (Operation::UpdateCallerId, updated),
        (Operation::DeleteCallerId, deleted),
    ];
    for (operation, result) in results {
        let wanted = if subject.supports(operation) {
            ErrorKind::NotFound
        } else {
            ErrorKind::Unsupported
        };
        let error = result.unwrap_err();
        assert_eq!(error.kind(), wanted, "{operation}: {error:?}");
    }
}
