//! Every way a purchase can end.

use reqwest::Method;
use serde_json::json;
use trunkline_sandbox::credentials::{
    TWILIO_API_KEY_SID, TWILIO_AUTH_TOKEN, TWILIO_SECOND_ACCOUNT_SID, TWILIO_SUBACCOUNT_SID,
    TWILIO_SUSPENDED_ACCOUNT_SID, TWILIO_TRIAL_ACCOUNT_SID,
};

use crate::support::{Read, TWILIO, World, read, rows};

const NUMBERS: &str = "IncomingPhoneNumbers";

/// Speaks about `path` with the credentials of `user`.
async fn speak(
    world: &World,
    (user, account): (&str, &str),
    form: Option<&[(&str, &str)]>,
) -> Read {
    let url = format!(
        "{}/2010-04-01/Accounts/{account}/{NUMBERS}.json",
        world.sandbox.url(TWILIO)
    );
    let method = if form.is_some() {
        Method::POST
    } else {
        Method::GET
    };
    let request = world
        .http
        .request(method, url)
        .basic_auth(user, Some(TWILIO_AUTH_TOKEN));
    let request = if let Some(form) = form {
        request.form(form)
    } else {
        request
    };
    read(request.send().await.unwrap()).await
}

async fn refusal(world: &World, form: &[(&str, &str)]) -> (u16, u64) {
    world.post(NUMBERS, form).await.error()
}

#[tokio::test]
async fn a_number_in_stock_is_sold_and_charged_once() {
    let world = World::start().await;
    let number = world.one("US/Local?AreaCode=415").await;
    let bought = world.buy(&number).await;
    assert_eq!(bought.text_of("phone_number"), number);
    assert!(
        !world
            .search("US/Local?AreaCode=415")
            .await
            .contains(&number)
    );
    let ledger = world.ledger();
    assert_eq!((ledger.purchases.len(), ledger.owned.len()), (1, 1));
    assert_eq!(
        (
            &*ledger.purchases[0].charged,
            &*ledger.owned[0].monthly_price
        ),
        ("1.15", "1.15")
    );
    assert_eq!(ledger.requests["purchase"], 1);
}

#[tokio::test]
async fn buying_a_held_number_is_an_update() {
    let world = World::start().await;
    let number = world.one("US/Local?AreaCode=415").await;
    let first = world.buy(&number).await;
    let again = world
        .post(
            NUMBERS,
            &[("PhoneNumber", &number), ("FriendlyName", "taken over")],
        )
        .await;
    assert_eq!(again.status, 201);
    for same in ["sid", "date_created"] {
        assert_eq!(first.text_of(same), again.text_of(same));
    }
    let shown = world
        .get(&format!("{NUMBERS}/{}", first.text_of("sid")))
        .await;
    assert_eq!(shown.text_of("friendly_name"), "taken over");
    assert_eq!(world.ledger().purchases.len(), 1);
    assert_eq!(world.ledger().requests["purchase"], 2);
}

#[tokio::test]
async fn a_number_of_another_account_is_not_available() {
    let world = World::start().await;
    let number = world.one("US/Local?AreaCode=415").await;
    let other = (TWILIO_SECOND_ACCOUNT_SID, TWILIO_SECOND_ACCOUNT_SID);
    assert_eq!(
        speak(&world, other, Some(&[("PhoneNumber", &number)]))
            .await
            .status,
        201
    );
    let refused = world.post(NUMBERS, &[("PhoneNumber", &number)]).await;
    assert_eq!(refused.error(), (400, 21422));
    assert_eq!(
        refused.text_of("message"),
        format!("{number} is not available")
    );
    assert!(rows(&world.get(NUMBERS).await, "incoming_phone_numbers", "sid").is_empty());
}

