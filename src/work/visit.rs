//! One visit to a page: fetch, extract, publish.
//!
//! A page that cannot be had just now is tried again for up to an hour; one that cannot be had at
//! all gives what its source said of it, marked `partial`. An article once stored is never replaced
//! by less: by a refusal, a feed's summary or a page cut short.

use std::time::Duration;

use jiff::Timestamp;
use tracing::{Instrument as _, debug, debug_span, info};
use url::Url;

use crate::config::Config;
use crate::config::outlet::Outlet;
use crate::dedupe::canonical;
use crate::dedupe::sketch::Sketch;
use crate::extract::{self, Extraction};
use crate::fetch::Response;
use crate::fetch::fetcher::{Fetched, Refusal, Want};
use crate::model::article::Article;
use crate::model::rhythm::{Yield, Yielded};
use crate::model::source::Validators;
use crate::notify::route::{self, ArticleFacts};
use crate::observe::chain;
use crate::observe::meters::Meters;
use crate::observe::outcome::ArticleResult;
use crate::schedule::{self, backoff, revisit};
use crate::store::{
    Lease, PageKey, PageState, Publication, Published, Queue, RawArticle, VisitJob, VisitOutcome,
};
use crate::work::correction::{self, Look};
use crate::work::page::Parts;
use crate::work::worker::Outcome;
use crate::work::{Desk, doubt, learn, page, record};

/// How long a page waits for an outlet that was taken out of the configuration, at a time.
const PARKED: Duration = Duration::from_hours(1);
/// How long an article that cannot be had just now is tried for (the contract's number).
pub(super) const LONGEST_TRIAL: Duration = Duration::from_hours(1);

/// Visits one page.
pub async fn run(desk: &Desk, job: VisitJob) -> Outcome {
    let config = desk.config();
    let VisitJob { lease, page } = job;
    let Some(outlet) = config.outlets.get(&page.key.outlet) else {
        debug!("its outlet is not configured: the page waits for it to come back");
        let at = later(desk.clock.now(), PARKED);
        return record::visit(desk, lease, &page, VisitOutcome::Defer { at }).await;
    };
    let visit = Visit {
        desk,
        config: &config,
        outlet: page::in_its_language(outlet, &page),
        page: &page,
    };
    // A visit that outlived its lease would be done again and again, and never be recorded.
    let bound = config.daemon.lease.mul_f32(0.75);
    let seen = match tokio::time::timeout(bound, visit.look()).await {
        Ok(seen) => seen,
        Err(_) => visit.not_now(&format!("it took longer than {bound:?}"), None),
    };
    match seen {
        Seen::Article(found) => visit.publish(lease, *found).await,
        Seen::Nothing(outcome) => record::visit(desk, lease, &page, outcome).await,
    }
}

/// What a look at a page comes to.
enum Seen {
    Article(Box<FoundArticle>),
    Nothing(VisitOutcome),
}

/// An article on its way into the store.
struct FoundArticle {
    extraction: Extraction,
    url: Url,
    aliases: Vec<Url>,
    validators: Validators,
    fetched: Timestamp,
    raw: Option<RawArticle>,
    yielded: Yielded,
}

struct Visit<'a> {
    desk: &'a Desk,
    config: &'a Config,
    outlet: Outlet,
    page: &'a PageState,
}

