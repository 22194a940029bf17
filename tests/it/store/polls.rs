//! Sources, what polls find, and visits.

use std::collections::HashSet;
use std::time::Duration;

use jiff::SignedDuration;
use wireroom::model::id::{Host, SourceId};
use wireroom::model::rhythm::{Yield, Yielded};
use wireroom::model::source::Validators;
use wireroom::store::{
    Acquaintance, Found, Lease, PollResult, PruneRule, Published, Queue, Reconciled, Store,
    StoreError, VisitOutcome,
};

use crate::store::world::{ALMOST_TTL, TTL, World, desk, found, seed, url, wire};

pub(crate) async fn a_source_that_goes_is_parked_and_comes_back<S: Store>(w: &World<S>) {
    w.list(vec![found("https://a.example/1", "first")]).await;
    let before = w.store.source(&seed("a").id).await.unwrap().unwrap();
    let gone = w
        .store
        .reconcile(w.now(), vec![seed("b")], vec![wire()])
        .await
        .unwrap();
    assert_eq!(
        gone,
        Reconciled {
            added: 1,
            removed: 1,
            sources: 1
        }
    );
    assert_eq!(w.store.source(&seed("a").id).await.unwrap(), None);
    assert_eq!(w.store.endpoints().await.unwrap().len(), 1);
    let lost = w.store.poll_now(&seed("a").id, w.now()).await;
    assert!(
        matches!(lost, Err(StoreError::NotFound { what: "source", .. })),
        "{lost:?}"
    );
    w.pass(Duration::from_hours(1));
    assert_eq!(
        w.poll().await.lease.item,
        seed("b").id,
        "the parked one is not due"
    );
    let endpoints = vec![desk(), wire()];
    let back = w
        .store
        .reconcile(w.now(), vec![seed("a"), seed("b")], endpoints)
        .await
        .unwrap();
    assert_eq!(
        back,
        Reconciled {
            added: 1,
            removed: 0,
            sources: 2
        }
    );
    assert_eq!(w.store.source(&seed("a").id).await.unwrap(), Some(before));
    assert_eq!(w.poll().await.lease.item, seed("a").id);
    let names: Vec<_> = w
        .store
        .endpoints()
        .await
        .unwrap()
        .into_iter()
        .map(|e| e.name)
        .collect();
    assert_eq!(names, [desk(), wire()]);
}

pub(crate) async fn a_claim_excludes_others_until_it_runs_out<S: Store>(w: &World<S>) {
    let none = HashSet::new();
    let first = w.poll().await;
    w.pass(ALMOST_TTL);
    assert!(
        w.store
            .claim_polls(w.now(), 9, TTL, &none)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        w.store.next_due(Queue::Polls).await.unwrap(),
        Some(first.lease.until)
    );
    w.pass(Duration::from_secs(1));
    let second = w.poll().await;
    assert_ne!(first.lease.token, second.lease.token);
    let report = w.report(&second, vec![found("https://a.example/1", "x")]);
    w.store.finish_poll(second.lease, report).await.unwrap();
    let first = w.claim_visit().await;
    w.pass(ALMOST_TTL);
    assert!(w.claim_visits(9).await.is_empty());
    w.pass(Duration::from_secs(1));
    assert_ne!(w.claim_visit().await.lease.token, first.lease.token);
}

pub(crate) async fn a_late_worker_changes_nothing<S: Store>(w: &World<S>) {
    let late = w.poll().await;
    w.pass(TTL);
    let next = w.poll().await;
    let mut report = w.report(&late, vec![found("https://a.example/late", "x")]);
    report.state.validators = Validators {
        etag: Some("late".to_owned()),
        last_modified: None,
    };
    let lost = w.store.finish_poll(late.lease, report).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    let state = w.store.source(&seed("a").id).await.unwrap().unwrap();
    assert_eq!(
        (state.validators, state.entries_seen),
        (Validators::default(), 0)
    );
    let report = w.report(&next, vec![found("https://a.example/1", "x")]);
    w.store.finish_poll(next.lease, report).await.unwrap();

    let late = w.claim_visit().await;
    w.pass(TTL);
    let next = w.claim_visit().await;
    let lost = w.store.publish(late.lease, w.words("late")).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    let wrong = Lease {
        token: next.lease.token ^ 1,
        ..next.lease
    };
    let lost = w
        .store
        .settle_visit(wrong, w.now(), VisitOutcome::Unchanged { next_look: None })
        .await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    assert_eq!(w.store.stats().await.unwrap().articles, 0);
}

