//! The JSON that consumers read: fields, names and order are the contract's and stay.
//!
//! The same [`ArticleJson`] is the webhook's, the API's and the `extract` command's. Times of ours
//! are RFC 3339 in UTC to the second; times that a page states are written as it states them.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use crate::config::endpoint::ContentSize;
use crate::dedupe::diff;
use crate::extract::summary;
use crate::model::article::{Article, Content, Revision, Story};
use crate::model::event::{EndpointSubject, EventKind, FullEvent, FullSubject, SourceSubject};
use crate::model::id::OutletName;
use crate::notify::digest;

/// Characters of each changed stretch that an endpoint is sent which does not take whole texts.
const SHORT_DIFF_CHARS: usize = 300;

/// Operations of a shortened difference.
const SHORT_DIFF_OPS: usize = 20;

/// An article, in the contract's order of fields.
#[derive(Clone, Debug, Serialize)]
pub struct ArticleJson {
    /// Its identifier; absent where nothing was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its revision; absent where nothing was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// Its outlet's name.
    pub outlet: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// Headline.
    pub title: Option<String>,
    /// Standfirst.
    pub lead: Option<String>,
    /// Names of people.
    pub byline: Option<String>,
    /// Agency line.
    pub credit: Option<String>,
    /// Section.
    pub section: Option<String>,
    /// As the page states it.
    pub published: Option<String>,
    /// As the page states it.
    pub updated: Option<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// The picture's address.
    pub image: Option<String>,
    /// Captions.
    pub captions: Vec<String>,
    /// Paragraphs joined by a blank line; absent in lists, empty where the endpoint takes less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The first sentences.
    pub summary: String,
    /// Words of the text, sent or not.
    pub words: u64,
    /// The text is known or suspected to be cut.
    pub partial: bool,
    /// What the page says of its paywall.
    pub free: Option<bool>,
    /// Its story; absent where nothing was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub story: Option<StoryJson>,
    /// When the page was fetched; absent where nothing was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetched: Option<String>,
}

/// A story, seen from one of its articles.
#[derive(Clone, Debug, Serialize)]
pub struct StoryJson {
    /// Its identifier.
    pub id: String,
    /// Whether this article was the first seen.
    pub original: bool,
    /// The other articles.
    pub also: Vec<AlsoJson>,
}

/// Another outlet's article of the story.
#[derive(Clone, Debug, Serialize)]
pub struct AlsoJson {
    /// Its outlet.
    pub outlet: String,
    /// Its address.
    pub url: String,
    /// Its title.
    pub title: Option<String>,
}

/// A stored article; lists go without the text.
pub fn article(article: &Article, with_text: bool) -> ArticleJson {
    let revision = &article.revision;
    let mut json = extracted(&revision.content, Some(&article.outlet), Some(&article.url));
    json.id = Some(article.id.to_string());
    json.revision = Some(revision.number);
    json.story = Some(story(&article.story));
    json.fetched = Some(time(revision.fetched));
    if !with_text {
        json.text = None;
    }
    json
}

/// An article that was extracted and not stored: `id`, `revision`, `story` and `fetched` are absent.
pub fn extracted(content: &Content, outlet: Option<&OutletName>, url: Option<&Url>) -> ArticleJson {
    ArticleJson {
        id: None,
        revision: None,
        outlet: outlet.map(ToString::to_string),
        url: url.map(ToString::to_string),
        title: content.title.clone(),
        lead: content.lead.clone(),
        byline: content.byline(),
        credit: content.credit.clone(),
        section: content.section.clone(),
        published: content.published.map(|time| time.to_string()),
        updated: content.updated.map(|time| time.to_string()),
        language: content.language.clone(),
        tags: content.tags.clone(),
        image: content.image.as_ref().map(ToString::to_string),
        captions: content.captions.clone(),
        text: Some(content.text()),
        summary: summary::summary(content),
        words: summary::words(content),
        partial: content.partial,
        free: content.free,
        story: None,
        fetched: None,
    }
}

fn story(story: &Story) -> StoryJson {
    StoryJson {
        id: story.id.to_string(),
        original: story.original,
        also: story
            .also
            .iter()
            .map(|member| AlsoJson {
                outlet: member.outlet.to_string(),
                url: member.url.to_string(),
                title: member.title.clone(),
            })
            .collect(),
    }
}

/// The body of a Standard Webhooks request: `type`, `timestamp`, `data`.
pub fn payload(event: &FullEvent, content: ContentSize) -> Value {
    json!({
        "type": event.kind.as_str(),
        "timestamp": time(event.at),
        "data": data(event, content),
    })
}

fn data(event: &FullEvent, content: ContentSize) -> Value {
    match &event.body {
        FullSubject::Article { article, previous } => {
            let mut data = json!({ "article": sized(article, content) });
            if event.kind == EventKind::ArticleUpdated {
                let previous = previous.as_deref();
                data["previous"] = match previous {
                    Some(revision) => json!({
                        "revision": revision.number,
                        "title": revision.content.title,
                    }),
                    None => Value::Null,
                };
                data["diff"] = difference(previous, &article.revision, content);
            }
            data
        }
        FullSubject::Source(subject) => json!({ "source": source(subject) }),
        FullSubject::Endpoint(subject) => json!({ "endpoint": endpoint(subject) }),
        FullSubject::Test => json!({ "message": "a test message, as somebody asked for" }),
        FullSubject::Digest(gathered) => digest::data(gathered, content),
    }
}

