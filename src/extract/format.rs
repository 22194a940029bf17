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

/// `CommonMark`, with tables as GitHub writes them; what the words hold of its signs is escaped.
pub fn markdown(content: &Content) -> String {
    let mut out = String::new();
    if let Some(title) = &content.title {
        out.push_str("# ");
        out.push_str(&escaped_markdown(title));
        out.push('\n');
    }
    let mut previous = None;
    for part in parts(&content.blocks) {
        let first = part.blocks()[0].kind;
        let tight = matches!(
            (previous, first),
            (Some(BlockKind::Item(_)), BlockKind::Item(_))
        );
        if !tight && !out.is_empty() {
            out.push('\n');
        }
        match part {
            Part::Table(rows) => markdown_table(&mut out, rows),
            Part::One(block) => markdown_block(&mut out, block),
        }
        previous = Some(first);
    }
    out
}

fn markdown_block(out: &mut String, block: &Block) {
    match block.kind {
        BlockKind::Paragraph | BlockKind::Row => {}
        BlockKind::Heading(level) => {
            out.push_str(&"#".repeat(usize::from(level.clamp(2, 6))));
            out.push(' ');
        }
        BlockKind::Item(None) => out.push_str("- "),
        BlockKind::Item(Some(number)) => push(out, format_args!("{number}. ")),
        BlockKind::Quote => out.push_str("> "),
    }
    out.push_str(&markdown_words(block));
    out.push('\n');
}

fn markdown_words(block: &Block) -> String {
    with_links(block, escaped_markdown, |words, href| {
        format!("[{words}]({})", markdown_address(href))
    })
}

/// The first row is the head: a table has one.
fn markdown_table(out: &mut String, rows: &[Block]) {
    let width = (rows.iter().map(|row| cells(&row.text).count()))
        .max()
        .unwrap_or(1);
    for (at, row) in rows.iter().enumerate() {
        let words = markdown_words(row);
        let mut cells: Vec<&str> = cells(&words).collect();
        cells.resize(width.max(cells.len()), "");
        push(out, format_args!("| {} |\n", cells.join(" | ")));
        if at == 0 {
            push(out, format_args!("|{}\n", " --- |".repeat(width)));
        }
    }
}

/// HTML of `h1` to `h6`, `p`, `ul`, `ol`, `li`, `blockquote`, `table`, `tr`, `td` and `a` alone; nothing else gets
/// through.
pub fn html(content: &Content) -> String {
    let mut out = String::new();
    if let Some(title) = &content.title {
        push(&mut out, format_args!("<h1>{}</h1>\n", escaped_html(title)));
    }
    let mut list: Option<(&str, u32)> = None;
    for part in parts(&content.blocks) {
        let wanted = match part.blocks()[0].kind {
            BlockKind::Item(None) => Some(("ul", 0)),
            BlockKind::Item(Some(number)) => Some(("ol", number)),
            _ => None,
        };
        // Two lists may stand one behind the other: the second counts anew.
        let goes_on = match (list, wanted) {
            (Some(("ol", last)), Some(("ol", number))) => last.checked_add(1) == Some(number),
            (list, wanted) => list == wanted,
        };
        if !goes_on {
            if let Some((open, _)) = list {
                push(&mut out, format_args!("</{open}>\n"));
            }
            match wanted {
                Some(("ol", first)) if first != 1 => {
                    push(&mut out, format_args!("<ol start=\"{first}\">\n"));
                }
                Some((open, _)) => push(&mut out, format_args!("<{open}>\n")),
                None => {}
            }
        }
        list = wanted;
        match part {
            Part::Table(rows) => html_table(&mut out, rows),
            Part::One(block) => html_block(&mut out, block),
        }
    }
    if let Some((open, _)) = list {
        push(&mut out, format_args!("</{open}>\n"));
    }
    out
}

fn html_block(out: &mut String, block: &Block) {
    let words = html_words(block);
    match block.kind {
        BlockKind::Paragraph | BlockKind::Row => push(out, format_args!("<p>{words}</p>\n")),
        BlockKind::Heading(level) => {
            let level = level.clamp(2, 6);
            push(out, format_args!("<h{level}>{words}</h{level}>\n"));
        }
        BlockKind::Item(_) => push(out, format_args!("<li>{words}</li>\n")),
        BlockKind::Quote => push(
            out,
            format_args!("<blockquote><p>{words}</p></blockquote>\n"),
        ),
    }
}

fn html_words(block: &Block) -> String {
    with_links(block, escaped_html, |words, href| {
        format!("<a href=\"{}\">{words}</a>", escaped_html(href))
    })
}

fn html_table(out: &mut String, rows: &[Block]) {
    out.push_str("<table>\n");
    for row in rows {
        let words = html_words(row);
        let cells: Vec<String> = cells(&words)
            .map(|cell| format!("<td>{cell}</td>"))
            .collect();
        push(out, format_args!("<tr>{}</tr>\n", cells.concat()));
    }
    out.push_str("</table>\n");
}

/// What is written at once.
#[derive(Clone, Copy)]
enum Part<'b> {
    One(&'b Block),
    /// Rows that follow each other, at least one of them with two cells.
    Table(&'b [Block]),
}

impl<'b> Part<'b> {
    /// Never empty.
    fn blocks(self) -> &'b [Block] {
        match self {
            Self::One(block) => std::slice::from_ref(block),
            Self::Table(rows) => rows,
        }
    }
}

