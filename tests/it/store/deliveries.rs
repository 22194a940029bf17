//! Deliveries: order, retries, dead workers, and endpoints that are down.

use std::collections::HashSet;
use std::time::Duration;

use jiff::SignedDuration;
use wireroom::model::delivery::{DeliveryState, EndpointHealth};
use wireroom::model::event::{Event, EventKind, FullSubject, Subject};
use wireroom::model::id::{DeliveryId, EndpointName, EventId};
use wireroom::model::trace::TraceId;
use wireroom::store::{
    DeliveryJob, DeliveryQuery, Found, Lease, Queue, Store, StoreError, Verdict,
};

use crate::store::world::{ALMOST_TTL, TTL, World, desk, found, seed, wire};

/// An article with `texts` as its revisions, told to `desk`.
pub(crate) async fn revised<S: Store>(w: &World<S>, texts: &[&str]) {
    let mut job = w.visit("https://a.example/1").await;
    for (n, text) in texts.iter().enumerate() {
        let mut said = w.words(text);
        said.next_look = Some(w.now());
        w.store.publish(job.lease, said).await.unwrap();
        job = w.claim_visit().await;
        assert_eq!(job.page.looks, u32::try_from(n).unwrap());
    }
}

pub(crate) async fn test_event<S: Store>(w: &World<S>, to: Vec<EndpointName>) -> EventId {
    let event = Event {
        id: EventId::new(w.now()),
        kind: EventKind::Test,
        at: w.now(),
        subject: Subject::Test,
        trace: None,
    };
    let id = event.id;
    w.store.announce(event, to).await.unwrap();
    id
}

pub(crate) async fn one<S: Store>(w: &World<S>) -> DeliveryJob {
    let mut jobs = w.claim_deliveries(9).await;
    assert_eq!(jobs.len(), 1, "one delivery is due");
    jobs.remove(0)
}

pub(crate) async fn settle<S: Store>(
    w: &World<S>,
    job: DeliveryJob,
    verdict: Verdict,
) -> DeliveryState {
    let settled = w
        .store
        .settle(job.lease, w.settlement(verdict))
        .await
        .unwrap();
    settled.state
}

pub(crate) async fn states<S: Store>(w: &World<S>) -> Vec<DeliveryState> {
    let query = DeliveryQuery {
        limit: 99,
        ..DeliveryQuery::default()
    };
    let mut items = w.store.deliveries(query).await.unwrap().items;
    items.reverse();
    items.iter().map(|delivery| delivery.state).collect()
}

use DeliveryState::{Delivered, Due, Failed, Retrying, Waiting};

pub(crate) async fn a_correction_waits_for_what_came_before<S: Store>(w: &World<S>) {
    revised(w, &["one", "two", "three"]).await;
    assert_eq!(states(w).await, [Due, Waiting, Waiting]);
    let job = one(w).await;
    assert_eq!(job.event.kind, EventKind::ArticleNew);
    assert!(w.claim_deliveries(9).await.is_empty());
    let at = w.now() + SignedDuration::from_secs(5);
    assert_eq!(settle(w, job, Verdict::Retry { at }).await, Retrying);
    assert!(w.claim_deliveries(9).await.is_empty());
    w.pass(Duration::from_secs(5));
    let job = one(w).await;
    assert_eq!(settle(w, job, Verdict::Delivered).await, Delivered);
    assert_eq!(states(w).await, [Delivered, Due, Waiting]);
    for (revision, text) in [(2, "two"), (3, "three")] {
        let job = one(w).await;
        let FullSubject::Article { article, previous } = &job.event.body else {
            panic!("{job:?}");
        };
        assert_eq!(article.revision.number, revision);
        assert_eq!(article.revision.content.text(), text);
        assert_eq!(previous.as_ref().unwrap().number, revision - 1);
        settle(w, job, Verdict::Delivered).await;
    }
    assert_eq!(w.store.next_due(Queue::Deliveries).await.unwrap(), None);
}

