//! The language of an article: the one its page states, unless its headline or its text belies that;
//! where nothing is stated the one its text is in.
//!
//! Texts are told apart by whatlang, by their trigrams (W. Cavnar and J. Trenkle, 1994).

use std::sync::LazyLock;

use whatlang::{Detector, Lang};

use crate::config::outlet::Outlet;
use crate::extract::body::line::Line;
use crate::extract::document::head::{Head, language_tag};
use crate::extract::document::jsonld::JsonLd;

/// Letters of a text that decide, and no more of them are looked at than this.
const LETTERS: (usize, usize) = (120, 800);
/// Letters that decide in scripts in which one is a syllable or a word.
const SYLLABLES: usize = 40;

/// No newspaper is written in these, and much that is no prose looks like them.
static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::with_denylist(vec![Lang::Epo, Lang::Lat, Lang::Aka, Lang::Jav]));

/// What an article's language is: by what its page has `stated`, the outlet's own setting and the text, in
/// this order.
///
/// An `en` over a text that is not English is what many templates say by themselves: the text is right.
pub(crate) fn of_article(
    stated: Option<String>,
    outlet: Option<&Outlet>,
    lines: &[Line],
) -> Option<String> {
    let text: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    decided(
        stated,
        outlet.and_then(|outlet| outlet.language.as_deref()),
        &text,
    )
}

fn decided(stated: Option<String>, outlet: Option<&str>, text: &[&str]) -> Option<String> {
    let detected = || {
        let mut looked_at = String::new();
        for line in text {
            looked_at.push_str(line);
            looked_at.push('\n');
            if looked_at.len() > 4 * LETTERS.1 {
                break;
            }
        }
        of_text(&looked_at)
    };
    match stated {
        Some(tag) if tag.split('-').next() == Some("en") && !is_english(text) => {
            Some(detected().map_or(tag, str::to_owned))
        }
        Some(tag) => Some(tag),
        None => outlet.or_else(detected).map(str::to_owned),
    }
}

/// Whether a text has the words that no English one of some length does without.
fn is_english(text: &[&str]) -> bool {
    const WORDS: [&str; 11] = [
        "the", "of", "and", "to", "that", "for", "with", "was", "by", "is", "from",
    ];
    let (mut words, mut english) = (0, 0);
    let all = text.iter().flat_map(|line| line.split_whitespace());
    for word in all.take(200) {
        words += 1;
        english += usize::from(WORDS.iter().any(|one| one.eq_ignore_ascii_case(word)));
    }
    english * 12 >= words
}

/// The language of a text of some length, as a primary subtag (BCP 47); nothing where it is not clear.
pub(crate) fn of_text(text: &str) -> Option<&'static str> {
    let mut letters = 0;
    let end = text
        .char_indices()
        .find(|(_, c)| {
            letters += usize::from(c.is_alphabetic());
            letters > LETTERS.1
        })
        .map_or(text.len(), |(at, _)| at);
    let found = DETECTOR.detect(&text[..end])?;
    let enough = match found.lang() {
        Lang::Cmn | Lang::Jpn | Lang::Kor => SYLLABLES,
        _ => LETTERS.0,
    };
    (found.is_reliable() && letters >= enough).then(|| subtag(found.lang()))
}

