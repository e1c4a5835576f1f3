//! Many numbers by one command.

use trunkline_sandbox::{Fault, FaultPlan, ProviderKind, StockOrder};

use crate::support::Place;

const MANY: [&str; 7] = [
    "allocate",
    "--country",
    "US",
    "--area-code",
    "510",
    "--count",
    "6",
];

async fn place(stock: usize) -> Place {
    let place = Place::new().await;
    let order = StockOrder {
        country: "US".to_owned(),
        area_code: Some("510".to_owned()),
        number_type: None,
        count: stock,
    };
    let twilio = ProviderKind::Twilio;
    place.sandbox.set_stock(twilio, &order).unwrap();
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn allocation_buys_the_requested_count_once_per_key() {
    let place = place(40).await;
    let key = ["--idempotency-key", "pool", "--label", "Pool"];
    let done = place.run(&[&MANY[..], &key].concat());
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(done.out.lines().count(), 7, "{}", done.out);
    assert!(
        done.out.contains("+1510") && done.out.contains("succeeded"),
        "{}",
        done.out
    );
    assert!(
        done.err.contains("succeeded: 6 of 6 bought"),
        "{}",
        done.err
    );
    let again = place.run(&[&MANY[..], &key, &["-o", "json"]].concat());
    assert_eq!(
        (again.code, &again.json()["counts"]["bought"]),
        (0, &6.into())
    );
    assert!(
        again.err.contains("this key was used before"),
        "{}",
        again.err
    );
    let csv = place.run(&[&MANY[..], &key, &["-o", "csv"]].concat());
    assert!(
        csv.out.starts_with("item,state,account,number,"),
        "{}",
        csv.out
    );
    assert_eq!(csv.out.lines().count(), 7, "{}", csv.out);
    assert_eq!(
        (place.ledger().owned.len(), place.asked("purchase")),
        (6, 6)
    );
    let id = again.json()["id"].as_str().unwrap().to_owned();
    let listed = place.run(&["allocations", "list"]);
    assert!(listed.out.contains(&id), "{}", listed.out);
    let shown = place.run(&["allocations", "get", &id, "-o", "json"]);
    assert_eq!(shown.json(), again.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_status_distinguishes_partial_failed_and_running() {
    let place = place(4).await;
    let nothing = place.run(&[&MANY[..], &["--mode", "all-or-nothing"]].concat());
    assert_eq!(nothing.code, 1, "{nothing:?}");
    assert!(nothing.err.contains("idempotency key: cli-"), "{nothing:?}");
    assert!(
        nothing
            .err
            .contains("4 numbers that fit can be had at most"),
        "{nothing:?}"
    );
    assert_eq!(place.asked("purchase"), 0);
    let some = place.run(&MANY);
    assert_eq!(some.code, 3, "{some:?}");
    assert!(some.err.contains("partial: 4 of 6 bought"), "{some:?}");
    assert_eq!(place.ledger().owned.len(), 4);
    let wrong = place.run(&[&MANY[..], &["--mode", "at-least"]].concat());
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.err.contains("minimum"), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn next_command_finishes_the_allocation_of_an_earlier_one() {
    let place = place(40).await;
    let late = FaultPlan::once(
        ProviderKind::Twilio,
        "purchase",
        Fault::CommitLate { ms: 2_000 },
    );
    place.sandbox.inject(late).unwrap();
    let key = ["--idempotency-key", "pool", "--wait"];
    let open = place.run(&[&MANY[..], &key, &["0"]].concat());
    assert_eq!(open.code, 4, "{open:?}");
    assert!(open.err.contains("allocations get alc_"), "{open:?}");
    let done = place.run(&[&MANY[..], &key, &["60"]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(
        (place.ledger().owned.len(), place.asked("purchase")),
        (6, 6)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn dry_run_of_an_allocation_shows_offers_and_their_cost() {
    let place = place(40).await;
    let plan = [&MANY[..], &["--dry-run"]].concat();
    let shown = place.run(&plan);
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(shown.out.contains("POST /v1/allocations"), "{}", shown.out);
    assert!(shown.out.contains("6.90"), "{}", shown.out);
    let json = place.run(&[&plan[..], &["-o", "json"]].concat()).json();
    assert_eq!(json["about"]["on_offer"], 6);
    assert_eq!(json["about"]["monthly_price"][0]["amount"], "6.90");
    assert_eq!(json["about"]["candidates"].as_array().unwrap().len(), 6);
    let dear = [&plan[..], &["--max-monthly-price", "1.00USD", "-o", "json"]].concat();
    assert_eq!(place.run(&dear).json()["about"]["on_offer"], 0);
    assert_eq!(place.asked("purchase"), 0);
}
