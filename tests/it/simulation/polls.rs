//! Sources that answer well and say nothing.

use wireroom::fetch::simulated::Answer;
use wireroom::model::source::SourceHealth;

use super::{Simulation, minutes};

/// A failure is never silent: a feed of which nothing can be followed is not simply healthy.
#[tokio::test(start_paused = true)]
async fn entries_without_addresses_are_said() {
    let mut simulation = Simulation::new("[poll]\nfirst = \"all\"");
    simulation.add_outlet("alpha.example", &["/feed.xml"]);
    let feed = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>A</title>\
        <link>https://alpha.example/</link><description>News</description>\
        <item><title>Ministers discuss grain</title></item><item><title>And rails</title></item>\
        </channel></rss>";
    let answer = Answer::page("application/rss+xml", feed);
    simulation.web.at("https://alpha.example/feed.xml", answer);
    simulation.start().await;
    simulation.pass(minutes(1)).await;
    let source = simulation.source().await;
    let said = source.health != SourceHealth::Healthy || !source.warnings.is_empty();
    assert!(said, "{source:?}");
    simulation.stop().await;
}
