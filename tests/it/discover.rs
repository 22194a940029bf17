//! The commands around sources, by the built binary against a scripted site, and what the daemon takes
//! of section pages and sitemaps.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::server::{Reply, Server};
use crate::world::World;

/// What a command ended with.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Its standard output, when it ended with this status.
    fn expect(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self.out
    }
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wireroom"));
    command
        .args(args)
        .current_dir(folder)
        .env_remove("WIREROOM_CONFIG")
        .env("WIREROOM__FETCH__HOST_DELAY", "10ms");
    command
}

fn run(folder: &Path, args: &[&str]) -> Ended {
    Ended::of(command(folder, args).output().unwrap())
}

fn run_with(folder: &Path, args: &[&str], input: &str) -> Ended {
    let mut child = command(folder, args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    Ended::of(child.wait_with_output().unwrap())
}

/// A line of the layout, with signs that expressions and TOML read in their own way.
const PLEA: &str = "Our \"harbour\" desk (since 1999) relies on readers' help [and yours] for its work + 5 \\ boats.";

/// Minutes ago, as a feed of Kyiv would write it.
fn ago(minutes: i64) -> String {
    let at = Timestamp::now() - SignedDuration::from_mins(minutes);
    at.display_with_offset(jiff::tz::offset(3)).to_string()
}

fn title(number: usize) -> String {
    let ships = [
        "Aurora", "Borealis", "Corona", "Dorado", "Elektra", "Fortuna",
    ];
    format!(
        "The ship {} enters the harbour after the storm",
        ships[number % 6]
    )
}

fn article(number: usize) -> String {
    let title = title(number);
    let body: Vec<String> = (0..6)
        .map(|part| {
            format!(
                "<p>{title}, the harbour master said for the {part}th time on Tuesday, and it had waited \
                 {number} days for the wind number {part}{number} to turn.</p>"
            )
        })
        .collect();
    format!(
        "<!doctype html><html lang=en><head><title>{title} | The Port</title></head><body>\
         <nav><a href=/>Home</a></nav><h1>{title}</h1><div class=story-text>{}<p>{PLEA}</p></div>\
         <footer>The Port</footer></body></html>",
        body.concat()
    )
}

fn atom(server: &Server, numbers: std::ops::Range<usize>, name: &str) -> String {
    let mut entries = String::new();
    for number in numbers {
        let link = server.url(&format!("/news/{number}"));
        let minutes = 10 * i64::try_from(number).unwrap();
        write!(
            entries,
            "<entry><id>{link}</id><title>{}</title><link href='{link}'/><updated>{1}</updated>\
             <published>{1}</published></entry>",
            title(number),
            ago(minutes),
        )
        .unwrap();
    }
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>{name}</title><id>x</id>\
         <updated>{}</updated>{entries}</feed>",
        ago(0)
    )
}

const XML: &str = "application/atom+xml";
const HTML: &str = "text/html; charset=utf-8";

/// A site with six articles and no list of them.
fn site() -> Server {
    let server = Server::start();
    for number in 0..6 {
        server.on(
            &format!("/news/{number}"),
            Reply::page(HTML, article(number)),
        );
    }
    server
}

fn home(links: &str) -> Reply {
    let page = format!(
        "<html lang=en><head><meta property=og:site_name content='The &quot;Port&quot;\u{202e} & &#39;Sea&#39;'>{links}</head><body>\
         <a href=/about>About</a></body></html>"
    );
    Reply::page(HTML, page)
}

fn section() -> String {
    let items: Vec<String> = (0..6)
        .map(|number| {
            format!(
                "<div class=item><h3><a href=/news/{number}>{}</a></h3></div>",
                title(number)
            )
        })
        .collect();
    format!(
        "<html lang=en><body><main>{}</main></body></html>",
        items.concat()
    )
}

fn offers(server: &Server) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let url = server.url("/").to_string();
    let out = run(folder.path(), &["feed", "find", "--format", "json", &url]).expect(0);
    let offers: Vec<Value> = serde_json::from_str(&out).unwrap();
    let base = server.url("/").to_string();
    let shown = offers.iter().map(|offer| {
        let url = offer["url"].as_str().unwrap().replace(&base, "/");
        format!(
            "{} {url} {}",
            offer["kind"].as_str().unwrap(),
            offer["entries"]
        )
    });
    shown.collect()
}