#[tokio::test]
async fn unknown_and_released_numbers_are_not_available() {
    let world = World::start().await;
    assert_eq!(
        refusal(&world, &[("PhoneNumber", "+14155550100")]).await,
        (400, 21422)
    );
    let number = world.one("US/Local?AreaCode=415").await;
    let sid = world.buy(&number).await.text_of("sid");
    assert_eq!(world.delete(&format!("{NUMBERS}/{sid}")).await.status, 204);
    assert_eq!(
        refusal(&world, &[("PhoneNumber", &number)]).await,
        (400, 21422)
    );
    assert!(
        !world
            .search("US/Local?AreaCode=415&PageSize=1000")
            .await
            .contains(&number)
    );
}

#[tokio::test]
async fn a_malformed_number_is_invalid() {
    let world = World::start().await;
    let refused = world.post(NUMBERS, &[("PhoneNumber", "+1foobar")]).await;
    assert_eq!(refused.error(), (400, 21421));
    assert_eq!(refused.text_of("message"), "+1foobar is not a valid number");
    for number in ["4155550100", " 14155550100", ""] {
        assert_eq!(
            refusal(&world, &[("PhoneNumber", number)]).await,
            (400, 21421),
            "{number:?}"
        );
    }
}

#[tokio::test]
async fn parameters_in_json_or_in_another_case_are_not_seen() {
    let world = World::start().await;
    let number = world.one("US/Local?AreaCode=415").await;
    let body = json!({ "PhoneNumber": number });
    let sent = world
        .request(Method::POST, &world.url(NUMBERS))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(read(sent).await.error(), (400, 21421));
    assert_eq!(
        refusal(&world, &[("phoneNumber", &number)]).await,
        (400, 21421)
    );
    assert!(world.ledger().purchases.is_empty());
}

#[tokio::test]
async fn a_regulated_number_needs_an_address_that_fits() {
    let world = World::start().await;
    let number = world.one("DE/Local").await;
    let buy = async |address: &str| {
        refusal(&world, &[("PhoneNumber", &number), ("AddressSid", address)]).await
    };
    assert_eq!(
        refusal(&world, &[("PhoneNumber", &number)]).await,
        (400, 21631)
    );
    let address = async |country: &str| {
        let form = [
            ("CustomerName", "A"),
            ("Street", "B 1"),
            ("City", "C"),
            ("Region", "D"),
            ("PostalCode", "10115"),
        ];
        let made = world
            .post(
                "Addresses",
                &[&form[..], &[("IsoCountry", country)]].concat(),
            )
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.text_of("sid")
    };
    assert_eq!(buy(&address("FR").await).await, (400, 21615));
    let berlin = address("DE").await;
    assert_eq!(buy(&berlin).await, (201, 0));
    let dependents = world
        .get(&format!("Addresses/{berlin}/DependentPhoneNumbers"))
        .await;
    assert_eq!(
        rows(&dependents, "dependent_phone_numbers", "phone_number"),
        [number]
    );
    assert_eq!(
        world.delete(&format!("Addresses/{berlin}")).await.error(),
        (400, 21630)
    );
}

#[tokio::test]
async fn a_number_that_needs_papers_needs_a_bundle() {
    let world = World::start().await;
    let number = world.one("GB/Mobile").await;
    let refused = world.post(NUMBERS, &[("PhoneNumber", &number)]).await;
    assert_eq!(
        (refused.error(), &*refused.text_of("message")),
        ((400, 21649), "Bundle required and not provided")
    );
    let bundle = format!("BU{}", "a".repeat(32));
    assert_eq!(
        refusal(&world, &[("PhoneNumber", &number), ("BundleSid", "BU1")]).await,
        (400, 21650)
    );
    assert_eq!(
        refusal(&world, &[("PhoneNumber", &number), ("BundleSid", &bundle)]).await,
        (201, 0)
    );
}

#[tokio::test]
async fn a_trial_account_holds_one_number() {
    let world = World::start().await;
    let trial = (TWILIO_TRIAL_ACCOUNT_SID, TWILIO_TRIAL_ACCOUNT_SID);
    let numbers = world.search("US/Local?PageSize=2").await;
    assert_eq!(
        speak(&world, trial, Some(&[("PhoneNumber", &numbers[0])]))
            .await
            .status,
        201
    );
    assert_eq!(
        speak(&world, trial, Some(&[("PhoneNumber", &numbers[1])]))
            .await
            .error(),
        (400, 21404)
    );
}

