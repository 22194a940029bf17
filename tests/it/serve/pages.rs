//! The dashboard's pages, as they are sent; `tests/dashboard.cjs` looks at them in a browser.

use reqwest::{Method, StatusCode};
use std::sync::atomic::Ordering;
use wireroom::model::article::StoryMember;
use wireroom::model::delivery::Attempt;
use wireroom::model::id::{OutletName, SourceId};
use wireroom::model::source::SourceHealth;

use super::{NASTY, Server};

const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");

#[tokio::test]
async fn every_page_is_whole_and_takes_words_for_words() {
    let server = Server::start(None).await;
    let id = {
        let mut shelves = server.store.0.lock().unwrap();
        let turned = "\u{202e}gnp.exe";
        let now = shelves.articles[0].stored;
        shelves.sources[0].warnings = vec![NASTY.to_owned()];
        shelves.endpoints[0].reason = Some(format!("{NASTY}{turned}"));
        shelves.deliveries[0].attempts = vec![Attempt {
            at: now,
            status: Some(500),
            error: Some(NASTY.to_owned()),
            ms: 12_345,
            answer: Some(format!("{NASTY}{turned}")),
        }];
        let article = &mut shelves.articles[0];
        article.story.also = vec![StoryMember {
            outlet: OutletName::new("other"),
            url: "javascript:alert(1)".parse().unwrap(),
            title: Some(NASTY.to_owned()),
        }];
        let content = &mut article.revision.content;
        content.image = Some("https://pictures.example/1.jpg".parse().unwrap());
        content.captions = vec![NASTY.to_owned()];
        content.tags = vec![format!("{turned}\" onmouseover=\"alert(1)")];
        content.language = Some("en\" onmouseover=\"alert(1)".to_owned());
        content.section = Some(NASTY.to_owned());
        let mut second = article.revision.clone();
        second.number = 2;
        second.content.title = Some(format!("{NASTY} again"));
        article.revision = second.clone();
        let id = article.id;
        shelves.revisions.push(second);
        id
    };
    let article = format!("/articles/{id}");
    for path in [
        "/",
        "/?q=news&outlet=%22%3E%3Cscript%3E&language=en",
        "/sources",
        "/sources?outlet=%3Cscript%3E",
        "/sources/ap-12345678",
        "/deliveries",
        "/deliveries?state=failed&endpoint=%22%3E%3Cscript%3E",
        "/endpoints",
        "/about",
        article.as_str(),
    ] {
        let page = server.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        let parsed = scraper::Html::parse_document(&page.body);
        assert!(parsed.errors.is_empty(), "{path}: {:?}", parsed.errors);
        let all = |selector: &str| {
            let selector = scraper::Selector::parse(selector).unwrap();
            parsed.select(&selector).count()
        };
        assert_eq!(
            all("main script, style, [style], [onmouseover]"),
            0,
            "{path}"
        );
        assert_eq!(all("a[href^=javascript]"), 0, "{path}");
        assert_eq!(all("h1"), 1, "{path}");
        assert!(!page.body.contains('\u{202e}'), "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self';"));
        assert!(!policy.contains("unsafe"), "{policy}");
        // The one picture may come from where it is, and on its own page only.
        let pictures = policy.contains("https://pictures.example");
        assert_eq!(pictures, path == article, "{path}: {policy}");
    }
    let page = server.get(&article).await;
    assert!(
        page.body.contains("<ins>again</ins>") || page.body.contains("<ins> again</ins>"),
        "{}",
        page.body
    );
    assert!(page.body.contains("not told") || page.body.contains("failed"));
}

#[tokio::test]
async fn buttons_do_what_they_say_and_lead_back() {
    let server = Server::start(None).await;
    let failed = server.get("/api/v1/deliveries?state=failed").await.json();
    let failed = failed["items"][0]["id"].as_str().unwrap().to_owned();
    for (path, body, leads) in [
        (
            "/sources/ap-12345678/poll",
            "",
            "/sources/ap-12345678?done=polled",
        ),
        (
            "/sources/ap-12345678/poll",
            "back=%2Fsources%3Fstate%3Dfailing",
            "/sources?state=failing&done=polled",
        ),
        (
            &*format!("/deliveries/{failed}/retry"),
            "",
            "/deliveries?done=retried",
        ),
        (
            "/endpoints/desk/test",
            "back=https://evil.example/",
            "/endpoints?done=tested",
        ),
        ("/endpoints/desk/enable", "", "/endpoints?done=enabled"),
    ] {
        let answer = server.send(path, &[OWN], body).await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER,
            "{path}: {}",
            answer.body
        );
        assert_eq!(answer.header("location"), leads);
        let page = server.get(leads).await;
        assert!(page.body.contains("role=\"status\""), "{leads}");
    }
    assert_eq!(server.nudges.load(Ordering::Relaxed), 5);
    // A link cannot put words of its own there.
    let page = server.get("/sources?done=you+must+call+this+number").await;
    assert!(!page.body.contains("call this"));
    // A page is no API: without a browser's word that the form was ours, nothing is done.
    let refused = server.post("/sources/ap-12345678/poll").await;
    refused.problem(403, "foreign-origin");
    assert_eq!(server.nudges.load(Ordering::Relaxed), 5);
}

