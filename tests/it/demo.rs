//! The demo's two ends, over real sockets: the newsstand's web and the receiver of webhooks.

#![expect(
    clippy::unwrap_used,
    reason = "a test's helper that cannot go on is a failed test"
)]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, Response, StatusCode};
use sha2::Sha256;
use tokio_util::sync::{CancellationToken, DropGuard};
use wireroom::cli::demo::newsstand::{self, Newsstand};
use wireroom::cli::demo::receiver::{self, Received, Receiver};
use wireroom::cli::demo::script::Action;
use wireroom::cli::demo::stories::Edition;
use wireroom::cli::demo::view::Screen;
use wireroom::clock::Clock;
use wireroom::dedupe::sketch::{Likeness, Sketch};
use wireroom::{config, extract};

const KEY: &[u8] = b"a key of the demo's tests, 32 by";

fn client() -> Client {
    // Whoever came first has installed the same one.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

async fn body(response: Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut response = response;
    while let Some(chunk) = response.chunk().await.unwrap() {
        bytes.extend_from_slice(&chunk);
    }
    bytes
}

async fn get(url: &str) -> (StatusCode, String, String) {
    let response = client().get(url).send().await.unwrap();
    let status = response.status();
    let content_type = response
        .headers()
        .get("content-type")
        .map_or("", |value| value.to_str().unwrap())
        .to_owned();
    let bytes = body(response).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (status, content_type, text)
}

async fn open_newsstand() -> (Newsstand, DropGuard) {
    let stop = CancellationToken::new();
    let newsstand = newsstand::open(Clock::System, 1, &stop).await.unwrap();
    (newsstand, stop.drop_guard())
}

/// The links of a list, absolute.
fn links(list: &str, base: &str, is_article: impl Fn(&str) -> bool) -> Vec<String> {
    let mut links = Vec::new();
    for part in list.split(['"', '<', '>']) {
        let path = part.strip_prefix(base).unwrap_or(part);
        // A closing tag of a namespace is no path.
        if path.starts_with('/') && !path.contains(':') && is_article(path) {
            links.push(format!("{base}{path}"));
        }
    }
    links.sort();
    links.dedup();
    links
}

#[tokio::test]
async fn every_listed_address_is_served() {
    let (newsstand, _guard) = open_newsstand().await;
    for _ in 0..12 {
        newsstand.step();
    }
    let lists = [
        (0, "/news/last.rss", "/news/general/"),
        (0, "/news/general.html", "/news/general/"),
        (1, "/news-archive/rss/", "/"),
        (1, "/news-archive/", "/"),
        (2, "/world/world-news", "/world/world-news/"),
        (3, "/feed/", "/"),
        (4, "/eng/rss/", "/eng/news/"),
        (4, "/eng/news/", "/eng/news/2"),
        (4, "/rss/", "/news/"),
    ];
    for (site, path, articles) in lists {
        let base = &newsstand.bases[site];
        let (status, content_type, list) = get(&format!("{base}{path}")).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(!content_type.is_empty(), "{path}");
        let others = ["/tag/", "/support/", "/category/", "/?", "/eng/articles/"];
        let found = links(&list, base, |link| {
            link.len() > 12
                && link.starts_with(articles)
                && !others.iter().any(|other| link.starts_with(other))
                && !link.starts_with("/news-archive")
        });
        assert!(found.len() >= 2, "{path}: {found:?}");
        // All at once: one of the outlets is slow on purpose.
        let pages = found.iter().map(|link| link.replace("&amp;", "&"));
        let pages = pages.map(|link| async move { (get(&link).await, link) });
        for ((status, _, page), link) in join_all(pages).await {
            assert_eq!(status, StatusCode::OK, "{path} lists {link}");
            assert!(page.contains("<html"), "{link}");
            assert!(!page.contains("{{"), "a template is not filled: {link}");
        }
    }
    let (status, _, _) = get(&format!("{}/news/general/1.html", newsstand.bases[0])).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _, robots) = get(&format!("{}/robots.txt", newsstand.bases[2])).await;
    assert_eq!(status, StatusCode::OK);
    assert!(robots.contains("User-agent"));
}

