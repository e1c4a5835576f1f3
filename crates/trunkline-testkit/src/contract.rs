//! What every adapter must do, as named behaviours: [`contract_tests!`](crate::contract_tests) makes a test of each.
//!
//! Each behaviour drives a new adapter, wrapped in [`Guarded`](trunkline_core::Guarded), against a carrier of its own,
//! and judges it by the carrier's ledger. The capability decides which half of a behaviour runs: of an operation that the
//! account lacks it checks that the call is `unsupported`, names provider and operation, and sends nothing.
//!
//! ```ignore
//! async fn harness() -> SandboxHarness { ... }
//! trunkline_testkit::contract_tests!(acme, harness);
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a behaviour that is not there fails its test by panicking"
)]

/// A new adapter of an account that has these operations. Of an account that lacks one it checks that the operation is
/// refused, and leaves the behaviour.
macro_rules! offering {
    ($harness:expr, $($operation:ident),+) => {
        match $crate::contract::Subject::offering($harness, &[$(Operation::$operation),+]).await {
            Some(subject) => subject,
            None => return,
        }
    };
}

mod call;
pub mod caller_ids;
pub mod faults;
pub mod honesty;
pub mod hygiene;
pub mod lost;
pub mod owned;
pub mod purchase;
pub mod search;
mod subject;
pub mod update;

pub(crate) use call::{Args, call};
pub(crate) use subject::Subject;

/// Makes a module of tests, one of every behaviour of an adapter. `$harness` is an `async fn() -> impl Harness`.
#[macro_export]
macro_rules! contract_tests {
    ($name:ident, $harness:path) => {
        mod $name {
            use super::*;
            $crate::contract_tests! { @tests $harness,
                honesty {
                    every_operation_offered_works
                    every_operation_not_offered_is_refused_unsent
                    every_search_filter_not_offered_is_refused_unsent
                    every_number_type_not_offered_is_refused_unsent
                    every_list_filter_not_offered_is_refused_unsent
                    every_field_not_offered_is_refused_unsent
                    the_capability_is_consistent
                    the_samples_cover_the_capability
                }
                search {
                    a_search_answers_at_most_its_limit
                    a_search_finds_each_number_once
                    every_search_filter_is_honoured
                    every_number_type_answers
                    a_search_that_finds_nothing_is_empty
                    a_search_reserves_nothing
                    prices_are_amounts
                }
                purchase {
                    a_purchase_buys_exactly_the_number
                    a_purchase_is_bare
                    a_purchased_number_is_held
                    a_purchase_of_a_taken_number_is_not_available
                    a_purchase_of_an_own_number_changes_nothing
                    one_number_bought_by_two_is_sold_once
                    a_registered_number_is_held
                    a_number_registered_again_is_not_new
                    a_range_is_registered_number_by_number
                }
                owned {
                    a_list_gives_every_number_once_in_any_page_size
                    every_list_filter_of_the_carrier_is_honoured
                    a_list_filter_applied_here_loses_nothing
                    a_cursor_that_is_none_is_refused
                    a_number_is_got_as_it_is_listed
                    an_unknown_number_is_not_found
                    a_number_not_held_is_absent
                    a_number_held_is_seen_with_its_creation_time
                    a_look_is_complete_over_all_pages
                    a_look_that_can_t_be_completed_is_an_error
                }
                update {
                    every_writable_field_round_trips
                    every_field_can_be_unset
                    an_update_of_nothing_changes_nothing
                    an_update_of_an_unknown_number_is_not_found
                    an_option_that_is_none_is_refused_unsent
                    a_released_number_is_gone
                    a_second_release_is_not_found
                    a_release_of_an_unknown_number_is_not_found
                    a_number_too_young_is_locked
                    the_main_number_is_the_one_chosen
                }
                caller_ids {
                    a_started_caller_id_says_what_is_to_be_done
                    a_caller_id_is_verified_once_the_callee_answers
                    a_caller_id_that_fails_is_not_verified
                    a_wrong_code_verifies_nothing
                    a_resent_caller_id_can_be_verified
                    a_verified_caller_id_is_listed_and_found_by_number
                    a_caller_id_can_be_renamed
                    a_deleted_caller_id_is_gone
                    an_unknown_caller_id_is_not_found
                }
                faults {
                    a_refused_credential_is_the_carriers_refusal
                    what_the_carrier_does_not_find_is_not_found
                    a_conflict_is_a_conflict
                    a_throttled_read_is_asked_again
                    a_read_told_to_wait_waits_and_the_account_with_it
                    a_read_told_to_wait_too_long_says_so_at_once
                    a_read_is_asked_again_after_a_server_error
                    a_read_is_asked_again_after_a_broken_connection
                    a_read_that_keeps_failing_gives_up
                    an_unreadable_answer_is_a_protocol_error
                    a_slow_read_ends_at_its_deadline
                    a_call_whose_deadline_has_passed_sends_nothing
                    a_redirect_is_not_followed
                }
                lost {
                    a_purchase_that_may_have_happened_is_unknown_and_sent_once
                    a_purchase_refused_without_a_known_reason_is_unknown
                    a_purchase_committed_late_is_found
                    a_throttled_purchase_is_sent_again_only_if_nothing_was_done
                    a_purchase_outlives_its_callers_deadline
                    an_update_whose_answer_is_lost_is_sent_again
                    a_release_whose_answer_is_lost_happens_once
                    a_registration_whose_answer_is_lost_happens_once
                    a_caller_id_is_never_started_twice
                }
                hygiene {
                    an_adapter_shows_no_secret
                    errors_show_no_secret
                    answers_show_no_secret
                    logs_show_no_secret
                    an_error_carries_what_the_carrier_said
                    an_error_says_where_it_happened
                }
            }
        }
    };
    (@tests $harness:path, $($module:ident { $($name:ident)+ })+) => {
        $($(
            #[tokio::test]
            async fn $name() {
                let harness = $harness().await;
                $crate::contract::$module::$name(&harness).await;
            }
        )+)+
    };
}
