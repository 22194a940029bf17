//! Names of people in bylines (cleaning rules M3 and M5): who wrote it, and who is no person.

use super::characters::{folded, normal};

/// Names of one article at most.
const MAX_NAMES: usize = 20;

/// Words that open a byline, lower case, longest first where one begins another.
const BY: &[&str] = &[
    "written by",
    "reported by",
    "published by",
    "posted by",
    "story by",
    "words by",
    "by",
    "von",
    "vom",
    "par",
    "por",
    "di",
    "de",
    "door",
    "av",
    "af",
    "autor",
    "autorin",
    "author",
    "authors",
    "автор",
    "автори",
    "авторы",
    "текст",
    "text",
    "przez",
    "yazan",
    "oleh",
    "ein artikel von",
    "ein beitrag von",
    "ein kommentar von",
    "eine analyse von",
    "ein gastbeitrag von",
    "interview von",
    "kommentar von",
    "analyse von",
    "aus",
    "от",
    "від",
];

/// Names that are no person's, folded: desks, roles, robots.
const NOBODY: &str = "admin administrator редакція редакция редактор redacción redaccion redaktion redaction rédaction \
    larédaction redazione redakcja redactie redakce newsroom newsdesk staff staffwriter staffreporter \
    staffwriters editor editors editorial editorialstaff editorialboard editorialteam webmaster webdesk \
    onlinedesk desk team agency agencies agencias agenturen agencje press pressrelease guest guestauthor \
    gastautor contributor contributors correspondent unknown anonymous user root news author autor автор \
    none null undefined false true ap afp reuters dpa efe apa sda keystonesda sid kna epd ansa tass тасс \
    interfax pap čtk ctk upi pti ani ians xinhua bloomberg associatedpress theassociatedpress \
    agencefrancepresse europapress dpaafx dpainfocom deutschepresseagentur canadianpress \
    thecanadianpress aap ritzau ntb tt belga anp lusa unian уніан ukrinform укрінформ default system \
    website blog home contact follow share comments subscribe advertisement wordpress";

/// Words that no person's name holds: a text with one is a desk, a role or a company.
const NOT_IN_NAMES: &str = "interview veröffentlicht from redaktion redaction rédaction redacción redazione редакція редакция newsroom desk team agency \
    agentur news online magazine zeitung times media press staff editors correspondents gmbh inc ltd llc \
    limited group network channel tv radio institute university association foundation committee council \
    newspaper journal post tribune herald gazette bureau service services company office editorial \
    nachrichten nachrichtenagentur verlag click read follow subscribe here more about contact \
    advertisement published updated min minutes comments photo photos http https www com";

/// Roles that may stand beside a name, lower case: cut off where a separator parts them.
const ROLES: &str = "correspondent reporter editor writer columnist journalist redakteur redakteurin korrespondent \
    korrespondentin autor autorin staff contributor analyst director chief producer photographer \
    fotograf periodista redactor corresponsal giornalista journaliste host author ressortleiter leiter \
    volontär volontärin chefredakteur chefredakteurin kolumnist analyste manager expert professor \
    founder ceo senior head deputy special political berlin london washington paris wien moskau brüssel \
    кореспондент корреспондент журналіст журналист редактор редакторка md phd ph.d m.d rn rd mph mba jr \
    sr";

/// Particles that stand in small letters inside names.
const PARTICLES: &str = "de da do dos das del della di du des la le van von der den ten ter zu zur zum af av bin bint al el \
    ibn ben y e i dela vom und mac st ó ua ní";

/// The people whom a byline names, in order and once each. `others` are the names of the site
/// and its owners, which are nobody's.
pub(super) fn people(text: &str, others: &[&str]) -> Vec<String> {
    let line = normal(text);
    if line.len() > 400 {
        return Vec::new();
    }
    // "Deutsche Welle (www.dw.com)": what carries the site's address is the site.
    let lower = line.to_lowercase();
    if others
        .iter()
        .any(|other| other.contains('.') && lower.contains(&other.to_lowercase()))
    {
        return Vec::new();
    }
    let line = without_by(&line);
    let mut names: Vec<String> = Vec::new();
    for part in parts(line) {
        let Some(name) = person(part, others) else {
            continue;
        };
        let key = folded(&name);
        if names.len() < MAX_NAMES && !names.iter().any(|known| folded(known) == key) {
            names.push(name);
        }
    }
    names
}

/// One value of a structured source, such as JSON-LD's `author.name`: a name in small letters is one
/// too there.
pub(super) fn stated_person(text: &str, others: &[&str]) -> Vec<String> {
    let names = people(text, others);
    let line = normal(text);
    let small = names.is_empty()
        && line.split(' ').count() >= 2
        && line
            .chars()
            .all(|c| c.is_lowercase() || c == ' ' || c == '.' || c == '-');
    if !small {
        return names;
    }
    // Judged with capitals, given as written.
    let capital: Vec<String> = line
        .split(' ')
        .map(|word| {
            let mut chars = word.chars();
            chars
                .next()
                .map(|first| first.to_uppercase().chain(chars).collect())
                .unwrap_or_default()
        })
        .collect();
    if people(&capital.join(" "), others).is_empty() {
        names
    } else {
        vec![line]
    }
}