#[test]
fn stated_feeds_are_read_and_come_best_first() {
    let server = site();
    server.on(
        "/",
        home(
            "<link rel=alternate type=application/rss+xml title=Comments href=/comments/feed/>\
             <link rel=alternate type=application/atom+xml href=/gone.xml>\
             <link rel=alternate type=application/atom+xml href=/page.xml>\
             <link rel=alternate type=application/atom+xml href=/feed.xml>",
        )
        .header(
            "link",
            "</head.xml>; rel=alternate; type=\"application/atom+xml\"",
        ),
    );
    server.on("/page.xml", Reply::page(HTML, "<html>no feed</html>"));
    server.on(
        "/comments/feed/",
        Reply::page(XML, atom(&server, 0..3, "Comments")),
    );
    server.on(
        "/feed.xml",
        Reply::page(XML, atom(&server, 0..6, "The Port")),
    );
    server.on(
        "/head.xml",
        Reply::page(XML, atom(&server, 2..4, "From the header")),
    );
    let expected = [
        "feed /head.xml 2",
        "feed /feed.xml 6",
        "feed /comments/feed/ 3",
    ];
    assert_eq!(offers(&server), expected);
    let folder = tempfile::tempdir().unwrap();
    let text = run(folder.path(), &["feed", "find", server.url("/").as_str()]).expect(0);
    assert_eq!(text.lines().next(), Some(server.url("/head.xml").as_str()));
    assert!(
        text.contains("\"The Port\", stated by the site: 6 entries, the newest of "),
        "{text}"
    );
    assert!(
        server.seen().iter().all(|seen| seen.target != "/rss.xml"),
        "nothing is guessed where the site states its feeds"
    );
}

#[test]
fn customary_addresses_are_tried_one_by_one_and_no_further_than_needed() {
    let server = site();
    server.on("/", home(""));
    server.on("/rss.xml", Reply::page(XML, atom(&server, 0..2, "Hidden")));
    assert_eq!(offers(&server), ["feed /rss.xml 2"]);
    let seen: Vec<String> = server
        .seen()
        .iter()
        .map(|seen| seen.target.clone())
        .collect();
    assert!(seen.iter().position(|it| it == "/robots.txt") < seen.iter().position(|it| it == "/"));
    assert_eq!(seen.last().map(String::as_str), Some("/rss.xml"));
}

#[test]
fn without_a_feed_sitemaps_and_section_pages_are_offered() {
    let server = site();
    let sitemap = server.url("/maps/news.xml");
    server.on(
        "/robots.txt",
        Reply::page("text/plain", format!("Sitemap: {sitemap}\n")),
    );
    let page = "<a href=/news/>News</a>";
    server.on(
        "/",
        Reply::page(HTML, format!("<html lang=en><body>{page}</body></html>")),
    );
    server.on("/news/", Reply::page(HTML, section()));
    let entry = format!(
        "<url><loc>{}</loc><lastmod>{}</lastmod></url>",
        server.url("/news/1"),
        ago(5)
    );
    server.on(
        "/maps/news.xml",
        Reply::page("application/xml", format!("<urlset>{entry}</urlset>")),
    );
    assert_eq!(
        offers(&server),
        ["page /news/ 6", "sitemap /maps/news.xml 1"]
    );
    let nothing = Server::start();
    let elsewhere = "<link rel=alternate type=application/rss+xml href=http://127.0.0.2:1/rss>";
    nothing.on("/", home(elsewhere));
    let folder = tempfile::tempdir().unwrap();
    let ended = run(folder.path(), &["feed", "find", nothing.url("/").as_str()]);
    assert!(ended.err.contains("offers no feed"), "{}", ended.err);
    // Only the address that was typed may be private.
    assert!(
        ended.err.contains("127.0.0.2 is a private address"),
        "{}",
        ended.err
    );
    ended.expect(1);
}

