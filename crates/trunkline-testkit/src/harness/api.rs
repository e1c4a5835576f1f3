//! What the suite asks of a carrier under test.

use std::sync::Arc;

use async_trait::async_trait;
use trunkline_core::{E164, Operation, Provider};
use trunkline_sandbox::{CallOutcome, Fault, Ledger};

use super::Samples;

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