/// Whether a text is nothing but the word that opens a byline.
pub(super) fn is_by(text: &str) -> bool {
    let text = text.trim().trim_end_matches(':').to_lowercase();
    matches!(
        text.as_str(),
        "by" | "von"
            | "por"
            | "par"
            | "di"
            | "door"
            | "av"
            | "af"
            | "autor"
            | "author"
            | "автор"
            | "written by"
            | "text"
            | "przez"
    )
}

/// The text after the words that open a byline.
pub(super) fn without_by(line: &str) -> &str {
    let mut line = line.trim();
    loop {
        let lower = line.to_lowercase();
        let opening = BY.iter().filter(|by| {
            lower
                .strip_prefix(**by)
                .is_some_and(|rest| rest.starts_with([' ', ':']) || rest.starts_with("\u{a0}"))
        });
        let Some(by) = opening.max_by_key(|by| by.len()) else {
            return line;
        };
        // Lower-casing keeps the length of all these words; where it does not, nothing is cut.
        let Some(rest) = line.get(by.len()..) else {
            return line;
        };
        line = rest.trim_start_matches([':', ' ', '\u{a0}']);
    }
}

/// Whether a line says by its first words that it is a byline.
pub(super) fn opens_byline(line: &str) -> bool {
    without_by(line).len() < line.trim().len()
}

/// Whether a word stands in a list of words parted by spaces.
fn is_one_of(list: &str, word: &str) -> bool {
    list.split(' ').any(|listed| listed == word)
}

/// Parts a byline into what may be single names.
fn parts(line: &str) -> Vec<&str> {
    let mut parts = vec![line];
    for separator in [
        ",",
        ";",
        "|",
        "/",
        "•",
        "·",
        " and ",
        " und ",
        " y ",
        " et ",
        " e ",
        " и ",
        " і ",
        " й ",
        " та ",
        " & ",
        " og ",
        " och ",
        " ve ",
        " en ",
        " with ",
        " mit ",
        " – ",
        " — ",
        " - ",
        "\u{3001}",
        "\u{30fb}\u{30fb}",
        " oraz ",
        " a ",
    ] {
        parts = parts
            .into_iter()
            .flat_map(|part| part.split(separator))
            .collect();
    }
    parts
}

fn person(part: &str, others: &[&str]) -> Option<String> {
    let part = without_by(part.trim());
    let part = match part.find(['(', '<', '[', '@']) {
        Some(0) | None => part,
        Some(at) => &part[..at],
    };
    let part = part.trim().trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '.' | ','
                    | ':'
                    | '*'
                    | '"'
                    | '“'
                    | '”'
                    | '„'
                    | '-'
                    | '–'
                    | '—'
                    | '@'
                    | ')'
                    | ']'
                    | '»'
                    | '«'
            )
    });
    let key = folded(part);
    let short = key.chars().count();
    if !(2..=60).contains(&short)
        || part.contains('@')
        || part.contains("://")
        || part.chars().any(|c| c.is_ascii_digit())
    {
        return None;
    }
    if is_one_of(NOBODY, &key) || others.iter().any(|other| folded(other) == key) {
        return None;
    }
    let words: Vec<&str> = part.split(' ').filter(|word| !word.is_empty()).collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let bare = |word: &String| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    if words.len() > 6
        || lower
            .iter()
            .any(|word| is_one_of(NOT_IN_NAMES, &bare(word)))
    {
        return None;
    }
    if lower.iter().any(|word| is_one_of(ROLES, &bare(word))) {
        return None;
    }
    let cased = words.iter().all(|word| {
        let mut letters = word.chars().filter(|c| c.is_alphabetic());
        let first = letters.next();
        first.is_none_or(|c| !c.is_lowercase())
            || is_one_of(PARTICLES, &word.to_lowercase())
            || word.starts_with("al-")
            || word.starts_with("d'")
            || word.starts_with("d’")
            || word.starts_with("el-")
    });
    // "Jane Doe, MD, CFP": degrees and titles stand between commas like names.
    let degree = words.len() == 1
        && part.len() <= 5
        && part.bytes().all(|b| b.is_ascii_uppercase() || b == b'.');
    (cased && !degree && !words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(byline: &str, names: &[&str]) {
        assert_eq!(people(byline, &["The Kyiv Independent"]), names, "{byline}");
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
            "",
        ] {
            check(nobody, &[]);
        }
        check("Jane Doe, Jane Doe", &["Jane Doe"]);
    }
}
