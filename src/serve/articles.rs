//! `/api/v1/articles`: lists, one article, its revisions.

use axum::Json;
use axum::extract::{Path, RawQuery, State};

use crate::model::article::Article;
use crate::model::id::{ArticleId, OutletName};
use crate::model::language::primary_subtag;
use crate::notify::wire::ArticleJson;
use crate::search::{MAX_BYTES, MAX_TERMS};
use crate::serve::problem::Problem;
use crate::serve::query::{Params, bad, cursor_text};
use crate::serve::wire::{self, List};
use crate::serve::{Context, search};
use crate::store::ArticleQuery;

/// Parameters of the list.
pub(super) const PARAMETERS: [&str; 10] = [
    "outlet", "language", "tag", "since", "until", "q", "sort", "fields", "limit", "cursor",
];
pub(super) async fn list(
    State(context): State<Context>,
    RawQuery(query): RawQuery,
) -> Result<Json<List<ArticleJson>>, Problem> {
    let params = Params::parse(query.as_deref(), &PARAMETERS)?;
    let full = params.one_of("fields", &["full"], |word| word)?.is_some();
    let page = search::articles(&context.state, &params).await?;
    Ok(Json(List {
        items: page
            .items
            .iter()
            .map(|article| wire::article(article, full))
            .collect(),
        next: page.next.as_ref().map(cursor_text),
    }))
}

/// The words of `q`.
pub(super) fn search_words(params: &Params) -> Result<Vec<String>, Problem> {
    let search = params.text("q").unwrap_or_default();
    let words: Vec<String> = search.split_whitespace().map(str::to_owned).collect();
    if search.len() > MAX_BYTES || words.len() > MAX_TERMS {
        return Err(bad(format!(
            "`q` may have {MAX_TERMS} words and {MAX_BYTES} bytes"
        )));
    }
    Ok(words)
}

/// What the parameters ask for.
pub(super) fn article_query(params: &Params) -> Result<ArticleQuery, Problem> {
    Ok(ArticleQuery {
        outlet: params.text("outlet").map(OutletName::new),
        language: params.text("language").map(primary_subtag),
        tag: params.text("tag").map(str::to_owned),
        since: params.time("since")?,
        until: params.time("until")?,
        words: search_words(params)?,
        limit: params.limit()?,
        cursor: params.cursor()?,
    })
}

pub(super) async fn show(
    State(context): State<Context>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<ArticleJson>, Problem> {
    Params::parse(query.as_deref(), &[])?;
    let article = find(&context, &id).await?;
    Ok(Json(wire::article(&article, true)))
}

/// Each item is the article as it stood at that revision, oldest first; the story is today's.
pub(super) async fn revisions(
    State(context): State<Context>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<List<ArticleJson>>, Problem> {
    Params::parse(query.as_deref(), &[])?;
    let mut article = find(&context, &id).await?;
    let revisions = context.state.store.revisions(article.id).await?;
    let mut items = Vec::with_capacity(revisions.len());
    for revision in revisions {
        article.revision = revision;
        items.push(wire::article(&article, true));
    }
    Ok(Json(List { items, next: None }))
}

/// The article of that identifier, as written in an address.
pub(super) async fn find(context: &Context, id: &str) -> Result<Article, Problem> {
    let missing = || Problem::not_found("article", id);
    let key: ArticleId = id.parse().map_err(|_| missing())?;
    context.state.store.article(key).await?.ok_or_else(missing)
}
