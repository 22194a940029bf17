//! What is read back: lists, cursors, filters, counts.

use std::collections::HashSet;
use std::time::Duration;

use wireroom::model::delivery::DeliveryState;
use wireroom::model::event::{Event, EventKind, FullSubject, Subject};
use wireroom::model::id::OutletName;
use wireroom::model::id::{EndpointName, EventId};
use wireroom::model::source::SourceHealth;
use wireroom::store::{
    ArticleQuery, Cursor, DeliveryQuery, Published, SourceOrder, SourceQuery, Store, StoreError,
    Verdict,
};

use crate::store::world::{TTL, World, desk, found, seed, wire};

/// Stores an article that says `text`.
async fn store<S: Store>(w: &World<S>, text: &str) -> Published {
    let job = w.visit(&format!("https://a.example/{text}")).await;
    w.store.publish(job.lease, w.words(text)).await.unwrap()
}

async fn texts<S: Store>(w: &World<S>, query: ArticleQuery) -> (Vec<String>, Option<Cursor>) {
    let page = w.store.articles(query).await.unwrap();
    let texts = page
        .items
        .iter()
        .map(|article| article.revision.content.text());
    (texts.collect(), page.next)
}

fn first(limit: usize) -> ArticleQuery {
    ArticleQuery {
        limit,
        ..ArticleQuery::default()
    }
}

pub(crate) async fn articles_come_newest_first_and_the_cursor_holds<S: Store>(w: &World<S>) {
    for n in 0..5 {
        // Two in one second: the order of storing holds within it.
        w.pass(Duration::from_secs(n % 2));
        store(w, &n.to_string()).await;
    }
    let (page, next) = texts(w, first(2)).await;
    assert_eq!(page, ["4", "3"]);
    store(w, "5").await;
    let (page, next) = texts(
        w,
        ArticleQuery {
            cursor: next,
            ..first(2)
        },
    )
    .await;
    assert_eq!(page, ["2", "1"]);
    let (page, next) = texts(
        w,
        ArticleQuery {
            cursor: next,
            ..first(2)
        },
    )
    .await;
    assert_eq!((page, next), (vec!["0".to_owned()], None));
    // Against the order, from the end or from a place on: the same places.
    let mut places = Vec::new();
    for limit in 1..6 {
        places.extend(texts(w, first(limit)).await.1);
    }
    places.reverse();
    let rising = async |from: Option<Cursor>, limit| w.store.rising(None, from, limit).await;
    assert_eq!(rising(None, 9).await.unwrap()[1..], places);
    assert_eq!(
        rising(Some(places[1].clone()), 2).await.unwrap(),
        places[1..3]
    );
    let outlet = Some(OutletName::new("nobody"));
    assert_eq!(w.store.rising(outlet, None, 9).await.unwrap(), []);
    let nowhere = rising(Some(Cursor(vec![1, 2, 3])), 1).await;
    assert!(matches!(nowhere, Err(StoreError::NotFound { .. })));
    let (page, next) = texts(w, first(6)).await;
    assert_eq!(
        (page.len(), next),
        (6, None),
        "no cursor where nothing follows"
    );
    let forged = ArticleQuery {
        cursor: Some(Cursor(vec![1, 2, 3])),
        ..first(2)
    };
    let refused = w.store.articles(forged).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })));
}

pub(crate) async fn articles_are_filtered<S: Store>(w: &World<S>) {
    let began = w.now();
    for (text, language) in [
        ("Uno dos", "es-MX"),
        ("One two", "en"),
        ("Two three", "EN-gb"),
    ] {
        let job = w
            .visit(&format!("https://a.example/{}", text.replace(' ', "-")))
            .await;
        let mut said = w.words(text);
        said.content.language = Some(language.to_owned());
        w.store.publish(job.lease, said).await.unwrap();
        w.list(Vec::new()).await;
        w.pass(Duration::from_secs(10));
    }
    let check = async |query: ArticleQuery, expected: &[&str]| {
        assert_eq!(texts(w, query.clone()).await.0, expected, "{query:?}");
    };
    let language = |tag: &str| ArticleQuery {
        language: Some(tag.to_owned()),
        ..first(9)
    };
    check(language("en"), &["Two three", "One two"]).await;
    check(language("es"), &["Uno dos"]).await;
    let words = |words: &[&str]| ArticleQuery {
        words: words.iter().map(|&word| word.to_owned()).collect(),
        ..first(9)
    };
    check(words(&["TWO"]), &["Two three", "One two"]).await;
    check(words(&["two", "one"]), &["One two"]).await;
    check(words(&["on two"]), &["Two three"]).await;
    let second = began + Duration::from_secs(10);
    check(
        ArticleQuery {
            since: Some(second),
            ..first(9)
        },
        &["Two three", "One two"],
    )
    .await;
    check(
        ArticleQuery {
            until: Some(second),
            ..first(9)
        },
        &["Uno dos"],
    )
    .await;
    let outlet = |name: &str| ArticleQuery {
        outlet: Some(OutletName::new(name)),
        ..first(2)
    };
    check(outlet("a"), &["Two three", "One two"]).await;
    check(outlet("b"), &[]).await;
    let (_, next) = texts(w, outlet("a")).await;
    check(
        ArticleQuery {
            cursor: next,
            ..outlet("a")
        },
        &["Uno dos"],
    )
    .await;
}

