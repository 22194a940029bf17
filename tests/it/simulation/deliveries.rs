//! Receivers that answer in the ways in which real ones do.

use wireroom::fetch::simulated::Answer;
use wireroom::model::delivery::{DeliveryState, EndpointHealth};

use super::outlet::{Item, Outlet};
use super::receiver::{Mood, Receiver};
use super::{SECRET, Simulation, minutes, seconds};

const CONFIG: &str = "[poll]\nfirst = \"all\"\nrevisit = []\n[delivery]\nschedule = [\"5m\"]";

/// One outlet with one article, and an endpoint.
fn newsroom(table: &str) -> (Simulation, Receiver) {
    let mut simulation = Simulation::new(CONFIG);
    simulation.add_outlet("alpha.example", &["/feed.xml"]);
    let outlet = Outlet::open(&simulation.web, "alpha.example", None);
    outlet.publish(Item::new(1, "grain exports"));
    let receiver = Receiver::open(&simulation.web, "desk");
    simulation.add_endpoint("desk", &receiver.url(), table);
    (simulation, receiver)
}

/// Retry-After stands in the place of the schedule, and uses none of it up.
#[tokio::test(start_paused = true)]
async fn a_receiver_that_names_a_time_is_obeyed_and_not_counted() {
    let (mut simulation, receiver) = newsroom(&format!("secret = \"{SECRET}\""));
    receiver.mood(Mood::Throttling(1));
    simulation.start().await;
    // One try each second: far more of them than the schedule has.
    simulation.pass(seconds(30)).await;
    let throttled = receiver.told().len();
    assert!(throttled > 5, "tried {throttled} times in half a minute");
    assert_eq!(receiver.trespasses(), Vec::<String>::new());
    let endpoint = simulation.store().endpoints().await.unwrap().remove(0);
    assert_eq!(endpoint.health, EndpointHealth::Healthy);
    receiver.mood(Mood::Well);
    simulation.pass(seconds(5)).await;
    assert_eq!(receiver.taken("article.new").len(), 1);
    simulation.stop().await;
}

/// 429 without a time uses up the schedule; with one it does not, and is given up some day all the same.
#[tokio::test(start_paused = true)]
async fn a_receiver_that_asks_for_patience_for_ever_is_given_up() {
    for (mood, hours) in [(Mood::Failing(429), 1), (Mood::Throttling(1800), 24)] {
        let (mut simulation, receiver) = newsroom(&format!("secret = \"{SECRET}\""));
        receiver.mood(mood);
        simulation.start().await;
        simulation.pass(minutes((hours - 1) * 60 + 4)).await;
        let delivery = simulation.deliveries().await.remove(0);
        let at_first = delivery.tries;
        assert_eq!(delivery.state, DeliveryState::Retrying, "{mood:?}");
        simulation.pass(minutes(70)).await;
        let delivery = simulation.deliveries().await.remove(0);
        assert_eq!(delivery.state, DeliveryState::Failed, "{mood:?}");
        assert!(delivery.tries > at_first, "{mood:?}");
        assert_eq!(receiver.trespasses(), Vec::<String>::new());
        simulation.stop().await;
    }
}

/// Two requests of one attempt share its time.
#[tokio::test(start_paused = true)]
async fn an_attempt_takes_no_longer_than_its_time() {
    let mut simulation = Simulation::new(CONFIG);
    simulation.add_outlet("alpha.example", &["/feed.xml"]);
    let outlet = Outlet::open(&simulation.web, "alpha.example", None);
    let item = Item::new(1, "grain exports");
    let (title, text) = (item.title.clone(), item.paragraphs.join("</p><p>"));
    let url = outlet.publish(item);
    let page = format!(
        "<!doctype html><html lang=en><head><title>{title}</title>\
         <meta property=\"og:image\" content=\"https://alpha.example/grain.jpg\"></head>\
         <body><article><h1>{title}</h1><p>{text}</p></article></body></html>"
    );
    simulation.web.at(&url, Answer::page("text/html", page));
    simulation.add_endpoint(
        "chat",
        "https://chat.example.net/services/1",
        "format = \"slack\"\ntimeout = \"10s\"",
    );
    simulation.web.host("chat.example.net", |asked| {
        let has_picture = String::from_utf8_lossy(&asked.body).contains("grain.jpg");
        if has_picture {
            Answer::status(400).after(seconds(7))
        } else {
            Answer::status(200).hanging()
        }
    });
    simulation.start().await;
    simulation.pass(minutes(2)).await;
    let delivery = simulation.deliveries().await.remove(0);
    let attempt = &delivery.attempts[0];
    assert!((10_000..11_000).contains(&attempt.ms), "{attempt:?}");
    simulation.stop().await;
}

