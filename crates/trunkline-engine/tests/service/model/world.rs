//! What the model's actors share: the journal with its leases, and the carrier.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use trunkline_core::model::{
    Attempt, Configuration, HeldRow, PriceSource, Provenance, ProviderName, Purchase, PurchaseId,
    PurchaseState, Sighting, Tenant,
};
use trunkline_engine::journal::Record;
use trunkline_engine::machine::{Evidence, KnownId};

use crate::{number, order};

pub(super) const GATEWAYS: usize = 2;

/// The key of each client: the first two share one.
pub(super) const KEYS: [usize; 3] = [0, 0, 1];

/// What keeps a purchase from being sent twice or out of turn, each to be switched off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// The journal refuses a step under a lease that is lost.
    pub fenced: bool,
    /// The journal refuses a step on a record that has changed since it was read.
    pub versioned: bool,
    /// A request leaves only while the lease holds.
    pub sent_under_lease: bool,
    /// How often in all a gateway may crash, or be frozen for longer than its lease.
    pub misfortunes: u8,
    /// The clients that ask.
    pub clients: &'static [usize],
}

impl Rules {
    /// Those for a step that needs no lease.
    pub(super) const fn unleased(mut self) -> Self {
        self.fenced = false;
        self
    }
}

/// A record with its hash, which is computed once for each version.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Doc {
    pub record: Arc<Record>,
    digest: u64,
}

impl Doc {
    pub(super) fn of(record: Record) -> Self {
        let mut hasher = DefaultHasher::new();
        serde_json::to_string(&record).unwrap().hash(&mut hasher);
        record.version.hash(&mut hasher);
        Self {
            record: Arc::new(record),
            digest: hasher.finish(),
        }
    }

    pub(super) fn state(&self) -> PurchaseState {
        self.record.purchase.state
    }
}

impl Hash for Doc {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.digest.hash(hasher);
    }
}

/// A lease as a gateway holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Held {
    pub gateway: usize,
    pub fence: u8,
}

/// A purchase in the journal.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Row {
    pub doc: Doc,
    pub key: usize,
    pub lease: Option<Held>,
    pub fence: u8,
    /// How often it was sent.
    pub sent: u8,
    /// Whether it was called failed at some time.
    pub was_failed: bool,
}

/// A number that the carrier has sold.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Sold {
    /// The purchase whose request was carried out.
    pub to: usize,
    /// Whether the journal knows the id.
    pub known: bool,
    /// The purchases that were dispatched when the id was known.
    pub before: Vec<usize>,
}

/// How far a gateway has come with a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    /// It has just written the purchase down.
    Fresh,
    /// The look before the request showed nothing.
    Looked,
    /// The dispatch is written down.
    Dispatched,
    /// The request is sent.
    Waiting,
    /// The carrier has answered with the id of this entry of its ledger.
    Bought(usize),
    /// The carrier has refused.
    Refused,
    /// No answer came.
    NoAnswer,
    /// It has taken the purchase over, or looks what became of it.
    Settling,
    /// Every look of the settling time showed nothing.
    Absent,
}

/// A purchase that a gateway works on.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Work {
    pub purchase: usize,
    pub held: Held,
    /// The record as the gateway read it last.
    pub copy: Doc,
    pub phase: Phase,
}

/// How a step was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    Done,
    NotLegal,
    LeaseLost,
}

/// Everything there is.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub(super) struct World {
    pub rows: Vec<Row>,
    pub work: [Option<Work>; GATEWAYS],
    /// Requests that are under way, by purchase.
    pub wire: Vec<usize>,
    pub ledger: Vec<Sold>,
    /// Clients whose request has started a purchase.
    pub started: [bool; KEYS.len()],
    /// Crashes, and freezes for longer than a lease.
    pub misfortunes: u8,
    /// A request left while another purchase of the number was open.
    pub out_of_turn: bool,
    /// The final answer of each key: whether it was bought.
    pub answers: [Option<bool>; 2],
    /// A key that had a final answer got another one.
    pub answered_otherwise: bool,
}

pub(super) const fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn purchase_id(index: usize) -> PurchaseId {
    PurchaseId::new(format!("pur_{index:026}")).unwrap()
}

pub(super) fn provider_id(index: usize) -> String {
    format!("PN{index}")
}

fn draft(index: usize) -> Record {
    static DRAFT: LazyLock<Record> = LazyLock::new(|| {
        let order = order("us-main", 0);
        let account = order.account.clone();
        let provider = ProviderName::new("twilio");
        let attempt = Attempt::new(account.clone(), provider, "AC1".into(), number(0));
        Record {
            purchase: Purchase {
                id: purchase_id(0),
                state: PurchaseState::Intended,
                account,
                number: number(0),
                number_id: None,
                held: None,
                configuration: Configuration::default(),
                late: false,
                idempotency_key: "key".parse().unwrap(),
                criteria: None,
                candidates: Vec::new(),
                attempts: vec![attempt],
                price: None,
                setup_price: None,
                price_source: PriceSource::Unknown,
                error: None,
                needs_person: None,
                recovered: false,
                created_at: now(),
                settled_at: None,
            },
            tenant: Tenant::default(),
            key: None,
            provenance: Provenance::default(),
            fingerprint: String::new(),
            route: String::new(),
            order,
            settings: None,
            charges: Vec::new(),
            watch_looks: 0,
            watch_failures: 0,
            version: 1,
        }
    });
    let mut record = DRAFT.clone();
    record.purchase.id = purchase_id(index);
    record
}

