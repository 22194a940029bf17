//! Which endpoints want an event, and why one does or does not.
//!
//! Each refusal has a reason that can be shown, so that "why was I not told?" has an answer.
//! Filters look at articles only: whoever asks for `source.*` or `endpoint.*` events gets them all.
//! Whether an article is the first of its story is known when it is stored, and judged there.

use crate::config::endpoint::{EndpointSpec, Stories};
use crate::model::delivery::StoryTerms;
use crate::model::event::EventKind;
use crate::model::id::EndpointName;
use crate::notify::filter::Walk;

pub use crate::notify::filter::{ArticleFacts, Step};

/// Whether an endpoint is told of an article, and each rule that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is told.
    pub passes: bool,
    /// The rules, in the order they were looked at; those of a group stand before it.
    pub steps: Vec<Step>,
}

impl Decision {
    /// The first rule that keeps the endpoint from being told. Rules within groups are passed over: the
    /// group that stands behind them has the word.
    pub fn blocking(&self) -> Option<&Step> {
        let mut steps = self.steps.iter().filter(|_| !self.passes);
        steps.find(|step| !step.holds && step.depth == 0)
    }
}

/// Whether `endpoint` wants an event of `kind` about `article`.
pub fn wants(endpoint: &EndpointSpec, kind: EventKind, article: Option<&ArticleFacts<'_>>) -> bool {
    // A test is sent to the endpoint that it tests, whatever the endpoint subscribes to.
    if kind != EventKind::Test && !asks_for(endpoint, kind) {
        return false;
    }
    let Some(facts) = article else {
        return true;
    };
    let mut walk = Walk {
        facts,
        steps: None,
        depth: 0,
    };
    walk.filter(&endpoint.filter, "filter")
}

/// Whether an endpoint's `events` ask for a kind. A flood is what a source that was rebuilt does first:
/// whoever asks for the event of a changed layout is told of it too.
fn asks_for(endpoint: &EndpointSpec, kind: EventKind) -> bool {
    endpoint.events.contains(&kind)
        || kind == EventKind::SourceFlood && endpoint.events.contains(&EventKind::SourceLayout)
}

/// The same with reasons. `told` is whether the endpoint was told of the article, which is more than
/// its place in the story says: an earlier copy may not have passed.
pub fn decide(
    endpoint: &EndpointSpec,
    kind: EventKind,
    facts: &ArticleFacts<'_>,
    told: bool,
) -> Decision {
    let mut walk = Walk {
        facts,
        steps: Some(Vec::new()),
        depth: 0,
    };
    let subscribed = asks_for(endpoint, kind);
    walk.note("events", subscribed, || {
        let not = if subscribed { "names" } else { "does not name" };
        format!("it {not} {}", kind.as_str())
    });
    let first = endpoint.stories == Stories::All
        || walk.note("stories", facts.original || told, || {
            if facts.original {
                "the article is the first seen of its story".to_owned()
            } else if told {
                "no earlier copy of the story passed".to_owned()
            } else {
                "another outlet had the story first".to_owned()
            }
        });
    let passes = walk.filter(&endpoint.filter, "filter") && subscribed && first;
    Decision {
        passes,
        steps: walk.steps.unwrap_or_default(),
    }
}

/// Who is told of an article, as far as it can be said before it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    /// If it is new.
    pub on_new: Vec<EndpointName>,
    /// If it is a correction.
    pub on_updated: Vec<EndpointName>,
    /// What depends on its place in its story, and on who was told of it before.
    pub terms: StoryTerms,
}

/// The routes of an article of which nobody knows yet whether it is the first of its story: what
/// `facts` say of that is not looked at, and is not kept.
pub fn of_article<'a>(
    endpoints: impl Iterator<Item = &'a EndpointSpec>,
    facts: &mut ArticleFacts<'_>,
) -> Routes {
    let mut routes = Routes::default();
    for endpoint in endpoints {
        let name = || endpoint.name.clone();
        let mut passes_as = |original| {
            facts.original = original;
            let mut walk = Walk {
                facts,
                steps: None,
                depth: 0,
            };
            walk.filter(&endpoint.filter, "filter")
        };
        let as_original = passes_as(true);
        let as_copy = if endpoint.filter.asks_of_stories() {
            passes_as(false)
        } else {
            as_original
        };
        let updates = endpoint.events.contains(&EventKind::ArticleUpdated);
        if !as_original && !as_copy {
            if updates {
                routes.terms.if_told.push(name());
            }
            continue;
        }
        if endpoint.events.contains(&EventKind::ArticleNew) {
            routes.on_new.push(name());
        }
        if updates {
            routes.on_updated.push(name());
        }
        if !as_copy {
            routes.terms.originals.push(name());
        }
        if !as_original {
            routes.terms.copies.push(name());
        }
        if endpoint.stories == Stories::First {
            routes.terms.once.push(name());
        }
    }
    routes
}

/// The endpoints that want an event of `kind` about the endpoint `of`, which is not told of itself.
pub fn others<'a>(
    endpoints: impl IntoIterator<Item = &'a EndpointSpec>,
    of: &EndpointName,
    kind: EventKind,
) -> Vec<EndpointName> {
    let others = endpoints.into_iter().filter(|it| it.name != *of);
    routes(others, kind, None)
}

/// The endpoints that want it, in the order given.
pub fn routes<'a>(
    endpoints: impl IntoIterator<Item = &'a EndpointSpec>,
    kind: EventKind,
    article: Option<&ArticleFacts<'_>>,
) -> Vec<EndpointName> {
    endpoints
        .into_iter()
        .filter(|endpoint| wants(endpoint, kind, article))
        .map(|endpoint| endpoint.name.clone())
        .collect()
}

#[cfg(test)]
mod tests;
