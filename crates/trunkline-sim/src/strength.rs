//! How soon the judge notices that a safeguard is missing.

use trunkline_core::Result;
use trunkline_core::strength::Safeguard;

use crate::{Settings, run};

/// The most seeds in which a missing safeguard has to be found.
pub const SEEDS: u64 = 1_000;

/// Safeguards that others hide, so that no run can show that one of them is missing, and why.
pub const HIDDEN: &[(Safeguard, &str)] = &[(
    Safeguard::Fence,
    "hidden by the versions of records and by lease-before-sending: once the next holder has written anything, a step on \
     the older version is refused; before that the step can only refuse what was not sent, lose what is then found by \
     looks, or write down absence that was seen for a settling time; and nothing leaves without a lease",
)];

/// The seed that showed that a safeguard is missing, and what the judge said.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The seed: seeds are counted from 0.
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

/// Runs seeds with a safeguard switched off until one goes against the promise; `None` if none of so many does.
///
/// # Errors
/// Those of [`run`].
pub fn find(safeguard: Safeguard, settings: &Settings, seeds: u64) -> Result<Option<Finding>> {
    let _off = Off;
    for seed in 0..seeds {
        Safeguard::switch_off(Some(safeguard));
        let report = run(seed, settings)?;
        if let Some(said) = report.violations.first().cloned() {
            return Ok(Some(Finding { seed, said }));
        }
    }
    Ok(None)
}
