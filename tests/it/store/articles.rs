//! Articles: one winner, revisions, keys, and forgetting.

use std::collections::HashSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use wireroom::model::article::{Block, BlockKind, Link};
use wireroom::model::delivery::DeliveryState;
use wireroom::model::event::{Event, EventKind, FullSubject, Subject};
use wireroom::model::id::EventId;
use wireroom::store::{
    ArticleQuery, DeliveryQuery, Lease, PruneRule, Published, Queue, Store, StoreError, Verdict,
};

use crate::store::world::{TTL, World, desk, found, publication, seed, url, wire};

pub(crate) async fn a_publication_is_there_with_all_that_belongs_to_it<S: Store>(w: &World<S>) {
    let job = w.visit("https://a.example/1").await;
    assert_eq!(
        job.page.entry.as_ref().unwrap().title.as_deref(),
        Some("first")
    );
    let said = w.words("one");
    let done = w.store.publish(job.lease, said.clone()).await.unwrap();
    let Published::New {
        article,
        event: Some(event),
    } = done
    else {
        panic!("{done:?}");
    };
    let stored = w.store.article(article).await.unwrap().unwrap();
    assert_eq!(stored.url, said.url);
    assert_eq!(stored.stored, w.now());
    assert_eq!(stored.revision.number, 1);
    assert_eq!(stored.revision.content, said.content);
    assert_eq!(stored.story.id.0, article.0);
    assert!(stored.story.original && stored.story.also.is_empty());
    let told = w.store.event(event).await.unwrap().unwrap();
    assert_eq!(told.kind, EventKind::ArticleNew);
    let FullSubject::Article {
        article: in_event,
        previous: None,
    } = told.body
    else {
        panic!("{told:?}");
    };
    assert_eq!(*in_event, stored);
    let deliveries = w.store.deliveries(DeliveryQuery {
        limit: 10,
        ..DeliveryQuery::default()
    });
    let deliveries = deliveries.await.unwrap().items;
    assert_eq!(deliveries.len(), 1);
    assert_eq!(
        (&deliveries[0].endpoint, deliveries[0].event),
        (&desk(), event)
    );
    assert_eq!(deliveries[0].state, DeliveryState::Due);
    let source = w.store.source(&seed("a").id).await.unwrap().unwrap();
    assert_eq!((source.entries_seen, source.articles), (1, 1));
    assert_eq!(w.claim_visits(9).await.len(), 0, "nothing is left to visit");
}

pub(crate) async fn a_quiet_page_is_stored_and_not_told<S: Store>(w: &World<S>) {
    let poll = w.poll().await;
    let mut report = w.report(&poll, vec![found("https://a.example/1", "first")]);
    report.announce = false;
    w.store.finish_poll(poll.lease, report).await.unwrap();
    let job = w.claim_visit().await;
    let mut said = w.words("one");
    said.next_look = Some(w.now());
    let done = w.store.publish(job.lease, said).await.unwrap();
    assert!(
        matches!(done, Published::New { event: None, .. }),
        "{done:?}"
    );
    assert!(w.claim_deliveries(9).await.is_empty());
    assert!(w.store.events(None, 9).await.unwrap().is_empty());
    // A correction of it is news all the same.
    let job = w.claim_visit().await;
    let done = w.store.publish(job.lease, w.words("two")).await.unwrap();
    assert!(
        matches!(done, Published::Revised { revision: 2, .. }),
        "{done:?}"
    );
    assert_eq!(w.claim_deliveries(9).await.len(), 1);
}

pub(crate) async fn of_many_that_publish_one_text_one_wins<S: Store>(w: &World<S>) {
    const PAGES: usize = 24;
    let pages = (0..PAGES).map(|n| found(&format!("https://a.example/{n}"), "x"));
    w.list(pages.collect()).await;
    let mut jobs = Vec::new();
    for _ in 0..PAGES {
        jobs.push(w.claim_visit().await);
    }
    let steps = jobs.into_iter().enumerate().map(|(n, job)| {
        let mut said = w.words("the same words");
        said.url = url(&format!("https://a.example/stored/{n}"));
        w.store.publish(job.lease, said)
    });
    let done = futures_util::future::join_all(steps).await;
    let mut ids = HashSet::new();
    let mut new = 0;
    for done in done {
        match done.unwrap() {
            Published::New { article, .. } => {
                new += 1;
                ids.insert(article);
            }
            Published::Known { article } => {
                ids.insert(article);
            }
            done @ Published::Revised { .. } => panic!("{done:?}"),
        }
    }
    assert_eq!((new, ids.len()), (1, 1));
    assert_eq!(w.claim_deliveries(99).await.len(), 1);
    assert_eq!(w.store.stats().await.unwrap().articles, 1);
}