pub(crate) async fn sources_are_claimed_in_due_order_one_a_host<S: Store>(w: &World<S>) {
    let mut seeds = Vec::new();
    for outlet in ["c", "b", "a"] {
        seeds.push(seed(outlet));
        w.store
            .reconcile(w.now(), seeds.clone(), Vec::new())
            .await
            .unwrap();
        w.pass(Duration::from_secs(1));
    }
    let mut second = seed("c");
    second.url = url("https://www.c.example/other");
    second.id = wireroom::model::id::SourceId::of(&second.outlet, "feed", &second.url);
    seeds.push(second.clone());
    w.store.reconcile(w.now(), seeds, Vec::new()).await.unwrap();
    // `a` was there first.
    let busy = HashSet::from([Host::of(&url("https://b.example/"))]);
    let jobs = w.store.claim_polls(w.now(), 9, TTL, &busy).await.unwrap();
    let names: Vec<_> = jobs.iter().map(|job| job.state.outlet.as_str()).collect();
    assert_eq!(names, ["a", "c"]);
    let jobs = w
        .store
        .claim_polls(w.now(), 1, TTL, &HashSet::new())
        .await
        .unwrap();
    assert_eq!(jobs[0].state.outlet.as_str(), "b");
    let jobs = w
        .store
        .claim_polls(w.now(), 9, TTL, &HashSet::new())
        .await
        .unwrap();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].lease.item, second.id);
}

/// The feeds of one large host that is busy must not stand in front of all others at every claim.
pub(crate) async fn a_busy_host_with_many_sources_holds_up_nobody<S: Store>(w: &World<S>) {
    let many = 300;
    let mut seeds: Vec<_> = (0..many)
        .map(|number| {
            let mut seed = seed("a");
            seed.url = url(&format!("https://large.example/{number}"));
            seed.id = SourceId::of(&seed.outlet, "feed", &seed.url);
            seed
        })
        .collect();
    w.store
        .reconcile(w.now(), seeds.clone(), vec![])
        .await
        .unwrap();
    w.pass(Duration::from_secs(1));
    seeds.push(seed("b"));
    w.store.reconcile(w.now(), seeds, vec![]).await.unwrap();
    let busy = HashSet::from([Host::new("large.example")]);
    let mut claimed = Vec::new();
    for _ in 0..4 {
        claimed.extend(w.store.claim_polls(w.now(), 10, TTL, &busy).await.unwrap());
    }
    let ids: Vec<_> = claimed.iter().map(|job| &job.lease.item).collect();
    assert_eq!(ids, [&seed("b").id]);
    // They are late by some seconds at most, and none is lost.
    let mut seen = HashSet::new();
    for _ in 0..20 {
        w.pass(Duration::from_secs(5));
        loop {
            let jobs = w
                .store
                .claim_polls(w.now(), 10, TTL, &HashSet::new())
                .await
                .unwrap();
            if jobs.is_empty() {
                break;
            }
            seen.extend(jobs.into_iter().map(|job| job.lease.item));
        }
    }
    seen.remove(&seed("b").id);
    assert_eq!(seen.len(), many);
}

pub(crate) async fn a_source_is_polled_now_and_not_twice_at_once<S: Store>(w: &World<S>) {
    let job = w.poll().await;
    w.store.poll_now(&seed("a").id, w.now()).await.unwrap();
    assert!(
        w.store
            .claim_polls(w.now(), 9, TTL, &HashSet::new())
            .await
            .unwrap()
            .is_empty()
    );
    let mut report = w.report(&job, Vec::new());
    report.state.next_poll = None;
    w.store.finish_poll(job.lease, report).await.unwrap();
    w.pass(Duration::from_hours(999));
    assert_eq!(w.store.next_due(Queue::Polls).await.unwrap(), None);
    assert!(
        w.store
            .claim_polls(w.now(), 9, TTL, &HashSet::new())
            .await
            .unwrap()
            .is_empty()
    );
    w.store.poll_now(&seed("a").id, w.now()).await.unwrap();
    assert_eq!(w.poll().await.state.next_poll, Some(w.now()));
}

