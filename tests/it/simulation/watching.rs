//! Watching the watched: each state that a source can be in without failing, what is told of it, and
//! what is not.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use wireroom::model::source::{SourceHealth, SourceState};

use super::press::{Pages, Press};
use super::receiver::Receiver;
use super::{SECRET, Simulation, minutes};

const HOST: &str = "alpha.example";
const EVENTS: &str = "events = [\"article.new\", \"source.failing\", \"source.recovered\", \"source.silent\", \
    \"source.moved\", \"source.gone\", \"source.layout\"]";

fn house(config: &str) -> (Simulation, Press, Receiver) {
    let mut simulation = Simulation::new(config);
    simulation.add_outlet(HOST, &["/feed.xml"]);
    let receiver = Receiver::open(&simulation.web, "desk");
    let table = format!("secret = \"{SECRET}\"\n{EVENTS}");
    simulation.add_endpoint("desk", &receiver.url(), &table);
    let press = Press::open(&simulation.web, HOST);
    (simulation, press, receiver)
}

const fn hours(count: u64) -> Duration {
    Duration::from_hours(count)
}

fn ago(simulation: &Simulation, time: i64) -> Timestamp {
    simulation.now() - SignedDuration::from_mins(time)
}

/// All that was told but of articles.
fn told(receiver: &Receiver) -> Vec<String> {
    let mut told: Vec<_> = (receiver.told().iter())
        .map(|told| told.kind().to_owned())
        .collect();
    told.retain(|kind| kind != "article.new");
    told
}

/// What an event says of the source has what somebody needs who must act.
fn check_event(receiver: &Receiver, kind: &str) {
    let events = receiver.taken(kind);
    let source = &events[0].body["data"]["source"];
    assert!(
        source["reason"].as_str().is_some_and(|it| it.len() > 20),
        "{source}"
    );
    assert!(source["last_success"].is_string(), "{source}");
    let well = matches!(source["state"].as_str(), Some("healthy"));
    assert_eq!(source["remedy"].is_string(), !well, "{source}");
}

/// Ten days of news by day, a piece an hour.
async fn ten_days(simulation: &mut Simulation, press: &Press) -> usize {
    let mut number = 0;
    for hour in 0..10 * 24 {
        if (6..20).contains(&(hour % 24)) {
            number += 1;
            press.publish(number, simulation.now());
        }
        simulation.pass(hours(1)).await;
        if hour == 150 {
            // What was learned is not forgotten over a restart.
            let before = simulation.source().await.rhythm;
            simulation.stop().await;
            simulation.start().await;
            let after = simulation.source().await.rhythm;
            assert_eq!((before.since, before.entries), (after.since, after.entries));
        }
    }
    number
}

#[tokio::test(start_paused = true)]
async fn a_source_that_falls_silent_is_told_once_and_by_its_own_rhythm() {
    let (mut simulation, press, receiver) = house("[poll]\nrevisit = []");
    press.publish(0, ago(&simulation, 60));
    simulation.start().await;
    let last = ten_days(&mut simulation, &press).await;
    assert_eq!(told(&receiver), [""; 0], "ordinary nights are no silence");
    let polls = |requests: &[wireroom::fetch::simulated::Asked], hour: u64| {
        let feed = requests.iter().filter(|it| it.url.path() == "/feed.xml");
        feed.filter(|it| it.at.elapsed() < hours(hour)).count()
    };
    // From eight in the evening until six.
    let before = polls(&simulation.web.asked(), 8);
    simulation.pass(hours(14)).await;
    let all = polls(&simulation.web.asked(), 22);
    let wait = simulation.source().await.wait.unwrap();
    assert!(wait.contains("rhythm"), "{wait}");
    assert!(
        all - before < 14 * 6 && before < 8 * 4,
        "{before} by night, {all} in all"
    );
    simulation.pass(hours(4 * 24)).await;
    assert_eq!(told(&receiver), ["source.silent"]);
    check_event(&receiver, "source.silent");
    assert_eq!(simulation.source().await.health, SourceHealth::Silent);
    press.publish(last + 1, simulation.now());
    simulation.pass(hours(7)).await;
    assert_eq!(told(&receiver), ["source.silent", "source.recovered"]);
    check_event(&receiver, "source.recovered");
    simulation.stop().await;
}

