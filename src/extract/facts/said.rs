//! What an article says: whether words that a page files it under occur in it at all.

use std::cell::OnceCell;

use crate::extract::body::line::Line;
use crate::extract::document::characters::is_spaceless;

/// Letters of a word that must begin a word of the text; endings differ from case to case.
const STEM: usize = 4;

/// Headline and text of an article, made ready when they are first asked for.
pub(crate) struct Said<'t> {
    title: &'t str,
    lines: &'t [Line],
    words: OnceCell<String>,
}

impl<'t> Said<'t> {
    /// Of a headline and the lines of a text.
    pub(crate) fn of(title: Option<&'t str>, lines: &'t [Line]) -> Self {
        Self {
            title: title.unwrap_or_default(),
            lines,
            words: OnceCell::new(),
        }
    }

    /// Whether all words of a tag occur, each as a word or, but for its ending, as the beginning of one.
    pub(crate) fn holds(&self, tag: &str) -> bool {
        let text = self.words.get_or_init(|| {
            let lines = self.lines.iter().map(|line| line.text.as_str());
            let mut text = String::from(" ");
            for line in [self.title].into_iter().chain(lines) {
                push_words(&mut text, line);
            }
            text
        });
        let mut words = String::from(" ");
        push_words(&mut words, tag);
        let mut any = false;
        let all = words.split_ascii_whitespace().all(|word| {
            any = true;
            if word.chars().any(is_spaceless) {
                return text.contains(word);
            }
            let letters = word.chars().count();
            let stem: String = match letters {
                // The shortest are whole words or none.
                ..STEM => format!(" {word} "),
                STEM => format!(" {word}"),
                _ => {
                    let kept = (letters - letters / 4).max(STEM);
                    [' '].into_iter().chain(word.chars().take(kept)).collect()
                }
            };
            text.contains(&stem)
        });
        any && all
    }
}

/// Appends the words of a line in small letters, a space behind each.
fn push_words(text: &mut String, line: &str) {
    for word in line.split(|c: char| !c.is_alphanumeric()) {
        if !word.is_empty() {
            text.extend(word.chars().flat_map(char::to_lowercase));
            text.push(' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::BlockKind;

    #[test]
    fn words_occur_in_any_case_and_not_within_others() {
        let text = "В Верхнем Логу хлебозавод переводят на дрова; new stones; 潮見町の芝居小屋";
        let lines = [Line::of_text(text.to_owned(), BlockKind::Paragraph, true)];
        let said = Said::of(Some("Bread of Ash"), &lines);
        for tag in ["Хлебозаводы", "ash", "芝居小屋", "#bread"] {
            assert!(said.holds(tag), "{tag}");
        }
        for tag in ["news", "tone", "歌舞伎", "", "пекарь"] {
            assert!(!said.holds(tag), "{tag}");
        }
    }
}
