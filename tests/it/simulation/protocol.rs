//! What the protocol says between us and a source: moves, partial answers, refreshed validators, budgets.

use std::sync::{Arc, Mutex};

use wireroom::fetch::simulated::{Answer, Asked};
use wireroom::model::source::SourceHealth;

use super::outlet::{Item, Outlet};
use super::receiver::Receiver;
use super::{Simulation, minutes};

const FEED: &str = "https://alpha.example/feed.xml";

fn newsroom(more: &str) -> (Simulation, Outlet, Receiver) {
    let mut simulation = Simulation::new(&format!(
        "{more}\n[poll]\ninterval = \"10m\"\nfirst = \"all\"\nadaptive = false\nrevisit = []"
    ));
    simulation.add_outlet("alpha.example", &["/feed.xml"]);
    let receiver = Receiver::open(&simulation.web, "desk");
    let more = "events = [\"article.new\", \"source.moved\", \"source.gone\"]\n\
                secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwd2lyZXJvb20=\"";
    simulation.add_endpoint("desk", &receiver.url(), more);
    let outlet = Outlet::open(&simulation.web, "alpha.example", None);
    (simulation, outlet, receiver)
}

fn feed(outlet: &Outlet, items: &[&Item]) -> String {
    let items: String = items
        .iter()
        .map(|it| {
            format!(
                "<item><title>{}</title><link>{}</link></item>",
                it.title,
                outlet.url(it)
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Alpha</title>\
         <link>https://alpha.example/</link><description>News</description>{items}</channel></rss>"
    )
}

fn asked(simulation: &Simulation, url: &str) -> Vec<Asked> {
    let all = simulation.web.asked().into_iter();
    all.filter(|it| it.url.as_str() == url).collect()
}

#[tokio::test(start_paused = true)]
async fn a_permanent_move_is_made_after_three_polls_and_a_temporary_one_never() {
    let target = "https://alpha.example/new.xml";
    for (status, moves) in [(301, true), (308, true), (302, false), (307, false)] {
        let (mut simulation, outlet, receiver) = newsroom("");
        simulation.web.at(FEED, Answer::redirect(status, target));
        let text = feed(&outlet, &[&Item::new(1, "grain")]);
        simulation
            .web
            .at(target, Answer::page("application/rss+xml", text));
        simulation.start().await;
        simulation.pass(minutes(120)).await;
        let by_way = asked(&simulation, FEED).len();
        let source = simulation.source().await;
        let told = receiver.taken("source.moved").len();
        if moves {
            assert_eq!((by_way, told), (3, 1), "{status}");
            assert_eq!(source.health, SourceHealth::Moved);
            assert_eq!(source.moved_to.unwrap().as_str(), target);
        } else {
            assert!(by_way > 9, "{status}: {by_way}");
            assert_eq!((told, source.moved_to), (0, None), "{status}");
        }
        simulation.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_is_told_and_not_asked_again() {
    let (mut simulation, _, receiver) = newsroom("");
    simulation.web.at(FEED, Answer::status(410));
    simulation.start().await;
    simulation.pass(minutes(24 * 60)).await;
    assert_eq!(asked(&simulation, FEED).len(), 1);
    assert_eq!(receiver.taken("source.gone").len(), 1);
    simulation.stop().await;
}

/// RFC 3229: a server that understands `A-IM: feed` sends what is new, with a validator of its own.
/// What it leaves out is as it was.
#[tokio::test(start_paused = true)]
async fn a_partial_answer_adds_to_what_is_known() {
    let (mut simulation, outlet, receiver) = newsroom("");
    let items = [1, 2, 3].map(|number| Item::new(number, "grain"));
    for item in &items {
        outlet.publish(item.clone());
    }
    let pieces = [
        feed(&outlet, &[&items[1], &items[0]]),
        feed(&outlet, &[&items[2]]),
    ];
    simulation.web.script(FEED, move |asked| {
        let [whole, new] = &pieces;
        match asked.header("if-none-match") {
            None => Answer::page("application/rss+xml", whole.clone()).header("etag", "W/\"one\""),
            Some("W/\"one\"") if asked.header("a-im") == Some("feed") => Answer::status(226)
                .body(new.clone())
                .header("im", "feed")
                .header("etag", "W/\"two\""),
            Some("W/\"two\"") => Answer::status(304),
            Some(_) => Answer::status(500),
        }
    });
    simulation.start().await;
    simulation.pass(minutes(60)).await;
    assert_eq!(receiver.taken("article.new").len(), 3);
    let source = simulation.source().await;
    assert_eq!(
        (source.health, source.entries_seen),
        (SourceHealth::Healthy, 3)
    );
    assert_eq!(source.validators.etag.as_deref(), Some("W/\"two\""));
    simulation.stop().await;
}

/// RFC 9111 §4.3.4: what a 304 says replaces what was stored; what it does not say stays.
#[tokio::test(start_paused = true)]
async fn a_304_renews_the_validators() {
    let (mut simulation, outlet, _) = newsroom("");
    let text = feed(&outlet, &[]);
    let seen = Arc::<Mutex<Vec<(String, String)>>>::default();
    let notes = Arc::clone(&seen);
    simulation.web.script(FEED, move |asked| {
        let header = |name| asked.header(name).unwrap_or_default().to_owned();
        let mut seen = notes.lock().unwrap();
        seen.push((header("if-none-match"), header("if-modified-since")));
        match seen.len() {
            1 => Answer::page("application/rss+xml", text.clone())
                .header("etag", "\"a\"")
                .header("last-modified", "Mon, 2 Mar 2026 05:00:00 UTC (sic)"),
            2 => Answer::status(304).header("etag", "\"b\""),
            _ => Answer::status(304),
        }
    });
    simulation.start().await;
    simulation.pass(minutes(45)).await;
    let stamp = "Mon, 2 Mar 2026 05:00:00 UTC (sic)";
    let pair = |etag: &str, stamp: &str| (etag.to_owned(), stamp.to_owned());
    let seen = seen.lock().unwrap()[..4].to_vec();
    assert_eq!(
        seen,
        [
            pair("", ""),
            pair("\"a\"", stamp),
            pair("\"b\"", stamp),
            pair("\"b\"", stamp)
        ]
    );
    simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_spent_budget_is_said_and_nothing_is_lost() {
    let (mut simulation, outlet, receiver) = newsroom("[fetch]\nhost_budget = \"6/h\"");
    for number in 1..=12 {
        outlet.publish(Item::new(number, "grain"));
    }
    simulation.start().await;
    // Whether a poll or an article meets the end of the budget first is left to chance.
    let mut reasons = Vec::new();
    for _ in 0..55 {
        simulation.pass(minutes(1)).await;
        reasons.extend(simulation.source().await.reason);
    }
    let n_asked = simulation
        .web
        .asked()
        .iter()
        .filter(|it| it.url.host_str() == Some("alpha.example"))
        .count();
    assert!((6..=12).contains(&n_asked), "{n_asked}");
    let told = reasons.iter().any(|it| it.contains("fetch.host_budget"));
    assert!(told, "{reasons:?}");
    simulation.pass(minutes(12 * 60)).await;
    assert_eq!(receiver.taken("article.new").len(), 12);
    simulation.stop().await;
}
