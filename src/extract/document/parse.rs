//! HTML to a tree, under guard: a hostile page costs no more than an honest one of its size.
//!
//! html5ever is quadratic in the depth of open elements, in the attributes of one tag, and in the
//! formatting elements it opens again for each paragraph. So the tree has a greatest depth and a
//! greatest size, beyond which start tags are ignored (their text is kept), and tags with absurdly
//! many attributes are cut out before. Nothing here recurses.

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts, TreeSink};
use html5ever::{LocalName, TokenizerResult, local_name, tendril};
use scraper::{Html, HtmlTreeSink};

/// Elements inside one another; browsers stop at 512, honest news pages at about 60.
const MAX_DEPTH: usize = 256;
/// Nodes of one page, those with attributes counted as two; the largest of some thousand news pages
/// looked at had 40,000. With what is read from it a node takes some 200 bytes, so that a page of
/// nothing but tags takes less than ten times its size.
const MAX_NODES: usize = 200_000;
/// Attributes of one tag, roughly counted.
const MAX_ATTRIBUTES: usize = 256;
/// Mistakes of one page that the tokenizer may find: it words a complaint of each, whoever listens.
const MAX_MISTAKES: usize = 100_000;
/// Tokens between two looks at depth and size, which bounds by how much they can be passed.
const LOOK_EVERY: u32 = 32;

type Handle = <HtmlTreeSink as TreeSink>::Handle;

/// Parses a whole document.
pub(crate) fn document(text: &str) -> Html {
    bounded(text).0
}

/// Parses a document, and says whether it had more nodes or mistakes than are looked at.
pub(crate) fn bounded(text: &str) -> (Html, bool) {
    let text = without_monstrous_tags(text);
    let builder = TreeBuilder::new(
        HtmlTreeSink::new(Html::new_document()),
        TreeBuilderOpts::default(),
    );
    let input = Rc::new(BufferQueue::default());
    let guard = Guard {
        builder,
        input: Rc::clone(&input),
        tokens: Cell::new(0),
        attributed: Cell::new(0),
        looked_at: Cell::new(0),
        mistakes: Cell::new(0),
        too_deep: Cell::new(false),
        too_large: Cell::new(false),
    };
    let tokenizer = Tokenizer::new(guard, TokenizerOpts::default());
    input.push_back(tendril::StrTendril::from(text.as_ref()));
    // The end of a script and a declared charset pause the tokenizer; a browser would act on them.
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    tokenizer.end();
    let cut = tokenizer.sink.too_large.get();
    (tokenizer.sink.builder.sink.finish(), cut)
}

struct Guard {
    builder: TreeBuilder<Handle, HtmlTreeSink>,
    /// What the tokenizer has not read yet.
    input: Rc<BufferQueue>,
    tokens: Cell<u32>,
    /// What attributes take, counted in nodes.
    attributed: Cell<usize>,
    /// Nodes at the last look: where there are no more, nothing has changed.
    looked_at: Cell<usize>,
    mistakes: Cell<usize>,
    too_deep: Cell<bool>,
    too_large: Cell<bool>,
}

impl Guard {
    /// The rest of the page is not read.
    fn give_up(&self) {
        self.too_large.set(true);
        self.input.replace_with(BufferQueue::default());
    }

    /// Takes a drawing that has just begun from the input, as far as it holds what drawings hold: nobody reads
    /// what is in one, and the paths of a page's icons are long.
    fn take_drawing(&self) {
        let Some(mut rest) = self.input.peek_front_chunk_mut() else {
            return;
        };
        let end = raw_end(rest.as_bytes(), 0, "svg");
        if end < rest.len() && is_drawing(&rest.as_bytes()[..end]) {
            rest.pop_front(u32::try_from(end).expect("a page is small"));
        }
    }

    /// Takes the contents of a script or style that has just begun from the input: the tokenizer would
    /// go through them line by line, and they are half of a page. A script's are kept whole.
    fn take_raw(&self, name: &LocalName, kind: RawKind, line: u64) {
        let kept = match kind {
            RawKind::ScriptData => true,
            RawKind::Rawtext if *name == local_name!("style") => false,
            _ => return,
        };
        let Some(mut rest) = self.input.peek_front_chunk_mut() else {
            return;
        };
        let end = raw_end(rest.as_bytes(), 0, name);
        // A script with an opened comment may hold end tags that do not end it; rare, and the standard's affair.
        if end == rest.len() || (kept && rest[..end].contains("<!--")) {
            return;
        }
        let end = u32::try_from(end).expect("a page is small");
        let contents = rest.subtendril(0, end);
        rest.pop_front(end);
        drop(rest);
        if kept && end > 0 {
            // A text asks nothing of the tokenizer.
            drop(
                self.builder
                    .process_token(Token::CharacterTokens(contents), line),
            );
        }
    }

