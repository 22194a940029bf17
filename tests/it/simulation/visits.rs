//! Pages that answer in the ways in which real ones go wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wireroom::fetch::simulated::Answer;

use super::outlet::{Item, Outlet, Weather};
use super::receiver::Receiver;
use super::{SECRET, Simulation, minutes, seconds};

const HOST: &str = "alpha.example";

/// One outlet, one endpoint, nothing quiet.
fn newsroom(config: &str) -> (Simulation, Outlet, Receiver) {
    let config = format!("[poll]\nfirst = \"all\"\ninterval = \"10m\"\n{config}");
    let mut simulation = Simulation::new(&config);
    simulation.add_outlet(HOST, &["/feed.xml"]);
    let receiver = Receiver::open(&simulation.web, "desk");
    let table = format!("secret = \"{SECRET}\"");
    simulation.add_endpoint("desk", &receiver.url(), &table);
    let outlet = Outlet::open(&simulation.web, HOST, None);
    (simulation, outlet, receiver)
}

fn html(body: &str) -> Answer {
    let page = format!("<!doctype html><html lang=en><head></head><body>{body}</body></html>");
    Answer::page("text/html; charset=utf-8", page)
}

const WALL: &str = "<article><h1>Before you continue</h1><p>Cookies and similar technologies are used \
    here to deliver the service, to measure how often it is used, and to show what suits you.</p>\
    <p>By choosing accept you agree to all of these purposes; by choosing reject you agree to \
    those that are strictly necessary for the service to be delivered at all.</p></article>";

