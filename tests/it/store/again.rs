//! Telling again, and endpoints disabled and enabled.

use std::time::Duration;

use jiff::SignedDuration;
use wireroom::model::delivery::{DeliveryState, EndpointHealth, StoryTerms};
use wireroom::model::event::{EventKind, FullSubject};
use wireroom::model::id::{EndpointName, EventId};
use wireroom::store::{
    DeliveryQuery, FailedQuery, Replay, ReplayEvent, Replayed, Store, StoreError, Verdict,
};

use crate::store::deliveries::{one, revised, settle, states, test_event};
use crate::store::world::{World, desk, wire};

use DeliveryState::{Delivered, Due, Failed, Retrying, Waiting};

/// All events, in the order of their commits.
async fn events<S: Store>(w: &World<S>) -> Vec<EventId> {
    let events = w.store.events(None, 99).await.unwrap();
    events.iter().map(|event| event.id).collect()
}

fn replay<S: Store>(w: &World<S>, to: EndpointName, events: &[EventId]) -> Replay {
    let passing = |&id| ReplayEvent { id, passes: true };
    Replay {
        endpoint: to,
        events: events.iter().map(passing).collect(),
        once_a_story: false,
        now: w.now(),
        rehearsal: false,
    }
}

fn told(told: u64, waiting: u64, held_back: u64) -> Replayed {
    Replayed {
        told,
        waiting,
        held_back,
    }
}

/// Delivers all that is due; the revisions (0: of no article) in the order in which they went.
async fn deliver_all<S: Store>(w: &World<S>) -> Vec<(EndpointName, u32)> {
    let mut went = Vec::new();
    loop {
        let jobs = w.claim_deliveries(9).await;
        if jobs.is_empty() {
            return went;
        }
        for job in jobs {
            let revision = match &job.event.body {
                FullSubject::Article { article, .. } => article.revision.number,
                _ => 0,
            };
            went.push((job.delivery.endpoint.clone(), revision));
            settle(w, job, Verdict::Delivered).await;
        }
    }
}

pub(crate) async fn what_was_given_up_is_revived_a_part_at_a_time<S: Store>(w: &World<S>) {
    for _ in 0..4 {
        test_event(w, vec![desk(), wire()]).await;
        w.pass(Duration::from_secs(10));
        for job in w.claim_deliveries(9).await {
            settle(w, job, Verdict::Failed).await;
        }
    }
    let since = w.now() - SignedDuration::from_secs(20);
    let mut query = FailedQuery {
        since: Some(since),
        endpoint: Some(desk()),
        limit: 1,
        after: None,
    };
    let mut counts = Vec::new();
    loop {
        let part = w.store.revive(query.clone(), w.now()).await.unwrap();
        counts.push(part.count);
        assert!(counts.len() < 9, "it never ends");
        let Some(next) = part.next else { break };
        query.after = Some(next);
    }
    assert_eq!(
        counts.iter().sum::<u64>(),
        3,
        "{counts:?}: those of the last twenty seconds"
    );
    let [first, second] = &w.store.endpoints().await.unwrap()[..] else {
        panic!("two endpoints");
    };
    assert_eq!((first.failed, first.retrying), (1, 3));
    assert_eq!((second.failed, second.retrying), (4, 0));
    // What fails again behind the walk is not met by it a second time.
    let all = FailedQuery {
        limit: 99,
        ..FailedQuery::default()
    };
    let part = w.store.revive(all, w.now()).await.unwrap();
    assert_eq!((part.count, part.next), (5, None));
    assert_eq!(deliver_all(w).await.len(), 8);
}

pub(crate) async fn what_is_revived_has_its_schedule_again_and_patience_costs_none<S: Store>(
    w: &World<S>,
) {
    test_event(w, vec![desk()]).await;
    let begun = w.now();
    for n in 0..3 {
        let job = one(w).await;
        assert_eq!((job.delivery.tries, job.delivery.spent), (n, 0));
        let mut put_off = w.settlement(Verdict::Retry { at: w.now() });
        put_off.hold_until = Some(w.now() + SignedDuration::from_secs(1));
        w.store.settle(job.lease, put_off).await.unwrap();
        w.pass(Duration::from_secs(1));
    }
    let job = one(w).await;
    assert_eq!(job.delivery.trying_since, Some(begun));
    settle(w, job, Verdict::Retry { at: w.now() }).await;
    let job = one(w).await;
    assert_eq!((job.delivery.tries, job.delivery.spent), (4, 1));
    let id = job.lease.item;
    settle(w, job, Verdict::Failed).await;
    w.pass(Duration::from_hours(99));
    w.store.retry(id, w.now()).await.unwrap();
    let job = one(w).await;
    assert_eq!((job.delivery.tries, job.delivery.spent), (5, 0));
    assert_eq!(job.delivery.trying_since, None);
}