/// Publishes so many, a minute between two, and lets them be visited.
async fn some_news(simulation: &Simulation, press: &Press, numbers: std::ops::Range<usize>) {
    for number in numbers {
        press.publish(number, simulation.now());
        simulation.pass(minutes(1)).await;
    }
    simulation.pass(minutes(30)).await;
}

#[tokio::test(start_paused = true)]
async fn a_layout_that_yields_no_text_is_told_once_and_so_is_its_end() {
    let (mut simulation, press, receiver) = house("[poll]\nfirst = \"all\"");
    simulation.start().await;
    some_news(&simulation, &press, 0..12).await;
    assert_eq!(simulation.source().await.health, SourceHealth::Healthy);
    press.pages(Pages::Empty);
    some_news(&simulation, &press, 12..20).await;
    let source = simulation.source().await;
    assert_eq!(source.health, SourceHealth::Layout, "{source:?}");
    assert_eq!(told(&receiver), ["source.layout"]);
    check_event(&receiver, "source.layout");
    // What the feed gave is told all the same.
    assert_eq!(receiver.taken("article.new").len(), 20);
    press.pages(Pages::Whole);
    some_news(&simulation, &press, 20..26).await;
    assert_eq!(simulation.source().await.health, SourceHealth::Healthy);
    assert_eq!(told(&receiver), ["source.layout", "source.recovered"]);
    simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_wall_is_a_state_and_no_alarm() {
    let (mut simulation, press, receiver) = house("[poll]\nfirst = \"all\"");
    simulation.start().await;
    press.pages(Pages::Walled);
    some_news(&simulation, &press, 0..8).await;
    let source = simulation.source().await;
    assert_eq!(source.health, SourceHealth::Paywalled, "{source:?}");
    assert!(
        source
            .reason
            .is_some_and(|reason| reason.contains("not free"))
    );
    press.pages(Pages::Whole);
    some_news(&simulation, &press, 8..16).await;
    assert_eq!(simulation.source().await.health, SourceHealth::Healthy);
    assert_eq!(told(&receiver), [""; 0]);
    simulation.stop().await;
}

/// Thirty known pieces, a day's worth; then one, so that it is seen that news is announced.
async fn known_house(simulation: &mut Simulation, press: &Press) -> SourceState {
    for number in 0..30 {
        press.publish(
            number,
            ago(simulation, 60 + i64::try_from(number).unwrap() * 47),
        );
    }
    simulation.start().await;
    simulation.pass(minutes(20)).await;
    press.publish(100, simulation.now());
    simulation.pass(minutes(30)).await;
    simulation.source().await
}

#[tokio::test(start_paused = true)]
async fn changed_identifiers_are_stored_quietly_and_told_as_one() {
    let (mut simulation, press, receiver) = house("");
    known_house(&mut simulation, &press).await;
    assert_eq!(receiver.taken("article.new").len(), 1);
    let known = simulation.source().await.entries_seen;
    press.renumber();
    simulation.pass(hours(2)).await;
    assert_eq!(
        receiver.taken("article.new").len(),
        1,
        "no old piece is announced"
    );
    assert_eq!(told(&receiver), ["source.flood"]);
    check_event(&receiver, "source.flood");
    let source = simulation.source().await;
    assert_eq!(source.health, SourceHealth::Healthy);
    assert!(source.entries_seen >= known + 30);
    assert!(source.notice.flood.is_some_and(|flood| flood.entries >= 30));
    // True news is announced, however much there is of it at once.
    for number in 200..240 {
        press.publish(
            number,
            ago(&simulation, 240 - i64::try_from(number).unwrap()),
        );
    }
    simulation.pass(hours(1)).await;
    assert_eq!(receiver.taken("article.new").len(), 41);
    assert_eq!(told(&receiver).len(), 1);
    simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_window_that_slides_back_is_no_news() {
    let (mut simulation, press, receiver) = house("");
    known_house(&mut simulation, &press).await;
    for number in 300..420 {
        let back = 3000 + i64::try_from(number).unwrap() * 11;
        press.publish(number, ago(&simulation, back));
        if number % 5 == 0 {
            // Not all at once.
            simulation.pass(minutes(2)).await;
        }
    }
    simulation.pass(hours(1)).await;
    let announced = receiver.taken("article.new").len() - 1;
    assert!(announced < 25, "{announced} old pieces were announced");
    assert_eq!(told(&receiver), ["source.flood"]);
    simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_ran_ahead_does_not_silence_what_follows() {
    let (mut simulation, press, receiver) = house("");
    press.set_clock(400 * 86_400);
    known_house(&mut simulation, &press).await;
    press.set_clock(0);
    simulation.pass(minutes(30)).await;
    for number in 500..515 {
        press.publish(number, simulation.now());
    }
    simulation.pass(hours(1)).await;
    assert_eq!(receiver.taken("article.new").len(), 16);
    assert_eq!(told(&receiver), [""; 0]);
    simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn failing_is_told_with_what_to_do_and_gone_comes_back_when_asked() {
    let (mut simulation, press, receiver) = house("");
    known_house(&mut simulation, &press).await;
    press.status(Some(500));
    simulation.pass(hours(24)).await;
    assert_eq!(told(&receiver), ["source.failing"]);
    check_event(&receiver, "source.failing");
    let wait = simulation.source().await.wait.unwrap();
    assert!(wait.contains("failures in a row"), "{wait}");
    press.status(None);
    simulation.pass(hours(25)).await;
    assert_eq!(told(&receiver), ["source.failing", "source.recovered"]);
    press.status(Some(410));
    simulation.pass(hours(7)).await;
    assert_eq!(told(&receiver).last().unwrap(), "source.gone");
    check_event(&receiver, "source.gone");
    let requests = simulation.web.asked().len();
    press.status(None);
    simulation.pass(hours(72)).await;
    // It is left alone, and so are its pages but for what was due already.
    let feed = |from: usize| {
        let asked = simulation.web.asked();
        asked[from..]
            .iter()
            .filter(|it| it.url.path() == "/feed.xml")
            .count()
    };
    assert_eq!(feed(requests), 0);
    simulation.poll_now().await;
    simulation.pass(minutes(5)).await;
    assert_eq!(simulation.source().await.health, SourceHealth::Healthy);
    assert_eq!(told(&receiver).len(), 4);
    simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_page_is_read_again_by_new_rules() {
    let mut simulation = Simulation::new("");
    let press = Press::open(&simulation.web, HOST);
    let outlet = format!(
        "[[outlet]]\nname = \"alpha\"\ntitle = \"Alpha\"\nhomepage = \"https://{HOST}/\"\n\
         [[outlet.source]]\nkind = \"page\"\nurl = \"https://{HOST}/news/\"\ninterval = \"6h\"\n"
    );
    let bare = simulation.config.clone();
    simulation.config = format!("{bare}{outlet}links = \".even a\"\n");
    for number in 0..6 {
        press.publish(number, ago(&simulation, 60));
    }
    simulation.start().await;
    simulation.pass(minutes(10)).await;
    assert_eq!(simulation.source().await.entries_seen, 3);
    simulation.config = format!("{bare}{outlet}links = \".even a, .odd a\"\n");
    simulation.reload().await;
    simulation.pass(minutes(10)).await;
    assert_eq!(simulation.source().await.entries_seen, 6);
    let sections = || {
        let asked = simulation.web.asked();
        asked.iter().filter(|it| it.url.path() == "/news/").count()
    };
    assert_eq!(sections(), 2);
    // Once: the same rules do not read it again.
    simulation.reload().await;
    simulation.pass(minutes(10)).await;
    assert_eq!(sections(), 2);
    simulation.stop().await;
}
