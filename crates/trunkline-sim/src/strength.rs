//! How soon the judge notices that a safeguard is missing.

use std::ops::Range;

use trunkline_core::Result;
use trunkline_core::strength::Safeguard;

use crate::{Settings, run};

/// The most seeds in which a missing safeguard has to be found.
pub const SEEDS: u64 = 1_000;

/// The seed that showed that a safeguard is missing, and what the judge said.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The seed.
    pub seed: u64,
    /// The first violation.
    pub said: String,
}

/// Switched back on when this is dropped.
struct Off;

impl Drop for Off {
    fn drop(&mut self) {
        Safeguard::switch_off(None);
    }
}

/// Runs seeds with a safeguard switched off until one goes against the promise; `None` if none does. One that goes against
/// it with every safeguard on as well shows nothing.
///
/// # Errors
/// Those of [`run`].
pub fn find(
    safeguard: Safeguard,
    settings: &Settings,
    seeds: Range<u64>,
) -> Result<Option<Finding>> {
    let _off = Off;
    for seed in seeds {
        Safeguard::switch_off(Some(safeguard));
        let Some(said) = run(seed, settings)?.violations.into_iter().next() else {
            continue;
        };
        Safeguard::switch_off(None);
        if run(seed, settings)?.violations.is_empty() {
            return Ok(Some(Finding { seed, said }));
        }
    }
    Ok(None)
}
