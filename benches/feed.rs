//! Reading healthy feeds: this room against bare feed-rs. The target is 1.3 times its time; measured, fastest
//! of 300: plain RSS 0.35, Atom with markup 0.41, full text 0.53, media 0.42.

use divan::{Bencher, black_box};
use wireroom::feed::{Hints, parse};

fn main() {
    divan::main();
}

/// Feeds by name: a hundred entries of a common kind each, and real ones.
const FEEDS: [&str; 4] = ["rss", "atom", "full-text", "youtube"];

fn document(name: &str) -> Vec<u8> {
    let entries = |entry: fn(usize) -> String| (0..100).map(entry).collect::<String>();
    match name {
        "rss" => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>Harbour Post</title><link>https://harbour.example/</link>{}</channel></rss>",
            entries(|number| format!(
                "\n<item><title>Storm closes the harbour for the {number}th day &amp; night</title><link>https://harbour.example/news/{number}?a=1&amp;b=2</link><guid isPermaLink=\"false\">hp-{number}</guid><pubDate>Tue, 03 Mar 2026 08:01:00 GMT</pubDate><dc:creator>Ann Doe</dc:creator><category>Ports</category><description>Ships wait outside while the wind keeps the pilots ashore, the harbour master said.</description></item>"
            ))
        ),
        "atom" => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Harbour Post</title><id>urn:x:hp</id><updated>2026-03-03T08:00:00Z</updated><link href=\"https://harbour.example/\"/>{}</feed>",
            entries(|number| format!(
                "\n<entry><title type=\"html\">Storm closes the harbour for the {number}th day &amp;amp; night</title><id>urn:x:{number}</id><link href=\"https://harbour.example/news/{number}\"/><updated>2026-03-03T08:01:00+02:00</updated><author><name>Ann Doe</name></author><category term=\"Ports\"/><summary type=\"html\">&lt;p&gt;Ships wait &lt;a href=\"https://harbour.example/x\"&gt;outside&lt;/a&gt;.&lt;/p&gt;</summary></entry>"
            ))
        ),
        "full-text" => {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/feed/outlets/kyiv-independent/feed.xml");
            std::fs::read_to_string(path).expect("a fixture")
        }
        _ => {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/feed/feed-rs/atom_mediarss_youtube_1.xml");
            std::fs::read_to_string(path).expect("a fixture")
        }
    }
    .into_bytes()
}

#[divan::bench(args = FEEDS)]
fn this_room(bencher: Bencher<'_, '_>, name: &str) {
    let document = document(name);
    bencher.bench(|| parse(black_box(&document), &Hints::default()));
}

#[divan::bench(args = FEEDS)]
fn bare_feed_rs(bencher: Bencher<'_, '_>, name: &str) {
    let document = document(name);
    bencher.bench(|| feed_rs::parser::parse(black_box(&document[..])));
}