#[tokio::test]
async fn a_search_says_what_came_of_it_where_it_was_asked() {
    let server = Server::start(None).await;
    let html = [("accept", "text/html")];
    let none = server.ask(Method::GET, "/?q=zzzz", &html).await.body;
    assert!(none.contains("No article holds these words."));
    assert!(none.contains(r#"href="/feeds/search.atom?q=zzzz""#));
    let none = server
        .ask(Method::GET, "/?q=zzzz&language=en", &html)
        .await
        .body;
    assert!(none.contains("No article within these filters"));
    let outlet = server.ask(Method::GET, "/?outlet=ap", &html).await.body;
    assert!(outlet.contains(r#"href="/feeds/ap.atom""#));
    // No index is kept here: the words stand in the form still, to be mended.
    let refused = server.ask(Method::GET, "/?q=a*", &html).await;
    assert_eq!(refused.status.as_u16(), 503);
    assert!(refused.body.contains(r#"value="a*""#), "{}", refused.body);
    assert!(refused.body.contains(r#"role="alert""#));
    assert!(
        refused
            .body
            .contains("only plain words can be searched for")
    );
}

#[tokio::test]
async fn people_are_told_of_a_problem_in_a_page_and_programs_in_theirs() {
    let server = Server::start(None).await;
    let html = [("accept", "text/html")];
    for (path, status) in [
        ("/nowhere", 404),
        ("/articles/0197a0e4-0000-7000-8000-000000000000", 404),
        ("/articles/%3Cscript%3E", 404),
        ("/sources/none", 404),
        ("/assets/../guard.rs", 404),
        ("/?limit=x", 400),
        ("/deliveries?state=lost", 400),
        ("/endpoints?article=x", 400),
    ] {
        let page = server.ask(Method::GET, path, &html).await;
        assert_eq!(page.status.as_u16(), status, "{path}");
        assert!(
            page.body.contains("<main") && !page.body.contains("<script>"),
            "{path}"
        );
    }
    let wrong = server
        .ask(Method::POST, "/articles/x", &[html[0], OWN])
        .await;
    assert_eq!(wrong.header("allow"), "GET,HEAD");
    let api = server.ask(Method::GET, "/api/v1/articles/x", &html).await;
    api.problem(404, "not-found");
    server.get("/nowhere").await.problem(404, "not-found");
}

#[tokio::test]
async fn a_long_list_of_sources_is_cut_into_pages_the_worst_first() {
    let server = Server::start(None).await;
    {
        let mut shelves = server.store.0.lock().unwrap();
        let mut other = shelves.sources[0].clone();
        other.health = SourceHealth::Healthy;
        for n in 0..250 {
            other.id = SourceId::new(format!("aa-{n:08}"));
            shelves.sources.push(other.clone());
        }
    }
    let mut path = "/sources".to_owned();
    let mut rows = Vec::new();
    for _ in 0..3 {
        let page = server.get(&path).await.body;
        assert!(page.contains("all <b>251</b>"));
        let ids = page.split("<tr id=\"s-").skip(1);
        rows.push(
            ids.map(|row| row.split('"').next().unwrap().to_owned())
                .collect::<Vec<_>>(),
        );
        let next = page.split("rel=\"next\" href=\"").nth(1);
        path = next.map_or_else(String::new, |it| it.split('"').next().unwrap().to_owned());
    }
    assert_eq!(path, "", "the last page leads nowhere");
    assert_eq!(
        rows.iter().map(Vec::len).collect::<Vec<_>>(),
        [100, 100, 51]
    );
    assert_eq!(rows[0][0], "ap-12345678", "the one in trouble stands first");
    let all: std::collections::BTreeSet<_> = rows.concat().into_iter().collect();
    assert_eq!(all.len(), 251);
    let of_api = server.get("/api/v1/sources").await.json();
    assert_eq!(of_api["items"].as_array().unwrap().len(), 251);
    let of_api = server.get("/api/v1/sources?limit=251").await.json();
    assert_eq!(of_api["next"], serde_json::Value::Null);
}

#[tokio::test]
async fn an_article_is_found_for_whoever_was_not_told() {
    let server = Server::start(None).await;
    let id = server.store.0.lock().unwrap().articles[1].id;
    let found = server
        .get(&format!(
            "/endpoints?article={}/articles/{id}%23told",
            server.url
        ))
        .await;
    assert_eq!(found.header("location"), format!("/articles/{id}"));
    let page = server.get(&format!("/articles/{id}")).await;
    assert!(
        page.body.contains("not told, though it would be now"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn copies_of_a_story_stand_under_the_first_that_is_met() {
    let server = Server::start(None).await;
    let (first, copy) = {
        let mut shelves = server.store.0.lock().unwrap();
        let story = shelves.articles[0].story.id;
        shelves.articles[2].story.id = story;
        let member = |outlet: &str, url: &str| StoryMember {
            outlet: OutletName::new(outlet),
            url: url.parse().unwrap(),
            title: None,
        };
        let on_page = shelves.articles[2].url.to_string();
        shelves.articles[0].story.also = vec![
            member("ap", &on_page),
            member("other", "https://other.example/a"),
        ];
        (shelves.articles[0].id, shelves.articles[2].id)
    };
    let page = server.get("/").await;
    let parsed = scraper::Html::parse_document(&page.body);
    let all = |selector: &str| {
        let selector = scraper::Selector::parse(selector).unwrap();
        let found = parsed.select(&selector);
        found
            .map(|it| it.attr("href").or(it.attr("id")).unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(all("#wire > li").len(), 2);
    assert_eq!(all("#wire > li")[0], format!("a-{first}"));
    // The copy on the page is ours to read; the other is at its outlet.
    let copies = [
        format!("/articles/{copy}"),
        "https://other.example/a".to_owned(),
    ];
    assert_eq!(all(".also a"), copies);
}
