//! What a block holds and says that texts do not: pieces of evidence, each too weak to decide alone.

use crate::extract::body::form::{Form, has_end_mark, weight};
use crate::extract::body::line::Line;
use crate::extract::body::voice::{Voice, names_platform, services_in, voice_of};
use crate::extract::document::page::{NodeIndex, Page, Tag};

/// What each piece of evidence weighs, and all that is needed. Found by what real pages lose and what redesigned
/// ones leave, with all lists of words switched off.
pub(super) const ENOUGH: i32 = 4;
const READER: i32 = 2;
const HOUSE: i32 = 1;
const ASKS: i32 = 1;
const BRIEF: i32 = 1;
const SITE: i32 = 1;
const PLATFORM: i32 = 1;
const PRICE: i32 = 1;
/// What words of its services weigh at most, each of them one.
const SERVICES: usize = 2;
const SIGN: i32 = 1;
const CONTROL: i32 = 2;
const ICON: i32 = 1;
const LINK: i32 = 1;
const CAMPAIGN: i32 = 1;
const REACHED: i32 = 1;
const WORDLESS: i32 = 1;

/// What a few words weigh at most.
const FEW_WORDS: usize = 140;

/// What a block says, as far as it speaks to the reader or for the house: what of that it speaks `heard`, and with
/// it what is the same in all languages. `apart` says that it stands or is printed otherwise than the text.
pub(super) fn said(lines: &[Line], heard: Voice, apart: bool, sites: &[String]) -> i32 {
    if heard == Voice::default() {
        return 0;
    }
    let question = |line: &Line| {
        line.text.contains(['?', '？', '؟']) && (line.link_count > 0 || is_brief(lines))
    };
    let asks = heard.reader && lines.iter().any(question);
    let brief = (apart || heard.reader && heard.house) && is_brief(lines);
    i32::from(heard.reader) * READER
        + i32::from(heard.house) * HOUSE
        + i32::from(asks) * ASKS
        + i32::from(brief) * BRIEF
        + named_in(lines, sites)
        + services(lines)
}

/// What the words for a house's services weigh.
fn services(lines: &[Line]) -> i32 {
    let said: usize = lines.iter().map(|line| services_in(&line.text)).sum();
    i32::try_from(said.min(SERVICES)).expect("it is small")
}

/// What the words of a block weigh that are the same in all languages: what the site is called, where else it
/// can be followed, what it costs.
fn named_in(lines: &[Line], sites: &[String]) -> i32 {
    let says = |has: &dyn Fn(&str) -> bool| i32::from(lines.iter().any(|line| has(&line.text)));
    let site = |text: &str| {
        /// Bytes of the shortest name that is no other word.
        const SHORTEST: usize = 4;
        sites
            .iter()
            .any(|site| site.len() >= SHORTEST && text.contains(site.as_str()))
    };
    let signed = |text: &str| text.starts_with(is_sign);
    says(&signed) * SIGN
        + says(&site) * SITE
        + says(&names_platform) * PLATFORM
        + says(&has_price) * PRICE
}

/// A sum of money.
fn has_price(text: &str) -> bool {
    const SIGNS: &[char] = &['€', '$', '£', '¥', '₴', '₽', '₺', '₪'];
    const UNITS: &[&str] = &["euro", "zł", "грн", "руб", "dólar", "円"];
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let signed = text.match_indices(SIGNS).any(|(at, sign)| {
        digit(text[..at].trim_end().chars().next_back())
            || digit(text[at + sign.len()..].trim_start().chars().next())
    });
    let unit = |unit: &&str| {
        text.match_indices(*unit)
            .any(|(at, _)| digit(text[..at].trim_end().chars().next_back()))
    };
    signed || UNITS.iter().any(unit)
}

/// Whether a line is set in italics or in small letters from end to end.
pub(super) fn is_small_print(page: &Page<'_>, block: NodeIndex, within: &[NodeIndex]) -> bool {
    let small = |node: NodeIndex| {
        page.upward(node).take_while(|up| *up > block).any(|up| {
            matches!(page.nodes[up].tag, Tag::Em | Tag::I | Tag::Small)
                || page.nodes[up].tag == Tag::Font && page.attribute(up, "size").is_some()
        })
    };
    within
        .iter()
        .filter(|node| page.nodes[**node].text.chars().any(char::is_alphanumeric))
        .all(|node| small(*node))
}

