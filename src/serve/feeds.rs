//! `/feeds/…`: the cleaned full text, republished as Atom (RFC 4287) and JSON Feed 1.1.
//!
//! Only what the pages stated is said: a publication time without a zone is left out, because both
//! formats would make it an instant. Older articles follow page by page (RFC 5005 §3). A reader that knows
//! an earlier answer and asks with `A-IM: feed` (RFC 3229) is sent what has come since, and no more.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::config::Config;
use crate::model::article::Article;
use crate::model::id::OutletName;
use crate::model::stated::StatedTime;
use crate::search::Sort;
use crate::serve::markup::{Escaped, html, push};
use crate::serve::problem::Problem;
use crate::serve::query::{Params, bad, cursor_text};
use crate::serve::wire::stamp;
use crate::serve::{Context, search};
use crate::store::{ArticleQuery, Cursor};

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

/// Addresses that a feed names; behind the root of this server, where its public one is not known.
struct Links {
    this: String,
    /// Where there are several pages.
    first: Option<String>,
    next: Option<String>,
    hub: Option<String>,
}

/// Parameters of `search`; other feeds take `cursor` alone.
pub(super) const PARAMETERS: [&str; 5] = ["q", "outlet", "language", "sort", "cursor"];
const SEARCH: &str = "search";
/// So much later than the time that it says an article may have been stored.
const LATE: SignedDuration = SignedDuration::from_mins(2);

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
    let mut homepage = None;
    let page;
    let title = if name == SEARCH {
        let words = params
            .text("q")
            .ok_or_else(|| bad("`q` says what to search for"))?;
        page = search::articles(state, &params).await?;
        format!("Wireroom: {words}")
    } else {
        let outlet = (name != "all").then(|| OutletName::new(name));
        let title = match &outlet {
            None => "Wireroom: all outlets".to_owned(),
            Some(name) => {
                let outlet = config.outlets.get(name).ok_or_else(missing)?;
                homepage = Some(outlet.homepage.to_string());
                outlet.title.clone()
            }
        };
        let query = ArticleQuery {
            outlet,
            limit: ITEMS,
            cursor: params.cursor()?,
            ..ArticleQuery::default()
        };
        page = state.store.articles(query).await?;
        title
    };
    let newest = page
        .items
        .iter()
        .map(|article| article.revision.fetched)
        .max();
    let mut feed = Feed {
        name: with(name, &params, None),
        form,
        title,
        homepage,
        updated: newest.unwrap_or(state.about.started),
        links: Links::of(&file, &params, page.next.as_ref(), &config),
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
        let known = known.saturating_sub(LATE).unwrap_or(Timestamp::MIN);
        feed.articles
            .retain(|article| article.revision.fetched > known);
        body = feed.write(title_of).1;
        status = StatusCode::IM_USED;
    }
    let mut answer = (status, [(header::CONTENT_TYPE, media_type)], body).into_response();
    let answered = answer.headers_mut();
    let tag = HeaderValue::from_str(&tag).expect("hexadecimal digits, a hyphen and quotes");
    answered.insert(header::ETAG, tag);
    answered.append(
        header::VARY,
        HeaderValue::from_static("a-im, if-none-match"),
    );
    if status == StatusCode::IM_USED {
        answered.insert("im", HeaderValue::from_static("feed"));
    }
    Ok(answer)
}

/// Until when a reader knows the feed that asks for what has come since; nothing where all is as it was.
fn known_until(headers: &HeaderMap, tag: &str) -> Option<Timestamp> {
    let all = |name: &str| {
        let values = headers.get_all(name).iter();
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        values.join(",")
    };
    let asks = all("a-im");
    let manipulation = |word: &str| word.split(';').next().unwrap_or_default().trim().to_owned();
    if !asks
        .split(',')
        .any(|word| manipulation(word).eq_ignore_ascii_case("feed"))
    {
        return None;
    }
    let known = all("if-none-match");
    let mut known = known
        .split(',')
        .map(|tag| tag.trim().trim_start_matches("W/"));
    if known.clone().any(|known| known == tag) {
        return None;
    }
    known.find_map(|known| {
        let (time, hash) = known
            .strip_prefix('"')?
            .strip_suffix('"')?
            .split_once('-')?;
        (hash.len() == 16).then_some(())?;
        Timestamp::from_nanosecond(i128::from_str_radix(time, 16).ok()?).ok()
    })
}

/// A file with what was asked for, and a place in the list.
fn with(file: &str, params: &Params, cursor: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in PARAMETERS.iter().filter(|name| **name != "cursor") {
        if let Some(value) = params.text(name) {
            query.append_pair(name, value);
        }
    }
    if let Some(cursor) = cursor {
        query.append_pair("cursor", cursor);
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{file}{mark}{query}")
}

impl Links {
    fn of(file: &str, params: &Params, next: Option<&Cursor>, config: &Config) -> Self {
        let root = config.http.public_url.as_ref();
        let root = root.map_or("", |url| url.as_str().trim_end_matches('/'));
        let link = |cursor: Option<&str>| format!("{root}/feeds/{}", with(file, params, cursor));
        let here = params.text("cursor");
        Self {
            this: link(here),
            first: (here.is_some() || next.is_some()).then(|| link(None)),
            next: next.map(|next| link(Some(&cursor_text(next)))),
            hub: config.feeds.hub.as_ref().map(ToString::to_string),
        }
    }
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