pub(crate) async fn who_was_gone_and_is_configured_anew_is_asked_again<S: Store>(w: &World<S>) {
    let job = w.poll().await;
    let mut report = w.report(&job, Vec::new());
    report.state.next_poll = None;
    w.store.finish_poll(job.lease, report).await.unwrap();
    // A reload that leaves it where it is asks nobody.
    let seeds = vec![seed("a")];
    w.store
        .reconcile(w.now(), seeds.clone(), vec![])
        .await
        .unwrap();
    assert_eq!(w.store.next_due(Queue::Polls).await.unwrap(), None);
    w.store
        .reconcile(w.now(), Vec::new(), vec![])
        .await
        .unwrap();
    w.pass(Duration::from_hours(1));
    w.store.reconcile(w.now(), seeds, vec![]).await.unwrap();
    assert_eq!(w.poll().await.state.next_poll, Some(w.now()));
}

fn result(new: usize, changed: usize, known: usize) -> PollResult {
    PollResult {
        new,
        changed,
        known,
    }
}

pub(crate) async fn entries_are_new_changed_or_known<S: Store>(w: &World<S>) {
    let list = |title: &str| {
        vec![
            found("https://a.example/1", title),
            found("https://a.example/2", "other"),
        ]
    };
    assert_eq!(w.list(list("x")).await, result(2, 0, 0));
    let commits = w.store.stats().await.unwrap();
    assert_eq!((commits.pages, commits.visits_due), (2, 2));
    assert_eq!(w.list(list("x")).await, result(0, 0, 2));
    for _ in 0..2 {
        let job = w.claim_visit().await;
        let said = w.words(job.page.key.url.as_str());
        w.store.publish(job.lease, said).await.unwrap();
    }
    assert!(w.claim_visits(9).await.is_empty());
    assert_eq!(w.list(list("y")).await, result(0, 1, 1));
    let job = w.claim_visit().await;
    assert_eq!(job.page.entry.unwrap().title.as_deref(), Some("y"));
    assert_eq!(w.list(list("y")).await, result(0, 0, 2));
    let source = w.store.source(&seed("a").id).await.unwrap().unwrap();
    assert_eq!((source.entries_seen, source.articles), (2, 2));
}

pub(crate) async fn an_identifier_means_one_page<S: Store>(w: &World<S>) {
    let entry = |address: &str, title: &str, guid: &str| Found {
        guid: Some(guid.to_owned()),
        ..found(address, title)
    };
    w.list(vec![entry("https://a.example/1", "x", "tag:1")])
        .await;
    assert_eq!(
        w.list(vec![entry("https://a.example/one", "x", "tag:1")])
            .await
            .known,
        1
    );
    assert_eq!(
        w.list(vec![entry("https://a.example/one", "y", "tag:1")])
            .await
            .changed,
        1
    );
    let job = w.claim_visit().await;
    assert_eq!(job.page.key.url, url("https://a.example/1"));
    assert_eq!(
        job.page.fetch,
        url("https://a.example/one"),
        "where it stands now"
    );
    // An identifier of another outlet is another.
    let seeds = vec![seed("a"), seed("b")];
    w.store.reconcile(w.now(), seeds, Vec::new()).await.unwrap();
    let poll = w.poll().await;
    let report = w.report(&poll, vec![entry("https://b.example/1", "x", "tag:1")]);
    assert_eq!(
        w.store.finish_poll(poll.lease, report).await.unwrap().new,
        1
    );
}