/// The subtag that is registered for a language: the shortest code of ISO 639 that it has.
fn subtag(language: Lang) -> &'static str {
    match language {
        Lang::Afr => "af",
        Lang::Aka => "ak",
        Lang::Amh => "am",
        Lang::Ara => "ar",
        Lang::Aze => "az",
        Lang::Bel => "be",
        Lang::Ben => "bn",
        Lang::Bul => "bg",
        Lang::Cat => "ca",
        Lang::Ces => "cs",
        Lang::Cmn => "zh",
        Lang::Cym => "cy",
        Lang::Dan => "da",
        Lang::Deu => "de",
        Lang::Ell => "el",
        Lang::Eng => "en",
        Lang::Epo => "eo",
        Lang::Est => "et",
        Lang::Fin => "fi",
        Lang::Fra => "fr",
        Lang::Guj => "gu",
        Lang::Heb => "he",
        Lang::Hin => "hi",
        Lang::Hrv => "hr",
        Lang::Hun => "hu",
        Lang::Hye => "hy",
        Lang::Ind => "id",
        Lang::Ita => "it",
        Lang::Jav => "jv",
        Lang::Jpn => "ja",
        Lang::Kan => "kn",
        Lang::Kat => "ka",
        Lang::Khm => "km",
        Lang::Kor => "ko",
        Lang::Lat => "la",
        Lang::Lav => "lv",
        Lang::Lit => "lt",
        Lang::Mal => "ml",
        Lang::Mar => "mr",
        Lang::Mkd => "mk",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Nld => "nl",
        Lang::Nob => "nb",
        Lang::Ori => "or",
        Lang::Pan => "pa",
        Lang::Pes => "fa",
        Lang::Pol => "pl",
        Lang::Por => "pt",
        Lang::Ron => "ro",
        Lang::Rus => "ru",
        Lang::Sin => "si",
        Lang::Slk => "sk",
        Lang::Slv => "sl",
        Lang::Sna => "sn",
        Lang::Spa => "es",
        Lang::Srp => "sr",
        Lang::Swe => "sv",
        Lang::Tam => "ta",
        Lang::Tel => "te",
        Lang::Tgl => "tl",
        Lang::Tha => "th",
        Lang::Tuk => "tk",
        Lang::Tur => "tr",
        Lang::Ukr => "uk",
        Lang::Urd => "ur",
        Lang::Uzb => "uz",
        Lang::Vie => "vi",
        Lang::Yid => "yi",
        Lang::Zul => "zu",
    }
}

/// The language as the page states it, first statement first. A statement that `shown`, its headline,
/// belies by its letters is a template's and not the article's: an `en` over a headline in Cyrillic.
pub(crate) fn stated(head: &Head, data: &JsonLd, shown: Option<&str>) -> Option<String> {
    let script = shown.and_then(script_of);
    let metas = ["content-language", "language", "dc.language", "og:locale"];
    head.language
        .clone()
        .into_iter()
        .chain(data.text("inLanguage").and_then(|text| language_tag(&text)))
        .chain(
            metas
                .iter()
                .filter_map(|name| language_tag(head.get(&[name])?)),
        )
        .find(|tag| {
            let own = script_of_language(tag);
            script.is_none() || own.is_none() || own == script
        })
}

/// Scripts that tell languages apart; Latin letters stand in texts of all of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Cyrillic,
    Arabic,
    Hebrew,
    EastAsian,
}

/// The script that most letters of a line are of, if that is not Latin.
fn script_of(line: &str) -> Option<Script> {
    let mut letters = 0;
    let mut counts = [0_usize; 4];
    for c in line.chars().filter(|c| c.is_alphabetic()) {
        letters += 1;
        let script = match c {
            '\u{400}'..='\u{52F}' => 0,
            '\u{600}'..='\u{6FF}' | '\u{750}'..='\u{77F}' => 1,
            '\u{5D0}'..='\u{5EA}' => 2,
            '\u{3040}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' => 3,
            _ => continue,
        };
        counts[script] += 1;
    }
    let scripts = [
        Script::Cyrillic,
        Script::Arabic,
        Script::Hebrew,
        Script::EastAsian,
    ];
    let most = (0..counts.len()).max_by_key(|at| counts[*at])?;
    (letters >= 10 && counts[most] * 10 >= letters * 6).then(|| scripts[most])
}

