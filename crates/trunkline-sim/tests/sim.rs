//! A hundred seeds that every change must pass, and the same story of each as before.

use std::collections::BTreeSet;

use trunkline_sim::{Settings, command, page, run};

const SMALL: Settings = Settings {
    purchases: 20,
    without: BTreeSet::new(),
    trace: false,
};

#[test]
fn promise_holds_for_a_hundred_seeds() {
    for seed in 0..100 {
        let report = run(seed, &SMALL).unwrap();
        assert_eq!(report.violations, [""; 0], "seed {seed}");
    }
}

/// Seeds that once went against the promise, with the most purchases of that run.
const ONCE_FAILED: [(u64, usize); 12] = [
    // A number sold again under its id was overlooked, since the release before was dated by a clock that was ahead.
    (7, 200),
    // A question about an id used again was closed while the number was held.
    (1001, 200),
    (1012, 200),
    (1121, 200),
    // A price that could not be asked for was a refusal for good.
    (42, 20),
    (1037, 200),
    // Clients of one key, one of which was refused before the other began.
    (1061, 200),
    // A number that was out of sight for so long that it was taken for gone: a reading did not book it again.
    (46, 200),
    // A release was ended twice by two gateways, and the number was bought again under its id in between.
    (593, 200),
    // A number was given back while its settings were made, and the step that ended them took it again.
    (474, 200),
    // A person's id was used again for an order whose answer was lost: nobody was asked.
    (375, 200),
    // What a person had bought was out of sight for the settling time, and then taken for ours.
    (517, 200),
];

#[test]
fn seeds_that_once_failed_pass() {
    for (seed, purchases) in ONCE_FAILED {
        let settings = Settings { purchases, ..SMALL };
        let report = run(seed, &settings).unwrap();
        assert_eq!(report.violations, [""; 0], "seed {seed}");
    }
}

#[test]
fn same_seed_tells_the_same_story_three_times() {
    let told = |seed| {
        let traced = Settings {
            trace: true,
            ..SMALL
        };
        run(seed, &traced).unwrap().lines
    };
    for seed in [1, 2, 3] {
        let first = told(seed);
        assert!(first.len() > 50, "seed {seed}: {} lines", first.len());
        for _ in 0..2 {
            let again = told(seed);
            let differs = first.iter().zip(&again).find(|(a, b)| a != b);
            assert_eq!(differs, None, "seed {seed}");
            assert_eq!(first.len(), again.len(), "seed {seed}");
        }
    }
}

#[test]
fn run_without_parts_of_its_plan_is_another_and_names_unknown_parts() {
    let without = |parts: &[&str]| Settings {
        without: parts.iter().map(|part| (*part).to_owned()).collect(),
        ..SMALL
    };
    let whole = run(7, &SMALL).unwrap();
    let less = run(
        7,
        &without(&["client-0", "client-1", "client-2", "weather"]),
    )
    .unwrap();
    assert_ne!(whole.digest, less.digest);
    let refused = run(7, &without(&["rain"])).unwrap_err();
    assert!(refused.to_string().contains("rain"), "{refused}");
}

#[test]
fn page_of_a_seed_has_its_story_and_needs_no_network() {
    let traced = Settings {
        trace: true,
        ..SMALL
    };
    let report = run(4, &traced).unwrap();
    let page = page(&report, &command(4, &traced)).unwrap();
    assert!(page.contains("trunkline-sim --seed 4 --purchases 20"));
    assert!(page.contains(&report.digest) && !page.contains("/*STORY*/null"));
    for address in ["src=", "href=", "fetch(", "@import"] {
        assert!(!page.contains(address), "{address}");
    }
}
