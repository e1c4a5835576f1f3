//! What goes wrong at the carriers, and how often.

use std::time::Duration;

use trunkline_sandbox::{Fault, FaultPlan, OPERATIONS, ProviderKind, Trait};

/// How far lists and records are behind at most: half the settling time, so that what a look misses because of it the last
/// look of the settling time still finds.
const BEHIND_MS: u64 = 1_500;

/// The same as a time.
pub(crate) const BEHIND: Duration = Duration::from_millis(BEHIND_MS);

/// How long a purchase must stay absent before it is presumed failed.
pub(crate) const SETTLE: Duration = Duration::from_secs(3);

/// How long requests wait that are delayed: one may be carried out so much later than its connection was lost.
pub(crate) const DELAY: Duration = Duration::from_millis(300);

/// A misfortune and its weight among those of one operation.
type Weighted = (u32, Fault);

/// Every plan for one carrier, so that this share of all its calls goes wrong.
/// A purchase is committed `latest` late at most.
pub(crate) fn plans(provider: ProviderKind, rate: f64, latest: Duration) -> Vec<FaultPlan> {
    let of = |operation: &&'static str| {
        spread(misfortunes(provider, operation, latest), rate)
            .into_iter()
            .map(|(probability, fault)| FaultPlan {
                probability: Some(probability),
                ..FaultPlan::always(provider, operation, fault)
            })
            .collect::<Vec<_>>()
    };
    OPERATIONS.iter().flat_map(of).collect()
}

/// The sandbox throws its dice plan by plan until one hits: each gets its share of what the ones before it let pass.
fn spread(faults: Vec<Weighted>, rate: f64) -> Vec<(f64, Fault)> {
    let whole: f64 = faults.iter().map(|(weight, _)| f64::from(*weight)).sum();
    let mut passed = 1.0;
    let plan = |(weight, fault): Weighted| {
        let share = rate * f64::from(weight) / whole;
        let probability = (share / passed).min(1.0);
        passed -= share;
        (probability, fault)
    };
    faults.into_iter().map(plan).collect()
}

fn misfortunes(provider: ProviderKind, operation: &str, latest: Duration) -> Vec<Weighted> {
    let after = |status| Fault::StatusAfterCommit { status };
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let (latest, delay) = (millis(latest), millis(DELAY));
    let late = |ms: u64| Fault::CommitLate { ms: ms.min(latest) };
    let mut faults = vec![
        (30, Fault::DropBeforeCommit {}),
        (30, Fault::DropAfterCommit {}),
        (15, after(500)),
        (15, after(503)),
        (20, Fault::TruncatedBody {}),
        (20, Fault::MalformedBody {}),
        (20, Fault::status(503)),
        (10, Fault::status(500)),
        (20, Fault::Delay { ms: delay }),
        (10, Fault::H2RefusedStream {}),
        (10, Fault::H2Goaway {}),
    ];
    match operation {
        // Some come within the settling time, some long after it.
        "purchase" => faults.extend([(20, late(300)), (20, late(4_000)), (40, late(latest))]),
        "release" => faults.push((20, late(3_000))),
        "list" => faults.extend([
            (60, Fault::StaleList { ms: BEHIND_MS }),
            (20, Fault::ReleasedListed { ms: BEHIND_MS }),
        ]),
        _ => {}
    }
    // Where a 429 was certainly not processed, sending again is right; the count of requests for each number could not
    // tell that from sending blindly.
    let judged = matches!(operation, "purchase" | "start_caller_id");
    if !(judged && provider.has(Trait::CleanThrottling)) {
        faults.push((20, Fault::status(429)));
    }
    if provider.has(Trait::Shop) && matches!(operation, "get" | "update" | "release") {
        faults.push((20, Fault::NotFoundAfterCreate { ms: BEHIND_MS }));
    }
    if operation == "get" {
        // The whole account is to wait for a second.
        let headers = [("retry-after".to_owned(), "1".to_owned())].into();
        let wait = Fault::Status {
            status: 429,
            headers,
            body: None,
        };
        faults.push((1, wait));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plans_of_an_operation_add_up_to_the_rate() {
        let all = plans(ProviderKind::SignalWire, 0.3, Duration::from_secs(7));
        for plans in all.chunk_by(|a, b| a.operation == b.operation) {
            let passes = |plan: &FaultPlan| 1.0 - plan.probability.unwrap();
            let unharmed: f64 = plans.iter().map(passes).product();
            assert!((unharmed - 0.7).abs() < 1e-9, "{unharmed}");
        }
    }
}