pub(crate) async fn identifiers_that_number_places_are_distrusted<S: Store>(w: &World<S>) {
    // Each poll brings another article to the first place of the list, and to its identifier.
    let titles = [
        "Ministers agree on bridge fund",
        "Whale seen off the northern pier",
        "Night train comes back after years",
        "Old observatory closes for repairs",
        "Teachers learn to sign",
        "Salmon stay out at sea",
    ];
    for (n, title) in titles.into_iter().enumerate() {
        let place = Found {
            guid: Some("1".to_owned()),
            ..found(&format!("https://a.example/{n}"), title)
        };
        let source = seed("a");
        let listed = std::slice::from_ref(&place);
        let known = w.store.known(&source.outlet, &source.id, listed).await;
        assert_eq!(known.unwrap(), [Acquaintance::New], "{title}");
        let polled = w.list(vec![place.clone()]).await;
        assert_eq!((polled.new, polled.known), (1, 0), "{title}");
        let listed = [place];
        let known = w.store.known(&source.outlet, &source.id, &listed).await;
        assert_eq!(known.unwrap(), [Acquaintance::Listed], "{title}");
    }
    let source = w.store.source(&seed("a").id).await.unwrap().unwrap();
    assert!(
        source.warnings.iter().any(|it| it.contains("identifiers")),
        "{:?}",
        source.warnings
    );
}

pub(crate) async fn identifiers_that_change_are_distrusted<S: Store>(w: &World<S>) {
    for poll in 0..12 {
        let again = (0..3).map(|n| Found {
            guid: Some(format!("session-{poll}-{n}")),
            ..found(
                &format!("https://a.example/{n}"),
                &format!("Story number {n}"),
            )
        });
        let polled = w.list(again.collect()).await;
        assert_eq!(polled.new, if poll == 0 { 3 } else { 0 });
    }
    let source = w.store.source(&seed("a").id).await.unwrap().unwrap();
    assert!(
        source.warnings.iter().any(|it| it.contains("identifiers")),
        "{:?}",
        source.warnings
    );
}

pub(crate) async fn what_two_sources_say_of_a_page_is_no_change<S: Store>(w: &World<S>) {
    let mut second = seed("a");
    second.url = url("https://a.example/sport.xml");
    second.id = wireroom::model::id::SourceId::of(&second.outlet, "feed", &second.url);
    w.store
        .reconcile(w.now(), vec![seed("a"), second.clone()], Vec::new())
        .await
        .unwrap();
    for round in 0..6 {
        if round > 1 {
            let id = if round % 2 == 0 {
                &second.id
            } else {
                &seed("a").id
            };
            w.store.poll_now(id, w.now()).await.unwrap();
        }
        // One host, so one at a time, in an order that does not matter.
        let job = w.poll().await;
        let title = if job.lease.item == second.id {
            "short"
        } else {
            "long"
        };
        let listed = [found("https://a.example/1", title)];
        let known = w.store.known(&second.outlet, &job.lease.item, &listed);
        let expected = match round {
            0 => Acquaintance::New,
            1 => Acquaintance::Elsewhere,
            _ => Acquaintance::Listed,
        };
        assert_eq!(known.await.unwrap(), [expected], "round {round}");
        let report = w.report(&job, listed.to_vec());
        let done = w.store.finish_poll(job.lease, report).await.unwrap();
        assert_eq!(done.changed, 0, "round {round}, {title}");
    }
    for id in [&seed("a").id, &second.id] {
        assert_eq!(w.store.source(id).await.unwrap().unwrap().entries_seen, 1);
    }
}

pub(crate) async fn what_one_list_says_twice_counts_once<S: Store>(w: &World<S>) {
    let list = || {
        vec![
            found("https://a.example/1", "top"),
            found("https://a.example/2", "other"),
            found("https://a.example/1", "bottom"),
        ]
    };
    assert_eq!(w.list(list()).await, result(2, 0, 1));
    for _ in 0..3 {
        assert_eq!(w.list(list()).await, result(0, 0, 3));
    }
    let job = w.claim_visits(1).await.remove(0);
    assert_eq!(job.page.key.url, url("https://a.example/2"));
    assert_eq!(
        w.claim_visit().await.page.entry.unwrap().title.as_deref(),
        Some("top")
    );
}

