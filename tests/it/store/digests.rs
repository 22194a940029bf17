//! Digests: gathered until an hour, bound once, told under one name, ended together.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use wireroom::config::digest::Every;
use wireroom::model::delivery::{Delivery, DeliveryState};
use wireroom::model::event::{Event, EventKind, FullEvent, FullSubject, Subject};
use wireroom::model::id::{DeliveryId, EventId};
use wireroom::store::{
    DeliveryJob, DeliveryQuery, Gathering, PruneRule, Queue, Store, StoreError, Verdict,
};

use crate::store::world::{TTL, World, desk, wire};

use DeliveryState::{Delivered, Due, Failed, Retrying, Waiting};

const QUARTER: Duration = Duration::from_mins(15);

/// `desk` is told every quarter of an hour, at most `most` at a time.
async fn gathers<S: Store>(w: &World<S>, most: usize) {
    let rule = Gathering {
        endpoint: desk(),
        every: Every::Span(QUARTER),
        most,
    };
    w.store.gather(w.now(), vec![rule]).await.unwrap();
}

/// The quarter that comes next.
fn quarter<S>(w: &World<S>) -> Timestamp
where
    S: Store,
{
    let second = w.now().as_second();
    Timestamp::from_second(second - second.rem_euclid(900) + 900).unwrap()
}

/// To a second after it: what comes up then is for the next.
fn pass_quarter<S: Store>(w: &World<S>) {
    let left = quarter(w).duration_since(w.now());
    w.pass(Duration::try_from(left).unwrap() + Duration::from_secs(1));
}

/// An article that is told to `desk`.
async fn publish<S: Store>(w: &World<S>, text: &str) {
    let url = format!("https://a.example/{}", text.replace(' ', "-"));
    let job = w.visit(&url).await;
    w.store.publish(job.lease, w.words(text)).await.unwrap();
}

/// An article with these revisions, all told to `desk`; the page is left claimed.
async fn revise<S: Store>(w: &World<S>, texts: &[&str]) -> wireroom::store::VisitJob {
    let mut job = w.visit("https://a.example/revised").await;
    for text in texts {
        let mut said = w.words(text);
        said.next_look = Some(w.now());
        w.store.publish(job.lease, said).await.unwrap();
        job = w.claim_visit().await;
    }
    job
}

async fn test_event<S: Store>(w: &World<S>, to: wireroom::model::id::EndpointName) {
    let event = Event {
        id: EventId::new(w.now()),
        kind: EventKind::Test,
        at: w.now(),
        subject: Subject::Test,
        trace: None,
    };
    w.store.announce(event, vec![to]).await.unwrap();
}

async fn one<S: Store>(w: &World<S>) -> DeliveryJob {
    let mut jobs = w.claim_deliveries(9).await;
    assert_eq!(jobs.len(), 1, "one delivery is due");
    jobs.remove(0)
}

async fn nothing<S: Store>(w: &World<S>) {
    let jobs = w.claim_deliveries(9).await;
    assert!(jobs.is_empty(), "{jobs:?}");
}

async fn settle<S: Store>(w: &World<S>, job: DeliveryJob, verdict: Verdict) -> DeliveryState {
    let settled = w.store.settle(job.lease, w.settlement(verdict)).await;
    settled.unwrap().state
}

async fn deliveries<S: Store>(w: &World<S>) -> Vec<Delivery> {
    let query = DeliveryQuery {
        limit: 999,
        ..DeliveryQuery::default()
    };
    let mut items = w.store.deliveries(query).await.unwrap().items;
    items.reverse();
    items
}

async fn states<S: Store>(w: &World<S>) -> Vec<DeliveryState> {
    deliveries(w).await.iter().map(|it| it.state).collect()
}

/// The texts of a digest's members, in order.
fn texts(event: &FullEvent) -> Vec<String> {
    let FullSubject::Digest(digest) = &event.body else {
        panic!("{event:?} is no digest");
    };
    assert_eq!(event.kind, EventKind::Digest);
    let members = digest.members.iter().map(|member| match &member.body {
        FullSubject::Article { article, .. } => article.revision.content.text(),
        FullSubject::Source(_)
        | FullSubject::Endpoint(_)
        | FullSubject::Test
        | FullSubject::Digest(_) => panic!("{member:?}"),
    });
    members.collect()
}

