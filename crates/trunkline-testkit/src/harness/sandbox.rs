//! The harness over the sandbox's fakes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use trunkline_core::{E164, Operation, Provider};
use trunkline_sandbox::{
    CallOutcome, Fault, FaultPlan, Ledger, Options, ProviderKind, Sandbox, StartError,
};

use super::{Harness, Samples};
use crate::with;

type MakeAdapter = dyn Fn(&str) -> Arc<dyn Provider> + Send + Sync;

/// A sandbox of its own, one of its carriers, and how to make an adapter for that.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use trunkline_core::Provider;
/// # fn adapter(base_url: &str) -> Arc<dyn Provider> { Arc::new(trunkline_testkit::scripted::Scripted::new("main")) }
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use trunkline_testkit::harness::{ProviderKind, Samples, SandboxHarness};
///
/// let harness = SandboxHarness::start(ProviderKind::ALL[0], adapter).await?;
/// let harness = harness.with_samples(Samples { crowd: 60, ..Samples::default() });
/// # Ok(())
/// # }
/// ```
pub struct SandboxHarness {
    sandbox: Sandbox,
    kind: ProviderKind,
    adapter: Box<MakeAdapter>,
    samples: Samples,
    names: BTreeMap<Operation, &'static str>,
    let_time_pass: fn(&Sandbox),
}

impl SandboxHarness {
    /// Starts a sandbox on free ports. `adapter` makes an adapter for the base URL of the carrier.
    ///
    /// # Errors
    /// If there is no free port.
    pub async fn start(
        kind: ProviderKind,
        adapter: impl Fn(&str) -> Arc<dyn Provider> + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        Self::start_with(Options::free_ports(), kind, adapter).await
    }

    /// The same with options of the sandbox's.
    ///
    /// # Errors
    /// If there is no free port.
    pub async fn start_with(
        options: Options,
        kind: ProviderKind,
        adapter: impl Fn(&str) -> Arc<dyn Provider> + Send + Sync + 'static,
    ) -> Result<Self, StartError> {
        Ok(Self {
            sandbox: Sandbox::start(options).await?,
            kind,
            adapter: Box::new(adapter),
            samples: Samples::default(),
            names: BTreeMap::new(),
            let_time_pass: |_| {},
        })
    }

    /// Sets what there is at the carrier.
    #[must_use]
    pub fn with_samples(self, samples: Samples) -> Self {
        Self { samples, ..self }
    }

    /// Sets the sandbox's name for the request of an operation, where it differs: how health is checked, for example.
    #[must_use]
    pub fn with_wire_name(mut self, operation: Operation, name: &'static str) -> Self {
        self.names.insert(operation, name);
        self
    }

    /// Sets how the carrier's clock is moved past its waits; see [`Harness::let_time_pass`].
    #[must_use]
    pub fn with_time_passing(self, let_time_pass: fn(&Sandbox)) -> Self {
        with(self, |it| it.let_time_pass = let_time_pass)
    }

    /// The base URL of the carrier.
    #[must_use]
    pub fn url(&self) -> &str {
        self.sandbox.url(self.kind)
    }

    /// The sandbox, for what one carrier alone has.
    #[must_use]
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }
}

impl fmt::Debug for SandboxHarness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxHarness")
            .field("kind", &self.kind)
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Harness for SandboxHarness {
    fn provider(&self) -> Arc<dyn Provider> {
        (self.adapter)(self.url())
    }

    fn samples(&self) -> &Samples {
        &self.samples
    }

    fn inject(&self, operation: Operation, fault: Fault, times: Option<u64>) {
        let plan = FaultPlan {
            count: times,
            ..FaultPlan::always(self.kind, self.wire_name(operation), fault)
        };
        let planned = self.sandbox.inject(plan);
        assert!(planned.is_ok(), "no such fault can be planned: {planned:?}");
    }

    fn clear_faults(&self) {
        self.sandbox.clear_faults();
    }

    fn ledger(&self) -> Ledger {
        self.sandbox.ledger(self.kind)
    }

    fn wire_name(&self, operation: Operation) -> &'static str {
        match (self.names.get(&operation), operation) {
            (Some(name), _) => name,
            (None, Operation::FindOwned) => Operation::List.as_str(),
            (None, other) => other.as_str(),
        }
    }

    fn validation_code(&self, number: &E164) -> Option<String> {
        self.sandbox.validation_code(self.kind, number.as_str())
    }

    async fn answer_caller_id(&self, number: &E164, outcome: CallOutcome) {
        let (kind, text) = (self.kind, number.as_str());
        let report = self.sandbox.answer_caller_id(kind, text, outcome).await;
        assert!(report.is_some(), "no verification of {number:?} is open");
    }

    fn let_time_pass(&self) {
        (self.let_time_pass)(&self.sandbox);
    }
}
