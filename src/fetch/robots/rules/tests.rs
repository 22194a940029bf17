//! RFC 9309's own examples, files as they are found in the wild, and two laws.

use proptest::prelude::*;

use super::*;

fn check(file: &str, path: &str, expected: bool) {
    let rules = Rules::parse(file.as_bytes());
    assert_eq!(
        rules.allows(path),
        expected,
        "{path} under\n{file}\n{rules:?}"
    );
}

fn check_rules(rules: &str, path: &str, expected: bool) {
    check(&format!("User-agent: *\n{rules}"), path, expected);
}

#[test]
fn the_longest_match_decides() {
    let file =
        "user-agent: wireroom\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n";
    check(file, "/example/page/x.html", true);
    check(file, "/example/page/disallowed.gif", false);
    check_rules("disallow: /\nallow: /a", "/a/b", true);
    check_rules("disallow: /\nallow: /a", "/b", false);
    check_rules("disallow: /a\nallow: /a", "/a", true);
    check_rules("allow: /\ndisallow: /a", "/ab", false);
}

#[test]
fn wildcards() {
    check_rules("disallow: /*.gif$", "/a/b.gif", false);
    check_rules("disallow: /*.gif$", "/a/b.gif?x", true);
    check_rules("disallow: /*.gif", "/a/b.gif?x", false);
    check_rules("disallow: /a$", "/a", false);
    check_rules("disallow: /a$", "/ab", true);
    check_rules(
        "disallow: /this/*/exactly",
        "/this/is/not/exactly/it",
        false,
    );
    check_rules("disallow: /this/*/exactly", "/this/exactly", true);
    check_rules("disallow: *private*", "/x/private/y", false);
    check_rules("disallow: /a*b*c$", "/abbc", false);
    check_rules("disallow: /a*bc*bc$", "/abc", true);
    check_rules("disallow: /***", "/", false);
    check_rules("disallow: /*?print=", "/story?print=1", false);
    check_rules("disallow: /$", "/", false);
    check_rules("disallow: /$", "/news", true);
}

#[test]
fn wildcards_that_stand_for_themselves() {
    check_rules("disallow: /with-a-%2A.html", "/with-a-*.html", false);
    check_rules("disallow: /with-a-%2A.html", "/with-a-x.html", true);
    check_rules("disallow: /foo-%24", "/foo-$", false);
    check_rules("disallow: /a$b", "/a$bc", false);
    check_rules("disallow: /a$b", "/a", true);
}

#[test]
fn encodings_are_one() {
    for pattern in ["/foo/bar/ツ", "/foo/bar/%E3%83%84", "/foo/bar/%e3%83%84"] {
        check_rules(&format!("disallow: {pattern}"), "/foo/bar/%E3%83%84", false);
        check_rules(&format!("disallow: {pattern}"), "/foo/bar/ツ", false);
    }
    check_rules("disallow: /foo/bar/%62%61%7A", "/foo/bar/baz", false);
    check_rules("disallow: /a%3cd.html", "/a%3Cd.html", false);
    check_rules("disallow: /a%2fb", "/a/b", true);
    check_rules("disallow: /100%", "/100%25", false);
    check_rules("disallow: /100%", "/100%", false);
}

#[test]
fn groups() {
    let file = "User-agent: *\nDisallow: /\n\nUser-agent: Wireroom/2.0 (news)\nDisallow: /a\n\
                user-agent: other\nDisallow: /b\nUSER-AGENT: WIREROOM\nDisallow: /c";
    check(file, "/", true);
    check(file, "/a", false);
    check(file, "/b", true);
    check(file, "/c", false);
    let shared =
        "User-agent: one\nUser-agent: wireroom\n# note\n\nSitemap: https://x/s\nDisallow: /x";
    check(shared, "/x", false);
    check(
        "User-agent: wireroom\n\nUser-agent: *\nDisallow: /",
        "/x",
        false,
    );
    check(
        "User-agent: wireroom\nDisallow:\nUser-agent: *\nDisallow: /",
        "/x",
        true,
    );
    check("User-agent: wireroomy\nDisallow: /", "/x", true);
    check("User-agent: wire\nDisallow: /", "/x", true);
    check("Disallow: /x", "/x", true);
}

