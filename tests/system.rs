//! The whole product: real processes, real sockets, the repository itself.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "helpers of tests stop at the first surprise"
)]

#[path = "system/allocations.rs"]
mod allocations;
#[path = "system/architecture.rs"]
mod architecture;
#[path = "system/book.rs"]
mod book;
#[path = "system/carriers.rs"]
mod carriers;
#[path = "system/coverage.rs"]
mod coverage;
#[path = "system/deploy.rs"]
mod deploy;
#[path = "system/observability.rs"]
mod observability;
#[path = "system/openapi.rs"]
mod openapi;
#[path = "system/process.rs"]
mod process;
#[path = "system/range.rs"]
mod range;
#[path = "system/ranges.rs"]
mod ranges;
#[path = "system/reach.rs"]
mod reach;
#[path = "system/reload.rs"]
mod reload;
#[path = "system/remembered.rs"]
mod remembered;
#[path = "system/restart.rs"]
mod restart;
#[path = "system/safety.rs"]
mod safety;
#[path = "system/specs.rs"]
mod specs;
#[path = "system/starting.rs"]
mod starting;

use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Whether generated documents are to be written anew instead of compared.
#[expect(
    clippy::disallowed_methods,
    reason = "a developer's switch of this test, no setting of the product"
)]
fn update_docs() -> bool {
    std::env::var("TRUNKLINE_UPDATE_DOCS").is_ok_and(|value| value == "1")
}

/// Compares a generated document with the committed one, or writes it.
fn snapshot(path: &str, generated: &str) {
    let file = root().join(path);
    if update_docs() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, generated).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == generated,
        "{path} is not current: run the tests with TRUNKLINE_UPDATE_DOCS=1 and look at the change"
    );
}
