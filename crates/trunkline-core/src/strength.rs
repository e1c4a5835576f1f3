//! Safeguards that a simulation switches off one at a time, to measure how soon its judge notices that one is missing.
//!
//! Without the feature `strength` nothing can be switched off: [`Safeguard::is_off`] is the constant `false`. Only
//! `trunkline-sim` has the feature, and it is off there by default as well.

#[cfg(feature = "strength")]
use std::sync::atomic::{AtomicUsize, Ordering};

/// The safeguard that is off, counted from 1; 0 for none.
#[cfg(feature = "strength")]
static OFF: AtomicUsize = AtomicUsize::new(0);

macro_rules! safeguards {
    ($($variant:ident $name:literal in $place:literal: $off:literal;)+) => {
        /// A single safeguard of the promise that no number is bought twice and none is lost.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Safeguard {
            $(#[doc = concat!("Switched off: ", $off, ".")] $variant,)+
        }

        impl Safeguard {
            /// All of them, in the order of a purchase's life, then those of releases, money and accounts.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name on the command line of the simulation.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What happens while it is switched off.
            #[must_use]
            pub const fn off(self) -> &'static str {
                match self { $(Self::$variant => $off,)+ }
            }

            /// The file with the safeguard, below `crates/`.
            #[must_use]
            pub const fn place(self) -> &'static str {
                match self { $(Self::$variant => $place,)+ }
            }
        }
    };
}