#[test]
fn a_crawl_delay_ends_the_list_of_addressees() {
    let file = "User-agent: *\nCrawl-delay: 10\n\nUser-agent: badbot\nDisallow: /\n";
    check(file, "/x", true);
    assert_eq!(
        Rules::parse(file.as_bytes()).crawl_delay,
        Some(Duration::from_secs(10))
    );
}

#[test]
fn delays_are_read_within_reason() {
    for (value, expected) in [
        ("2.5", Some(2.5)),
        ("0", Some(0.0)),
        ("1e300", Some(3600.0)),
        ("inf", Some(3600.0)),
        ("NaN", None),
        ("-1", None),
        ("ten", None),
    ] {
        let rules = Rules::parse(format!("user-agent:*\ncrawl-delay:{value}").as_bytes());
        assert_eq!(
            rules.crawl_delay,
            expected.map(Duration::from_secs_f64),
            "{value}"
        );
    }
}

#[test]
fn untidy_files() {
    check(
        "\u{feff}User-agent: *\rDisallow: /a\r\n\r\nDisallow: /b # note",
        "/a",
        false,
    );
    check(
        "\u{feff}User-agent: *\rDisallow: /a\r\n\r\nDisallow: /b # note",
        "/b",
        false,
    );
    check("  User-Agent :  *  \n\tDISALLOW :\t/a  ", "/a", false);
    check_rules("disallow:", "/a", true);
    check_rules("disallow: /", "/robots.txt", true);
    check("<html><body>User-agent: *</body></html>", "/a", true);
    check("", "/", true);
    let sitemaps = Rules::parse(b"Sitemap: https://a.example/s.xml\nsitemap:/t.xml").sitemaps;
    assert_eq!(sitemaps, ["https://a.example/s.xml", "/t.xml"]);
}

#[test]
fn what_stands_beyond_the_limit_is_not_read() {
    let mut file = b"user-agent: *\n".to_vec();
    file.resize(MAX_BYTES, b'#');
    file.extend_from_slice(b"\ndisallow: /");
    assert!(Rules::parse(&file).allows("/x"));
    // The limit falls behind the slash: half of the line would forbid everything.
    let mut cut = b"user-agent: *\n".to_vec();
    cut.resize(MAX_BYTES - 12, b'#');
    cut.extend_from_slice(b"\ndisallow: /print/\n");
    assert_eq!(&cut[MAX_BYTES - 3..MAX_BYTES], b": /");
    assert!(Rules::parse(&cut).allows("/x"));
    assert!(Rules::parse(&cut[..MAX_BYTES]).allows("/x"));
    let many = format!("user-agent: *\n{}", "disallow: /a\n".repeat(MAX_RULES + 10));
    assert_eq!(Rules::parse(many.as_bytes()).paths.len(), MAX_RULES);
}

/// What the fast matcher must agree with: `*` tried at every place.
fn slow_matches(pattern: &[u8], path: &[u8]) -> bool {
    match (pattern.first(), path.first()) {
        (None, _) => true,
        (Some(b'$'), None) if pattern.len() == 1 => true,
        (Some(b'*'), _) => {
            slow_matches(&pattern[1..], path)
                || (!path.is_empty() && slow_matches(pattern, &path[1..]))
        }
        (Some(a), Some(b)) => a == b && slow_matches(&pattern[1..], &path[1..]),
        (Some(_), None) => false,
    }
}

proptest! {
    #[test]
    fn the_matcher_agrees_with_a_slow_one(pattern in "/[ab*]{0,8}[$]?", path in "/[ab]{0,10}") {
        prop_assert_eq!(
            matches(&pattern, &path),
            slow_matches(pattern.as_bytes(), path.as_bytes())
        );
    }

    #[test]
    fn normalising_twice_changes_nothing(text in "(/|%|2|a|F|\\*|\\$|\\PC){0,20}") {
        for pattern in [false, true] {
            let once = normalise(&text, pattern);
            prop_assert_eq!(normalise(&once, true), once);
        }
    }

    #[test]
    fn no_file_panics(
        lines in prop::collection::vec("(?i)(user-agent|allow|disallow|crawl-delay|sitemap|x)?:? ?[/*$%#a-f0-9é]{0,12}", 0..12),
        bytes in prop::collection::vec(any::<u8>(), 0..64),
        path in "/\\PC{0,20}",
    ) {
        let _verdict: bool = Rules::parse(lines.join("\n").as_bytes()).allows(&path);
        let _verdict: bool = Rules::parse(&bytes).allows(&path);
    }
}