pub(crate) async fn what_was_given_up_lets_its_successor_go<S: Store>(w: &World<S>) {
    revised(w, &["one", "two"]).await;
    let job = one(w).await;
    assert_eq!(settle(w, job, Verdict::Failed).await, Failed);
    assert_eq!(states(w).await, [Failed, Due]);
    assert_eq!(one(w).await.event.kind, EventKind::ArticleUpdated);
}

pub(crate) async fn what_was_given_up_can_be_revived_in_order<S: Store>(w: &World<S>) {
    revised(w, &["one", "two", "three"]).await;
    let first = one(w).await;
    let first_id = first.lease.item;
    settle(w, first, Verdict::Failed).await;
    // Revived before its successor left: the successor waits again.
    w.store.retry(first_id, w.now()).await.unwrap();
    assert_eq!(states(w).await, [Retrying, Waiting, Waiting]);
    let first = one(w).await;
    assert_eq!((first.lease.item, first.delivery.tries), (first_id, 1));
    settle(w, first, Verdict::Failed).await;
    // Revived while its successor is on its way: it is waited for.
    let second = one(w).await;
    w.store.retry(first_id, w.now()).await.unwrap();
    assert!(w.claim_deliveries(9).await.is_empty());
    let at = w.now() + SignedDuration::from_secs(9);
    assert_eq!(settle(w, second, Verdict::Retry { at }).await, Waiting);
    let first = one(w).await;
    assert_eq!(first.lease.item, first_id);
    settle(w, first, Verdict::Delivered).await;
    assert_eq!(states(w).await, [Delivered, Retrying, Waiting]);
    // The same, and the worker that had the successor is dead.
    let second = one(w).await;
    let second_id = second.lease.item;
    settle(w, second, Verdict::Failed).await;
    let third = one(w).await;
    w.store.retry(second_id, w.now()).await.unwrap();
    w.pass(TTL);
    let second = one(w).await;
    assert_eq!(second.lease.item, second_id);
    assert!(w.claim_deliveries(9).await.is_empty());
    settle(w, second, Verdict::Delivered).await;
    let lost = w
        .store
        .settle(third.lease, w.settlement(Verdict::Delivered))
        .await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    let job = one(w).await;
    settle(w, job, Verdict::Delivered).await;
    assert_eq!(states(w).await, [Delivered; 3]);
    w.store.retry(second_id, w.now()).await.unwrap();
    assert_eq!(states(w).await, [Delivered; 3], "what is done stays done");
}

pub(crate) async fn a_delivery_is_retried_when_it_is_said<S: Store>(w: &World<S>) {
    test_event(w, vec![desk()]).await;
    let job = one(w).await;
    let at = w.now() + SignedDuration::from_mins(5);
    settle(w, job, Verdict::Retry { at }).await;
    assert_eq!(w.store.next_due(Queue::Deliveries).await.unwrap(), Some(at));
    w.pass(Duration::from_secs(299));
    assert!(w.claim_deliveries(9).await.is_empty());
    w.pass(Duration::from_secs(1));
    let job = one(w).await;
    let id = job.lease.item;
    let at = w.now() + SignedDuration::from_hours(5);
    settle(w, job, Verdict::Retry { at }).await;
    w.store.retry(id, w.now()).await.unwrap();
    assert_eq!(one(w).await.delivery.tries, 2);
    w.store.retry(id, w.now()).await.unwrap();
    assert!(w.claim_deliveries(9).await.is_empty(), "it is on its way");
}

