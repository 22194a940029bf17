//! What a mistake looks like: a screen for every class of them.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use wireroom::config::{find, load};

use super::{read, read_with};

/// The whole report on a text that has nothing right in it.
fn screen(text: &str) -> String {
    read(text).expect_err("the text is wrong").to_string()
}

/// The report on a directory of files, with the directory's own path taken out.
fn screen_of(files: &[(&str, &[u8])]) -> String {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, bytes) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("below the directory")).expect("made");
        std::fs::write(path, bytes).expect("written");
    }
    let text = match load(Some(&dir.path().join("wireroom.toml")), &BTreeMap::new()) {
        Ok(loaded) => {
            let warnings = loaded.warnings.iter().map(ToString::to_string);
            warnings.collect::<Vec<_>>().join("\n")
        }
        Err(mistakes) => mistakes.to_string(),
    };
    text.replace(&format!("{}/", dir.path().display()), "")
}

#[test]
fn syntax() {
    assert_snapshot!(screen(
        "[fetch\ntimeout = \"5s\"\n[poll]\ninterval = 10m\ninterval = \"10m\"\nadaptive = true\nadaptive = true\n"
    ));
}

#[test]
fn keys_and_types() {
    assert_snapshot!(screen(
        r#"
fetsh = 3
daemon = "data"
[fetch]
timeout = 5
timout = "5s"
per_host = 0
max_redirects = -1
concurrency = "64"
robots = "sometimes"
allow_private = "127.0.0.0/8"
max_body = 1.5
[poll]
adaptive = "yes"
revisit = ["1h", 2]
first = 2024-01-01
[[log]]
[endpoint]
name = "single brackets"
"#
    ));
}

#[test]
fn sections() {
    assert_snapshot!(screen(
        r#"
[daemon]
data_dir = ""
grace = "3m"
lease = "1m"
[store]
url = "postgres://wire@db/wire"
keep = "0s"
cache = "12 parsecs"
[fetch]
contact = "line\nbreak"
timeout = "1m"
max_body = "900B"
host_delay = "soon"
allow_private = ["127.0.0.0/33", "::1"]
[poll]
interval = "10s"
revisit = ["6h", "1h"]
[delivery]
schedule = ["5s", "forever", "30d"]
[http]
listen = "0.0.0.0:7878"
[log]
level = "loud"
"#
    ));
    assert_snapshot!(
        "sections_crossed",
        screen(
            "[poll]\nmin_interval = \"1h\"\nmax_interval = \"1m\"\n[store]\nurl = \"mysql:wire\"\n[http]\nlisten = \"localhost\"\n[daemon]\noutlets = [\"no-such.toml\"]"
        )
    );
}

#[test]
fn endpoints() {
    assert_snapshot!(screen(
        r#"
[[endpoint]]
url = "https://example.com"
[[endpoint]]
name = "a b"
[[endpoint]]
name = "desk"
url = "hooks.example/x"
format = "telegram"
room = "plain"
mode = "binary"
secret = "hunter2"
events = ["article.knew", "wireroom.test"]
content = "all"
stories = "last"
timeout = "1h"
schedule = ["0s"]
concurrency = 0
rate = "fast"
[endpoint.headers]
"Bad Name" = "x"
Host = "x"
X-A = "1"
x-a = "2"
[endpoint.filter]
any = ["(open"]
none = ["(?=x)"]
outlets = ["nobody"]
languages = ["english"]
[[endpoint]]
name = "private"
url = "http://192.168.1.10:8000/hook"
url_env = "NOT_SET"
secret_env = "NOT_SET"
[[endpoint]]
name = "private"
url = "http://localhost/hook"
format = "xml"
"#
    ));
}

#[test]
fn digests() {
    assert_snapshot!(screen(
        r#"
[[endpoint]]
name = "seldom"
url = "https://hooks.example.com/a"
every = "2d"
[[endpoint]]
name = "often"
url = "https://hooks.example.com/b"
every = "500ms"
[[endpoint]]
name = "never"
url = "https://hooks.example.com/c"
every = "daily 25:00"
timezone = "Kyiv"
[[endpoint]]
name = "words"
url = "https://hooks.example.com/d"
every = "hourly"
[[endpoint]]
name = "zone"
url = "https://hooks.example.com/e"
timezone = "Europe/Kyiv"
[[endpoint]]
name = "span"
url = "https://hooks.example.com/f"
every = "15m"
timezone = "Europe/Kyiv"
[[endpoint]]
name = "both"
url = "https://hooks.example.com/g"
every = "daily 08:00"
[endpoint.quiet]
hours = ["22:00-09:00"]
timezone = "UTC"
[[endpoint]]
name = "template"
url = "https://hooks.example.com/h"
format = "template"
every = "1h"
template = "{{ data.article.title }}"
[[endpoint]]
name = "asks"
url = "https://hooks.example.com/i"
events = ["digest"]
"#
    ));
}

