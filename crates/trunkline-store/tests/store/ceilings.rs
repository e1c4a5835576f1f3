//! A ceiling that three replicas share, with many buyers, lost answers and crashes.
//!
//! A replica is a runtime with services and connections of its own; it crashes by having its runtime taken away, in the
//! middle of whatever it does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;
use trunkline_core::Ceilings;
use trunkline_core::{
    AccountEntry, Caller, CountryCode, Error, ErrorKind, Money, NumberType, Operation, Price,
    Provider, PurchaseOrder, PurchaseState, Registry, Tenant,
};
use trunkline_engine::Engine;
use trunkline_engine::journal::{Openness, Scope};
use trunkline_engine::seal::Sealer;
use trunkline_engine::{Keyed, Started, Store, Timing};
use trunkline_store::{Options, Postgres, Sqlite};
use trunkline_testkit::scripted::{Sale, Scripted};
use trunkline_testkit::services::postgres::{Server, shared};

use crate::{one, url};

const BUYERS: u32 = 1_000;

/// What a number costs a month, and what there is room for: a hundred of them, and a cent too little for the next.
const PRICE: &str = "1.15";
const CEILING: &str = "116.14";
const ROOM: usize = 100;

const PURSE: &str = "identity:identity-of-us-main:monthly:USD";

/// A cent, in millionths.
const CENT: i64 = 10_000;

/// How long everything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn money(amount: &str) -> Money {
    Money::parse(amount, "USD").unwrap()
}

async fn open(url: &str) -> Arc<dyn Store> {
    let options = Options {
        // Longer than until it is renewed, and no longer: what a crash leaves is to be taken over soon.
        lease_ttl: Duration::from_secs(4),
        busy_timeout: Duration::from_secs(30),
        ..one()
    };
    if url.starts_with("sqlite:") {
        Arc::new(Sqlite::open(url, options).await.unwrap())
    } else {
        Arc::new(Postgres::open(url, options).await.unwrap())
    }
}

fn services(carrier: &Arc<Scripted>, store: Arc<dyn Store>) -> Engine {
    let mut entry = AccountEntry::new(Arc::clone(carrier) as Arc<dyn Provider>);
    entry.settle = Duration::from_millis(100);
    entry.ceilings.monthly = Some(money(CEILING));
    entry.prices = vec![Price {
        country: CountryCode::US,
        number_type: NumberType::Local,
        monthly: money(PRICE),
        setup: None,
    }];
    assert_eq!(entry.ceilings.setup, Ceilings::default().setup);
    let mut registry = Registry::default();
    registry.insert(entry).unwrap();
    let timing = Timing {
        tick: Duration::from_millis(50),
        // What a presumed failure had reserved is free after its fourth look.
        watch: [50, 100, 150, 200, 3_600_000]
            .map(Duration::from_millis)
            .to_vec(),
        ..Timing::default()
    };
    Engine::new(registry, store, Sealer::new(b"test"), timing)
}

struct Replica {
    runtime: Runtime,
    services: Engine,
}