pub(crate) async fn what_is_gathered_is_told_in_one_at_its_hour<S: Store>(w: &World<S>) {
    gathers(w, 9).await;
    let hour = quarter(w);
    for text in ["one", "two", "three"] {
        publish(w, text).await;
        nothing(w).await;
    }
    assert_eq!(
        w.store.next_due(Queue::Deliveries).await.unwrap(),
        Some(hour)
    );
    for delivery in deliveries(w).await {
        let place = delivery.digest.unwrap();
        assert_eq!((place.at, place.delivery), (hour, None));
        assert_eq!((delivery.state, delivery.next_attempt), (Due, Some(hour)));
    }
    pass_quarter(w);
    let job = one(w).await;
    assert_eq!(texts(&job.event), ["one", "two", "three"]);
    let digest = job.lease.item;
    assert_eq!(states(w).await, [Waiting, Waiting, Waiting, Due]);
    for delivery in &deliveries(w).await[..3] {
        let place = delivery.digest.unwrap();
        assert_eq!((place.at, place.delivery), (hour, Some(digest)));
    }
    nothing(w).await;
    assert_eq!(w.store.check().await.unwrap().faults, Vec::<String>::new());
    assert_eq!(settle(w, job, Verdict::Delivered).await, Delivered);
    assert_eq!(states(w).await, [Delivered; 4]);
    assert_eq!(w.store.next_due(Queue::Deliveries).await.unwrap(), None);
    // Nothing came up: nothing is told.
    pass_quarter(w);
    nothing(w).await;
    // It is a way of delivery, and no news.
    let told = w.store.events(None, 99).await.unwrap();
    assert_eq!(told.len(), 3);
    assert!(told.iter().all(|event| event.kind == EventKind::ArticleNew));
}

pub(crate) async fn who_gathers_holds_up_nobody_else<S: Store>(w: &World<S>) {
    gathers(w, 9).await;
    let job = w.visit("https://a.example/1").await;
    let mut said = w.words("one");
    said.on_new = vec![desk(), wire()];
    w.store.publish(job.lease, said).await.unwrap();
    let job = one(w).await;
    assert_eq!(job.delivery.endpoint, wire());
    assert_eq!(job.event.kind, EventKind::ArticleNew);
    settle(w, job, Verdict::Delivered).await;
    // A test is for who waits before the screen.
    test_event(w, desk()).await;
    let job = one(w).await;
    assert_eq!(job.event.kind, EventKind::Test);
    settle(w, job, Verdict::Delivered).await;
    pass_quarter(w);
    assert_eq!(texts(&one(w).await.event), ["one"]);
}

pub(crate) async fn an_article_is_told_with_its_corrections<S: Store>(w: &World<S>) {
    gathers(w, 1).await;
    revise(w, &["one", "two", "three"]).await;
    publish(w, "other").await;
    assert_eq!(states(w).await, [Due, Waiting, Waiting, Due]);
    pass_quarter(w);
    // All that became of an article is one of the digest's articles.
    let job = one(w).await;
    assert_eq!(texts(&job.event), ["one", "two", "three"]);
    let second = one(w).await;
    assert_eq!(texts(&second.event), ["other"]);
    assert_ne!(job.event.id, second.event.id);
    settle(w, second, Verdict::Delivered).await;
    settle(w, job, Verdict::Delivered).await;
    assert_eq!(states(w).await, [Delivered; 6]);
}

pub(crate) async fn a_correction_of_what_is_under_way_goes_in_the_next<S: Store>(w: &World<S>) {
    gathers(w, 9).await;
    let page = revise(w, &["one"]).await;
    pass_quarter(w);
    let job = one(w).await;
    let mut said = w.words("two");
    said.next_look = Some(w.now());
    w.store.publish(page.lease, said).await.unwrap();
    nothing(w).await;
    settle(w, job, Verdict::Delivered).await;
    nothing(w).await;
    let kinds: Vec<EventKind> = deliveries(w).await.iter().map(|it| it.kind).collect();
    let (digest, correction) = (EventKind::Digest, EventKind::ArticleUpdated);
    assert_eq!(kinds, [EventKind::ArticleNew, digest, correction]);
    assert_eq!(states(w).await, [Delivered, Delivered, Due]);
    pass_quarter(w);
    let job = one(w).await;
    assert_eq!(texts(&job.event), ["two"]);
    // What is given up lets its successor go, which again waits for its hour.
    let page = w.claim_visit().await;
    w.store.publish(page.lease, w.words("three")).await.unwrap();
    settle(w, job, Verdict::Failed).await;
    nothing(w).await;
    pass_quarter(w);
    assert_eq!(texts(&one(w).await.event), ["three"]);
}

