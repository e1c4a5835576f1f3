//! Databases of earlier versions, brought up to date.

use std::time::Duration;

use trunkline_core::Money;
use trunkline_engine::journal::{Change, Commit, Record};
use trunkline_engine::{Charge, Store};
use trunkline_testkit::journal_contract::draft::{
    begun, evidence, presumed, purchase_at, step, succeeded,
};

use crate::clocks::places;

const LONG: Duration = Duration::from_secs(600);

/// Two identities that went by one name, one of which has what JSON escapes.
const IDENTITIES: [&str; 2] = ["AC1", "pbx \"a\\b\""];

/// Makes the tables what they were before ceilings belonged to identities, and the purses those of an account's name.
const BEFORE: &str = r#"
    DELETE FROM _sqlx_migrations WHERE version = 9;
    DELETE FROM meta WHERE name = 'clock';
    ALTER TABLE releases DROP COLUMN held;
    DROP TABLE missing_numbers;
    DROP INDEX charges_by_purse;
    UPDATE charges SET purse = replace(purse, 'identity:AC1:', 'account:us-main:');
    UPDATE charges SET purse = replace(purse, 'identity:pbx "a\b":', 'account:us-main:');
    UPDATE purchases SET doc = replace(doc, '"purse":"identity:AC1:', '"purse":"account:us-main:');
    UPDATE purchases SET doc = replace(doc, '"purse":"identity:pbx \"a\\b\":', '"purse":"account:us-main:');
    DELETE FROM purses WHERE name LIKE 'identity:%';
    INSERT INTO purses (name, spent) SELECT purse, SUM(amount) FROM charges WHERE purse LIKE 'account:%' GROUP BY purse
"#;

fn purse(identity: &str) -> String {
    format!("identity:{identity}:monthly:USD")
}

fn priced(identity: &str, index: u32) -> Record {
    let charge = |purse: String| Charge {
        purse,
        amount: Money::parse("1.15", "USD").unwrap(),
        ceiling: None,
        monthly: true,
    };
    let charges = vec![
        charge(purse(identity)),
        charge("key:k:monthly:USD".to_owned()),
    ];
    Record {
        charges,
        ..purchase_at(identity, index)
    }
}

async fn spent(store: &dyn Store) -> [i64; 4] {
    let mut found = [0; 4];
    let purses = [
        purse(IDENTITIES[0]),
        purse(IDENTITIES[1]),
        "key:k:monthly:USD".to_owned(),
        "account:us-main:monthly:USD".to_owned(),
    ];
    for (found, purse) in found.iter_mut().zip(purses) {
        *found = store.spent(&purse).await.unwrap() / 10_000;
    }
    found
}

#[tokio::test]
async fn what_an_account_had_committed_is_committed_by_its_identity() {
    for place in places().await {
        let store = place.open(LONG).await;
        let (_, _) = begun(&*store, &priced(IDENTITIES[0], 0)).await;
        let (held, _) = begun(&*store, &priced(IDENTITIES[0], 1)).await;
        step(&*store, succeeded(held, "PN1")).await;
        begun(&*store, &priced(IDENTITIES[1], 2)).await;
        let (late, _) = begun(&*store, &priced(IDENTITIES[1], 3)).await;
        let late = step(&*store, presumed(late)).await;
        let before = spent(&*store).await;
        assert_eq!(before, [230, 230, 460, 0]);
        store.close().await;
        place.raw().await.run(BEFORE).await;
        // The second time there is nothing left to do.
        for _ in 0..2 {
            let store = place.open(LONG).await;
            assert_eq!(spent(&*store).await, before, "{}", place.url);
            store.close().await;
        }
        let store = place.open(LONG).await;
        let late = store.load(&late.purchase.id).await.unwrap().unwrap();
        assert_eq!(late.charges[0].purse, purse(IDENTITIES[1]));
        let late = succeeded(late, "PN2");
        let change = Change {
            unclaimed: true,
            ..evidence(&late)
        };
        let booked = store.commit(change).await.unwrap();
        assert!(matches!(booked, Commit::Done(_)), "{booked:?}");
        assert_eq!(spent(&*store).await, [230, 230, 460, 0]);
    }
}