impl Replica {
    fn start(url: &str, carrier: &Arc<Scripted>) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let services = services(carrier, runtime.block_on(open(url)));
        runtime.block_on(async { services.start() }).unwrap();
        Self { runtime, services }
    }

    fn send(&self, buyer: u32, told: &Sender<(u32, bool)>) {
        let (services, told) = (self.services.clone(), told.clone());
        self.runtime.spawn(async move {
            let bought = buy(&services, buyer).await;
            // Nobody listens once the test has failed.
            let _ = told.send((buyer, bought));
        });
    }

    /// Until then what is open may hold room that it gives back.
    fn until_all_is_settled(&self, carrier: &Scripted) {
        let store = Arc::clone(&self.services.store);
        self.runtime.block_on(async {
            let give_up = Instant::now() + PATIENCE;
            let settled = async || {
                let open = store.unsettled().await.unwrap();
                let held = i64::try_from(carrier.held().len()).unwrap();
                open.iter().all(|row| row.open == Openness::Watched)
                    && store.spent(PURSE).await.unwrap() == 115 * CENT * held
            };
            while !settled().await {
                assert!(Instant::now() < give_up, "something never settles");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }

    fn crash(self) {
        self.runtime.shutdown_background();
    }
}

/// Asks under its own key for its own number until it is told how that ends, and answers whether it is bought.
async fn buy(services: &Engine, buyer: u32) -> bool {
    let scope = Scope {
        tenant: Tenant::default(),
        route: "POST /v1/numbers".to_owned(),
        key: format!("buyer-{buyer}").parse().unwrap(),
    };
    let caller = Caller::default();
    let number = format!("+1{}555{:04}", 212 + buyer / 9_000, buyer % 9_000 + 1_000);
    loop {
        let order = PurchaseOrder::new("us-main".parse().unwrap(), number.parse().unwrap());
        let keyed = Keyed {
            caller: &caller,
            scope: &scope,
            fingerprint: "f",
        };
        let id = match services.purchases.start(keyed, order).await {
            Ok(Started::Fresh(id)) => id,
            Ok(Started::Known(record)) => record.purchase.id,
            Ok(Started::Mismatch) => return false,
            Err(error) if error.kind() == ErrorKind::PaymentRequired => return false,
            Err(_) => continue,
        };
        match services.purchases.wait(&id, Duration::from_secs(1)).await {
            Ok(record) if record.purchase.state.is_settled() && !record.may_start_over() => {
                return record.purchase.state == PurchaseState::Succeeded;
            }
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// Answers that are lost on either side of the commit, and refusals: each gives back what it took, or must not.
fn misfortunes() -> impl Iterator<Item = Sale> {
    (0..150).map(|at| match at % 5 {
        0 => Sale::LostAfter,
        1 => Sale::LostBefore,
        2 => Sale::Refused(Error::new(ErrorKind::NotAvailable, "sold to another")),
        _ => Sale::Sold,
    })
}

/// Takes what the buyers were told until nobody waits or the carrier has been asked so often.
fn listen(
    heard: &Receiver<(u32, bool)>,
    waiting: &mut BTreeSet<u32>,
    mut until: impl FnMut() -> bool,
) -> usize {
    let give_up = Instant::now() + PATIENCE;
    let mut bought = 0;
    while !waiting.is_empty() && !until() {
        assert!(Instant::now() < give_up, "{} still wait", waiting.len());
        if let Ok((buyer, its)) = heard.recv_timeout(Duration::from_millis(10)) {
            // It may have been told by the replica that crashed, and by the one it asked again.
            bought += usize::from(waiting.remove(&buyer) && its);
        }
    }
    bought
}

fn many_buyers(url: &str) {
    let carrier = Arc::new(Scripted::new("us-main"));
    carrier.plan(misfortunes());
    carrier.delay(Duration::from_millis(5));
    let mut replicas: Vec<_> = (0..3).map(|_| Replica::start(url, &carrier)).collect();
    let (told, heard) = channel();
    let mut waiting: BTreeSet<u32> = (0..BUYERS).collect();
    for buyer in 0..BUYERS {
        replicas[buyer as usize % 3].send(buyer, &told);
    }
    let mut bought = 0;
    for (crash, asked) in [10, 40, 70, 100, 130].into_iter().enumerate() {
        let until = || carrier.calls(Operation::Purchase) >= asked;
        bought += listen(&heard, &mut waiting, until);
        let fresh = Replica::start(url, &carrier);
        std::mem::replace(&mut replicas[crash % 3], fresh).crash();
        // Its clients ask again.
        for buyer in waiting
            .iter()
            .filter(|buyer| **buyer as usize % 3 == crash % 3)
        {
            replicas[crash % 3].send(*buyer, &told);
        }
    }
    bought += listen(&heard, &mut waiting, || false);
    // What the misfortunes gave back is there for others.
    let mut late = BUYERS..2 * BUYERS;
    loop {
        replicas[0].until_all_is_settled(&carrier);
        if carrier.held().len() >= ROOM {
            break;
        }
        let wave = late.by_ref().take(30);
        waiting.extend(wave);
        assert!(!waiting.is_empty(), "{} are held", carrier.held().len());
        for buyer in &waiting {
            replicas[*buyer as usize % 3].send(*buyer, &told);
        }
        bought += listen(&heard, &mut waiting, || false);
    }
    let held = carrier.held().len();
    let spent = replicas[0].services.store.spent(PURSE);
    let spent = replicas[0].runtime.block_on(spent).unwrap();
    assert_eq!(
        (held, spent),
        (ROOM, 115 * CENT * 100),
        "{bought} were told"
    );
    assert!(bought <= held, "more were told of a number than there are");
    for replica in replicas {
        replica.crash();
    }
}

#[test]
fn on_one_file_a_thousand_buyers_at_three_replicas_never_pass_the_ceiling() {
    let directory = TempDir::new().unwrap();
    many_buyers(&url(directory.path()));
}

#[test]
fn on_postgresql_a_thousand_buyers_at_three_replicas_never_pass_the_ceiling() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let database = runtime.block_on(async { shared().await.map(Server::database) });
    if let Some(database) = database {
        many_buyers(&database);
    }
}
