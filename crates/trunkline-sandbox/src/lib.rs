//! Stateful fakes of the carriers over real HTTP, for tests and trials without an account.
//!
//! Not a mock: a fake has stock, sells it, keeps books, pages, throttles and fails like the carrier, and the carrier's
//! own client libraries work against it. It listens on 127.0.0.1 only and calls nobody but the callback addresses it
//! is given.
//!
//! ```no_run
//! use trunkline_sandbox::{Fault, FaultPlan, ProviderKind, Sandbox};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start_default().await?;
//! println!("Twilio listens on {}", sandbox.url(ProviderKind::Twilio));
//! sandbox.inject(FaultPlan::once(ProviderKind::Twilio, "purchase", Fault::DropAfterCommit {}))?;
//! // ... let the code under test buy a number ...
//! assert_eq!(sandbox.ledger(ProviderKind::Twilio).purchases.len(), 1);
//! sandbox.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod callback;
mod carrier;
mod clock;
mod console;
mod control;
pub mod credentials;
mod exchange;
mod faults;
mod hub;
mod latency;
mod ledger;
mod limits;
mod listen;
mod options;
mod pages;
mod port;
mod provider;
mod requests;
mod sandbox;
mod seed;
mod settings;
mod upstream;
mod world;

pub use callback::{CallReport, CallbackReport};
pub use carrier::{CallOutcome, StockError, StockOrder};
pub use clock::{ClockSettings, RecordZone};
pub use console::{ConsoleChange, ConsoleError};
pub use exchange::Request;
pub use faults::{Fault, FaultPlan, FaultState};
pub use hub::PlanError;
pub use latency::Latency;
pub use ledger::{ChangedBy, Ledger, OwnedEntry, PurchaseEntry, ReleaseEntry};
pub use limits::LimitSettings;
pub use options::{CarrierOptions, DEFAULT_BASE_PORT, Options};
pub use provider::{OPERATIONS, ProviderKind, UnknownProvider};
pub use sandbox::{Sandbox, StartError};
pub use settings::CarrierSettings;
