//! What every journal must do, as named behaviours: `journal_contract!` makes a test of each.
//!
//! ```ignore
//! async fn make(lease_ttl: Duration) -> Subject {
//!     Subject::new(Stores::of(Arc::new(Sqlite::open(url, options).await?)))
//! }
//! trunkline_testkit::journal_contract!(make);
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a behaviour that is not there fails its test by panicking"
)]
#![expect(missing_docs, reason = "a behaviour's name says what it is")]

pub mod allocations;
pub mod api_keys;
pub mod begin;
pub mod commit;
pub mod draft;
pub mod due;
pub mod grace;
pub mod ids;
pub mod inventory;
pub mod keys;
pub mod leases;
pub mod listing;
pub mod missing;
pub mod outbox;
pub mod records;
pub mod retention;
pub mod spend;
pub mod trails;

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::with;
use tokio::time::Instant;
use trunkline_admin::{AdminStore, Stores};
use trunkline_engine::Store;

/// Lease time of behaviours in which no lease may lapse.
pub const LONG: Duration = Duration::from_secs(600);

/// Lease time of behaviours that wait for a lease to lapse.
pub const SHORT: Duration = Duration::from_millis(40);

/// A store to be tested, empty, and what must live as long as it does.
#[derive(Clone)]
pub struct Subject {
    /// The engine's side of the store.
    pub store: Arc<dyn Store>,
    /// The administration's side of it.
    pub admin: Arc<dyn AdminStore>,
    kept: Option<Arc<dyn Any + Send + Sync>>,
}

impl Subject {
    /// A store that needs nothing else.
    #[must_use]
    pub fn new(stores: Stores) -> Self {
        Self {
            store: stores.engine,
            admin: stores.admin,
            kept: None,
        }
    }

    /// Keeps something, for example a temporary directory, until the test is over.
    #[must_use]
    pub fn keeping(self, kept: impl Any + Send + Sync) -> Self {
        with(self, |it| it.kept = Some(Arc::new(kept)))
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("store", &self.store)
            .field("kept", &self.kept.is_some())
            .finish()
    }
}

/// Waits until a condition holds, and gives what it gave.
pub(crate) async fn eventually<T>(what: &str, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let give_up = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = condition().await {
            return found;
        }
        assert!(Instant::now() < give_up, "{what}, but it never did");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Runs something so many times at once, on tasks of their own, and gives every result.
pub(crate) async fn at_once<T, F>(
    subject: &Subject,
    times: u32,
    run: impl Fn(Subject, u32) -> F,
) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..times {
        tasks.spawn(run(subject.clone(), index));
    }
    tasks.join_all().await
}

/// How many of these are as they should be.
pub(crate) fn count<T>(all: &[T], is: impl Fn(&T) -> bool) -> usize {
    all.iter().filter(|one| is(one)).count()
}