pub(crate) async fn events_are_told_in_the_order_of_commits<S: Store>(w: &World<S>) {
    let mut expected = Vec::new();
    for n in 0..20 {
        let Published::New {
            event: Some(event), ..
        } = store(w, &n.to_string()).await
        else {
            panic!("it is new");
        };
        expected.push(event);
    }
    let all = w.store.events(None, 99).await.unwrap();
    assert_eq!(
        all.iter().map(|event| event.id).collect::<Vec<_>>(),
        expected
    );
    let some = w.store.events(Some(expected[4]), 3).await.unwrap();
    assert_eq!(
        some.iter().map(|event| event.id).collect::<Vec<_>>(),
        expected[5..8]
    );
    assert!(
        w.store
            .events(expected.last().copied(), 9)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(crate) async fn a_late_event_says_what_it_said_then<S: Store>(w: &World<S>) {
    let job = w.visit("https://a.example/1").await;
    let mut said = w.words("one");
    said.next_look = Some(w.now());
    w.store.publish(job.lease, said).await.unwrap();
    let job = w.claim_visit().await;
    w.store.publish(job.lease, w.words("two")).await.unwrap();
    let events = w.store.events(None, 9).await.unwrap();
    let said: Vec<_> = events
        .iter()
        .map(|event| {
            let FullSubject::Article { article, previous } = &event.body else {
                panic!("{event:?}");
            };
            let text = article.revision.content.text();
            (
                event.kind,
                article.revision.number,
                text,
                previous.is_some(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            (EventKind::ArticleNew, 1, "one".to_owned(), false),
            (EventKind::ArticleUpdated, 2, "two".to_owned(), true),
        ]
    );
}

pub(crate) async fn deliveries_are_listed_by_state<S: Store>(w: &World<S>) {
    for n in 0..6 {
        let job = w.visit(&format!("https://a.example/{n}")).await;
        let mut said = w.words(&n.to_string());
        said.on_new = if n % 2 == 0 {
            vec![desk()]
        } else {
            vec![desk(), wire()]
        };
        w.store.publish(job.lease, said).await.unwrap();
    }
    for verdict in [
        Verdict::Failed,
        Verdict::Delivered,
        Verdict::Retry { at: w.now() },
    ] {
        let busy = HashSet::from([wire()]);
        let jobs = w.store.claim_deliveries(w.now(), 1, TTL, &busy).await;
        let job = jobs.unwrap().remove(0);
        w.store
            .settle(job.lease, w.settlement(verdict))
            .await
            .unwrap();
    }
    let count = async |state, endpoint| {
        let query = DeliveryQuery {
            state,
            endpoint,
            limit: 99,
            ..DeliveryQuery::default()
        };
        w.store.deliveries(query).await.unwrap().items.len()
    };
    assert_eq!(count(None, None).await, 9);
    // Of each article its own, the oldest one's too.
    let articles = w.store.articles(ArticleQuery {
        limit: 9,
        ..ArticleQuery::default()
    });
    let mut told = Vec::new();
    for article in articles.await.unwrap().items {
        let query = DeliveryQuery {
            article: Some(article.id),
            limit: 9,
            ..DeliveryQuery::default()
        };
        let page = w.store.deliveries(query).await.unwrap();
        assert!(page.items.iter().all(|it| it.article == Some(article.id)));
        told.push(page.items.len());
    }
    assert_eq!(told, [2, 1, 2, 1, 2, 1]);
    assert_eq!(count(Some(DeliveryState::Due), None).await, 6);
    assert_eq!(count(Some(DeliveryState::Due), Some(wire())).await, 3);
    for state in [
        DeliveryState::Failed,
        DeliveryState::Delivered,
        DeliveryState::Retrying,
    ] {
        assert_eq!(count(Some(state), None).await, 1);
        assert_eq!(count(Some(state), Some(wire())).await, 0);
    }
    for state in [None, Some(DeliveryState::Due)] {
        let mut query = DeliveryQuery {
            state,
            limit: 2,
            ..DeliveryQuery::default()
        };
        let mut seen = Vec::new();
        loop {
            let page = w.store.deliveries(query.clone()).await.unwrap();
            seen.extend(page.items.iter().map(|delivery| delivery.id));
            let Some(next) = page.next else { break };
            query.cursor = Some(next);
        }
        assert_eq!(seen.len(), if state.is_none() { 9 } else { 6 });
        assert!(seen.is_sorted_by(|one, two| one > two), "newest first");
    }
    let forged = DeliveryQuery {
        cursor: Some(Cursor(Vec::new())),
        ..DeliveryQuery::default()
    };
    assert!(w.store.deliveries(forged).await.is_err());
}

pub(crate) async fn who_was_told_long_ago_is_found_behind_much_else<S: Store>(w: &World<S>) {
    let Published::New { article, .. } = store(w, "told first").await else {
        panic!("it is new");
    };
    // More than any list looks through at once.
    let many: Vec<EndpointName> = (0..900)
        .map(|n| EndpointName::new(format!("e{n}")))
        .collect();
    for _ in 0..23 {
        w.pass(Duration::from_secs(1));
        let event = Event {
            id: EventId::new(w.now()),
            kind: EventKind::Test,
            at: w.now(),
            subject: Subject::Test,
            trace: None,
        };
        w.store.announce(event, many.clone()).await.unwrap();
    }
    for endpoint in [None, Some(desk())] {
        let query = DeliveryQuery {
            article: Some(article),
            endpoint,
            limit: 9,
            ..DeliveryQuery::default()
        };
        let page = w.store.deliveries(query).await.unwrap();
        assert_eq!((page.items.len(), page.next), (1, None));
        assert_eq!(page.items[0].endpoint, desk());
    }
}

pub(crate) async fn sources_are_listed_in_parts_as_they_stand<S: Store>(w: &World<S>) {
    let seeds: Vec<_> = ["c", "a", "b", "long-name"].map(seed).into();
    let reconcile = async |seeds| {
        let endpoints = vec![desk(), wire()];
        w.store.reconcile(w.now(), seeds, endpoints).await.unwrap()
    };
    reconcile(seeds.clone()).await;
    let listed = async |order, state, outlet: Option<&str>| {
        let mut query = SourceQuery {
            outlet: outlet.map(OutletName::new),
            state,
            order,
            limit: 2,
            cursor: None,
        };
        let mut all = Vec::new();
        loop {
            let page = w.store.sources_of(query.clone()).await.unwrap();
            assert!(page.items.len() <= 2);
            all.extend(page.items.into_iter().map(|it| it.outlet.to_string()));
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => return all,
            }
        }
    };
    let by_name = SourceOrder::Name;
    assert_eq!(
        listed(by_name, None, None).await,
        ["a", "b", "c", "long-name"]
    );
    // What is written after the first look is seen by the next.
    let id = seed("c").id;
    let job = w.store.claim_source(&id, w.now(), TTL);
    let job = job.await.unwrap().unwrap();
    let mut report = w.report(&job, Vec::new());
    report.state.health = SourceHealth::Failing;
    w.store.finish_poll(job.lease, report).await.unwrap();
    let failing = Some(SourceHealth::Failing);
    assert_eq!(listed(by_name, failing, None).await, ["c"]);
    assert_eq!(
        listed(SourceOrder::Trouble, None, None).await,
        ["c", "a", "b", "long-name"]
    );
    assert_eq!(listed(by_name, None, Some("b")).await, ["b"]);
    let states = w.store.stats().await.unwrap().source_states;
    assert_eq!(states.len(), 4);
    assert!(states.contains(&(OutletName::new("c"), SourceHealth::Failing)));
    // What is configured no more is listed no more, and comes back as it was.
    reconcile(vec![seed("a"), seed("b")]).await;
    assert_eq!(listed(by_name, None, None).await, ["a", "b"]);
    reconcile(seeds).await;
    assert_eq!(listed(by_name, failing, None).await, ["c"]);
    let forged = SourceQuery {
        limit: 2,
        cursor: Some(Cursor(Vec::new())),
        ..SourceQuery::default()
    };
    let refused = w.store.sources_of(forged).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })));
}

pub(crate) async fn counts_follow<S: Store>(w: &World<S>) {
    w.list(
        (0..4)
            .map(|n| found(&format!("https://a.example/{n}"), "x"))
            .collect(),
    )
    .await;
    let job = w.claim_visit().await;
    w.store.publish(job.lease, w.words("one")).await.unwrap();
    let stats = w.store.stats().await.unwrap();
    assert_eq!((stats.articles, stats.revisions, stats.events), (1, 1, 1));
    assert_eq!((stats.pages, stats.visits_due, stats.sources), (4, 3, 1));
    assert_eq!(stats.deliveries, [0, 1, 0, 0, 0]);
    assert!(stats.bytes > 0 && !stats.id.is_empty());
    w.store.ping().await.unwrap();
    assert!(w.store.stats().await.unwrap().commits > stats.commits);
    assert_eq!(w.store.sources().await.unwrap().len(), 1);
    assert_eq!(w.store.sources().await.unwrap()[0].id, seed("a").id);
}