/// The article as large as the endpoint takes it; the fields stay, their words go.
fn sized(stored: &Article, content: ContentSize) -> ArticleJson {
    let mut json = article(stored, true);
    match content {
        ContentSize::Full => {}
        ContentSize::Summary => json.text = Some(String::new()),
        ContentSize::Link => {
            json.text = Some(String::new());
            json.summary = String::new();
            json.lead = None;
            json.captions = Vec::new();
        }
    }
    json
}

/// What changed; empty lists where the revision before is no longer kept.
fn difference(previous: Option<&Revision>, now: &Revision, size: ContentSize) -> Value {
    let Some(previous) = previous else {
        return json!({ "title": [], "text": [] });
    };
    let (old, new) = (&previous.content, &now.content);
    let title = diff::words(
        old.title.as_deref().unwrap_or_default(),
        new.title.as_deref().unwrap_or_default(),
    );
    let text = || diff::words(&old.text(), &new.text());
    let text = match size {
        ContentSize::Full => text(),
        ContentSize::Summary => diff::shortened(text(), SHORT_DIFF_OPS, SHORT_DIFF_CHARS),
        ContentSize::Link => Vec::new(),
    };
    json!({ "title": operations(&title), "text": operations(&text) })
}

fn operations(operations: &[diff::Operation]) -> Value {
    operations
        .iter()
        .map(|operation| json!({ "op": operation.change.as_str(), "text": operation.text }))
        .collect()
}

fn source(subject: &SourceSubject) -> Value {
    let mut source = json!({
        "outlet": subject.outlet.as_str(),
        "url": subject.url.as_str(),
        "state": subject.health.as_str(),
        "reason": subject.reason,
        "since": time(subject.since),
        "last_success": subject.last_success.map(time),
        "next_poll": subject.next_poll.map(time),
        "remedy": subject.health.remedy(),
    });
    if let Some(moved_to) = &subject.moved_to {
        source["moved_to"] = moved_to.as_str().into();
    }
    source
}

fn endpoint(subject: &EndpointSubject) -> Value {
    json!({
        "name": subject.name.as_str(),
        "state": subject.state,
        "reason": subject.reason,
        "since": time(subject.since),
        "waiting": subject.waiting,
        "failed": subject.failed,
        "remedy": subject.remedy(),
    })
}

/// RFC 3339 in UTC, whole seconds.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stated::StatedTime;
    use crate::notify::sample;

    fn pretty(value: &impl Serialize) -> String {
        serde_json::to_string_pretty(value).unwrap()
    }

    #[test]
    fn a_new_article_is_written_as_the_contract_says() {
        let event = sample::new_article(sample::content());
        insta::assert_snapshot!("article_new", pretty(&payload(&event, ContentSize::Full)));
    }

    #[test]
    fn a_correction_names_what_changed() {
        let mut new = sample::content();
        new.title = Some("Ministers agree on R&D <funds>".to_owned());
        new.blocks[1].text = "The fund holds 12 million euros. It opens in July.".to_owned();
        let event = sample::updated_article(sample::content(), new);
        insta::assert_snapshot!(
            "article_updated",
            pretty(&payload(&event, ContentSize::Summary))
        );
    }

    #[test]
    fn other_events_are_written_as_the_contract_says() {
        let full = |event| payload(&event, ContentSize::Full);
        let events = Value::from(vec![
            full(sample::source_event(EventKind::SourceFailing)),
            full(sample::source_event(EventKind::SourceMoved)),
            full(sample::endpoint_event(EventKind::EndpointFailing)),
            full(sample::test_event()),
        ]);
        insta::assert_snapshot!("other_events", pretty(&events));
    }

    #[test]
    fn nothing_stated_is_null_or_empty() {
        let json = pretty(&extracted(&Content::default(), None, None));
        insta::assert_snapshot!("extracted_nothing", json);
    }

    #[test]
    fn the_text_is_left_out_where_it_is_not_wanted() {
        let stored = sample::article(1, sample::content());
        let keys =
            |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        let listed = serde_json::to_value(article(&stored, false)).unwrap();
        assert!(!keys(&listed).contains(&"text".to_owned()));
        let whole = serde_json::to_value(article(&stored, true)).unwrap();
        assert_eq!(keys(&whole).len(), 22);
        let event = sample::new_article(sample::content());
        for (size, text, summary) in [
            (ContentSize::Full, false, false),
            (ContentSize::Summary, true, false),
            (ContentSize::Link, true, true),
        ] {
            let article = &payload(&event, size)["data"]["article"];
            assert_eq!(article["text"] == "", text, "{size:?}");
            assert_eq!(article["summary"] == "", summary, "{size:?}");
            assert_eq!(keys(article), keys(&whole), "{size:?}");
            assert_eq!(article["words"], 22, "{size:?}");
        }
    }

    #[test]
    fn a_time_is_no_more_exact_than_the_page() {
        let mut content = sample::content();
        for stated in ["2025-06-23T20:35:00", "2025-06-23", "2025-06-23T17:35:00Z"] {
            content.published = StatedTime::parse(stated);
            assert_eq!(
                extracted(&content, None, None).published.as_deref(),
                Some(stated)
            );
        }
    }
}