    /// Looks at the newest node: how deep it lies, and how many there are.
    fn look(&self) {
        let html = self.builder.sink.0.borrow();
        let nodes = html.tree.values().len();
        if nodes + self.attributed.get() > MAX_NODES {
            self.give_up();
        }
        if self.looked_at.replace(nodes) == nodes {
            return;
        }
        let newest = html.tree.nodes().next_back();
        let depth = newest.map_or(0, |node| node.ancestors().take(MAX_DEPTH + 1).count());
        self.too_deep.set(depth > MAX_DEPTH);
    }
}

impl TokenSink for Guard {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        // Nobody reads comments, and complaints about a page of mistakes take many times its size.
        if matches!(token, Token::CommentToken(_)) {
            return TokenSinkResult::Continue;
        }
        if matches!(token, Token::ParseError(_)) {
            self.mistakes.set(self.mistakes.get() + 1);
            if self.mistakes.get() > MAX_MISTAKES {
                self.give_up();
            }
            return TokenSinkResult::Continue;
        }
        let mut name = None;
        let mut drawing = false;
        if let Token::TagToken(tag) = &token {
            name = Some(tag.name.clone());
            drawing = tag.kind == TagKind::StartTag
                && tag.name == local_name!("svg")
                && !tag.self_closing;
            if !tag.attrs.is_empty() {
                let more = tag.attrs.len().div_ceil(4);
                self.attributed.set(self.attributed.get() + more);
            }
            let tokens = self.tokens.get().wrapping_add(1);
            self.tokens.set(tokens);
            if self.too_deep.get() || tokens.is_multiple_of(LOOK_EVERY) {
                self.look();
            }
            let refused = self.too_deep.get() && tag.kind == TagKind::StartTag;
            if refused || self.too_large.get() {
                return TokenSinkResult::Continue;
            }
        } else if self.too_large.get() && !matches!(token, Token::EOFToken) {
            return TokenSinkResult::Continue;
        }
        let result = self.builder.process_token(token, line);
        if let (TokenSinkResult::RawData(kind), Some(name)) = (&result, name) {
            self.take_raw(&name, *kind, line);
        }
        if drawing {
            self.take_drawing();
        }
        result
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder
            .adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// The text without tags of more than [`MAX_ATTRIBUTES`] attributes; scripts and styles are passed over.
fn without_monstrous_tags(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut kept = String::new();
    let (mut from, mut at) = (0, 0);
    while let Some(step) = text[at..].find('<') {
        let open = at + step;
        let end = tag_end(bytes, open);
        if end.attributes > MAX_ATTRIBUTES {
            kept.push_str(&text[from..open]);
            from = end.position;
        }
        at = end.position.max(open + 1);
        for raw in ["script", "style"] {
            if names(bytes, open + 1, raw) {
                at = raw_end(bytes, at, raw);
            }
        }
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    kept.push_str(&text[from..]);
    Cow::Owned(kept)
}

/// Whether all tags are those of drawings; any other may end the drawing before its end tag.
fn is_drawing(bytes: &[u8]) -> bool {
    const TAGS: &[&[u8]] = &[
        b"path",
        b"g",
        b"circle",
        b"rect",
        b"line",
        b"polygon",
        b"polyline",
        b"ellipse",
        b"use",
        b"defs",
        b"clippath",
        b"mask",
        b"lineargradient",
        b"radialgradient",
        b"stop",
        b"symbol",
        b"title",
        b"desc",
        b"text",
        b"tspan",
        b"image",
        b"pattern",
        b"filter",
        b"animate",
        b"animatetransform",
        b"metadata",
    ];
    let named = |open: usize| {
        let tag = &bytes[open + 1..];
        let tag = tag.strip_prefix(b"/").unwrap_or(tag);
        let length = tag.iter().position(|byte| !byte.is_ascii_alphanumeric());
        let name = &tag[..length.unwrap_or(tag.len())];
        TAGS.iter().any(|known| name.eq_ignore_ascii_case(known))
    };
    memchr::memchr_iter(b'<', bytes).all(named)
}

struct TagEnd {
    /// Just behind the tag's `>`, or behind `<` where none opens there.
    position: usize,
    attributes: usize,
}

/// Where the tag that opens at `open` ends, and about how many attributes it has.
fn tag_end(bytes: &[u8], open: usize) -> TagEnd {
    let mut position = open + 1;
    let mut attributes = 0;
    let slash = usize::from(bytes.get(position) == Some(&b'/'));
    if !bytes
        .get(position + slash)
        .is_some_and(u8::is_ascii_alphabetic)
    {
        return TagEnd {
            position,
            attributes,
        };
    }
    let mut quote = None;
    let mut apart = false;
    while let Some(&byte) = bytes.get(position) {
        position += 1;
        match (quote, byte) {
            (Some(open), close) if open == close => {
                quote = None;
                apart = true;
            }
            (Some(_), _) => {}
            (None, b'>') => break,
            (None, b'"' | b'\'') if bytes[position - 2] == b'=' || bytes[position - 2] == b' ' => {
                quote = Some(byte);
            }
            (None, b'/' | b' ' | b'\t' | b'\n' | b'\r' | 0x0c) => apart = true,
            (None, _) => {
                attributes += usize::from(apart);
                apart = false;
            }
        }
    }
    TagEnd {
        position,
        attributes,
    }
}

fn names(bytes: &[u8], at: usize, name: &str) -> bool {
    bytes
        .get(at..at + name.len())
        .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
}

/// Where the raw text of a script or style ends: at its end tag, or at the end of the page.
fn raw_end(bytes: &[u8], from: usize, name: &str) -> usize {
    let ends = |at: usize| {
        let after = at + 2 + name.len();
        names(bytes, at + 2, name)
            && bytes.get(after).is_some_and(|byte| {
                matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c | b'/' | b'>')
            })
    };
    memchr::memmem::find_iter(&bytes[from..], b"</")
        .map(|step| from + step)
        .find(|at| ends(*at))
        .unwrap_or(bytes.len())
}

#[cfg(test)]
#[expect(clippy::format_collect, reason = "the pages are small")]
mod tests {
    use super::*;