/// What a block weighs by what it holds: a control, a link that is no part of a sentence, somewhere to write
/// to, a sign, no sentence.
pub(super) fn held_by(page: &Page<'_>, within: &[NodeIndex], lines: &[Line]) -> i32 {
    let mut held = 0;
    let (mut control, mut icon, mut reached, mut campaign) = (false, false, false, false);
    for node in within.iter().copied() {
        match page.nodes[node].tag {
            Tag::Button | Tag::Input | Tag::Select | Tag::Textarea | Tag::Audio | Tag::Form => {
                control = true;
            }
            Tag::Svg => icon = true,
            Tag::A => {
                let href = page.attribute(node, "href").unwrap_or_default();
                reached |= href.starts_with("mailto:") || href.starts_with("tel:");
                campaign |= href.contains("utm_") || href.contains("utm=");
            }
            _ => {}
        }
        control |= page.attribute(node, "role") == Some("button");
    }
    let led = |line: &Line| {
        line.link_count > 0
            && (line.links.last()).is_some_and(|link| link.end + 2 >= line.text.len())
    };
    held += if control { CONTROL } else { 0 };
    held += if icon { ICON } else { 0 };
    held += if campaign { CAMPAIGN } else { 0 };
    let reached = reached
        || lines
            .iter()
            .any(|line| has_mail(&line.text) || has_telephone(&line.text));
    held += if reached { REACHED } else { 0 };
    held += if lines.iter().any(led) { LINK } else { 0 };
    let wordless = |line: &Line| line.form != Form::Prose && !has_end_mark(&line.text);
    held += if lines.iter().all(wordless) {
        WORDLESS
    } else {
        0
    };
    held
}

/// A picture of the size of a letter.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{21ff}' | '\u{25a0}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}')
}

/// A few words.
pub(super) fn is_brief(lines: &[Line]) -> bool {
    lines.iter().map(|line| weight(&line.text)).sum::<usize>() <= FEW_WORDS
}

/// An address to write to.
fn has_mail(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..bytes.len().saturating_sub(1)).any(|at| {
        bytes[at] == b'@'
            && bytes[at - 1].is_ascii_alphanumeric()
            && bytes[at + 1].is_ascii_alphanumeric()
    })
}

/// A number to call: seven digits or more, with nothing between them but what parts such numbers.
fn has_telephone(text: &str) -> bool {
    /// Digits of the shortest and of the longest number.
    const DIGITS: std::ops::RangeInclusive<usize> = 7..=14;
    text.split(|c: char| !c.is_ascii_digit() && !" -/.()+".contains(c))
        .any(|run| {
            let digits = run.chars().filter(char::is_ascii_digit).count();
            let parted = run.trim().contains([' ', '-', '/', ')']);
            // `20.11.2026` is a day, `464-2021` is a law, `1914-1918` are years.
            let parts: Vec<&str> = run
                .split(|c: char| !c.is_ascii_digit())
                .filter(|part| !part.is_empty())
                .collect();
            let year =
                |part: &&str| part.len() == 4 && (part.starts_with("19") || part.starts_with("20"));
            let years = parts.last().is_some_and(year) || parts.first().is_some_and(year);
            // `1 200 000` is a sum.
            let sum = !run.contains(['-', '/', '(', '+'])
                && parts.iter().skip(1).all(|part| part.len() == 3);
            DIGITS.contains(&digits) && parted && !years && !sum && parts.len() <= 5
        })
}

/// The voice of some lines together.
pub(super) fn voice_in(lines: &[Line]) -> Voice {
    let mut together = Voice::default();
    for line in lines {
        let voice = voice_of(&line.text);
        together.reader |= voice.reader;
        together.house |= voice.house;
    }
    together
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_to_call_are_told_from_days_years_and_laws() {
        for line in [
            "Call Peggy at 555-0142.",
            "Zadzwoń: 52 555 40 17",
            "Plantão: (54) 5555-0190",
            "Telefon 08152 / 555 01",
            "+380 44 555 01 90",
        ] {
            assert!(has_telephone(line), "{line}");
        }
        for line in [
            "On 20.11.2026 at 10:45",
            "From 1914-1918 it stood empty.",
            "Ley N° 464-2021",
            "It cost 1 200 000 crowns, or 1200000 of them.",
            "1.500 to 2.000 ships",
        ] {
            assert!(!has_telephone(line), "{line}");
        }
    }
}
