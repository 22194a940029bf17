//! The fetcher on a simulated web, with the clock paused.

use super::*;
use crate::fetch::simulated::{Answer, SimulatedWeb};

const ARTICLE: &str = "https://news.example/a/1";

struct Desk {
    web: Arc<SimulatedWeb>,
    fetcher: Arc<Fetcher>,
    start: Instant,
}

fn spec() -> FetchSpec {
    FetchSpec {
        contact: String::new(),
        timeout: Duration::from_secs(20),
        max_body: 1000,
        max_redirects: 5,
        concurrency: 64,
        per_host: 2,
        host_delay: Duration::from_secs(1),
        host_budget: None,
        robots: RobotsScope::Articles,
        retry_after_scope: RetryAfterScope::Auto,
        authorities: None,
        allow_private: Vec::new(),
    }
}

fn desk(spec: FetchSpec) -> Desk {
    let web = SimulatedWeb::new();
    let hosts = Arc::new(Hosts::new(&spec));
    let clock = Clock::simulated("2025-06-23T12:00:00Z".parse().unwrap());
    let transport: Arc<dyn Transport> = web.clone();
    Desk {
        web,
        fetcher: Arc::new(Fetcher::new(transport, hosts, spec, clock)),
        start: Instant::now(),
    }
}

impl Desk {
    async fn get(&self, url: &str, want: Want) -> Result<Fetched, Refusal> {
        self.fetcher
            .get(&Url::parse(url).unwrap(), want, None)
            .await
    }

    async fn status(&self, url: &str, want: Want) -> u16 {
        match self.get(url, want).await {
            Ok(Fetched::Answer(response)) => response.status,
            other => panic!("{url}: {other:?}"),
        }
    }

    fn robots(&self, text: &'static str) {
        let answer = Answer::page("text/plain", text);
        self.web.at("https://news.example/robots.txt", answer);
    }

    fn paths(&self) -> Vec<String> {
        self.web
            .asked()
            .iter()
            .map(|asked| asked.url.path().to_owned())
            .collect()
    }
}

#[tokio::test(start_paused = true)]
async fn robots_binds_pages_and_articles_and_is_fetched_once() {
    let desk = desk(spec());
    desk.robots("user-agent: *\ndisallow: /a/");
    for want in [Want::Article, Want::Page] {
        let refusal = desk.get(ARTICLE, want).await.unwrap_err();
        assert!(matches!(refusal, Refusal::Robots { .. }), "{refusal}");
    }
    assert_eq!(
        desk.status("https://news.example/b", Want::Article).await,
        404
    );
    assert_eq!(
        desk.status("https://news.example/a/feed", Want::Feed).await,
        404
    );
    assert_eq!(desk.paths(), ["/robots.txt", "/b", "/a/feed"]);
    tokio::time::sleep(Duration::from_hours(24)).await;
    desk.get(ARTICLE, Want::Article).await.unwrap_err();
    assert_eq!(
        desk.paths().last().unwrap(),
        "/robots.txt",
        "a day later it is read again"
    );
}

#[tokio::test(start_paused = true)]
async fn the_scope_decides_what_asks_robots() {
    let all = desk(FetchSpec {
        robots: RobotsScope::All,
        ..spec()
    });
    all.robots("user-agent: wireroom\ndisallow: /");
    let refusal = all
        .get("https://news.example/feed", Want::Feed)
        .await
        .unwrap_err();
    assert!(matches!(refusal, Refusal::Robots { .. }), "{refusal}");
    let off = desk(FetchSpec {
        robots: RobotsScope::Off,
        ..spec()
    });
    off.robots("user-agent: wireroom\ndisallow: /");
    assert_eq!(off.status(ARTICLE, Want::Article).await, 404);
    assert_eq!(off.paths(), ["/a/1"]);
}

#[tokio::test(start_paused = true)]
async fn without_robots_nothing_is_fetched_until_it_answers() {
    let desk = desk(spec());
    let robots = "https://news.example/robots.txt";
    desk.web.at(robots, Answer::status(503));
    let refusal = desk.get(ARTICLE, Want::Article).await.unwrap_err();
    let Refusal::RobotsUnreachable { until, .. } = refusal else {
        panic!("{refusal}");
    };
    let wait = until.duration_since(desk.fetcher.clock.now());
    assert_eq!(wait, SignedDuration::from_mins(10));
    desk.get(ARTICLE, Want::Article).await.unwrap_err();
    assert_eq!(
        desk.paths(),
        ["/robots.txt"],
        "it is not asked at every turn"
    );
    desk.robots("user-agent: *\ndisallow: /b");
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert_eq!(desk.status(ARTICLE, Want::Article).await, 404);
    // A known copy binds on while the file cannot be had.
    desk.web.at(robots, Answer::refused());
    tokio::time::sleep(Duration::from_hours(25)).await;
    assert_eq!(desk.status(ARTICLE, Want::Article).await, 404);
    let refusal = desk
        .get("https://news.example/b", Want::Article)
        .await
        .unwrap_err();
    assert!(matches!(refusal, Refusal::Robots { .. }), "{refusal}");
}