    fn nodes(text: &str) -> usize {
        document(text).tree.values().len()
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let deep = document(&format!(
            "{}deep{}after",
            "<div>".repeat(20_000),
            "</div>".repeat(20_000)
        ));
        let deepest = deep
            .tree
            .nodes()
            .map(|node| node.ancestors().take(2_000).count())
            .max();
        assert!(
            deepest < Some(MAX_DEPTH + 4 * LOOK_EVERY as usize),
            "{deepest:?}"
        );
        let words: String = deep.root_element().text().collect();
        assert_eq!(words, "deepafter");

        let formatting: String = (0..5_000).map(|n| format!("<p><b id=b{n}></p>")).collect();
        assert!(nodes(&formatting) < MAX_NODES + 100_000);
    }

    #[test]
    fn a_page_of_mistakes_is_given_up_and_keeps_what_stood_before_them() {
        let (html, cut) = bounded(&format!("<p>before{}<p>after", "< ".repeat(1 << 20)));
        let words: String = html.root_element().text().collect();
        assert!(cut && words.starts_with("before< < ") && !words.ends_with("after"));
        let (_, cut) = bounded(&"<p>1 < 2 &c;".repeat(10_000));
        assert!(!cut);
    }

    #[test]
    fn scripts_end_where_the_standard_ends_them() {
        for page in [
            "<script>a</script><p>b",
            "<script>if (a</b) '</scripts>' + '</'</SCRIPT\n x=1><p>c",
            "<script><!-- <script>a</script> --></script><p>b",
            "<script><!-- a </script><p>b",
            "<script></script><p>b<script>never ended <p>c",
            "<svg><script>a<p>b</script></svg><p>c",
            "<div><script type='application/ld+json'>{\"a\": \"</div>\"}</script>b</div>c",
            "<textarea><script>a</textarea><p>b</script>c",
            "<style>never ended <p>c",
        ] {
            assert_eq!(
                document(page).html(),
                Html::parse_document(page).html(),
                "{page}"
            );
        }
    }

    #[test]
    fn what_drawings_hold_is_not_kept_and_what_ends_one_does() {
        for (page, expected) in [
            ("<p>a<svg><path d='M0 0'/><title>b</title></svg>c", "ac"),
            ("<p>a<svg/>b<svg viewBox=x><g></g></SVG >c", "abc"),
            ("<p>a<svg><path d=x><p>b</svg>c", "abc"),
            ("<p>a<svg><svg><path></svg>b</svg>c", "abc"),
            (
                "<p>a<svg><foreignObject><p>b</p></foreignObject></svg>c",
                "abc",
            ),
            ("<p>a<svg><path>b<p>c", "abc"),
        ] {
            let words: String = document(page).root_element().text().collect();
            assert_eq!(words, expected, "{page}");
        }
    }

    #[test]
    fn styles_are_not_kept() {
        let page = "<style>p > a { content: '<p>' }</style><p>b<style media=x></STYLE >c";
        let words: String = document(page).root_element().text().collect();
        assert_eq!(words, "bc");
    }

    #[test]
    fn tags_with_too_many_attributes_go_and_nothing_else_does() {
        let attributes: String = (0..100_000).map(|n| format!(" a{n}=x")).collect();
        let page =
            format!("<p>one<a{attributes}>two</p><script>if(a<b) {attributes}</script><p>three");
        let html = document(&page);
        let words: String = html.root_element().text().collect();
        assert!(
            words.starts_with("onetwo") && words.ends_with("three"),
            "{}",
            &words[..80]
        );
        assert!(matches!(
            without_monstrous_tags("<p class='a b'>x<y"),
            Cow::Borrowed(_)
        ));
    }
}