impl Visit<'_> {
    async fn look(&self) -> Seen {
        // Validators help only where the page is known and its entry has not changed.
        let known = self.page.article.is_some() && self.page.entry.is_none();
        let validators = known.then_some(&self.page.validators);
        let want = if known { Want::Look } else { Want::Article };
        let scope = self.outlet.retry_after_scope;
        match self
            .desk
            .fetcher()
            .get_within(&self.page.fetch, want, validators, scope)
            .instrument(debug_span!("fetch"))
            .await
        {
            Ok(Fetched::Answer(response)) => self.answered(response).await,
            Ok(Fetched::NotModified(_)) => self.unchanged(),
            Err(Refusal::Busy(until) | Refusal::Spent(until)) => self.not_yet(until),
            Err(refusal @ Refusal::Robots { .. }) => self.refused(&chain(&refusal)),
            Err(Refusal::Fetch(fault)) if !fault.may_pass() => self.refused(&chain(&fault)),
            Err(refusal @ (Refusal::RobotsUnreachable { .. } | Refusal::Fetch(_))) => {
                self.not_now(&chain(&refusal), None)
            }
        }
    }

    async fn answered(&self, response: Response) -> Seen {
        match response.status {
            200..300 => self.read(response).await,
            429 | 500..600 => {
                let why = format!("it answered {}", response.status);
                let now = self.desk.clock.now();
                let asked = response.header("retry-after");
                let until = asked.and_then(|value| backoff::retry_after(value, now));
                self.not_now(&why, until)
            }
            status @ (401 | 402) => {
                self.cannot_be_had(&format!("it answered {status}"), Yield::Walled)
            }
            status => self.refused(&format!("it answered {status}")),
        }
    }

    async fn read(&self, response: Response) -> Seen {
        let fetched = self.desk.clock.now();
        if let Some(why) = doubt::led_away(&self.page.fetch, &response) {
            return self.cannot_be_had(&why, Yield::Bare);
        }
        let entry = self.page.entry.as_ref();
        let extraction = match page::read(self.desk, &self.outlet, entry, &response).await {
            Ok(extraction) => extraction,
            Err(why) => return self.cannot_be_had(&why, Yield::Bare),
        };
        let stored = match self.stored().await {
            Ok(stored) => stored,
            Err(why) => return self.not_now(&why, None),
        };
        // A wall that goes up later is no correction: a revisit goes by the headline that is stored.
        let known = stored.as_ref().map(|stored| &stored.revision.content);
        let headline = match entry {
            Some(entry) => entry.title.as_deref(),
            None => known.and_then(|known| known.title.as_deref()),
        };
        if doubt::is_off_subject(headline, &extraction.content) {
            let why = "its page says nothing of what its source announced";
            return self.cannot_be_had(why, Yield::Bare);
        }
        let address = &response.url;
        let mut parts = Parts::Fetched {
            desk: self.desk,
            gathered: Vec::new(),
        };
        let mut extraction = page::complete(&mut parts, &self.outlet, extraction, address).await;
        let raw = (self.config.store.raw)
            .then(|| page::to_keep(entry.cloned(), &response, parts, fetched))
            .flatten();
        if let (Some(known), None) = (known, entry) {
            correction::remember(&mut extraction.content, known);
        }
        if let Some(stored) = &stored {
            match correction::look(stored, &extraction, fetched) {
                Look::Goes => {}
                Look::Stays => return self.unchanged(),
                Look::Waits(at) => return self.unchanged_until(at),
            }
        }
        let mut found = self.found(extraction, &response, fetched);
        found.raw = raw;
        Seen::Article(Box::new(found))
    }

    /// The article under the address that its page gives itself, where that can be believed.
    fn found(
        &self,
        extraction: Extraction,
        response: &Response,
        fetched: Timestamp,
    ) -> FoundArticle {
        let own = |url: &Url| canonical::without(url, &self.outlet.tracking);
        let stated = extraction.canonical.iter().chain(&extraction.stated);
        let url = stated
            .map(own)
            .find(|stated| canonical::plausible(&response.url, stated))
            .unwrap_or_else(|| own(&response.url));
        FoundArticle {
            aliases: vec![
                self.page.key.url.clone(),
                canonical::folded(&url),
                canonical::folded(&own(&response.url)),
            ],
            url: canonical::canonical(&url),
            // Of a part, the same part would be "unchanged" for ever.
            validators: if extraction.content.partial {
                Validators::default()
            } else {
                response.validators()
            },
            yielded: learn::yielded(&extraction.content),
            extraction,
            fetched,
            raw: None,
        }
    }

    /// What is stored of the page, if anything is.
    async fn stored(&self) -> Result<Option<Article>, String> {
        let Some(id) = self.page.article else {
            return Ok(None);
        };
        let stored = self.desk.store.article(id).await;
        stored.map_err(|fault| chain(&fault))
    }

    fn unchanged(&self) -> Seen {
        Seen::Nothing(VisitOutcome::Unchanged {
            next_look: self.next_look(),
        })
    }

    /// Looked at again at `at`, whatever the schedule says later. What its source says of it waits too:
    /// it is a part of the revision that is held back.
    fn unchanged_until(&self, at: Timestamp) -> Seen {
        if self.page.entry.is_some() {
            return Seen::Nothing(VisitOutcome::Defer { at });
        }
        let next = self.next_look().map_or(at, |next| next.min(at));
        Seen::Nothing(VisitOutcome::Unchanged {
            next_look: Some(next),
        })
    }

    /// Its host has no room: soon enough is waited for, but no article for more than its hour.
    fn not_yet(&self, until: Timestamp) -> Seen {
        if self.page.article.is_none() && until > later(self.desk.clock.now(), LONGEST_TRIAL) {
            return self.refused(&format!("its host is not to be asked before {until:.0}"));
        }
        Seen::Nothing(VisitOutcome::Defer { at: until })
    }

    /// Tried again with back-off for up to an hour from the first try, then like what cannot be had.
    fn not_now(&self, why: &str, until: Option<Timestamp>) -> Seen {
        let now = self.desk.clock.now();
        // How long the page waited for its first try is not its fault.
        let since = match self.page.tries {
            0 => now,
            _ => self.page.trying_since,
        };
        match schedule::visit::next_try(since, self.page.tries + 1, now) {
            Some(at) => {
                debug!("cannot have the page just now ({why}), trying again at {at:.0}");
                let asked = until.map_or(at, |until| until.min(later(since, LONGEST_TRIAL)));
                Seen::Nothing(VisitOutcome::Retry { at: asked.max(at) })
            }
            None => self.refused(why),
        }
    }

    /// Its page cannot be had: nothing is known of it.
    fn refused(&self, why: &str) -> Seen {
        self.cannot_be_had(why, Yield::Refused)
    }

    /// Stored from what the source gave, if it gave a text; else recorded as skipped.
    fn cannot_be_had(&self, why: &str, kind: Yield) -> Seen {
        if self.page.article.is_some() {
            return self.unchanged();
        }
        let given = self
            .page
            .entry
            .as_ref()
            .and_then(|entry| extract::from_entry(entry, Some(&self.outlet)));
        match given {
            Some(extraction) => {
                info!("{why}: stored from what its source gave");
                Seen::Article(Box::new(FoundArticle {
                    extraction,
                    url: canonical::canonical(&self.page.fetch),
                    aliases: vec![self.page.key.url.clone()],
                    validators: Validators::default(),
                    fetched: self.desk.clock.now(),
                    raw: None,
                    yielded: Yielded::nothing(kind),
                }))
            }
            None => Seen::Nothing(VisitOutcome::Skipped {
                reason: why.to_owned(),
                yielded: Yielded::nothing(kind),
            }),
        }
    }

    fn next_look(&self) -> Option<Timestamp> {
        // The next time of the schedule that is still to come, however many looks there were.
        let now = self.desk.clock.now();
        let revisit = (self.outlet.revisit.as_ref()).unwrap_or(&self.config.poll.revisit);
        revisit::next_look(revisit, self.page.first_seen, 0, now)
    }

    async fn publish(&self, lease: Lease<PageKey>, found: FoundArticle) -> Outcome {
        let timer = tokio::time::Instant::now();
        let publication = self.publication(found);
        let title = publication.content.title.clone().unwrap_or_default();
        self.desk.meters.extraction(publication.content.way);
        let published = (self.desk.store.publish(lease, publication))
            .instrument(debug_span!("publish"))
            .await;
        self.desk.meters.publish(timer.elapsed());
        match published {
            Ok(published) => {
                self.say(published, &title);
                Outcome::Done
            }
            Err(fault) => record::lost(fault),
        }
    }

    fn publication(&self, found: FoundArticle) -> Publication {
        let content = found.extraction.content;
        let mut facts = ArticleFacts::of(&self.outlet.name, &content, true);
        let routes = route::of_article(self.config.endpoints.values(), &mut facts);
        Publication {
            now: self.desk.clock.now(),
            fetched: found.fetched,
            url: found.url,
            aliases: found.aliases,
            text_key: extract::text_key(&content),
            digest: extract::digest(&content),
            on_new: routes.on_new,
            on_updated: routes.on_updated,
            terms: routes.terms,
            sketch: Sketch::of(&facts.text),
            content,
            validators: found.validators,
            next_look: self.next_look(),
            raw: found.raw,
            yielded: Some(found.yielded),
        }
    }

    /// From the stated publication to now; from the first sight where no time was stated.
    fn discovery(&self) -> Duration {
        let stated = self.page.entry.as_ref().and_then(|entry| entry.published);
        let from = stated.map_or(self.page.first_seen, |time| time.instant());
        Duration::try_from(self.desk.clock.now().duration_since(from)).unwrap_or_default()
    }

    fn say(&self, published: Published, title: &str) {
        let outlet = &self.outlet.name;
        let meters: &Meters = &self.desk.meters;
        match published {
            Published::New { article, event } => {
                info!(article.id = %article, "new at {outlet}: {title}");
                meters.article(outlet, ArticleResult::New);
                if event.is_some() {
                    meters.discovery(self.discovery());
                }
                self.desk.nudges.of(Queue::Deliveries).notify_one();
            }
            Published::Revised {
                article, revision, ..
            } => {
                info!(article.id = %article, revision, "corrected at {outlet}: {title}");
                meters.article(outlet, ArticleResult::Revised);
                self.desk.nudges.of(Queue::Deliveries).notify_one();
            }
            Published::Known { article } => {
                debug!(article.id = %article, "known: {title}");
                meters.article(outlet, ArticleResult::Known);
            }
        }
    }
}

fn later(from: Timestamp, wait: Duration) -> Timestamp {
    from.saturating_add(wait).unwrap_or(Timestamp::MAX)
}
