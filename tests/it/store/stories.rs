//! Stories: who is whose copy, who is told of it, and what is left when its articles go.

use jiff::SignedDuration;
use wireroom::dedupe::sketch::Sketch;
use wireroom::model::article::{Article, Block, BlockKind};
use wireroom::model::event::FullSubject;
use wireroom::model::id::{ArticleId, EndpointName};
use wireroom::store::{
    Amendment, Lease, PageKey, PruneRule, Publication, Published, Store, StoreError, Verdict,
    VisitJob,
};

use crate::store::world::{World, desk, found, publication, seed, url, wire};

const OUTLETS: [&str; 4] = ["a", "b", "c", "d"];

/// Some eighty words that no other number shares.
pub(crate) fn text(number: u32) -> String {
    (0..20)
        .map(|n| {
            let word = format!("word{}", (number * 1_000 + n) * 7919 % 99_991);
            format!("the {word} council met about {word}b. ")
        })
        .collect()
}

/// What `outlet` publishes at `path`.
pub(crate) fn said<S>(w: &World<S>, outlet: &str, path: &str, text: &str) -> Publication
where
    S: Store,
{
    let mut said = publication(w.now(), text);
    said.url = url(&format!("https://{outlet}.example/{path}"));
    said.content.title = Some(format!("{outlet} on {path}"));
    said.content.blocks = vec![Block::plain(BlockKind::Paragraph, text)];
    said.text_key = None;
    said.sketch = Sketch::of(text);
    said
}

/// A page of `outlet`, listed and claimed.
async fn page<S: Store>(w: &World<S>, outlet: &str, path: &str) -> Lease<PageKey> {
    let seeds = OUTLETS.map(seed).to_vec();
    let endpoints = vec![desk(), wire()];
    w.store.reconcile(w.now(), seeds, endpoints).await.unwrap();
    w.store.poll_now(&seed(outlet).id, w.now()).await.unwrap();
    let none = std::collections::HashSet::new();
    let ttl = std::time::Duration::from_mins(1);
    let jobs = w.store.claim_polls(w.now(), 9, ttl, &none).await.unwrap();
    for job in jobs {
        let listed = if job.lease.item == seed(outlet).id {
            vec![found(&format!("https://{outlet}.example/{path}"), path)]
        } else {
            Vec::new()
        };
        let report = w.report(&job, listed);
        w.store.finish_poll(job.lease, report).await.unwrap();
    }
    let VisitJob { lease, .. } = w.claim_visit().await;
    lease
}

async fn publish<S: Store>(w: &World<S>, outlet: &str, path: &str, text: &str) -> ArticleId {
    let lease = page(w, outlet, path).await;
    let said = said(w, outlet, path, text);
    new(w.store.publish(lease, said).await.unwrap())
}

fn new(published: Published) -> ArticleId {
    match published {
        Published::New { article, .. } => article,
        other @ (Published::Revised { .. } | Published::Known { .. }) => panic!("{other:?}"),
    }
}

async fn article<S: Store>(w: &World<S>, id: ArticleId) -> Article {
    w.store.article(id).await.unwrap().unwrap()
}

fn others(article: &Article) -> Vec<&str> {
    (article.story.also.iter())
        .map(|other| other.outlet.as_str())
        .collect()
}

/// Whom the deliveries that are due go to, with the article's outlet; all are settled.
async fn told<S: Store>(w: &World<S>) -> Vec<(EndpointName, String)> {
    let mut told = Vec::new();
    loop {
        let jobs = w.claim_deliveries(9).await;
        if jobs.is_empty() {
            told.sort();
            return told;
        }
        for job in jobs {
            let FullSubject::Article { article, .. } = &job.event.body else {
                panic!("{:?}", job.event);
            };
            told.push((job.delivery.endpoint.clone(), article.outlet.to_string()));
            let settlement = w.settlement(Verdict::Delivered);
            w.store.settle(job.lease, settlement).await.unwrap();
        }
    }
}

