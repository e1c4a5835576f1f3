//! What the contract suite needs besides an adapter: a carrier that it can look behind and make fail.
//!
//! [`SandboxHarness`] is one over `trunkline-sandbox`. Whoever writes an adapter for a sixth carrier brings a fake of
//! their own and implements [`Harness`] for it:
//!
//! ```
//! # use std::sync::Arc;
//! # use trunkline_core::{E164, Operation, Provider};
//! use trunkline_testkit::harness::{CallOutcome, Fault, Harness, Ledger, Samples};
//!
//! struct AcmeHarness {
//!     fake: FakeAcme,
//!     samples: Samples,
//! }
//!
//! # struct FakeAcme;
//! # impl FakeAcme {
//! #     fn adapter(&self) -> Arc<dyn Provider> { Arc::new(trunkline_testkit::scripted::Scripted::new("main")) }
//! #     fn fail(&self, _: &str, _: Fault, _: Option<u64>) {}
//! #     fn heal(&self) {}
//! #     fn ledger(&self) -> Ledger { Ledger::default() }
//! #     fn code(&self, _: &str) -> Option<String> { None }
//! #     fn pick_up(&self, _: &str, _: CallOutcome) {}
//! # }
//! #[async_trait::async_trait]
//! impl Harness for AcmeHarness {
//!     fn provider(&self) -> Arc<dyn Provider> {
//!         self.fake.adapter() // a new one each time, its retries a millisecond apart
//!     }
//!
//!     fn samples(&self) -> &Samples {
//!         &self.samples
//!     }
//!
//!     fn inject(&self, operation: Operation, fault: Fault, times: Option<u64>) {
//!         self.fake.fail(self.wire_name(operation), fault, times);
//!     }
//!
//!     fn clear_faults(&self) {
//!         self.fake.heal();
//!     }
//!
//!     fn ledger(&self) -> Ledger {
//!         self.fake.ledger()
//!     }
//!
//!     fn validation_code(&self, number: &E164) -> Option<String> {
//!         self.fake.code(number.as_str())
//!     }
//!
//!     async fn answer_caller_id(&self, number: &E164, outcome: CallOutcome) {
//!         self.fake.pick_up(number.as_str(), outcome);
//!     }
//! }
//! ```
//!
//! Then `contract_tests!(acme, start)`, with an `async fn start() -> AcmeHarness`, makes a test of every behaviour.

mod samples;
mod sandbox;

use std::sync::Arc;

use async_trait::async_trait;
use trunkline_core::{E164, Operation, Provider};

pub use samples::{Refusal, Samples};
pub use sandbox::SandboxHarness;
pub use trunkline_sandbox::{
    CallOutcome, Fault, Ledger, Options, OwnedEntry, ProviderKind, PurchaseEntry, ReleaseEntry,
};

/// A carrier with one account, and an adapter for it.
#[async_trait]
pub trait Harness: Send + Sync {
    /// A new adapter for the account, one that remembers nothing of earlier calls. It is not wrapped in `Guarded`, and
    /// its retries are a few milliseconds apart.
    fn provider(&self) -> Arc<dyn Provider>;

    /// What there is at the carrier to find, buy, set and prove.
    fn samples(&self) -> &Samples;

    /// Makes requests of an operation fail: the next so many, or all of them.
    fn inject(&self, operation: Operation, fault: Fault, times: Option<u64>);

    /// Takes every fault out of force.
    fn clear_faults(&self);

    /// The carrier's books, and how many requests of each kind it got, faulted ones included.
    fn ledger(&self) -> Ledger;

    /// What the ledger calls the (last) request that an operation makes.
    fn wire_name(&self, operation: Operation) -> &'static str {
        match operation {
            Operation::FindOwned => Operation::List.as_str(),
            other => other.as_str(),
        }
    }

    /// What the callee of the open verification of a number hears or must key in.
    fn validation_code(&self, number: &E164) -> Option<String>;

    /// Lets the callee of the open verification of a number answer.
    async fn answer_caller_id(&self, number: &E164, outcome: CallOutcome);

    /// Lets so much time pass at the carrier that numbers bought before can be released, and callees called again.
    /// Nothing to do for one without such waits.
    fn let_time_pass(&self) {}
}
