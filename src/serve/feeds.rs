//! `/feeds/…`: the cleaned full text, republished as Atom (RFC 4287) and JSON Feed 1.1.
//!
//! Only what the pages stated is said: a publication time without a zone is left out, because both
//! formats would make it an instant. Older articles follow page by page (RFC 5005 §3). A reader that knows
//! an earlier answer and asks with `A-IM: feed` (RFC 3229) is sent what has come since, and no more.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::config::Config;
use crate::model::article::Article;
use crate::model::id::OutletName;
use crate::model::stated::StatedTime;
use crate::search::Sort;
use crate::serve::feed_known::known_until;
use crate::serve::feed_links::{Before, Links, PARAMETERS, with};
use crate::serve::markup::{Escaped, html, push};
use crate::serve::problem::Problem;
use crate::serve::query::{Params, bad};
use crate::serve::wire::stamp;
use crate::serve::{Context, ServeState, search};
use crate::store::{ArticleQuery, Page};

/// Articles in a feed.
const ITEMS: usize = 50;

/// The two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Atom,
    Json,
}

/// What one feed shows.
struct Feed {
    /// The file and what was asked for, without the place in the list: what makes it this feed.
    name: String,
    form: Form,
    title: String,
    homepage: Option<String>,
    /// The newest article's, else when the daemon started.
    updated: Timestamp,
    articles: Vec<Article>,
    links: Links,
}

const SEARCH: &str = "search";

pub(super) async fn feed(
    State(context): State<Context>,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("feed", &file);
    let (name, form) = if let Some(name) = file.strip_suffix(".atom") {
        (name, Form::Atom)
    } else if let Some(name) = file.strip_suffix(".json") {
        (name, Form::Json)
    } else {
        return Err(missing());
    };
    let allowed = if name == SEARCH {
        &PARAMETERS[..]
    } else {
        &["cursor"]
    };
    let params = Params::parse(query.as_deref(), allowed)?;
    let state = &context.state;
    let config = state.config.borrow().clone();
    let shown = if name == SEARCH {
        found(state, &params).await?
    } else {
        listed(state, &config, name, &params)
            .await?
            .ok_or_else(missing)?
    };
    let page = shown.page;
    let newest = page
        .items
        .iter()
        .map(|article| article.revision.fetched)
        .max();
    let mut feed = Feed {
        name: with(name, &params, None),
        form,
        title: shown.title,
        homepage: shown.homepage,
        updated: newest.unwrap_or(state.about.started),
        links: Links::of(&file, &params, (shown.before, page.next), &config),
        articles: page.items,
    };
    let title_of = |article: &Article| {
        let outlet = config.outlets.get(&article.outlet);
        outlet.map_or_else(|| article.outlet.to_string(), |outlet| outlet.title.clone())
    };
    let (media_type, mut body) = feed.write(title_of);
    let tag = format!(
        "\"{:x}-{:016x}\"",
        feed.updated.as_nanosecond(),
        xxh3_64(body.as_bytes())
    );
    let mut status = StatusCode::OK;
    let newest_first = params
        .text("sort")
        .is_none_or(|sort| sort == Sort::Time.as_str());
    if let Some(known) = known_until(&headers, &tag)
        && params.text("cursor").is_none()
        && newest_first
    {
        feed.articles
            .retain(|article| article.revision.fetched > known);
        body = feed.write(title_of).1;
        status = StatusCode::IM_USED;
    }
    let mut answer = (status, [(header::CONTENT_TYPE, media_type)], body).into_response();
    let answered = answer.headers_mut();
    let tag = HeaderValue::from_str(&tag).expect("hexadecimal digits, a hyphen and quotes");
    answered.insert(header::ETAG, tag);
    for link in feed.links.headers() {
        answered.append(header::LINK, link);
    }
    answered.append(
        header::VARY,
        HeaderValue::from_static("a-im, if-none-match"),
    );
    if status == StatusCode::IM_USED {
        answered.insert("im", HeaderValue::from_static("feed"));
    }
    Ok(answer)
}

/// What a feed shows, and of whom.
struct Shown {
    title: String,
    homepage: Option<String>,
    page: Page<Article>,
    before: Before,
}

/// What a search finds.
async fn found(state: &ServeState, params: &Params) -> Result<Shown, Problem> {
    let words = params
        .text("q")
        .ok_or_else(|| bad("`q` says what to search for"))?;
    Ok(Shown {
        title: format!("Wireroom: {words}"),
        homepage: None,
        page: search::articles(state, params).await?,
        before: match params.cursor()? {
            Some(_) => search::before(state, params).await?,
            None => Before::Nothing,
        },
    })
}

/// All articles, or an outlet's; nothing where there is no such outlet.
async fn listed(
    state: &ServeState,
    config: &Config,
    name: &str,
    params: &Params,
) -> Result<Option<Shown>, Problem> {
    let outlet = (name != "all").then(|| OutletName::new(name));
    let (title, homepage) = match &outlet {
        None => ("Wireroom: all outlets".to_owned(), None),
        Some(name) => match config.outlets.get(name) {
            Some(outlet) => (outlet.title.clone(), Some(outlet.homepage.to_string())),
            None => return Ok(None),
        },
    };
    let cursor = params.cursor()?;
    let before = if cursor.is_some() {
        let (outlet, cursor) = (outlet.clone(), cursor.clone());
        let places = state.store.rising(outlet, cursor, ITEMS + 1).await?;
        places.into_iter().nth(ITEMS).into()
    } else {
        Before::Nothing
    };
    let query = ArticleQuery {
        outlet,
        limit: ITEMS,
        cursor,
        ..ArticleQuery::default()
    };
    Ok(Some(Shown {
        title,
        homepage,
        page: state.store.articles(query).await?,
        before,
    }))
}

