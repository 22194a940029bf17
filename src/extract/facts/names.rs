//! Names of people in bylines (cleaning rules M3 and M5): who wrote it, and who is no person.

use super::months::is_weekday;
use super::naming::NAMING;
use super::parted::{parts, without_reporter};
use crate::extract::document::characters::{folded, is_spaceless, normal};
use crate::extract::document::page::{NodeIndex, Page};

/// Names of one article at most.
const MAX_NAMES: usize = 20;

/// The people whom a byline names, in order and once each. `others` are the names of the site
/// and its owners, which are nobody's.
pub(crate) fn people(text: &str, others: &[&str]) -> Vec<String> {
    let line = normal(text);
    if line.len() > 400 {
        return Vec::new();
    }
    let mut names: Vec<String> = Vec::new();
    let shown = bare(&line);
    // "Haber Merkezi" opens like a byline, and is a desk.
    if NAMING.is_nobody(&folded(shown)) {
        return names;
    }
    for part in parts(without_by(shown)) {
        let Some(name) = person(part, others) else {
            continue;
        };
        let key = folded(&name);
        if names.len() < MAX_NAMES && !names.iter().any(|known| folded(known) == key) {
            names.push(name);
        }
    }
    // "Jane Doe, Berlin": one word beside whole names is a place, or what is left of a role.
    if names.iter().any(|name| name.contains(' ')) {
        names.retain(|name| name.contains(' ') || name.chars().any(is_spaceless));
    }
    names
}

/// A line without the brackets around it, as Japanese bylines have them: `【山田太郎】`.
fn bare(line: &str) -> &str {
    let line = line.trim();
    [
        ('【', '】'),
        ('（', '）'),
        ('(', ')'),
        ('[', ']'),
        ('〈', '〉'),
    ]
    .iter()
    .find_map(|(open, close)| {
        let inner = line.strip_prefix(*open)?.strip_suffix(*close)?;
        (!inner.contains(*close)).then_some(inner)
    })
    .map_or(line, behind_place)
}

/// What stands behind the place in brackets: `ワシントン＝山田太郎`.
pub(crate) fn behind_place(inner: &str) -> &str {
    inner
        .split_once(['＝', '='])
        .map_or(inner, |(_, name)| name)
        .trim()
}

/// One value of a structured source, such as JSON-LD's `author.name`: a name in small letters is one
/// too there.
pub(crate) fn stated_person(text: &str, others: &[&str]) -> Vec<String> {
    let names = people(text, others);
    if !names.is_empty() {
        return names;
    }
    let line = normal(text);
    if is_namesake(&line, others) {
        return vec![line];
    }
    let spelt = line
        .chars()
        .all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | '-' | '\'' | '’'));
    if !spelt || !(2..=4).contains(&line.split(' ').count()) {
        return names;
    }
    // Judged with capitals, given as written.
    if people(&capitals(&line), others).len() == 1 {
        vec![line]
    } else {
        names
    }
}

/// Whether a line is a name with one word in it that means something else in other bylines: `Jack
/// London`, `Emily Post`. Only what states an author may be read so.
fn is_namesake(line: &str, others: &[&str]) -> bool {
    let words: Vec<&str> = line.split(' ').collect();
    let known = words
        .iter()
        .filter(|word| NAMING.is_namesake(&word.to_lowercase()))
        .count();
    let plain = |word: &&str| {
        let lower = word.to_lowercase();
        let capital = word.starts_with(|c: char| c.is_uppercase() && !is_spaceless(c));
        let free = !NAMING.rules_out(&lower) && !NAMING.is_role(&lower);
        capital
            && word
                .chars()
                .all(|c| c.is_alphabetic() || matches!(c, '.' | '-' | '\'' | '’'))
            && (NAMING.is_namesake(&lower) || free && !NAMING.is_nobody(&folded(word)))
    };
    (2..=3).contains(&words.len())
        && known == 1
        && words.iter().all(plain)
        && !NAMING.is_nobody(&folded(line))
        && !is_other(line, &folded(line), others)
}

/// The name of what a structured source types as a person: a pen name of one word, in small letters
/// or with digits, is one there.
pub(crate) fn typed_person(text: &str, others: &[&str]) -> Vec<String> {
    let names = stated_person(text, others);
    if !names.is_empty() {
        return names;
    }
    let line = normal(text);
    let key = folded(&line);
    let word = !line.contains([' ', ',', ';', '/', '@', ':', '|'])
        && (3..=30).contains(&line.chars().count())
        && line.chars().any(char::is_alphabetic);
    let free =
        word && !NAMING.is_nobody(&key)
            && !is_other(&line, &key, others)
            && !line.to_lowercase().split(['-', '_', '.']).any(|part| {
                NAMING.rules_out(part) || NAMING.is_role(part) || NAMING.is_nobody(part)
            });
    if free { vec![line] } else { Vec::new() }
}

