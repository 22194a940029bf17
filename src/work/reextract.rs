//! Articles read anew from the pages that were kept of them, with the rules of today.
//!
//! Nothing is fetched and nothing is changed until it is asked for: [`look`] says what would become
//! of an article, [`apply`] stores that as its next revision.

pub mod step;

use jiff::Timestamp;

use crate::config::Config;
use crate::config::outlet::Outlet;
use crate::dedupe::diff::{self, Operation};
use crate::dedupe::sketch::Sketch;
use crate::extract;
use crate::model::article::{Article, Content};
use crate::notify::route::{self, ArticleFacts};
use crate::store::{Amendment, Store, StoreError};
use crate::work::correction;
use crate::work::page::{self, Parts};

/// What would become of an article.
#[derive(Debug)]
pub enum Outcome {
    /// The pages of its newest revision were not kept.
    NotKept,
    /// Its outlet is not configured: there are no rules for it.
    NoOutlet,
    /// The rules find no article on its page.
    Nothing(String),
    /// The same.
    Same,
    /// Other words, or other facts.
    Changed(Box<Changed>),
}

/// An article that would change.
#[derive(Clone, Debug)]
pub struct Changed {
    /// What it would say.
    pub content: Content,
    /// What becomes of its title, by words.
    pub title: Vec<Operation>,
    /// What becomes of its text, by words.
    pub text: Vec<Operation>,
    /// What else would be stated otherwise.
    pub facts: Vec<&'static str>,
}

/// Whether those who asked for corrections are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Nobody is: the outlet corrected nothing.
    Quiet,
    /// `article.updated` is sent.
    Announced,
}

/// What would become of `article`.
pub async fn look(
    store: &dyn Store,
    config: &Config,
    article: &Article,
) -> Result<Outcome, StoreError> {
    let Some((_, raw)) = store.raw(article.id).await? else {
        return Ok(Outcome::NotKept);
    };
    // An older page says what was corrected since: it never becomes the next revision.
    if raw.fetched != article.revision.fetched {
        return Ok(Outcome::NotKept);
    }
    let Some(outlet) = config.outlets.get(&article.outlet) else {
        return Ok(Outcome::NoOutlet);
    };
    let stored = &article.revision.content;
    let outlet = in_its_language(outlet, stored);
    let Some((first, rest)) = raw.pages.split_first() else {
        return Ok(Outcome::NotKept);
    };
    let extraction = match page::read_kept(&outlet, raw.entry.as_ref(), first) {
        Ok(extraction) => extraction,
        Err(why) => return Ok(Outcome::Nothing(why)),
    };
    let mut parts = Parts::Kept(rest);
    let extraction = page::complete(&mut parts, &outlet, extraction, &first.url).await;
    let mut content = extraction.content;
    if raw.entry.is_none() {
        correction::remember(&mut content, stored);
    }
    Ok(compare(stored, content))
}

/// The outlet as the article's source speaks, which a page that names no language goes by.
fn in_its_language(outlet: &Outlet, stored: &Content) -> Outlet {
    let differ = outlet.sources.iter().any(|it| it.language.is_some());
    let own = stored.language.clone().filter(|_| differ);
    Outlet {
        language: own.or_else(|| outlet.language.clone()),
        ..outlet.clone()
    }
}

fn compare(old: &Content, new: Content) -> Outcome {
    let facts: Vec<&'static str> = [
        ("lead", old.lead != new.lead),
        ("byline", old.authors != new.authors),
        ("credit", old.credit != new.credit),
        ("section", old.section != new.section),
        ("published", old.published != new.published),
        ("updated", old.updated != new.updated),
        ("language", old.language != new.language),
        ("tags", old.tags != new.tags),
        ("image", old.image != new.image),
        ("captions", old.captions != new.captions),
        ("partial", old.partial != new.partial),
        ("free", old.free != new.free),
        ("form", old.blocks != new.blocks && old.text() == new.text()),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect();
    let title = |content: &Content| content.title.clone().unwrap_or_default();
    let title = diff::words(&title(old), &title(&new));
    let text = diff::words(&old.text(), &new.text());
    if facts.is_empty() && title.is_empty() && text.is_empty() {
        return Outcome::Same;
    }
    Outcome::Changed(Box::new(Changed {
        content: new,
        title,
        text,
        facts,
    }))
}

/// Stores what [`look`] said as the article's next revision, and says its number.
pub async fn apply(
    store: &dyn Store,
    config: &Config,
    now: Timestamp,
    article: &Article,
    changed: Changed,
    telling: Telling,
) -> Result<u32, StoreError> {
    let content = changed.content;
    let mut facts = ArticleFacts::of(&article.outlet, &content, article.story.original);
    let sketch = Sketch::of(&facts.text);
    let announce = match telling {
        Telling::Quiet => None,
        Telling::Announced => {
            let routes = route::of_article(config.endpoints.values(), &mut facts);
            Some((routes.on_updated, routes.terms))
        }
    };
    let amendment = Amendment {
        now,
        article: article.id,
        after: article.revision.number,
        text_key: extract::text_key(&content),
        digest: extract::digest(&content),
        sketch,
        content,
        announce,
    };
    store.amend(amendment).await
}
