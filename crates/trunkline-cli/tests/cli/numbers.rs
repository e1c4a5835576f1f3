//! Buying, showing, changing and releasing.

use serde_json::Value;
use trunkline_sandbox::Sandbox;

use crate::support::{Place, Run};

/// Everything that is done with a number in its life, wherever the work is done.
fn live(place: &Place, at: &[&str]) {
    let run = |args: &[&str]| place.run(&[at, args].concat());
    let found = run(&[
        "search",
        "--country",
        "US",
        "--area-code",
        "510",
        "--limit",
        "2",
        "-o",
        "json",
    ]);
    let first = found.json()["data"][0].clone();
    let (number, offer) = (
        first["number"].as_str().unwrap(),
        first["offer"].as_str().unwrap(),
    );

    let buy = [
        "buy",
        offer,
        "--label",
        "Support",
        "--idempotency-key",
        "order-1",
        "-o",
        "json",
    ];
    let bought = run(&buy);
    assert_eq!(bought.code, 0, "{bought:?}");
    let again = run(&buy);
    assert_eq!(
        (again.code, &again.out),
        (0, &bought.out),
        "the answer is repeated byte for byte"
    );
    assert!(again.err.contains("nothing was bought now"), "{again:?}");
    assert_eq!(place.ledger().purchases.len(), 1);
    change_and_release(
        place,
        &run,
        (
            number,
            bought.json()["purchase"]["number_id"].as_str().unwrap(),
        ),
    );
}

