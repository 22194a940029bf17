//! Which events a stream is told: by kind, outlet, language and words.
//!
//! Outlet, language and words are questions about articles (an outlet is one about sources too):
//! what has none of them is not told to whoever asks for one.

use crate::model::article::Article;
use crate::model::event::{EventKind, FullEvent, FullSubject};
use crate::model::id::OutletName;
use crate::model::language::primary_subtag;
use crate::serve::articles::search_words;
use crate::serve::problem::Problem;
use crate::serve::query::{Params, bad};

/// What a stream asks for; nothing asked for is everything.
#[derive(Clone, Debug, Default)]
pub(super) struct Sift {
    kinds: Vec<EventKind>,
    outlet: Option<OutletName>,
    language: Option<String>,
    /// In lower case.
    words: Vec<String>,
}

impl Sift {
    /// Reads `type`, `outlet`, `language` and `q`.
    pub(super) fn read(params: &Params) -> Result<Self, Problem> {
        let mut kinds = Vec::new();
        for word in params.text("type").unwrap_or_default().split(',') {
            let word = word.trim();
            if word.is_empty() {
                continue;
            }
            let Some(kind) = EventKind::parse(word) else {
                let known = EventKind::ALL.map(EventKind::as_str);
                return Err(bad(format!(
                    "`type` must name kinds of event, parted by commas: {}",
                    known.join(", ")
                )));
            };
            kinds.push(kind);
        }
        let words = search_words(params)?;
        Ok(Self {
            kinds,
            outlet: params.text("outlet").map(OutletName::new),
            language: params.text("language").map(primary_subtag),
            words: words.iter().map(|word| word.to_lowercase()).collect(),
        })
    }

    /// Whether the event is asked for.
    pub(super) fn takes(&self, event: &FullEvent) -> bool {
        if !self.kinds.is_empty() && !self.kinds.contains(&event.kind) {
            return false;
        }
        match &event.body {
            FullSubject::Article { article, .. } => self.takes_article(article),
            FullSubject::Source(source) => {
                let is_theirs = |outlet: &OutletName| *outlet == source.outlet;
                self.outlet.as_ref().is_none_or(is_theirs) && !self.asks_for_words()
            }
            FullSubject::Endpoint(_) | FullSubject::Test | FullSubject::Digest(_) => {
                self.outlet.is_none() && !self.asks_for_words()
            }
        }
    }

    fn asks_for_words(&self) -> bool {
        self.language.is_some() || !self.words.is_empty()
    }

    fn takes_article(&self, article: &Article) -> bool {
        let content = &article.revision.content;
        let language = || content.language.as_deref().map(primary_subtag);
        if self.outlet.as_ref().is_some_and(|it| *it != article.outlet)
            || (self.language.is_some() && self.language != language())
        {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        let title = content.title.as_deref().unwrap_or_default();
        let all = format!("{title}\n{}", content.text()).to_lowercase();
        self.words.iter().all(|word| all.contains(word))
    }
}