pub(crate) async fn a_dead_worker_leaves_the_same_digest<S: Store>(w: &World<S>) {
    gathers(w, 9).await;
    publish(w, "one").await;
    publish(w, "two").await;
    pass_quarter(w);
    let first = one(w).await;
    publish(w, "three").await;
    w.pass(TTL);
    let second = one(w).await;
    assert_eq!(first.event, second.event);
    let lost = w.store.trim_digest(&first.lease, 1).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    let late = w.settlement(Verdict::Failed);
    let lost = w.store.settle(first.lease, late).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    w.store.take_over(w.now()).await.unwrap();
    let third = one(w).await;
    assert_eq!(second.event, third.event);
    settle(w, third, Verdict::Delivered).await;
    nothing(w).await;
    pass_quarter(w);
    assert_eq!(texts(&one(w).await.event), ["three"]);
}

pub(crate) async fn a_digest_is_tried_again_as_it_was<S: Store>(w: &World<S>) {
    gathers(w, 9).await;
    publish(w, "one").await;
    pass_quarter(w);
    let job = one(w).await;
    let event = job.event.clone();
    let at = w.now() + SignedDuration::from_mins(20);
    assert_eq!(settle(w, job, Verdict::Retry { at }).await, Retrying);
    assert_eq!(states(w).await, [Waiting, Retrying]);
    publish(w, "two").await;
    pass_quarter(w);
    // One that is not taken holds up no other.
    let next = one(w).await;
    assert_eq!(texts(&next.event), ["two"]);
    settle(w, next, Verdict::Delivered).await;
    w.pass(Duration::from_mins(5));
    let again = one(w).await;
    assert_eq!(again.event, event);
    assert_eq!(again.delivery.tries, 1);
    settle(w, again, Verdict::Delivered).await;
    assert_eq!(states(w).await, [Delivered; 4]);
}

pub(crate) async fn what_was_given_up_is_sent_again_whole<S: Store>(w: &World<S>) {
    gathers(w, 9).await;
    let page = revise(w, &["one"]).await;
    publish(w, "other").await;
    pass_quarter(w);
    let job = one(w).await;
    let (digest, event) = (job.lease.item, job.event.clone());
    settle(w, job, Verdict::Failed).await;
    assert_eq!(states(w).await, [Failed; 3]);
    // Whichever is sent for, all go again under the one name, and no other way.
    let members: Vec<DeliveryId> = deliveries(w).await.iter().map(|it| it.id).collect();
    assert_eq!(members[2], digest);
    for delivery in &members {
        w.store.retry(*delivery, w.now()).await.unwrap();
        assert_eq!(states(w).await, [Waiting, Waiting, Retrying]);
    }
    let again = one(w).await;
    assert_eq!(again.event, event);
    nothing(w).await;
    // What comes after it waits for it.
    w.store.publish(page.lease, w.words("two")).await.unwrap();
    pass_quarter(w);
    let next = one(w).await;
    assert_eq!(next.event, event, "the lease ran out");
    nothing(w).await;
    settle(w, next, Verdict::Delivered).await;
    nothing(w).await;
    pass_quarter(w);
    let last = one(w).await;
    assert_eq!(texts(&last.event), ["two"]);
    settle(w, last, Verdict::Delivered).await;
    assert!(states(w).await.iter().all(|state| *state == Delivered));
}

pub(crate) async fn what_has_no_room_goes_in_the_next_at_once<S: Store>(w: &World<S>) {
    gathers(w, 9).await;
    publish(w, "one").await;
    revise(w, &["two", "three"]).await;
    publish(w, "four").await;
    pass_quarter(w);
    let first = one(w).await;
    assert_eq!(texts(&first.event), ["one", "two", "three", "four"]);
    w.store.trim_digest(&first.lease, 1).await.unwrap();
    assert_eq!(w.store.check().await.unwrap().faults, Vec::<String>::new());
    let second = one(w).await;
    assert_eq!(texts(&second.event), ["two", "three", "four"]);
    w.store.trim_digest(&second.lease, 2).await.unwrap();
    let third = one(w).await;
    assert_eq!(texts(&third.event), ["four"]);
    w.store.trim_digest(&third.lease, 0).await.unwrap();
    nothing(w).await;
    // As they were parted they stay, whoever sends them.
    w.pass(TTL);
    for expected in [&["one"][..], &["two", "three"], &["four"]] {
        let job = one(w).await;
        assert_eq!(texts(&job.event), expected);
        settle(w, job, Verdict::Delivered).await;
    }
    assert_eq!(states(w).await, [Delivered; 7]);
}

