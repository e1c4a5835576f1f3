//! Random histories of one process, step by step on SQLite, on PostgreSQL and on the journal in memory that the simulation
//! uses: all three must answer the same.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;
use trunkline_core::model::{HeldRow, NumberId, PurchaseState};
use trunkline_core::{Money, Provenance, Tenant};
use trunkline_engine::domain_event::DomainEvent;
use trunkline_engine::journal::{
    Annotation, Begin, Change, Commit, Lease, PurchaseFilter, Record, Release, Releasing,
};
use trunkline_engine::{Charge, MemoryJournal, Store};
use trunkline_store::{Options, Postgres, Sqlite};
use trunkline_testkit::journal_contract::LONG;
use trunkline_testkit::journal_contract::draft::{
    IDENTITY, dispatched, evidence, failed, failed_for_now, number, presumed, purchase, scope,
    succeeded, unknown,
};

use crate::postgres::database;
use crate::{one, url};

const HISTORIES: u64 = 6;
const STEPS: usize = 80;

/// Few, so that they meet.
const KEYS: u32 = 5;
const NUMBERS: u32 = 3;
const IDS: [&str; 3] = ["PN1", "PN2", "PN3"];

/// Which purse every purchase takes 1.15 of at most 3.00 from.
const PURSE: &str = "identity:AC00000000000000000000000000000000:monthly:USD";

/// A purchase as the stores have it, or had it at an earlier version; and the lease of its beginning in each store.
#[derive(Clone)]
struct Row {
    record: Record,
    older: Record,
    leases: Vec<Lease>,
}