pub(crate) async fn what_was_refused_is_kept_until_it_is_taken<S: Store>(w: &World<S>) {
    revised(w, &["one", "two"]).await;
    let job = one(w).await;
    let id = job.lease.item;
    let mut refused = w.settlement(Verdict::Failed);
    refused.refused = Some("é".repeat(100_000));
    w.store.settle(job.lease, refused).await.unwrap();
    // It holds up nothing but itself.
    let next = one(w).await;
    assert_eq!(next.event.kind, EventKind::ArticleUpdated);
    let mut again = w.settlement(Verdict::Retry { at: w.now() });
    again.refused = Some("what is tried again is not set aside".to_owned());
    let next_id = next.lease.item;
    w.store.settle(next.lease, again).await.unwrap();
    let kept = w
        .store
        .delivery(id)
        .await
        .unwrap()
        .unwrap()
        .refused
        .unwrap();
    assert!(kept.len() <= 64 * 1024 && kept.len() > 60 * 1024 && kept.starts_with("éé"));
    assert_eq!(
        w.store.delivery(next_id).await.unwrap().unwrap().refused,
        None
    );
    w.store.retry(id, w.now()).await.unwrap();
    deliver_all(w).await;
    assert_eq!(w.store.delivery(id).await.unwrap().unwrap().refused, None);
}

pub(crate) async fn everything_is_told_again_in_order_and_nothing_twice<S: Store>(w: &World<S>) {
    revised(w, &["one", "two", "three"]).await;
    deliver_all(w).await;
    let all = events(w).await;
    for (endpoint, others) in [(wire(), desk()), (desk(), wire())] {
        let done = w
            .store
            .replay(replay(w, endpoint.clone(), &all))
            .await
            .unwrap();
        assert_eq!(done, told(3, 0, 0));
        let again = w
            .store
            .replay(replay(w, endpoint.clone(), &all))
            .await
            .unwrap();
        assert_eq!(again, told(0, 3, 0), "a second copy of what still waits");
        let went = deliver_all(w).await;
        assert!(went.iter().all(|(to, _)| *to != others), "{went:?}");
        let revisions: Vec<u32> = went.iter().map(|(_, revision)| *revision).collect();
        assert_eq!(revisions, [1, 2, 3]);
    }
    assert_eq!(events(w).await, all, "no event is a new one");
    let nobody = replay(w, EndpointName::new("nobody"), &all);
    let lost = w.store.replay(nobody).await;
    assert!(matches!(lost, Err(StoreError::NotFound { .. })), "{lost:?}");
}

pub(crate) async fn what_came_first_goes_before_what_still_waits<S: Store>(w: &World<S>) {
    revised(w, &["one", "two", "three"]).await;
    // The first was taken; the second fails for now, and the third waits for it.
    let job = one(w).await;
    settle(w, job, Verdict::Delivered).await;
    let job = one(w).await;
    let at = w.now() + SignedDuration::from_hours(1);
    settle(w, job, Verdict::Retry { at }).await;
    let all = events(w).await;
    let done = w.store.replay(replay(w, desk(), &all)).await.unwrap();
    assert_eq!(done, told(1, 2, 0));
    let went = deliver_all(w).await;
    let revisions: Vec<u32> = went.iter().map(|(_, revision)| *revision).collect();
    assert_eq!(revisions, [1, 2, 3]);
    // The same while the second is on its way: what goes first waits for it.
    w.store.replay(replay(w, desk(), &all[1..])).await.unwrap();
    let second = one(w).await;
    assert_eq!(
        w.store.replay(replay(w, desk(), &all)).await.unwrap(),
        told(1, 2, 0)
    );
    assert!(w.claim_deliveries(9).await.is_empty());
    settle(w, second, Verdict::Retry { at: w.now() }).await;
    let went = deliver_all(w).await;
    let revisions: Vec<u32> = went.iter().map(|(_, revision)| *revision).collect();
    assert_eq!(revisions, [1, 2, 3]);
    // And where both that come before it were taken.
    w.store.replay(replay(w, desk(), &all[2..])).await.unwrap();
    let done = w.store.replay(replay(w, desk(), &all)).await.unwrap();
    assert_eq!(done, told(2, 1, 0));
    let went = deliver_all(w).await;
    let revisions: Vec<u32> = went.iter().map(|(_, revision)| *revision).collect();
    assert_eq!(revisions, [1, 2, 3]);
}