#[tokio::test(start_paused = true)]
async fn many_tasks_keep_the_distance_and_ask_for_robots_once() {
    let desk = desk(spec());
    desk.robots("user-agent: *\ndisallow:");
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let fetcher = Arc::clone(&desk.fetcher);
        let host = ["news.example", "www.news.example", "other.example"][n % 3];
        let url = Url::parse(&format!("https://{host}/a/{n}")).unwrap();
        tasks.spawn(async move { fetcher.get(&url, Want::Article, None).await });
    }
    let outcomes = tasks.join_all().await;
    let is_article = |asked: &crate::fetch::simulated::Asked| asked.url.path() != "/robots.txt";
    assert!(desk.web.least_gap(is_article).unwrap() >= Duration::from_secs(1));
    let robots = desk
        .paths()
        .iter()
        .filter(|path| *path == "/robots.txt")
        .count();
    assert_eq!(robots, 3, "one for each origin");
    let busy = outcomes
        .iter()
        .filter(|got| matches!(got, Err(Refusal::Busy(_))))
        .count();
    let answered = outcomes.iter().filter(|got| got.is_ok()).count();
    assert!(busy > 0 && answered > 5, "{busy} busy, {answered} answered");
}

#[tokio::test(start_paused = true)]
async fn a_crawl_delay_is_kept() {
    let desk = desk(spec());
    desk.robots("user-agent: *\ncrawl-delay: 30");
    assert_eq!(desk.status(ARTICLE, Want::Article).await, 404);
    let refusal = desk.get(ARTICLE, Want::Article).await.unwrap_err();
    let Refusal::Busy(until) = refusal else {
        panic!("{refusal}");
    };
    let left = until.duration_since(desk.fetcher.clock.now());
    assert!(left > SignedDuration::from_secs(29) && left <= SignedDuration::from_secs(30));
    assert_eq!(
        desk.status("https://news.example/feed", Want::Feed).await,
        404
    );
}

#[tokio::test(start_paused = true)]
async fn a_429_holds_the_host_and_nobody_holds_it_for_ever() {
    let host = Host::new("news.example");
    for (header, held) in [
        (Some("120"), 120),
        (None, 60),
        (Some("9999999"), 86_400),
        (Some("soon"), 60),
    ] {
        let desk = desk(spec());
        let mut answer = Answer::status(429).after(Duration::ZERO);
        if let Some(value) = header {
            answer = answer.header("Retry-After", value);
        }
        desk.web.at("https://feeds.news.example/x", answer);
        assert_eq!(
            desk.status("https://feeds.news.example/x", Want::Feed)
                .await,
            429
        );
        let until = desk.fetcher.hosts.held_until(&host).unwrap();
        let wait = until.duration_since(desk.start).as_secs_f64().round();
        assert!((wait - f64::from(held)).abs() < 1.0, "{header:?}: {wait}");
        let refusal = desk
            .get("https://www.news.example/y", Want::Feed)
            .await
            .unwrap_err();
        assert!(matches!(refusal, Refusal::Busy(_)), "{refusal}");
    }
}

#[tokio::test(start_paused = true)]
async fn validators_are_sent_as_they_came_and_survive_redirects() {
    let desk = desk(spec());
    let (etag, stamp) = ("W/\"ü 1\"", "Mon, 23 Jun 2025 10:00:00 +0000");
    let feed = Answer::page("text/xml", "<rss/>").header("ETag", etag);
    desk.web.at(
        "https://feed.example/rss",
        Answer::redirect(301, "https://cdn.example/rss"),
    );
    desk.web.at(
        "https://cdn.example/rss",
        feed.header("Last-Modified", stamp),
    );
    let known = Validators {
        etag: Some(etag.into()),
        last_modified: Some(stamp.into()),
    };
    let url = Url::parse("https://feed.example/rss").unwrap();
    let fetched = desk
        .fetcher
        .get(&url, Want::Feed, Some(&known))
        .await
        .unwrap();
    let Fetched::NotModified(response) = fetched else {
        panic!("{fetched:?}");
    };
    assert_eq!(
        (response.header("etag"), response.hops.len()),
        (Some(etag), 1)
    );
    let asked = desk.web.asked();
    for hop in &asked {
        assert_eq!(hop.header("if-none-match"), Some(etag));
        assert_eq!(hop.header("if-modified-since"), Some(stamp));
        assert_eq!(hop.header("a-im"), Some("feed"));
    }
    // A 304 that nobody asked for is no success.
    desk.web.at("https://odd.example/rss", Answer::status(304));
    assert_eq!(
        desk.status("https://odd.example/rss", Want::Feed).await,
        304
    );
}