/// Makes a test of every behaviour of a journal. `$make` is an `async fn(lease_ttl: Duration) -> Subject`, or
/// `-> Option<Subject>` where the tests may have to be skipped.
#[macro_export]
macro_rules! journal_contract {
    ($make:path) => {
        $crate::journal_contract! { @tests $make, LONG,
            begin {
                a_fresh_purchase_is_written_down_under_a_lease
                the_same_key_and_request_find_the_purchase
                the_same_key_with_another_request_is_a_mismatch
                a_number_being_bought_is_busy
                a_number_is_free_at_another_identity
                a_number_is_free_again_once_its_purchase_is_settled
                a_key_whose_purchase_may_start_over_starts_another
                a_key_that_starts_over_may_find_its_number_busy
                a_key_whose_purchase_failed_for_good_stays_with_it
                keys_of_other_tenants_and_routes_are_apart
                one_key_used_many_times_at_once_starts_one_purchase
                one_number_wanted_many_times_at_once_is_bought_once
                many_numbers_wanted_at_once_are_all_bought
            }
            commit {
                a_step_grows_the_version
                a_step_from_an_older_version_is_stale
                a_step_of_an_unknown_purchase_is_stale
                a_step_under_a_lease_given_up_is_refused
                evidence_counts_without_a_lease
                a_purchase_that_moves_on_takes_its_claim_along
                one_of_many_steps_at_once_is_made
                a_carriers_id_is_won_once
                a_carriers_id_wanted_twice_at_once_is_won_once
                a_late_success_waits_for_an_open_claim
                a_carriers_id_may_be_won_again_by_the_same_purchase
                a_step_after_the_number_was_given_back_does_not_take_it_again
                a_carriers_id_is_free_at_another_identity
                a_step_keeps_the_answer_unless_told_to_forget_it
            }
            ids {
                ids_seen_before_a_purchase_is_dispatched_are_known_as_such
                won_id_is_known_with_its_purchase_until_it_is_given_back
                id_may_be_won_again_after_it_was_given_back
                won_ids_are_listed_until_they_are_given_back
                answer_made_from_an_earlier_version_is_not_kept
                vanished_purchase_is_written_back_with_key_and_claim
                vanished_purchase_is_written_back_though_its_key_and_number_are_taken
                purchase_that_is_there_is_not_written_back
                purchases_with_a_question_are_found
            }
            spend {
                presumed_failure_keeps_what_it_reserved_until_its_fourth_look
                open_question_keeps_what_was_reserved_and_books_what_was_freed
                what_a_purchase_costs_is_committed_with_it
                a_purchase_without_room_leaves_nothing_behind
                a_known_key_is_answered_though_the_purse_is_full
                a_failure_gives_back_what_was_taken
                a_late_success_is_committed_whatever_the_ceiling
                a_purchase_that_moves_on_takes_what_the_next_one_costs
                a_release_gives_back_the_monthly_price_once
                a_thousand_buyers_at_once_never_pass_a_ceiling
                a_thousand_buyers_with_one_key_never_pass_its_ceiling
            }
            keys {
                a_reserved_key_is_in_flight
                a_reserved_key_with_another_request_is_a_mismatch
                an_answer_is_kept_byte_for_byte
                the_first_answer_stays
                an_answer_without_a_key_is_given_back
                an_answer_is_kept_with_a_purchase
                a_forgotten_key_is_free
                an_unknown_key_is_not_found
                reserved_keys_of_other_tenants_and_routes_are_apart
                one_key_reserved_many_times_at_once_is_reserved_once
            }
            api_keys {
                a_database_without_api_keys_says_so
                an_api_key_survives_as_it_was
                an_api_key_is_changed_by_one_of_many_at_once
                api_keys_are_listed_newest_first_and_page_by_page
                the_last_use_of_an_api_key_never_goes_back
                a_session_is_kept_until_it_is_ended
                sessions_that_are_over_are_forgotten
            }
            leases {
                a_lease_is_held_by_one
                a_lease_given_back_passes_on_with_a_higher_fence
                a_lease_can_be_renewed_by_its_holder_alone
                a_lease_can_be_given_back_by_its_holder_alone
                a_lease_with_the_fence_of_another_owner_is_another
                a_lease_wanted_many_times_at_once_is_held_by_one
            }
            due {
                a_purchase_somebody_works_on_is_not_due
                an_open_purchase_nobody_works_on_is_due
                an_open_purchase_may_be_left_alone_for_a_while
                a_purchase_whose_settings_are_pending_is_due
                a_done_purchase_is_never_due
                a_watched_purchase_is_due_when_its_look_is
                the_longest_due_come_first
                presumed_failures_of_a_number_are_found
                purchases_not_settled_are_counted
            }
            listing {
                a_purchase_survives_as_it_was
                purchases_are_listed_newest_first
                purchases_are_filtered
                purchases_are_filtered_by_the_accounts_that_may_be_seen
                purchases_of_other_tenants_are_not_listed
                a_list_goes_on_before_its_last_purchase
                the_database_can_be_written_to
            }
            records {
                a_number_being_released_is_busy
                a_number_being_bought_is_not_released
                a_release_may_be_begun_again
                a_release_that_is_done_frees_the_number_and_the_carriers_id
                a_release_that_did_not_happen_is_forgotten
                a_release_without_a_number_claims_nothing
                open_releases_are_listed_oldest_first
                a_release_belongs_to_its_tenant
                releases_under_another_spelling_are_kept_under_the_one
                annotations_are_kept_and_replaced
                annotated_ids_are_listed_in_order_page_by_page
                a_sealed_text_is_kept_and_replaced
                a_caller_id_is_kept_and_replaced
                caller_ids_not_verified_are_listed_by_id
                a_caller_id_can_be_forgotten
                verified_caller_ids_of_an_account_are_replaced
            }
            grace {
                a_release_that_waits_is_not_due
                a_release_whose_time_has_come_is_sent_by_one
                a_release_that_waits_can_be_undone_once
                a_release_that_was_sent_cannot_be_undone
                a_release_that_was_sent_can_be_put_off
                a_release_that_waits_shows_in_the_annotations
                a_protected_number_is_not_released
                a_release_and_a_protection_at_once_agree
                a_release_left_to_a_person_is_due_no_more
            }
            missing {
                a_missing_number_is_suspected_once
                a_number_that_is_gone_ends_as_released
                a_number_that_was_gone_is_booked_again
                a_number_that_another_purchase_has_won_since_is_not_booked_again
                a_number_that_is_released_is_suspected_no_more
                who_takes_from_a_purse_every_month_is_found
            }
            allocations {
                the_first_candidate_that_is_free_is_leased
                a_candidate_is_leased_again_by_its_holder
                a_candidate_is_given_back_by_its_holder_alone
                a_lease_on_a_candidate_lapses
                candidates_wanted_by_many_at_once_are_leased_to_one_each
                an_allocation_survives_as_it_was
                one_key_used_many_times_at_once_starts_one_allocation
                an_allocation_is_changed_under_its_lease_and_from_its_latest_version
                an_open_allocation_nobody_works_on_is_due
                allocations_are_listed_newest_first
            }
            trails {
                a_row_is_kept_as_it_was_written
                rows_are_filtered
                rows_of_other_tenants_are_not_listed
                the_chain_is_whole
                an_anchor_moves_on_and_never_back
                what_a_purchase_leaves_behind_is_written_with_it
                step_and_its_event_are_written_together
                release_and_its_events_are_written_together
                caller_id_and_its_events_are_written_together
                events_of_a_resource_are_numbered_without_gaps
                events_are_filtered
                a_feed_read_while_many_write_misses_nothing
                what_is_told_under_a_name_is_told_once
                old_events_are_forgotten
            }
            inventory {
                every_filter_finds_what_fits
                pages_in_every_order_follow_each_other
                numbers_are_counted_and_priced_by_every_value
                counts_follow_every_change
                counts_follow_changes_made_at_once
                purchase_and_release_are_written_through
                purchase_of_a_number_keeps_what_is_noted_of_it
                tags_given_to_a_number_are_found
                row_touched_or_changed_meanwhile_is_left_by_a_reading
                reading_that_was_superseded_writes_nothing
                remembered_numbers_are_listed_in_order_of_their_ids
                one_drift_is_open_for_each_number_class_and_field
                drifts_are_listed_and_accepted
                many_drifts_are_told_as_one_event_with_a_count
                renamed_account_keeps_its_numbers
                protection_and_waiting_releases_follow_a_renamed_account
                removed_account_is_forgotten
                progress_of_a_sync_is_kept
            }
            retention {
                purchases_that_are_over_are_forgotten_with_their_keys
                purchases_that_may_still_matter_are_kept
                pages_of_old_purchases_follow_each_other
                old_audit_rows_leave_a_signed_checkpoint
                forged_checkpoint_is_found_and_deletes_nothing
                checkpoint_that_does_not_fit_the_rows_is_found
                rows_after_the_signed_one_are_not_deleted
                checkpoint_is_signed_anew_when_the_chain_is_first_signed
            }
            outbox {
                a_webhook_is_kept_changed_and_forgotten
                a_webhook_hears_of_what_happens_from_then_on
                deliveries_are_made_once
                deliveries_of_a_resource_come_one_after_the_other
                a_delivery_that_failed_is_due_later
                an_attempt_under_a_lost_lease_is_not_written_down
                a_delivery_can_be_made_once_more
                deliveries_are_listed
                events_that_a_webhook_waits_for_are_not_forgotten
            }
        }
        $crate::journal_contract! { @tests $make, SHORT,
            leases {
                a_lapsed_lease_passes_on_with_a_higher_fence
                a_lease_never_seems_to_hold_longer_than_it_does
                a_lapsed_lease_cannot_be_renewed
                a_step_under_a_lapsed_lease_is_refused
                a_reservation_that_lapsed_unanswered_is_free
                an_answer_outlives_the_lease_of_its_key
                an_open_purchase_whose_lease_lapsed_is_due
            }
        }
    };
    (@tests $make:path, $ttl:ident, $($module:ident { $($name:ident)+ })+) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let made = $make($crate::journal_contract::$ttl).await;
                if let Some(subject) = Option::<$crate::journal_contract::Subject>::from(made) {
                    $crate::journal_contract::$module::$name(&subject).await;
                }
            }
        )+)+
    };
}