pub(crate) async fn a_replay_revives_what_was_given_up<S: Store>(w: &World<S>) {
    revised(w, &["one", "two"]).await;
    let job = one(w).await;
    settle(w, job, Verdict::Failed).await;
    let job = one(w).await;
    settle(w, job, Verdict::Delivered).await;
    assert_eq!(states(w).await, [Failed, Delivered]);
    let all = events(w).await;
    let done = w.store.replay(replay(w, desk(), &all)).await.unwrap();
    assert_eq!(done, told(2, 0, 0));
    assert_eq!(states(w).await, [Retrying, Delivered, Waiting]);
    deliver_all(w).await;
}

pub(crate) async fn a_rehearsal_changes_nothing<S: Store>(w: &World<S>) {
    revised(w, &["one", "two"]).await;
    let all = events(w).await;
    let rehearsal = Replay {
        rehearsal: true,
        ..replay(w, wire(), &all)
    };
    for _ in 0..2 {
        let done = w.store.replay(rehearsal.clone()).await.unwrap();
        assert_eq!(done, told(2, 0, 0));
    }
    assert_eq!(states(w).await, [Due, Waiting]);
    assert_eq!(w.store.endpoints().await.unwrap()[1].waiting, 0);
}

pub(crate) async fn a_story_is_told_again_by_the_same_article<S: Store>(w: &World<S>) {
    let terms = StoryTerms {
        once: vec![desk()],
        ..StoryTerms::default()
    };
    for n in 1..=2 {
        let job = w.visit(&format!("https://a.example/{n}")).await;
        let mut said = w.words(&format!("text {n}"));
        said.terms = terms.clone();
        w.store.publish(job.lease, said).await.unwrap();
    }
    deliver_all(w).await;
    let all = events(w).await;
    let once = Replay {
        once_a_story: true,
        ..replay(w, desk(), &all)
    };
    assert_eq!(
        w.store.replay(once).await.unwrap(),
        told(2, 0, 0),
        "each is its own story"
    );
}

pub(crate) async fn the_last_event_before_a_time_is_found<S: Store>(w: &World<S>) {
    let begun = w.now();
    let before = async |seconds| {
        let at = begun + SignedDuration::from_secs(seconds);
        w.store.last_event_before(at).await.unwrap()
    };
    assert_eq!(before(99).await, None);
    let mut events = Vec::new();
    for _ in 0..9 {
        events.push(test_event(w, vec![desk()]).await);
        w.pass(Duration::from_secs(10));
    }
    assert_eq!(before(0).await, None);
    for seconds in 1..120 {
        let expected = usize::try_from((seconds - 1) / 10).unwrap().min(8);
        assert_eq!(before(seconds).await, Some(events[expected]), "{seconds}");
    }
}

pub(crate) async fn an_endpoint_is_disabled_and_enabled_by_hand<S: Store>(w: &World<S>) {
    test_event(w, vec![desk()]).await;
    let told = vec![desk(), wire()];
    for why in ["for the move", "for good"] {
        let (why, told) = (why.to_owned(), told.clone());
        w.store.disable(&desk(), w.now(), why, told).await.unwrap();
    }
    let alert = one(w).await;
    assert_eq!(alert.delivery.endpoint, wire(), "nobody is told of itself");
    let FullSubject::Endpoint(subject) = &alert.event.body else {
        panic!("{alert:?}");
    };
    assert_eq!(
        (subject.name.as_str(), subject.state.as_str()),
        ("desk", "disabled")
    );
    assert_eq!(subject.reason.as_deref(), Some("for the move"));
    assert!(subject.remedy().unwrap().contains("endpoints enable desk"));
    settle(w, alert, Verdict::Delivered).await;
    assert!(w.claim_deliveries(9).await.is_empty());
    let state = w.store.endpoints().await.unwrap().remove(0);
    assert_eq!((state.health, state.waiting), (EndpointHealth::Disabled, 1));
    assert_eq!(state.reason.as_deref(), Some("for good"));
    for _ in 0..2 {
        w.store
            .enable(&desk(), w.now(), told.clone())
            .await
            .unwrap();
    }
    let went = deliver_all(w).await;
    assert_eq!(
        went.len(),
        2,
        "{went:?}: what waited, and that it has recovered"
    );
    let nobody = EndpointName::new("nobody");
    let lost = w
        .store
        .disable(&nobody, w.now(), String::new(), vec![])
        .await;
    assert!(matches!(lost, Err(StoreError::NotFound { .. })), "{lost:?}");
}