/// A stock error page names the path that was asked for, and that path is the key of a chat.
#[tokio::test(start_paused = true)]
async fn an_answer_that_quotes_the_address_gives_no_secret_away() {
    let mut simulation = Simulation::new(CONFIG);
    simulation.add_outlet("alpha.example", &["/feed.xml"]);
    let outlet = Outlet::open(&simulation.web, "alpha.example", None);
    outlet.publish(Item::new(1, "grain exports"));
    let url = "https://chat.example.net/services/T0KEY0/SECRETPATH?token=SECRETQUERY";
    simulation.add_endpoint("chat", url, "format = \"slack\"");
    simulation.web.host("chat.example.net", |asked| {
        let (path, query) = (asked.url.path(), asked.url.query().unwrap_or_default());
        let body = format!("The URL {path}?{query} was not found; SECRETPATH, it said.");
        Answer::status(404).body(body)
    });
    simulation.start().await;
    simulation.pass(minutes(2)).await;
    let delivery = simulation.deliveries().await.remove(0);
    assert_eq!(delivery.state, DeliveryState::Failed);
    let attempt = &delivery.attempts[0];
    let quoted = attempt.answer.clone().unwrap_or_default();
    assert!(quoted.contains("was not found"), "{quoted}");
    let said = format!("{delivery:?}");
    for secret in ["SECRETPATH", "SECRETQUERY", "T0KEY0"] {
        assert!(!said.contains(secret), "{said}");
    }
    simulation.stop().await;
}

/// Slack refuses a message whose picture it cannot fetch: the words are worth more.
#[tokio::test(start_paused = true)]
async fn a_chat_that_cannot_fetch_the_picture_gets_the_words() {
    let mut simulation = Simulation::new(CONFIG);
    simulation.add_outlet("alpha.example", &["/feed.xml"]);
    let outlet = Outlet::open(&simulation.web, "alpha.example", None);
    let item = Item::new(1, "grain exports");
    let (title, text) = (item.title.clone(), item.paragraphs.join("</p><p>"));
    let url = outlet.publish(item);
    let page = format!(
        "<!doctype html><html lang=en><head><title>{title}</title>\
         <meta property=\"og:image\" content=\"https://alpha.example/grain.jpg\"></head>\
         <body><article><h1>{title}</h1><p>{text}</p></article></body></html>"
    );
    simulation.web.at(&url, Answer::page("text/html", page));
    simulation.add_endpoint(
        "chat",
        "https://chat.example.net/services/1",
        "format = \"slack\"",
    );
    simulation.web.host("chat.example.net", |asked| {
        let has_picture = String::from_utf8_lossy(&asked.body).contains("grain.jpg");
        Answer::status(if has_picture { 400 } else { 200 })
    });
    simulation.start().await;
    simulation.pass(minutes(2)).await;
    let asked = simulation.web.asked();
    let told = asked
        .iter()
        .filter(|it| it.url.host_str() == Some("chat.example.net"));
    assert_eq!(told.count(), 2, "with the picture, then without it");
    let delivery = simulation.deliveries().await.remove(0);
    assert_eq!(delivery.state, DeliveryState::Delivered);
    simulation.stop().await;
}