/// A line with a capital at the head of each word.
fn capitals(line: &str) -> String {
    let words: Vec<String> = line
        .split(' ')
        .map(|word| {
            let mut chars = word.chars();
            chars
                .next()
                .map(|first| first.to_uppercase().chain(chars).collect())
                .unwrap_or_default()
        })
        .collect();
    words.join(" ")
}

/// Whether a text is nothing but the word that opens a byline.
pub(crate) fn is_by(text: &str) -> bool {
    let text = text.trim().trim_end_matches([':', '：']);
    !NAMING.opens_like(text).is_empty() && NAMING.is_opening(&text.to_lowercase())
}

/// The text after the words that open a byline.
pub(crate) fn without_by(line: &str) -> &str {
    let mut line = line.trim().trim_start_matches(['-', '–', '—', ' ']);
    loop {
        let openings = NAMING.opens_like(line);
        if openings.is_empty() {
            return line;
        }
        let head = line.floor_char_boundary(80);
        let lower = line[..head].to_lowercase();
        let opening = openings.iter().find(|by| {
            lower
                .strip_prefix(by.as_str())
                .is_some_and(|rest| rest.starts_with([' ', ':', '：', '/', '／', '\u{a0}']))
        });
        // Lower-casing keeps the length of all these words; where it does not, nothing is cut.
        let Some(rest) = opening.and_then(|by| line.get(by.len()..)) else {
            return line;
        };
        line = rest.trim_start_matches([':', '：', ' ', '/', '／', '\u{a0}']);
    }
}

/// Whether a line says by its first words that it is a byline.
pub(crate) fn opens_byline(line: &str) -> bool {
    // A dash opens what somebody says.
    let line = line.trim();
    without_by(line).len() < line.trim_start_matches(['-', '–', '—', ' ']).len()
}

/// Whether a name is a person's by its form, a given name and one or two others, whoever's site is called so.
pub(crate) fn is_called_so(name: &str) -> bool {
    let words: Vec<&str> = name.split(' ').collect();
    let plain = |word: &&str| {
        let lower = word.to_lowercase();
        let free = !NAMING.rules_out(&lower) && !NAMING.is_role(&lower);
        let capital = word.starts_with(char::is_uppercase);
        free && capital
            && word
                .chars()
                .all(|c| c.is_alphabetic() || matches!(c, '-' | '’' | '\''))
    };
    (2..=3).contains(&words.len())
        && NAMING.is_given(&words[0].to_lowercase())
        && words.iter().all(plain)
        && !NAMING.is_nobody(&folded(name))
}

/// Whether a name is one of the site's or its owner's, or carries the site's address.
fn is_other(name: &str, key: &str, others: &[&str]) -> bool {
    /// Words for "from" of a few languages: `Do UOL` at uol.com.br.
    const FROM: [&str; 16] = [
        "do", "da", "de", "del", "dal", "della", "di", "von", "vom", "aus", "from", "z", "ze", "з",
        "від", "от",
    ];
    let lower = name.to_lowercase();
    let from = lower
        .split_once(' ')
        .filter(|(word, _)| FROM.contains(word));
    let whence = from.map(|(_, rest)| folded(rest)).unwrap_or_default();
    let of_site = others.iter().any(|other| {
        let of_host = || {
            let mut labels = other.split('.');
            other.contains('.') && labels.any(|label| label.len() >= 3 && folded(label) == whence)
        };
        folded(other) == key
            || (other.contains('.') && lower.contains(&other.to_lowercase()))
            || !whence.is_empty() && (folded(other) == whence || of_host())
    });
    of_site && !is_called_so(name)
}

