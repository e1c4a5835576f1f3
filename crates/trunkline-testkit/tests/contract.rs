//! The contract suite against a carrier in memory: one that sells nothing and takes numbers on its books instead.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, outside of test functions"
)]

#[path = "contract/directory.rs"]
mod directory;

use directory::{DirectoryHarness, Flaw};
use trunkline_testkit::contract::{honesty, lost, owned, purchase, update};

macro_rules! kept {
    ($($module:ident { $($name:ident)+ })+) => {$($(
        #[tokio::test]
        async fn $name() {
            $module::$name(&DirectoryHarness::new(Flaw::None)).await;
        }
    )+)+};
}

kept! {
    honesty {
        every_operation_offered_works
        every_operation_not_offered_is_refused_unsent
        every_search_filter_not_offered_is_refused_unsent
        every_list_filter_not_offered_is_refused_unsent
        every_field_not_offered_is_refused_unsent
        the_capability_is_consistent
        the_samples_cover_the_capability
    }
    purchase {
        a_registered_number_is_held
        a_number_registered_again_is_not_new
        a_range_is_registered_number_by_number
        a_purchase_buys_exactly_the_number
    }
    lost {
        a_purchase_that_may_have_happened_is_unknown_and_sent_once
    }
    owned {
        a_list_gives_every_number_once_in_any_page_size
        a_look_is_complete_over_all_pages
        a_number_held_is_seen_with_its_creation_time
    }
    update {
        the_main_number_is_the_one_chosen
        a_released_number_is_gone
        a_second_release_is_not_found
    }
}

macro_rules! caught {
    ($($test:ident: $flaw:ident breaks $module:ident::$name:ident: $says:literal)+) => {$(
        #[tokio::test]
        #[should_panic(expected = $says)]
        async fn $test() {
            $module::$name(&DirectoryHarness::new(Flaw::$flaw)).await;
        }
    )+};
}

// An adapter that is wrong in one way fails the behaviour that it breaks.
caught! {
    a_number_on_the_books_twice_is_caught:
        RegistersTwice breaks purchase::a_number_registered_again_is_not_new:
        "left: (true, true)"
    a_second_main_number_is_caught:
        TwoMains breaks update::the_main_number_is_the_one_chosen:
        "main: true"
    a_number_lost_between_pages_is_caught:
        LosesLast breaks owned::a_list_gives_every_number_once_in_any_page_size:
        "in pages of 1"
    a_release_that_does_nothing_is_caught:
        ReleasesNothing breaks update::a_released_number_is_gone:
        "on an `Ok` value"
    an_operation_only_claimed_is_caught:
        ClaimsHealth breaks honesty::every_operation_offered_works:
        "does not offer the check of the credential"
    an_operation_kept_quiet_is_caught:
        HidesMain breaks honesty::every_operation_not_offered_is_refused_unsent:
        "nothing must be sent"
}
