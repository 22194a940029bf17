//! Days of news and weather made of a seed, and what must hold at its end whatever happened.
//!
//! The seed makes publications, corrections, weather, moods and the daemon's ends; the daemon's own
//! jitter it does not make. `WIREROOM_SEED=7 cargo test --test it simulation::days` has others.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use wireroom::model::delivery::DeliveryState;
use wireroom::model::id::EndpointName;

use super::outlet::{Item, Outlet, Weather};
use super::receiver::{Mood, Receiver};
use super::{SECRET, Simulation, minutes, seconds};

/// How long news is made.
const DAYS: u64 = 2;
/// The longest time of bad weather or of an endpoint's failure, in minutes: well within what the
/// schedule of deliveries outlasts.
const LONGEST_TROUBLE: u64 = 6 * 60;
const HOST_DELAY: Duration = Duration::from_secs(2);
const CONFIG: &str = "
[fetch]
host_delay = \"2s\"
[poll]
first = \"all\"
interval = \"20m\"
max_interval = \"2h\"
[delivery]
schedule = [\"5s\", \"5m\", \"30m\", \"1h\", \"2h\", \"4h\", \"4h\", \"4h\", \"4h\"]
";
const SUBJECTS: [&str; 8] = [
    "fishing rights",
    "air defence",
    "harbour dues",
    "rail freight",
    "grain exports",
    "border controls",
    "power lines",
    "water levels",
];

#[tokio::test(start_paused = true)]
async fn days_of_news_reach_everybody() {
    let seed = std::env::var("WIREROOM_SEED").map_or(1, |text| text.parse().expect("a number"));
    let _said_on_failure = SaySeed(seed);
    let mut days = Days::new(seed);
    days.run().await;
    days.end_well().await;
    days.check().await;
}

/// Says on the way out of a failure how to meet it again.
struct SaySeed(u64);

impl Drop for SaySeed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("these were the days of WIREROOM_SEED={}", self.0);
        }
    }
}

struct Days {
    simulation: Simulation,
    outlets: Vec<Outlet>,
    receivers: Vec<Receiver>,
    dice: StdRng,
    published: usize,
    /// Minutes of trouble that are left to each outlet and receiver.
    weather_for: Vec<u64>,
    mood_for: Vec<u64>,
}

impl Days {
    fn new(seed: u64) -> Self {
        let mut simulation = Simulation::new(CONFIG);
        let mut outlets = Vec::new();
        for (host, feeds) in [
            ("alpha.example", &["/feed.xml"][..]),
            ("bravo.example", &["/feed.xml", "/world.xml"]),
            ("carol.example", &["/feed.xml"]),
        ] {
            simulation.add_outlet(host, feeds);
            outlets.push(Outlet::open(&simulation.web, host, Some(seed)));
        }
        let mut receivers = Vec::new();
        for (name, more) in [
            ("desk", ""),
            ("archive", "concurrency = 4"),
            ("carols", "filter.outlets = [\"carol\"]"),
        ] {
            let receiver = Receiver::open(&simulation.web, name);
            let table = format!("secret = \"{SECRET}\"\n{more}");
            simulation.add_endpoint(name, &receiver.url(), &table);
            receivers.push(receiver);
        }
        Self {
            weather_for: vec![0; outlets.len()],
            mood_for: vec![0; receivers.len()],
            simulation,
            outlets,
            receivers,
            dice: StdRng::seed_from_u64(seed),
            published: 0,
        }
    }

    async fn run(&mut self) {
        self.simulation.start().await;
        let mut left = DAYS * 24 * 60;
        while left > 0 {
            let step = self.dice.random_range(1..=20).min(left);
            self.simulation.pass(minutes(step)).await;
            left -= step;
            self.news();
            self.change_weather(step);
            self.change_moods(step).await;
            if self.dice.random_bool(0.02) {
                self.restart().await;
            }
        }
    }

