//! The command line against a sandbox on free ports: the built binary, and the library entry.

#[cfg(test)]
#[path = "cli/support.rs"]
mod support;

#[cfg(test)]
#[path = "cli/allocations.rs"]
mod allocations;
#[cfg(test)]
#[path = "cli/caller_ids.rs"]
mod caller_ids;
#[cfg(test)]
#[path = "cli/doctor.rs"]
mod doctor;
#[cfg(test)]
#[path = "cli/endless.rs"]
mod endless;
#[cfg(test)]
#[path = "cli/inventory.rs"]
mod inventory;
#[cfg(test)]
#[path = "cli/keys.rs"]
mod keys;
#[cfg(test)]
#[path = "cli/logs.rs"]
mod logs;
#[cfg(test)]
#[path = "cli/mistakes.rs"]
mod mistakes;
#[cfg(test)]
#[path = "cli/numbers.rs"]
mod numbers;
#[cfg(test)]
#[path = "cli/output.rs"]
mod output;
#[cfg(test)]
#[path = "cli/proxied.rs"]
mod proxied;
#[cfg(test)]
#[path = "cli/releases.rs"]
mod releases;
#[cfg(test)]
#[path = "cli/reload.rs"]
mod reload;
#[cfg(test)]
#[path = "cli/serve.rs"]
mod serve;
#[cfg(test)]
#[path = "cli/tables.rs"]
mod tables;
#[cfg(test)]
#[path = "cli/traces.rs"]
mod traces;
#[cfg(test)]
#[path = "cli/trails.rs"]
mod trails;
#[cfg(test)]
#[path = "cli/unsettled.rs"]
mod unsettled;
