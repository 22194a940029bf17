//! Lists of articles as they are asked for: by the search index where words are asked for and one is
//! kept, else by the store.

use crate::model::article::Article;
use crate::model::language::primary_subtag;
use crate::search::{Ask, Part, SearchError, Sort, Within, is_plain};
use crate::serve::ServeState;
use crate::serve::articles::article_query;
use crate::serve::feed_links::Before;
use crate::serve::problem::{Kind, Problem};
use crate::serve::query::{Params, bad};
use crate::store::Page;

/// The asked-for part of the articles, by `outlet`, `language`, `since`, `until`, `q`, `sort`, `limit` and
/// `cursor`.
pub(super) async fn articles(
    state: &ServeState,
    params: &Params,
) -> Result<Page<Article>, Problem> {
    let sort = params.one_of("sort", &Sort::ALL, Sort::as_str)?;
    if params.text("q").is_none() {
        // Whatever the order that was asked for: without words all fit alike.
        return Ok(state.store.articles(article_query(params)?).await?);
    }
    let Some(search) = &state.search else {
        return by_store(state, params, sort, "`search.enabled` is false").await;
    };
    let Some((ask, within, part)) = asked(params, sort)? else {
        // No article holds it.
        return Ok(Page {
            items: Vec::new(),
            next: None,
        });
    };
    let found = match search.find(ask, within, part).await {
        Ok(found) => found,
        Err(SearchError::Question(problem)) => return Err(bad(problem)),
        Err(SearchError::Building) => {
            let why = "the search index is being built: try again soon";
            return by_store(state, params, sort, why).await;
        }
        Err(SearchError::Damaged { .. } | SearchError::Engine { .. }) => {
            let why = "the search index is damaged, and is being made anew: try again soon";
            return by_store(state, params, sort, why).await;
        }
    };
    let mut items = Vec::with_capacity(found.articles.len());
    for id in found.articles {
        // One that was forgotten meanwhile is not there.
        items.extend(state.store.article(id).await?);
    }
    Ok(Page {
        items,
        next: found.next,
    })
}

/// Where the page of a search begins that ends where the asked-for one begins.
pub(super) async fn before(state: &ServeState, params: &Params) -> Result<Before, Problem> {
    let sort = params.one_of("sort", &Sort::ALL, Sort::as_str)?;
    let (Some(search), Some((ask, within, part))) = (&state.search, asked(params, sort)?) else {
        return Ok(Before::Nothing);
    };
    let found = search.before(ask, within, part).await;
    Ok(found.map_or(Before::Nothing, Before::from))
}

/// What is asked of the index; nothing where there is nothing that an article could hold.
fn asked(params: &Params, sort: Option<Sort>) -> Result<Option<(Ask, Within, Part)>, Problem> {
    let words = params.text("q").unwrap_or_default();
    if !words.contains(char::is_alphanumeric) {
        return Ok(None);
    }
    let ask = Ask::parse(words).map_err(|problem| bad(format!("`q`: {problem}")))?;
    let within = Within {
        outlet: params.text("outlet").map(str::to_owned),
        language: params.text("language").map(primary_subtag),
        tag: params.text("tag").map(str::to_owned),
        since: params.time("since")?,
        until: params.time("until")?,
    };
    let part = Part {
        sort: sort.unwrap_or_default(),
        after: params.cursor()?,
        limit: params.limit()?,
    };
    Ok(Some((ask, within, part)))
}

/// Without an index: plain words, letter for letter, newest first; the rest of the language is not known.
async fn by_store(
    state: &ServeState,
    params: &Params,
    sort: Option<Sort>,
    why: &str,
) -> Result<Page<Article>, Problem> {
    let query = article_query(params)?;
    let are_plain = query.words.iter().all(|word| is_plain(word));
    if sort == Some(Sort::Relevance) || !are_plain {
        let says = format!("only plain words can be searched for, by time: {why}");
        return Err(Problem::new(Kind::NotReady, says));
    }
    Ok(state.store.articles(query).await?)
}
