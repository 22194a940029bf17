//! Filters as a configuration writes them, on one article.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::config;
use crate::model::article::{Block, BlockKind, Content};
use crate::model::id::OutletName;
use crate::notify::sample;

/// The endpoint of a configuration that says this of it.
fn endpoint(lines: &str) -> EndpointSpec {
    let text = format!(
        "[daemon]\noutlets = []\n\
         [[outlet]]\nname = \"post\"\n[[outlet.source]]\nkind = \"feed\"\nurl = \"https://post.example/rss\"\n\
         [[outlet]]\nname = \"times\"\n[[outlet.source]]\nkind = \"feed\"\nurl = \"https://times.example/rss\"\n\
         [[endpoint]]\nname = \"desk\"\nurl = \"https://hooks.example/x\"\n{lines}"
    );
    let loaded = config::from_str(&text, Path::new("."), &BTreeMap::new());
    let loaded = loaded.unwrap_or_else(|mistakes| panic!("{mistakes}\n{lines}"));
    loaded.config.endpoints.into_values().next().unwrap()
}

fn content() -> Content {
    Content {
        title: Some("Air defence over Kyiv".to_owned()),
        authors: vec!["Jane Doe".to_owned()],
        language: Some("en-GB".to_owned()),
        tags: vec!["NATO".to_owned(), "air defence".to_owned()],
        blocks: vec![
            Block::plain(BlockKind::Paragraph, "NATO met in the morning."),
            Block::plain(BlockKind::Paragraph, "Nothing else was said by anybody."),
        ],
        free: Some(true),
        ..Content::default()
    }
}

/// Checks what a filter says of the article, and that routing and explaining agree.
#[track_caller]
fn check(lines: &str, passes: bool) -> Decision {
    let content = content();
    let outlet = OutletName::new("post");
    let facts = ArticleFacts::of(&outlet, &content, false);
    let endpoint = endpoint(lines);
    let decision = decide(&endpoint, EventKind::ArticleNew, &facts, false);
    assert_eq!(decision.passes, passes, "{lines}\n{:#?}", decision.steps);
    assert_eq!(
        wants(&endpoint, EventKind::ArticleNew, Some(&facts)),
        passes,
        "{lines}"
    );
    decision
}

#[test]
fn each_rule_lets_pass_or_holds_back() {
    for (rule, passes) in [
        ("any = [\"x\", \"air defen[cs]e\"]", true),
        ("any = [\"nato\"]", true),
        ("any = [\"football\"]", false),
        ("none = [\"nothing ELSE\"]", false),
        ("none = [\"football\"]", true),
        ("all = [\"nato\", \"kyiv\"]", true),
        ("all = [\"nato\", \"football\"]", false),
        ("title = [\"kyiv$\"]", true),
        ("title = [\"nato\"]", false),
        ("outlets = [\"post\"]", true),
        ("outlets = [\"times\"]", false),
        ("languages = [\"en\"]", true),
        ("languages = [\"uk\"]", false),
        ("tags = [\"#nato\"]", true),
        ("tags = [\"sport\", \"Air Defence\"]", true),
        ("tags = [\"defence\"]", false),
        ("bylines = [\"^jane\\\\b\"]", true),
        ("bylines = [\"john\"]", false),
        ("min_words = 11", true),
        ("min_words = 12", false),
        ("paywalled = false", true),
        ("paywalled = true", false),
        ("original = false", true),
        ("original = true", false),
    ] {
        check(&format!("[endpoint.filter]\n{rule}"), passes);
    }
    check("stories = \"all\"", true);
    check("events = [\"article.updated\"]", false);
}

/// An article of which nobody knows yet whether it is the first of its story.
#[test]
fn what_depends_on_the_story_is_left_to_the_store() {
    let content = content();
    let outlet = OutletName::new("post");
    let facts = ArticleFacts::of(&outlet, &content, true);
    let routes = |lines: &str| of_article([endpoint(lines)].iter(), &mut facts.clone());
    let desk = vec![EndpointName::new("desk")];
    let plain = routes("");
    assert_eq!((&plain.on_new, &plain.on_updated), (&desk, &desk));
    assert_eq!(plain.terms, StoryTerms::default());
    assert_eq!(routes("stories = \"first\"").terms.once, desk);
    for (rule, originals, copies) in [
        ("original = true", true, false),
        ("original = false", false, true),
        ("none = [{ original = true }]", false, true),
        ("any = [\"nato\", { original = true }]", false, false),
    ] {
        let routes = routes(&format!("[endpoint.filter]\n{rule}"));
        assert_eq!(routes.on_new, desk, "{rule}");
        assert_eq!(routes.terms.originals == desk, originals, "{rule}");
        assert_eq!(routes.terms.copies == desk, copies, "{rule}");
    }
    assert_eq!(routes("events = [\"article.updated\"]").on_new, []);
    // Whose filter it does not pass hears of a correction, if it was told of the article before.
    let football = |events: &str| {
        routes(&format!(
            "{events}\n[endpoint.filter]\nany = [\"football\"]"
        ))
    };
    let held = football("");
    assert_eq!((&held.on_new, &held.on_updated), (&vec![], &vec![]));
    assert_eq!(held.terms.if_told, desk);
    assert_eq!(football("events = [\"article.new\"]"), Routes::default());
}

#[test]
fn the_first_of_a_story_is_explained() {
    let content = content();
    let outlet = OutletName::new("post");
    let endpoint = endpoint("stories = \"first\"");
    for (original, told, passes) in [
        (true, false, true),
        (false, false, false),
        (false, true, true),
    ] {
        let facts = ArticleFacts::of(&outlet, &content, original);
        let decision = decide(&endpoint, EventKind::ArticleNew, &facts, told);
        assert_eq!(decision.passes, passes, "{original} {told}");
    }
}