#[tokio::test]
async fn an_area_code_buys_some_number_in_it() {
    let world = World::start().await;
    let bought = world.post(NUMBERS, &[("AreaCode", "510")]).await;
    assert!(bought.text_of("phone_number").starts_with("+1510"));
    assert_eq!(refusal(&world, &[("AreaCode", "533")]).await, (400, 21452));
    assert_eq!(refusal(&world, &[("AreaCode", "51")]).await, (400, 21451));
}

#[tokio::test]
async fn typed_lists_sell_their_type_only() {
    let world = World::start().await;
    let number = world.one("US/TollFree").await;
    let typed = async |kind: &str, form: &[(&str, &str)]| {
        world.post(&format!("{NUMBERS}/{kind}"), form).await
    };
    assert_eq!(
        typed("Local", &[("PhoneNumber", &number)]).await.error(),
        (400, 21458)
    );
    assert_eq!(
        typed("Local", &[("AreaCode", "415")]).await.error(),
        (400, 21457)
    );
    assert_eq!(
        typed("TollFree", &[("PhoneNumber", &number)]).await.status,
        201
    );
    let listed = world.get(&format!("{NUMBERS}/TollFree")).await;
    assert_eq!(
        rows(&listed, "incoming_phone_numbers", "phone_number"),
        [number]
    );
    assert!(
        rows(
            &world.get(&format!("{NUMBERS}/Mobile")).await,
            "incoming_phone_numbers",
            "sid"
        )
        .is_empty()
    );
}

#[tokio::test]
async fn magic_numbers_behave_as_documented() {
    let world = World::start().await;
    assert_eq!(
        refusal(&world, &[("PhoneNumber", "+15005550000")]).await,
        (400, 21422)
    );
    assert_eq!(
        refusal(&world, &[("PhoneNumber", "+15005550001")]).await,
        (400, 21421)
    );
    for form in [[("PhoneNumber", "+15005550006")], [("AreaCode", "500")]] {
        let bought = world.post(NUMBERS, &form).await;
        assert_eq!(
            (bought.status.as_u16(), &*bought.text_of("phone_number")),
            (201, "+15005550006")
        );
        assert!(bought.json.get("date_created").is_none());
    }
    assert!(world.ledger().purchases.is_empty());
}

#[tokio::test]
async fn unauthenticated_caller_gets_nothing() {
    let world = World::start().await;
    let plain = world.http.get(world.url(NUMBERS)).send().await.unwrap();
    let refused = read(plain).await;
    assert_eq!(
        (refused.error(), &*refused.text_of("message")),
        ((401, 20003), "Authenticate")
    );
    let wrong = world
        .http
        .get(world.url(NUMBERS))
        .basic_auth("AC1", Some("x"))
        .send()
        .await
        .unwrap();
    assert_eq!(read(wrong).await.error(), (401, 20003));
    let main = "AC00000000000000000000000000000000";
    for (user, account, expected) in [
        (main, main, 200),
        (main, TWILIO_SUBACCOUNT_SID, 200),
        (main, TWILIO_SECOND_ACCOUNT_SID, 401),
        (main, "AC1", 401),
        (TWILIO_SUBACCOUNT_SID, main, 401),
        (TWILIO_API_KEY_SID, main, 200),
        (TWILIO_API_KEY_SID, TWILIO_SUBACCOUNT_SID, 401),
    ] {
        assert_eq!(
            speak(&world, (user, account), None).await.status,
            expected,
            "{user} {account}"
        );
    }
    let suspended = (TWILIO_SUSPENDED_ACCOUNT_SID, TWILIO_SUSPENDED_ACCOUNT_SID);
    assert_eq!(speak(&world, suspended, None).await.error(), (403, 20403));
}
