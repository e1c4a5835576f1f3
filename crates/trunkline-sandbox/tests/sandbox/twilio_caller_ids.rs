//! Caller IDs over the API.

use trunkline_sandbox::CallOutcome;

use crate::support::{TWILIO, World, rows};

const CALLER_IDS: &str = "OutgoingCallerIds";
const NUMBER: &str = "+14155550170";

async fn refusal(world: &World, form: &[(&str, &str)]) -> (u16, u64) {
    world.post(CALLER_IDS, form).await.error()
}

async fn verify(world: &World) -> String {
    world
        .post(
            CALLER_IDS,
            &[("PhoneNumber", NUMBER), ("FriendlyName", "Front desk")],
        )
        .await;
    let report = world
        .sandbox
        .answer_caller_id(TWILIO, NUMBER, CallOutcome::Verified)
        .await
        .unwrap();
    report.caller_id.unwrap()
}

#[tokio::test]
async fn a_call_answered_right_makes_a_caller_id() {
    let world = World::start().await;
    let started = world.post(CALLER_IDS, &[("PhoneNumber", NUMBER)]).await;
    assert_eq!(started.status, 200);
    assert_eq!(started.text_of("friendly_name"), "(415) 555-0170");
    let code = started.text_of("validation_code");
    assert_eq!(world.sandbox.validation_code(TWILIO, NUMBER), Some(code));
    assert!(rows(&world.get(CALLER_IDS).await, "outgoing_caller_ids", "sid").is_empty());
    world
        .sandbox
        .answer_caller_id(TWILIO, NUMBER, CallOutcome::Verified)
        .await
        .unwrap();
    assert_eq!(
        rows(
            &world.get(CALLER_IDS).await,
            "outgoing_caller_ids",
            "phone_number"
        ),
        [NUMBER]
    );
    assert_eq!(world.sandbox.validation_code(TWILIO, NUMBER), None);
}

#[tokio::test]
async fn failed_or_unanswered_call_creates_no_caller_id() {
    let world = World::start().await;
    for outcome in [CallOutcome::Failed, CallOutcome::NoAnswer] {
        world.post(CALLER_IDS, &[("PhoneNumber", NUMBER)]).await;
        let report = world
            .sandbox
            .answer_caller_id(TWILIO, NUMBER, outcome)
            .await
            .unwrap();
        assert_eq!(report.caller_id, None);
        assert!(rows(&world.get(CALLER_IDS).await, "outgoing_caller_ids", "sid").is_empty());
        assert!(
            world
                .sandbox
                .answer_caller_id(TWILIO, NUMBER, outcome)
                .await
                .is_none()
        );
    }
}

#[tokio::test]
async fn second_call_has_a_new_code() {
    let world = World::start().await;
    let first = world
        .post(CALLER_IDS, &[("PhoneNumber", NUMBER)])
        .await
        .text_of("validation_code");
    let second = world
        .post(CALLER_IDS, &[("PhoneNumber", NUMBER)])
        .await
        .text_of("validation_code");
    assert_ne!(first, second);
    assert_eq!(world.sandbox.validation_code(TWILIO, NUMBER), Some(second));
}

#[tokio::test]
async fn invalid_verification_request_starts_no_call() {
    let world = World::start().await;
    let own = world.one("US/Local?AreaCode=415").await;
    world.buy(&own).await;
    assert_eq!(
        refusal(&world, &[("PhoneNumber", &own)]).await,
        (400, 21449)
    );
    for (name, value, code) in [
        ("CallDelay", "61", 21454),
        ("CallDelay", "-1", 21454),
        ("StatusCallback", "nowhere", 21456),
        ("StatusCallbackMethod", "PUT", 21403),
        ("Extension", "abc", 20422),
    ] {
        assert_eq!(
            refusal(&world, &[("PhoneNumber", NUMBER), (name, value)]).await,
            (400, code),
            "{name}"
        );
    }
    for number in ["", "911", "+0123456789", "abc"] {
        assert_eq!(
            refusal(&world, &[("PhoneNumber", number)]).await,
            (400, 21401),
            "{number:?}"
        );
    }
    assert_eq!(world.sandbox.validation_code(TWILIO, NUMBER), None);
}

#[tokio::test]
async fn a_number_without_country_code_is_taken_as_american() {
    let world = World::start().await;
    let started = world
        .post(
            CALLER_IDS,
            &[("PhoneNumber", "(415) 555-0171"), ("CallDelay", "60")],
        )
        .await;
    assert_eq!(started.text_of("phone_number"), "+14155550171");
}

#[tokio::test]
async fn an_empty_name_of_a_caller_id_brings_back_the_default_one() {
    let world = World::start().await;
    let path = format!("{CALLER_IDS}/{}", verify(&world).await);
    let unset = world.post(&path, &[("FriendlyName", "")]).await;
    assert_eq!(unset.text_of("friendly_name"), "(415) 555-0170");
}

#[tokio::test]
async fn a_caller_id_is_renamed_found_and_deleted() {
    let world = World::start().await;
    let sid = verify(&world).await;
    assert_eq!(
        refusal(&world, &[("PhoneNumber", NUMBER)]).await,
        (400, 21450)
    );
    let path = format!("{CALLER_IDS}/{sid}");
    assert_eq!(
        world.get(&path).await.text_of("friendly_name"),
        "Front desk"
    );
    assert_eq!(
        world
            .post(&path, &[("FriendlyName", "Reception")])
            .await
            .text_of("friendly_name"),
        "Reception"
    );
    for (query, found) in [
        ("PhoneNumber=%2B14155550170", 1),
        ("PhoneNumber=0170", 0),
        ("FriendlyName=Reception", 1),
    ] {
        let page = world.get(&format!("{CALLER_IDS}?{query}")).await;
        assert_eq!(
            rows(&page, "outgoing_caller_ids", "sid").len(),
            found,
            "{query}"
        );
    }
    assert_eq!(world.delete(&path).await.status, 204);
    assert_eq!(world.get(&path).await.error(), (404, 20404));
    assert_eq!(world.delete(&path).await.error(), (404, 20404));
}
