//! Text made safe for HTML and XML, and an article's blocks as HTML.
//!
//! Everything that came from outside passes through [`Escaped`]; the markup itself is ours.

use std::fmt::{self, Write as _};

use crate::model::article::{Block, BlockKind};

/// Text with `& < > " '` escaped, and without characters that XML 1.0 does not know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\t' | '\n' => f.write_char(character)?,
                '\u{fffe}' | '\u{ffff}' => {}
                _ if character.is_control() => {}
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

/// `address` where a browser may follow it: `http` and `https` only.
pub(super) fn followable(address: &str) -> Option<&str> {
    let scheme = address.split_once(':')?.0;
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")).then_some(address)
}

/// The blocks as HTML: paragraphs, subheads, lists, quotations, links.
pub(super) fn html(blocks: &[Block]) -> String {
    let mut html = String::new();
    let mut list = None;
    for block in blocks {
        let wanted = match block.kind {
            BlockKind::Item(None) => Some("ul"),
            BlockKind::Item(Some(_)) => Some("ol"),
            BlockKind::Paragraph | BlockKind::Heading(_) | BlockKind::Quote | BlockKind::Row => {
                None
            }
        };
        if list != wanted {
            if let Some(open) = list {
                push(&mut html, format_args!("</{open}>"));
            }
            if let Some(open) = wanted {
                push(&mut html, format_args!("<{open}>"));
            }
            list = wanted;
        }
        let words = Linked(block);
        match block.kind {
            BlockKind::Paragraph | BlockKind::Row => {
                push(&mut html, format_args!("<p>{words}</p>"));
            }
            BlockKind::Heading(level) => {
                let level = level.clamp(2, 6);
                push(&mut html, format_args!("<h{level}>{words}</h{level}>"));
            }
            BlockKind::Item(None) => push(&mut html, format_args!("<li>{words}</li>")),
            BlockKind::Item(Some(number)) => {
                push(
                    &mut html,
                    format_args!("<li value=\"{number}\">{words}</li>"),
                );
            }
            BlockKind::Quote => {
                push(
                    &mut html,
                    format_args!("<blockquote><p>{words}</p></blockquote>"),
                );
            }
        }
    }
    if let Some(open) = list {
        push(&mut html, format_args!("</{open}>"));
    }
    html
}

/// Appends to a text.
pub(super) fn push(text: &mut String, what: fmt::Arguments<'_>) {
    text.write_fmt(what)
        .expect("writing to a string cannot fail");
}

/// A block's words with their links; a link whose offsets do not fit is only text.
struct Linked<'a>(&'a Block);

impl fmt::Display for Linked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.text.as_str();
        let mut done = 0;
        for link in &self.0.links {
            let (Some(before), Some(words), Some(href)) = (
                text.get(done..link.start),
                text.get(link.start..link.end),
                followable(&link.href),
            ) else {
                continue;
            };
            write!(
                f,
                "{}<a href=\"{}\">{}</a>",
                Escaped(before),
                Escaped(href),
                Escaped(words)
            )?;
            done = link.end;
        }
        write!(f, "{}", Escaped(text.get(done..).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::Link;

    #[test]
    fn escapes_markup_and_drops_what_xml_does_not_know() {
        assert_eq!(
            Escaped("<a href=\"x\" id='y'>&\0\u{b}\u{85}\u{ffff}é\n").to_string(),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;é\n"
        );
    }

    #[test]
    fn blocks_become_lists_and_links_and_bad_links_become_text() {
        let link = |start, end, href: &str| Link {
            start,
            end,
            href: href.to_owned(),
        };
        let mut paragraph = Block::plain(BlockKind::Paragraph, "see thé <b> page");
        paragraph.links = vec![
            link(0, 3, "https://example.org/?a=1&b=\"2"),
            link(4, 7, "https://example.org/inside-a-character"),
            link(9, 12, "javascript:alert(1)"),
            link(90, 99, "https://example.org/beyond"),
        ];
        let blocks = [
            Block::plain(BlockKind::Heading(9), "Head"),
            paragraph,
            Block::plain(BlockKind::Item(None), "one"),
            Block::plain(BlockKind::Item(Some(3)), "three"),
            Block::plain(BlockKind::Quote, "said"),
        ];
        assert_eq!(
            html(&blocks),
            "<h6>Head</h6><p><a href=\"https://example.org/?a=1&amp;b=&quot;2\">see</a> thé &lt;b&gt; page</p>\
             <ul><li>one</li></ul><ol><li value=\"3\">three</li></ol><blockquote><p>said</p></blockquote>"
        );
    }
}
