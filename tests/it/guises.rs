//! Guises that pages are scored under: what each takes away, and that nothing else changes.

#[path = "../../benches/quality/guise.rs"]
#[allow(dead_code, reason = "the benchmark uses all of it")]
mod guise;

use guise::Guise;

/// Its attributes stand in the order of the alphabet, as they are written again.
const PAGE: &str = r##"<!DOCTYPE html><html><head><meta charset="utf-8"><title>Storm</title><meta content="d" name="description"><meta content="t" property="og:title"><meta content="Jane Doe" name="author"><script type="application/ld+json">{"@type":"NewsArticle"}</script></head><body class="page wide" itemscope=""><header id="top"><a class="wide" href="#text" rel="author">Jane Doe</a></header><article id="text" itemprop="articleBody"><time datetime="2026-11-02">2 November</time><p class="lead">Words &amp; words.</p><p>More.</p></article><read-more>Next</read-more><amp-img class="wide"></amp-img></body></html>"##;

fn under(list: &str) -> String {
    Guise::named(list)
        .expect("these words name guises")
        .put_on(PAGE)
}

fn check(list: &str, gone: &[&str], there: &[&str]) {
    let page = under(list);
    for words in gone {
        assert!(!page.contains(words), "{list} leaves {words}: {page}");
    }
    for words in there {
        assert!(page.contains(words), "{list} takes {words}: {page}");
    }
    assert_eq!(words_of(&page), words_of(PAGE), "{list}");
    assert_eq!(under(list), page, "{list} is not the same twice");
}

fn words_of(page: &str) -> String {
    let html = scraper::Html::parse_document(page);
    let body = scraper::Selector::parse("body").expect("a selector");
    html.select(&body).flat_map(|body| body.text()).collect()
}

#[test]
fn each_guise_takes_what_it_names_and_leaves_the_words() {
    assert_eq!(under("plain"), PAGE);
    check(
        "names",
        &["page", "wide\"", "lead", "\"top\"", "#text", "read-more"],
        &[
            "<article ",
            "itemprop=\"articleBody\"",
            "og:title",
            "<amp-img",
            "<p class=\"x",
        ],
    );
    check(
        "elements",
        &["<article", "<header", "<time", "datetime"],
        &["<div id=\"text\"", "<span>2 November", "<p class=\"lead\">"],
    );
    check(
        "paragraphs",
        &["<p>", "<p "],
        &["<div class=\"lead\">", "<article"],
    );
    check(
        "statements",
        &[
            "og:title",
            "\"author\"",
            "NewsArticle",
            "itemprop",
            "itemscope",
        ],
        &[
            "<title>Storm",
            "name=\"description\"",
            "charset",
            "datetime",
        ],
    );
    check(
        "names,elements,paragraphs,statements",
        &["lead", "<article", "<p>", "og:title"],
        &["<title>Storm"],
    );
}

#[test]
fn names_that_were_alike_stay_alike_and_half_of_them_keep_their_meaning() {
    let page = under("names");
    let class = |after: &str| {
        let value = page.split(after).nth(1).expect("the element is there");
        value.split('"').next().expect("a value").to_owned()
    };
    let wide = class("<a class=\"");
    assert!(class("<body class=\"").ends_with(&wide));
    assert_eq!(class("<amp-img class=\""), wide);
    assert_eq!(class("href=\"#"), class("<article id=\""));

    let many: Vec<String> = (0..400)
        .map(|n| format!("<i class=\"word{n}\"></i>"))
        .collect();
    let half = Guise::named("half")
        .expect("a guise")
        .put_on(&many.concat());
    let kept = half.matches("class=\"word").count();
    assert!((150..250).contains(&kept), "{kept} of 400");
}

#[test]
fn a_word_that_names_no_guise_is_refused() {
    assert_eq!(Guise::named("names,classes"), None);
    assert_eq!(Guise::named(""), None);
    assert!(Guise::words().contains("statements"));
}
