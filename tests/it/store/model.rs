//! A random walk through the store's steps beside a model that keeps everything in plain lists.
//!
//! The model is written from the trait's documentation. After each step the answers are compared,
//! and now and then all that can be read.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use wireroom::model::delivery::{DeliveryState, EndpointHealth};
use wireroom::model::id::{ArticleId, EndpointName};
use wireroom::model::rhythm::{Yield, Yielded};
use wireroom::store::{
    ArticleQuery, DeliveryJob, DeliveryQuery, Published, Queue, Store, StoreError, Verdict,
    VisitJob, VisitOutcome,
};

use crate::store::world::{TTL, World, desk, found, wire};

#[derive(Default)]
struct Page {
    said: String,
    entry: Option<String>,
    due: Option<(Timestamp, u64)>,
    lease: Option<u64>,
    until: Option<Timestamp>,
    again: bool,
    tries: u32,
    looks: u32,
    article: Option<usize>,
}

struct Article {
    id: ArticleId,
    page: String,
    texts: Vec<String>,
}

struct Delivery {
    endpoint: EndpointName,
    article: usize,
    state: DeliveryState,
    tries: u32,
    due: Option<Timestamp>,
    lease: Option<u64>,
    until: Option<Timestamp>,
}

impl Delivery {
    fn is_open(&self) -> bool {
        !matches!(self.state, DeliveryState::Delivered | DeliveryState::Failed)
    }

    fn set(&mut self, state: DeliveryState, due: Option<Timestamp>) {
        self.state = state;
        self.due = due;
        self.lease = None;
        self.until = None;
    }
}

#[derive(Default)]
struct Model {
    pages: HashMap<String, Page>,
    turn: u64,
    articles: Vec<Article>,
    addresses: HashMap<String, usize>,
    texts: HashMap<String, usize>,
    deliveries: Vec<Delivery>,
    disabled: bool,
}

impl Model {
    fn set_visit(&mut self, url: &str, due: Option<Timestamp>) {
        self.turn += 1;
        let turn = self.turn;
        self.pages.get_mut(url).unwrap().due = due.map(|due| (due, turn));
    }

    fn list(&mut self, now: Timestamp, url: &str, title: &str) {
        let page = self.pages.entry(url.to_owned()).or_default();
        if page.said == title {
            return;
        }
        title.clone_into(&mut page.said);
        page.entry = Some(title.to_owned());
        page.tries = 0;
        page.again = page.lease.is_some();
        let due = page.until.filter(|until| *until > now).unwrap_or(now);
        self.set_visit(url, Some(due));
    }

    fn next_visit(&self, now: Timestamp) -> Option<String> {
        // All stand in the line of one host, and are too few for a backlog that is not looked through.
        let due = (self.pages.iter()).filter_map(|(url, page)| Some((page.due?, url, page)));
        let mut due: Vec<_> = due.filter(|((due, _), ..)| *due <= now).collect();
        due.sort_by_key(|(due, ..)| *due);
        let news = due.iter().find(|(_, _, page)| page.entry.is_some());
        let (_, url, _) = news.or(due.first())?;
        Some((*url).clone())
    }

    /// Ends a visit; `false` where the lease is lost.
    fn end_visit(&mut self, now: Timestamp, url: &str, token: u64, end: &End) -> bool {
        let page = self.pages.get_mut(url).unwrap();
        if page.lease != Some(token) {
            return false;
        }
        (page.lease, page.until) = (None, None);
        let again = std::mem::take(&mut page.again);
        let due = match *end {
            End::Answered { look, next } => {
                page.looks += u32::from(look);
                if !again {
                    page.entry = None;
                    page.tries = 0;
                }
                next
            }
            End::Later { at, counts } => {
                page.tries += u32::from(counts && !again);
                Some(at)
            }
        };
        self.set_visit(url, if again { Some(now) } else { due });
        true
    }

    fn find(&self, url: &str, text: &str) -> Option<usize> {
        (self.pages[url].article)
            .or_else(|| self.addresses.get(url).copied())
            .or_else(|| self.texts.get(text).copied())
    }

    fn tell(&mut self, now: Timestamp, article: usize, to: &[EndpointName]) {
        for endpoint in to {
            let waits = (self.deliveries.iter())
                .any(|one| one.is_open() && one.article == article && one.endpoint == *endpoint);
            self.deliveries.push(Delivery {
                endpoint: endpoint.clone(),
                article,
                state: if waits {
                    DeliveryState::Waiting
                } else {
                    DeliveryState::Due
                },
                tries: 0,
                due: (!waits).then_some(now),
                lease: None,
                until: None,
            });
        }
    }

    fn chain(&self, like: usize) -> Vec<usize> {
        let like = &self.deliveries[like];
        (0..self.deliveries.len())
            .filter(|&n| {
                let one = &self.deliveries[n];
                one.is_open() && one.article == like.article && one.endpoint == like.endpoint
            })
            .collect()
    }

