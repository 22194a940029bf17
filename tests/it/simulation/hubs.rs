//! Subscriptions at hubs, on a simulated web: leases, restarts, farewells, and who is believed.
//!
//! What hubs send is handed to the service without a socket: paused time and sockets do not go together.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha512;
use tower::Service as _;
use url::form_urlencoded;
use wireroom::fetch::simulated::Answer;

use super::outlet::{Item, Outlet};
use super::receiver::Receiver;
use super::{Simulation, minutes, seconds};

const HUB: &str = "https://hub.example/";
const FEED: &str = "https://alpha.example/feed.xml";

/// One request to the hub: its form.
#[derive(Clone, Debug)]
struct Form(Vec<(String, String)>);

impl Form {
    fn value(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// The callback's path behind `http.public_url`.
    fn path(&self) -> &str {
        let callback = self.value("hub.callback");
        callback.strip_prefix("https://wire.example/in").unwrap()
    }
}

/// A newsroom whose one feed names a hub that answers with `status`.
struct Newsroom {
    simulation: Simulation,
    outlet: Outlet,
    receiver: Receiver,
    asked: Arc<Mutex<Vec<Form>>>,
}

impl Newsroom {
    fn new(status: u16) -> Self {
        let mut simulation = Simulation::new(
            "public_url = \"https://wire.example/in/\"\n\
             [poll]\ninterval = \"2h\"\nfirst = \"all\"\nadaptive = false\nrevisit = []",
        );
        simulation.add_outlet("alpha.example", &["/feed.xml"]);
        let receiver = Receiver::open(&simulation.web, "desk");
        let more = "secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwd2lyZXJvb20=\"";
        simulation.add_endpoint("desk", &receiver.url(), more);
        let outlet = Outlet::open(&simulation.web, "alpha.example", None);
        let asked = Arc::<Mutex<Vec<Form>>>::default();
        let notes = Arc::clone(&asked);
        simulation.web.script(HUB, move |request| {
            let form = form_urlencoded::parse(&request.body).into_owned().collect();
            notes.lock().unwrap().push(Form(form));
            Answer::status(status)
        });
        let newsroom = Self {
            simulation,
            outlet,
            receiver,
            asked,
        };
        newsroom.list(&[]);
        newsroom
    }

    /// Has the feed list these, and gives its text.
    fn list(&self, items: &[&Item]) -> String {
        let text = feed(&self.outlet, items);
        let answer = Answer::page("application/rss+xml", text.clone());
        self.simulation.web.at(FEED, answer);
        text
    }

    fn asked(&self) -> Vec<Form> {
        self.asked.lock().unwrap().clone()
    }

    fn polls(&self) -> usize {
        let asked = self.simulation.web.asked();
        asked.iter().filter(|it| it.url.as_str() == FEED).count()
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let mut hooks = self.simulation.hooks();
        let answer = hooks.call(request).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 10_000)
            .await
            .unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// The hub asks whether `mode` is meant.
    async fn question(
        &self,
        form: &Form,
        mode: &str,
        topic: &str,
        lease: u64,
    ) -> (StatusCode, String) {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("hub.mode", mode)
            .append_pair("hub.topic", topic)
            .append_pair("hub.challenge", "what was it")
            .append_pair("hub.lease_seconds", &lease.to_string())
            .finish();
        let uri = format!("{}?{query}", form.path());
        self.send(Request::get(uri).body(Body::empty()).unwrap())
            .await
    }

    async fn push(&self, form: &Form, secret: &str, body: &str) -> StatusCode {
        let mut mac = Hmac::<Sha512>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let mut signature = "sha512=".to_owned();
        for byte in mac.finalize().into_bytes() {
            write!(signature, "{byte:02x}").unwrap();
        }
        let request = Request::post(form.path())
            .header("content-type", "application/rss+xml")
            .header("x-hub-signature", signature)
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.send(request).await.0
    }

