//! Whole pages of the kinds that papers, magazines and blogs serve: what of them is the text.

use crate::extract::{Input, extract};

/// A paragraph like no other.
fn paragraph(number: u32) -> String {
    format!(
        "<p>Paragraph {number} tells at some length what the harbour office said on Monday of ships, cranes and \
         quays, and why pilot number {number} stays at home.</p>"
    )
}

fn paragraphs(numbers: std::ops::Range<u32>) -> String {
    numbers.map(paragraph).collect()
}

/// The lines of the text of a page with this body.
fn lines(body: &str) -> Vec<String> {
    let page = format!(
        "<html><head><meta property=og:title content='Pilots of the port stay at home'>\
         <link rel=canonical href='https://notes.example.org/2016/05/pilots'></head><body>\
         <article><h1>Pilots of the port stay at home</h1>{body}</article></body></html>"
    );
    let input = Input::of(page.as_bytes());
    let text = extract(&input).expect("there is text").content.text();
    text.split("\n\n").map(str::to_owned).collect()
}

fn check(body: &str, kept: &[&str], gone: &[&str]) {
    let lines = lines(body);
    for line in kept {
        assert!(
            lines.iter().any(|found| found == line),
            "{line}: {lines:#?}"
        );
    }
    for words in gone {
        let found = lines.iter().any(|found| found.contains(words));
        assert!(!found, "{words}: {lines:#?}");
    }
}

#[test]
fn headings_that_lead_to_other_sites_are_the_texts() {
    let body = format!(
        "<div>{}<h3><a href='https://anchor.example.net/'>The Anchor</a></h3>{}\
         <h3><a href='/2016/04/storm'>Storm closes the harbour again</a></h3>{}</div>",
        paragraphs(0..2),
        paragraph(2),
        paragraphs(3..5)
    );
    check(&body, &["The Anchor"], &["Storm closes"]);
}

#[test]
fn headings_that_part_the_text_are_the_texts_wherever_they_lead() {
    let part = |n: u32| format!("<h3><a href='/pier/{n}'>Pier {n}</a></h3>{}", paragraph(n));
    let body: String = (0..4).map(part).collect();
    check(
        &format!("<div>{body}</div>"),
        &["Pier 0", "Pier 1", "Pier 3"],
        &[],
    );
}

#[test]
fn a_list_that_is_announced_may_lead_to_other_sites() {
    let body = format!(
        "<div>{}<p>There are three places to ask in:</p><ul><li><a href='https://a.example.net/'>The office</a>\
         <li><a href='https://b.example.net/'>The union</a><li><a href='https://c.example.net/'>The radio</a></ul>{}\
         <p>More of ours:</p><ul><li><a href='/a'>Divers find the anchor</a><li><a href='/b'>Ministers meet</a></ul>\
         </div>",
        paragraphs(0..3),
        paragraphs(3..6)
    );
    check(
        &body,
        &["• The office", "• The radio"],
        &["Divers", "Ministers"],
    );
}

#[test]
fn a_list_of_things_may_link_some_of_them() {
    let list = |items: &[&str]| format!("<ul><li>{}</ul>", items.join("<li>"));
    let body = format!(
        "<div>{}{}{}{}<p>The watch stands below the window of the office from the morning on, and asks for it.</p>{}</div>",
        list(&[
            "<a href='/agency'>Port News</a> Harbour",
            "Updated: Monday",
            "<a href='/mail'>Write to us</a>"
        ]),
        paragraphs(0..3),
        list(&[
            "<a href='/rope'>Rope</a>",
            "A whistle",
            "<a href='/lamp'>A lamp</a> with oil for two nights",
            "<a href='/hook'>Hooks</a>"
        ]),
        paragraphs(3..5),
        list(&[
            "<a href='/a'>Divers find the anchor</a>",
            "<a href='/b'>Ministers meet</a>, again"
        ]),
    );
    check(
        &body,
        &["• Rope", "• A lamp with oil for two nights", "• Hooks"],
        &["Write to us", "Divers"],
    );
}

#[test]
fn things_that_a_text_goes_through_may_lead_to_other_sites() {
    let names = ["Anchor", "Buoy", "Capstan", "Davit"];
    let things = |address: &str, label: &str| -> String {
        let thing = |(name, n)| {
            let link = format!("<p><a href='{address}{name}'>{label} {name}</a></p>");
            link + &paragraph(n)
        };
        names.into_iter().zip(10..).map(thing).collect()
    };
    let away = things("https://makers.example.net/", "The");
    check(
        &format!("<div>{}{away}</div>", paragraphs(0..2)),
        &["The Anchor", "The Davit"],
        &[],
    );
    let within = things("/2016/", "Read of the");
    check(
        &format!("<div>{}{within}</div>", paragraphs(0..2)),
        &[],
        &["Read of"],
    );
    let asked = away
        .replace("The Anchor", "Ask here")
        .replace("The Buoy", "Ask here");
    check(
        &format!("<div>{}{asked}</div>", paragraphs(0..2)),
        &[],
        &["Ask here"],
    );
}