#[tokio::test(start_paused = true)]
async fn failures_are_those_of_the_real_web() {
    let desk = desk(spec());
    let page = || Answer::page("text/html", "x");
    desk.web.at("https://a.example/refused", Answer::refused());
    desk.web.at("https://a.example/broken", page().broken());
    desk.web.at("https://a.example/hangs", page().hanging());
    desk.web.at(
        "https://a.example/slow",
        page().after(Duration::from_secs(21)),
    );
    desk.web.at(
        "https://a.example/large",
        Answer::page("text/html", vec![b'x'; 1001]),
    );
    desk.web
        .at("https://a.example/loop", Answer::redirect(302, "/loop"));
    desk.web.at(
        "https://a.example/inside",
        Answer::redirect(302, "http://169.254.169.254/"),
    );
    desk.web
        .name("rebound.example", "10.0.0.1".parse().unwrap());
    desk.web.at(
        "https://a.example/name",
        Answer::redirect(302, "http://rebound.example/"),
    );
    for (path, expected) in [
        ("refused", "cannot get an answer from a.example"),
        ("broken", "cannot get an answer from a.example"),
        ("hangs", "no whole answer within 20s"),
        ("slow", "no whole answer within 20s"),
        (
            "large",
            "the body is larger than 1000 bytes after decompression",
        ),
        ("loop", "redirected in a loop or more than 5 times"),
        (
            "inside",
            "169.254.169.254 is a private address and not allowed; if it is meant to be reached, add its network to fetch.allow_private",
        ),
        (
            "name",
            "rebound.example (10.0.0.1) is a private address and not allowed; if it is meant to be reached, add its network to fetch.allow_private",
        ),
    ] {
        let refusal = desk
            .get(&format!("https://a.example/{path}"), Want::Feed)
            .await
            .unwrap_err();
        assert_eq!(refusal.to_string(), expected, "{path}");
    }
    assert!(
        desk.fetcher.hosts.full(Instant::now()).is_empty(),
        "every turn was given back"
    );
}

/// A reload must not let a host be asked that had asked for rest, nor ask each for robots.txt again.
#[tokio::test(start_paused = true)]
async fn what_hosts_said_outlives_new_settings() {
    let desk = desk(spec());
    desk.robots("User-agent: *\nDisallow: /secret");
    desk.web
        .at(ARTICLE, Answer::status(429).header("retry-after", "600"));
    assert_eq!(desk.status(ARTICLE, Want::Article).await, 429);
    let renewed = Desk {
        fetcher: Arc::new(desk.fetcher.under(FetchSpec {
            per_host: 1,
            ..spec()
        })),
        ..desk
    };
    let refusal = renewed.get(ARTICLE, Want::Article).await.unwrap_err();
    assert!(matches!(refusal, Refusal::Busy(_)), "{refusal}");
    tokio::time::advance(Duration::from_mins(11)).await;
    let refusal = renewed
        .get("https://news.example/secret", Want::Article)
        .await;
    assert!(
        matches!(refusal, Err(Refusal::Robots { .. })),
        "{refusal:?}"
    );
    let robots = renewed
        .paths()
        .into_iter()
        .filter(|path| path == "/robots.txt");
    assert_eq!(robots.count(), 1);
}

/// RFC 9309 §2.4.
#[tokio::test(start_paused = true)]
async fn robots_is_believed_for_a_day() {
    let desk = desk(spec());
    desk.robots("User-agent: *\nDisallow: /");
    for _ in 0..2 {
        let refusal = desk.get(ARTICLE, Want::Article).await;
        assert!(
            matches!(refusal, Err(Refusal::Robots { .. })),
            "{refusal:?}"
        );
        tokio::time::advance(Duration::from_hours(23)).await;
    }
    desk.robots("User-agent: *\nAllow: /");
    desk.web.at(ARTICLE, Answer::page("text/html", "x"));
    assert_eq!(desk.status(ARTICLE, Want::Article).await, 200);
    assert_eq!(desk.paths(), ["/robots.txt", "/robots.txt", "/a/1"]);
}
