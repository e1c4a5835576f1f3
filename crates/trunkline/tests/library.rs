//! The library as its users see it.
#![expect(
    clippy::unwrap_used,
    reason = "a helper that breaks is a test that fails"
)]

#[path = "../examples/library.rs"]
#[expect(
    dead_code,
    reason = "an example's main is called by nobody but its user"
)]
mod example;
#[path = "../examples/inventory.rs"]
#[expect(
    dead_code,
    reason = "an example's main is called by nobody but its user"
)]
mod inventory_example;

#[path = "library/config.rs"]
mod config;
#[path = "library/crash.rs"]
mod crash;
#[path = "library/front.rs"]
mod front;
#[path = "library/inventory.rs"]
mod inventory;
#[path = "library/replicas.rs"]
mod replicas;
#[path = "library/walkthrough.rs"]
mod walkthrough;
