//! Foreign words in Slack's `mrkdwn`: shown as written, never obeyed.
//!
//! Slack knows three escapes (`&`, `<`, `>`) and no other: what would be taken for bold, italic,
//! struck or code is broken with a zero-width space behind the mark, and only where it would be.

use std::borrow::Cow;

use url::Url;

use crate::extract::summary;
use crate::notify::text::{BREAK, one_line};

/// Foreign text in one line of at most `max` characters (UTF-16 units, as Slack may count, after
/// escaping), cut at a sentence end or grapheme.
pub(super) fn text(foreign: &str, max: usize) -> String {
    let line = one_line(foreign);
    let line = inert(&line);
    escape(&summary::cut_by(&line, max, |part| {
        escape(part).encode_utf16().count()
    }))
    .into_owned()
}

/// `<address|label>` of at most `max` characters; the label alone where the address is too long to
/// leave room for it.
pub(super) fn link(url: &Url, label: &str, max: usize) -> String {
    let address = escape(&encode(url.as_str())).into_owned();
    let room = max.saturating_sub(address.encode_utf16().count() + "<|>".len());
    let wanted = label.encode_utf16().count().min(40);
    if room < wanted || room == 0 {
        return text(label, max);
    }
    format!("<{address}|{}>", text(label, room))
}

/// Escapes what Slack obeys.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// What ends a link's address is encoded.
fn encode(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for c in address.chars() {
        match c {
            '|' => out.push_str("%7C"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            c if c.is_whitespace() || c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Breaks marks that would open formatting: at the beginning of a word, with another such mark
/// further on; and the `>` that would make the line a quotation.
pub(super) fn inert(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    if line.starts_with('>') {
        out.push(BREAK);
    }
    let mut left = ['*', '_', '~', '`'].map(|mark| (mark, line.matches(mark).count()));
    let mut before = ' ';
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        if let Some((_, count)) = left.iter_mut().find(|(mark, _)| *mark == c) {
            *count -= 1;
            let opens = !before.is_alphanumeric() && chars.peek().is_some_and(|c| *c != ' ');
            if opens && *count > 0 {
                out.push(BREAK);
            }
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_is_obeyed() {
        let check = |foreign: &str, shown: &str| assert_eq!(text(foreign, 200), shown);
        check(
            "<!channel> & <@U1> <https://x|y>",
            "&lt;!channel&gt; &amp; &lt;@U1&gt; &lt;https://x|y&gt;",
        );
        check("@everyone &lt;", "@everyone &amp;lt;");
        check(
            "*bold* _it_ `code`",
            "*\u{200B}bold* _\u{200B}it_ `\u{200B}code`",
        );
        check(
            "2 * 3 * 4, snake_case_name, ~100 people",
            "2 * 3 * 4, snake_case_name, ~100 people",
        );
        check("> quoted", "\u{200B}&gt; quoted");
        check("a\n\n>b\u{0}\u{202E}c\t d ", "a &gt;bc d");
        check("", "");
    }

    #[test]
    fn a_link_holds_no_end_of_its_own() {
        let url = Url::parse("https://x.example/a|b?c=<d>&e=1").unwrap();
        assert_eq!(
            link(&url, "one | <two>", 300),
            "<https://x.example/a%7Cb?c=%3Cd%3E&amp;e=1|one | &lt;two&gt;>"
        );
        assert_eq!(link(&url, "one two three", 30), "one two three");
    }

    #[test]
    fn escapes_count_toward_the_limit_and_are_never_cut() {
        let short = text(&"&".repeat(100), 23);
        assert_eq!(short, "&amp;&amp;&amp;&amp;…");
        assert!(text(&"😀 ".repeat(100), 21).encode_utf16().count() <= 21);
    }
}