#[test]
fn parts_that_are_called_alike_are_one_text_whatever_stands_between_them() {
    let headline =
        "<div><a href='/n'>Headline of a day on which ever so much happened in the port</a></div>";
    let headlines = headline.repeat(20);
    let page = |part: &str, other: &str| {
        format!(
            "<section><div><div class='{part}'><div>{}</div></div><div>{headlines}</div>\
             <div class='{other}'><div>{}</div></div></div></section>",
            paragraphs(0..3),
            paragraphs(3..12)
        )
    };
    let opens = "Paragraph 1 tells at some length what the harbour office said on Monday of ships, cranes and quays, and \
                 why pilot number 1 stays at home.";
    check(&page("x1 part", "x1 part"), &[opens], &["Headline"]);
    check(
        &page("x1 part", "y2 other"),
        &[],
        &["Headline", "pilot number 1 "],
    );
}

#[test]
fn a_link_within_a_sentence_is_part_of_it_whatever_it_is_called() {
    let body = format!(
        "<div>{}<p> <a class=recommended href='/c'>Shifts by day</a> are paid for as they were in all the years before \
         this one.</p><p>They will not be paid for the <a class='related-link' href='/a'>night watches</a> of this year, \
         the office says, and it says so every week. <a class='related-link' href='/b'>More on this</a></p></div>",
        paragraphs(0..4)
    );
    let lines = lines(&body);
    assert!(lines[4].starts_with("Shifts by day are paid"), "{lines:#?}");
    let last = lines.last().map(String::as_str).unwrap_or_default();
    assert!(
        last.starts_with("They will not be paid for the night watches of this year"),
        "{last}"
    );
    assert!(!last.contains("More on this"), "{last}");
}

#[test]
fn a_text_opens_with_its_first_words_and_the_heading_over_them() {
    let body = format!(
        "<div><h2>At the quay</h2><p>It rained.</p>{}</div>",
        paragraphs(0..5)
    );
    assert_eq!(lines(&body)[..2], ["At the quay", "It rained."]);
    // The headline in other letters is no heading of the text.
    let body = format!("<div><h2>PILOTS OF THE PORT</h2>{}</div>", paragraphs(0..5));
    assert!(lines(&body)[0].starts_with("Paragraph 0"));
}

#[test]
fn advice_that_names_a_newsletter_is_advice() {
    let body = format!(
        "<div>{}<ul><li>Ask the office what it thinks of the pilots and of their strike, and write it down.\
         <li>Read our newsletter of the port, and those of the other ports along the coast of this country.\
         <li>Go to the quay at night, when the cranes stand still, and count the ships that wait there.</ul></div>",
        paragraphs(0..5)
    );
    let lines = lines(&body);
    assert!(
        lines
            .iter()
            .any(|line| line.contains("those of the other ports")),
        "{lines:#?}"
    );
}

#[test]
fn what_the_text_says_elsewhere_is_not_quoted_large() {
    let said = "We stay at home until we are paid as the others are paid";
    let body = format!(
        "<div>{}<p>“{said},” one of them said to the radio on Monday, and he said so twice.</p>\
         <blockquote class=pullquote><p>{said}.</p><cite>A pilot</cite></blockquote>{}\
         <blockquote class='graf graf--pullquote'>Nobody has asked us what we think of it all.</blockquote>{}</div>",
        paragraphs(0..2),
        paragraphs(2..4),
        paragraphs(4..6)
    );
    let lines = lines(&body);
    assert_eq!(
        lines.iter().filter(|line| line.contains(said)).count(),
        1,
        "{lines:#?}"
    );
    assert!(!lines.iter().any(|line| line == "A pilot"), "{lines:#?}");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("Nobody has asked us")),
        "{lines:#?}"
    );
}

#[test]
fn cards_of_other_articles_go_with_what_they_say() {
    let card = |n: u32| {
        format!(
            "<div class=item><h4><a href='/{n}'>Another article, number {n}</a></h4><p>What it is about is told here in \
             a sentence of some length, as others do it.</p></div>"
        )
    };
    let cards: String = (0..3).map(card).collect();
    let body = format!("<div>{}<div>{cards}</div></div>", paragraphs(0..9));
    check(&body, &[], &["Another article", "What it is about"]);
}

#[test]
fn blocks_of_page_builders_are_text() {
    let widget = |kind: &str, inner: &str| {
        format!(
            "<div class='elementor-element elementor-widget elementor-widget-{kind}'>\
             <div class='elementor-widget-container'>{inner}</div></div>"
        )
    };
    let body = [
        widget("text-editor", &paragraphs(0..4)),
        widget("heading", "<h2>What they ask for</h2>"),
        widget("text-editor", "<p>Two crews, and higher pay.</p>"),
        widget("text-editor", &paragraphs(4..8)),
        "<h2 class='kt-adv-heading_1'>What they get</h2>".to_owned(),
        widget("text-editor", &paragraphs(8..10)),
        widget(
            "sidebar",
            "<p>Follow the port wherever you are, today and tomorrow.</p>",
        ),
    ]
    .concat();
    check(
        &body,
        &[
            "What they ask for",
            "Two crews, and higher pay.",
            "What they get",
        ],
        &["Follow the port"],
    );
}