pub(crate) async fn a_copy_joins_the_story_of_the_first<S: Store>(w: &World<S>) {
    let first = publish(w, "a", "one", &text(1)).await;
    let other = publish(w, "b", "other", &text(2)).await;
    let cut = text(1).split_inclusive(". ").take(14).collect::<String>();
    let copy = publish(w, "b", "copy", &cut).await;
    let third = publish(
        w,
        "c",
        "third",
        &format!("Our own opening words. {}", text(1)),
    )
    .await;

    let first = article(w, first).await;
    assert!(first.story.original);
    assert_eq!(first.story.id.0, first.id.0);
    assert_eq!(others(&first), ["b", "c"], "it grows later");
    let copy = article(w, copy).await;
    assert!(!copy.story.original);
    assert_eq!(copy.story.id, first.story.id);
    assert_eq!(others(&copy), ["a", "c"]);
    assert_eq!(copy.story.also[0].url, first.url);
    assert_eq!(copy.story.also[0].title.as_deref(), Some("a on one"));
    let other = article(w, other).await;
    assert!(other.story.original && other.story.also.is_empty());

    // What was told is what was known then.
    for event in w.store.events(None, 9).await.unwrap() {
        let FullSubject::Article { article, .. } = event.body else {
            panic!("{event:?}");
        };
        let expect: &[&str] = match article.id {
            id if id == copy.id => &["a"],
            id if id == third => &["a", "b"],
            _ => &[],
        };
        assert_eq!(others(&article), expect, "{}", article.url);
    }
}

pub(crate) async fn of_copies_published_at_once_one_is_the_original<S: Store>(w: &World<S>) {
    let mut leases = Vec::new();
    for outlet in OUTLETS {
        leases.push((outlet, page(w, outlet, "one").await));
    }
    let steps = leases.into_iter().map(|(outlet, lease)| {
        let said = said(w, outlet, "one", &text(1));
        w.store.publish(lease, said)
    });
    let mut stories = Vec::new();
    for done in futures_util::future::join_all(steps).await {
        let article = article(w, new(done.unwrap())).await;
        stories.push((article.story.id, article.story.original));
        assert_eq!(article.story.also.len(), OUTLETS.len() - 1);
    }
    assert!(stories.iter().all(|(id, _)| *id == stories[0].0));
    assert_eq!(stories.iter().filter(|(_, original)| *original).count(), 1);
}

pub(crate) async fn an_outlet_copies_itself_into_no_story<S: Store>(w: &World<S>) {
    publish(w, "a", "one", &text(1)).await;
    let again = format!("{} Updated with a sentence of its own.", text(1));
    let again = publish(w, "a", "again", &again).await;
    assert!(article(w, again).await.story.original);
    // A copy beside its own outlet's copy is of the story, and neither names the other.
    let copy = publish(w, "b", "one", &text(1)).await;
    let twice = publish(w, "b", "twice", &text(1)).await;
    let twice = article(w, twice).await;
    assert_eq!(twice.story.id, article(w, copy).await.story.id);
    assert_eq!(others(&twice), ["a"]);
}

pub(crate) async fn what_is_told_once_is_told_by_the_first_that_passes<S: Store>(w: &World<S>) {
    let publish = async |outlet: &str, to: Vec<EndpointName>| {
        let lease = page(w, outlet, "one").await;
        let mut said = said(w, outlet, "one", &text(1));
        said.on_new = to;
        said.terms.once = vec![desk()];
        said.next_look = Some(w.now());
        new(w.store.publish(lease, said).await.unwrap())
    };
    let correct = async |outlet: &str| {
        let VisitJob { lease, page } = w.claim_visit().await;
        assert_eq!(page.key.outlet.as_str(), outlet);
        let mut said = said(w, outlet, "one", &format!("{} Put right.", text(1)));
        said.digest += 1;
        said.on_updated = vec![desk(), wire()];
        said.terms.once = vec![desk()];
        let done = w.store.publish(lease, said).await.unwrap();
        assert!(matches!(done, Published::Revised { .. }), "{done:?}");
        told(w).await
    };
    let to = |endpoint: EndpointName, outlet: &str| (endpoint, outlet.to_owned());
    // `desk` wants a story once, and its filter holds the first one back.
    publish("a", vec![wire()]).await;
    assert_eq!(told(w).await, [to(wire(), "a")]);
    assert_eq!(correct("a").await, [to(desk(), "a"), to(wire(), "a")]);
    // It has had the story by now, from the correction.
    publish("b", vec![desk(), wire()]).await;
    assert_eq!(told(w).await, [to(wire(), "b")]);
    assert_eq!(
        correct("b").await,
        [to(wire(), "b")],
        "another's correction"
    );
}

