//! A thousand changes behind its back: at every carrier, in its console and by a program that speaks its API.

use std::collections::BTreeSet;

use serde_json::{Map, json};
use trunkline_core::inventory::{Drift, DriftClass, HoldingState, InventoryQuery, SyncState};
use trunkline_sandbox::credentials::WEBEX_SECOND_LOCATION_ID;
use trunkline_sandbox::{Fault, FaultPlan, ProviderKind};

use super::{Gateway, theirs};

/// What is expected to be found: account, class, number and field.
type Expected = BTreeSet<(String, DriftClass, String, Option<String>)>;

/// How a change is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// A person in the carrier's console.
    Console,
    /// A program that speaks the carrier's API.
    Http,
}

/// Changes made at one carrier, and what they must be found as.
async fn change(gateway: &Gateway, kind: ProviderKind, numbers: &[String], by: By) -> Expected {
    let mut expected = Expected::new();
    let mut expect = |class, number: &String, field: Option<&str>| {
        let field = field.map(str::to_owned);
        expected.insert((kind.name().to_owned(), class, number.clone(), field));
    };
    let [bought, released, changed, rest @ ..] = numbers else {
        panic!("too few numbers");
    };
    match by {
        By::Console => {
            for (step, number) in [("buy", bought), ("release", released)] {
                let body = json!({ "number": number });
                gateway.console(kind, step, body).await;
            }
        }
        By::Http => {
            gateway.buy_over_http(kind, bought).await;
            gateway.release_over_http(kind, released).await;
        }
    }
    expect(DriftClass::Appeared, bought, None);
    expect(DriftClass::Missing, released, None);
    let mut set = Map::new();
    if kind == ProviderKind::Webex {
        set.insert("location".to_owned(), WEBEX_SECOND_LOCATION_ID.into());
        for field in ["location.id", "location.name"] {
            expect(DriftClass::Changed, changed, Some(field));
        }
    } else {
        match by {
            By::Console => {
                set.insert("label".to_owned(), "Theirs".into());
            }
            By::Http => gateway.rename_over_http(kind, changed, "Theirs").await,
        }
        let field = match kind {
            ProviderKind::Wazo => "caller_id_name",
            _ => "label",
        };
        expect(DriftClass::Changed, changed, Some(field));
    }
    if let Some(routing) = theirs(kind) {
        set.insert("routing".to_owned(), routing);
        expect(DriftClass::Changed, changed, Some("voice"));
    }
    if !set.is_empty() {
        let body = json!({ "number": changed, "set": set });
        gateway.console(kind, "change", body).await;
    }
    if let (Some(priced), true) = (rest.first(), gateway.has_price(kind).await) {
        let body = json!({ "number": priced, "set": { "price": "7.77" } });
        gateway.console(kind, "change", body).await;
        expect(DriftClass::PriceChanged, priced, Some("monthly_price"));
    }
    expected
}

/// Readings at each of which ten numbers are bought, ten released, and ten or twenty changed: a reading that lacks more
/// is suspect. Carriers with few numbers for sale have fewer.
const ROUNDS: usize = 10;
const EACH: usize = 10;

/// Changes made at one carrier, round after round. After each round a reading breaks off; then 30 % of all requests fail,
/// and all that was changed is found by two readings that are complete.
async fn change_and_read(gateway: &Gateway, kind: ProviderKind) -> Expected {
    let mut expected = Expected::new();
    let numbers = gateway.free(kind, ROUNDS * EACH * 4).await;
    let rounds = numbers.len() / (EACH * 4);
    assert!(rounds > 2, "{kind}: {}", numbers.len());
    let (later, held) = numbers[..rounds * EACH * 4].split_at(rounds * EACH);
    for number in held {
        gateway.sandbox.console_buy(kind, number).unwrap();
    }
    gateway.read_whole(kind, 1).await;
    assert_eq!(gateway.drifts(kind).await, [], "{kind}: the baseline");
    for round in 0..rounds {
        let before = gateway.missing(kind).await;
        for at in round * EACH..(round + 1) * EACH {
            let mut numbers = vec![later[at].clone()];
            numbers.extend_from_slice(&held[at * 3..at * 3 + 3]);
            let by = if at % 2 == 0 { By::Console } else { By::Http };
            expected.extend(change(gateway, kind, &numbers, by).await);
        }
        // One that breaks off.
        let broken = FaultPlan::always(kind, "list", Fault::TruncatedBody {});
        let id = gateway.sandbox.inject(broken).unwrap();
        let read = gateway.read(kind).await;
        assert_eq!(read.state, SyncState::Incomplete, "{kind}");
        gateway.sandbox.remove_fault(&id);
        assert_eq!(gateway.missing(kind).await, before, "{kind}");
        let mut often = FaultPlan::always(kind, "*", Fault::status(503));
        often.probability = Some(0.3);
        let id = gateway.sandbox.inject(often).unwrap();
        gateway.read_whole(kind, 2).await;
        assert_eq!(gateway.missing(kind).await, before + EACH, "{kind}");
        let found = found(gateway.drifts(kind).await);
        let lacking: Vec<_> = expected.difference(&found).collect();
        assert!(lacking.is_empty(), "{kind}: not found: {lacking:?}");
        gateway.sandbox.remove_fault(&id);
    }
    expected
}

fn found(drifts: Vec<Drift>) -> Expected {
    let found = |drift: Drift| {
        let account = drift.account.to_string();
        (account, drift.class, drift.number.unwrap(), drift.field)
    };
    drifts.into_iter().map(found).collect()
}

/// A thousand of them, with faults, and readings that break off: all of it and nothing else, in the right class.
#[tokio::test(flavor = "multi_thread")]
async fn changes_in_the_consoles_of_all_carriers_are_found_in_their_class() {
    let gateway = Gateway::start().await;
    let at = |kind| change_and_read(&gateway, kind);
    let (twilio, signalwire, zendesk, webex, wazo) = tokio::join!(
        at(ProviderKind::Twilio),
        at(ProviderKind::SignalWire),
        at(ProviderKind::Zendesk),
        at(ProviderKind::Webex),
        at(ProviderKind::Wazo),
    );
    let expected: Expected = [twilio, signalwire, zendesk, webex, wazo]
        .into_iter()
        .flatten()
        .collect();
    let mut drifts = Vec::new();
    for kind in ProviderKind::ALL {
        drifts.extend(gateway.drifts(kind).await);
    }
    let found = found(drifts);
    let (lacking, false_ones): (Vec<_>, Vec<_>) = (
        expected.difference(&found).collect(),
        found.difference(&expected).collect(),
    );
    assert!(
        lacking.is_empty() && false_ones.is_empty(),
        "not found: {lacking:?}\nfalse: {false_ones:?}"
    );
    assert!(found.len() >= 1_000, "{}", found.len());
    let gone = InventoryQuery {
        holding: Some(HoldingState::Gone),
        limit: 1_000,
        ..InventoryQuery::default()
    };
    let gone = gateway
        .services
        .engine
        .inventory
        .list(&gateway.caller, &gone)
        .await
        .unwrap();
    let missing = expected
        .iter()
        .filter(|(_, class, ..)| *class == DriftClass::Missing);
    assert_eq!(gone.data.len(), missing.count());
    gateway.services.shutdown().await;
}