pub(crate) async fn an_address_is_known_whatever_the_page<S: Store>(w: &World<S>) {
    let job = w.visit("https://a.example/1").await;
    let mut said = w.words("one");
    said.aliases = vec![url("https://a.example/2"), url("https://a.example/amp/1")];
    let first = w.store.publish(job.lease, said).await.unwrap();
    let Published::New { article, .. } = first else {
        panic!("{first:?}");
    };
    // By an alias that is the new page's own address.
    let job = w.visit("https://a.example/2").await;
    let done = w
        .store
        .publish(job.lease, w.words("other words"))
        .await
        .unwrap();
    assert_eq!(done, Published::Known { article });
    // By an alias that both have.
    let job = w.visit("https://a.example/3").await;
    let mut said = w.words("words again");
    said.aliases = vec![url("https://a.example/amp/1")];
    let done = w.store.publish(job.lease, said).await.unwrap();
    assert_eq!(done, Published::Known { article });
    // By what the one before brought along.
    let job = w.visit("https://a.example/4").await;
    let done = w
        .store
        .publish(job.lease, w.words("words again"))
        .await
        .unwrap();
    assert_eq!(done, Published::Known { article });
    let stored = w.store.article(article).await.unwrap().unwrap();
    assert_eq!(stored.revision.number, 1);
}

pub(crate) async fn the_same_text_at_another_outlet_is_another_article<S: Store>(w: &World<S>) {
    let job = w.visit("https://a.example/1").await;
    let one = w
        .store
        .publish(job.lease, w.words("wire copy"))
        .await
        .unwrap();
    w.store
        .reconcile(w.now(), vec![seed("a"), seed("b")], vec![desk(), wire()])
        .await
        .unwrap();
    let poll = w.poll().await;
    let report = w.report(&poll, vec![found("https://a.example/1", "first")]);
    w.store.finish_poll(poll.lease, report).await.unwrap();
    let job = w.claim_visit().await;
    let two = w
        .store
        .publish(job.lease, w.words("wire copy"))
        .await
        .unwrap();
    let (Published::New { article: one, .. }, Published::New { article: two, .. }) = (one, two)
    else {
        panic!("{one:?} {two:?}");
    };
    assert_ne!(one, two);
}

pub(crate) async fn revisions_have_no_gaps_and_never_change<S: Store>(w: &World<S>) {
    let mut job = w.visit("https://a.example/1").await;
    let texts = ["one", "two", "two", "three", "one", "four"];
    let mut id = None;
    for (n, text) in texts.into_iter().enumerate() {
        assert_eq!(job.page.looks, u32::try_from(n.saturating_sub(1)).unwrap());
        let mut said = w.words(text);
        said.next_look = Some(w.now());
        id = Some(match w.store.publish(job.lease, said).await.unwrap() {
            Published::New { article, .. }
            | Published::Revised { article, .. }
            | Published::Known { article } => article,
        });
        w.pass(Duration::from_mins(1));
        job = w.claim_visit().await;
        assert_eq!(job.page.article, id);
        assert_eq!(job.page.entry, None);
    }
    let revisions = w.store.revisions(id.unwrap()).await.unwrap();
    let said: Vec<_> = (revisions.iter())
        .map(|revision| (revision.number, revision.content.text()))
        .collect();
    let expected = ["one", "two", "three", "one", "four"].map(str::to_owned);
    assert_eq!(said, (1..).zip(expected).collect::<Vec<_>>());
    let article = w.store.article(id.unwrap()).await.unwrap().unwrap();
    assert_eq!(Some(&article.revision), revisions.last());
}

pub(crate) async fn another_page_of_an_article_corrects_nothing<S: Store>(w: &World<S>) {
    let job = w.visit("https://a.example/1").await;
    w.store.publish(job.lease, w.words("one")).await.unwrap();
    let job = w.visit("https://a.example/2").await;
    let mut said = w.words("one");
    said.next_look = Some(w.now());
    w.store.publish(job.lease, said).await.unwrap();
    let job = w.claim_visit().await;
    assert_eq!(job.page.key.url, url("https://a.example/2"));
    let done = w.store.publish(job.lease, w.words("two")).await.unwrap();
    let Published::Known { article } = done else {
        panic!("{done:?}");
    };
    assert_eq!(w.store.revisions(article).await.unwrap().len(), 1);
}

