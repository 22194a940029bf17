//! A question to the engine's queries.
//!
//! A word is looked for as it stands, and by its stem in every language that is written so; what is
//! found as it stands, and in a title, counts for more.

use std::ops::Bound;

use jiff::Timestamp;
use tantivy::Term as Key;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, Occur, PhrasePrefixQuery,
    PhraseQuery, Query, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::ask::{Ask, Place, Term};
use super::schema::{Fields, place_in_time};
use super::stems::Stems;
use super::words::{Script, Word, folded};
use crate::model::tag::comparable_tag;

/// What a word in the title counts, against one in the text.
const TITLE: f32 = 2.0;
/// What a word in another of its forms counts, against the one asked for.
const FORM: f32 = 0.7;
/// Words that a beginning may stand for.
const MOST_BEGUN: u32 = 2000;

/// Which articles are looked through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// Of this outlet.
    pub outlet: Option<String>,
    /// In this language: a primary subtag.
    pub language: Option<String>,
    /// With this tag, whatever its case.
    pub tag: Option<String>,
    /// Stored at or after.
    pub since: Option<Timestamp>,
    /// Stored before.
    pub until: Option<Timestamp>,
}

type Clause = (Occur, Box<dyn Query>);

/// The engine's query for a question.
pub(super) fn plan(fields: &Fields, ask: &Ask, within: &Within) -> BooleanQuery {
    let language = ask.language().or(within.language.as_deref());
    let stems = language.map_or_else(Stems::of_all, Stems::of_language);
    let planner = Planner { fields, stems };
    let mut clauses: Vec<Clause> = Vec::new();
    for group in &ask.all {
        clauses.push((
            Occur::Must,
            any(group.iter().map(|term| planner.term(term))),
        ));
    }
    let filters = [
        within
            .outlet
            .as_ref()
            .map(|name| Term::Outlet(name.to_lowercase())),
        within.language.clone().map(Term::Language),
        within
            .tag
            .as_deref()
            .map(|word| Term::Tag(comparable_tag(word))),
    ];
    for filter in filters.iter().flatten() {
        clauses.push((Occur::Must, planner.term(filter)));
    }
    if within.since.is_some() || within.until.is_some() {
        let key = |time| Key::from_field_i64(fields.stored, place_in_time(time));
        let from = within
            .since
            .map_or(Bound::Unbounded, |time| Bound::Included(key(time)));
        let to = within
            .until
            .map_or(Bound::Unbounded, |time| Bound::Excluded(key(time)));
        clauses.push((Occur::Must, weightless(RangeQuery::new(from, to))));
    }
    if clauses.is_empty() {
        clauses.push((Occur::Must, weightless(AllQuery)));
    }
    for term in &ask.none {
        clauses.push((Occur::MustNot, planner.term(term)));
    }
    BooleanQuery::new(clauses)
}

struct Planner<'a> {
    fields: &'a Fields,
    stems: Stems,
}

impl Planner<'_> {
    fn term(&self, term: &Term) -> Box<dyn Query> {
        let fields = self.fields;
        match term {
            Term::Outlet(name) => named(fields.outlet, name),
            Term::Language(tag) => named(fields.language, tag),
            Term::Tag(tag) => named(fields.tag, tag),
            Term::Word(Place::Title, word) => self.in_title(word),
            Term::Word(Place::Anywhere, word) if is_lone(word) => begun(fields.words, word),
            Term::Word(Place::Anywhere, word) => {
                let forms = self.stems.of(word);
                let mut ways = vec![counted(fields.words, &folded(word))];
                ways.extend(forms.map(|stem| boosted(counted(fields.stems, &stem), FORM)));
                ways.push(boosted(self.in_title(word), TITLE));
                any(ways.into_iter())
            }
            Term::Beginning(Place::Title, word) => begun(fields.title_words, word),
            Term::Beginning(Place::Anywhere, word) => begun(fields.words, word),
            Term::Phrase(Place::Title, words) => phrase(fields.title_words, words),
            Term::Phrase(Place::Anywhere, words) => phrase(fields.words, words),
        }
    }

    fn in_title(&self, word: &Word) -> Box<dyn Query> {
        let fields = self.fields;
        if is_lone(word) {
            return begun(fields.title_words, word);
        }
        let forms = self.stems.of(word);
        let mut ways = vec![counted(fields.title_words, &folded(word))];
        ways.extend(forms.map(|stem| boosted(counted(fields.title_stems, &stem), FORM)));
        any(ways.into_iter())
    }
}

/// One character of a script without blanks: every pair that it begins is meant.
fn is_lone(word: &Word) -> bool {
    word.script == Script::Pair && word.text.chars().nth(1).is_none()
}

fn any(queries: impl Iterator<Item = Box<dyn Query>>) -> Box<dyn Query> {
    let mut queries: Vec<_> = queries.collect();
    match queries.pop() {
        None => Box::new(EmptyQuery),
        Some(only) if queries.is_empty() => only,
        Some(last) => {
            queries.push(last);
            Box::new(BooleanQuery::union(queries))
        }
    }
}

fn counted(field: Field, text: &str) -> Box<dyn Query> {
    let key = Key::from_field_text(field, text);
    Box::new(TermQuery::new(key, IndexRecordOption::WithFreqs))
}

fn named(field: Field, text: &str) -> Box<dyn Query> {
    let key = Key::from_field_text(field, text);
    weightless(TermQuery::new(key, IndexRecordOption::Basic))
}

fn begun(field: Field, word: &Word) -> Box<dyn Query> {
    let key = Key::from_field_text(field, &folded(word));
    let mut query = PhrasePrefixQuery::new(vec![key]);
    query.set_max_expansions(MOST_BEGUN);
    Box::new(ConstScoreQuery::new(Box::new(query), 1.0))
}

fn phrase(field: Field, words: &[Word]) -> Box<dyn Query> {
    if let [word] = words {
        return counted(field, &folded(word));
    }
    let first = words.first().map_or(0, |word| word.place);
    let keys = words.iter().map(|word| {
        let key = Key::from_field_text(field, &folded(word));
        (word.place - first, key)
    });
    Box::new(PhraseQuery::new_with_offset(keys.collect()))
}

fn boosted(query: Box<dyn Query>, by: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, by))
}

/// What lets pass and says nothing of how well something fits.
fn weightless(query: impl Query) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(Box::new(query), 0.0))
}
