//! `/api/v1/re-extract`: the rules in force on the pages that were kept, a stretch of articles at a
//! time. It looks and changes nothing, unless that is asked for.

use std::time::Duration;

use axum::Json;
use axum::extract::{RawQuery, State};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::dedupe::diff::{Change, Operation, shortened};
use crate::model::id::OutletName;
use crate::serve::Context;
use crate::serve::problem::{Kind, Problem};
use crate::serve::query::{Params, cursor_text};
use crate::store::ArticleQuery;
use crate::work::reextract::step::{Became, Step, Stretch, Told, step};
use crate::work::reextract::{Changed, Telling};

/// Its parameters.
pub(super) const PARAMETERS: [&str; 7] = [
    "outlet", "since", "article", "apply", "announce", "limit", "cursor",
];
/// A stretch ends after this time, well before the client's patience does.
const STRETCH: Duration = Duration::from_secs(10);
/// Stretches of a difference that are told, and characters of each.
const OPERATIONS: usize = 12;
const OPERATION: usize = 120;

/// What became of a stretch of articles.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Reextraction")]
pub struct ReextractionBody {
    /// Those that change, and those that cannot be read anew; all others are only counted.
    items: Vec<RereadBody>,
    /// Would change, or changed where `apply` was asked for.
    changed: u64,
    /// Stay as they are.
    same: u64,
    /// Cannot be read anew.
    unreadable: u64,
    /// Have no pages kept.
    unkept: u64,
    /// What to give as `cursor` for the next stretch; null at the end.
    next: Option<String>,
}

/// An article that changes or cannot be read anew.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Reread")]
struct RereadBody {
    article: String,
    outlet: String,
    title: Option<String>,
    /// Why it cannot be read anew; null where it changes.
    reason: Option<String>,
    /// What becomes of its title and its text.
    differences: Vec<DifferenceBody>,
    /// What else is stated otherwise.
    facts: Vec<&'static str>,
    /// The revision that was stored; null where nothing was.
    revision: Option<u32>,
}

/// What becomes of a title or a text, by words.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Difference")]
struct DifferenceBody {
    /// title or text
    of: &'static str,
    /// Words that come.
    come: u64,
    /// Words that go.
    go: u64,
    /// The first stretches, long ones cut.
    diff: Vec<OperationBody>,
    /// Whether there are more.
    more: bool,
}

/// One stretch.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Operation")]
struct OperationBody {
    /// equal, delete or insert
    op: &'static str,
    text: String,
}

/// Takes one stretch; one at a time, because each keeps a processor busy.
pub(super) async fn take(
    State(context): State<Context>,
    RawQuery(query): RawQuery,
) -> Result<Json<ReextractionBody>, Problem> {
    let params = Params::parse(query.as_deref(), &PARAMETERS)?;
    let config = context.state.config.borrow().clone();
    let outlet = params.text("outlet").map(OutletName::new);
    if let Some(name) = outlet
        .as_ref()
        .filter(|it| !config.outlets.contains_key(it))
    {
        return Err(Problem::not_found("outlet", name.as_str()));
    }
    let asked = Step {
        articles: ArticleQuery {
            outlet,
            since: params.time("since")?,
            limit: params.limit()?,
            cursor: params.cursor()?,
            ..ArticleQuery::default()
        },
        article: params.id("article")?,
        apply: telling(&params)?,
        until: Instant::now() + STRETCH,
    };
    let permit = context.rereading.clone().try_acquire_owned().map_err(|_| {
        Problem::new(
            Kind::Conflict,
            "articles are being read anew already; wait until that is done",
        )
    })?;
    let state = context.state.clone();
    let runtime = Handle::current();
    // To read a page keeps a thread busy, and one of those that answer must not be.
    let taken = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let stretch = runtime.block_on(step(&*state.store, &config, &state.clock, &asked))?;
        match (asked.apply, &state.search) {
            (Some(Telling::Announced), _) => (state.nudge)(),
            (Some(Telling::Quiet), Some(search)) => search.compare_soon(),
            (Some(Telling::Quiet), None) | (None, _) => {}
        }
        Ok::<_, Problem>(body(&stretch))
    });
    let broke = |_| Problem::new(Kind::Internal, "this is a bug; the daemon's log says more");
    taken.await.map_err(broke)?.map(Json)
}

fn telling(params: &Params) -> Result<Option<Telling>, Problem> {
    let said = |name| {
        let word = params.one_of(name, &["true", "false"], |word| word);
        word.map(|word| word == Some("true"))
    };
    match (said("apply")?, said("announce")?) {
        // What is not stored is not told.
        (false, _) => Ok(None),
        (true, false) => Ok(Some(Telling::Quiet)),
        (true, true) => Ok(Some(Telling::Announced)),
    }
}

/// A stretch in the API's form.
pub fn body(stretch: &Stretch) -> ReextractionBody {
    let tally = stretch.tally;
    ReextractionBody {
        items: stretch.told.iter().map(item).collect(),
        changed: tally.changed,
        same: tally.same,
        unreadable: tally.unreadable,
        unkept: tally.unkept,
        next: stretch.next.as_ref().map(cursor_text),
    }
}

fn item(told: &Told) -> RereadBody {
    let article = &told.article;
    let (reason, differences, facts, revision) = match &told.became {
        Became::Unreadable(why) => (Some(why.clone()), Vec::new(), Vec::new(), None),
        Became::Changed(changed, revision) => {
            (None, differences(changed), changed.facts.clone(), *revision)
        }
    };
    RereadBody {
        article: article.id.to_string(),
        outlet: article.outlet.to_string(),
        title: article.revision.content.title.clone(),
        reason,
        differences,
        facts,
        revision,
    }
}

fn differences(changed: &Changed) -> Vec<DifferenceBody> {
    let parts = [("title", &changed.title), ("text", &changed.text)];
    let parts = parts
        .into_iter()
        .filter(|(_, operations)| !operations.is_empty());
    parts
        .map(|(of, operations)| DifferenceBody {
            of,
            come: words(operations, Change::Insert),
            go: words(operations, Change::Delete),
            diff: shortened(operations.clone(), OPERATIONS, OPERATION)
                .into_iter()
                .map(|operation| OperationBody {
                    op: operation.change.as_str(),
                    text: operation.text,
                })
                .collect(),
            more: operations.len() > OPERATIONS,
        })
        .collect()
}

fn words(operations: &[Operation], change: Change) -> u64 {
    let those = operations.iter().filter(|it| it.change == change);
    those
        .map(|it| it.text.split_whitespace().count() as u64)
        .sum()
}