    /// Starts, polls, is asked by the hub and says yes; the hub's form.
    async fn subscribe(&mut self, lease: u64) -> Form {
        self.simulation.start().await;
        self.simulation.pass(minutes(1)).await;
        let form = self.asked().pop().expect("the hub was asked");
        let said = self
            .question(&form, "subscribe", form.value("hub.topic"), lease)
            .await;
        assert_eq!(said, (StatusCode::OK, "what was it".to_owned()));
        form
    }
}

fn feed(outlet: &Outlet, items: &[&Item]) -> String {
    let items: String = items
        .iter()
        .map(|item| {
            format!(
                "<item><title>{}</title><link>{}</link></item>",
                item.title,
                outlet.url(item)
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\
         <channel><title>Alpha</title><link>https://alpha.example/</link><description>News</description>\
         <atom:link rel=\"hub\" href=\"{HUB}\"/>\
         <atom:link rel=\"self\" href=\"https://alpha.example/as-it-says\"/>{items}</channel></rss>"
    )
}

#[tokio::test(start_paused = true)]
async fn what_is_pushed_and_signed_is_announced_and_nothing_else() {
    let mut newsroom = Newsroom::new(202);
    newsroom.simulation.start().await;
    newsroom.simulation.pass(minutes(1)).await;
    let [form] = &newsroom.asked()[..] else {
        panic!("{:?}", newsroom.asked());
    };
    let topic = "https://alpha.example/as-it-says";
    assert_eq!(form.value("hub.mode"), "subscribe");
    assert_eq!(form.value("hub.topic"), topic);
    let secret = form.value("hub.secret").to_owned();
    assert!((32..200).contains(&secret.len()), "{secret}");

    let lost = (StatusCode::NOT_FOUND, String::new());
    for (mode, topic) in [
        ("subscribe", FEED),
        ("unsubscribe", topic),
        ("dance", topic),
    ] {
        let said = newsroom.question(form, mode, topic, 600_000).await;
        assert_eq!(said, lost, "{mode} {topic}");
    }
    let said = newsroom.question(form, "subscribe", topic, 600_000).await;
    assert_eq!(said, (StatusCode::OK, "what was it".to_owned()));
    let again = newsroom.question(form, "subscribe", topic, 600_000).await;
    assert_eq!(again, said, "what was meant is meant still");

    let items: Vec<Item> = (1..=3).map(|number| Item::new(number, "grain")).collect();
    for item in &items {
        newsroom.outlet.publish(item.clone());
    }
    let told = |newsroom: &Newsroom| {
        let told = newsroom.receiver.taken("article.new");
        told.iter()
            .map(|told| told.url().to_owned())
            .collect::<Vec<_>>()
    };
    let first = feed(&newsroom.outlet, &[&items[0]]);
    assert_eq!(
        newsroom.push(form, "another secret", &first).await,
        StatusCode::ACCEPTED
    );
    newsroom.simulation.pass(minutes(1)).await;
    assert_eq!(told(&newsroom), [""; 0]);
    assert_eq!(
        newsroom.push(form, &secret, &first).await,
        StatusCode::ACCEPTED
    );
    newsroom.simulation.pass(minutes(1)).await;
    assert_eq!(told(&newsroom), [newsroom.outlet.url(&items[0])]);
    // A hub may send only what is new; what it leaves out is not gone, and what it repeats is known.
    let rest = feed(&newsroom.outlet, &[&items[2], &items[1]]);
    for _ in 0..2 {
        assert_eq!(
            newsroom.push(form, &secret, &rest).await,
            StatusCode::ACCEPTED
        );
    }
    assert_eq!(
        newsroom.push(form, &secret, "no feed at all").await,
        StatusCode::ACCEPTED
    );
    newsroom.simulation.pass(minutes(1)).await;
    assert_eq!(told(&newsroom).len(), 3);
    assert_eq!(newsroom.polls(), 1, "nobody polled");
    let source = newsroom.simulation.source().await;
    assert_eq!(
        (source.failures, source.entries_seen, source.articles),
        (0, 3, 3)
    );

    let stranger = Form(vec![(
        "hub.callback".to_owned(),
        format!("https://wire.example/in/websub/{:032x}", 7),
    )]);
    assert_eq!(
        newsroom.push(&stranger, &secret, &rest).await,
        StatusCode::NOT_FOUND
    );
    newsroom.simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_poll_is_a_net_while_the_hub_pushes_and_a_poll_again_when_it_does_not() {
    let mut newsroom = Newsroom::new(202);
    let form = newsroom.subscribe(2_000_000).await;
    let secret = form.value("hub.secret").to_owned();
    // A hub that asks again what was answered gets the same answer, but for another topic.
    let topic = form.value("hub.topic");
    let again = newsroom.question(&form, "subscribe", topic, 60).await;
    assert_eq!(again, (StatusCode::OK, "what was it".to_owned()));
    for (mode, topic) in [("unsubscribe", topic), ("subscribe", HUB)] {
        let (status, _) = newsroom.question(&form, mode, topic, 60).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{mode} {topic}");
    }
    // Until a hub has shown that it pushes, it is not relied on.
    newsroom.simulation.pass(minutes(5 * 60)).await;
    assert_eq!(newsroom.polls(), 3, "every two hours");
    // Nor is one that pushes what says nothing.
    let empty = newsroom.list(&[]);
    for nothing in ["", &empty] {
        let taken = newsroom.push(&form, &secret, nothing).await;
        assert_eq!(taken, StatusCode::ACCEPTED);
    }
    newsroom.simulation.pass(minutes(2 * 60 + 30)).await;
    assert_eq!(newsroom.polls(), 4, "two hours after what was pushed");
    let item = Item::new(1, "grain");
    newsroom.outlet.publish(item.clone());
    let text = newsroom.list(&[&item]);
    assert_eq!(
        newsroom.push(&form, &secret, &text).await,
        StatusCode::ACCEPTED
    );
    newsroom.simulation.pass(minutes(5 * 60 + 50)).await;
    assert_eq!(newsroom.polls(), 4);
    let reason = newsroom.simulation.source().await.reason.unwrap();
    assert!(reason.contains("hub"), "{reason}");
    // The hub has fallen silent: the net finds what it did not push, and the polls are as before.
    let missed = Item::new(2, "rails");
    newsroom.outlet.publish(missed.clone());
    newsroom.list(&[&missed, &item]);
    newsroom.simulation.pass(minutes(60)).await;
    assert_eq!(newsroom.receiver.taken("article.new").len(), 2);
    let before = newsroom.polls();
    newsroom.simulation.pass(minutes(6 * 60)).await;
    assert!(
        newsroom.polls() >= before + 2,
        "{before} {}",
        newsroom.polls()
    );
    newsroom.simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn leases_are_renewed_and_outlive_a_restart() {
    let mut newsroom = Newsroom::new(202);
    let first = newsroom.subscribe(10_000).await;
    newsroom.simulation.pass(seconds(7_000)).await;
    assert_eq!(newsroom.asked().len(), 1);
    newsroom.simulation.stop().await;
    newsroom.simulation.start().await;
    let item = Item::new(1, "grain");
    newsroom.outlet.publish(item.clone());
    let text = feed(&newsroom.outlet, &[&item]);
    let secret = first.value("hub.secret").to_owned();
    assert_eq!(
        newsroom.push(&first, &secret, &text).await,
        StatusCode::ACCEPTED
    );
    newsroom.simulation.pass(minutes(1)).await;
    assert_eq!(newsroom.receiver.taken("article.new").len(), 1);
    assert_eq!(
        newsroom.asked().len(),
        1,
        "what was granted is not asked for again"
    );

    newsroom.simulation.pass(seconds(1_200)).await;
    let [_, renewal] = &newsroom.asked()[..] else {
        panic!("{:?}", newsroom.asked());
    };
    assert_eq!(renewal.0, first.0, "the same subscription");
    let said = newsroom
        .question(renewal, "subscribe", first.value("hub.topic"), 10_000)
        .await;
    assert_eq!(said.0, StatusCode::OK);
    newsroom.simulation.crash().await;
    newsroom.simulation.start().await;
    newsroom.simulation.pass(seconds(7_000)).await;
    assert_eq!(newsroom.asked().len(), 2);
    // Nobody confirms the next renewal: it is asked for again and again, and the source polled.
    newsroom.simulation.pass(minutes(24 * 60)).await;
    assert!(
        (4..40).contains(&newsroom.asked().len()),
        "{}",
        newsroom.asked().len()
    );
    let reason = newsroom.simulation.source().await.reason.unwrap();
    assert!(!reason.contains("hub"), "{reason}");
    newsroom.simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_source_that_leaves_is_unsubscribed() {
    let mut newsroom = Newsroom::new(202);
    let form = newsroom.subscribe(10_000).await;
    newsroom.simulation.stop().await;
    newsroom.simulation.forget_outlets();
    newsroom.simulation.start().await;
    newsroom.simulation.pass(seconds(5)).await;
    let last = newsroom.asked().pop().unwrap();
    assert_eq!(last.value("hub.mode"), "unsubscribe");
    assert_eq!(last.path(), form.path());
    let topic = form.value("hub.topic");
    assert_eq!(
        newsroom.question(&form, "subscribe", topic, 9).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(newsroom.push(&form, "any", "any").await, StatusCode::GONE);
    let said = newsroom.question(&form, "unsubscribe", topic, 0).await;
    assert_eq!(said, (StatusCode::OK, "what was it".to_owned()));
    assert_eq!(
        newsroom.push(&form, "any", "any").await,
        StatusCode::NOT_FOUND
    );
    let n_asked = newsroom.asked().len();
    newsroom.simulation.pass(minutes(60 * 24)).await;
    assert_eq!(newsroom.asked().len(), n_asked);
    newsroom.simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_hub_that_refuses_costs_no_news() {
    for status in [403, 503, 307] {
        let mut newsroom = Newsroom::new(status);
        newsroom.simulation.start().await;
        newsroom.simulation.pass(minutes(24 * 60)).await;
        let asked = newsroom.asked().len();
        assert!((5..20).contains(&asked), "{status}: {asked}");
        assert!(newsroom.polls() >= 11, "{}", newsroom.polls());
        newsroom.simulation.stop().await;
    }
}

/// §5.1: a secret is told over https only. What a hub that knows none pushes may be anybody's: it is a
/// hint, and the source's own answer decides.
#[tokio::test(start_paused = true)]
async fn a_hub_over_plain_http_is_told_no_secret_and_only_gives_hints() {
    let plain = "http://plain.example/hub";
    let mut newsroom = Newsroom::new(202);
    let offered = |text: String| {
        Answer::page("application/rss+xml", text).header("link", &format!("<{plain}>; rel=\"hub\""))
    };
    let asked = Arc::<Mutex<Vec<Form>>>::default();
    let notes = Arc::clone(&asked);
    newsroom.simulation.web.script(plain, move |request| {
        let form = form_urlencoded::parse(&request.body).into_owned().collect();
        notes.lock().unwrap().push(Form(form));
        Answer::status(202)
    });
    let web = Arc::clone(&newsroom.simulation.web);
    web.at(FEED, offered(feed(&newsroom.outlet, &[])));
    newsroom.simulation.start().await;
    newsroom.simulation.pass(minutes(1)).await;
    let form = asked.lock().unwrap().pop().expect("the hub was asked");
    assert_eq!(form.value("hub.mode"), "subscribe");
    assert_eq!(form.value("hub.secret"), "");
    let topic = form.value("hub.topic");
    let said = newsroom.question(&form, "subscribe", topic, 600_000).await;
    assert_eq!(said.0, StatusCode::OK);

    let items: Vec<Item> = (1..=2).map(|number| Item::new(number, "grain")).collect();
    for item in &items {
        newsroom.outlet.publish(item.clone());
    }
    let forged = feed(&newsroom.outlet, &[&items[1]]);
    web.at(FEED, offered(feed(&newsroom.outlet, &[&items[0]])));
    newsroom.simulation.pass(minutes(5)).await;
    for _ in 0..3 {
        let answer = newsroom.push(&form, "guessed", &forged).await;
        assert_eq!(answer, StatusCode::ACCEPTED);
        newsroom.simulation.pass(seconds(10)).await;
    }
    assert_eq!(newsroom.polls(), 2, "hints do not make a daemon rude");
    let told = newsroom.receiver.taken("article.new");
    let urls: Vec<&str> = told.iter().map(super::receiver::Told::url).collect();
    assert_eq!(urls, [newsroom.outlet.url(&items[0])]);
    // It is polled as if there were no hub.
    newsroom.simulation.pass(minutes(3 * 60)).await;
    assert_eq!(newsroom.polls(), 3);
    newsroom.simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_secret_does_not_follow_a_redirect_to_plain_http() {
    let mut newsroom = Newsroom::new(202);
    let plain = "http://plain.example/hub";
    let web = Arc::clone(&newsroom.simulation.web);
    web.at(HUB, Answer::redirect(307, plain));
    web.at(plain, Answer::status(202));
    newsroom.simulation.start().await;
    newsroom.simulation.pass(minutes(1)).await;
    let asked: Vec<String> = web.asked().iter().map(|it| it.url.to_string()).collect();
    assert!(asked.contains(&HUB.to_owned()), "{asked:?}");
    assert!(!asked.contains(&plain.to_owned()), "{asked:?}");
    // To another address over https it does.
    let other = "https://other.example/hub";
    web.at(HUB, Answer::redirect(308, other));
    web.at(other, Answer::status(202));
    newsroom.simulation.pass(minutes(10)).await;
    let asked = web.asked();
    let followed = asked.iter().find(|it| it.url.as_str() == other).unwrap();
    assert!(String::from_utf8_lossy(&followed.body).contains("hub.secret="));
    newsroom.simulation.stop().await;
}

/// Wherever a hub's patience ends, its source is not left claimed.
#[tokio::test(start_paused = true)]
async fn a_hub_that_hangs_up_leaves_no_source_claimed() {
    let mut newsroom = Newsroom::new(202);
    let form = newsroom.subscribe(2_000_000).await;
    let secret = form.value("hub.secret").to_owned();
    let source = newsroom.simulation.source().await.id;
    let mut answered = 0;
    for cut in 0..60 {
        let item = Item::new(cut, "grain");
        newsroom.outlet.publish(item.clone());
        let body = feed(&newsroom.outlet, &[&item]);
        let mut push = Box::pin(newsroom.push(&form, &secret, &body));
        for _ in 0..cut {
            if futures_util::poll!(&mut push).is_ready() {
                answered += 1;
                break;
            }
            tokio::task::yield_now().await;
            std::thread::yield_now();
        }
        drop(push);
        newsroom.simulation.pass(seconds(1)).await;
        let now = newsroom.simulation.now();
        let store = newsroom.simulation.store();
        let ttl = std::time::Duration::from_millis(1);
        let free = store.claim_source(&source, now, ttl).await.unwrap();
        assert!(free.is_some(), "cut at {cut}");
        newsroom.simulation.pass(seconds(1)).await;
    }
    assert!(answered < 60);
    newsroom.simulation.pass(minutes(5)).await;
    newsroom.simulation.stop().await;
}