pub(crate) async fn an_endpoint_that_does_nothing_but_fail_is_disabled<S: Store>(w: &World<S>) {
    test_event(w, vec![desk()]).await;
    let fail = async || {
        let job = one(w).await;
        let mut settlement = w.settlement(Verdict::Retry { at: w.now() });
        settlement.failing_after = 3;
        settlement.disable_after = Some(Duration::from_hours(120));
        settlement.alerts.disabled = vec![wire()];
        let settled = w.store.settle(job.lease, settlement).await.unwrap();
        settled.endpoint
    };
    // Two failures with a quiet week between them.
    assert_eq!(fail().await, None);
    w.pass(Duration::from_hours(200));
    assert_eq!(fail().await, None);
    let job = one(w).await;
    settle(w, job, Verdict::Delivered).await;
    test_event(w, vec![desk()]).await;
    for change in [None, None, Some(EndpointHealth::Failing), None] {
        assert_eq!(fail().await, change);
        w.pass(Duration::from_hours(39));
    }
    assert_eq!(fail().await, Some(EndpointHealth::Disabled));
    let alert = one(w).await;
    assert_eq!(alert.event.kind, EventKind::EndpointDisabled);
    settle(w, alert, Verdict::Delivered).await;
    let state = w.store.endpoints().await.unwrap().remove(0);
    let reason = state.reason.unwrap();
    assert!(
        reason.starts_with("nothing but failures since ") && reason.ends_with("500"),
        "{reason}"
    );
    assert_eq!(state.waiting, 1, "all is kept");
    // Enabled, it has its days again.
    w.store.enable(&desk(), w.now(), vec![]).await.unwrap();
    for _ in 0..2 {
        assert_eq!(fail().await, None);
    }
    assert_eq!(fail().await, Some(EndpointHealth::Failing));
}

pub(crate) async fn a_correction_that_passes_no_more_reaches_who_was_told<S: Store>(w: &World<S>) {
    let mut job = w.visit("https://a.example/1").await;
    for text in ["one", "two", "three"] {
        let mut said = w.words(text);
        said.next_look = Some(w.now());
        if text != "one" {
            said.on_updated = Vec::new();
            said.terms.if_told = vec![desk(), wire()];
        }
        w.store.publish(job.lease, said).await.unwrap();
        job = w.claim_visit().await;
    }
    assert_eq!(states(w).await, [Due, Waiting, Waiting]);
    let query = DeliveryQuery {
        limit: 9,
        ..DeliveryQuery::default()
    };
    let deliveries = w.store.deliveries(query).await.unwrap().items;
    assert!(
        deliveries.iter().all(|it| it.endpoint == desk()),
        "wire was told of nothing"
    );
    // In a replay too: the one that was told is told that its words were corrected.
    deliver_all(w).await;
    let all = events(w).await;
    let passes = |id: &EventId| *id == all[0];
    let events: Vec<_> = (all.iter())
        .map(|&id| ReplayEvent {
            id,
            passes: passes(&id),
        })
        .collect();
    let to = |endpoint| Replay {
        events: events.clone(),
        ..replay(w, endpoint, &[])
    };
    assert_eq!(w.store.replay(to(desk())).await.unwrap(), told(3, 0, 0));
    let corrections = Replay {
        events: events[1..].to_vec(),
        ..to(wire())
    };
    assert_eq!(w.store.replay(corrections).await.unwrap(), told(0, 0, 2));
    assert_eq!(w.store.replay(to(wire())).await.unwrap(), told(3, 0, 0));
    // One that was given up told nobody.
    let mut job = w.visit("https://a.example/2").await;
    for text in ["eins", "zwei"] {
        let mut said = w.words(text);
        said.next_look = Some(w.now());
        said.terms.if_told = vec![desk()];
        if text == "zwei" {
            said.on_updated = Vec::new();
        }
        w.store.publish(job.lease, said).await.unwrap();
        deliver_or_fail(w).await;
        job = w.claim_visit().await;
    }
    assert_eq!(
        states(w)
            .await
            .into_iter()
            .filter(|it| *it == Failed)
            .count(),
        1
    );
    assert!(w.claim_deliveries(9).await.is_empty());
}

/// Delivers what is known, and gives up what is new.
async fn deliver_or_fail<S: Store>(w: &World<S>) {
    loop {
        let jobs = w.claim_deliveries(9).await;
        if jobs.is_empty() {
            return;
        }
        for job in jobs {
            let FullSubject::Article { article, .. } = &job.event.body else {
                panic!("{job:?}");
            };
            let verdict = if article.revision.content.text() == "eins" {
                Verdict::Failed
            } else {
                Verdict::Delivered
            };
            settle(w, job, verdict).await;
        }
    }
}