fn person(part: &str, others: &[&str]) -> Option<String> {
    let part = without_by(part.trim());
    // "Jane Doe <jane@port.example>": the address is hers, though the site's name is in it.
    let part = match part.find(['<', '(', '[']) {
        Some(at) if at > 0 && part[at..].contains('@') => &part[..at],
        _ => part,
    };
    // "Deutsche Welle (www.dw.com)": what carries the site's address is the site.
    if is_other(part, &folded(part), others) {
        return None;
    }
    let part = match part.find(['(', '<', '[', '@', '（', '【', '＝']) {
        Some(0) | None => part,
        Some(at) => &part[..at],
    };
    let part = without_place(part);
    let younger = ["Jr.", "Sr."]
        .iter()
        .any(|word| part.trim().ends_with(word));
    let part = without_follower(without_signs(without_reporter(part.trim())));
    let key = folded(part);
    if !(2..=60).contains(&key.chars().count())
        || part.contains('@')
        || part.contains([':', '：', '/', '|'])
        || part.chars().any(|c| c.is_ascii_digit())
        || part.split(' ').any(is_domain)
        || NAMING.is_nobody(&key)
        || is_other(part, &key, others)
        || is_by(part)
        // "Em São Paulo" behind another's name.
        || ["em ", "у ", "в "].iter().any(|place| part.to_lowercase().starts_with(place))
    {
        return None;
    }
    let bare = |word: &str| {
        word.to_lowercase()
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_owned()
    };
    let mut words: Vec<&str> = part.split(' ').filter(|word| !word.is_empty()).collect();
    let ruled_out = |word: &&str| {
        let word = bare(word);
        NAMING.rules_out(&word) || word.split('-').any(|piece| NAMING.rules_out(piece))
    };
    let particle = |word: &&&str| NAMING.is_particle(&bare(word));
    let particles = words.iter().filter(particle).count();
    // A hidden copy for narrow screens stands glued to the shown one: `Jane Doe Jane Doe`.
    let half = words.len() / 2;
    if half >= 2 && words.len() == 2 * half && words[..half] == words[half..] {
        words.truncate(half);
    }
    if words.len() - particles > 6 || words.len() > 12 || words.iter().any(ruled_out) {
        return None;
    }
    // "Jane Doe Chief Editor": what she does follows her name without a sign between.
    let is_role = |word: &&str| {
        let word = bare(word);
        NAMING.is_role(&word)
            || word
                .rsplit_once('-')
                .is_some_and(|(_, last)| NAMING.is_role(last))
    };
    if let Some(role) = words.iter().position(is_role) {
        if role < 2 {
            return None;
        }
        words.truncate(role);
    }
    let cased = words.iter().all(|word| {
        let first = word.chars().find(|c| c.is_alphabetic());
        first.is_none_or(|c| !c.is_lowercase())
            || NAMING.is_particle(&bare(word))
            || ["al-", "el-", "d'", "d’", "l'", "l’"]
                .iter()
                .any(|particle| word.starts_with(particle))
    });
    // "Jane Doe, MD, CFP": degrees and titles stand between commas like names.
    let degree = words.len() == 1
        && part.len() <= 5
        && part.bytes().all(|b| b.is_ascii_uppercase() || b == b'.');
    let stop = if younger { "." } else { "" };
    if words.first().is_some_and(|word| opens_no_name(word)) || part.contains('©') {
        return None;
    }
    // "el Martes" behind a reader's name.
    let mut told = words.iter().filter(|word| !NAMING.is_particle(&bare(word)));
    let weekday = told.next().is_some_and(|word| is_weekday(&bare(word))) && told.next().is_none();
    (cased && !degree && !weekday && !words.is_empty()).then(|| words.join(" ") + stop)
}

/// Whether a word at the head of a line shows that no name follows: `Die Juniorwahl`, `On Bluesky`, what is
/// left of `Text des Volksbegehrens`. In capitals, some are names: `Des Lynam`, `An Nguyen`.
fn opens_no_name(word: &str) -> bool {
    const ALWAYS: [&str; 19] = [
        "the", "die", "das", "ein", "eine", "une", "on", "about", "how", "why", "what", "mit",
        "für", "nach", "über", "wie", "warum", "was", "und",
    ];
    const SMALL: [&str; 8] = ["des", "der", "den", "zur", "zum", "am", "an", "auf"];
    SMALL.contains(&word) || ALWAYS.contains(&word.to_lowercase().as_str())
}

/// A name without the signs around it.
fn without_signs(part: &str) -> &str {
    part.trim_matches(|c: char| c.is_whitespace() || ".,:：*\"“”„-–—@)]】）。»«".contains(c))
}

/// Whether a word is the name of a host: `CNN.com`.
fn is_domain(word: &str) -> bool {
    word.rsplit_once('.').is_some_and(|(name, last)| {
        (2..=6).contains(&last.len())
            && last.bytes().all(|b| b.is_ascii_lowercase())
            && name.len() > 2
    })
}

/// Words that stand between a name and the place or paper it is written in or for.
const BEFORE_PLACES: [&str; 20] = [
    " for ", " For ", " of the ", " Of The ", " für ", " pour ", " para ", " in ", " aus ", " im ",
    " à ", " em ", " Em ", " w ", " we ", " в ", " у ", " из ", " з ", " із ",
];

/// A name without the place behind it: `Jane Doe in Kyiv`. It has two words at least before that.
fn without_place(part: &str) -> &str {
    BEFORE_PLACES
        .iter()
        .filter_map(|place| part.find(place))
        .filter(|at| part[..*at].trim().contains(' '))
        .min()
        .map_or(part, |at| &part[..at])
}

