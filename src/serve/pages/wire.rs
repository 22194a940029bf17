//! `/`: what flows and what is broken at a glance, then the newest articles, the copies of one story
//! under the first of them.

use std::collections::HashMap;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use maud::{Markup, html};

use crate::config::Config;
use crate::extract::summary;
use crate::model::article::Article;
use crate::model::delivery::{EndpointHealth, EndpointState};
use crate::model::id::{OutletName, StoryId};
use crate::model::source::SourceHealth;
use crate::search::Sort;
use crate::serve::credentials::Visitor;
use crate::serve::markup::{followable, push};
use crate::serve::pages::frame::{Frame, Fresh, Tab};
use crate::serve::pages::words::{
    Shown, count, dot, encoded, host, number, outlet_title, plural, when,
};
use crate::serve::problem::Problem;
use crate::serve::query::{Params, cursor_text};
use crate::serve::{Context, ServeState, search};
use crate::store::{Page, StoreStats};

/// Parameters of the page: the API's, so that an address of one can be made one of the other.
const PARAMETERS: [&str; 8] = [
    "outlet", "language", "since", "until", "q", "sort", "limit", "cursor",
];
/// What is kept from page to page.
const FILTERS: [&str; 4] = ["outlet", "language", "q", "sort"];
/// What the event stream is told: it knows words letter for letter only, so that a search is shown anew
/// with whatever its other filters let pass.
const STREAMED: [&str; 2] = ["outlet", "language"];
/// Outlets that the search lets pick from a list; of more, the name is asked for.
const OUTLETS: usize = 500;

pub(super) async fn page(
    State(context): State<Context>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let params = Params::parse(query.as_deref(), &PARAMETERS)?;
    let state = &context.state;
    let found = match search::articles(state, &params).await {
        // What cannot be searched for is said where it was asked: the words stand there, to be mended.
        Err(problem) if params.text("q").is_some() => Err(problem),
        found => Ok(found?),
    };
    let glance = Glance::take(state).await?;
    let config = state.config.borrow().clone();
    let now = state.clock.now();
    let best = params.text("sort") == Some(Sort::Relevance.as_str());
    let streamed = filters(&params, &STREAMED);
    let filters = filters(&params, &FILTERS);
    let mut frame = Frame::new("Wire", Tab::Wire, visitor);
    let newest = ["cursor", "until"]
        .iter()
        .all(|it| params.text(it).is_none());
    if newest {
        frame.fresh = Fresh::Events(format!(
            "/api/v1/events?type=article.new,article.updated{streamed}"
        ));
    }
    let body = html! {
        h1.unseen { "Wire" }
        (glance.show())
        (search_form(&config, &params))
        @match &found {
            Ok(found) => {
                (list(&config, &params, found, now))
                nav.paging aria-label="Pages of the list" {
                    @if !newest { a href={ "/?" (filters.trim_start_matches('&')) } { @if best { "Best" } @else { "Newest" } } }
                    @if let Some(next) = &found.next {
                        a rel="next" href={ "/?cursor=" (cursor_text(next)) (filters) } { @if best { "More" } @else { "Older" } }
                    }
                    @if let Some(feed) = feed(&params, &filters) {
                        a type="application/atom+xml" href=(feed) { "As a feed" }
                    }
                }
            }
            Err(problem) => { p.empty role="alert" { (Shown(&refusal(problem))) } }
        }
    };
    let status = (found.as_ref().err()).map_or(StatusCode::OK, |problem| problem.told().0);
    Ok(frame.with_status(status, &body))
}

/// Why a search was not answered, for whoever typed it.
fn refusal(problem: &Problem) -> String {
    let (_, title, detail) = problem.told();
    let detail = detail.strip_prefix("`q`: ").unwrap_or(detail);
    format!("{title}: {detail}")
}

/// The feed of what is asked for, where it is not simply all.
fn feed(params: &Params, filters: &str) -> Option<String> {
    let outlet = params.text("outlet");
    match (params.text("q"), outlet) {
        (Some(_), _) => Some(format!(
            "/feeds/search.atom?{}",
            filters.trim_start_matches('&')
        )),
        (None, Some(outlet)) if params.text("language").is_none() => {
            Some(format!("/feeds/{}.atom", encoded(outlet)))
        }
        (None, _) => None,
    }
}