/// All pages lead to one gate, or show one wall: each article is then what its source gave.
async fn a_wall_swallows_nothing(answer: impl Fn(&str) -> Answer) {
    let (mut simulation, outlet, receiver) = newsroom("");
    for (number, subject) in ["fishing rights", "grain exports", "power lines"]
        .iter()
        .enumerate()
    {
        let url = outlet.publish(Item::new(number, subject));
        simulation.web.at(&url, answer(&url));
    }
    let gate = format!("https://{HOST}/consent");
    simulation.web.at(&gate, html(WALL));
    simulation.start().await;
    simulation.pass(minutes(120)).await;
    let articles = simulation.articles().await;
    let titles: Vec<_> = articles
        .iter()
        .map(|it| it.revision.content.title.clone())
        .collect();
    assert_eq!(articles.len(), 3, "{titles:?}");
    for title in titles {
        let title = title.unwrap_or_default();
        assert!(title.starts_with("Ministers discuss"), "{title}");
    }
    assert_eq!(receiver.taken("article.new").len(), 3);
    simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn pages_that_all_lead_to_one_gate_are_articles_of_their_own() {
    a_wall_swallows_nothing(|_| Answer::redirect(302, "/consent")).await;
}

#[tokio::test(start_paused = true)]
async fn pages_that_all_show_one_wall_are_articles_of_their_own() {
    a_wall_swallows_nothing(|_| html(WALL)).await;
}

/// Parts that together take longer than a lease: the visit ends, and is not begun for ever.
#[tokio::test(start_paused = true)]
async fn a_page_of_many_slow_parts_does_not_outlive_its_lease() {
    let (mut simulation, outlet, _) = newsroom("");
    let item = Item::new(1, "rail freight");
    let title = item.title.clone();
    let url = outlet.publish(item);
    let asked = Arc::new(AtomicUsize::new(0));
    let stem = url.trim_end_matches(".html").to_owned();
    for part in 1..=10 {
        let address = if part == 1 {
            url.clone()
        } else {
            format!("{stem}-{part}.html")
        };
        let asked = Arc::clone(&asked);
        let body = format!(
            "<link rel=next href=\"{stem}-{}.html\"><article><h1>{title}</h1><p>Part {part} of the long \
             report on rail freight, in which the ministers say what they said in the parts before, \
             and a little more of it, number {part}.</p></article>",
            part + 1
        );
        simulation.web.script(&address, move |_| {
            asked.fetch_add(usize::from(part == 1), Ordering::Relaxed);
            html(&body).after(seconds(19))
        });
    }
    simulation.start().await;
    simulation.pass(minutes(100)).await;
    assert_eq!(simulation.articles().await.len(), 1);
    let asked = asked.load(Ordering::Relaxed);
    assert!(asked <= 12, "asked for {asked} times");
    simulation.stop().await;
}

/// What a page waited for its host's turn is no part of the hour for which it is tried.
#[tokio::test(start_paused = true)]
async fn a_page_that_waited_long_for_its_first_try_gets_others() {
    let (mut simulation, outlet, _) = newsroom("revisit = []");
    let rules = Answer::page("text/plain", "User-agent: *\nCrawl-delay: 1200\n");
    simulation
        .web
        .at(&format!("https://{HOST}/robots.txt"), rules);
    for number in 1..=5 {
        outlet.publish(Item::new(number, "border controls"));
    }
    simulation.start().await;
    // The fifth has its turn after eighty minutes; it and its next fail.
    simulation.pass(minutes(70)).await;
    outlet.weather(Weather::Down);
    simulation.pass(minutes(40)).await;
    outlet.weather(Weather::Fair);
    simulation.pass(minutes(60)).await;
    let articles = simulation.articles().await;
    assert_eq!(articles.len(), 5);
    for article in articles {
        let text = article.revision.content.text();
        assert!(text.contains("Paragraph 3"), "{}: {text}", article.url);
    }
    simulation.stop().await;
}

/// A host's wish for patience does not hold an article for longer than its hour.
async fn a_wish_of_a_day_is_not_waited_for(weather: Weather) {
    let (mut simulation, outlet, receiver) = newsroom("");
    let url = outlet.publish(Item::new(1, "water levels"));
    simulation.web.script(&url, move |_| match weather {
        Weather::Throttling(wait) => Answer::status(429).header("retry-after", &wait.to_string()),
        _ => Answer::status(503).header("retry-after", "86400"),
    });
    simulation.start().await;
    simulation.pass(minutes(75)).await;
    assert_eq!(receiver.taken("article.new").len(), 1);
    simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_overloaded_page_is_told_from_its_source_within_an_hour() {
    a_wish_of_a_day_is_not_waited_for(Weather::Overloaded(86_400)).await;
}

#[tokio::test(start_paused = true)]
async fn a_throttled_page_is_told_from_its_source_within_an_hour() {
    a_wish_of_a_day_is_not_waited_for(Weather::Throttling(86_400)).await;
}

/// The first page has a validator; that must not hide the part that could not be had.
#[tokio::test(start_paused = true)]
async fn an_article_whose_second_part_failed_is_completed_by_a_revisit() {
    let (mut simulation, outlet, _) = newsroom("");
    let item = Item::new(1, "harbour dues");
    let title = item.title.clone();
    let url = outlet.publish(item);
    let part_2 = url.replace(".html", "-2.html");
    let first = html(&format!(
        "<link rel=next href=\"{part_2}\"><article><h1>{title}</h1><p>The harbour dues were discussed on \
         Tuesday by all ministers who had come, and by one who had not.</p></article>"
    ));
    simulation.web.at(&url, first.header("etag", "\"same\""));
    simulation.web.at(&part_2, Answer::status(500));
    simulation.start().await;
    simulation.pass(minutes(5)).await;
    let second = html(&format!(
        "<article><h1>{title}</h1><p>On the second page stands what they decided in the end, after the \
         commission had been heard and the lamps been lit.</p></article>"
    ));
    simulation.web.at(&part_2, second);
    let text = |articles: Vec<wireroom::model::article::Article>| {
        articles
            .first()
            .map(|it| it.revision.content.text())
            .unwrap_or_default()
    };
    assert!(!text(simulation.articles().await).contains("second page"));
    simulation.pass(minutes(30)).await;
    let whole = text(simulation.articles().await);
    assert!(whole.contains("second page"), "{whole}");
    simulation.stop().await;
}

/// Parts wait for their host's turn like any article, however long its delay is.
#[tokio::test(start_paused = true)]
async fn a_long_crawl_delay_costs_no_part_of_an_article() {
    let (mut simulation, outlet, _) = newsroom("[fetch]\nhost_delay = \"10s\"");
    let item = Item::new(1, "harbour dues");
    let title = item.title.clone();
    let url = outlet.publish(item);
    let part_2 = url.replace(".html", "-2.html");
    let part = |words: &str, link: &str| {
        html(&format!(
            "{link}<article><h1>{title}</h1><p>{words}</p></article>"
        ))
    };
    let link = format!("<link rel=next href=\"{part_2}\">");
    let first = "The harbour dues were discussed on Tuesday by all ministers who had come.";
    let second = "On the second page stands what they decided in the end, after much talk.";
    simulation.web.at(&url, part(first, &link));
    simulation.web.at(&part_2, part(second, ""));
    simulation.start().await;
    simulation.pass(minutes(5)).await;
    let content = &simulation.articles().await[0].revision.content;
    assert!(content.text().contains("second page"), "{}", content.text());
    simulation.stop().await;
}

/// A revisit has no entry to ask; what only the entry had said is not taken back by it.
#[tokio::test(start_paused = true)]
async fn a_headline_that_only_the_feed_has_outlives_the_revisits() {
    let (mut simulation, outlet, receiver) = newsroom("");
    let item = Item::new(1, "air defence");
    let title = item.title.clone();
    let url = outlet.publish(item);
    let page = html(
        "<article><p>The ministers discussed air defence in the first round of the coastal talks, on \
         Tuesday, and for longer than anybody had thought that they would.</p><p>Details will follow \
         later in the week, when the commission has been heard as well.</p></article>",
    );
    simulation.web.at(&url, page);
    simulation.start().await;
    simulation.pass(minutes(26 * 60)).await;
    let articles = simulation.articles().await;
    assert_eq!(
        articles[0].revision.content.title.as_deref(),
        Some(title.as_str())
    );
    assert_eq!(receiver.taken("article.new").len(), 1);
    assert_eq!(receiver.taken("article.updated").len(), 0);
    simulation.stop().await;
}

/// `run --once` does not wait for a host that asked to be left alone.
#[tokio::test(start_paused = true)]
async fn a_run_of_once_ends_though_a_host_is_held() {
    let (simulation, outlet, _) = newsroom("");
    for number in 1..=4 {
        let url = outlet.publish(Item::new(number, "grain exports"));
        let answer = Answer::status(429).header("retry-after", "3600");
        simulation.web.at(&url, answer);
    }
    let summary = simulation.once(minutes(10)).await;
    assert_eq!(summary.polls.done, 1);
}