    /// Publishes, corrects, syndicates or takes back.
    fn news(&mut self) {
        let outlet = self.outlets[self.dice.random_range(0..self.outlets.len())].clone();
        let items = outlet.items();
        let some =
            |dice: &mut StdRng| dice.random_range(items.len().saturating_sub(9)..items.len());
        match self.dice.random_range(0..100) {
            0..20 => {
                self.published += 1;
                let subject = SUBJECTS[self.dice.random_range(0..SUBJECTS.len())];
                outlet.publish(Item::new(self.published, subject));
            }
            20..30 if !items.is_empty() => {
                let place = some(&mut self.dice);
                let words = format!(
                    "Correction {}: an earlier version of this report named another harbour, and the \
                     ministers were not asked about it.",
                    self.dice.random::<u32>()
                );
                outlet.correct(place, &words, self.dice.random_bool(0.5));
            }
            30..34 if !items.is_empty() => {
                // Another outlet takes the text over, under the same path.
                let item = items[some(&mut self.dice)].clone();
                let other = &self.outlets[self.dice.random_range(0..self.outlets.len())];
                let known = other.items().iter().any(|it| it.path == item.path);
                if !known && !item.vanished {
                    other.publish(item);
                }
            }
            34..36 if !items.is_empty() => outlet.vanish(some(&mut self.dice)),
            _ => {}
        }
    }

    fn change_weather(&mut self, passed: u64) {
        for (outlet, left) in self.outlets.iter().zip(&mut self.weather_for) {
            if *left > 0 {
                *left = left.saturating_sub(passed);
                if *left == 0 {
                    outlet.weather(Weather::Fair);
                }
            } else if self.dice.random_bool(0.03) {
                *left = self.dice.random_range(5..=LONGEST_TROUBLE);
                outlet.weather(match self.dice.random_range(0..9) {
                    0 => Weather::Overloaded(self.dice.random_range(1..=7200)),
                    1 | 2 => Weather::Throttling(self.dice.random_range(1..=7200)),
                    3 => Weather::InTrouble,
                    4 => Weather::Hanging,
                    5 => Weather::Resetting,
                    6 => Weather::Halving,
                    7 => Weather::Down,
                    _ => Weather::Slow,
                });
            }
        }
    }

    async fn change_moods(&mut self, passed: u64) {
        for (receiver, left) in self.receivers.iter().zip(&mut self.mood_for) {
            if *left > 0 {
                *left = left.saturating_sub(passed);
                if *left == 0 {
                    well_again(&self.simulation, receiver).await;
                }
            } else if self.dice.random_bool(0.03) {
                *left = self.dice.random_range(5..=LONGEST_TROUBLE);
                receiver.mood(match self.dice.random_range(0..7) {
                    0 => Mood::Failing(500),
                    1 => Mood::Failing(404),
                    2 => Mood::Hanging,
                    3 => Mood::Throttling(self.dice.random_range(1..=3600)),
                    4 => Mood::Gone,
                    5 => Mood::Down,
                    _ => Mood::Deaf,
                });
            }
        }
    }

    async fn restart(&mut self) {
        if self.dice.random_bool(0.5) {
            self.simulation.stop().await;
        } else {
            self.simulation.crash().await;
        }
        let away = self.dice.random_range(10..=1800);
        self.simulation.pass(seconds(away)).await;
        for outlet in &self.outlets {
            outlet.forget_holds();
        }
        self.simulation.start().await;
    }

    /// The weather clears, all endpoints are well, and there is time for what is left.
    async fn end_well(&mut self) {
        for outlet in &self.outlets {
            outlet.weather(Weather::Fair);
        }
        for receiver in &self.receivers {
            well_again(&self.simulation, receiver).await;
        }
        self.simulation.pass(minutes(2 * 60 + 10)).await;
        self.simulation.poll_now().await;
        self.simulation.pass(minutes(10 * 60)).await;
    }

    async fn check(&mut self) {
        self.check_politeness();
        self.check_deliveries().await;
        self.check_articles().await;
        for receiver in &self.receivers {
            check_identities(receiver);
            check_order(receiver);
        }
        let report = self.simulation.store().check().await.unwrap();
        assert_eq!(report.faults, Vec::<String>::new());
        self.simulation.stop().await;
    }