pub(crate) async fn an_original_is_told_once_and_so_are_its_corrections<S: Store>(w: &World<S>) {
    let mut leases = Vec::new();
    for outlet in ["a", "b", "c"] {
        leases.push((outlet, page(w, outlet, "one").await));
    }
    for (outlet, lease) in leases {
        let mut said = said(w, outlet, "one", &text(1));
        said.on_new = vec![desk(), wire()];
        said.terms.once = vec![desk()];
        said.next_look = (outlet == "a").then(|| w.now());
        w.store.publish(lease, said).await.unwrap();
    }
    let told_all = told(w).await;
    let of = |endpoint: EndpointName| told_all.iter().filter(move |told| told.0 == endpoint);
    assert_eq!(of(wire()).count(), 3);
    assert_eq!(
        of(desk()).map(|told| told.1.as_str()).collect::<Vec<_>>(),
        ["a"]
    );
    let VisitJob { lease, .. } = w.claim_visit().await;
    let mut right = said(w, "a", "one", &format!("{} Put right.", text(1)));
    right.digest += 1;
    right.on_updated = vec![desk()];
    right.terms.once = vec![desk()];
    w.store.publish(lease, right).await.unwrap();
    assert_eq!(told(w).await, [(desk(), "a".to_owned())]);
}

pub(crate) async fn a_correction_keeps_its_story<S: Store>(w: &World<S>) {
    let lease = page(w, "a", "one").await;
    let mut first = said(w, "a", "one", "Too short to be anybody's.");
    first.next_look = Some(w.now());
    let first = new(w.store.publish(lease, first).await.unwrap());
    let copied = publish_later(w, "b", &text(1)).await;
    // The page is written out, and says what `b` has said: it stays what it was.
    let VisitJob { lease, .. } = w.claim_visit().await;
    let mut whole = said(w, "a", "one", &text(1));
    whole.content.title = Some("Put right".to_owned());
    whole.digest += 1;
    w.store.publish(lease, whole).await.unwrap();
    let first = article(w, first).await;
    assert!(first.story.original && first.story.also.is_empty());
    // Who comes later finds either; both had it before.
    let third = publish(w, "c", "one", &text(1)).await;
    let third = article(w, third).await;
    assert!([first.story.id, article(w, copied).await.story.id].contains(&third.story.id));
    assert_eq!(third.story.also.len(), 1);
}

/// Published while another page is due too.
async fn publish_later<S: Store>(w: &World<S>, outlet: &str, text: &str) -> ArticleId {
    let none = std::collections::HashSet::new();
    let ttl = std::time::Duration::from_mins(1);
    w.store.poll_now(&seed(outlet).id, w.now()).await.unwrap();
    let jobs = w.store.claim_polls(w.now(), 9, ttl, &none).await.unwrap();
    for job in jobs {
        let address = format!("https://{outlet}.example/later");
        let listed = (job.lease.item == seed(outlet).id).then(|| found(&address, "later"));
        let report = w.report(&job, listed.into_iter().collect());
        w.store.finish_poll(job.lease, report).await.unwrap();
    }
    let busy = std::collections::HashSet::from([wireroom::model::id::Host::of(&url(
        "https://a.example/",
    ))]);
    let mut jobs = w.store.claim_visits(w.now(), 9, ttl, &busy).await.unwrap();
    let said = said(w, outlet, "later", text);
    new(w.store.publish(jobs.remove(0).lease, said).await.unwrap())
}

pub(crate) async fn a_new_headline_is_shown_to_the_others<S: Store>(w: &World<S>) {
    let lease = page(w, "a", "one").await;
    let mut first = said(w, "a", "one", &text(1));
    first.next_look = Some(w.now() + SignedDuration::from_secs(1));
    new(w.store.publish(lease, first).await.unwrap());
    let copy = publish(w, "b", "one", &text(1)).await;
    w.pass(std::time::Duration::from_secs(1));
    let VisitJob { lease, .. } = w.claim_visit().await;
    let mut right = said(w, "a", "one", &text(1));
    right.content.title = Some("Put right".to_owned());
    right.digest += 1;
    w.store.publish(lease, right).await.unwrap();
    let copy = article(w, copy).await;
    assert_eq!(copy.story.also[0].title.as_deref(), Some("Put right"));
}

