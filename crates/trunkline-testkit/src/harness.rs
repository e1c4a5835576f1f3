//! What the contract suite needs besides an adapter: a carrier that it can look behind and make fail.
//!
//! [`SandboxHarness`] is one over `trunkline-sandbox`. The author of an adapter for another carrier brings a fake
//! and implements [`Harness`] for it:
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

mod api;
mod sandbox;

pub use api::Harness;
pub use api::{Refusal, Samples};
pub use sandbox::SandboxHarness;
pub use trunkline_sandbox::{
    CallOutcome, Fault, Ledger, Options, OwnedEntry, ProviderKind, PurchaseEntry, ReleaseEntry,
};