#[tokio::test]
async fn a_list_is_304_until_something_is_published() {
    let (newsstand, _guard) = open_newsstand().await;
    let url = format!("{}/news/last.rss", newsstand.bases[0]);
    let first = client().get(&url).send().await.unwrap();
    let etag = first.headers()["etag"].to_str().unwrap().to_owned();
    let ask = || client().get(&url).header("if-none-match", &etag).send();

    let unchanged = ask().await.unwrap();
    assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(unchanged.headers()["etag"].to_str().unwrap(), etag);
    assert!(body(unchanged).await.is_empty());

    let step = newsstand.step();
    assert_eq!(
        (step.action, step.edition),
        (Action::Publish, Edition::Interfax)
    );
    assert_eq!(ask().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn the_ukrainian_edition_is_windows_1251_and_only_its_declaration_says_so() {
    let (newsstand, _guard) = open_newsstand().await;
    let base = &newsstand.bases[4];
    let feed = client().get(format!("{base}/rss/")).send().await.unwrap();
    assert_eq!(feed.headers()["content-type"], "text/xml");
    let bytes = body(feed).await;
    assert!(std::str::from_utf8(&bytes).is_err());
    let (text, _, damaged) = encoding_rs::WINDOWS_1251.decode(&bytes);
    assert!(!damaged);
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"windows-1251\"?>"));
    assert!(text.contains("Міська бібліотека"), "{text}");

    let article = &links(&text, base, |link| link.starts_with("/news/"))[0];
    let page = client().get(article).send().await.unwrap();
    assert_eq!(
        page.headers()["content-type"],
        "text/html; charset=windows-1251"
    );
    let bytes = body(page).await;
    let (text, _, damaged) = encoding_rs::WINDOWS_1251.decode(&bytes);
    assert!(!damaged && text.contains("<div class=\"post_news_text\""));
}

#[tokio::test]
async fn a_correction_changes_page_and_feed_under_the_same_address() {
    let (newsstand, _guard) = open_newsstand().await;
    let base = &newsstand.bases[0];
    let feed_url = format!("{base}/news/last.rss");
    newsstand.step();
    let before = get(&feed_url).await.2;
    let newest = links(&before, base, |link| link.starts_with("/news/general/"))
        .pop()
        .unwrap();
    let page_before = get(&newest).await.2;
    loop {
        let step = newsstand.step();
        if step.action == Action::Correct {
            assert_eq!(step.edition, Edition::Interfax);
            break;
        }
    }
    let after = get(&feed_url).await.2;
    assert!(after.contains(&newest));
    assert_ne!(before, after);
    let page_after = get(&newest).await.2;
    assert!(page_after.contains("Correction:") && !page_before.contains("Correction:"));
}

#[tokio::test]
async fn one_outlet_refuses_now_and_then_and_says_when_to_come_back() {
    let (newsstand, _guard) = open_newsstand().await;
    let url = format!("{}/world/world-news", newsstand.bases[2]);
    let mut answers = Vec::new();
    for _ in 0..12 {
        let response = client().get(&url).send().await.unwrap();
        let wait = response.headers().get("retry-after").cloned();
        answers.push((response.status().as_u16(), wait.is_some()));
    }
    assert_eq!(answers[0], (200, false), "never the first look");
    let refused: Vec<_> = answers
        .iter()
        .filter(|(status, _)| *status != 200)
        .collect();
    assert_eq!(refused, [&(503, true), &(503, true)]);
}

#[tokio::test]
async fn the_text_of_one_outlet_stands_in_its_structured_data_alone() {
    let (newsstand, _guard) = open_newsstand().await;
    let base = &newsstand.bases[2];
    let list = get(&format!("{base}/world/world-news")).await.2;
    let article = &links(&list, base, |link| link.ends_with("/news"))[0];
    let page = get(article).await.2;
    let data = page
        .split("<script type=\"application/ld+json\">")
        .nth(1)
        .and_then(|rest| rest.split("</script>").next())
        .unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert!(data["articleBody"].as_str().unwrap().contains("\n\n"));
    assert!(!page.contains("<p>"));
}

#[tokio::test]
async fn nothing_is_published_before_its_lists_were_asked_for() {
    let stop = CancellationToken::new();
    let pace = Duration::from_millis(1);
    let newsstand = newsstand::start(Clock::System, 1, pace, stop.clone())
        .await
        .unwrap();
    let base = newsstand.bases[0].clone();
    let old = get(&format!("{base}/news/last.rss")).await.2;
    assert_eq!(newsstand.counts().published, 0);
    assert_eq!(
        old.matches("<item>").count(),
        3,
        "two old ones, one of them twice"
    );
    get(&format!("{base}/news/general.html")).await;
    let published = async {
        while newsstand.counts().published == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), published)
        .await
        .expect("published as soon as both lists were read");
    stop.cancel();
    newsstand.closed().await;
}