#[test]
fn an_added_outlet_is_taken_by_check_and_yields_clean_articles() {
    let server = site();
    server.on(
        "/",
        home("<link rel=alternate type=application/atom+xml href=/feed.xml>"),
    );
    server.on(
        "/feed.xml",
        Reply::page(XML, atom(&server, 0..6, "The Port - Latest news")),
    );
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    std::fs::create_dir(dir.join("outlets")).unwrap();
    let config = "[fetch]\nallow_private = [\"127.0.0.0/8\"]\n";
    std::fs::write(dir.join("wireroom.toml"), config).unwrap();
    let url = server.url("/").to_string();
    let args = [
        "outlet",
        "add",
        &url,
        "--name",
        "port",
        "--write",
        "outlets/port.toml",
    ];
    let ended = run(dir, &args);
    assert!(
        ended
            .err
            .contains("unsure: its time zone: its dates say +03"),
        "{}",
        ended.err
    );
    ended.expect(0);
    let file = std::fs::read_to_string(dir.join("outlets/port.toml")).unwrap();
    let keys: toml::Table = file.parse().unwrap();
    assert_eq!(keys["title"].as_str(), Some("The \"Port\" & 'Sea'"));
    assert_eq!(keys["language"].as_str(), Some("en"));
    let feed = server.url("/feed.xml");
    assert_eq!(keys["source"][0]["url"].as_str(), Some(feed.as_str()));
    run(dir, &args).expect(2);
    let out = run(dir, &["check"]).expect(0);
    assert!(out.contains("1 outlets, 1 sources"), "{out}");
    let out = run(dir, &["check", "--online", "--format", "json"]).expect(0);
    let outlets: Value = serde_json::from_str(&out).unwrap();
    let source = &outlets[0]["sources"][0];
    assert_eq!(
        (&outlets[0]["yields"], &source["status"], &source["entries"]),
        (&true.into(), &200.into(), &6.into())
    );
    assert_eq!(source["sample"]["title"], title(0));
    assert!(!dir.join("data").exists(), "the store is not touched");
    let page = server.url("/news/3").to_string();
    let text = run(dir, &["extract", "--format", "text", &page]).expect(0);
    assert!(
        text.contains("harbour master") && !text.contains("relies on readers"),
        "{text}"
    );
}