    /// The first of a chain is due, unless the second is on its way.
    fn straighten(&mut self, now: Timestamp, like: usize) {
        let chain = self.chain(like);
        if let Some(&second) = chain.get(1) {
            let second = &mut self.deliveries[second];
            if second.state != DeliveryState::Waiting {
                if second.until.is_some_and(|until| until > now) {
                    return;
                }
                second.set(DeliveryState::Waiting, None);
            }
        }
        if let Some(&first) = chain.first() {
            let first = &mut self.deliveries[first];
            if first.state == DeliveryState::Waiting {
                let state = match first.tries {
                    0 => DeliveryState::Due,
                    _ => DeliveryState::Retrying,
                };
                first.set(state, Some(now));
            }
        }
    }

    /// The deliveries that a claim gives, in order.
    fn claim(&mut self, now: Timestamp) -> Vec<usize> {
        let mut jobs = Vec::new();
        for endpoint in [desk(), wire()] {
            if self.disabled && endpoint == desk() {
                continue;
            }
            let head = self.head(&endpoint);
            let line = head
                .and_then(|n| self.deliveries[n].due)
                .map(|due| (due, head));
            while let Some(n) = self.head(&endpoint)
                && self.deliveries[n].due.unwrap() <= now
            {
                if self.chain(n)[0] == n {
                    jobs.push((line, n));
                    break;
                }
                self.deliveries[n].set(DeliveryState::Waiting, None);
                self.straighten(now, n);
            }
        }
        jobs.sort_unstable();
        jobs.into_iter().map(|(_, n)| n).collect()
    }

    fn head(&self, endpoint: &EndpointName) -> Option<usize> {
        (0..self.deliveries.len())
            .filter(|&n| self.deliveries[n].endpoint == *endpoint)
            .filter_map(|n| Some((self.deliveries[n].due?, n)))
            .min()
            .map(|(_, n)| n)
    }

    fn shown(&self, n: usize) -> DeliveryState {
        let one = &self.deliveries[n];
        if self.disabled && one.endpoint == desk() && one.is_open() {
            DeliveryState::Waiting
        } else {
            one.state
        }
    }
}

enum End {
    Answered { look: bool, next: Option<Timestamp> },
    Later { at: Timestamp, counts: bool },
}

struct Walk<'a, S> {
    w: &'a World<S>,
    model: Model,
    visits: Vec<VisitJob>,
    jobs: Vec<(usize, DeliveryJob)>,
    state: u64,
}