fn change_and_release(place: &Place, run: &dyn Fn(&[&str]) -> Run, (number, id): (&str, &str)) {
    assert_eq!(
        run(&["numbers", "get", number, "-o", "json"]).json()["label"],
        "Support"
    );
    let changed = run(&[
        "numbers",
        "update",
        id,
        "--label",
        "Sales",
        "--tag",
        "west",
        "--protect",
        "-o",
        "json",
    ]);
    assert_eq!(changed.json()["label"], "Sales", "{changed:?}");
    assert!(run(&["numbers", "list"]).out.contains("Sales"));

    let refused = run(&["numbers", "release", id, "--yes"]);
    assert_eq!(refused.code, 1, "protected: {refused:?}");
    assert_eq!(run(&["numbers", "update", id, "--unprotect"]).code, 0);
    assert_eq!(run(&["numbers", "release", number, "--yes"]).code, 0);
    assert_eq!(place.ledger().releases.len(), 1);
    assert_eq!(run(&["numbers", "get", id]).code, 1);
    let purchases = run(&["purchases", "list", "-o", "json"]).json();
    assert_eq!(purchases["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn number_is_bought_once_changed_and_released_in_process() {
    let place = Place::new().await;
    live(&place, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn number_is_bought_once_changed_and_released_at_a_server() {
    let place = Place::new().await;
    let server = place.serve(&[]);
    live(&place, &["--server", &server.url]);
    assert_eq!(server.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn purchase_without_a_key_shows_the_generated_key() {
    let place = Place::new().await;
    let (number, _) = place.on_offer();
    let bought = place.run(&["purchase", "--account", "us", "--number", &number]);
    assert_eq!(bought.code, 0, "{bought:?}");
    let key = bought
        .err
        .lines()
        .find_map(|line| line.strip_prefix("idempotency key: "))
        .unwrap();
    let again = place.run(&[
        "purchase",
        "--account",
        "us",
        "--number",
        &number,
        "--idempotency-key",
        key,
    ]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(place.ledger().purchases.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn held_number_is_not_bought_again() {
    let place = Place::new().await;
    let (number, _) = place.on_offer();
    let buy = ["purchase", "--account", "us", "--number", &number];
    assert_eq!(place.run(&buy).code, 0);
    let again = place.run(&buy);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.err.contains("(conflict)"), "{again:?}");
    assert_eq!(place.ledger().purchases.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_sends_nothing_that_changes_or_costs() {
    let place = Place::new().await;
    let (number, offer) = place.on_offer();
    let buy = ["purchase", "--account", "us", "--number", &number];
    let planned = place.run(&[&buy[..], &["--dry-run", "-o", "json"]].concat());
    assert_eq!(planned.code, 0, "{planned:?}");
    let plan = planned.json();
    assert_eq!(plan["about"]["monthly_price"]["amount"], "1.15");
    assert_eq!(plan["request"]["path"], "/v1/numbers");
    assert_eq!(place.run(&["purchase", &offer, "--dry-run"]).code, 0);
    assert_eq!(place.ledger().purchases.len(), 0);
    assert_eq!(place.run(&buy).code, 0);

    for args in [
        &["numbers", "update", &number, "--label", "x", "--dry-run"][..],
        &["numbers", "release", &number, "--dry-run"],
        &[
            "caller-ids",
            "start",
            "--account",
            "us",
            "--number",
            "+14155550177",
            "--dry-run",
        ],
    ] {
        let planned = place.run(args);
        assert_eq!(planned.code, 0, "{planned:?}");
        assert!(planned.out.starts_with("Nothing is sent"), "{planned:?}");
    }
    let asked = ["purchase", "update", "release", "start_caller_id"]
        .map(|operation| place.asked(operation));
    assert_eq!(asked, [1, 0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_account_makes_a_list_partial_and_is_noted() {
    let place = Place::new().await;
    let gone = "[[accounts]]\nname = \"gone\"\nprovider = \"twilio\"\naccount_sid = \"AC00000000000000000000000000000009\"\nauth_token = \"x\"\nbase_url = \"http://127.0.0.1:1\"\n";
    place.configure(&(place.account("us", "sandbox") + gone));
    let listed = place.run(&["numbers", "list", "-o", "json"]);
    assert_eq!(listed.code, 3, "{listed:?}");
    assert!(listed.err.contains("{\"note\":\"gone: error"), "{listed:?}");
    assert_eq!(listed.json()["sources"].as_array().map(Vec::len), Some(2));
    place.configure(gone);
    assert_eq!(place.run(&["numbers", "list"]).code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn list_follows_its_pages_up_to_the_limit() {
    let place = Place::new().await;
    for number in offered(&place, 3) {
        assert_eq!(
            place
                .run(&["buy", "--account", "us", "--number", &number])
                .code,
            0
        );
    }
    let some = place
        .run(&["numbers", "list", "--limit", "2", "-o", "json"])
        .json();
    assert_eq!(some["data"].as_array().map(Vec::len), Some(2));
    let cursor = some["next_cursor"].as_str().unwrap();
    let rest = place
        .run(&["numbers", "list", "--cursor", cursor, "-o", "json"])
        .json();
    assert_eq!(
        (rest["data"].as_array().map(Vec::len), &rest["next_cursor"]),
        (Some(1), &Value::Null)
    );
    let all = place
        .run(&["numbers", "list", "--all", "-o", "json"])
        .json();
    assert_eq!(all["data"].as_array().map(Vec::len), Some(3));
}

fn offered(place: &Place, count: usize) -> Vec<String> {
    let found = place
        .run(&[
            "search",
            "--country",
            "US",
            "--area-code",
            "415",
            "-o",
            "json",
        ])
        .json();
    let numbers = found["data"].as_array().unwrap().iter().take(count);
    numbers
        .map(|number| number["number"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn number_unknown_to_its_carrier_is_not_bought_again_at_once() {
    let place = Place::new().await;
    let (number, _) = place.on_offer();
    assert_eq!(
        place
            .run(&["buy", "--account", "us", "--number", &number])
            .code,
        0
    );
    // The same fakes in a new life, as `serve --sandbox` starts them: identifiers of their own.
    let options = trunkline_sandbox::Options {
        seed: 2,
        ..trunkline_sandbox::Options::free_ports()
    };
    let reborn = Place {
        sandbox: Sandbox::start(options).await.unwrap(),
        dir: place.dir,
        key: place.key,
    };
    reborn.configure(&reborn.account("us", "sandbox"));
    let again = reborn.run(&["buy", "--account", "us", "--number", &number]);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.err.contains("was bought before"), "{again:?}");
    assert_eq!(reborn.asked("purchase"), 0);
}