#[test]
fn groups_nest() {
    for (rule, passes) in [
        (
            "any = [\"football\", { all = [\"nato\", \"kyiv\"], languages = [\"en\"] }]",
            true,
        ),
        ("any = [{ all = [\"nato\", \"london\"] }]", false),
        (
            "none = [{ title = [\"air\"], outlets = [\"times\"] }]",
            true,
        ),
        (
            "none = [{ title = [\"air\"], outlets = [\"post\"] }]",
            false,
        ),
        (
            "all = [{ any = [\"x\", \"nato\"] }, { none = [{ min_words = 100 }] }]",
            true,
        ),
        ("any = [{ any = [{ any = [{ any = [\"nato\"] }] }] }]", true),
    ] {
        check(&format!("[endpoint.filter]\n{rule}"), passes);
    }
    check(
        "[[endpoint.filter.any]]\ntags = [\"sport\"]\n[[endpoint.filter.any]]\ntags = [\"nato\"]",
        true,
    );
}

#[test]
fn what_a_page_does_not_state_is_not_guessed() {
    let outlet = OutletName::new("post");
    let content = Content::default();
    let facts = ArticleFacts::of(&outlet, &content, true);
    for (rule, passes) in [
        ("languages = [\"en\"]", false),
        ("paywalled = false", true),
        ("paywalled = true", false),
        ("title = [\".*\"]", false),
        ("none = [\"x\"]", true),
        ("tags = [\"x\"]", false),
    ] {
        let endpoint = endpoint(&format!("[endpoint.filter]\n{rule}"));
        let decision = decide(&endpoint, EventKind::ArticleNew, &facts, false);
        assert_eq!(decision.passes, passes, "{rule}: {:?}", decision.steps);
    }
}

#[test]
fn a_decision_says_what_was_found_where() {
    let shown = |lines: &str, passes| -> String {
        let decision = check(lines, passes);
        let steps = decision.steps.iter().map(|step| {
            let mark = if step.holds { '+' } else { '-' };
            format!("{mark} {}: {}\n", step.rule, step.why)
        });
        format!("{lines}\n{}\n", steps.collect::<String>())
    };
    insta::assert_snapshot!(
        "decisions",
        [
            shown("stories = \"all\"", true),
            shown(
                "stories = \"first\"\n[endpoint.filter]\nlanguages = [\"uk\"]\nany = [\"football\", { tags = [\"nato\"], min_words = 1000 }]",
                false
            ),
            shown(
                "[endpoint.filter]\noutlets = [\"post\"]\nall = [\"else.*said\", { title = [\"^air\"] }]\nnone = [\"football\"]\nbylines = [\"doe\"]\npaywalled = false",
                true
            ),
            shown(
                "[endpoint.filter]\nany = [\"morning\"]\nnone = [{ title = [\"kyiv\"], tags = [\"nato\"] }]",
                false
            ),
        ]
        .concat()
    );
}

#[test]
fn routes_name_those_that_want_it_and_a_test_needs_no_subscription() {
    let mut deaf = sample::endpoint("slack");
    deaf.events.clear();
    let endpoints = [sample::endpoint("json"), deaf];
    let names = |kind| routes(&endpoints, kind, None);
    assert_eq!(names(EventKind::SourceFailing), [EndpointName::new("json")]);
    assert_eq!(names(EventKind::Test).len(), 2);
}

/// A term over the letters a, b, c, with what it means.
fn term(depth: u32) -> BoxedStrategy<(String, u8)> {
    // Bit n of a meaning: whether it holds where the letters of n are in the text.
    let letter = (0u8..3).prop_map(|at| {
        let meaning = (0..8).filter(|set| set & (1 << at) != 0);
        let meaning = meaning.fold(0, |bits, set| bits | 1 << set);
        (
            format!("'{}'", ["qa", "qb", "qc"][usize::from(at)]),
            meaning,
        )
    });
    if depth == 0 {
        return letter.boxed();
    }
    let inner = || proptest::collection::vec(term(depth - 1), 1..3);
    let list = |key: &'static str, terms: &[(String, u8)]| {
        let texts: Vec<&str> = terms.iter().map(|(text, _)| text.as_str()).collect();
        format!("{{ {key} = [{}] }}", texts.join(", "))
    };
    prop_oneof![
        letter,
        inner().prop_map(move |terms| (
            list("any", &terms),
            terms.iter().fold(0, |bits, (_, it)| bits | it)
        )),
        inner().prop_map(move |terms| (
            list("all", &terms),
            terms.iter().fold(u8::MAX, |bits, (_, it)| bits & it)
        )),
        inner().prop_map(move |terms| (
            list("none", &terms),
            !terms.iter().fold(0, |bits, (_, it)| bits | it)
        )),
    ]
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_nesting_means_what_logic_says((text, meaning) in term(3)) {
        let endpoint = endpoint(&format!("[endpoint.filter]\nall = [{text}]"));
        let outlet = OutletName::new("post");
        for set in 0u8..8 {
            let letters: Vec<&str> = ["qa", "qb", "qc"].into_iter().enumerate()
                .filter(|(at, _)| set & (1 << at) != 0).map(|(_, it)| it).collect();
            let content = Content {
                blocks: vec![Block::plain(BlockKind::Paragraph, letters.join(" "))],
                ..Content::default()
            };
            let facts = ArticleFacts::of(&outlet, &content, true);
            let expected = meaning & (1 << set) != 0;
            let decision = decide(&endpoint, EventKind::ArticleNew, &facts, false);
            prop_assert_eq!(decision.passes, expected, "{} of {:?}", text, letters);
            prop_assert_eq!(wants(&endpoint, EventKind::ArticleNew, Some(&facts)), expected);
        }
    }
}
