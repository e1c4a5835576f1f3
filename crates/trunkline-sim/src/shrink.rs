//! Makes a failure smaller: leaves out one misfortune and one client after the other, as long as the failure stays.

use trunkline_core::Result;

use crate::plan::Plan;
use crate::{PURCHASES, Report, Settings, run};

/// What a violation is about, without names and times.
fn class(violation: &str) -> &str {
    violation.split(':').next().unwrap_or(violation)
}

/// The settings with the most left out with which the seed still goes against the promise in the same way, and what
/// came of it then.
///
/// # Errors
/// Those of [`run`].
pub fn shrink(first: &Report, settings: &Settings) -> Result<(Settings, Report)> {
    let Some(violation) = first.violations.first() else {
        return Ok((settings.clone(), first.clone()));
    };
    let (class, mut best) = (class(violation).to_owned(), first.clone());
    let mut kept = settings.clone();
    let plan = Plan::of(first.seed, settings.purchases.clamp(1, PURCHASES));
    let mut parts = plan.parts();
    // Large pieces first, then smaller ones.
    let mut size = parts.len().div_ceil(2);
    while size > 0 {
        let mut left = Vec::new();
        for piece in parts.chunks(size) {
            let mut tried = kept.clone();
            tried.without.extend(piece.iter().cloned());
            let report = run(first.seed, &tried)?;
            if report.violations.iter().any(|it| it.starts_with(&class)) {
                (kept, best) = (tried, report);
            } else {
                left.extend(piece.iter().cloned());
            }
        }
        parts = left;
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    Ok((kept, best))
}

/// The command that replays a run.
#[must_use]
pub fn command(seed: u64, settings: &Settings) -> String {
    let mut command = format!(
        "trunkline-sim --seed {seed} --purchases {}",
        settings.purchases
    );
    let without: Vec<&str> = settings.without.iter().map(String::as_str).collect();
    if !without.is_empty() {
        command.push_str(" --without ");
        command.push_str(&without.join(","));
    }
    command
}
