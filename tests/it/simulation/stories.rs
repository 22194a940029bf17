//! One story at several outlets, and one page that changes all day.

use super::outlet::{Item, Outlet};
use super::receiver::Receiver;
use super::{SECRET, Simulation, minutes};

const HOSTS: [&str; 3] = ["alpha.example", "beta.example", "gamma.example"];

#[tokio::test(start_paused = true)]
async fn who_wants_a_story_once_is_told_by_the_first_and_of_its_corrections() {
    let mut simulation = Simulation::new("[poll]\nfirst = \"all\"\ninterval = \"10m\"");
    for host in HOSTS {
        simulation.add_outlet(host, &["/feed.xml"]);
    }
    let (desk, wire) = (
        Receiver::open(&simulation.web, "desk"),
        Receiver::open(&simulation.web, "wire"),
    );
    let secret = format!("secret = \"{SECRET}\"");
    let once = format!("{secret}\nstories = \"first\"");
    simulation.add_endpoint("desk", &desk.url(), &once);
    simulation.add_endpoint("wire", &wire.url(), &secret);
    let outlets = HOSTS.map(|host| Outlet::open(&simulation.web, host, None));
    simulation.start().await;
    for (hour, outlet) in outlets.iter().enumerate() {
        let mut item = Item::new(1, "fishing rights");
        item.title = format!("{} on {hour}", item.title);
        outlet.publish(item);
        simulation.pass(minutes(60)).await;
    }
    let articles = simulation.articles().await;
    let stories: Vec<_> = articles.iter().map(|it| it.story.id).collect();
    assert_eq!(stories, [stories[0]; 3]);
    assert_eq!(articles[0].story.also.len(), 2, "it grows later");
    assert_eq!(desk.taken("article.new").len(), 1);
    let told = wire.taken("article.new");
    let also = |n: usize| told[n].article()["story"]["also"].as_array().unwrap().len();
    assert_eq!([also(0), also(1), also(2)], [0, 1, 2]);
    // The second outlet's correction is the wire's alone; the first one's is everybody's.
    outlets[1].correct(0, "The second outlet has put this paragraph right.", false);
    simulation.pass(minutes(60)).await;
    assert_eq!(wire.taken("article.updated").len(), 1);
    assert_eq!(desk.taken("article.updated").len(), 0);
    outlets[0].correct(0, "The first outlet has put this paragraph right.", false);
    simulation.pass(minutes(60)).await;
    assert_eq!(wire.taken("article.updated").len(), 2);
    assert_eq!(desk.taken("article.updated").len(), 1);
    simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_page_that_changes_all_day_is_not_told_each_time() {
    let config = "[poll]\nfirst = \"all\"\ninterval = \"5m\"\nrevisit = []";
    let mut simulation = Simulation::new(config);
    simulation.add_outlet(HOSTS[0], &["/feed.xml"]);
    let desk = Receiver::open(&simulation.web, "desk");
    simulation.add_endpoint("desk", &desk.url(), &format!("secret = \"{SECRET}\""));
    let outlet = Outlet::open(&simulation.web, HOSTS[0], None);
    outlet.publish(Item::new(1, "power lines"));
    simulation.start().await;
    simulation.pass(minutes(10)).await;
    for entry in 0..36 {
        let words =
            format!("Entry {entry}: the talks go on, and the ministers say what they said before.");
        outlet.correct(0, &words, false);
        simulation.poll_now().await;
        simulation.pass(minutes(5)).await;
    }
    // Three hours and 36 changes: the first five at once, the others by the half hour.
    let told = desk.taken("article.updated").len();
    assert!((8..=11).contains(&told), "{told}");
    // What was held back is not lost, though nothing asks for it any more.
    simulation.pass(minutes(40)).await;
    let article = simulation.articles().await.remove(0);
    assert!(
        article.revision.content.text().contains("Entry 35"),
        "{article:?}"
    );
    assert_eq!(
        desk.taken("article.updated").len(),
        article.revision.number as usize - 1
    );
    simulation.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_outlet_may_be_spared_revisits() {
    let outlet = |host: &str, more: &str| {
        let name = host.split('.').next().unwrap();
        format!(
            "[[outlet]]\nname = \"{name}\"\n{more}\n[[outlet.source]]\nkind = \"feed\"\n\
             url = \"https://{host}/feed.xml\"\n"
        )
    };
    let config = format!(
        "[poll]\nfirst = \"all\"\nrevisit = [\"15m\", \"1h\"]\n{}{}",
        outlet(HOSTS[0], ""),
        outlet(HOSTS[1], "revisit = []")
    );
    let mut simulation = Simulation::new(&config);
    let outlets = [HOSTS[0], HOSTS[1]].map(|host| Outlet::open(&simulation.web, host, None));
    for (number, outlet) in outlets.iter().enumerate() {
        outlet.publish(Item::new(number, "grain exports"));
    }
    simulation.start().await;
    simulation.pass(minutes(5)).await;
    for outlet in &outlets {
        outlet.correct(0, "This paragraph was put right without a word.", true);
    }
    simulation.pass(minutes(90)).await;
    let numbers = simulation.articles().await;
    let mut numbers: Vec<_> = (numbers.iter())
        .map(|it| (it.outlet.as_str(), it.revision.number))
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [("alpha", 2), ("beta", 1)]);
    simulation.stop().await;
}