/// `&outlet=…&q=…`: the filters that are set.
fn filters(params: &Params, names: &[&str]) -> String {
    let mut text = String::new();
    for name in names {
        if let Some(value) = params.text(name) {
            push(&mut text, format_args!("&{name}={}", encoded(value)));
        }
    }
    text
}

/// What an operator wants to know before anything else.
struct Glance {
    stats: StoreStats,
    endpoints: Vec<EndpointState>,
}

impl Glance {
    async fn take(state: &ServeState) -> Result<Self, Problem> {
        Ok(Self {
            stats: state.store.stats().await?,
            endpoints: state.store.endpoints().await?,
        })
    }

    fn show(&self) -> Markup {
        let states = &self.stats.source_states;
        let broken = states.iter().filter(|(_, it)| it.trouble() == 0).count();
        let doubtful = states.iter().filter(|(_, it)| it.trouble() == 1).count();
        let fresh = |(_, it): &&(OutletName, SourceHealth)| *it == SourceHealth::New;
        let fresh = states.iter().filter(fresh).count();
        let [waiting, due, retrying, _, failed] = self.stats.deliveries;
        let sick = |it: &&EndpointState| it.health != EndpointHealth::Healthy;
        let sick = self.endpoints.iter().filter(sick).count();
        html! {
            ul.glance #glance data-live aria-label="At a glance" {
                li { a href="/about" { b { (number(self.stats.articles)) } (plural(self.stats.articles, " article", " articles")) }
                    small { (count(self.stats.visits_due, "page to visit", "pages to visit")) } }
                li class=(mood(broken, doubtful)) { a href="/sources" { b { (number(states.len() as u64)) } (plural(states.len() as u64, " source", " sources")) }
                    small { @if broken > 0 { (broken) " in trouble" } @else if doubtful > 0 { (doubtful) " to look at" }
                        @else if fresh > 0 { (fresh) " new" } @else { "all well" } } }
                li class=(mood(usize::try_from(failed).unwrap_or(1), usize::try_from(retrying).unwrap_or(1))) {
                    a href="/deliveries" { b { (number(waiting + due + retrying)) } (plural(waiting + due + retrying, " delivery to make", " deliveries to make")) }
                    small { @if failed > 0 { (number(failed)) " given up" } @else if retrying > 0 { (number(retrying)) " to be tried again" }
                        @else { "none failed" } } }
                li class=(mood(sick, 0)) { a href="/endpoints" { b { (self.endpoints.len()) } (plural(self.endpoints.len() as u64, " endpoint", " endpoints")) }
                    small { @if self.endpoints.is_empty() { "nobody is told" } @else if sick > 0 { (sick) " in trouble" } @else { "all well" } } }
            }
        }
    }
}

fn mood(bad: usize, doubtful: usize) -> &'static str {
    match (bad, doubtful) {
        (0, 0) => "good",
        (0, _) => "warn",
        _ => "bad",
    }
}

fn search_form(config: &Config, params: &Params) -> Markup {
    let outlet = params.text("outlet");
    let language = params.text("language");
    let words = params.text("q");
    let mut languages: Vec<&str> = config
        .outlets
        .values()
        .filter_map(|outlet| outlet.language.as_deref()?.split('-').next())
        .chain(language)
        .collect();
    languages.sort_unstable();
    languages.dedup();
    // More than anybody would pick from, and than a page should carry.
    let pick = config.outlets.len() <= OUTLETS;
    let unknown = outlet.filter(|name| !config.outlets.keys().any(|it| it.as_str() == *name));
    html! {
        form.search role="search" method="get" action="/" {
            label.grow { span { "Words" }
                input type="search" name="q" value=[words] placeholder="in title or text" maxlength="500"; }
            label { span { "Outlet" }
                @if pick {
                    select name="outlet" {
                        option value="" { "all" }
                        @if let Some(name) = unknown { option value=(name) selected { (Shown(name)) } }
                        @for (name, it) in &config.outlets {
                            option value=(name) selected[outlet == Some(name.as_str())] { (it.title) }
                        }
                    }
                } @else { input name="outlet" value=[outlet] placeholder="its name"; } }
            label { span { "Language" }
                select name="language" {
                    option value="" { "all" }
                    @for it in languages { option value=(it) selected[language == Some(it)] { (Shown(it)) } }
                } }
            @if words.is_some() {
                label { span { "Order" }
                    select name="sort" {
                        @for (sort, shown) in [(Sort::Time, "newest first"), (Sort::Relevance, "best first")] {
                            option value=(sort.as_str()) selected[params.text("sort") == Some(sort.as_str())] { (shown) }
                        }
                    } }
            }
            button { "Search" }
            @if outlet.or(language).or(words).is_some() { a.clear href="/" { "Clear" } }
        }
    }
}