pub(crate) async fn a_step_that_is_repeated_changes_nothing<S: Store>(w: &World<S>) {
    let job = w.visit("https://a.example/1").await;
    let again = Lease {
        item: job.lease.item.clone(),
        token: job.lease.token,
        until: job.lease.until,
    };
    w.store.publish(job.lease, w.words("one")).await.unwrap();
    let before = w.store.stats().await.unwrap();
    let done = w.store.publish(again, w.words("two")).await;
    assert!(matches!(done, Err(StoreError::LeaseLost)), "{done:?}");
    let event = Event {
        id: EventId::new(w.now()),
        kind: EventKind::Test,
        at: w.now(),
        subject: Subject::Test,
        trace: None,
    };
    for _ in 0..2 {
        w.store
            .announce(event.clone(), vec![wire(), wire()])
            .await
            .unwrap();
    }
    let after = w.store.stats().await.unwrap();
    assert_eq!(after.events, before.events + 1);
    assert_eq!(after.deliveries[1], before.deliveries[1] + 1);
    assert_eq!(after.revisions, before.revisions);
}

/// Words that do not compress.
fn noise(length: usize) -> String {
    let mut state = 7_u64;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap())
        })
        .collect()
}

pub(crate) async fn a_long_article_comes_back_whole<S: Store>(w: &World<S>) {
    let mut job = w.visit("https://a.example/1").await;
    // Longer, shorter, longer: what the one before left is not in the way.
    for length in [5_000, 300_000, 9_000, 60_000] {
        let mut said = w.words(&length.to_string());
        let text = noise(length);
        said.content.blocks = vec![
            Block {
                kind: BlockKind::Item(Some(3)),
                text: text.clone(),
                links: vec![Link {
                    start: 1,
                    end: 4,
                    href: "https://b.example/".to_owned(),
                }],
            },
            Block::plain(BlockKind::Heading(2), "A subhead"),
        ];
        said.next_look = Some(w.now());
        let expected = said.content.clone();
        let done = w.store.publish(job.lease, said).await.unwrap();
        let (Published::New { article, .. } | Published::Revised { article, .. }) = done else {
            panic!("{done:?}");
        };
        let stored = w.store.article(article).await.unwrap().unwrap();
        assert!(
            stored.revision.content == expected,
            "{length} bytes are whole"
        );
        let mut entry = found("https://a.example/1", &format!("for {length}"));
        entry.entry.content = Some(noise(length));
        let said = entry.entry.clone();
        w.list(vec![entry]).await;
        job = w.claim_visit().await;
        assert!(
            job.page.entry == Some(said),
            "the entry for {length} is whole"
        );
    }
}

pub(crate) async fn an_absurd_article_is_cut_and_says_so<S: Store>(w: &World<S>) {
    let mut entry = found("https://a.example/1", "first");
    entry.entry.content = Some("x".repeat(9_000_000));
    entry.entry.categories = vec!["c".repeat(1_000); 2_000];
    entry.fetch = url(&format!("https://a.example/{}", "y".repeat(200_000)));
    entry.guid = Some("g".repeat(1_000_000));
    w.list(vec![entry]).await;
    let job = w.claim_visit().await;
    let mut said = w.words("one");
    said.content.blocks = vec![Block::plain(BlockKind::Paragraph, "z".repeat(500_000)); 40];
    said.content.tags = vec!["t".repeat(10_000); 1_000];
    let done = w.store.publish(job.lease, said).await.unwrap();
    let Published::New { article, .. } = done else {
        panic!("{done:?}");
    };
    let stored = w.store.article(article).await.unwrap().unwrap();
    assert!(stored.revision.content.partial);
    assert_eq!(stored.revision.content.blocks.len(), 4);
}

fn rule(before: Timestamp) -> PruneRule {
    PruneRule {
        before,
        keep_articles: 1_000_000,
        forget_before: Timestamp::UNIX_EPOCH,
        limit: 100,
    }
}

pub(crate) async fn what_is_pruned_is_still_known<S: Store>(w: &World<S>) {
    let job = w.visit("https://a.example/1").await;
    let mut said = w.words("one");
    said.next_look = Some(w.now());
    w.store.publish(job.lease, said).await.unwrap();
    let job = w.claim_visit().await;
    let done = w.store.publish(job.lease, w.words("two")).await.unwrap();
    let Published::Revised { article, event, .. } = done else {
        panic!("{done:?}");
    };
    for _ in 0..2 {
        let job = w.claim_deliveries(1).await.remove(0);
        let settlement = w.settlement(Verdict::Delivered);
        w.store.settle(job.lease, settlement).await.unwrap();
    }
    w.pass(Duration::from_hours(24));
    let pruned = w.store.prune(rule(w.now())).await.unwrap();
    assert_eq!(
        (pruned.articles, pruned.deliveries, pruned.more),
        (1, 2, false)
    );
    assert_eq!(w.store.article(article).await.unwrap(), None);
    assert_eq!(w.store.event(event).await.unwrap(), None);
    assert_eq!(w.store.revisions(article).await.unwrap(), []);
    let stats = w.store.stats().await.unwrap();
    assert_eq!((stats.articles, stats.revisions, stats.events), (0, 0, 0));
    assert_eq!(stats.deliveries, [0; 5]);
    // The same entry is known; said otherwise, it is visited and still no news.
    assert_eq!(
        w.list(vec![found("https://a.example/1", "first")])
            .await
            .known,
        1
    );
    assert_eq!(
        w.list(vec![found("https://a.example/1", "second")])
            .await
            .changed,
        1
    );
    let job = w.claim_visit().await;
    let done = w.store.publish(job.lease, w.words("three")).await.unwrap();
    assert_eq!(done, Published::Known { article });
    // Its text is free again for another page.
    let job = w.visit("https://a.example/2").await;
    let done = w.store.publish(job.lease, w.words("one")).await.unwrap();
    assert!(
        matches!(done, Published::Known { .. }),
        "its address was kept: {done:?}"
    );
}