fn parts(blocks: &[Block]) -> impl Iterator<Item = Part<'_>> {
    let mut rest = blocks;
    std::iter::from_fn(move || {
        let is_row = |block: &&Block| block.kind == BlockKind::Row;
        let rows = rest.iter().take_while(is_row).count();
        if rows >= 2 && rest[..rows].iter().any(|row| row.text.contains(BETWEEN)) {
            let (table, behind) = rest.split_at(rows);
            rest = behind;
            return Some(Part::Table(table));
        }
        let (first, behind) = rest.split_first()?;
        rest = behind;
        Some(Part::One(first))
    })
}

/// What stands between the cells of a row.
const BETWEEN: &str = " | ";

/// The cells of a row. A sign inside a link's words or address parts none: it is escaped there.
fn cells(row: &str) -> impl Iterator<Item = &str> {
    row.split(BETWEEN).map(str::trim)
}

/// An address where a link's stands in `CommonMark`: nothing in it ends it, or is read as an entity.
fn markdown_address(href: &str) -> String {
    let mut out = String::with_capacity(href.len());
    for (at, c) in href.char_indices() {
        match c {
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            '\\' => out.push_str("%5C"),
            '|' => out.push_str("%7C"),
            c if c.is_control() => {}
            c if c.is_whitespace() => out.push_str("%20"),
            '&' if is_entity(&href[at..]) => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}

fn is_entity(text: &str) -> bool {
    /// Bytes of the longest entity's name.
    const LONGEST: usize = 32;
    let end = text.bytes().take(LONGEST).position(|byte| byte == b';');
    end.is_some_and(|end| {
        let name = &text.as_bytes()[1..end];
        !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'#')
    })
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
        // A row is parted at bars between blanks: those of the link's words are no such.
        let mut words = escape(words);
        if block.kind == BlockKind::Row {
            words = words.replace(BETWEEN, " \u{a6} ");
        }
        out.push_str(&link(&words, &target.href));
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
        let sign = matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '~'
        );
        // At the beginning of a line these would open a heading, a list or a rule.
        let opening = at == 0 && matches!(c, '#' | '-' | '+' | '=');
        // At the end of a heading it would close it.
        let closing = c == '#' && at + 1 == text.len();
        let numbered = matches!(c, '.' | ')')
            && (1..10).contains(&at)
            && text[..at].bytes().all(|b| b.is_ascii_digit());
        // What stands between two cells is no part of them.
        let bar = c == '|' && !text[..at].ends_with(' ');
        if sign || opening || closing || numbered || bar {
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

    fn rows(texts: &[&str]) -> Content {
        Content {
            blocks: texts
                .iter()
                .map(|text| Block::plain(BlockKind::Row, *text))
                .collect(),
            ..Content::default()
        }
    }

    #[test]
    fn rows_are_a_table() {
        let mut table = rows(&["Port | Ships", "Odesa | 12 | <b>", "a|b"]);
        table.blocks[1].links.push(Link {
            start: 0,
            end: 5,
            href: "https://e.org/(a)|b".into(),
        });
        assert_eq!(
            markdown(&table),
            "| Port | Ships |  |\n| --- | --- | --- |\n| [Odesa](https://e.org/%28a%29%7Cb) | 12 | \\<b\\> |\n| a\\|b |  |  |\n"
        );
        assert_eq!(
            html(&table),
            "<table>\n<tr><td>Port</td><td>Ships</td></tr>\n\
             <tr><td><a href=\"https://e.org/(a)|b\">Odesa</a></td><td>12</td><td>&lt;b&gt;</td></tr>\n\
             <tr><td>a|b</td></tr>\n</table>\n"
        );
        assert_eq!(html(&rows(&["A line | alone"])), "<p>A line | alone</p>\n");
    }

    #[test]
    fn lists_that_count_anew_are_parted() {
        let items = [(1, "one"), (2, "two"), (1, "anew")];
        let content = Content {
            blocks: items
                .map(|(number, text)| Block::plain(BlockKind::Item(Some(number)), text))
                .to_vec(),
            ..Content::default()
        };
        assert_eq!(
            html(&content),
            "<ol>\n<li>one</li>\n<li>two</li>\n</ol>\n<ol>\n<li>anew</li>\n</ol>\n"
        );
    }

    #[test]
    fn addresses_and_signs_do_no_harm() {
        let linked = |href: &str| Content {
            blocks: vec![Block {
                kind: BlockKind::Paragraph,
                text: "1) ~here~ #".into(),
                links: vec![Link {
                    start: 3,
                    end: 9,
                    href: href.into(),
                }],
            }],
            ..Content::default()
        };
        for (href, expected) in [
            (
                "https://e.org/a b)\n&copy;<x>",
                "1\\) [\\~here\\~](https://e.org/a%20b%29&amp;copy;%3Cx%3E) \\#\n",
            ),
            ("javascript:alert(1)", "1\\) \\~here\\~ \\#\n"),
            ("data:text/html,<b>", "1\\) \\~here\\~ \\#\n"),
        ] {
            assert_eq!(markdown(&linked(href)), expected);
        }
        assert_eq!(html(&linked("javascript:alert(1)")), "<p>1) ~here~ #</p>\n");
        assert_eq!(
            html(&linked("https://e.org/\"onclick=\"x")),
            "<p>1) <a href=\"https://e.org/&quot;onclick=&quot;x\">~here~</a> #</p>\n"
        );
    }
}