pub(crate) async fn a_dead_worker_delays_and_loses_nothing<S: Store>(w: &World<S>) {
    test_event(w, vec![desk()]).await;
    let first = one(w).await;
    w.pass(ALMOST_TTL);
    assert!(w.claim_deliveries(9).await.is_empty());
    w.pass(Duration::from_secs(1));
    let second = one(w).await;
    assert_eq!(first.delivery, second.delivery);
    assert_eq!(first.event, second.event);
    let lost = w
        .store
        .settle(first.lease, w.settlement(Verdict::Failed))
        .await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    let again = Lease {
        ..Lease {
            item: second.lease.item,
            ..second.lease
        }
    };
    let repeated = Lease {
        item: again.item,
        token: again.token,
        until: again.until,
    };
    w.store
        .settle(again, w.settlement(Verdict::Delivered))
        .await
        .unwrap();
    let lost = w
        .store
        .settle(repeated, w.settlement(Verdict::Failed))
        .await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    assert_eq!(states(w).await, [Delivered]);
}

pub(crate) async fn an_endpoint_that_is_down_slows_no_other<S: Store>(w: &World<S>) {
    for _ in 0..1_000 {
        test_event(w, vec![desk()]).await;
    }
    w.pass(Duration::from_secs(1));
    test_event(w, vec![wire()]).await;
    let jobs = w.claim_deliveries(9).await;
    let to: Vec<_> = jobs
        .iter()
        .map(|job| job.delivery.endpoint.clone())
        .collect();
    assert_eq!(to, [desk(), wire()], "oldest first, one an endpoint");
    let busy = HashSet::from([desk()]);
    test_event(w, vec![wire()]).await;
    let jobs = w
        .store
        .claim_deliveries(w.now(), 9, TTL, &busy)
        .await
        .unwrap();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].delivery.endpoint, wire());
    let states = w.store.endpoints().await.unwrap();
    assert_eq!((states[0].waiting, states[1].waiting), (1_000, 2));
}

pub(crate) async fn an_endpoint_fails_and_recovers_once<S: Store>(w: &World<S>) {
    let kinds = async || -> Vec<EventKind> {
        let events = w.store.events(None, 99).await.unwrap();
        (events.iter().map(|event| event.kind))
            .filter(|kind| *kind != EventKind::Test)
            .collect()
    };
    test_event(w, vec![desk()]).await;
    let mut changes = Vec::new();
    for round in 0..6 {
        let job = one(w).await;
        let verdict = if round < 4 {
            Verdict::Retry { at: w.now() }
        } else {
            Verdict::Delivered
        };
        let mut settlement = w.settlement(verdict);
        settlement.failing_after = 3;
        settlement.alerts.failing = vec![wire(), desk()];
        settlement.alerts.recovered = vec![wire()];
        changes.push(
            w.store
                .settle(job.lease, settlement)
                .await
                .unwrap()
                .endpoint,
        );
        for job in w.claim_deliveries(9).await {
            if job.delivery.endpoint == wire() {
                let FullSubject::Endpoint(told) = &job.event.body else {
                    panic!("{job:?}");
                };
                assert_eq!(told.name, desk());
                w.store
                    .settle(job.lease, w.settlement(Verdict::Delivered))
                    .await
                    .unwrap();
            } else {
                w.pass(TTL);
            }
        }
        if round == 4 {
            test_event(w, vec![desk()]).await;
        }
    }
    let failing = Some(EndpointHealth::Failing);
    let healthy = Some(EndpointHealth::Healthy);
    assert_eq!(changes, [None, None, failing, None, healthy, None]);
    let told = kinds().await;
    assert_eq!(
        told,
        [EventKind::EndpointFailing, EventKind::EndpointRecovered]
    );
    let state = w.store.endpoints().await.unwrap().remove(0);
    assert_eq!((state.health, state.failures), (EndpointHealth::Healthy, 0));
    assert_eq!(state.last_success, Some(w.now()));
}