pub(crate) async fn pages_are_visited_in_the_order_of_publication<S: Store>(w: &World<S>) {
    let pages = (0..30).map(|n| found(&format!("https://a.example/{n}"), "x"));
    w.list(pages.rev().collect()).await;
    for n in 0..30 {
        let job = w.claim_visit().await;
        assert_eq!(job.page.key.url, url(&format!("https://a.example/{n}")));
    }
    assert!(w.claim_visits(1).await.is_empty());
}

pub(crate) async fn a_long_list_is_kept_whole<S: Store>(w: &World<S>) {
    let list = |title: &str| -> Vec<Found> {
        (0..700)
            .map(|n| Found {
                guid: Some(format!("tag:{n}")),
                ..found(&format!("https://a.example/{n}"), title)
            })
            .collect()
    };
    assert_eq!(w.list(list("x")).await, result(700, 0, 0));
    assert_eq!(w.list(list("x")).await, result(0, 0, 700));
    assert_eq!(w.list(list("y")).await, result(0, 700, 0));
    let source = w.store.source(&seed("a").id).await.unwrap().unwrap();
    assert_eq!(source.entries_seen, 700);
    assert_eq!(w.store.stats().await.unwrap().visits_due, 700);
}

pub(crate) async fn a_visit_ends_in_each_way<S: Store>(w: &World<S>) {
    let job = w.visit("https://a.example/1").await;
    assert_eq!((job.page.tries, job.page.looks), (0, 0));
    let began = job.page.trying_since;
    let later = |minutes| w.now() + SignedDuration::from_mins(minutes);
    let at = later(5);
    w.store
        .settle_visit(job.lease, w.now(), VisitOutcome::Retry { at })
        .await
        .unwrap();
    assert_eq!(w.store.next_due(Queue::Visits).await.unwrap(), Some(at));
    assert!(w.claim_visits(1).await.is_empty());
    w.pass(Duration::from_mins(5));
    let job = w.claim_visit().await;
    assert_eq!((job.page.tries, job.page.trying_since), (1, began));
    let at = later(1);
    w.store
        .settle_visit(job.lease, w.now(), VisitOutcome::Defer { at })
        .await
        .unwrap();
    w.pass(Duration::from_mins(1));
    let job = w.claim_visit().await;
    assert_eq!(job.page.tries, 1);
    assert!(job.page.entry.is_some());
    let mut said = w.words("one");
    said.next_look = Some(later(15));
    said.validators.etag = Some("W/\"1\"".to_owned());
    w.store.publish(job.lease, said).await.unwrap();
    w.pass(Duration::from_mins(15));
    let job = w.claim_visit().await;
    assert_eq!((job.page.tries, job.page.looks), (0, 0));
    assert_eq!(job.page.validators.etag.as_deref(), Some("W/\"1\""));
    let next_look = Some(later(60));
    let outcome = VisitOutcome::Unchanged { next_look };
    w.store
        .settle_visit(job.lease, w.now(), outcome)
        .await
        .unwrap();
    w.pass(Duration::from_hours(1));
    let job = w.claim_visit().await;
    assert_eq!((job.page.looks, job.page.entry), (1, None));
    let reason = "robots.txt forbids it".to_owned();
    let outcome = VisitOutcome::Skipped {
        reason: reason.clone(),
        yielded: Yielded::nothing(Yield::Refused),
    };
    w.store
        .settle_visit(job.lease, w.now(), outcome)
        .await
        .unwrap();
    assert_eq!(w.store.next_due(Queue::Visits).await.unwrap(), None);
    let source = w.store.source(&seed("a").id).await.unwrap().unwrap();
    assert_eq!(source.skipped.len(), 1);
    assert_eq!(source.skipped[0].reason, reason);
    for n in 0..25 {
        let job = w.visit(&format!("https://a.example/skipped/{n}")).await;
        let outcome = VisitOutcome::Skipped {
            reason: n.to_string(),
            yielded: Yielded::nothing(Yield::Refused),
        };
        w.store
            .settle_visit(job.lease, w.now(), outcome)
            .await
            .unwrap();
    }
    let skipped = w
        .store
        .source(&seed("a").id)
        .await
        .unwrap()
        .unwrap()
        .skipped;
    assert_eq!((skipped.len(), skipped[0].reason.as_str()), (20, "24"));
}