/// The script of a language that is written in one only; none where it has two or is not known.
fn script_of_language(tag: &str) -> Option<Script> {
    match tag.split('-').next()? {
        "en" | "de" | "fr" | "es" | "it" | "pl" | "pt" | "tr" | "nl" | "sv" | "no" | "nb"
        | "da" | "fi" | "cs" | "sk" | "hu" | "ro" | "lt" | "lv" | "et" | "hr" | "sl" | "id"
        | "vi" => Some(Script::Latin),
        "uk" | "ru" | "be" | "bg" | "mk" => Some(Script::Cyrillic),
        "ar" | "fa" | "ur" | "ps" => Some(Script::Arabic),
        "he" | "yi" => Some(Script::Hebrew),
        "zh" | "ja" | "ko" => Some(Script::EastAsian),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::document::page::Page;

    #[test]
    fn a_language_that_the_headline_belies_is_not_the_articles() {
        for (tag, locale, headline, expected) in [
            ("en", "uk_UA", "Міністерство підписало угоду", Some("uk-UA")),
            ("en-US", "", "Міністерство підписало угоду", None),
            ("uk", "en_US", "Apple iPhone 15 Pro", Some("uk")),
            ("ua", "", "Міністерство підписало угоду", Some("uk")),
            ("iw", "", "הממשלה חתמה על הסכם", Some("he")),
            ("sr", "", "Министарство је потписало уговор", Some("sr")),
            ("ja", "", "外務省、新しい合意に署名したと発表", Some("ja")),
            ("en", "", "The ministry signed an agreement", Some("en")),
        ] {
            let html = crate::extract::tree(&format!(
                "<html lang={tag}><meta property=og:locale content='{locale}'>"
            ));
            let page = Page::new(&html);
            let head = Head::read(&page, None);
            let found = stated(&head, &JsonLd::default(), Some(headline));
            assert_eq!(found.as_deref(), expected, "{tag} {headline}");
        }
    }

    #[test]
    fn texts_are_told_apart() {
        for (text, expected) in [
            (
                "The ship that came from the port was with the others, he said. Nobody knew when it would leave \
                 again, and the harbour office had no answer to that question either.",
                "en",
            ),
            (
                "Корабель із вантажем прибув до порту, є підтвердження. Його розвантажать до кінця тижня, \
                 повідомили в адміністрації, а потім він вирушить далі на південь.",
                "uk",
            ),
            (
                "Это был большой корабль, который вышел из порта. Он вернётся к концу недели, сообщили в \
                 администрации, если позволит погода, которая пока не радует.",
                "ru",
            ),
            (
                "Gəmi dünən limana yaxınlaşdı və yükünü boşaltmağa başladı. Liman idarəsi bildirib ki, işlər \
                 həftənin sonuna qədər başa çatdırılacaq və gəmi yenidən yola düşəcək.",
                "az",
            ),
            (
                "船が昨日の夕方に港に入りました。荷物は週末までに降ろされる予定だと港の事務所は発表しました。",
                "ja",
            ),
        ] {
            assert_eq!(of_text(text), Some(expected), "{text}");
        }
        assert_eq!(of_text("Odesa port"), None, "too short");
        assert_eq!(of_text(&"12345 ".repeat(100)), None);
    }

    #[test]
    fn the_text_overrules_what_templates_say_by_themselves() {
        let spanish = "El barco llegó ayer por la tarde al puerto y empezó a descargar los contenedores que \
            traía. La autoridad portuaria espera que el trabajo termine antes del fin de semana.";
        let english = "The ship came to the port on Monday and began to unload the containers that it had \
            brought. The port authority expects the work to end before the week does.";
        let article = |stated: Option<&str>, outlet, text: &str| {
            decided(stated.map(str::to_owned), outlet, &[text])
        };
        for (stated, outlet, text, expected) in [
            (Some("en-US"), None, spanish, Some("es")),
            (Some("en-US"), None, english, Some("en-US")),
            (Some("en"), None, "Barco en el puerto.", Some("en")),
            (Some("fr"), None, spanish, Some("fr")),
            (None, None, spanish, Some("es")),
            (None, Some("ca"), spanish, Some("ca")),
            (None, None, "Barco.", None),
        ] {
            let found = article(stated, outlet, text);
            assert_eq!(found.as_deref(), expected, "{stated:?} {outlet:?} {text}");
        }
    }
}