/// The articles in their order; those of one story stand together under the first that is met.
fn list(config: &Config, params: &Params, found: &Page<Article>, now: Timestamp) -> Markup {
    let is_searched = params.text("q").is_some();
    let is_filtered = ["outlet", "language", "since", "until"]
        .iter()
        .any(|name| params.text(name).is_some());
    let mut stories: Vec<Vec<&Article>> = Vec::new();
    let mut places: HashMap<StoryId, usize> = HashMap::new();
    for article in &found.items {
        let place = *places.entry(article.story.id).or_insert(stories.len());
        match stories.get_mut(place) {
            Some(story) => story.push(article),
            None => stories.push(vec![article]),
        }
    }
    html! {
        @if stories.is_empty() {
            p.empty #none data-live {
                @if found.next.is_some() { "Nothing among those looked through so far; go on with “Older”." }
                @else if is_searched && is_filtered { "No article within these filters holds these words." }
                @else if is_searched { "No article holds these words." }
                @else if is_filtered { "No article is like that." }
                @else { "Nothing here yet. A new source’s first poll only learns what is there; what comes after it is news." }
            }
        }
        ol.wire #wire data-live {
            @for story in &stories {
                @if let Some((first, copies)) = story.split_first() { (item(config, first, copies, now)) }
            }
        }
    }
}

fn item(config: &Config, article: &Article, copies: &[&Article], now: Timestamp) -> Markup {
    let content = &article.revision.content;
    let title = content.title.as_deref().unwrap_or(article.url.as_str());
    // Copies on this page are links of ours; the story's others are their outlets' own.
    let others = article
        .story
        .also
        .iter()
        .filter(|member| copies.iter().all(|copy| copy.url != member.url));
    let others: Vec<_> = others.collect();
    html! {
        li id={ "a-" (article.id) } {
            article {
                p.gutter { (when(now, article.stored)) }
                div {
                    h2 { a href={ "/articles/" (article.id) } lang=[content.language.as_deref()] dir="auto" { (Shown(title)) } }
                    p.gist lang=[content.language.as_deref()] dir="auto" { (Shown(&summary::summary(content))) }
                    @if !copies.is_empty() || !others.is_empty() {
                        p.also { "Also at "
                            @for copy in copies {
                                span { (dot(config, &copy.outlet)) a href={ "/articles/" (copy.id) } { (outlet_title(config, &copy.outlet)) }
                                    @if copy.revision.number > 1 { " " span.mark { "corrected" } } }
                            }
                            @for member in others {
                                span { (dot(config, &member.outlet))
                                    @if followable(member.url.as_str()).is_some() {
                                        a href=(member.url) title=(host(&member.url)) { (outlet_title(config, &member.outlet)) }
                                    } @else { (outlet_title(config, &member.outlet)) } }
                            }
                        }
                    }
                }
                p.by {
                    (dot(config, &article.outlet))
                    a href={ "/?outlet=" (encoded(article.outlet.as_str())) } { (outlet_title(config, &article.outlet)) }
                    span.marks {
                        @if let Some(language) = &content.language { span { (Shown(language)) } }
                        @if article.revision.number > 1 { span.mark { "corrected" } }
                        @if content.partial { span.mark { "partial" } }
                    }
                }
            }
        }
    }
}