pub(crate) async fn an_entry_that_changes_during_its_visit_is_visited_again<S: Store>(
    w: &World<S>,
) {
    let job = w.visit("https://a.example/1").await;
    assert_eq!(
        w.list(vec![found("https://a.example/1", "second")])
            .await
            .changed,
        1
    );
    assert!(w.claim_visits(1).await.is_empty(), "somebody is at it");
    let mut said = w.words("one");
    said.next_look = Some(w.now() + SignedDuration::from_hours(1));
    let done = w.store.publish(job.lease, said).await.unwrap();
    assert!(matches!(done, Published::New { .. }), "{done:?}");
    let job = w.claim_visit().await;
    assert_eq!(job.page.entry.unwrap().title.as_deref(), Some("second"));
    let outcome = VisitOutcome::Unchanged { next_look: None };
    w.store
        .settle_visit(job.lease, w.now(), outcome)
        .await
        .unwrap();
    assert_eq!(w.store.next_due(Queue::Visits).await.unwrap(), None);
}

pub(crate) async fn hosts_do_not_wait_for_each_other<S: Store>(w: &World<S>) {
    let mut list: Vec<Found> = (0..50)
        .map(|n| found(&format!("https://slow.example/{n}"), "x"))
        .collect();
    list.push(found("https://quick.example/1", "x"));
    list.push(found("https://[2001:db8::1]/1", "x"));
    w.list(list).await;
    let jobs = w.claim_visits(9).await;
    let hosts: Vec<_> = jobs.iter().map(|job| Host::of(&job.page.fetch)).collect();
    assert_eq!(
        hosts.iter().collect::<HashSet<_>>().len(),
        3,
        "one a host: {hosts:?}"
    );
    let busy = HashSet::from([Host::of(&url("https://slow.example/"))]);
    let jobs = w.store.claim_visits(w.now(), 9, TTL, &busy).await.unwrap();
    assert!(jobs.is_empty());
    assert_eq!(w.claim_visits(9).await.len(), 1);
}

pub(crate) async fn pages_of_a_source_that_went_are_left_alone<S: Store>(w: &World<S>) {
    let job = w.visit("https://a.example/stored").await;
    let mut said = w.words("one");
    said.next_look = Some(w.now());
    w.store.publish(job.lease, said).await.unwrap();
    w.list(vec![found("https://a.example/listed", "x")]).await;
    w.store
        .reconcile(w.now(), vec![seed("b")], vec![wire()])
        .await
        .unwrap();
    assert!(w.claim_visits(9).await.is_empty());
    w.store
        .reconcile(w.now(), vec![seed("a")], vec![wire()])
        .await
        .unwrap();
    w.pass(Duration::from_hours(1));
    let job = w.claim_visit().await;
    assert_eq!(job.page.key.url, url("https://a.example/listed"));
    assert!(job.page.entry.is_some());
}

pub(crate) async fn what_left_long_ago_is_forgotten<S: Store>(w: &World<S>) {
    let mut job = w.visit("https://a.example/1").await;
    for text in ["one", "two", "three"] {
        let mut said = w.words(text);
        said.next_look = Some(w.now());
        w.store.publish(job.lease, said).await.unwrap();
        job = w.claim_visit().await;
    }
    w.list(vec![found("https://a.example/2", "x")]).await;
    w.store
        .reconcile(w.now(), vec![seed("b")], vec![wire()])
        .await
        .unwrap();
    w.pass(Duration::from_hours(24 * 100));
    let rule = PruneRule {
        before: w.now() - SignedDuration::from_hours(24),
        keep_articles: 1_000,
        forget_before: w.now() - SignedDuration::from_hours(24 * 50),
        limit: 2,
    };
    for _ in 0..5 {
        w.store.prune(rule).await.unwrap();
    }
    let stats = w.store.stats().await.unwrap();
    assert_eq!(
        (stats.articles, stats.events, stats.deliveries),
        (0, 0, [0; 5])
    );
    // A visit that was under way when the source left keeps its page for now.
    assert_eq!((stats.pages, stats.visits_due), (1, 0));
    // Who comes back after that is new.
    let back = w
        .store
        .reconcile(w.now(), vec![seed("a")], vec![desk()])
        .await
        .unwrap();
    assert_eq!(back.added, 1);
    let source = w.store.source(&seed("a").id).await.unwrap().unwrap();
    assert_eq!((source.entries_seen, source.articles), (0, 0));
}