#[test]
fn lines_that_agencies_papers_and_blogs_add_are_not_the_text() {
    let added = [
        "FILE - In this Jan. 5, 2015 file photo, pilots of the port stand on the quay. (AP Photo/John Doe, File)",
        "Contact the writer: jharbour@notes.example or 714-555-1234. Follow her on Twitter @jharbour.",
        "Copyright 2018 The Associated Press. All rights reserved. This material may not be published, broadcast, \
         rewritten or redistributed.",
        "Image credit: www.port.example",
        "For more news like this, follow us on Facebook.",
        "VIDEO: Pilots on the quay at night",
        "This article appears in the May 2016 issue.",
        "Posted in Ports, Towns",
    ];
    for line in added {
        let body = format!(
            "<div>{}<p>{line}</p>{}</div>",
            paragraphs(0..3),
            paragraphs(3..6)
        );
        let lines = lines(&body);
        assert!(!lines.iter().any(|found| found == line), "{line}");
        assert_eq!(lines.len(), 6, "{line}: {lines:#?}");
    }
}

#[test]
fn what_stands_with_a_picture_says_what_it_shows() {
    let body = format!(
        "<div>{}<div class=sc-a1><div><img src=a.jpg></div><div>Pilots on the quay of the old port</div>\
         <div>REUTERS</div></div>{}<div class=imgbox><div><img src=b.jpg></div><h4>The minister, second left, and the \
         head of the port, left, sign a paper at the office on Monday.</h4><p>Photo: AFP</p></div>{}\
         <p><img src=c.jpg></p><p style='text-align: center'><em>A crane at night</em></p>{}\
         <p><img src=d.jpg></p><p><em>Neptune</em> is the name of the boat that they came in, they say.</p></div>",
        paragraph(0),
        paragraphs(1..3),
        paragraphs(3..5),
        paragraph(5)
    );
    let last = "Neptune is the name of the boat that they came in, they say.";
    let gone = ["Pilots on the quay", "REUTERS", "The minister", "A crane"];
    check(&body, &[last], &gone);
}

#[test]
fn letters_keep_how_they_begin_and_end() {
    let body = format!(
        "<div><p>Dear port,</p>{}<p>Yours, Jane</p></div><div><p>Ports, towns</p></div>",
        paragraphs(0..5)
    );
    check(&body, &["Dear port,", "Yours, Jane"], &["Ports, towns"]);
}

#[test]
fn the_list_under_the_head_of_other_articles_goes_with_it() {
    let body = format!(
        "<div>{}<h3>More great harbour stories</h3><ul><li><a href=/a>Divers find the anchor</a><li>⚓ Looking for a \
         boat? Read what <a href=/b>our testers say</a> of the best of this year's, and of those before.</ul></div>",
        paragraphs(0..5)
    );
    check(&body, &[], &["harbour stories", "Divers", "Looking for"]);
}

#[test]
fn answers_are_text_though_hidden_until_their_question_is_asked() {
    let answer = |n: u32| {
        format!(
            "<div><button aria-controls=answer-{n}><h3>Question {n}?</h3></button></div><div id=answer-{n} class=hidden>\
             <p>Answer {n} is that the pilots stay at home for as long as it takes, and no longer.</p></div>"
        )
    };
    let body = format!(
        "<div>{}{}{}<div id=other class=hidden><p>Something that nobody is shown at all, neither now nor \
         later.</p></div></div>",
        paragraphs(0..4),
        answer(1),
        answer(2)
    );
    let kept = [
        "Question 1?",
        "Answer 2 is that the pilots stay at home for as long as it takes, and no longer.",
    ];
    check(&body, &kept, &["nobody is shown"]);
}

#[test]
fn portraits_cards_and_captions_shown_again_are_not_the_text() {
    let body = format!(
        "<p rel=author><a rel=author href=/jane>Jane Harbour</a></p><p class=intro>Jane Harbour is a writer who has \
         been to all ports of this country and to some others.</p><div>{}<figure><img src=a.jpg><figcaption>A crane \
         fell on the quay on Monday night</figcaption></figure><div class=overlay><p>A crane fell on the quay on \
         Monday night.</p></div>{}</div><section><h2>Recommended reading</h2><div><h3>Divers find the anchor</h3>\
         <p>What was lost in the storm of last year is found at last.</p></div></section>",
        paragraphs(0..3),
        paragraphs(3..8)
    );
    let gone = [
        "a writer who",
        "A crane fell",
        "Recommended",
        "Divers",
        "What was lost",
    ];
    check(&body, &[], &gone);
}
