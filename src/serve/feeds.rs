//! `/feeds/…`: the cleaned full text, republished as Atom (RFC 4287) and JSON Feed 1.1.
//!
//! Only what the pages stated is said: a publication time without a zone is left out, because both
//! formats would make it an instant.

use axum::extract::{Path, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;
use xxhash_rust::xxh3::xxh3_128;

use crate::model::article::Article;
use crate::model::id::OutletName;
use crate::model::stated::StatedTime;
use crate::serve::Context;
use crate::serve::markup::{Escaped, html, push};
use crate::serve::problem::Problem;
use crate::serve::query::Params;
use crate::serve::wire::stamp;
use crate::store::ArticleQuery;

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
    file: String,
    title: String,
    homepage: Option<String>,
    /// The newest article's, else when the daemon started.
    updated: Timestamp,
    articles: Vec<Article>,
}

pub(super) async fn feed(
    State(context): State<Context>,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    Params::parse(query.as_deref(), &[])?;
    let missing = || Problem::not_found("feed", &file);
    let (name, form) = if let Some(name) = file.strip_suffix(".atom") {
        (name, Form::Atom)
    } else if let Some(name) = file.strip_suffix(".json") {
        (name, Form::Json)
    } else {
        return Err(missing());
    };
    let state = &context.state;
    let config = state.config.borrow().clone();
    let outlet = (name != "all").then(|| OutletName::new(name));
    let (title, homepage) = match &outlet {
        None => ("Wireroom: all outlets".to_owned(), None),
        Some(name) => {
            let outlet = config.outlets.get(name).ok_or_else(missing)?;
            (outlet.title.clone(), Some(outlet.homepage.to_string()))
        }
    };
    let query = ArticleQuery {
        outlet,
        limit: ITEMS,
        ..ArticleQuery::default()
    };
    let articles = state.store.articles(query).await?.items;
    let newest = articles
        .iter()
        .map(|article| article.revision.fetched)
        .max();
    let feed = Feed {
        title,
        homepage,
        updated: newest.unwrap_or(state.about.started),
        articles,
        file,
    };
    let title_of = |article: &Article| {
        let outlet = config.outlets.get(&article.outlet);
        outlet.map_or_else(|| article.outlet.to_string(), |outlet| outlet.title.clone())
    };
    let (media_type, body) = match form {
        Form::Atom => ("application/atom+xml; charset=utf-8", atom(&feed, title_of)),
        Form::Json => (
            "application/feed+json",
            json_feed(&feed, title_of).to_string(),
        ),
    };
    Ok(([(header::CONTENT_TYPE, media_type)], body).into_response())
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
    let name = feed.file.trim_end_matches(".atom");
    let hash = xxh3_128(format!("wireroom feed {name}").as_bytes());
    let id = uuid::Builder::from_custom_bytes(hash.to_be_bytes()).into_uuid();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    push(
        &mut xml,
        format_args!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<id>{}</id>\n<title>{}</title>\n<updated>{}</updated>\n\
             <author><name>{}</name></author>\n<generator>Wireroom</generator>\n<link rel=\"self\" href=\"/feeds/{}\"/>\n",
            urn(id),
            Escaped(&feed.title),
            stamp(feed.updated),
            Escaped(&feed.title),
            Escaped(&feed.file),
        ),
    );
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