/// A host has no time for all looks that fall due, and something new is listed.
pub(crate) async fn news_goes_before_looks_that_pile_up<S: Store>(w: &World<S>) {
    let looks: Vec<Found> = (0..40)
        .map(|n| found(&format!("https://a.example/{n}"), &format!("story {n}")))
        .collect();
    w.list(looks).await;
    for n in 0..40 {
        let job = w.claim_visit().await;
        let mut said = w.words(&format!("the words of story number {n}"));
        said.next_look = Some(w.now() + SignedDuration::from_mins(30));
        w.store.publish(job.lease, said).await.unwrap();
    }
    w.pass(Duration::from_hours(1));
    let first = w.claim_visit().await;
    assert!(first.page.article.is_some());
    let news = [
        found("https://a.example/new-2", "a later story"),
        found("https://a.example/new-1", "an earlier story"),
        found("https://a.example/7", "story 7, put right"),
    ];
    w.list(news.to_vec()).await;
    let mut claimed = Vec::new();
    for _ in 0..4 {
        claimed.push(w.claim_visit().await.page);
    }
    let paths: Vec<&str> = claimed.iter().map(|page| page.key.url.path()).collect();
    assert_eq!(paths[..3], ["/7", "/new-1", "/new-2"]);
    assert!(
        claimed[3].entry.is_none(),
        "the looks have their turn after that"
    );
}

/// Looks fall due by the hundred after the news did, and the store is opened anew in between.
pub(crate) async fn news_is_found_among_looks_that_fell_due_after_it<S: Store>(w: &World<S>) {
    let addresses = 0..40;
    let listed = addresses
        .clone()
        .map(|n| found(&format!("https://a.example/{n}"), &format!("story {n}")));
    w.list(listed.collect()).await;
    for n in addresses {
        let job = w.claim_visit().await;
        let mut said = w.words(&format!("the words of story number {n}"));
        // The first two before the news, all others after it.
        said.next_look = Some(w.now() + SignedDuration::from_mins(if n < 2 { 20 } else { 40 }));
        w.store.publish(job.lease, said).await.unwrap();
    }
    w.pass(Duration::from_mins(30));
    assert!(w.claim_visit().await.page.article.is_some());
    w.list(vec![found("https://a.example/new", "a story")])
        .await;
    w.pass(Duration::from_mins(30));
    assert_eq!(w.claim_visit().await.page.key.url.path(), "/new");
    assert!(w.claim_visit().await.page.article.is_some());
}

/// An outlet's parameters to be left out are added while its pages are known.
pub(crate) async fn a_page_is_known_by_the_name_it_had_before<S: Store>(w: &World<S>) {
    let address = "https://a.example/1.html?chan=7";
    let listed = found(address, "first");
    assert_eq!(w.list(vec![listed.clone()]).await.new, 1);
    let renamed = Found {
        url: url("https://a.example/1.html"),
        ..listed
    };
    let source = seed("a");
    let known = w
        .store
        .known(&source.outlet, &source.id, std::slice::from_ref(&renamed));
    assert_eq!(known.await.unwrap(), [Acquaintance::Listed]);
    let polled = w.list(vec![renamed.clone()]).await;
    assert_eq!((polled.new, polled.known), (0, 1));
    // Whoever comes later is known by the new name.
    let later = Found {
        fetch: url("https://a.example/2.html?chan=7"),
        url: url("https://a.example/2.html"),
        ..renamed
    };
    assert_eq!(w.list(vec![later]).await.new, 1);
}