#[test]
fn outlets() {
    assert_snapshot!(screen(
        r#"
[[outlet]]
title = "No name, no source"
[[outlet]]
name = "Example News"
homepage = "example.com"
language = "english"
timezone = "Kyiv"
charset = "cp-nothing"
[[outlet.source]]
kind = "rss"
url = "https://example.com/feed"
[[outlet.source]]
kind = "feed"
url = "http://127.0.0.1:8080/feed"
interval = "5s"
links = "a"
[[outlet.source]]
kind = "page"
url = "https://example.com/news"
interval = "7h"
links = "a:::b"
match = "(?<!x)"
[[outlet.source]]
kind = "page"
url = "https://example.com/news"
[[outlet.source]]
kind = "sitemap"
[outlet.article]
body = ["div >", "p@"]
drop = [""]
drop_lines = ["[a"]
colour = "red"
[[outlet]]
name = "all"
homepage = "https://example.com"
"#
    ));
}

#[test]
fn outlet_files() {
    let outlet = b"name = \"ap\"\n[[source]]\nkind = \"feed\"\nurl = \"https://example.com/feed\"\ninterval = \"5s\"\n";
    let twin = b"\n\n[[outlet]]\nname = \"twin\"\nhomepage = \"https://example.com\"\n";
    assert_snapshot!(screen_of(&[
        ("wireroom.toml", b"[daemon]\noutlets = [\"outlets/*.toml\", \"missing.toml\", \"none/*.toml\"]\n[[outlet]]\nname = \"twin\"\nhomepage = \"https://example.com\""),
        ("outlets/ap.toml", outlet),
        ("outlets/both.toml", b"name = \"both\"\n[[outlet]]\nname = \"inner\"\nhomepage = \"https://example.com\"\n"),
        ("outlets/bytes.toml", b"name = \"x\"\n# \xff\n"),
        ("outlets/single.toml", b"[outlet]\nname = \"single\"\n"),
        ("outlets/twin.toml", twin),
        ("outlets/unknown.toml", b"nmae = \"x\"\nhomepage = \"https://example.com\"\n"),
    ]));
}

#[test]
fn warnings() {
    assert_snapshot!(screen_of(&[
        ("wireroom.toml", b"[daemon]\noutlets = [\"none/*.toml\"]\n[fetch]\nconcurrency = 2\nper_host = 3\n[[outlet]]\nname = \"quiet\"\nhomepage = \"https://example.com\"\n[[endpoint]]\nname = \"a\"\nurl = \"https://hooks.slack.com/x\"\nformat = \"slack\"\nevents = []\nsecret = \"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\"\n"),
    ]));
}

#[test]
fn variables() {
    let env = [
        ("WIREROOM__FETCH__TIMOUT", "5s"),
        ("WIREROOM__FETCH__TIMEOUT", "5"),
        ("WIREROOM__FETCH__PER_HOST", "many"),
        ("WIREROOM__FETCH__ROBOTS", "none"),
        ("WIREROOM__FETCH", "x"),
        ("WIREROOM__FETHC__TIMEOUT", "5s"),
        ("WIREROOM__ENDPOINT__0__URL", "https://example.com"),
        ("WIREROOM__POLL__REVISIT", "1h,soon"),
        ("WIREROOM__HTTP__LISTEN", "0.0.0.0:80"),
    ];
    assert_snapshot!(read_with("", &env).unwrap_err().to_string());
}

#[test]
fn no_file() {
    let missing = std::path::Path::new("nowhere/wireroom.toml");
    let text = find(Some(missing), &BTreeMap::new())
        .unwrap_err()
        .to_string();
    let unread = load(Some(missing), &BTreeMap::new())
        .unwrap_err()
        .to_string();
    assert_snapshot!(format!("{text}\n{unread}"));
}

/// What is wrong is said once: nothing is held against a value that nobody wrote.
#[test]
fn one_slip_is_one_mistake() {
    let source = "[[outlet]]\nname = \"a\"\n[[outlet.source]]\nkind = \"feed\"\nurl = \"https://a.example/f\"\n";
    let endpoint = "[[endpoint]]\nname = \"desk\"\nurl = \"https://hooks.example/x\"\n";
    for text in [
        "[poll]\ninterval = \"0s\"".to_owned(),
        "[poll]\nmin_interval = \"often\"".to_owned(),
        "[poll]\nmax_interval = \"0s\"".to_owned(),
        "[daemon]\nlease = \"2d\"".to_owned(),
        "[daemon]\nlease = \"0s\"".to_owned(),
        "[daemon]\ngrace = \"soon\"".to_owned(),
        "[delivery]\ntimeout = \"0s\"".to_owned(),
        format!("{source}interval = \"0s\""),
        format!("{source}interval = \"often\""),
        format!("{endpoint}timeout = \"0s\""),
        format!("{endpoint}[endpoint.filter]\nany = [{{ tag = [\"a\"] }}]"),
        format!("{endpoint}[endpoint.filter]\nany = [\"a\", {{ min_words = \"many\" }}]"),
        "[fetch\ntimeout = \"5s\"".to_owned(),
        "[fetch]\ntimeout = 5s".to_owned(),
        "[fetch]\ntimeout == \"5s\"".to_owned(),
        "[fetch]\ntimeout = \"5s\nrobots = \"off\"\n[poll]\nadaptive = true".to_owned(),
        "[[endpoint]\nname = \"desk\"\nurl = \"https://hooks.example/x\"".to_owned(),
        "fetch.timeout \"5s\"".to_owned(),
    ] {
        let shown = screen(&text);
        assert_eq!(shown.lines().count(), 1, "{text}\n{shown}");
    }
}