safeguards! {
    LookFirst "look-first" in "trunkline-engine/src/purchase/drive.rs": "the account is not asked whether it holds the number";
    OwnJournalFirst "own-journal-first" in "trunkline-engine/src/purchase/drive.rs": "the journal is not asked whether a purchase has won the number";
    CompleteLook "complete-look" in "trunkline-engine/src/purchase/evidence.rs": "a failed look counts as absence";
    DispatchWritten "dispatch-written" in "trunkline-engine/src/purchase/drive.rs": "a purchase is sent without being written down as dispatched";
    DispatchSynced "dispatch-synced" in "trunkline-engine/src/purchase/step.rs": "dispatched is committed, and not synced to disk";
    OnePerKey "one-purchase-per-key" in "trunkline-engine/src/memory/journal.rs": "a key that is used begins another purchase";
    OnePerNumber "one-open-purchase-per-number" in "trunkline-engine/src/memory/state.rs": "a number can be bought and released by many at once";
    OneWinner "one-winner-per-id" in "trunkline-engine/src/memory/state.rs": "several purchases can win one id of the carrier";
    LeaseBeforeSending "lease-before-sending" in "trunkline-engine/src/purchase/drive.rs": "a purchase is sent without a look at its lease";
    LeaseForAbsence "lease-for-absence" in "trunkline-engine/src/purchase/settle.rs": "a purchase is settled by absence without its lease";
    Fence "fence" in "trunkline-engine/src/memory/journal.rs": "a step counts after its lease was lost";
    EvidenceWithoutLease "evidence-without-lease" in "trunkline-engine/src/purchase/drive.rs": "the carrier's answer counts under a lease only";
    SettlingTime "settling-time" in "trunkline-engine/src/purchase/settle.rs": "the first absence settles";
    Watch "watch" in "trunkline-engine/src/purchase/settle.rs": "nobody looks again for what is presumed failed";
    WatchCountsLooks "watch-counts-complete-looks" in "trunkline-engine/src/purchase/settle.rs": "failed looks count, so that a watch ends by age";
    CreationTime "creation-time" in "trunkline-engine/src/machine/judge.rs": "the creation time of a row is ignored";
    Tolerance "clock-tolerance" in "trunkline-engine/src/machine/judge.rs": "clocks are compared strictly";
    SeenIds "seen-ids" in "trunkline-engine/src/machine/judge.rs": "an id that was seen before the purchase counts as its own";
    ReleasedIds "released-ids" in "trunkline-engine/src/machine/judge.rs": "an id that we gave back counts as a new one";
    SameSecond "same-second" in "trunkline-engine/src/machine/judge.rs": "an id sold again in the second of its first sale counts as the old one";
    LateQuestion "late-question" in "trunkline-engine/src/machine/judge.rs": "a late find succeeds though another purchase has won the number since";
    ErrorEffect "effect-of-errors" in "trunkline-engine/src/purchase/drive.rs": "every error counts as a refusal";
    NeverSentAgain "never-sent-again" in "trunkline-http/src/client/run.rs": "a purchase whose answer is lost is sent again by the HTTP client";
    UnknownStays "unknown-is-not-tried-again" in "trunkline-engine/src/purchase/settle.rs": "an unknown purchase is sent again as an attempt of its own";
    NextAfterRefusal "next-after-refusal" in "trunkline-engine/src/purchase/drive.rs": "the next candidate is taken after a lost answer too";
    OnlyLateIsLate "only-late-is-late" in "trunkline-engine/src/machine.rs": "every success that a look finds is called late";
    AnswerForgotten "answer-is-forgotten" in "trunkline-engine/src/purchase/step.rs": "a kept answer is not forgotten when the outcome changes";
    SettlingStarts "settling-starts" in "trunkline-engine/src/engine.rs": "nobody settles what a crash left";
    AwaitedNumber "awaited-number" in "trunkline-engine/src/purchase/choose.rs": "a number that may come late is bought again where that sells it twice";
    ReservedUntilLook "reserved-until-fourth-look" in "trunkline-engine/src/journal/step.rs": "a presumed failure frees its price at once";
    Ceiling "ceiling" in "trunkline-engine/src/spend/charge.rs": "a charge is booked without room for it";
    ItemKeyUsedUp "item-key-used-up" in "trunkline-engine/src/allocations/work.rs": "an allocation goes on without using up the keys of lost items";
    PresumedKeepsPlace "presumed-keeps-place" in "trunkline-engine/src/allocations/items.rs": "an allocation buys another number in place of one that may come late";
    ReleaseWritten "release-written" in "trunkline-engine/src/numbers/release.rs": "a release is sent without being written down";
    ReleaseSynced "release-synced" in "trunkline-sim/src/database/through.rs": "a release is written down, and not synced to disk";
    NotFoundNeedsLook "not-found-needs-look" in "trunkline-engine/src/numbers/release/finish.rs": "a 404 counts as a release";
    RefusalOfSecond "refusal-of-second" in "trunkline-engine/src/numbers/release/finish.rs": "a release that is refused when it is sent again is forgotten";
    ProtectedAtSending "protected-at-sending" in "trunkline-engine/src/memory/records.rs": "protection is looked at before the carrier is asked, and not when the release leaves";
    GoneNeedsTime "gone-needs-settling-time" in "trunkline-engine/src/purchase/gone.rs": "the first absence ends a missing number";
    GoneNeedsLook "gone-needs-look" in "trunkline-engine/src/purchase/gone.rs": "a failed look counts as absence of a missing number";
    ReturnedBooked "returned-is-booked" in "trunkline-engine/src/purchase/gone.rs": "a number that comes again is not booked again";
    AccountsByIdentity "accounts-by-identity" in "trunkline-core/src/registry.rs": "an account is found by its name";
    CeilingsByIdentity "ceilings-by-identity" in "trunkline-engine/src/spend.rs": "a ceiling belongs to the account's name";
}

impl Safeguard {
    /// Whether it is switched off.
    #[cfg(not(feature = "strength"))]
    #[inline]
    #[must_use]
    pub const fn is_off(self) -> bool {
        false
    }

    /// Whether it is switched off.
    #[cfg(feature = "strength")]
    #[must_use]
    pub fn is_off(self) -> bool {
        OFF.load(Ordering::Relaxed) == self as usize + 1
    }

    /// Switches this one off and all others on; `None` switches all on.
    #[cfg(feature = "strength")]
    pub fn switch_off(safeguard: Option<Self>) {
        let off = safeguard.map_or(0, |safeguard| safeguard as usize + 1);
        OFF.store(off, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_safeguard_has_its_own_name_and_an_existing_place() {
        let names: BTreeSet<_> = Safeguard::ALL.iter().map(|one| one.name()).collect();
        assert_eq!(names.len(), Safeguard::ALL.len());
        let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for safeguard in Safeguard::ALL {
            let text = std::fs::read_to_string(crates.join(safeguard.place())).unwrap();
            let switch = format!("Safeguard::{safeguard:?}.is_off()");
            let text: String = text.split_whitespace().collect();
            assert!(text.contains(&switch), "{switch} in {}", safeguard.place());
            assert!(!safeguard.is_off());
        }
    }
}
