//! The article in the forms people ask for: plain text, Markdown, HTML.

use std::fmt::Write as _;

use crate::model::article::{Block, BlockKind, Content};

/// Title and text, paragraphs parted by blank lines.
pub fn text(content: &Content) -> String {
    match &content.title {
        Some(title) => format!("{title}\n\n{}\n", content.text()),
        None => format!("{}\n", content.text()),
    }
}

/// `CommonMark`; what the words hold of its signs is escaped.
pub fn markdown(content: &Content) -> String {
    let mut out = String::new();
    if let Some(title) = &content.title {
        out.push_str("# ");
        out.push_str(&escaped_markdown(title));
        out.push('\n');
    }
    let mut previous = None;
    for block in &content.blocks {
        let tight = matches!(
            (previous, block.kind),
            (Some(BlockKind::Item(_)), BlockKind::Item(_))
        );
        if !tight && !out.is_empty() {
            out.push('\n');
        }
        let words = with_links(block, escaped_markdown, |words, href| {
            let href = href
                .replace('(', "%28")
                .replace(')', "%29")
                .replace(' ', "%20");
            format!("[{words}]({href})")
        });
        match block.kind {
            BlockKind::Paragraph | BlockKind::Row => {}
            BlockKind::Heading(level) => {
                out.push_str(&"#".repeat(usize::from(level.clamp(2, 6))));
                out.push(' ');
            }
            BlockKind::Item(None) => out.push_str("- "),
            BlockKind::Item(Some(number)) => push(&mut out, format_args!("{number}. ")),
            BlockKind::Quote => out.push_str("> "),
        }
        out.push_str(&words);
        out.push('\n');
        previous = Some(block.kind);
    }
    out
}

/// HTML of `h1` to `h6`, `p`, `ul`, `ol`, `li`, `blockquote` and `a` alone; nothing else gets through.
pub fn html(content: &Content) -> String {
    let mut out = String::new();
    if let Some(title) = &content.title {
        push(&mut out, format_args!("<h1>{}</h1>\n", escaped_html(title)));
    }
    let mut list: Option<&str> = None;
    for block in &content.blocks {
        let wanted = match block.kind {
            BlockKind::Item(None) => Some("ul"),
            BlockKind::Item(Some(_)) => Some("ol"),
            _ => None,
        };
        if list != wanted {
            if let Some(open) = list {
                push(&mut out, format_args!("</{open}>\n"));
            }
            match (wanted, block.kind) {
                (Some("ol"), BlockKind::Item(Some(first))) if first != 1 => {
                    push(&mut out, format_args!("<ol start=\"{first}\">\n"));
                }
                (Some(open), _) => push(&mut out, format_args!("<{open}>\n")),
                (None, _) => {}
            }
            list = wanted;
        }
        let words = with_links(block, escaped_html, |words, href| {
            format!("<a href=\"{}\">{words}</a>", escaped_html(href))
        });
        let line = match block.kind {
            BlockKind::Paragraph | BlockKind::Row => format!("<p>{words}</p>\n"),
            BlockKind::Heading(level) => {
                let level = level.clamp(2, 6);
                format!("<h{level}>{words}</h{level}>\n")
            }
            BlockKind::Item(_) => format!("<li>{words}</li>\n"),
            BlockKind::Quote => format!("<blockquote><p>{words}</p></blockquote>\n"),
        };
        out.push_str(&line);
    }
    if let Some(open) = list {
        push(&mut out, format_args!("</{open}>\n"));
    }
    out
}

fn push(out: &mut String, words: std::fmt::Arguments<'_>) {
    out.write_fmt(words)
        .expect("writing to a string cannot fail");
}

/// The block's words, escaped, its links written by `link`. Offsets that do not fit are ignored.
fn with_links(
    block: &Block,
    escape: fn(&str) -> String,
    link: impl Fn(&str, &str) -> String,
) -> String {
    let mut out = String::new();
    let mut at = 0;
    for target in &block.links {
        let safe = target.href.starts_with("http://") || target.href.starts_with("https://");
        let (Some(before), Some(words)) = (
            block.text.get(at..target.start),
            block.text.get(target.start..target.end),
        ) else {
            continue;
        };
        if !safe {
            continue;
        }
        out.push_str(&escape(before));
        out.push_str(&link(&escape(words), &target.href));
        at = target.end;
    }
    out.push_str(&escape(block.text.get(at..).unwrap_or_default()));
    out
}

fn escaped_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

fn escaped_markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let sign = matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&');
        // At the beginning of a line these would open a heading, a list or a rule.
        let opening = at == 0 && matches!(c, '#' | '-' | '+' | '=' | '~');
        let numbered =
            c == '.' && at > 0 && at < 10 && text[..at].bytes().all(|b| b.is_ascii_digit());
        if sign || opening || numbered {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::Link;

    fn article() -> Content {
        let link = Link {
            start: 4,
            end: 8,
            href: "https://e.org/?a=1&b=\"2\"".into(),
        };
        Content {
            title: Some("A <b> & c".into()),
            blocks: vec![
                Block {
                    kind: BlockKind::Paragraph,
                    text: "See this <script>".into(),
                    links: vec![link],
                },
                Block::plain(BlockKind::Heading(3), "# Sub"),
                Block::plain(BlockKind::Item(None), "one"),
                Block::plain(BlockKind::Item(None), "two"),
                Block::plain(BlockKind::Item(Some(3)), "three"),
                Block::plain(BlockKind::Quote, "*said*"),
            ],
            ..Content::default()
        }
    }

    #[test]
    fn html_is_escaped() {
        assert_eq!(
            html(&article()),
            "<h1>A &lt;b&gt; &amp; c</h1>\n<p>See <a href=\"https://e.org/?a=1&amp;b=&quot;2&quot;\">this</a> &lt;script&gt;</p>\n\
             <h3># Sub</h3>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n<ol start=\"3\">\n<li>three</li>\n</ol>\n<blockquote><p>*said*</p></blockquote>\n"
        );
    }

    #[test]
    fn markdown_is_escaped() {
        assert_eq!(
            markdown(&article()),
            "# A \\<b\\> \\& c\n\nSee [this](https://e.org/?a=1&b=\"2\") \\<script\\>\n\n### \\# Sub\n\n- one\n- two\n3. three\n\n> \\*said\\*\n"
        );
    }
}