impl Feed {
    fn write(&self, outlet_title: impl Fn(&Article) -> String) -> (&'static str, String) {
        match self.form {
            Form::Atom => (
                "application/atom+xml; charset=utf-8",
                atom(self, outlet_title),
            ),
            Form::Json => (
                "application/feed+json",
                json_feed(self, outlet_title).to_string(),
            ),
        }
    }
}

/// An instant that was stated as one.
fn exact(time: Option<StatedTime>) -> Option<String> {
    time.filter(|time| matches!(time, StatedTime::Exact { .. }))
        .map(|time| time.to_string())
}

fn title(article: &Article) -> &str {
    article
        .revision
        .content
        .title
        .as_deref()
        .unwrap_or(article.url.as_str())
}

fn atom(feed: &Feed, outlet_title: impl Fn(&Article) -> String) -> String {
    // Both forms of one feed are one feed: the identifier leaves the suffix out.
    let hash = xxh3_128(format!("wireroom feed {}", feed.name).as_bytes());
    let id = uuid::Builder::from_custom_bytes(hash.to_be_bytes()).into_uuid();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    push(
        &mut xml,
        format_args!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<id>{}</id>\n<title>{}</title>\n<updated>{}</updated>\n\
             <author><name>{}</name></author>\n<generator>Wireroom</generator>\n",
            urn(id),
            Escaped(&feed.title),
            stamp(feed.updated),
            Escaped(&feed.title),
        ),
    );
    let links = &feed.links;
    let relations = [
        ("self", Some(&links.this)),
        ("first", links.first.as_ref()),
        ("previous", links.previous.as_ref()),
        ("next", links.next.as_ref()),
        ("hub", links.hub.as_ref()),
    ];
    for (relation, address) in relations {
        if let Some(address) = address {
            push(
                &mut xml,
                format_args!("<link rel=\"{relation}\" href=\"{}\"/>\n", Escaped(address)),
            );
        }
    }
    if let Some(homepage) = &feed.homepage {
        push(
            &mut xml,
            format_args!("<link rel=\"alternate\" href=\"{}\"/>\n", Escaped(homepage)),
        );
    }
    for article in &feed.articles {
        atom_entry(&mut xml, article, &outlet_title(article));
    }
    xml.push_str("</feed>\n");
    xml
}

fn atom_entry(xml: &mut String, article: &Article, outlet_title: &str) {
    let content = &article.revision.content;
    match &content.language {
        Some(language) => push(
            xml,
            format_args!("<entry xml:lang=\"{}\">\n", Escaped(language)),
        ),
        None => xml.push_str("<entry>\n"),
    }
    push(
        xml,
        format_args!(
            "<id>{}</id>\n<title>{}</title>\n<link rel=\"alternate\" href=\"{}\"/>\n<updated>{}</updated>\n",
            urn(article.id.0),
            Escaped(title(article)),
            Escaped(article.url.as_str()),
            stamp(article.revision.fetched),
        ),
    );
    if let Some(published) = exact(content.published) {
        push(xml, format_args!("<published>{published}</published>\n"));
    }
    let outlet = [outlet_title.to_owned()];
    let authors = if content.authors.is_empty() {
        &outlet[..]
    } else {
        &content.authors
    };
    for author in authors {
        push(
            xml,
            format_args!("<author><name>{}</name></author>\n", Escaped(author)),
        );
    }
    for tag in &content.tags {
        push(xml, format_args!("<category term=\"{}\"/>\n", Escaped(tag)));
    }
    if let Some(lead) = &content.lead {
        push(xml, format_args!("<summary>{}</summary>\n", Escaped(lead)));
    }
    push(
        xml,
        format_args!(
            "<content type=\"html\">{}</content>\n</entry>\n",
            Escaped(&html(&content.blocks))
        ),
    );
}

fn json_feed(feed: &Feed, outlet_title: impl Fn(&Article) -> String) -> Value {
    let items: Vec<Value> = feed
        .articles
        .iter()
        .map(|article| json_item(article, &outlet_title(article)))
        .collect();
    let mut body = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "items": items,
    });
    if let Some(homepage) = &feed.homepage {
        body["home_page_url"] = json!(homepage);
    }
    let links = &feed.links;
    body["feed_url"] = json!(links.this);
    if let Some(next) = &links.next {
        body["next_url"] = json!(next);
    }
    if let Some(hub) = &links.hub {
        body["hubs"] = json!([{"type": "WebSub", "url": hub}]);
    }
    body
}

fn json_item(article: &Article, outlet_title: &str) -> Value {
    let content = &article.revision.content;
    let authors: Vec<Value> = if content.authors.is_empty() {
        vec![json!({"name": outlet_title})]
    } else {
        content
            .authors
            .iter()
            .map(|name| json!({"name": name}))
            .collect()
    };
    let fields = json!({
        "id": urn(article.id.0),
        "url": article.url.as_str(),
        "title": content.title,
        "summary": content.lead,
        "content_html": html(&content.blocks),
        "content_text": content.text(),
        "image": content.image.as_ref().map(url::Url::as_str),
        "date_published": exact(content.published),
        "date_modified": stamp(article.revision.fetched),
        "authors": authors,
        "tags": content.tags,
        "language": content.language,
    });
    // JSON Feed knows absent fields, not null ones.
    match fields {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect(),
        other => other,
    }
}

fn urn(id: Uuid) -> String {
    format!("urn:uuid:{id}")
}
