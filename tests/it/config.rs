//! The configuration as a user meets it: what is read, which layer wins, what a mistake looks like.

mod reference;
mod screens;
mod secrets;
mod shipped;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;
use url::Url;
use wireroom::config::{
    Loaded, Mistakes, StoreLocation, built_in_outlets, find, from_str, load, outlet_by_name,
    outlet_for, show,
};
use wireroom::model::id::OutletName;

/// Text that stands in no file.
fn read(text: &str) -> Result<Loaded, Mistakes> {
    read_with(text, &[])
}

/// The same with environment variables.
fn read_with(text: &str, env: &[(&str, &str)]) -> Result<Loaded, Mistakes> {
    from_str(text, Path::new("/etc/wireroom"), &environment(env))
}

fn environment(env: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = env
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    pairs.collect()
}

#[test]
fn a_later_layer_wins_key_by_key() {
    let text = "[fetch]\ntimeout = \"5s\"\nper_host = 3\n[poll]\nrevisit = [\"1h\"]";
    let env = [
        ("WIREROOM__FETCH__TIMEOUT", "7s"),
        ("WIREROOM__POLL__ADAPTIVE", "false"),
        ("WIREROOM__POLL__FAILING_AFTER", "9"),
        ("WIREROOM__FETCH__ALLOW_PRIVATE", "127.0.0.0/8, 10.1.2.3"),
        ("WIREROOM__DELIVERY__SCHEDULE", "[\"1s\", \"2s\"]"),
        ("WIREROOM__FETCH__CONTACT", "12"),
        ("WIREROOM_UNRELATED", "1"),
        ("HOME", "/root"),
    ];
    let config = read_with(text, &env).unwrap().config;
    assert_eq!(config.fetch.timeout, Duration::from_secs(7));
    assert_eq!(config.fetch.per_host, 3);
    assert_eq!(config.fetch.max_redirects, 5);
    assert!(!config.poll.adaptive);
    assert_eq!(config.poll.failing_after, 9);
    assert_eq!(config.poll.revisit, [Duration::from_hours(1)]);
    assert_eq!(config.delivery.schedule, [1, 2].map(Duration::from_secs));
    assert_eq!(config.fetch.allow_private.len(), 2);
    // Text that looks like a number stays text where text is wanted.
    assert_eq!(config.fetch.contact, "12");
}

#[test]
fn a_default_gives_way_to_what_was_chosen() {
    let config = read("[poll]\nmin_interval = \"1h\"").unwrap().config;
    assert_eq!(config.poll.interval, Duration::from_hours(1));
    let config = read("[poll]\nmin_interval = \"1s\"\nmax_interval = \"5s\"")
        .unwrap()
        .config;
    assert_eq!(config.poll.interval, Duration::from_secs(5));
    let text = "[daemon]\nlease = \"2s\"\n[fetch]\ntimeout = \"1s\"\n[delivery]\ntimeout = \"1s\"";
    assert_eq!(
        read(text).unwrap().config.daemon.grace,
        Duration::from_secs(1)
    );
    // A token by variable replaces the file's, whichever of its three keys that is under.
    let env = [("WIREROOM__HTTP__TOKEN", "variable")];
    let config = read_with("[http]\ntoken_file = \"/nowhere\"", &env)
        .unwrap()
        .config;
    assert_eq!(config.http.token.unwrap().reveal(), "variable");
}

#[test]
fn marks_and_line_ends_of_other_systems_do_no_harm() {
    let loaded = read("\u{feff}[fetch]\r\ntimeout = \"5s\"\r\n").unwrap();
    assert_eq!(loaded.config.fetch.timeout, Duration::from_secs(5));
    let mistakes = read("[fetch]\r\n\r\nper_host = 0\r\n").unwrap_err();
    assert!(
        mistakes.to_string().starts_with("configuration:3: "),
        "{mistakes}"
    );
}

#[test]
fn paths_start_from_the_file_and_those_of_variables_from_the_working_directory() {
    let config = read("[daemon]\ndata_dir = \"d\"").unwrap().config;
    assert_eq!(config.data_dir, Path::new("/etc/wireroom/d"));
    let StoreLocation::Sled(path) = config.store.location;
    assert_eq!(path, Path::new("/etc/wireroom/d/store"));

    let env = [("WIREROOM__DAEMON__DATA_DIR", "d")];
    let config = read_with("", &env).unwrap().config;
    assert_eq!(config.data_dir, std::path::absolute("d").unwrap());

    let config = read("[store]\nurl = \"sled:///srv/wire\"").unwrap().config;
    let StoreLocation::Sled(path) = config.store.location;
    assert_eq!(path, Path::new("/srv/wire"));
}

