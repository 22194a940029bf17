//! What is found by what.

use wireroom::search::{Ask, Part, SearchError, Sort, Within};
use wireroom::store::Cursor;

use super::{Shelf, article, at};

#[test]
fn inflected_forms_find_each_other_in_every_language() {
    let languages: [(&str, &[&str]); 9] = [
        ("uk", &["ракета", "ракети", "ракетами", "ракет"]),
        ("uk-UA", &["Міста", "місту", "містом"]),
        ("ru", &["ракета", "ракетой", "ракеты", "ракетами"]),
        ("en", &["missile", "missiles"]),
        ("de", &["Rakete", "Raketen"]),
        ("fr", &["attaque", "attaques", "attaquée"]),
        ("es", &["misil", "misiles"]),
        ("pl", &["pocisk", "pocisków", "pociskami"]),
        ("it", &["attacco", "attacchi"]),
    ];
    for (language, forms) in languages {
        for stored in forms {
            let mut shelf = Shelf::new();
            let text = format!("xyz {stored} abc");
            let one = article(1, Some(language), "Title", &text);
            shelf.put(std::slice::from_ref(&one));
            for asked in forms {
                assert_eq!(
                    shelf.find(asked),
                    [one.id],
                    "{language}: {stored} by {asked}"
                );
                let lang = format!("{asked} lang:{language}");
                assert_eq!(shelf.find(&lang), [one.id], "{lang}");
            }
            assert!(shelf.find("другого").is_empty());
        }
    }
}

#[test]
fn articles_without_a_language_are_found_by_their_script() {
    let mut shelf = Shelf::new();
    let one = article(1, None, "Without", "ракетами по містах, missiles");
    shelf.put(std::slice::from_ref(&one));
    for asked in ["ракета", "міста", "missile"] {
        assert_eq!(shelf.find(asked), [one.id], "{asked}");
    }
}

#[test]
fn a_question_means_what_it_says() {
    let mut shelf = Shelf::new();
    let mut articles = vec![
        article(
            0,
            Some("en"),
            "Air defence over Kyiv",
            "Patriots shot down drones near Łódź.",
        ),
        article(
            1,
            Some("uk"),
            "Об’єкт у Києві",
            "Протиповітряна оборона збила Су-34 над м’ятним полем.",
        ),
        article(
            2,
            Some("en"),
            "Summit ends",
            "Leaders spoke of air. Then defence was left out.",
        ),
        article(3, Some("zh"), "防空导弹", "乌克兰的防空导弹击落了无人机。"),
        article(
            4,
            Some("en"),
            "Weather",
            "Ukraine’s café culture; kyiv itself.",
        ),
    ];
    articles[2].revision.content.tags = vec!["#NATO".into(), "Air Defence".into()];
    shelf.put(&articles);
    let cases: [(&str, &[usize]); 34] = [
        ("air defence", &[2, 0]),
        ("\"air defence\"", &[0]),
        ("\"AIR Defence over\"", &[0]),
        ("air -kyiv", &[2]),
        ("-air", &[4, 3, 1]),
        ("-\"air defence\" defence", &[2]),
        ("title:air", &[0]),
        ("title:\"summit ends\"", &[2]),
        ("title:drones", &[]),
        ("\"over kyiv patriots\"", &[]),
        ("outlet:odd", &[3, 1]),
        ("outlet:odd outlet:EVEN", &[4, 3, 2, 1, 0]),
        ("lang:en kyiv", &[4, 0]),
        ("lang:uk", &[1]),
        ("-lang:en", &[3, 1]),
        ("tag:nato", &[2]),
        ("tag:\"air defence\"", &[2]),
        ("tag:air", &[]),
        ("patri*", &[0]),
        ("title:summ*", &[2]),
        ("drones OR leaders", &[2, 0]),
        ("drones OR leaders defence", &[2, 0]),
        ("Lodz", &[0]),
        ("ŁÓDŹ", &[0]),
        ("cafe", &[4]),
        ("ukraine", &[4]),
        ("Су-34", &[1]),
        ("су 34", &[1]),
        ("об'єкт", &[1]),
        ("мʼятним", &[1]),
        ("防空", &[3]),
        ("导弹击", &[3]),
        ("防", &[3]),
        ("防弹", &[]),
    ];
    for (question, expect) in cases {
        let expect: Vec<_> = expect.iter().map(|&n| articles[n].id).collect();
        assert_eq!(shelf.find(question), expect, "{question}");
    }
}

#[test]
fn parameters_narrow_what_is_found() {
    let mut shelf = Shelf::new();
    let articles: Vec<_> = (0..6)
        .map(|n| article(n, Some(if n < 3 { "en" } else { "de" }), "Same", "words"))
        .collect();
    shelf.put(&articles);
    let check = |within: Within, expect: &[usize]| {
        let expect: Vec<_> = expect.iter().map(|&n| articles[n].id).collect();
        for sort in Sort::ALL {
            assert_eq!(shelf.within("words", &within, sort), expect, "{within:?}");
        }
    };
    check(Within::default(), &[5, 4, 3, 2, 1, 0]);
    let outlet = Some("Odd".to_owned());
    check(
        Within {
            outlet,
            ..Within::default()
        },
        &[5, 3, 1],
    );
    let language = Some("de".to_owned());
    check(
        Within {
            language,
            ..Within::default()
        },
        &[5, 4, 3],
    );
    let since = Some(at(4));
    check(
        Within {
            since,
            ..Within::default()
        },
        &[5, 4],
    );
    let until = Some(at(4));
    check(
        Within {
            until,
            ..Within::default()
        },
        &[3, 2, 1, 0],
    );
    let (since, until) = (Some(at(2)), Some(at(3)));
    check(
        Within {
            since,
            until,
            ..Within::default()
        },
        &[2],
    );
    check(
        Within {
            since: until,
            until: since,
            ..Within::default()
        },
        &[],
    );
}

