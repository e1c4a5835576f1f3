//! What a person changes in a carrier's console.

use reqwest::Method;
use serde_json::{Value, json};
use trunkline_sandbox::credentials::{
    TWILIO_SUBACCOUNT_SID, WEBEX_PERSON_ID, WEBEX_SECOND_LOCATION_ID,
};
use trunkline_sandbox::{ChangedBy, ConsoleError, ProviderKind};

use crate::everywhere::{Everywhere, SHOPS, number_of};

async fn console(all: &Everywhere, path: &str, body: Value) -> (u16, Value) {
    let answer = all.control(Method::POST, path, Some(body)).await;
    (answer.status.as_u16(), answer.json)
}

#[tokio::test]
async fn console_buys_and_releases_at_every_carrier() {
    let all = Everywhere::start().await;
    for kind in ProviderKind::ALL {
        let number = all.free(kind, 1).await.remove(0);
        let body = json!({ "number": number });
        let (status, row) = console(&all, &format!("/{kind}/console/buy"), body.clone()).await;
        assert_eq!(status, 200, "{kind}: {row}");
        assert_eq!(number_of(kind, &row).as_ref(), Some(&number), "{kind}");
        assert_eq!(all.listed(kind).await, [number.as_str()], "{kind}");
        let (status, row) = console(&all, &format!("/{kind}/console/release"), body).await;
        assert_eq!(status, 200, "{kind}: {row}");
        assert_eq!(number_of(kind, &row).as_ref(), Some(&number), "{kind}");
        assert!(all.listed(kind).await.is_empty(), "{kind}");
    }
}

#[tokio::test]
async fn ledger_marks_manual_changes() {
    let all = Everywhere::start().await;
    for kind in SHOPS {
        let numbers = all.free(kind, 2).await;
        all.try_buy(kind, &numbers[0]).await.unwrap();
        all.sandbox.console_buy(kind, &numbers[1]).unwrap();
        let ledger = all.sandbox.ledger(kind);
        let by: Vec<_> = ledger.purchases.iter().map(|entry| entry.by).collect();
        assert_eq!(by, [None, Some(ChangedBy::Console)], "{kind}");
        let by: Vec<_> = ledger.owned.iter().map(|entry| entry.by).collect();
        assert_eq!(by, [None, Some(ChangedBy::Console)], "{kind}");
        all.sandbox.console_release(kind, &numbers[0]).unwrap();
        assert_eq!(
            all.sandbox.ledger(kind).releases[0].by,
            Some(ChangedBy::Console)
        );
        assert!(
            !ledger.requests.contains_key("release"),
            "nothing of it arrives over the API"
        );
    }
    for kind in [ProviderKind::Webex, ProviderKind::Wazo] {
        let number = all.held(kind, 1).await.remove(0);
        let owned = all.sandbox.ledger(kind).owned;
        let entry = owned.iter().find(|entry| entry.number == number).unwrap();
        assert_eq!(entry.by, Some(ChangedBy::Console), "{kind}");
    }
    let shown = all.control(Method::GET, "/twilio/ledger", None).await.json;
    assert_eq!(shown["purchases"][1]["by"], "console");
    assert_eq!(shown["purchases"][0].get("by"), None);
}

#[tokio::test]
async fn console_route_changes_numbers_at_every_carrier() {
    let all = Everywhere::start().await;
    for (kind, set, member, value) in [
        (
            ProviderKind::Twilio,
            json!({ "label": "Desk", "routing": "https://example.com/voice", "price": "3.50" }),
            "friendly_name",
            json!("Desk"),
        ),
        (
            ProviderKind::SignalWire,
            json!({ "label": "Desk", "routing": "https://example.com/voice", "price": "3.50" }),
            "call_request_url",
            json!("https://example.com/voice"),
        ),
        (
            ProviderKind::Zendesk,
            json!({ "label": "Desk", "routing": [7], "price": "3.50" }),
            "group_ids",
            json!([7]),
        ),
        (
            ProviderKind::Wazo,
            json!({ "label": "Desk" }),
            "caller_id_name",
            json!("Desk"),
        ),
    ] {
        let number = all.held(kind, 1).await.remove(0);
        let body = json!({ "number": number, "set": set });
        let (status, row) = console(&all, &format!("/{kind}/console/change"), body).await;
        assert_eq!((status, &row[member]), (200, &value), "{kind}: {row}");
        assert_eq!(all.row(kind, &number).await[member], value, "{kind}");
        if SHOPS.contains(&kind) {
            let price = &all.sandbox.ledger(kind).owned[0].monthly_price;
            assert_eq!(price, "3.50", "{kind}");
        }
    }
}