pub(crate) async fn what_is_told_again_goes_on_where_a_digest_was_parted<S: Store>(w: &World<S>) {
    let page = revise(w, &["old"]).await;
    let failed = one(w).await;
    let old = failed.lease.item;
    settle(w, failed, Verdict::Failed).await;
    gathers(w, 9).await;
    publish(w, "other").await;
    w.store.publish(page.lease, w.words("new")).await.unwrap();
    pass_quarter(w);
    let digest = one(w).await;
    assert_eq!(texts(&digest.event), ["other", "new"]);
    // It waits for the correction, which is bound; then the correction is not.
    w.store.retry(old, w.now()).await.unwrap();
    nothing(w).await;
    w.store.trim_digest(&digest.lease, 1).await.unwrap();
    let again = one(w).await;
    assert_eq!(again.lease.item, old);
    settle(w, again, Verdict::Delivered).await;
    settle(w, digest, Verdict::Delivered).await;
    pass_quarter(w);
    assert_eq!(texts(&one(w).await.event), ["new"]);
}

pub(crate) async fn a_correction_is_one_of_what_was_taken<S: Store>(w: &World<S>) {
    gathers(w, 9).await;
    let mut page = w.visit("https://a.example/revised").await;
    let mut told = Vec::new();
    for (text, verdict) in [
        ("one", Verdict::Failed),
        ("two", Verdict::Delivered),
        ("three", Verdict::Failed),
        ("four", Verdict::Delivered),
    ] {
        let mut said = w.words(text);
        said.next_look = Some(w.now());
        w.store.publish(page.lease, said).await.unwrap();
        pass_quarter(w);
        page = w.claim_visit().await;
        let digest = one(w).await;
        let FullSubject::Digest(members) = &digest.event.body else {
            panic!("{digest:?}");
        };
        let [member] = &members.members[..] else {
            panic!("{members:?}");
        };
        let FullSubject::Article { previous, .. } = &member.body else {
            panic!("{member:?}");
        };
        let previous = previous.as_ref().map(|it| it.number);
        told.push((member.kind, previous));
        settle(w, digest, verdict).await;
    }
    let (new, updated) = (EventKind::ArticleNew, EventKind::ArticleUpdated);
    let wanted = [
        (new, None),
        (new, None),
        (updated, Some(2)),
        (updated, Some(2)),
    ];
    assert_eq!(told, wanted);
}

pub(crate) async fn an_hour_that_was_missed_is_made_up_for<S: Store>(w: &World<S>) {
    gathers(w, 9).await;
    publish(w, "one").await;
    // Nobody looked before the hour, nor at it.
    w.pass(QUARTER * 3);
    publish(w, "two").await;
    assert_eq!(texts(&one(w).await.event), ["one"]);
    nothing(w).await;
    pass_quarter(w);
    assert_eq!(texts(&one(w).await.event), ["one"], "its lease ran out");
    assert_eq!(texts(&one(w).await.event), ["two"]);
}

pub(crate) async fn another_rhythm_holds_for_what_waits<S: Store>(w: &World<S>) {
    gathers(w, 9).await;
    publish(w, "one").await;
    pass_quarter(w);
    let begun = one(w).await;
    let event = begun.event.clone();
    publish(w, "two").await;
    nothing(w).await;
    let daily = Every::parse("daily 08:00", Some("Europe/Kyiv")).unwrap();
    let rule = Gathering {
        endpoint: desk(),
        every: daily,
        most: 9,
    };
    w.store.gather(w.now(), vec![rule.clone()]).await.unwrap();
    w.store.gather(w.now(), vec![rule]).await.unwrap();
    nothing(w).await;
    let morning: Timestamp = "2025-06-16T05:00:00Z".parse().unwrap();
    assert_eq!(deliveries(w).await[2].next_attempt, Some(morning));
    // Everything by itself again, but for what was begun.
    w.store.gather(w.now(), Vec::new()).await.unwrap();
    let single = one(w).await;
    assert_eq!(single.event.kind, EventKind::ArticleNew);
    assert_eq!(single.delivery.digest, None);
    settle(w, single, Verdict::Delivered).await;
    w.pass(TTL);
    let again = one(w).await;
    assert_eq!(again.event, event);
    settle(w, again, Verdict::Delivered).await;
    assert_eq!(states(w).await, [Delivered; 3]);
}