pub(crate) async fn a_disabled_endpoint_keeps_all_until_it_is_enabled<S: Store>(w: &World<S>) {
    for _ in 0..3 {
        test_event(w, vec![desk()]).await;
        w.pass(Duration::from_secs(1));
    }
    let early = one(w).await;
    let at = w.now() + SignedDuration::from_hours(9);
    settle(w, early, Verdict::Retry { at }).await;
    let job = one(w).await;
    let mut settlement = w.settlement(Verdict::Failed);
    settlement.disable = Some("it answered 410".to_owned());
    settlement.alerts.disabled = vec![wire()];
    let settled = w.store.settle(job.lease, settlement).await.unwrap();
    assert_eq!(settled.state, Waiting);
    assert_eq!(settled.endpoint, Some(EndpointHealth::Disabled));
    let alert = one(w).await;
    assert_eq!(alert.event.kind, EventKind::EndpointDisabled);
    settle(w, alert, Verdict::Delivered).await;
    w.pass(Duration::from_hours(99));
    assert!(w.claim_deliveries(9).await.is_empty());
    assert_eq!(w.store.next_due(Queue::Deliveries).await.unwrap(), None);
    assert_eq!(states(w).await[..3], [Waiting; 3]);
    let query = DeliveryQuery {
        state: Some(Waiting),
        limit: 9,
        ..DeliveryQuery::default()
    };
    assert_eq!(w.store.deliveries(query).await.unwrap().items.len(), 3);
    let state = w.store.endpoints().await.unwrap().remove(0);
    assert_eq!(
        (state.health, state.waiting, state.retrying),
        (EndpointHealth::Disabled, 3, 0)
    );
    assert_eq!(state.reason.as_deref(), Some("it answered 410"));
    w.store.enable(&desk(), w.now(), vec![]).await.unwrap();
    assert_eq!(states(w).await[..3], [Retrying, Retrying, Due]);
    for _ in 0..3 {
        let job = one(w).await;
        settle(w, job, Verdict::Delivered).await;
    }
    let state = w.store.endpoints().await.unwrap().remove(0);
    assert_eq!(
        (state.health, state.delivered),
        (EndpointHealth::Healthy, 3)
    );
}

pub(crate) async fn a_held_endpoint_is_left_alone<S: Store>(w: &World<S>) {
    test_event(w, vec![desk()]).await;
    test_event(w, vec![desk()]).await;
    let job = one(w).await;
    let until = w.now() + SignedDuration::from_mins(10);
    let mut settlement = w.settlement(Verdict::Retry { at: w.now() });
    settlement.hold_until = Some(until);
    w.store.settle(job.lease, settlement).await.unwrap();
    assert!(w.claim_deliveries(9).await.is_empty());
    assert_eq!(
        w.store.next_due(Queue::Deliveries).await.unwrap(),
        Some(until)
    );
    w.pass(Duration::from_mins(10));
    let job = one(w).await;
    // Once more, and whoever runs the receiver says that it is ready before that.
    let mut settlement = w.settlement(Verdict::Retry { at: until });
    settlement.hold_until = Some(w.now() + SignedDuration::from_hours(9));
    w.store.settle(job.lease, settlement).await.unwrap();
    assert!(w.claim_deliveries(9).await.is_empty());
    let events = w.store.stats().await.unwrap().events;
    w.store
        .enable(&desk(), w.now(), vec![wire()])
        .await
        .unwrap();
    assert_eq!(w.claim_deliveries(9).await.len(), 1);
    // It was never disabled: nobody is told of that.
    assert_eq!(w.store.stats().await.unwrap().events, events);
}

pub(crate) async fn attempts_are_kept_and_bounded<S: Store>(w: &World<S>) {
    test_event(w, vec![desk()]).await;
    for n in 0..30 {
        let job = one(w).await;
        assert_eq!(job.delivery.attempts.len(), n.min(20));
        let mut settlement = w.settlement(Verdict::Retry { at: w.now() });
        settlement.attempt.ms = n as u64;
        settlement.attempt.answer = Some("é".repeat(4_000));
        w.store.settle(job.lease, settlement).await.unwrap();
    }
    let job = one(w).await;
    assert_eq!(job.delivery.tries, 30);
    let kept: Vec<u64> = job
        .delivery
        .attempts
        .iter()
        .map(|attempt| attempt.ms)
        .collect();
    assert_eq!(kept, (10..30).collect::<Vec<_>>());
    assert!(job.delivery.attempts[0].answer.as_ref().unwrap().len() <= 1024);
}

