//! Pairs of addresses that name one article, and pairs that do not.

mod pairs;
mod sites;

use proptest::prelude::*;

use self::pairs::{DIFFERENT, FOLDED, SAME};
use super::*;

fn url(text: &str) -> Url {
    Url::parse(text).expect(text)
}

#[test]
fn the_same_article_has_one_canonical_form() {
    for (one, other) in SAME.iter().chain(sites::SAME) {
        assert_eq!(
            canonical(&url(one)).as_str(),
            canonical(&url(other)).as_str(),
            "{one}"
        );
        assert_eq!(folded(&url(one)), folded(&url(other)), "{one}");
        // The plain form of each pair is canonical but for its spelling.
        assert!(!canonical(&url(one)).as_str().contains("utm"), "{one}");
    }
}

#[test]
fn variants_meet_in_one_key() {
    for (one, other) in FOLDED.iter().chain(sites::FOLDED) {
        assert_eq!(
            folded(&url(one)).as_str(),
            folded(&url(other)).as_str(),
            "{one}"
        );
    }
}

#[test]
fn other_articles_stay_apart() {
    for (one, other) in DIFFERENT.iter().chain(sites::DIFFERENT) {
        assert_ne!(canonical(&url(one)), canonical(&url(other)), "{one}");
        assert_ne!(folded(&url(one)), folded(&url(other)), "{one}");
    }
    let all = [
        SAME,
        FOLDED,
        DIFFERENT,
        sites::SAME,
        sites::FOLDED,
        sites::DIFFERENT,
    ];
    assert!(all.iter().map(|table| table.len()).sum::<usize>() >= 200);
}

#[test]
fn what_can_be_shown_is_kept() {
    let check = |given: &str, kept: &str| assert_eq!(canonical(&url(given)).as_str(), kept);
    check(
        "http://www.a.example/x/?b=2&a=1",
        "http://www.a.example/x/?b=2&a=1",
    );
    check("https://m.a.example/x", "https://m.a.example/x");
    check(
        "http://127.0.0.1:8080/x?y=a+b",
        "http://127.0.0.1:8080/x?y=a+b",
    );
    check("https://a.example/#!/news/1", "https://a.example/#!/news/1");
    check("mailto:a@a.example", "mailto:a@a.example");
    check("data:text/plain,%61", "data:text/plain,%61");
}

#[test]
fn a_page_is_believed_about_itself_only() {
    let check = |page: &str, stated: &str, believed: bool| {
        assert_eq!(
            plausible(&url(page), &url(stated)),
            believed,
            "{page} says {stated}"
        );
    };
    let story = "https://www.a.example/news/world/2025/06/ministers-agree-on-fund-1042";
    check(story, story, true);
    check(&format!("{story}?utm_source=rss"), story, true);
    check(&format!("{story}/amp"), story, true);
    check(&format!("{story}/2"), story, true);
    check(&format!("{story}?page=2"), story, true);
    check("https://m.a.example/n/1042318", story, true);
    check("http://a.example/?p=1042", story, true);
    check(
        "https://a.example/a/ministers",
        "https://a.example/b/ministers",
        true,
    );
    // The page shows that case does not count here, which no rule could know.
    check(
        "https://a.example/News/World/Ministers-Agree-On-Fund",
        "https://a.example/news/world/ministers-agree-on-fund",
        true,
    );
    check(story, "https://www.a.example/", false);
    check(story, "https://a.example", false);
    check(story, "https://www.a.example/news/world", false);
    check(story, "https://www.a.example/news/world/", false);
    check(story, "https://www.a.example/world", false);
    check(
        story,
        "https://b.example/news/world/2025/06/ministers-agree-on-fund-1042",
        false,
    );
    check(story, "ftp://a.example/ministers-agree-on-fund-1042", false);
    check(
        "https://a.example/index.php?id=7",
        "https://a.example/index.php",
        false,
    );
    check(
        "https://a.example/news.php?id=7",
        "https://a.example/news.php",
        false,
    );
    check(
        "https://a.example/news.php?id=7",
        "https://a.example/news.php?id=8",
        false,
    );
    check(
        "https://a.example/news.php?id=7",
        "https://a.example/news.php?id=7",
        true,
    );
    check(
        "https://a.co.uk/ministers-agree-on-fund",
        "https://b.co.uk/ministers-agree-on-fund",
        false,
    );
    check(
        "http://127.0.0.1:1/story-1042",
        "http://127.0.0.1:2/story-1042",
        true,
    );
}

#[test]
fn an_outlets_own_parameters_are_left_out() {
    let own = ["chan".to_owned(), "pos_*".to_owned()];
    let check = |given: &str, left: &str| assert_eq!(without(&url(given), &own), url(left));
    check(
        "https://a.example/x?id=1&chan=7",
        "https://a.example/x?id=1",
    );
    check(
        "https://a.example/x?Chan=7&POS_top=1",
        "https://a.example/x",
    );
    check("https://a.example/x?c%68an=7", "https://a.example/x");
    check(
        "https://a.example/x?channel=7",
        "https://a.example/x?channel=7",
    );
    check("https://a.example/x", "https://a.example/x");
    let kept = url("https://a.example/x?chan=7");
    assert_eq!(without(&kept, &[]), kept);
}

proptest! {
    #[test]
    fn twice_is_as_once(
        host in "(www\\.|m\\.){0,3}[a-z]{1,8}\\.(com|co\\.uk|example)\\.?",
        path in "(/([a-zA-Z0-9%.;=~_|é -]{0,8}|amp|AMP|x\\.amp|y\\.amp\\.html|%61mp|index\\.html|x;jsessionid=1|x;%6asessionid=1)){0,5}",
        query in "([a-z_]{0,6}=?[a-zA-Z0-9%+=у]{0,6}&){0,4}",
        fragment in "(#!?[a-z%]{0,4})?",
    ) {
        if let Ok(url) = Url::parse(&format!("https://{host}{path}?{query}{fragment}")) {
            let once = canonical(&url);
            prop_assert_eq!(canonical(&once), once.clone());
            let key = folded(&url);
            prop_assert_eq!(folded(&key), key.clone());
            prop_assert_eq!(folded(&once), key);
            prop_assert!(plausible(&url, &url));
        }
    }

    #[test]
    fn no_address_makes_it_panic(text in "(https?://|[a-z]+:)?\\PC{0,60}", other in "https?://\\PC{0,60}") {
        if let Ok(url) = Url::parse(&text) {
            let _ = (canonical(&url), folded(&url), unwrap_redirector(&url));
            if let Ok(other) = Url::parse(&other) {
                let _ = plausible(&url, &other);
            }
        }
    }
}
