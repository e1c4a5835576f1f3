//! The plans of all statements: none reads the whole of a table that grows.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use trunkline_admin::audit::{AuditFilter, Outcome};
use trunkline_admin::events::{EventFilter, EventType};
use trunkline_core::host;
use trunkline_core::inventory::{
    DriftClass, DriftQuery, DriftSelector, HoldingState, InventoryQuery, InventorySort, SummaryBy,
};
use trunkline_core::{AccountName, AuditId, KeyId, PurchaseId, PurchaseState, Tenant};
use trunkline_engine::inventory::{Inside, SortedAfter};
use trunkline_engine::journal::PurchaseFilter;

use super::*;
use crate::sqlite::file;
use crate::{inventory, purchases, sql, trails};

/// Tables that stay small, and what is no table.
const SCANNED: [&str; 15] = [
    "api_keys",
    "inventory_text", // an index of texts, which is searched in its own way
    "inventory_accounts",
    "given", // what is to be written
    "audit_anchors",
    "CONSTANT",
    "inventory_unindexed", // the rows of the last moment
    "json_each",
    "late",   // the same
    "oldest", // as many rows as are looked at each time when old ones are forgotten
    "pragma_page_count",
    "pragma_page_size",
    "trails",
    "wanted",
    "webhooks",
];

/// Statements that read all of a table, which is what they are for.
const WHOLE: [(&str, &str); 3] = [
    (
        "PRUNE_KEYS",
        "the oldest rows, in the order of the key, up to a limit",
    ),
    ("PRUNE_LEASES", "as PRUNE_KEYS"),
    (
        "LIST_AUDITED",
        "tenants of all rows, for a verification of all chains",
    ),
];

struct Plans {
    connection: Connection,
    /// Indexes of a part of their table.
    partial: HashSet<String>,
    _directory: tempfile::TempDir,
}

impl Plans {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("t.db").display());
        let (_, connection) = file::open(&url, Duration::from_secs(5)).unwrap();
        let partial =
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'";
        let mut statement = connection.prepare(partial).unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        let partial = names.collect::<rusqlite::Result<_>>().unwrap();
        drop(statement);
        Self {
            connection,
            partial,
            _directory: directory,
        }
    }

    /// Steps of a plan that read a whole table, or the whole of an index that has all its rows.
    fn scans(&self, query: &Query) -> Vec<String> {
        let text = format!("EXPLAIN QUERY PLAN {}", query.for_sqlite(text));
        let mut statement = self.connection.prepare(&text).unwrap();
        let steps = statement.raw_query().mapped(|row| row.get("detail"));
        let steps: Vec<String> = steps.collect::<rusqlite::Result<_>>().unwrap();
        let is_scan = |step: &String| {
            let Some(scanned) = step.strip_prefix("SCAN ") else {
                return false;
            };
            let mut words = scanned.split(' ');
            let is_small = words.next().is_some_and(|table| SCANNED.contains(&table));
            !is_small && !words.any(|word| self.partial.contains(word))
        };
        steps.into_iter().filter(is_scan).collect()
    }
}

#[test]
fn no_statement_reads_the_whole_of_a_table_that_grows() {
    let plans = Plans::new();
    let all = [
        sql::ALL,
        sql::inventory::ALL,
        sql::missing::ALL,
        sql::trails::ALL,
    ]
    .concat();
    let mut whole = BTreeSet::new();
    for (name, statement) in all {
        // Only PostgreSQL has this table.
        if name.contains("UNLINKED") {
            continue;
        }
        let scans = plans.scans(&statement.query());
        if WHOLE.iter().any(|(known, _)| *known == name) {
            whole.insert(name);
        } else {
            assert!(scans.is_empty(), "{name}: {scans:?}");
        }
        // An exception that is no longer needed must go.
        assert_eq!(whole.contains(name), !scans.is_empty(), "{name}");
    }
    assert_eq!(whole.len(), WHOLE.len());
}

