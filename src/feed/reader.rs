//! The tolerant reading: any markup that resembles a feed, to drafts of entries.
//!
//! It reads healthy and damaged feeds alike, needs no well-formedness, never fails and never recurses. What
//! it had to overlook is noted with its line. Which element means what is in `names`, what becomes of it in
//! `fields`; here is the structure: what is open, which vocabulary and base address hold, what has ended
//! without saying so.

use std::sync::Arc;

use jiff::tz::TimeZone;
use url::Url;

use crate::feed::bindings::Bindings;
use crate::feed::capture::{Captured, End, Inside, capture};
use crate::feed::draft::Draft;
use crate::feed::entities::{Declared, decode};
use crate::feed::found::Found;
use crate::feed::links;
use crate::feed::names::{self, Element, Vocabulary};
use crate::feed::scan::{Scanner, Token};
use crate::feed::tag::Tag;
use crate::feed::text::TextType;
use crate::feed::values::judge;

/// Deepest nesting that is followed; what lies deeper is read as if it stood at this depth.
const DEPTH_MAX: usize = 200;

/// What an open element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The feed itself.
    Feed,
    /// An entry.
    Item,
    /// Something whose title is not the entry's.
    Aside,
    /// A person.
    Person,
    /// Anything else.
    Plain,
}

#[derive(Debug)]
struct Frame<'a> {
    name: &'a str,
    kind: Kind,
    /// Its own kind, or that of the part around it.
    scope: Kind,
    /// Vocabulary of names without a prefix.
    plain: Vocabulary,
    base: Option<Arc<Url>>,
    /// How many base addresses are in force here.
    bases: usize,
    /// Within an element of which nothing is known: what is said here may be of something else.
    foreign: bool,
}

/// See the module.
pub(super) struct Reader<'a, 'z> {
    pub(super) source: &'a str,
    pub(super) scanner: Scanner<'a>,
    pub(super) bindings: Bindings<'a>,
    pub(super) declared: Declared,
    pub(super) zone: Option<&'z TimeZone>,
    /// Where the feed was found; relative `xml:base` attributes build on it.
    final_address: Option<&'z Url>,
    stack: Vec<Frame<'a>>,
    /// The entry that is open.
    pub(super) draft: Option<Draft<'a>>,
    /// The person that is open: name, mail, loose text.
    pub(super) person: [String; 3],
    pub(super) found: Found<'a>,
}

impl<'a, 'z> Reader<'a, 'z> {
    pub(super) fn new(source: &'a str, zone: Option<&'z TimeZone>, base: Option<&'z Url>) -> Self {
        Self {
            source,
            scanner: Scanner::new(source),
            bindings: Bindings::default(),
            declared: Declared::default(),
            zone,
            final_address: base,
            stack: Vec::new(),
            draft: None,
            person: Default::default(),
            found: Found::default(),
        }
    }

