//! The command line against a sandbox on free ports: the built binary, and the library entry.

#[path = "cli/support.rs"]
mod support;

#[path = "cli/caller_ids.rs"]
mod caller_ids;
#[path = "cli/mistakes.rs"]
mod mistakes;
#[path = "cli/numbers.rs"]
mod numbers;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/serve.rs"]
mod serve;
#[path = "cli/unsettled.rs"]
mod unsettled;
