//! Parts a byline into what may be single names: at signs, at the words for "and" of many languages,
//! and before the credits of pictures and editors, who wrote nothing.

use super::naming::NAMING;
use crate::extract::document::characters::is_spaceless;

/// Signs that part names wherever they stand.
const SIGNS: [&str; 14] = [
    ",", ";", "|", "/", "／", "•", "·", "，", "、", "،", "；", " – ", " — ", " - ",
];

/// Words for "and" and "with" that stand in no name.
const WORDS: [&str; 24] = [
    " and ",
    " And ",
    " AND ",
    " und ",
    " et ",
    " и ",
    " та ",
    " & ",
    " og ",
    " och ",
    " ve ",
    " en ",
    " with ",
    " mit ",
    " avec ",
    " con ",
    " com ",
    " oraz ",
    "・・",
    " 通讯员 ",
    " 通訊員 ",
    " 记者 ",
    " 記者 ",
    " 实习生 ",
];

/// Words for "and" that stand inside names, too: `Puig i Cadafalch`, `Ortega y Gasset`, `Costa e Silva`.
const INSIDE: [&str; 7] = [" y ", " e ", " i ", " і ", " й ", " a ", " dhe "];

/// The parts of a byline that may be names, in order.
pub(crate) fn parts(line: &str) -> Vec<&str> {
    let mut parts = vec![without_pictures(line)];
    for separator in SIGNS.into_iter().chain(WORDS) {
        parts = parts
            .into_iter()
            .flat_map(|part| part.split(separator))
            .collect();
    }
    for separator in INSIDE {
        parts = parts
            .into_iter()
            .flat_map(|part| between_names(part, separator))
            .collect();
    }
    parts.into_iter().flat_map(at_glued_and).collect()
}

/// A byline without the credits behind it: `Text: Jane Doe. Photo: John Smith`.
pub(crate) fn without_pictures(line: &str) -> &str {
    let starts = || {
        line.char_indices()
            .scan(' ', |before, (at, c)| {
                let begins = !before.is_alphanumeric() && c.is_alphabetic();
                *before = c;
                Some(begins.then_some(at))
            })
            .flatten()
    };
    let credit = starts().find(|at| {
        let lower = line[*at..line.floor_char_boundary(at + 60)].to_lowercase();
        NAMING.pictures.iter().any(|word| {
            lower
                .strip_prefix(word.as_str())
                .is_some_and(|rest| rest.trim_start().starts_with([':', '：', '/', '／']))
                || word.contains(' ') && lower.starts_with(&format!("{word} "))
        })
    });
    credit.map_or(line, |at| line[..at].trim_end_matches(['.', ' ']))
}

/// Parts at a word that also stands inside names: only where both sides are names of two words, or
/// both of one.
fn between_names<'t>(part: &'t str, separator: &str) -> Vec<&'t str> {
    let words = |text: &str| text.split_whitespace().count();
    match part.split_once(separator) {
        Some((one, other))
            if words(one) >= 2 && words(other) >= 2 || words(one) == 1 && words(other) == 1 =>
        {
            vec![one, other]
        }
        _ => vec![part],
    }
}

/// First names that begin with the letter which glues "and" to the next word in Arabic and Hebrew.
const OWN_LETTER: &[&str] = &[
    "وليد",
    "وائل",
    "وسام",
    "وفاء",
    "وجدي",
    "وجيه",
    "ورد",
    "وردة",
    "وداد",
    "وسيم",
    "وضاح",
    "وهيب",
    "وهبي",
    "وحيد",
    "ولاء",
    "وصال",
    "وديع",
    "وجدان",
    "ורד",
    "ורדה",
    "ויקטור",
    "ויקטוריה",
    "ולדימיר",
    "ויקי",
    "ויטלי",
    "ולרי",
    "ויליאם",
];

/// Parts `أحمد علي وسارة محمود` and `דוד כהן ושרה לוי`, where "and" is the first letter of a word.
fn at_glued_and(part: &str) -> Vec<&str> {
    let part = part.trim();
    if !part.contains(' ') || !part.contains(['و', 'ו']) {
        return vec![part];
    }
    let mut at = 0;
    for (seen, word) in part.split(' ').enumerate() {
        let end = at + word.len();
        let glued = ['و', 'ו']
            .iter()
            .find_map(|and| word.strip_prefix(*and))
            .filter(|rest| rest.chars().count() >= 3 && !OWN_LETTER.contains(&word));
        if let Some(rest) = glued
            && seen >= 2
            && end < part.len()
        {
            return vec![part[..at].trim(), &part[end - rest.len()..]];
        }
        at = end + 1;
    }
    vec![part]
}

/// The name behind a word for a reporter that Chinese glues to it: `记者王小明`, `新华社记者王小明`.
pub(crate) fn without_reporter(name: &str) -> &str {
    let rest = NAMING.reporters.iter().find_map(|word| {
        let (before, rest) = name.split_once(word.as_str())?;
        let short = before.chars().count() <= 6 && before.chars().all(is_spaceless);
        let rest = rest.trim_start_matches([' ', ':', '：']);
        let named = rest
            .split(' ')
            .all(|part| (2..=4).contains(&part.chars().count()) && part.chars().all(is_spaceless));
        (short && named).then_some(rest)
    });
    rest.unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_for_and_inside_a_name_does_not_part_it() {
        for (line, expected) in [
            ("Josep Puig i Cadafalch", vec!["Josep Puig i Cadafalch"]),
            (
                "Jan Kowalski i Anna Nowak",
                vec!["Jan Kowalski", "Anna Nowak"],
            ),
            ("José Ortega y Gasset", vec!["José Ortega y Gasset"]),
            ("Juan Pérez y Ana Ruiz", vec!["Juan Pérez", "Ana Ruiz"]),
            ("Linny y Peter", vec!["Linny", "Peter"]),
            ("أحمد علي وسارة محمود", vec!["أحمد علي", "سارة محمود"]),
            ("أحمد علي وليد حسن", vec!["أحمد علي وليد حسن"]),
            ("דוד כהן ושרה לוי", vec!["דוד כהן", "שרה לוי"]),
            ("Jane Doe. Photo: John Smith", vec!["Jane Doe"]),
            ("Jane Doe; photographs by John Smith", vec!["Jane Doe", ""]),
        ] {
            let found: Vec<&str> = parts(line).into_iter().map(str::trim).collect();
            assert_eq!(found, expected, "{line}");
        }
        assert_eq!(without_reporter("新华社记者王小明"), "王小明");
        assert_eq!(without_reporter("记者协会"), "协会");
    }
}