/// One history on several stores.
struct History {
    seed: u64,
    dice: StdRng,
    stores: Vec<(&'static str, Arc<dyn Store>)>,
    rows: Vec<Row>,
    /// What was done, for the message of a failure.
    story: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_histories_are_the_same_on_every_journal() {
    for seed in 0..HISTORIES {
        let directory = TempDir::new().unwrap();
        let options = || Options {
            lease_ttl: LONG,
            ..one()
        };
        let sqlite = Sqlite::open(&url(directory.path()), options())
            .await
            .unwrap();
        let mut stores: Vec<(_, Arc<dyn Store>)> = vec![
            ("memory", Arc::new(MemoryJournal::with_lease_ttl(LONG))),
            ("SQLite", Arc::new(sqlite)),
        ];
        if let Some(url) = database().await {
            let postgres = Postgres::open(&url, options()).await.unwrap();
            stores.push(("PostgreSQL", Arc::new(postgres)));
        }
        let mut history = History {
            seed,
            dice: StdRng::seed_from_u64(seed),
            stores,
            rows: Vec::new(),
            story: String::new(),
        };
        for _ in 0..STEPS {
            history.step().await;
            history.compare().await;
        }
    }
}

/// Something done on every store, and what each answered as text.
macro_rules! on_all {
    ($history:ident, $what:expr, |$store:ident, $at:ident| $work:expr) => {{
        let mut answers = Vec::new();
        for ($at, (name, $store)) in $history.stores.iter().enumerate() {
            let _ = $at;
            answers.push((*name, $work));
        }
        let texts: Vec<_> = answers
            .iter()
            .map(|(name, it)| (*name, format!("{it:?}")))
            .collect();
        $history.agree(&$what, &texts);
        answers
    }};
}

impl History {
    /// All stores must have answered the same.
    fn agree(&mut self, what: &str, answers: &[(&str, String)]) {
        let answer: String = answers[0].1.chars().take(160).collect();
        let _ = writeln!(self.story, "{what} -> {answer}");
        for (name, answer) in &answers[1..] {
            let (seed, story, first) = (self.seed, &self.story, &answers[0]);
            assert_eq!(
                *answer, first.1,
                "seed {seed}: {name} answers otherwise than {}, after\n{story}",
                first.0
            );
        }
    }

    /// One of the purchases begun so far.
    fn row(&mut self) -> Option<usize> {
        let rows = self.rows.len();
        (rows > 0).then(|| self.dice.random_range(0..rows))
    }

    fn number(&mut self) -> u32 {
        self.dice.random_range(0..NUMBERS)
    }

    async fn step(&mut self) {
        match self.dice.random_range(0..20) {
            0..6 => self.begin().await,
            6..12 => self.change().await,
            12 | 13 => self.release().await,
            14 => self.protect().await,
            15 => self.see().await,
            16 => self.lease().await,
            17 => self.use_up().await,
            _ => self.go_missing().await,
        }
    }

    async fn begin(&mut self) {
        let key = scope(&format!("key-{}", self.dice.random_range(0..KEYS)));
        let mut record = purchase(self.number());
        record.purchase.idempotency_key = key.key.clone();
        record.route.clone_from(&key.route);
        if self.dice.random_bool(0.2) {
            record.fingerprint = "another".to_owned();
        }
        if self.dice.random_bool(0.8) {
            record.charges.push(Charge {
                purse: PURSE.to_owned(),
                amount: Money::parse("1.15", "USD").unwrap(),
                ceiling: Money::parse("3.00", "USD").ok(),
                monthly: true,
            });
        }
        let what = format!(
            "begin {} under {}",
            record.purchase.number,
            key.key.as_str()
        );
        let mut leases = Vec::new();
        on_all!(self, what, |store, at| {
            let begun = store.begin(&key, &record, "owner").await.unwrap();
            match begun {
                Begin::Fresh(lease) => {
                    leases.push(lease);
                    "fresh".to_owned()
                }
                Begin::Known(known) => format!("known {} v{}", known.purchase.id, known.version),
                other => format!("{other:?}"),
            }
        });
        if !leases.is_empty() {
            record.version = 1;
            let older = record.clone();
            let row = Row {
                record,
                older,
                leases,
            };
            self.rows.push(row);
        }
    }

    /// What a purchase may become from here.
    fn next(&mut self, record: Record) -> Record {
        let id = *IDS.choose(&mut self.dice).unwrap();
        let case = self.dice.random_range(0..6);
        match (record.purchase.state, case) {
            (PurchaseState::Intended, 0) => failed(record),
            (PurchaseState::Intended, 1) => failed_for_now(record),
            (PurchaseState::Intended, 2) => presumed(record),
            (PurchaseState::Intended, 3) => unknown(record),
            (PurchaseState::Intended, _) => dispatched(record),
            (PurchaseState::Failed, _) if !record.is_presumed() => record,
            (PurchaseState::Failed, 0..4) => {
                let mut looked = record;
                looked.watch_looks += 1;
                looked
            }
            (PurchaseState::Succeeded, _) => record,
            _ => succeeded(record, id),
        }
    }

    async fn change(&mut self) {
        let Some(at) = self.row() else {
            return;
        };
        let row = self.rows[at].clone();
        let stale = self.dice.random_bool(0.1);
        let from = if stale {
            row.older.clone()
        } else {
            row.record.clone()
        };
        let (with_lease, unclaimed) = (self.dice.random_bool(0.4), self.dice.random_bool(0.3));
        let next = self.next(from);
        let (id, state) = (&next.purchase.id, next.purchase.state);
        let won = next.purchase.number_id.as_ref();
        let what = format!(
            "step of {id} v{} to {state:?} {won:?}, lease {with_lease}, unclaimed {unclaimed}",
            next.version
        );
        let answers = on_all!(self, what, |store, at| {
            let change = Change {
                lease: with_lease.then(|| &row.leases[at]),
                unclaimed,
                look_in: next.is_presumed().then_some(LONG),
                event: Some(DomainEvent::PurchaseChanged {
                    before: &row.record,
                    after: &next,
                }),
                ..evidence(&next)
            };
            store.commit(change).await.unwrap()
        });
        if let Commit::Done(version) = answers[0].1 {
            let older = std::mem::replace(&mut self.rows[at].record, Record { version, ..next });
            self.rows[at].older = older;
        }
    }

    fn release_of(&mut self) -> Release {
        let index = self.number();
        let id = *IDS.choose(&mut self.dice).unwrap();
        Release {
            tenant: Tenant::default(),
            number_id: NumberId::new(format!("us-main:{id}")).unwrap(),
            identity: IDENTITY.to_owned(),
            number: Some(number(index)),
            done: false,
            release_at: None,
            sent: true,
            held_since: None,
            asked_at: None,
            provenance: Provenance::default(),
        }
    }

    async fn release(&mut self) {
        let mut release = self.release_of();
        let waits = self.dice.random_bool(0.4);
        if waits {
            release.sent = false;
            release.release_at = Some(trunkline_core::host::now());
        }
        let what = format!("release of {}, waits {waits}", release.number_id);
        let begun = on_all!(self, what, |store, at| {
            let event = DomainEvent::ReleaseBegun(&release);
            store
                .begin_release(&release, Duration::ZERO, event)
                .await
                .unwrap()
        });
        if begun[0].1 != Releasing::Written {
            return;
        }
        if waits && self.dice.random_bool(0.5) {
            on_all!(self, "undo it", |store, at| {
                let event = DomainEvent::ReleaseHeld(&release);
                store.undo_release(&release, event).await.unwrap()
            });
            return;
        }
        if waits {
            release.sent = true;
            on_all!(self, "send it", |store, at| {
                store.send_release(&release).await.unwrap()
            });
        }
        release.done = self.dice.random_bool(0.7);
        let what = format!("end it, done {}", release.done);
        on_all!(self, what, |store, at| {
            let event = DomainEvent::ReleaseEnded(&release);
            store.end_release(&release, event).await.unwrap()
        });
    }

    async fn protect(&mut self) {
        let id = self.release_of().number_id;
        let note = Annotation {
            protected: self.dice.random_bool(0.5),
            tags: vec!["tag".to_owned()],
            ..Annotation::default()
        };
        let what = format!("protect {id}: {}", note.protected);
        on_all!(self, what, |store, at| store
            .annotate(&id, &note)
            .await
            .unwrap());
    }

    async fn see(&mut self) {
        let index = self.number();
        let row = HeldRow {
            provider_id: (*IDS.choose(&mut self.dice).unwrap()).to_owned(),
            created_at: None,
        };
        let what = format!("see {} at {}", row.provider_id, number(index));
        on_all!(self, what, |store, at| {
            let rows = std::slice::from_ref(&row);
            store
                .keep_ids(IDENTITY, &number(index), rows)
                .await
                .unwrap()
        });
    }

    /// Gives a lease back, or takes it again.
    async fn lease(&mut self) {
        let Some(at_row) = self.row() else {
            return;
        };
        let leases = self.rows[at_row].leases.clone();
        let gives = self.dice.random_bool(0.5);
        let what = format!("lease of {}, gives {gives}", leases[0].name);
        let mut taken = Vec::new();
        on_all!(self, what, |store, at| {
            let lease = &leases[at];
            if gives {
                store.unlock(lease).await.unwrap();
            }
            let renewed = store.renew(lease).await.unwrap().is_some();
            let mut again = None;
            if !renewed {
                again = store.acquire(&lease.name, "another").await.unwrap();
            }
            let got = again.is_some();
            taken.extend(again);
            (renewed, got)
        });
        if !taken.is_empty() {
            self.rows[at_row].leases = taken;
        }
    }

    async fn use_up(&mut self) {
        let key = scope(&format!("key-{}", self.dice.random_range(0..KEYS)));
        let what = format!("use up {}", key.key.as_str());
        on_all!(self, what, |store, at| store
            .use_up_key(&key, "owner")
            .await
            .unwrap());
    }

    /// A number that a purchase won is gone, and perhaps there again.
    async fn go_missing(&mut self) {
        let id = self.release_of().number_id;
        let provider_id = id.provider_id().to_owned();
        let winners = on_all!(self, format!("who won {provider_id}"), |store, at| {
            store.winner(IDENTITY, &provider_id).await.unwrap()
        });
        let Some(winner) = winners[0].1.clone() else {
            return;
        };
        let Some(row) = self
            .rows
            .iter()
            .find(|row| row.record.purchase.id == winner)
        else {
            return;
        };
        let now = trunkline_core::host::now();
        let (won, charges) = (row.record.purchase.number, row.record.charges.clone());
        let mut missing = trunkline_engine::missing::MissingNumber {
            tenant: Tenant::default(),
            identity: IDENTITY.to_owned(),
            number_id: id,
            number: won,
            purchase: winner,
            since: now,
            gone_at: None,
            provenance: Provenance::default(),
        };
        on_all!(self, "suspect it", |store, at| {
            store.suspect(&missing, Duration::ZERO).await.unwrap()
        });
        missing.gone_at = Some(now);
        on_all!(self, "it is gone", |store, at| {
            store.end_missing(&missing).await.unwrap()
        });
        if self.dice.random_bool(0.5) {
            on_all!(self, "it is there again", |store, at| {
                store.return_missing(&missing, &charges).await.unwrap()
            });
        }
    }

    /// What can be read of it all.
    async fn compare(&mut self) {
        let tenant = Tenant::default();
        let filter = PurchaseFilter::default();
        on_all!(self, "purchases", |store, at| {
            let mut all = store.purchases(&tenant, &filter, 1_000).await.unwrap();
            all.sort_by(|a, b| a.purchase.id.cmp(&b.purchase.id));
            let rows = all.iter().map(|it| {
                (
                    it.purchase.id.to_string(),
                    it.version,
                    it.purchase.state,
                    it.purchase.number_id.clone(),
                )
            });
            rows.collect::<Vec<_>>()
        });
        on_all!(self, "spent", |store, at| store.spent(PURSE).await.unwrap());
        on_all!(self, "winners", |store, at| {
            let mut winners = store.winners(IDENTITY).await.unwrap();
            winners.sort_by(|a, b| a.provider_id.cmp(&b.provider_id));
            winners
        });
        let nobody = purchase(0).purchase.id;
        for index in 0..NUMBERS {
            let number = number(index);
            on_all!(self, format!("known ids of {number}"), |store, at| {
                let known = store.known_ids(IDENTITY, &number, &nobody).await.unwrap();
                let mut known: Vec<_> = known
                    .into_iter()
                    .map(|it| (it.provider_id, it.won_by, it.released_at.is_some()))
                    .collect();
                known.sort();
                known
            });
            on_all!(self, format!("presumed at {number}"), |store, at| {
                let presumed = store.presumed(IDENTITY, &number).await.unwrap();
                let mut ids: Vec<_> = presumed.into_iter().map(|it| it.purchase.id).collect();
                ids.sort();
                ids
            });
        }
        for key in 0..KEYS {
            let scope = scope(&format!("key-{key}"));
            on_all!(self, format!("key {key}"), |store, at| store
                .find_key(&scope)
                .await
                .unwrap());
        }
        on_all!(self, "open releases", |store, at| {
            let open = store.open_releases(100).await.unwrap();
            let mut open: Vec<_> = open.into_iter().map(|it| (it.number_id, it.sent)).collect();
            open.sort();
            open
        });
    }
}