    fn check_politeness(&self) {
        let article = |path: &str| path.starts_with("/news/");
        let gap = self
            .simulation
            .web
            .least_gap(|asked| article(asked.url.path()));
        assert!(
            gap >= Some(HOST_DELAY),
            "articles of one host {gap:?} apart"
        );
        for outlet in &self.outlets {
            assert_eq!(outlet.trespasses(), Vec::<String>::new(), "{}", outlet.host);
        }
        for receiver in &self.receivers {
            let trespasses = receiver.trespasses();
            assert_eq!(trespasses, Vec::<String>::new(), "{}", receiver.name);
        }
    }

    /// Nothing waits any more, and nothing was given up.
    async fn check_deliveries(&self) {
        for delivery in self.simulation.deliveries().await {
            assert_eq!(delivery.state, DeliveryState::Delivered, "{delivery:?}");
        }
    }

    /// Each item is one article, and each endpoint that wants it has taken it.
    async fn check_articles(&self) {
        let mut stored: BTreeMap<String, usize> = BTreeMap::new();
        for article in self.simulation.articles().await {
            *stored.entry(article.url.to_string()).or_default() += 1;
        }
        let mut known = 0;
        let mut expected: Vec<BTreeSet<String>> = vec![BTreeSet::new(); self.receivers.len()];
        for outlet in &self.outlets {
            for item in outlet.items() {
                let url = outlet.url(&item);
                let count = stored.get(&url).copied().unwrap_or_default();
                known += count;
                // What vanished may have done so before anybody looked.
                assert!(
                    count == 1 || count == 0 && item.vanished,
                    "{url}: {count} articles"
                );
                for (receiver, urls) in self.receivers.iter().zip(&mut expected) {
                    if count == 1 && (receiver.name != "carols" || outlet.host == "carol.example") {
                        urls.insert(url.clone());
                    }
                }
            }
        }
        assert_eq!(known, stored.values().sum::<usize>(), "{stored:?}");
        for (receiver, expected) in self.receivers.iter().zip(expected) {
            let new = receiver.taken("article.new");
            let told: BTreeSet<String> = new.iter().map(|it| it.url().to_owned()).collect();
            assert_eq!(told, expected, "what {} was told", receiver.name);
        }
        assert!(known > 20, "only {known} articles in all that time");
        let updates = self.receivers[0].taken("article.updated").len();
        assert!(updates > 4, "only {updates} corrections in all that time");
    }
}

async fn well_again(simulation: &Simulation, receiver: &Receiver) {
    receiver.mood(Mood::Well);
    if receiver.is_gone() {
        receiver.enabled();
        let name = EndpointName::new(receiver.name.clone());
        let now = simulation.now();
        simulation.store().enable(&name, now, vec![]).await.unwrap();
    }
}

/// No revision of an article is told under two ids.
fn check_identities(receiver: &Receiver) {
    let mut ids: BTreeMap<(String, u64), BTreeSet<String>> = BTreeMap::new();
    for told in receiver.told() {
        let revision = (told.url().to_owned(), told.revision());
        ids.entry(revision).or_default().insert(told.id);
    }
    for ((url, revision), ids) in ids {
        let name = &receiver.name;
        assert_eq!(
            ids.len(),
            1,
            "{name}: revision {revision} of {url} as {ids:?}"
        );
    }
}

/// No revision is taken before the one that it follows.
fn check_order(receiver: &Receiver) {
    let mut newest: BTreeMap<String, u64> = BTreeMap::new();
    for told in receiver.told().iter().filter(|told| told.taken) {
        let before = newest.entry(told.url().to_owned()).or_default();
        let now = told.revision();
        let name = &receiver.name;
        assert!(
            now <= *before + 1,
            "{name}: {} at {before}, then {now}",
            told.url()
        );
        *before = now.max(*before);
    }
}