pub(crate) async fn a_story_outlives_its_articles_one_by_one<S: Store>(w: &World<S>) {
    let first = publish(w, "a", "one", &text(1)).await;
    let copy = publish(w, "b", "one", &text(1)).await;
    told(w).await;
    let keep = async |keep_articles| {
        let rule = PruneRule {
            before: jiff::Timestamp::MIN,
            keep_articles,
            forget_before: jiff::Timestamp::MIN,
            limit: 9,
        };
        assert_eq!(w.store.prune(rule).await.unwrap().articles, 1);
        assert_eq!(w.store.check().await.unwrap().faults, Vec::<String>::new());
    };
    keep(1).await;
    assert!(w.store.article(first).await.unwrap().is_none());
    let left = article(w, copy).await;
    assert_eq!((left.story.id.0, left.story.original), (first.0, false));
    assert!(left.story.also.is_empty());
    // The story is still found by what is left of it.
    let third = publish(w, "c", "one", &text(1)).await;
    assert_eq!(article(w, third).await.story.id, left.story.id);
    told(w).await;
    keep(1).await;
    keep(0).await;
    let again = publish(w, "d", "one", &text(1)).await;
    assert!(
        article(w, again).await.story.original,
        "nothing is left of it"
    );
}

pub(crate) async fn an_old_story_is_not_joined<S: Store>(w: &World<S>) {
    publish(w, "a", "one", &text(1)).await;
    w.pass(std::time::Duration::from_hours(6 * 24));
    let late = publish(w, "b", "one", &text(1)).await;
    assert!(!article(w, late).await.story.original);
    // The late copy carries it on; a week after both it is forgotten.
    w.pass(std::time::Duration::from_hours(8 * 24));
    let later = publish(w, "c", "one", &text(1)).await;
    assert!(article(w, later).await.story.original);
}

pub(crate) async fn a_story_that_all_print_is_found_by_few_and_stays_one<S: Store>(w: &World<S>) {
    // More copies than a hash may have hits: they must not make boilerplate of it.
    let first = publish(w, "a", "0", &text(1)).await;
    let mut last = first;
    for n in 1..72 {
        last = publish(w, OUTLETS[n % 4], &n.to_string(), &text(1)).await;
    }
    let first = article(w, first).await;
    assert_eq!(article(w, last).await.story.id, first.story.id);
    assert!((40..64).contains(&first.story.also.len()), "bounded");
}

pub(crate) async fn what_too_many_say_is_no_evidence<S: Store>(w: &World<S>) {
    // Each has a few words of its own, and most of its words from one footer.
    let footer = text(0);
    let mut joined = 0;
    for n in 1..=80_u32 {
        let own: String = text(n).split_inclusive(". ").take(2).collect();
        // Outlets by turns would join at once; the first many are of one outlet.
        let outlet = if n <= 70 { "a" } else { "b" };
        let id = publish(w, outlet, &n.to_string(), &format!("{own}{footer}")).await;
        joined += usize::from(!article(w, id).await.story.original);
    }
    assert_eq!(joined, 0);
}

/// What is read anew is what later copies are made of, and its headline is shown.
pub(crate) async fn an_amended_article_is_found_by_its_new_words<S: Store>(w: &World<S>) {
    let first = publish(w, "a", "one", &text(1)).await;
    let copy = publish(w, "b", "one", &text(1)).await;
    let amended = said(w, "a", "one", &text(2));
    let mut content = amended.content;
    content.title = Some("Read anew".to_owned());
    let amendment = Amendment {
        now: w.now(),
        article: first,
        after: 1,
        content,
        text_key: amended.text_key,
        digest: amended.digest,
        sketch: amended.sketch,
        announce: None,
    };
    assert_eq!(w.store.amend(amendment.clone()).await.unwrap(), 2);
    let again = w.store.amend(amendment).await;
    assert!(matches!(again, Err(StoreError::LeaseLost)), "{again:?}");
    let copy = article(w, copy).await;
    assert_eq!(copy.story.also[0].title.as_deref(), Some("Read anew"));
    let later = publish(w, "c", "two", &text(2)).await;
    let later = article(w, later).await;
    assert_eq!(later.story.id, article(w, first).await.story.id);
    let stranger = publish(w, "d", "three", &text(3)).await;
    assert!(article(w, stranger).await.story.original);
    // Nobody was told of it.
    assert_eq!(told(w).await.len(), 4);
}