#[test]
fn an_outlet_that_yields_nothing_fails_the_check() {
    let server = site();
    server.on("/feed.xml", Reply::page(XML, atom(&server, 0..3, "Well")));
    server.on("/news/1", Reply::status(404));
    let lost = atom(&server, 0..2, "Lost").replace("/news/", "/lost/");
    server.on("/lost.xml", Reply::page(XML, lost));
    let outlet = |name: &str, path: &str| {
        let url = server.url(path);
        format!(
            "[[outlet]]\nname = \"{name}\"\n[[outlet.source]]\nkind = \"feed\"\nurl = \"{url}\"\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let head = "[fetch]\nallow_private = [\"127.0.0.0/8\"]\n";
    let tables = [
        outlet("gone", "/gone.xml"),
        outlet("lost", "/lost.xml"),
        outlet("well", "/feed.xml"),
    ];
    std::fs::write(
        folder.path().join("wireroom.toml"),
        format!("{head}{}", tables.concat()),
    )
    .unwrap();
    let ended = run(folder.path(), &["check", "--online"]);
    assert!(
        ended
            .err
            .contains("no article could be had from: gone, lost"),
        "{}",
        ended.err
    );
    let out = ended.expect(1);
    assert!(out.contains("/gone.xml: it answered 404"), "{out}");
    assert!(out.contains("200, 3 entries, the newest of "), "{out}");
    assert!(
        out.contains("warning: no article at") && out.contains("/lost/0: it answered 404"),
        "{out}"
    );
    run(folder.path(), &["check", "--online", "--outlet", "well"]).expect(0);
    run(folder.path(), &["check", "--online", "--outlet", "none"]).expect(2);
}

#[test]
fn subscription_lists_go_in_and_come_out_whole() {
    let list = r#"<opml version="2.0"><body>
        <outline text="News"><outline text="Ports &amp; ships">
          <outline text="Port: home" xmlUrl="https://port.example/rss?a=1&amp;b=2" htmlUrl="https://port.example/"/>
          <outline text="Port: sea" xmlUrl="https://www.port.example/sea.xml" htmlUrl="https://port.example/sea"/>
        </outline></outline>
        <outline text="&quot;Quoted&quot; \ 'all'" xmlUrl="http://all.example/atom"/>
        <outline xmlUrl="https://bare.example/feed.json"/>
        <outline text="Twice" xmlUrl="https://bare.example/feed.json"/>
      </body></opml>"#;
    let read = |text: &str| {
        let mut list = wireroom::feed::opml::parse(text.as_bytes()).unwrap();
        list.sort_by_key(|it| it.url.to_string());
        list
    };
    let original = read(list);
    for per in ["host", "outline"] {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let printed = run_with(dir, &["opml", "import", "-", "--per", per], list);
        assert!(
            printed.err.contains("1 outlines are left out"),
            "{}",
            printed.err
        );
        let tables = printed.expect(0);
        std::fs::write(dir.join("tables.toml"), tables).unwrap();
        run_with(
            dir,
            &["opml", "import", "-", "--per", per, "--write", "outlets"],
            list,
        )
        .expect(0);
        run_with(
            dir,
            &["opml", "import", "-", "--per", per, "--write", "outlets"],
            list,
        )
        .expect(1);
        for files in ["tables.toml", "outlets/*.toml"] {
            let config = format!("[daemon]\noutlets = [\"{files}\"]\n");
            std::fs::write(dir.join("wireroom.toml"), config).unwrap();
            let count = if per == "host" {
                "3 outlets, 4 sources"
            } else {
                "4 outlets, 4 sources"
            };
            let said = run(dir, &["check"]).expect(0);
            assert!(said.contains(count), "{said}");
            let exported = read(&run(dir, &["opml", "export"]).expect(0));
            assert_eq!(exported.len(), original.len());
            for (before, after) in original.iter().zip(&exported) {
                assert_eq!((&before.url, &before.folders), (&after.url, &after.folders));
                assert!(
                    before.title.is_none() || before.title == after.title,
                    "{after:?}"
                );
                assert!(
                    before.homepage.is_none() || before.homepage == after.homepage,
                    "{after:?}"
                );
            }
        }
    }
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

#[test]
fn the_daemon_watches_sitemaps_and_section_pages() {
    let server = site();
    let address = |number: usize| format!("<loc>{}</loc>", server.url(&format!("/news/{number}")));
    let fresh = format!("<url>{}<lastmod>{}</lastmod></url>", address(0), ago(3));
    let old = format!("<url>{}<lastmod>2020-01-01</lastmod></url>", address(1));
    let packed = gzipped(&format!("<urlset>{fresh}{old}</urlset>"));
    server.on("/new.xml.gz", Reply::page("application/gzip", packed));
    let child = |path: &str, when: &str| {
        format!(
            "<sitemap><loc>{}</loc><lastmod>{when}</lastmod></sitemap>",
            server.url(path)
        )
    };
    let children = child("/old.xml", "2020-01-01") + &child("/new.xml.gz", &ago(2));
    let index = format!("<sitemapindex>{children}</sitemapindex>");
    server.on("/sitemap.xml", Reply::page("application/xml", index));
    // An index that names no dates never changes, and what it lists does.
    let undated = format!(
        "<sitemapindex><sitemap><loc>{}</loc></sitemap></sitemapindex>",
        server.url("/part.xml")
    );
    server.on("/rolling.xml", Reply::page("application/xml", undated));
    let part = |number| {
        Reply::page(
            "application/xml",
            format!("<urlset><url>{}</url></urlset>", address(number)),
        )
    };
    server.on("/part.xml", part(3));
    let page = section().replace("/news/0", "/elsewhere/0");
    server.on("/section", Reply::page(HTML, page));
    let outlet = |name: &str, kind: &str, path: &str, more: &str| {
        let url = server.url(path);
        format!(
            "[[outlet]]\nname = \"{name}\"\n[[outlet.source]]\nkind = \"{kind}\"\nurl = \"{url}\"\n{more}\n"
        )
    };
    let world = World::new();
    let receiver = world.receiver();
    let config = format!(
        "[poll]\nfirst = \"all\"\n[fetch]\nallow_private = [\"127.0.0.0/8\"]\n{}{}{}{}",
        receiver.endpoint("desk", "json", ""),
        outlet("map", "sitemap", "/sitemap.xml", ""),
        outlet("rolling", "sitemap", "/rolling.xml", ""),
        outlet("sections", "page", "/section", "match = \"^/news/[12]$\""),
    );
    let folder = world.folder.path();
    std::fs::write(folder.join("wireroom.toml"), config).unwrap();
    run(folder, &["run", "--once", "--strict"]).expect(0);
    let mut told: Vec<String> = (0..4)
        .map(|_| {
            let article = &receiver.next().json()["data"]["article"];
            let url = article["url"].as_str().unwrap();
            format!(
                "{} {}",
                article["outlet"].as_str().unwrap(),
                &url[url.len() - 7..]
            )
        })
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "map /news/0",
            "rolling /news/3",
            "sections /news/1",
            "sections /news/2"
        ]
    );
    assert!(receiver.is_quiet());
    let seen = server.seen();
    let asked = |path: &str| seen.iter().filter(|seen| seen.target == path).count();
    assert_eq!((asked("/new.xml.gz"), asked("/old.xml")), (1, 0));
    server.on("/part.xml", part(4));
    run(folder, &["run", "--once", "--strict"]).expect(0);
    let article = &receiver.next().json()["data"]["article"];
    assert_eq!(article["url"], server.url("/news/4").as_str());
    assert!(receiver.is_quiet());
}

#[test]
fn the_page_about_the_outlets_is_true() {
    let page = std::fs::read_to_string("docs/outlets.md").unwrap();
    let table = wireroom::config::outlet_table();
    assert_eq!(table.lines().count(), 2 + 38);
    assert!(
        page.ends_with(&table),
        "put what `wireroom outlet table` prints at the end of docs/outlets.md"
    );
}