#[test]
fn outlets_stand_in_the_file_and_in_files_of_either_form() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    std::fs::create_dir(dir.path().join("outlets")).unwrap();
    let source = "kind = \"feed\"\nurl = \"https://example.com/feed\"\n";
    write(
        "outlets/one.toml",
        &format!("name = \"one\"\n[[source]]\n{source}"),
    );
    write(
        "outlets/more.toml",
        &format!(
            "[[outlet]]\nname = \"two\"\n[[outlet.source]]\n{source}[[outlet]]\nname = \"three\"\n[[outlet.source]]\n{source}"
        ),
    );
    write(
        "wireroom.toml",
        &format!("[[outlet]]\nname = \"four\"\n[[outlet.source]]\n{source}"),
    );
    let loaded = load(Some(&dir.path().join("wireroom.toml")), &BTreeMap::new()).unwrap();
    let names: Vec<&str> = loaded
        .config
        .outlets
        .keys()
        .map(OutletName::as_str)
        .collect();
    assert_eq!(names, ["four", "one", "three", "two"]);
    assert_eq!(loaded.warnings, []);
    let one = outlet_by_name(loaded.config.outlets.values(), "one").unwrap();
    assert_eq!(one.homepage.as_str(), "https://example.com/");
    assert_eq!(one.title, "one");
    // The same address at two outlets is two sources.
    let two = outlet_by_name(loaded.config.outlets.values(), "two").unwrap();
    assert_ne!(one.sources[0].id, two.sources[0].id);
}

#[test]
fn the_file_is_the_one_named_or_the_first_that_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("any.toml");
    std::fs::write(&file, "").unwrap();
    let path = file.display().to_string();
    let env = environment(&[("WIREROOM_CONFIG", &path)]);
    assert_eq!(find(None, &env), Ok(Some(file.clone())));
    let other = dir.path().join("other.toml");
    assert!(find(Some(&other), &env).is_err(), "named and not there");
    std::fs::write(&other, "").unwrap();
    assert_eq!(find(Some(&other), &env), Ok(Some(other)));
    let env = environment(&[("WIREROOM_CONFIG", "/nowhere/wireroom.toml")]);
    assert!(find(None, &env).is_err());
    assert!(find(Some(dir.path()), &env).is_err(), "a directory");
    // The tests run where the repository's own configuration is.
    let found = find(None, &environment(&[("WIREROOM_CONFIG", "")]));
    assert_eq!(found, Ok(Some(PathBuf::from("config/wireroom.toml"))));
}

#[test]
fn an_address_finds_its_outlet() {
    let check = |url: &str, expected: Option<&str>| {
        let outlet = outlet_for(built_in_outlets(), &Url::parse(url).unwrap());
        assert_eq!(outlet.map(|outlet| outlet.name.as_str()), expected, "{url}");
    };
    check(
        "https://en.interfax.com.ua/news/general/1082250.html",
        Some("interfax-ukraine"),
    );
    check(
        "https://interfax.com.ua/news/general/1.html",
        Some("interfax-ukraine"),
    );
    check("https://m.interfax.com.ua/x", Some("interfax-ukraine"));
    check(
        "https://www.pravda.com.ua/eng/news/2025/01/23/7494919/",
        Some("ukrainska-pravda"),
    );
    check(
        "https://www.eurointegration.com.ua/news/2025/01/27/7203001/",
        Some("european-pravda"),
    );
    check(
        "http://americanchronicles.news/a/",
        Some("american-chronicles"),
    );
    check(
        "https://newsukraine.rbc.ua/news/a-1.html",
        Some("rbc-ukraine"),
    );
    // com.ua is a public suffix: not every .com.ua is one outlet.
    check("https://other.com.ua/", None);
    check("https://example.com/", None);
    check("https://127.0.0.1/", None);
}

