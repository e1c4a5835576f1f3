//! A process that is killed while it writes leaves a journal that holds all it had been told was written.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use trunkline_core::{PurchaseId, PurchaseState};
use trunkline_engine::Journal;
use trunkline_engine::journal::{Change, Commit};
use trunkline_testkit::journal_contract::draft::{begun, dispatched, evidence, purchase_at};

use crate::{open, url};

const FILE: &str = "TRUNKLINE_TEST_WRITE_UNTIL_KILLED";

/// Not a test unless it is told where to write: this is what is killed.
#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test binary that runs itself has no other way to tell itself"
)]
async fn writes_until_killed() {
    let Ok(directory) = std::env::var(FILE) else {
        return;
    };
    let store = trunkline_store::open(&url(Path::new(&directory)))
        .await
        .unwrap();
    for round in 0.. {
        let (record, lease) = begun(&*store, &purchase_at(&format!("identity-{round}"), 0)).await;
        say("begun", &record.purchase.id);
        let record = dispatched(record);
        let change = Change {
            event: None,
            lease: Some(&lease),
            durable: true,
            ..evidence(&record)
        };
        assert_eq!(store.commit(change).await.unwrap(), Commit::Done(2));
        say("dispatched", &record.purchase.id);
    }
}

fn say(what: &str, id: &PurchaseId) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{what} {id}").unwrap();
    out.flush().unwrap();
}

#[tokio::test]
async fn acknowledged_write_survives_a_kill() {
    let directory = TempDir::new().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["killed::writes_until_killed", "--exact", "--nocapture"])
        .env(FILE, directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // The test harness says a few things too.
        let line = line.unwrap();
        said.extend(
            line.split_once("pur_")
                .map(|(what, id)| (what.contains("dispatched"), format!("pur_{id}"))),
        );
        if said.len() == 200 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(said.len() >= 200, "it ended after {} writes", said.len());
    let store = open(&directory).await;
    for (was_dispatched, id) in said {
        let record = store
            .load(&PurchaseId::new(id).unwrap())
            .await
            .unwrap()
            .unwrap();
        assert!(
            !was_dispatched || record.purchase.state == PurchaseState::Dispatched,
            "{record:?}"
        );
    }
    store.check().await.unwrap();
}