pub(crate) async fn what_was_begun_by_itself_goes_on_by_itself<S: Store>(w: &World<S>) {
    let page = revise(w, &["one"]).await;
    let job = one(w).await;
    let at = w.now() + SignedDuration::from_secs(5);
    settle(w, job, Verdict::Retry { at }).await;
    gathers(w, 9).await;
    w.store.publish(page.lease, w.words("two")).await.unwrap();
    w.pass(Duration::from_secs(5));
    // It may have arrived: it is told under no second name.
    let job = one(w).await;
    assert_eq!(job.event.kind, EventKind::ArticleNew);
    settle(w, job, Verdict::Delivered).await;
    nothing(w).await;
    pass_quarter(w);
    assert_eq!(texts(&one(w).await.event), ["two"]);
}

pub(crate) async fn a_disabled_endpoint_keeps_its_digest<S: Store>(w: &World<S>) {
    gathers(w, 9).await;
    publish(w, "one").await;
    pass_quarter(w);
    let job = one(w).await;
    let event = job.event.clone();
    let mut settlement = w.settlement(Verdict::Failed);
    settlement.disable = Some("it answered 410".to_owned());
    w.store.settle(job.lease, settlement).await.unwrap();
    publish(w, "two").await;
    w.pass(QUARTER);
    nothing(w).await;
    assert_eq!(states(w).await, [Waiting; 3]);
    w.store.enable(&desk(), w.now(), Vec::new()).await.unwrap();
    let mut jobs = [one(w).await, one(w).await];
    jobs.sort_by_key(|job| job.event.id);
    assert_eq!(jobs[0].event, event);
    assert_eq!(texts(&jobs[1].event), ["two"]);
}

pub(crate) async fn a_digest_holds_so_many_and_no_more<S: Store>(w: &World<S>) {
    gathers(w, 4).await;
    for n in 0..11 {
        publish(w, &format!("text {n}")).await;
    }
    pass_quarter(w);
    let mut told = Vec::new();
    for size in [4, 4, 3] {
        let job = one(w).await;
        let texts = texts(&job.event);
        assert_eq!(texts.len(), size);
        told.extend(texts);
        settle(w, job, Verdict::Delivered).await;
    }
    nothing(w).await;
    let all: Vec<String> = (0..11).map(|n| format!("text {n}")).collect();
    assert_eq!(told, all, "in the order in which they came up");
    let state = w.store.endpoints().await.unwrap().remove(0);
    assert_eq!((state.waiting, state.delivered), (0, 14));
}

pub(crate) async fn what_a_digest_carries_is_not_pruned<S: Store>(w: &World<S>) {
    gathers(w, 9).await;
    publish(w, "one").await;
    pass_quarter(w);
    let job = one(w).await;
    let digest = job.lease.item;
    w.pass(Duration::from_hours(999));
    let rule = PruneRule {
        before: w.now(),
        keep_articles: 0,
        forget_before: Timestamp::UNIX_EPOCH,
        limit: 99,
    };
    assert_eq!(w.store.prune(rule).await.unwrap().articles, 0);
    let job = {
        drop(job);
        one(w).await
    };
    settle(w, job, Verdict::Failed).await;
    // What was given up may be forgotten; whoever sends it again hears that it is.
    assert_eq!(w.store.check().await.unwrap().faults, Vec::<String>::new());
    w.store.retry(digest, w.now()).await.unwrap();
    assert_eq!(texts(&one(w).await.event), ["one"]);
}

pub(crate) async fn an_endpoint_that_left_takes_its_digest_with_it<S: Store>(w: &World<S>) {
    gathers(w, 9).await;
    publish(w, "one").await;
    pass_quarter(w);
    drop(one(w).await);
    publish(w, "two").await;
    nothing(w).await;
    let seeds = vec![crate::store::world::seed("a")];
    w.store
        .reconcile(w.now(), seeds, vec![wire()])
        .await
        .unwrap();
    w.pass(Duration::from_hours(99));
    let rule = PruneRule {
        before: Timestamp::UNIX_EPOCH,
        keep_articles: 99,
        forget_before: w.now(),
        limit: 99,
    };
    w.store.prune(rule).await.unwrap();
    assert_eq!(states(w).await, [Failed, Failed, Failed]);
}

pub(crate) async fn a_repair_frees_what_waits_for_a_lost_digest<S: Store>(w: &World<S>) {
    gathers(w, 9).await;
    publish(w, "one").await;
    publish(w, "two").await;
    pass_quarter(w);
    let job = one(w).await;
    let digest = job.event.id;
    // Nothing is lost: what is sound stays as it is.
    let report = w.store.repair(w.now()).await.unwrap();
    assert_eq!(report.mended, Vec::<String>::new());
    settle(w, job, Verdict::Delivered).await;
    assert!(w.store.event(digest).await.unwrap().is_some());
}