#[test]
fn what_is_shown_reads_as_the_same() {
    let outlets = std::fs::read_dir("config/outlets").unwrap();
    let outlets = outlets.map(|entry| {
        let path = std::path::absolute(entry.unwrap().path()).unwrap();
        format!("{path:?}")
    });
    let outlets = outlets.collect::<Vec<_>>().join(", ");
    let text = format!(
        "[daemon]\noutlets = [{outlets}]\n\
         [fetch]\nallow_private = [\"10.0.0.1\"]\nhost_delay = \"1s 500ms\"\n\
         [[endpoint]]\nname = \"a\"\nurl = \"https://example.com:8443\"\nrate = \"40/m\"\ntimeout = \"3s\"\n\
         [endpoint.filter]\nany = ['\\bNATO\\b', \"it's\", {{ all = [{{ tags = [\"a\"] }}], min_words = 3 }}]\ntitle = [\"x\"]\noriginal = true\noutlets = [\"bbc\"]\nlanguages = [\"EN-gb\"]\n\
         [endpoint.quiet]\nhours = [\"22:00-07:00\"]\ndays = [\"sun\"]\ntimezone = \"Europe/Kyiv\"\n\
         [[endpoint]]\nname = \"b\"\nurl = \"https://example.com\"\nformat = \"template\"\n\
         template = \"\"\"{{{{ type }}}}\nand \\\"more\\\" \"\"\"\ncontent_type = \"text/plain\"\n\
         [[endpoint]]\nname = \"c\"\nurl = \"https://example.com\"\nformat = \"cloudevents\"\nmode = \"binary\""
    );
    let first = read(&text).unwrap();
    assert_eq!(first.warnings, []);
    let shown = show(&first.config);
    let second = read(&shown).unwrap_or_else(|mistakes| panic!("{mistakes}\n{shown}"));
    assert_eq!(show(&second.config), shown);
    assert_eq!(second.config.outlets.len(), 38);
}

/// Keys and values near to sense, in any order.
fn documents() -> impl Strategy<Value = String> {
    let headers = prop::sample::select(vec![
        "[daemon]",
        "[store]",
        "[fetch]",
        "[poll]",
        "[delivery]",
        "[http]",
        "[log]",
        "[[outlet]]",
        "[[outlet.source]]",
        "[outlet.article]",
        "[outlet]",
        "[[endpoint]]",
        "[endpoint.filter]",
        "[endpoint.headers]",
        "[[fetch]]",
        "[unknown.\"a.b\"]",
        "[\"fetch.timeout\"]",
        "[\"x[0]\"]",
    ]);
    let keys = prop::sample::select(vec![
        "name",
        "url",
        "kind",
        "interval",
        "timeout",
        "schedule",
        "events",
        "format",
        "outlets",
        "headers",
        "filter.any",
        "template",
        "body",
        "drop",
        "match",
        "links",
        "language",
        "timezone",
        "charset",
        "concurrency",
        "allow_private",
        "secret",
        "token",
        "listen",
        "level",
        "contact",
        "grace",
        "\"a.b\"",
        "''",
        "keep_articles",
        "robots",
        "first",
        "source",
        "article.title",
    ]);
    let values = prop_oneof![
        prop::sample::select(vec![
            "1",
            "-1",
            "99999999999999999999",
            "1.5",
            "true",
            "1979-05-27",
            "\"5s\"",
            "\"\"",
            "[]",
            "{}",
            "[1, \"a\"]",
            "[[]]",
            "[{}]",
            "{a = {}}",
            "\"https://example.com\"",
            "\"feed\"",
            "\"json\"",
            "inf",
            "0xff",
            "[\"article.new\"]",
            "\"::1\"",
            "\"div >\"",
            "'(a'",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,20}",
        any::<String>().prop_map(|text| toml::Value::String(text).to_string()),
    ];
    let pairs = prop::collection::vec((keys, values), 0..5);
    let tables = prop::collection::vec((headers, pairs), 0..6);
    tables.prop_map(|tables| {
        let mut text = String::new();
        for (header, pairs) in tables {
            text.push_str(header);
            text.push('\n');
            for (key, value) in pairs {
                text.extend([key, " = ", value.as_str(), "\n"]);
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_document_makes_it_panic(text in documents(), env in prop::collection::btree_map("WIREROOM__[A-Z_]{0,20}", any::<String>(), 0..3)) {
        match from_str(&text, Path::new("/nowhere"), &env) {
            Ok(loaded) => { show(&loaded.config); }
            Err(mistakes) => prop_assert!(!mistakes.to_string().is_empty()),
        }
    }

    #[test]
    fn no_damage_to_a_real_file_makes_it_panic(at in 0usize..16_000, length in 0usize..40, put in "[\\[\\]{}\"'=.#\n a-z0-9]{0,6}") {
        let mut text: Vec<char> = shipped::uncommented("config/default.toml").chars().collect();
        let at = at.min(text.len());
        let end = (at + length).min(text.len());
        text.splice(at..end, put.chars());
        let text: String = text.into_iter().collect();
        let result = from_str(&text, Path::new("/nowhere"), &BTreeMap::new());
        prop_assert!(result.is_ok() || !result.unwrap_err().0.is_empty());
    }
}