/// A name without the word for what its bearer does behind it, as Japanese and Korean bylines have it.
fn without_follower(name: &str) -> &str {
    let rest = NAMING
        .follows
        .iter()
        .find_map(|word| name.strip_suffix(word.as_str()));
    rest.map(str::trim)
        .filter(|rest| rest.chars().count() >= 2)
        .unwrap_or(name)
}

/// Whether a text opens with a word for a reporter, or has one behind what it opens with.
pub(crate) fn names_reporter(text: &str) -> bool {
    NAMING
        .reporters
        .iter()
        .any(|word| text.find(word.as_str()).is_some_and(|at| at <= 18))
}

/// Whether a text holds a word for what somebody does.
pub(crate) fn names_role(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '-')
        .any(|word| NAMING.is_role(&word.to_lowercase()))
}

/// Whether a name has the form of most: of two to four words, or of a script that does not part them.
pub(crate) fn is_plain(name: &str) -> bool {
    (2..=4).contains(&name.split(' ').count()) || name.chars().any(is_spaceless)
}

/// Whether the words before a node say that the name in it is of one who checked, edited or pictured
/// what another wrote.
pub(crate) fn credits_other(page: &Page<'_>, node: NodeIndex) -> bool {
    /// Nodes before it that are looked through.
    const BEFORE: usize = 5;
    let before = page.nodes[node.saturating_sub(BEFORE)..node].iter().rev();
    let label = before
        .map(|node| node.text.trim())
        .find(|text| !text.is_empty());
    let label = label.unwrap_or_default().trim_end_matches([':', '：', ' ']);
    let start = label.ceil_char_boundary(label.len().saturating_sub(60));
    let lower = label[start..].to_lowercase();
    NAMING.pictures.iter().any(|word| {
        lower.strip_suffix(word.as_str()).is_some_and(|before| {
            before.is_empty() || word.contains(' ') && !before.ends_with(char::is_alphanumeric)
        })
    })
}

/// Whether a name is a whole one: of two words, or of a script that does not part them.
pub(crate) fn is_whole(name: &str) -> bool {
    name.contains(' ') || name.chars().any(is_spaceless) || !name.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(byline: &str, names: &[&str]) {
        assert_eq!(people(byline, &["The Kyiv Independent"]), names, "{byline}");
    }

    #[test]
    fn what_no_name_opens_with_names_nobody() {
        for line in [
            "The Guardian",
            "Die Juniorwahl zur Europawahl",
            "On Bluesky",
            "Text des Volksbegehrens",
            "© Jane Doe",
        ] {
            assert!(people(line, &[]).is_empty(), "{line}");
        }
        assert_eq!(people("Des Lynam", &[]), ["Des Lynam"]);
    }

    #[test]
    fn a_site_may_be_called_by_its_author() {
        let others = ["Polly Barks", "pollybarks.example"];
        assert_eq!(people("Polly Barks", &others), ["Polly Barks"]);
        assert_eq!(people("By Polly Barks", &others), ["Polly Barks"]);
        for site in ["Port Times", "Les Échos", "Miami Today", "Barks"] {
            assert!(people(site, &[site]).is_empty(), "{site}");
        }
    }

    #[test]
    fn from_the_site_is_nobody() {
        for other in ["UOL", "carros.uol.com.br"] {
            assert!(people("Do UOL", &[other]).is_empty(), "{other}");
            assert!(
                people("Do UOL, em São Paulo", &[other]).is_empty(),
                "{other}"
            );
            assert_eq!(people("Do Carmo Lima", &[other]), ["Do Carmo Lima"]);
        }
    }

    #[test]
    fn bylines_name_people_only() {
        check("by Martin Fornusek", &["Martin Fornusek"]);
        check(
            "Von Anna Müller und Peter Schmidt",
            &["Anna Müller", "Peter Schmidt"],
        );
        check("Автор: Уляна Кричковська", &["Уляна Кричковська"]);
        check("By JANE DOE, chief correspondent", &["JANE DOE"]);
        check("Jane Doe (Reuters)", &["Jane Doe"]);
        check("Ursula von der Leyen", &["Ursula von der Leyen"]);
        check("山田太郎", &["山田太郎"]);
        for nobody in [
            "admin",
            "Редакція",
            "Redacción",
            "The Kyiv Independent",
            "Reuters",
            "newsroom",
            "By AFP and dpa",
            "jane@example.org",
            "CNN.com",
            "Hanns-Seidel-Stiftung e.V.",
            "Developed By Jane Doe",
            "Źródło",
            "Снимка: Getty Images",
            "",
        ] {
            check(nobody, &[]);
        }
        check("Jane Doe, Jane Doe", &["Jane Doe"]);
        check("J.K. Doe, R. Stan", &["J.K. Doe", "R. Stan"]);
    }
}