#[test]
fn every_filter_of_a_list_is_served_by_an_index() {
    let plans = Plans::new();
    let tenant = Tenant::default();
    let now = host::now();
    let account = || AccountName::new("us-main").unwrap();
    for bits in 0..1 << 10 {
        let given = |bit: u32| bits & (1 << bit) != 0;
        let purchases = PurchaseFilter {
            state: given(0).then_some(if given(7) {
                PurchaseState::Failed
            } else {
                PurchaseState::Succeeded
            }),
            account: given(1).then(|| "us-main".to_owned()),
            accounts: given(2).then(|| [account()].into()),
            number: given(3).then(|| "+14155550100".parse().unwrap()),
            needs_person: given(4).then_some(given(8)),
            before: given(5).then(|| PurchaseId::generate(now)),
        };
        let query = purchases::listed(&tenant, &purchases, 50).unwrap();
        assert_eq!(plans.scans(&query), [""; 0], "{purchases:?}");
        let audit = AuditFilter {
            accounts: given(0).then(|| [account()].into()),
            account: given(1).then(|| "us-main".to_owned()),
            number: given(2).then(|| "+14155550100".to_owned()),
            action: given(3).then(|| {
                if given(0) {
                    "number.purchase"
                } else {
                    "key.create"
                }
                .to_owned()
            }),
            key: given(4).then(|| KeyId::generate(now)),
            outcome: given(5).then_some(if given(0) {
                Outcome::Ok
            } else {
                Outcome::Failed
            }),
            request_id: given(6).then(|| "req_1".to_owned()),
            from: given(7).then_some(now),
            to: given(8).then_some(now),
            before: given(9).then(|| AuditId::generate(now)),
        };
        let query = trails::listed(&tenant, &audit, 50).unwrap();
        assert_eq!(plans.scans(&query), [""; 0], "{audit:?}");
        let both = [EventType::NumberGone, EventType::NumberPurchased];
        let events = EventFilter {
            accounts: given(0).then(|| [account()].into()),
            types: both[..usize::from(given(1)) + usize::from(given(2))].to_vec(),
            account: given(3).then(|| "us-main".to_owned()),
            since: given(4).then_some(now),
            after: 7,
        };
        let query = trails::told(&tenant, &events, 9).unwrap();
        assert_eq!(
            plans.scans(&query.ordered("position", 50)),
            [""; 0],
            "{events:?}"
        );
    }
}

/// A scan would read every number of every tenant.
#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
fn every_filter_and_order_of_the_inventory_is_served_by_an_index() {
    let plans = Plans::new();
    let after = SortedAfter {
        text: "a".to_owned(),
        under: "b".to_owned(),
        integer: 1,
        place: 7,
    };
    let inside = |count: usize| Inside {
        tenant: Tenant::default(),
        identities: (0..count).map(|at| format!("AC{at}")).collect(),
    };
    for bits in 0..1 << 11 {
        let given = |bit: u32| bits & (1 << bit) != 0;
        let text = |bit: u32, text: &str| given(bit).then(|| text.to_owned());
        let mut query = InventoryQuery {
            tag: text(0, "vip"),
            q: text(1, "sales +1"),
            holding: given(2).then_some(HoldingState::Missing),
            unassigned: given(3).then_some(true),
            purchased_after: given(4).then(host::now),
            descending: given(5),
            limit: 100,
            ..InventoryQuery::default()
        };
        query.numbers.number = text(6, "+14155550100");
        query.numbers.owner = text(7, "user");
        query.numbers.location = text(8, "place");
        query.numbers.label = text(9, "Sales");
        query.numbers.contains = text(10, "4155");
        let inside = inside(1 + usize::from(given(3)));
        let places = (given(1) && given(4)).then_some("[1]");
        for sort in InventorySort::ALL {
            query.sort = sort;
            let asked = inventory::Asked {
                inside: &inside,
                query: &query,
                places,
            };
            for part in inventory::parts(&query, Some(&after)) {
                let listed = inventory::listed(asked, *part, Some(&after)).unwrap();
                assert_eq!(plans.scans(&listed), [""; 0], "{query:?}");
            }
        }
        let asked = inventory::Asked {
            inside: &inside,
            query: &query,
            places,
        };
        let counted = inventory::counted(asked).unwrap();
        assert_eq!(plans.scans(&counted), [""; 0], "{query:?}");
        for by in SummaryBy::ALL {
            let summed = inventory::summed(asked, &[by]).unwrap();
            assert_eq!(plans.scans(&summed), [""; 0], "{by}: {query:?}");
        }
        let which = DriftSelector {
            class: given(0).then_some(DriftClass::Missing),
            number: text(
                1,
                if given(2) {
                    "us-main:PN1"
                } else {
                    "+14155550100"
                },
            ),
            open: given(3).then_some(given(4)),
            ..DriftSelector::default()
        };
        let drifts = DriftQuery {
            which,
            limit: 10,
            before: None,
        };
        let listed = inventory::drifts_listed(&inside, &drifts).unwrap();
        assert_eq!(plans.scans(&listed), [""; 0], "{drifts:?}");
    }
}
