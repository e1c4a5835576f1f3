//! The audit trail, events and webhooks, from a terminal.

use serde_json::Value;

use crate::support::Place;

#[tokio::test(flavor = "multi_thread")]
async fn audit_trail_is_listed_exported_and_verified() {
    let place = Place::new().await;
    let (number, offer) = place.on_offer();
    assert_eq!(place.run(&["buy", &offer]).code, 0);
    let listed = place.run(&["audit", "list", "--number", &number, "-o", "json"]);
    let rows = listed.json()["data"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 2, "{listed:?}");
    assert_eq!(rows[0]["outcome"], "ok");
    let exported = place.run(&["audit", "export", "--action", "number.purchase"]);
    let lines: Vec<Value> = exported
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines, rows);
    let verified = place.run(&["audit", "verify", "-o", "json"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    let chain = &verified.json()["data"][0];
    assert_eq!(
        (&chain["tenant"], &chain["whole"]),
        (&"default".into(), &true.into())
    );
    let table = place.run(&["audit", "list", "--outcome", "ok"]);
    assert!(table.out.contains("number.purchase"), "{table:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_listed_and_continue_after_a_cursor() {
    let place = Place::new().await;
    let (number, offer) = place.on_offer();
    assert_eq!(place.run(&["buy", &offer]).code, 0);
    let first = place.run(&["events", "list", "-o", "json"]).json();
    assert_eq!(first["data"][0]["type"], "number.purchased");
    assert_eq!(place.run(&["numbers", "release", &number, "--yes"]).code, 0);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = place.run(&["events", "list", "--after", cursor, "--all", "-o", "json"]);
    let data = rest.json()["data"].as_array().unwrap().clone();
    assert_eq!(data.len(), 1, "{rest:?}");
    assert_eq!(data[0]["type"], "number.released");
}

#[tokio::test(flavor = "multi_thread")]
async fn webhook_is_created_switched_and_removed() {
    let place = Place::new().await;
    let url = "https://hooks.example.com/trunkline";
    let dry = place.run(&["webhooks", "create", url, "--dry-run"]);
    assert!(dry.out.contains("POST /v1/webhooks"), "{dry:?}");
    let kinds = "number.purchased,number.released";
    let made = place.run(&["webhooks", "create", url, "--type", kinds, "-o", "json"]);
    assert_eq!(made.code, 0, "{made:?}");
    let made = made.json();
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let id = made["id"].as_str().unwrap();
    let off = place.run(&["webhooks", "disable", id, "-o", "json"]);
    assert_eq!(off.json()["enabled"], false);
    let listed = place.run(&["webhooks", "list", "-o", "json"]);
    assert_eq!(listed.json()["data"].as_array().unwrap().len(), 1);
    assert!(!listed.out.contains("whsec_"));
    let nothing = place.run(&["webhooks", "deliveries", id]);
    assert_eq!(nothing.code, 0, "{nothing:?}");
    assert_eq!(place.run(&["webhooks", "delete", id]).code, 0);
    assert_eq!(place.run(&["webhooks", "get", id]).code, 1);
    let inside = place.run(&["webhooks", "create", "https://10.0.0.1/x"]);
    assert!(inside.err.contains("webhooks.allow"), "{inside:?}");
}