pub(crate) async fn what_is_not_there_is_said<S: Store>(w: &World<S>) {
    let nobody = EndpointName::new("nobody");
    let lost = w.store.enable(&nobody, w.now(), vec![]).await;
    assert!(
        matches!(
            lost,
            Err(StoreError::NotFound {
                what: "endpoint",
                ..
            })
        ),
        "{lost:?}"
    );
    let lost = w.store.retry(DeliveryId::new(w.now()), w.now()).await;
    assert!(
        matches!(
            lost,
            Err(StoreError::NotFound {
                what: "delivery",
                ..
            })
        ),
        "{lost:?}"
    );
    assert_eq!(
        w.store.delivery(DeliveryId::new(w.now())).await.unwrap(),
        None
    );
    assert_eq!(w.store.event(EventId::new(w.now())).await.unwrap(), None);
    assert!(w.store.source(&seed("nobody").id).await.unwrap().is_none());
    w.store.enable(&desk(), w.now(), vec![]).await.unwrap();
}

/// A poll of the only source that lists `entries`, under a trace of its own.
async fn traced<S: Store>(w: &World<S>, entries: Vec<Found>) -> TraceId {
    let trace = TraceId::random();
    (w.store.poll_now(&seed("a").id, w.now()).await).unwrap();
    let mut job = w.poll().await;
    job.state.trace = Some(trace);
    let report = w.report(&job, entries);
    w.store.finish_poll(job.lease, report).await.unwrap();
    trace
}

pub(crate) async fn a_trace_leads_from_the_poll_to_the_delivery<S: Store>(w: &World<S>) {
    let address = "https://a.example/1";
    let first = traced(w, vec![found(address, "first")]).await;
    let job = w.claim_visit().await;
    assert_eq!(job.page.trace, first);
    // Who comes late takes the page over with its trace.
    w.pass(TTL);
    let job = w.claim_visit().await;
    assert_eq!(job.page.trace, first);
    let mut words = w.words("one");
    words.next_look = Some(w.now());
    w.store.publish(job.lease, words).await.unwrap();
    let job = one(w).await;
    assert_eq!(job.delivery.trace, first);
    let at = w.now();
    settle(w, job, Verdict::Retry { at }).await;
    let job = one(w).await;
    assert_eq!(job.delivery.trace, first, "the trace of a retry is another");
    settle(w, job, Verdict::Delivered).await;

    // A look at the page that no poll asked for belongs to the poll that found it.
    let job = w.claim_visit().await;
    assert_eq!(job.page.trace, first);
    w.store.publish(job.lease, w.words("two")).await.unwrap();
    let job = one(w).await;
    assert_eq!(job.delivery.trace, first);
    settle(w, job, Verdict::Delivered).await;

    // An entry that a later poll finds changed goes on under that poll's.
    let second = traced(w, vec![found(address, "second")]).await;
    let job = w.claim_visit().await;
    assert_eq!(job.page.trace, second);
    w.store.publish(job.lease, w.words("three")).await.unwrap();
    let job = one(w).await;
    assert_eq!(job.delivery.trace, second);
    let shown = w.store.delivery(job.delivery.id).await.unwrap().unwrap();
    assert_eq!(shown.trace, second);
    settle(w, job, Verdict::Delivered).await;

    // Nobody polled for a test: its event is its trace.
    let event = test_event(w, vec![desk()]).await;
    assert_eq!(one(w).await.delivery.trace, TraceId::of_event(event));
}