/// Copies, by their headlines, that are not seen to be ones of the story printed under the same: the
/// demo shows each as the same story.
fn copies_not_known(printed: &[(String, bool, Option<Sketch>)]) -> Vec<String> {
    let (copies, originals): (Vec<_>, Vec<_>) =
        printed.iter().partition(|(_, is_copy, _)| *is_copy);
    let mut compared = 0;
    let mut unknown = Vec::new();
    for (title, _, copy) in copies {
        let Some((_, _, original)) = originals.iter().find(|(other, _, _)| other == title) else {
            continue;
        };
        compared += 1;
        let likeness = (copy.as_ref()).zip(original.as_ref());
        let likeness = likeness.map(|(copy, original)| copy.compare(original));
        if !matches!(likeness, Some(Likeness::Copy(_))) {
            unknown.push(format!(
                "{title}: its copy is not known for one: {likeness:?}"
            ));
        }
    }
    assert!(compared >= 3, "{compared}");
    unknown
}

#[tokio::test]
async fn every_story_comes_out_of_its_replica_as_it_was_written() {
    let (newsstand, _guard) = open_newsstand().await;
    for _ in 0..70 {
        newsstand.step();
    }
    let allow = "[fetch]\nallow_private = [\"127.0.0.0/8\"]\n";
    let text = format!("{allow}{}", newsstand.outlets_toml);
    let loaded = config::from_str(&text, Path::new("/"), &BTreeMap::new());
    let outlets = loaded.unwrap().config.outlets;
    let names = [
        (Edition::Interfax, "interfax-ukraine"),
        (Edition::Kyiv, "kyiv-independent"),
        (Edition::Anewz, "anewz"),
        (Edition::Chronicles, "american-chronicles"),
        (Edition::Pravda, "ukrainska-pravda"),
        (Edition::PravdaUk, "ukrainska-pravda"),
    ];
    let mut checked = 0;
    let mut wrong = Vec::new();
    let mut sketches = Vec::new();
    for (edition, name) in names {
        let outlet = outlets.values().find(|outlet| outlet.name.as_str() == name);
        let articles = newsstand.printed(edition);
        let pages = articles.into_iter().map(|(url, printed)| async move {
            let response = client().get(&url).send().await.unwrap();
            let content_type = response.headers()["content-type"]
                .to_str()
                .unwrap()
                .to_owned();
            (url, printed, content_type, body(response).await)
        });
        for (url, printed, content_type, bytes) in join_all(pages).await {
            let address = url.parse().unwrap();
            let content = extract::extract(&extract::Input {
                content_type: Some(&content_type),
                url: Some(&address),
                outlet,
                ..extract::Input::of(&bytes)
            });
            let content = content
                .unwrap_or_else(|error| panic!("{url}: {error}"))
                .content;
            let mut text = printed.told.text.clone();
            for paragraph in &mut text {
                if let Some(head) = paragraph.strip_prefix("## ") {
                    *paragraph = head.to_owned();
                }
            }
            let cleaned = content.text();
            let title = printed.told.title.clone();
            let is_copy = printed.copied_from.is_some();
            sketches.push((title, is_copy, Sketch::of(&cleaned)));
            let mut found: Vec<&str> = cleaned.split("\n\n").collect();
            if printed.copied_from.is_some() {
                let credit = found.pop().unwrap();
                if !credit.starts_with("(With information from ") {
                    wrong.push(format!("{url}: ends with {credit}"));
                }
            }
            if found != text {
                wrong.push(format!("{url}: {found:#?} is not {text:#?}"));
            }
            if content.title.as_ref() != Some(&printed.told.title) {
                wrong.push(format!("{url}: title {:?}", content.title));
            }
            let signed = !matches!(
                edition,
                Edition::Interfax | Edition::Anewz | Edition::Chronicles
            );
            let authors = if signed {
                printed.told.authors
            } else {
                Vec::new()
            };
            if content.authors != authors || content.published.is_none() {
                wrong.push(format!(
                    "{url}: {:?} {:?}",
                    content.authors, content.published
                ));
            }
            checked += 1;
        }
    }
    assert!(checked > 60, "{checked}");
    wrong.extend(copies_not_known(&sketches));
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What the receiver prints, for a test to read.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

async fn open_receiver() -> (Receiver, Paper, DropGuard) {
    let stop = CancellationToken::new();
    let paper = Paper::default();
    let screen = Screen::new(Box::new(paper.clone()), false);
    let receiver = receiver::start(Clock::System, KEY.to_vec(), screen, stop.clone())
        .await
        .unwrap();
    (receiver, paper, stop.drop_guard())
}

fn sign(key: &[u8], id: &str, seconds: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

async fn send(url: &str, id: &str, seconds: i64, signature: &str, body: &str) -> u16 {
    let request = client()
        .post(url)
        .header("webhook-id", id)
        .header("webhook-timestamp", seconds.to_string())
        .header("webhook-signature", signature)
        .body(body.to_owned());
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_receiver_believes_a_right_signature_and_nothing_else() {
    let (receiver, paper, _guard) = open_receiver().await;
    let now = Clock::System.now().as_second();
    let body = r#"{"type":"article.new","data":{"article":{"title":"A pier is mended","text":"It was."}}}"#;
    let right = sign(KEY, "a", now, body);
    let wrong_key = sign(b"another key, as long as the right", "a", now, body);
    let cases = [
        ("wrong key", "a", now, wrong_key.clone(), body, 401),
        ("another id", "b", now, right.clone(), body, 401),
        ("another time", "a", now - 1, right.clone(), body, 401),
        ("another body", "a", now, right.clone(), "{}", 401),
        ("no version", "a", now, right.replace("v1,", ""), body, 401),
        (
            "asymmetric",
            "a",
            now,
            right.replace("v1,", "v1a,"),
            body,
            401,
        ),
        (
            "too old",
            "a",
            now - 302,
            sign(KEY, "a", now - 302, body),
            body,
            401,
        ),
        (
            "too young",
            "a",
            now + 302,
            sign(KEY, "a", now + 302, body),
            body,
            401,
        ),
        ("not JSON", "a", now, sign(KEY, "a", now, "<"), "<", 400),
        (
            "in a list",
            "a",
            now,
            format!("{wrong_key} {right}"),
            body,
            204,
        ),
        ("once more", "a", now, right.clone(), body, 204),
        (
            "nearly too old",
            "c",
            now - 295,
            sign(KEY, "c", now - 295, body),
            body,
            204,
        ),
    ];
    for (case, id, seconds, signature, body, status) in cases {
        let answer = send(&receiver.json_url, id, seconds, &signature, body).await;
        assert_eq!(answer, status, "{case}");
    }
    let unsigned = client().post(&receiver.json_url).body(body).send().await;
    assert_eq!(unsigned.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        receiver.received(),
        Received {
            events: 2,
            repeated: 1,
            wrong: 10,
            ..Received::default()
        }
    );
    let text = paper.text();
    assert!(text.contains("A pier is mended"), "{text}");
    assert!(text.contains("no signature fits the body"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colour where none is wanted");
}

#[tokio::test]
async fn the_receiver_is_busy_now_and_then_and_takes_the_second_try() {
    let (receiver, paper, _guard) = open_receiver().await;
    let now = Clock::System.now().as_second();
    let body = r#"{"type":"article.new","data":{"article":{"title":"T"}}}"#;
    let mut answers = Vec::new();
    for n in 0..6 {
        let id = n.to_string();
        let signature = sign(KEY, &id, now, body);
        answers.push(send(&receiver.json_url, &id, now, &signature, body).await);
    }
    assert_eq!(answers, [204, 204, 204, 503, 204, 204]);
    let signature = sign(KEY, "3", now, body);
    assert_eq!(
        send(&receiver.json_url, "3", now, &signature, body).await,
        204
    );
    assert_eq!(receiver.received().events, 6);
    assert_eq!(receiver.received().refused, 1);
    assert!(paper.text().contains("second try"), "{}", paper.text());
}

#[tokio::test]
async fn the_chat_takes_block_kit_and_refuses_what_slack_would() {
    let (receiver, paper, _guard) = open_receiver().await;
    let post = |body: String| client().post(&receiver.slack_url).body(body).send();
    let good =
        r#"{"text":"t","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"1 &lt; 2"}}]}"#;
    let answer = post(good.to_owned()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(body(answer).await, b"ok");
    for bad in ["", "[]", "{\"blocks\":[{\"type\":\"section\"}]}"] {
        let answer = post(bad.to_owned()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{bad}");
    }
    assert!(paper.text().contains("1 < 2"), "{}", paper.text());
    assert_eq!(receiver.received().messages, 1);
}