#[tokio::test]
async fn console_moves_numbers_to_other_owners_and_locations() {
    let all = Everywhere::start().await;
    let number = all.held(ProviderKind::Twilio, 1).await.remove(0);
    let body = json!({ "number": number, "set": { "owner": TWILIO_SUBACCOUNT_SID } });
    let (status, row) = console(&all, "/twilio/console/change", body).await;
    assert_eq!(
        (status, &row["account_sid"]),
        (200, &TWILIO_SUBACCOUNT_SID.into()),
        "{row}"
    );
    assert!(all.listed(ProviderKind::Twilio).await.is_empty());

    let number = all.held(ProviderKind::Webex, 1).await.remove(0);
    let change = async |set| {
        let body = json!({ "number": number, "set": set });
        console(&all, "/webex/console/change", body).await
    };
    let (status, row) = change(json!({ "owner": WEBEX_PERSON_ID })).await;
    assert_eq!(
        (status, &row["owner"]["id"]),
        (200, &WEBEX_PERSON_ID.into()),
        "{row}"
    );
    let away = json!({ "location": WEBEX_SECOND_LOCATION_ID });
    let (status, refused) = change(away.clone()).await;
    assert_eq!(
        (status, &refused["field"]),
        (400, &"set.owner".into()),
        "{refused}"
    );
    assert_eq!(change(json!({ "owner": "" })).await.1.get("owner"), None);
    let (status, row) = change(away).await;
    assert_eq!(
        (status, &row["location"]["id"]),
        (200, &WEBEX_SECOND_LOCATION_ID.into()),
        "{row}"
    );
}

/// Path, body, status and field at fault. `HELD` is a number that Wazo holds, `FREE` one that Twilio has on sale.
const REFUSED: [(&str, &str, u16, &str); 10] = [
    ("/twilio/console/buy", "{}", 400, "number"),
    (
        "/twilio/console/buy",
        r#"{"number": "+15550000000"}"#,
        409,
        "number",
    ),
    (
        "/zendesk/console/buy",
        r#"{"number": "+15550000000"}"#,
        400,
        "number",
    ),
    ("/wazo/console/buy", r#"{"number": "HELD"}"#, 409, "number"),
    (
        "/webex/console/buy",
        r#"{"number": "+8213800138000"}"#,
        400,
        "number",
    ),
    (
        "/twilio/console/release",
        r#"{"number": "FREE"}"#,
        404,
        "number",
    ),
    (
        "/webex/console/release",
        r#"{"number": "FREE"}"#,
        404,
        "number",
    ),
    (
        "/wazo/console/change",
        r#"{"number": "HELD", "set": {"price": "1.00"}}"#,
        400,
        "set.price",
    ),
    (
        "/wazo/console/change",
        r#"{"number": "HELD", "set": {"colour": "red"}}"#,
        400,
        "set.colour",
    ),
    (
        "/twilio/console/change",
        r#"{"number": "FREE", "set": {"label": "A"}}"#,
        404,
        "number",
    ),
];

#[tokio::test]
async fn unavailable_manual_action_is_named() {
    let all = Everywhere::start().await;
    let held = all.held(ProviderKind::Wazo, 1).await.remove(0);
    let free = all.free(ProviderKind::Twilio, 1).await.remove(0);
    for (path, body, status, field) in REFUSED {
        let body = body.replace("HELD", &held).replace("FREE", &free);
        let body = serde_json::from_str(&body).unwrap();
        let (found, answer) = console(&all, path, body).await;
        assert_eq!(
            (found, &answer["field"]),
            (status, &field.into()),
            "{path}: {answer}"
        );
        assert!(answer["error"].is_string(), "{answer}");
    }
}

#[tokio::test]
async fn a_number_that_is_held_is_not_bought_and_a_price_is_an_amount() {
    let all = Everywhere::start().await;
    let held = all.held(ProviderKind::Twilio, 1).await.remove(0);
    let body = json!({ "number": held, "set": { "price": "cheap" } });
    let (status, answer) = console(&all, "/twilio/console/change", body).await;
    assert_eq!((status, &answer["field"]), (400, &"set.price".into()));
    let error = all
        .sandbox
        .console_buy(ProviderKind::Twilio, &held)
        .unwrap_err();
    assert!(
        matches!(
            error,
            ConsoleError::Field {
                field: "number",
                ..
            }
        ),
        "{error}"
    );
}