    /// Reads to the end.
    pub(super) fn read(mut self) -> Found<'a> {
        loop {
            let before = self.scanner.at;
            let Some(token) = self.scanner.next() else {
                break;
            };
            match token {
                Token::Start(tag) => {
                    if !self.start(tag, before) {
                        break;
                    }
                }
                Token::End(name) => self.end(name, before),
                Token::Text(text) => self.loose(&decode(text)),
                Token::Cdata(text) => self.loose(text),
                Token::Doctype(text) => self.declared = Declared::read(text),
            }
        }
        self.finish()
    }

    /// Text outside of any value: a person's name, or layout.
    fn loose(&mut self, text: &str) {
        let in_person = self
            .stack
            .last()
            .is_some_and(|top| top.kind == Kind::Person);
        if in_person && self.person[2].len() < 1024 {
            self.person[2].push_str(text);
        }
    }

    /// A start tag at `at`. `false` ends the reading.
    fn start(&mut self, tag: Tag<'a>, at: usize) -> bool {
        self.found.facts.elements += 1;
        self.found.first.get_or_insert(tag.name);
        let mut frame = self.frame(&tag);
        let element = self.bindings.element(tag.name, frame.plain);
        if self.found.root.is_none() && !self.enter_root(&tag, element, at) {
            return true; // what stands before the feed is not kept open
        }
        match element {
            Element::Item => {
                if !self.start_item(&tag, frame.base.as_ref(), at) {
                    return false;
                }
                frame.kind = Kind::Item;
                frame.foreign = false;
            }
            Element::Root | Element::Channel => {
                frame.kind = Kind::Feed;
                self.root_attributes(&tag, frame.base.as_ref());
            }
            _ => {
                let scope = self.scope();
                let element = if frame.foreign {
                    element.demoted()
                } else {
                    element
                };
                frame.foreign |=
                    element == Element::Other && self.is_foreign(tag.name, frame.plain);
                let aside = self.aside(&tag, element, scope);
                if let Some(kind) = aside {
                    frame.kind = kind;
                } else if scope != Kind::Aside
                    && self.field(&tag, element, scope, frame.base.clone(), at)
                {
                    return true;
                }
            }
        }
        self.push(&tag, frame);
        true
    }

    /// Namespaces, base and language that a start tag sets.
    fn frame(&mut self, tag: &Tag<'a>) -> Frame<'a> {
        let outer = self.stack.last();
        let mut frame = Frame {
            name: tag.name,
            kind: Kind::Plain,
            scope: self.scope(),
            plain: outer.map_or(Vocabulary::Core, |outer| outer.plain),
            base: outer.and_then(|outer| outer.base.clone()),
            bases: outer.map_or(0, |outer| outer.bases),
            foreign: outer.is_some_and(|outer| outer.foreign),
        };
        if !tag.attributes.contains("xml") {
            return frame;
        }
        for (name, value) in tag.attributes() {
            if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.bindings.bind(prefix, value);
            } else if name == "xmlns" {
                frame.plain = names::of_namespace(value).unwrap_or(Vocabulary::Core);
            } else if name.eq_ignore_ascii_case("xml:base") {
                let outer = frame.base.as_deref().or(self.final_address);
                if let Some(base) = links::base(&decode(value), outer) {
                    frame.base = Some(Arc::new(base));
                    frame.bases += 1;
                    self.found.facts.bases = self.found.facts.bases.max(frame.bases);
                }
            }
        }
        frame
    }

    fn push(&mut self, tag: &Tag<'a>, mut frame: Frame<'a>) {
        if tag.empty {
            return;
        }
        if frame.kind != Kind::Plain {
            frame.scope = frame.kind;
        }
        if self.stack.len() < DEPTH_MAX {
            self.stack.push(frame);
        } else {
            let note = format!("nested deeper than {DEPTH_MAX} elements");
            self.found.notes.add(self.source, self.scanner.at, &note);
        }
        self.found.facts.deepest = self.found.facts.deepest.max(self.stack.len());
    }

    /// An end tag: it closes the innermost element of its name and all within, an entry only by its own.
    fn end(&mut self, name: &str, at: usize) {
        let wall = !self.is_structural(name);
        let open = self.stack.iter().rposition(|frame| {
            frame.name.eq_ignore_ascii_case(name) || (wall && frame.kind == Kind::Item)
        });
        let Some(open) = open.filter(|open| self.stack[*open].name.eq_ignore_ascii_case(name))
        else {
            if self.found.root.is_some() {
                let note = format!("</{}> closes nothing", short(name));
                self.found.notes.add(self.source, at, &note);
            }
            return;
        };
        if open + 1 < self.stack.len() {
            let note = format!("<{}> is not closed", short(self.stack[open + 1].name));
            self.found.notes.add(self.source, at, &note);
        }
        while self.stack.len() > open {
            self.pop();
        }
    }

    fn pop(&mut self) {
        match self.stack.pop().map(|frame| frame.kind) {
            Some(Kind::Item) => self.end_item(),
            Some(Kind::Person) => self.end_person(),
            Some(Kind::Feed | Kind::Aside | Kind::Plain) | None => {}
        }
    }

    /// Closes the entry that is open, whatever else is.
    pub(super) fn end_item(&mut self) {
        if let Some(at) = self
            .stack
            .iter()
            .rposition(|frame| frame.kind == Kind::Item)
        {
            self.stack.truncate(at);
        }
        if let Some(draft) = self.draft.take() {
            self.found.drafts.push(draft);
        }
    }

    /// Closes the person that is open, when something comes that no person has.
    pub(super) fn leave_person(&mut self, at: usize) {
        if let Some(open) = self
            .stack
            .iter()
            .rposition(|frame| frame.kind == Kind::Person)
        {
            self.found
                .notes
                .add(self.source, at, "an author is not closed");
            while self.stack.len() > open {
                self.pop();
            }
        }
    }

    /// What kind of part the reader is in.
    pub(super) fn scope(&self) -> Kind {
        self.stack.last().map_or(Kind::Feed, |top| top.scope)
    }

    /// Captures the inside of an element.
    pub(super) fn value(&mut self, tag: &Tag<'a>, element: Element, at: usize) -> Captured<'a> {
        let unsaid = self.unsaid();
        let stack = &self.stack;
        let vocabulary = stack.last().map_or(Vocabulary::Core, |top| top.plain);
        let bindings = &self.bindings;
        let captured = capture(
            &mut self.scanner,
            self.source,
            tag,
            TextType::of(tag, unsaid),
            &self.declared,
            |inside| judge(element, bindings.element(inside.name, vocabulary), inside),
            |name| {
                let open = stack
                    .iter()
                    .any(|frame| frame.name.eq_ignore_ascii_case(name));
                if open { Inside::Outside } else { Inside::Value }
            },
        );
        let facts = &mut self.found.facts;
        facts.elements += captured.elements;
        facts.deepest = facts.deepest.max(self.stack.len() + captured.depth);
        if captured.end != End::Closed {
            let note = format!("<{}> is not closed", short(tag.name));
            self.found.notes.add(self.source, at, &note);
        }
        if captured.ill_formed {
            let note = format!(
                "<{}> holds an &, a < or a tag that XML forbids",
                short(tag.name)
            );
            self.found.notes.add(self.source, at, &note);
        }
        captured
    }

    fn is_foreign(&self, name: &str, plain: Vocabulary) -> bool {
        let prefix = name.split_once(':').map(|(prefix, _)| prefix);
        let vocabulary = prefix.map_or(plain, |prefix| self.bindings.of(prefix));
        matches!(vocabulary, Vocabulary::Other | Vocabulary::Core)
    }

    fn is_structural(&self, name: &str) -> bool {
        let element = self.bindings.element(name, Vocabulary::Core);
        matches!(element, Element::Item | Element::Channel | Element::Root)
    }

    fn finish(mut self) -> Found<'a> {
        if self.found.root.is_some() && (!self.stack.is_empty() || self.scanner.cut) {
            self.found.notes.add(
                self.source,
                self.source.len(),
                "the feed ends before its end tag",
            );
        }
        if let Some(draft) = self.draft.take() {
            // What was kept of half an entry is whole; without any of these it says nothing.
            let says = [draft.link.rank(), draft.id.rank(), draft.title.rank()];
            if says.iter().any(Option::is_some) {
                self.found.drafts.push(draft);
            }
        }
        self.found
    }
}

/// A name fit for a note.
pub(super) fn short(name: &str) -> String {
    name.chars().take(40).collect()
}