impl<S: Store> Walk<'_, S> {
    fn pick(&mut self, below: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.state;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((x ^ (x >> 31)) % below as u64).unwrap()
    }

    fn soon(&mut self) -> Timestamp {
        let seconds = i64::try_from(self.pick(100)).unwrap();
        self.w.now() + SignedDuration::from_secs(seconds)
    }

    async fn step(&mut self) {
        match self.pick(20) {
            0 | 1 => {
                let seconds = self.pick(50) as u64;
                self.w.pass(Duration::from_secs(seconds));
            }
            2..=4 => self.list().await,
            5..=7 => self.claim_visit().await,
            8..=10 => self.publish().await,
            11 => self.settle_visit().await,
            12..=14 => self.claim_deliveries().await,
            15..=17 => self.settle().await,
            18 => self.retry().await,
            _ => self.enable().await,
        }
    }

    async fn list(&mut self) {
        let mut found_now = Vec::new();
        for n in 0..14 {
            if self.pick(3) == 0 {
                let title = format!("title {}", self.pick(3));
                found_now.push((format!("https://a.example/{n}"), title));
            }
        }
        for (url, title) in found_now.iter().rev() {
            self.model.list(self.w.now(), url, title);
        }
        let list = found_now.iter().map(|(url, title)| found(url, title));
        self.w.list(list.collect()).await;
    }

    async fn claim_visit(&mut self) {
        let now = self.w.now();
        let expected = self.model.next_visit(now);
        let job = self.w.claim_visits(1).await.pop();
        assert_eq!(
            job.as_ref().map(|job| job.page.key.url.to_string()),
            expected
        );
        let Some(job) = job else { return };
        self.model
            .set_visit(job.page.key.url.as_str(), Some(job.lease.until));
        let page = self.model.pages.get_mut(job.page.key.url.as_str()).unwrap();
        page.lease = Some(job.lease.token);
        page.until = Some(job.lease.until);
        page.again = false;
        let title = job
            .page
            .entry
            .as_ref()
            .and_then(|entry| entry.title.clone());
        assert_eq!(
            (title, job.page.tries, job.page.looks),
            (page.entry.clone(), page.tries, page.looks)
        );
        let article = page.article.map(|n| self.model.articles[n].id);
        assert_eq!(job.page.article, article);
        self.visits.push(job);
    }

    fn held_visit(&mut self) -> Option<VisitJob> {
        let held = self.visits.len();
        (held > 0)
            .then(|| self.pick(held))
            .map(|n| self.visits.swap_remove(n))
    }

    async fn publish(&mut self) {
        let Some(job) = self.held_visit() else { return };
        let now = self.w.now();
        let text = format!("text {}", self.pick(12));
        let url = job.page.key.url.to_string();
        let mut said = self.w.words(&text);
        said.url = job.page.key.url.clone();
        said.on_new = vec![desk(), wire()];
        said.on_updated = vec![desk()];
        said.next_look = (self.pick(2) == 0).then(|| self.soon());
        let end = End::Answered {
            look: self.model.pages[&url].article.is_some(),
            next: said.next_look,
        };
        let done = self.w.store.publish(job.lease, said).await;
        let existing = self.model.find(&url, &text);
        let token = self.model.pages[&url].lease;
        let Ok(done) = done else {
            assert!(matches!(done, Err(StoreError::LeaseLost)), "{done:?}");
            return;
        };
        let article = match existing {
            None => {
                let Published::New {
                    article: id,
                    event: Some(_),
                } = done
                else {
                    panic!("{done:?} instead of a new article");
                };
                let texts = vec![text.clone()];
                let page = url.clone();
                self.model.articles.push(Article { id, page, texts });
                let article = self.model.articles.len() - 1;
                self.model.tell(now, article, &[desk(), wire()]);
                article
            }
            Some(article) => {
                let stored = &mut self.model.articles[article];
                let id = stored.id;
                if stored.page == url && *stored.texts.last().unwrap() != text {
                    stored.texts.push(text.clone());
                    let revision = u32::try_from(stored.texts.len()).unwrap();
                    assert!(
                        matches!(done, Published::Revised { article, revision: n, .. }
                            if article == id && n == revision),
                        "{done:?}"
                    );
                    self.model.tell(now, article, &[desk()]);
                } else {
                    assert_eq!(done, Published::Known { article: id });
                }
                article
            }
        };
        self.model.addresses.entry(url.clone()).or_insert(article);
        self.model.texts.entry(text).or_insert(article);
        self.model.pages.get_mut(&url).unwrap().article = Some(article);
        assert!(self.model.end_visit(now, &url, token.unwrap(), &end));
    }

    async fn settle_visit(&mut self) {
        let Some(job) = self.held_visit() else { return };
        let now = self.w.now();
        let at = self.soon();
        let url = job.page.key.url.to_string();
        let look = self.model.pages[&url].article.is_some();
        let (outcome, end) = match self.pick(4) {
            0 => (VisitOutcome::Retry { at }, End::Later { at, counts: true }),
            1 => (VisitOutcome::Defer { at }, End::Later { at, counts: false }),
            2 => {
                let next = Some(at);
                (
                    VisitOutcome::Unchanged { next_look: next },
                    End::Answered { look, next },
                )
            }
            _ => {
                let reason = "gone".to_owned();
                let end = End::Answered {
                    look: false,
                    next: None,
                };
                let yielded = Yielded::nothing(Yield::Refused);
                (VisitOutcome::Skipped { reason, yielded }, end)
            }
        };
        let token = job.lease.token;
        let done = self.w.store.settle_visit(job.lease, now, outcome).await;
        let expected = self.model.end_visit(now, &url, token, &end);
        assert_eq!(done.is_ok(), expected, "{done:?}");
    }

    async fn claim_deliveries(&mut self) {
        let expected = self.model.claim(self.w.now());
        let jobs = self.w.claim_deliveries(9).await;
        assert_eq!(jobs.len(), expected.len());
        for (n, job) in expected.into_iter().zip(jobs) {
            let one = &mut self.model.deliveries[n];
            let article = self.model.articles[one.article].id;
            assert_eq!(
                (&job.delivery.endpoint, job.delivery.article),
                (&one.endpoint, Some(article))
            );
            assert_eq!(job.delivery.tries, one.tries);
            one.lease = Some(job.lease.token);
            one.until = Some(job.lease.until);
            one.due = one.until;
            self.jobs.push((n, job));
        }
    }

    async fn settle(&mut self) {
        let held = self.jobs.len();
        if held == 0 {
            return;
        }
        let place = self.pick(held);
        let (n, job) = self.jobs.swap_remove(place);
        let now = self.w.now();
        let verdict = match self.pick(4) {
            0 => Verdict::Retry { at: self.soon() },
            1 => Verdict::Failed,
            _ => Verdict::Delivered,
        };
        let mut settlement = self.w.settlement(verdict);
        settlement.failing_after = u32::MAX;
        let disable = job.delivery.endpoint == desk() && self.pick(12) == 0;
        settlement.disable = disable.then(|| "410".to_owned());
        let held = self.model.deliveries[n].lease == Some(job.lease.token);
        let done = self.w.store.settle(job.lease, settlement).await;
        assert_eq!(done.is_ok(), held, "{done:?}");
        let Ok(done) = done else { return };
        self.model.disabled |= disable;
        let first = self.model.chain(n)[0] == n;
        let one = &mut self.model.deliveries[n];
        one.tries += 1;
        let (state, due) = match verdict {
            Verdict::Delivered => (DeliveryState::Delivered, None),
            _ if disable => (DeliveryState::Retrying, Some(now)),
            Verdict::Retry { at } => (DeliveryState::Retrying, Some(at)),
            Verdict::Failed => (DeliveryState::Failed, None),
        };
        if due.is_some() && !first {
            one.set(DeliveryState::Waiting, None);
        } else {
            one.set(state, due);
        }
        self.model.straighten(now, n);
        assert_eq!(done.state, self.model.shown(n));
    }

    async fn retry(&mut self) {
        let all = self.model.deliveries.len();
        if all == 0 {
            return;
        }
        let n = self.pick(all);
        let now = self.w.now();
        let query = DeliveryQuery {
            limit: 10_000,
            ..DeliveryQuery::default()
        };
        let list = self.w.store.deliveries(query).await.unwrap().items;
        self.w.store.retry(list[all - 1 - n].id, now).await.unwrap();
        let one = &mut self.model.deliveries[n];
        match one.state {
            DeliveryState::Retrying if one.until.is_none_or(|until| until <= now) => {
                // The lease that ran out is left to whoever still has it.
                one.due = Some(now);
            }
            DeliveryState::Failed => {
                one.set(DeliveryState::Waiting, None);
                self.model.straighten(now, n);
            }
            _ => {}
        }
    }

    async fn enable(&mut self) {
        let now = self.w.now();
        self.w.store.enable(&desk(), now, vec![]).await.unwrap();
        if std::mem::take(&mut self.model.disabled) {
            for one in &mut self.model.deliveries {
                let is_free = one.until.is_none_or(|until| until <= now);
                if one.endpoint == desk() && is_free && one.due.is_some_and(|due| due > now) {
                    one.due = Some(now);
                }
            }
        }
    }

    /// Everything that can be read, compared.
    async fn compare(&self) {
        let store = &self.w.store;
        let query = ArticleQuery {
            limit: 10_000,
            ..ArticleQuery::default()
        };
        let mut stored = store.articles(query).await.unwrap().items;
        stored.reverse();
        assert_eq!(stored.len(), self.model.articles.len());
        for (stored, article) in stored.iter().zip(&self.model.articles) {
            assert_eq!(stored.id, article.id);
            let revisions = store.revisions(stored.id).await.unwrap();
            let texts: Vec<String> = revisions.iter().map(|one| one.content.text()).collect();
            assert_eq!(texts, article.texts);
        }
        let query = DeliveryQuery {
            limit: 10_000,
            ..DeliveryQuery::default()
        };
        let mut listed = store.deliveries(query).await.unwrap().items;
        listed.reverse();
        assert_eq!(listed.len(), self.model.deliveries.len());
        for (n, (listed, one)) in listed.iter().zip(&self.model.deliveries).enumerate() {
            assert_eq!(
                (listed.state, listed.tries),
                (self.model.shown(n), one.tries),
                "delivery {n}"
            );
        }
        let health = store.endpoints().await.unwrap()[0].health;
        assert_eq!(health == EndpointHealth::Disabled, self.model.disabled);
        let visits = self
            .model
            .pages
            .values()
            .filter_map(|page| Some(page.due?.0))
            .min();
        assert_eq!(store.next_due(Queue::Visits).await.unwrap(), visits);
        let deliveries = (self.model.deliveries.iter())
            .filter(|one| !(self.model.disabled && one.endpoint == desk()))
            .filter_map(|one| one.due)
            .min();
        assert_eq!(store.next_due(Queue::Deliveries).await.unwrap(), deliveries);
        assert_eq!(store.check().await.unwrap().faults, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_answers_as_its_documentation_says() {
    assert_eq!(
        TTL,
        Duration::from_mins(1),
        "some leases run out, some do not"
    );
    let seeds = [1, 2, 3, 4, 5, rand::random()];
    for seed in seeds {
        // Told apart from the others where an assertion fails.
        println!("seed {seed}");
        let world = World::sled().await;
        let mut walk = Walk {
            w: &world,
            model: Model::default(),
            visits: Vec::new(),
            jobs: Vec::new(),
            state: seed,
        };
        for step in 0..600 {
            walk.step().await;
            if step % 60 == 59 {
                walk.compare().await;
            }
        }
        assert!(!walk.model.articles.is_empty() && walk.model.deliveries.len() > 10);
    }
}