impl World {
    /// Writes a purchase down, under a lease of the gateway.
    pub(super) fn begin(&mut self, key: usize, gateway: usize) {
        let index = self.rows.len();
        let (doc, held) = (Doc::of(draft(index)), Held { gateway, fence: 1 });
        self.rows.push(Row {
            doc: doc.clone(),
            key,
            lease: Some(held),
            fence: 1,
            sent: 0,
            was_failed: false,
        });
        self.work[gateway] = Some(Work {
            purchase: index,
            held,
            copy: doc,
            phase: Phase::Fresh,
        });
    }

    /// The newest purchase of a key.
    pub(super) fn of_key(&self, key: usize) -> Option<&Row> {
        self.rows.iter().rev().find(|row| row.key == key)
    }

    /// Whether a purchase other than this one has the number claimed.
    pub(super) fn is_claimed(&self, by_other_than: Option<usize>) -> bool {
        let mut rows = self.rows.iter().enumerate();
        rows.any(|(at, row)| Some(at) != by_other_than && !row.doc.state().is_settled())
    }

    /// The entry of the ledger that a purchase has won.
    pub(super) fn won(&self, purchase: usize) -> Option<usize> {
        let record = &self.rows[purchase].doc.record;
        let id = record.purchase.number_id.as_ref()?.provider_id();
        (0..self.ledger.len()).find(|sold| provider_id(*sold) == id)
    }

    /// The other purchase that has won an entry of the ledger.
    pub(super) fn winner(&self, sold: usize, not: usize) -> Option<usize> {
        (0..self.rows.len()).find(|other| *other != not && self.won(*other) == Some(sold))
    }

    /// What a purchase is judged by.
    pub(super) fn evidence(&self, purchase: usize) -> Evidence {
        let known = self
            .ledger
            .iter()
            .enumerate()
            .filter(|(_, sold)| sold.known);
        let known = known.map(|(at, sold)| {
            let winner = self.winner(at, purchase);
            KnownId {
                provider_id: provider_id(at),
                created_at: Some(now()),
                seen_before: sold.before.contains(&purchase),
                won_by: winner.map(purchase_id),
                won_at: winner.map(|_| now()),
                released_at: None,
            }
        });
        Evidence {
            known: known.collect(),
            tolerance: trunkline_core::TOLERANCE,
            ids_are_numbers: false,
        }
    }

    /// What a complete look shows. The ids are kept.
    pub(super) fn look(&mut self) -> Sighting {
        for sold in &mut self.ledger {
            sold.known = true;
        }
        let rows = (0..self.ledger.len()).map(|at| HeldRow {
            provider_id: provider_id(at),
            created_at: Some(now()),
        });
        Sighting::of(rows.collect(), Some(now()))
    }

    /// Makes a step on the record as it stands in the journal, as [`trunkline_engine::Purchases`] does.
    pub(super) fn apply(
        &mut self,
        rules: Rules,
        work: &mut Work,
        step: impl Fn(&mut Record) -> bool,
    ) -> Applied {
        let at = work.purchase;
        let mut beaten = false;
        loop {
            let mut next = Record::clone(&work.copy.record);
            let moved = if beaten {
                next.lost_race(now())
            } else {
                step(&mut next)
            };
            if !moved {
                return Applied::NotLegal;
            }
            let row = &self.rows[at];
            if rules.fenced && row.lease != Some(work.held) {
                return Applied::LeaseLost;
            }
            if rules.versioned && row.doc.record.version != next.version {
                work.copy = row.doc.clone();
                continue;
            }
            if work.copy.state() == PurchaseState::Failed && self.is_claimed(Some(at)) {
                return Applied::NotLegal;
            }
            let wins = next.purchase.number_id.as_ref();
            let wins = wins.map(|id| id.provider_id().to_owned());
            let ledger = 0..self.ledger.len();
            let sold = ledger.clone().find(|sold| Some(provider_id(*sold)) == wins);
            if sold.is_some_and(|sold| self.winner(sold, at).is_some()) && !beaten {
                beaten = true;
                continue;
            }
            next.version += 1;
            work.copy = Doc::of(next);
            self.keep(at, work.copy.clone(), sold);
            return Applied::Done;
        }
    }

    /// Writes a record down, and what follows from it.
    fn keep(&mut self, at: usize, doc: Doc, sold: Option<usize>) {
        if let Some(sold) = sold {
            self.ledger[sold].known = true;
        }
        let state = doc.state();
        if state == PurchaseState::Dispatched {
            let known = self.ledger.iter_mut().filter(|sold| sold.known);
            known.for_each(|sold| sold.before.push(at));
        }
        let record = Arc::clone(&doc.record);
        let row = &mut self.rows[at];
        row.doc = doc;
        row.was_failed |= state == PurchaseState::Failed;
        let is_final = match state {
            PurchaseState::Succeeded => true,
            PurchaseState::Failed => !record.may_start_over() && !record.is_presumed(),
            _ => false,
        };
        if is_final {
            let bought = state == PurchaseState::Succeeded;
            let before = self.answers[row.key].replace(bought);
            self.answered_otherwise |= before.is_some_and(|before| before != bought);
        }
    }
}
