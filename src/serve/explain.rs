//! `/api/v1/endpoints/{name}/explain`: why an endpoint is told of an article, or is not.
//!
//! The rules are those in force now, held against the article as it is now; what became of it is what
//! the store remembers. The two may differ: then the sentence says so.

use axum::Json;
use axum::extract::{Path, RawQuery, State};

use crate::model::article::Article;
use crate::model::delivery::{Delivery, DeliveryState};
use crate::model::event::EventKind;
use crate::model::id::{ArticleId, EndpointName};
use crate::notify::route::{self, ArticleFacts, Decision};
use crate::schedule::quiet;
use crate::serve::endpoints::configured;
use crate::serve::problem::Problem;
use crate::serve::query::Params;
use crate::serve::wire::{self, Explanation};
use crate::serve::{Context, ServeState};
use crate::store::DeliveryQuery;

/// Its parameters.
pub(super) const PARAMETERS: [&str; 1] = ["article"];

/// Deliveries that are shown: one for each revision.
const SHOWN: usize = 20;

pub(super) async fn explain(
    State(context): State<Context>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Explanation>, Problem> {
    let params = Params::parse(query.as_deref(), &PARAMETERS)?;
    let state = &context.state;
    let config = state.config.borrow().clone();
    let spec = configured(&config, &EndpointName::new(name))?;
    // Without an article there is none: what is missing cannot be found.
    let wanted = params.text("article").unwrap_or_default();
    let id = wanted
        .parse::<ArticleId>()
        .map_err(|_| Problem::not_found("article", wanted))?;
    let article = state.store.article(id).await?;
    let article = article.ok_or_else(|| Problem::not_found("article", wanted))?;
    let content = &article.revision.content;
    let facts = ArticleFacts::of(&article.outlet, content, article.story.original);
    // An endpoint that wants corrections only is asked about these.
    let kind = if spec.events.contains(&EventKind::ArticleNew) {
        EventKind::ArticleNew
    } else {
        EventKind::ArticleUpdated
    };
    let deliveries = of_article(state, &spec.name, &article).await?;
    let decision = route::decide(spec, kind, &facts, !deliveries.is_empty());
    let now = state.clock.now();
    let quiet = spec.quiet.as_ref().and_then(|it| quiet::until(it, now));
    let mut verdict = verdict(&decision, &deliveries);
    if let Some(until) = quiet
        && deliveries.iter().any(is_open)
    {
        verdict = format!("{verdict}; its quiet hours end at {}", wire::stamp(until));
    }
    Ok(Json(Explanation {
        endpoint: spec.name.to_string(),
        article: article.id.to_string(),
        title: content.title.clone(),
        revision: article.revision.number,
        passes: decision.passes,
        verdict,
        rules: decision.steps.into_iter().map(wire::rule).collect(),
        deliveries: deliveries.iter().map(wire::delivery).collect(),
    }))
}

/// The newest deliveries of an article's events to an endpoint.
async fn of_article(
    state: &ServeState,
    endpoint: &EndpointName,
    article: &Article,
) -> Result<Vec<Delivery>, Problem> {
    let query = DeliveryQuery {
        endpoint: Some(endpoint.clone()),
        article: Some(article.id),
        limit: SHOWN,
        ..DeliveryQuery::default()
    };
    Ok(state.store.deliveries(query).await?.items)
}

fn is_open(delivery: &Delivery) -> bool {
    matches!(
        delivery.state,
        DeliveryState::Waiting | DeliveryState::Due | DeliveryState::Retrying
    )
}

/// What became of a delivery.
fn became(delivery: &Delivery) -> String {
    let state = delivery.state;
    if let Some(place) = delivery.digest {
        let at = wire::stamp(place.at);
        return match (place.delivery, state) {
            (Some(digest), DeliveryState::Delivered) => format!("it went in digest {digest}"),
            (Some(digest), DeliveryState::Failed) => format!("its digest {digest} failed"),
            (Some(digest), _) => format!("it is in digest {digest}, which is on its way"),
            (None, _) => format!("it waits for the digest of {at}"),
        };
    }
    let became = match state {
        DeliveryState::Delivered => "it was delivered",
        DeliveryState::Failed => "its delivery failed",
        DeliveryState::Waiting => "its delivery waits",
        DeliveryState::Due => "its delivery is due",
        DeliveryState::Retrying => "its delivery failed so far and is tried again",
    };
    became.to_owned()
}

/// The whole in a sentence.
fn verdict(decision: &Decision, deliveries: &[Delivery]) -> String {
    let rules = match (decision.passes, decision.blocking()) {
        (true, _) => "the rules let it pass".to_owned(),
        (false, Some(step)) => format!("held back by {}: {}", step.rule, step.why),
        (false, None) => "held back".to_owned(),
    };
    let Some(newest) = deliveries.first() else {
        return if decision.passes {
            format!(
                "{rules}, but there is no delivery: it was stored quietly (a new source's first poll), or before this endpoint or its rules were as they are now, or its delivery is so old that it was forgotten"
            )
        } else {
            rules
        };
    };
    let became = became(newest);
    if decision.passes {
        format!("{rules}; {became}")
    } else {
        format!("{rules}; it passed when the rules or the article were otherwise, and {became}")
    }
}
