//! The store's promises.
//!
//! `conformance!` runs the same cases over any implementation of `trait Store`; a second store adds
//! one line. What only the embedded one promises (its files, its guards) is in `embedded`; the random
//! walk beside a model in `model`; the killed processes in `crash`.

#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

mod again;
mod articles;
mod carry;
mod children;
mod command;
mod crash;
mod deliveries;
mod digests;
mod embedded;
mod lists;
mod mend;
mod model;
mod polls;
mod stories;
pub(crate) mod world;

/// Runs every case over a fresh store of each kind.
macro_rules! conformance {
    ($kind:ident: $fresh:expr; $($module:ident: $($case:ident),* $(,)?;)*) => {
        mod $kind {
            $(mod $module {
                use wireroom::store::Store as _;

                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let world = $fresh.await;
                    crate::store::$module::$case(&world).await;
                    let report = world.store.check().await.unwrap();
                    assert_eq!(report.faults, Vec::<String>::new());
                })*
            })*
        }
    };
}

conformance! {
    sled: crate::store::world::World::sled();
    articles:
        a_publication_is_there_with_all_that_belongs_to_it,
        a_quiet_page_is_stored_and_not_told,
        of_many_that_publish_one_text_one_wins,
        an_address_is_known_whatever_the_page,
        the_same_text_at_another_outlet_is_another_article,
        revisions_have_no_gaps_and_never_change,
        another_page_of_an_article_corrects_nothing,
        a_step_that_is_repeated_changes_nothing,
        a_long_article_comes_back_whole,
        an_absurd_article_is_cut_and_says_so,
        what_is_pruned_is_still_known,
        nothing_is_pruned_that_is_still_to_be_told,
        the_surplus_is_pruned_oldest_first,
        an_identity_is_forgotten_long_after;
    polls:
        a_source_that_goes_is_parked_and_comes_back,
        a_claim_excludes_others_until_it_runs_out,
        a_late_worker_changes_nothing,
        sources_are_claimed_in_due_order_one_a_host,
        a_busy_host_with_many_sources_holds_up_nobody,
        a_source_is_polled_now_and_not_twice_at_once,
        who_was_gone_and_is_configured_anew_is_asked_again,
        entries_are_new_changed_or_known,
        an_identifier_means_one_page,
        identifiers_that_number_places_are_distrusted,
        identifiers_that_change_are_distrusted,
        what_two_sources_say_of_a_page_is_no_change,
        what_one_list_says_twice_counts_once,
        pages_are_visited_in_the_order_of_publication,
        a_long_list_is_kept_whole,
        a_visit_ends_in_each_way,
        an_entry_that_changes_during_its_visit_is_visited_again,
        hosts_do_not_wait_for_each_other,
        pages_of_a_source_that_went_are_left_alone,
        what_left_long_ago_is_forgotten,
        news_goes_before_looks_that_pile_up,
        news_is_found_among_looks_that_fell_due_after_it,
        a_page_is_known_by_the_name_it_had_before;
    deliveries:
        a_correction_waits_for_what_came_before,
        what_was_given_up_lets_its_successor_go,
        what_was_given_up_can_be_revived_in_order,
        a_delivery_is_retried_when_it_is_said,
        a_dead_worker_delays_and_loses_nothing,
        an_endpoint_that_is_down_slows_no_other,
        an_endpoint_fails_and_recovers_once,
        a_disabled_endpoint_keeps_all_until_it_is_enabled,
        a_held_endpoint_is_left_alone,
        attempts_are_kept_and_bounded,
        a_trace_leads_from_the_poll_to_the_delivery,
        what_is_not_there_is_said;
    digests:
        what_is_gathered_is_told_in_one_at_its_hour,
        who_gathers_holds_up_nobody_else,
        an_article_is_told_with_its_corrections,
        a_correction_of_what_is_under_way_goes_in_the_next,
        a_dead_worker_leaves_the_same_digest,
        a_digest_is_tried_again_as_it_was,
        what_was_given_up_is_sent_again_whole,
        what_has_no_room_goes_in_the_next_at_once,
        a_correction_is_one_of_what_was_taken,
        what_is_told_again_goes_on_where_a_digest_was_parted,
        an_hour_that_was_missed_is_made_up_for,
        another_rhythm_holds_for_what_waits,
        what_was_begun_by_itself_goes_on_by_itself,
        a_disabled_endpoint_keeps_its_digest,
        a_digest_holds_so_many_and_no_more,
        what_a_digest_carries_is_not_pruned,
        an_endpoint_that_left_takes_its_digest_with_it,
        a_repair_frees_what_waits_for_a_lost_digest;
    again:
        what_was_given_up_is_revived_a_part_at_a_time,
        what_is_revived_has_its_schedule_again_and_patience_costs_none,
        what_was_refused_is_kept_until_it_is_taken,
        everything_is_told_again_in_order_and_nothing_twice,
        what_came_first_goes_before_what_still_waits,
        a_replay_revives_what_was_given_up,
        a_rehearsal_changes_nothing,
        a_story_is_told_again_by_the_same_article,
        the_last_event_before_a_time_is_found,
        an_endpoint_is_disabled_and_enabled_by_hand,
        an_endpoint_that_does_nothing_but_fail_is_disabled,
        a_correction_that_passes_no_more_reaches_who_was_told;
    stories:
        a_copy_joins_the_story_of_the_first,
        of_copies_published_at_once_one_is_the_original,
        an_outlet_copies_itself_into_no_story,
        what_is_told_once_is_told_by_the_first_that_passes,
        an_original_is_told_once_and_so_are_its_corrections,
        a_correction_keeps_its_story,
        a_new_headline_is_shown_to_the_others,
        a_story_outlives_its_articles_one_by_one,
        an_old_story_is_not_joined,
        a_story_that_all_print_is_found_by_few_and_stays_one,
        what_too_many_say_is_no_evidence,
        an_amended_article_is_found_by_its_new_words;
    lists:
        articles_come_newest_first_and_the_cursor_holds,
        articles_are_filtered,
        events_are_told_in_the_order_of_commits,
        a_late_event_says_what_it_said_then,
        deliveries_are_listed_by_state,
        who_was_told_long_ago_is_found_behind_much_else,
        sources_are_listed_in_parts_as_they_stand,
        counts_follow;
}