#[test]
fn what_fits_best_comes_first() {
    let mut shelf = Shelf::new();
    let filler = "other things that are said at some length ".repeat(20);
    let articles = [
        article(0, Some("en"), "Missile over the sea", &filler),
        article(
            1,
            Some("en"),
            "Nothing",
            &format!("{filler} missiles {filler}"),
        ),
        article(
            2,
            Some("en"),
            "Nothing",
            &format!("{filler} missile {filler}"),
        ),
        article(
            3,
            Some("en"),
            "Nothing",
            &format!("missile missile missile {filler} {filler}"),
        ),
    ];
    shelf.put(&articles);
    let found = shelf.within("missile", &Within::default(), Sort::Relevance);
    let expect: Vec<_> = [0, 3, 2, 1].map(|n: usize| articles[n].id).to_vec();
    assert_eq!(found, expect);
}

#[test]
fn pages_fit_each_other_while_articles_come_in() {
    for sort in Sort::ALL {
        let mut shelf = Shelf::new();
        // Of the same time, so that the identifier decides.
        let articles: Vec<_> = (0..57)
            .map(|n| {
                let text = "same words ".repeat(usize::try_from(n % 5).unwrap() + 1);
                let mut one = article(n, Some("en"), "Title", &text);
                one.stored = at(n / 20);
                one
            })
            .collect();
        shelf.put(&articles);
        let mut expect = shelf.within("words", &Within::default(), sort);
        let ask = Ask::parse("words").unwrap();
        let mut found = Vec::new();
        let mut after = None;
        for round in 0.. {
            let part = Part {
                sort,
                after,
                limit: 10,
            };
            let page = shelf.index.find(&ask, &Within::default(), &part).unwrap();
            assert!(page.articles.len() <= 10);
            found.extend(page.articles);
            after = page.next;
            if after.is_none() {
                break;
            }
            // Newer ones: they stand before all by time, and among the others by relevance.
            let newer = article(100 + round, Some("en"), "Title", "same words and more");
            shelf.put(&[newer]);
        }
        // Those that came in are seen or not; of the others each is, once, in order.
        found.retain(|id| articles.iter().any(|article| article.id == *id));
        assert_eq!(found.len(), 57);
        assert_eq!(found, expect, "{sort:?}");
        expect.dedup();
        assert_eq!(expect.len(), 57);
    }
}

#[test]
fn cursors_from_elsewhere_are_refused_in_words() {
    let mut shelf = Shelf::new();
    shelf.put(&[
        article(1, None, "One", "word"),
        article(2, None, "Two", "word"),
    ]);
    let ask = Ask::parse("word").unwrap();
    let find = |sort, after| {
        let part = Part {
            sort,
            after,
            limit: 1,
        };
        shelf.index.find(&ask, &Within::default(), &part)
    };
    let next = find(Sort::Time, None).unwrap().next;
    assert!(find(Sort::Time, next.clone()).is_ok());
    for (sort, cursor) in [
        (Sort::Relevance, next),
        (Sort::Time, Some(Cursor(Vec::new()))),
        (Sort::Time, Some(Cursor(vec![b't']))),
        (Sort::Time, Some(Cursor(vec![0x7F; 32]))),
        (Sort::Relevance, Some(Cursor(vec![0xFF; 29]))),
    ] {
        let refused = find(sort, cursor);
        assert!(
            matches!(refused, Err(SearchError::Question(_))),
            "{refused:?}"
        );
    }
}

#[test]
fn the_pages_lead_back_as_they_led_on() {
    for (question, sort) in [
        ("words", Sort::Time),
        ("words", Sort::Relevance),
        ("word*", Sort::Relevance),
        ("-nothing", Sort::Relevance),
    ] {
        let mut shelf = Shelf::new();
        let articles: Vec<_> = (0..64)
            .map(|n| {
                let text = "same words ".repeat(usize::try_from(n % 7).unwrap() + 1);
                let mut one = article(n, Some("en"), "Title", &text);
                // Several at one time, and in no order within the index.
                one.stored = at(n * 37 % 64 / 3);
                one
            })
            .collect();
        // Several segments, and some that were removed again.
        for some in articles.chunks(9) {
            shelf.put(some);
        }
        shelf.writer.remove([articles[5].id, articles[40].id]);
        shelf.put(&[]);
        let expect = shelf.within(question, &Within::default(), sort);
        assert_eq!(expect.len(), 62, "{question}");
        let ask = Ask::parse(question).unwrap();
        let part = |after| Part {
            sort,
            after,
            limit: 10,
        };
        let within = Within::default();
        let mut places: Vec<Option<Cursor>> = vec![None];
        let mut found = Vec::new();
        loop {
            let after = places.last().cloned().flatten();
            let page = shelf.index.find(&ask, &within, &part(after)).unwrap();
            found.extend(page.articles);
            let Some(next) = page.next else { break };
            places.push(Some(next));
        }
        assert_eq!(found, expect, "{question} by {sort:?}");
        assert_eq!(places.len(), 7);
        for pair in places.windows(2) {
            let back = shelf.index.before(&ask, &within, &part(pair[1].clone()));
            assert_eq!(back.unwrap(), pair[0], "{question} by {sort:?}");
        }
    }
}