pub(crate) async fn nothing_is_pruned_that_is_still_to_be_told<S: Store>(w: &World<S>) {
    for n in 0..3 {
        let job = w.visit(&format!("https://a.example/{n}")).await;
        w.store
            .publish(job.lease, w.words(&format!("text {n}")))
            .await
            .unwrap();
        w.pass(Duration::from_secs(1));
    }
    let mut jobs = w.claim_deliveries(1).await;
    let first = jobs.remove(0);
    let article = first.delivery.article.unwrap();
    w.store
        .settle(first.lease, w.settlement(Verdict::Delivered))
        .await
        .unwrap();
    w.pass(Duration::from_hours(24));
    let pruned = w.store.prune(rule(w.now())).await.unwrap();
    assert_eq!(pruned.articles, 1);
    assert_eq!(w.store.article(article).await.unwrap(), None);
    assert_eq!(w.store.stats().await.unwrap().articles, 2);
    assert_eq!(w.claim_deliveries(1).await.len(), 1);
}

pub(crate) async fn the_surplus_is_pruned_oldest_first<S: Store>(w: &World<S>) {
    for n in 0..5 {
        let job = w.visit(&format!("https://a.example/{n}")).await;
        let mut said = w.words(&format!("text {n}"));
        said.on_new = Vec::new();
        w.store.publish(job.lease, said).await.unwrap();
        w.pass(Duration::from_secs(1));
    }
    let rule = PruneRule {
        keep_articles: 2,
        limit: 2,
        ..rule(Timestamp::UNIX_EPOCH)
    };
    let pruned = w.store.prune(rule).await.unwrap();
    assert_eq!((pruned.articles, pruned.more), (2, true));
    let pruned = w.store.prune(rule).await.unwrap();
    assert_eq!((pruned.articles, pruned.more), (1, false));
    let query = ArticleQuery {
        limit: 9,
        ..ArticleQuery::default()
    };
    let left = w.store.articles(query).await.unwrap().items;
    let left: Vec<_> = left
        .iter()
        .map(|article| article.revision.content.text())
        .collect();
    assert_eq!(left, ["text 4", "text 3"]);
}

pub(crate) async fn an_identity_is_forgotten_long_after<S: Store>(w: &World<S>) {
    for name in ["gone", "listed"] {
        let mut entry = found(&format!("https://a.example/{name}"), "first");
        entry.guid = Some(name.to_owned());
        w.list(vec![entry]).await;
        let job = w.claim_visit().await;
        let mut said = publication(w.now(), name);
        said.on_new = Vec::new();
        w.store.publish(job.lease, said).await.unwrap();
    }
    let listed = || {
        let mut entry = found("https://a.example/listed", "first");
        entry.guid = Some("listed".to_owned());
        entry
    };
    for _ in 0..30 {
        w.pass(Duration::from_hours(24));
        assert_eq!(w.list(vec![listed()]).await.known, 1);
    }
    let rule = PruneRule {
        forget_before: w.now() - SignedDuration::from_hours(24),
        ..rule(w.now())
    };
    w.store.prune(rule).await.unwrap();
    w.store.prune(rule).await.unwrap();
    assert_eq!(w.store.stats().await.unwrap().pages, 1);
    assert_eq!(w.list(vec![listed()]).await.known, 1);
    assert_eq!(
        w.list(vec![found("https://a.example/gone", "first")])
            .await
            .new,
        1
    );
    // Nobody wrote to it: the page that is due is the forgotten one.
    assert!(w.store.next_due(Queue::Visits).await.unwrap().is_some());
    assert_eq!(
        w.store
            .claim_visits(w.now(), 9, TTL, &HashSet::new())
            .await
            .unwrap()
            .len(),
        1
    );
}
