//! What the index holds of an article: words to be found by, and four numbers. Not its text: that
//! stands in the store.

use tantivy::schema::{
    BytesOptions, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{TantivyDocument, Term};

use super::stems::Stems;
use super::words::{Word, folded, words};
use crate::model::article::Article;
use crate::model::id::ArticleId;
use crate::model::language::primary_subtag;
use crate::model::tag::comparable_tag;

/// Names of the columns.
pub(super) const STORED: &str = "stored";
pub(super) const REVISION: &str = "revision";
pub(super) const ID_HIGH: &str = "id_high";
pub(super) const ID_LOW: &str = "id_low";

/// Between the last word of the title and the first of the text: no phrase reaches over it.
const GAP: usize = 100;
/// Words of one article that are taken in; a book is none.
const MOST_WORDS: usize = 100_000;

/// The fields.
#[derive(Clone)]
pub(super) struct Fields {
    pub(super) schema: Schema,
    /// By which an article is replaced and removed.
    pub(super) id: Field,
    /// Title and text, word for word, with places.
    pub(super) words: Field,
    /// The same by their stems, without places.
    pub(super) stems: Field,
    pub(super) title_words: Field,
    pub(super) title_stems: Field,
    pub(super) outlet: Field,
    pub(super) language: Field,
    pub(super) tag: Field,
    pub(super) stored: Field,
    revision: Field,
    id_high: Field,
    id_low: Field,
}

impl Fields {
    pub(super) fn new() -> Self {
        let mut schema = Schema::builder();
        // Tokens come ready made; the name of a tokenizer is asked for all the same.
        let indexing = |option, norms| {
            TextOptions::default().set_indexing_options(
                TextFieldIndexing::default()
                    .set_tokenizer("raw")
                    .set_fieldnorms(norms)
                    .set_index_option(option),
            )
        };
        let placed = || indexing(IndexRecordOption::WithFreqsAndPositions, true);
        let counted = || indexing(IndexRecordOption::WithFreqs, true);
        let named = || indexing(IndexRecordOption::Basic, false);
        let column = || NumericOptions::default().set_fast();
        Self {
            id: schema.add_bytes_field("id", BytesOptions::default().set_indexed()),
            words: schema.add_text_field("words", placed()),
            stems: schema.add_text_field("stems", counted()),
            title_words: schema.add_text_field("title_words", placed()),
            title_stems: schema.add_text_field("title_stems", counted()),
            outlet: schema.add_text_field("outlet", named()),
            language: schema.add_text_field("language", named()),
            tag: schema.add_text_field("tag", named()),
            stored: schema.add_i64_field(STORED, column()),
            revision: schema.add_u64_field(REVISION, column()),
            id_high: schema.add_u64_field(ID_HIGH, column()),
            id_low: schema.add_u64_field(ID_LOW, column()),
            schema: schema.build(),
        }
    }

    /// What names an article.
    pub(super) fn key(&self, id: ArticleId) -> Term {
        Term::from_field_bytes(self.id, id.0.as_bytes())
    }

    /// An article as the index holds it.
    pub(super) fn document(&self, article: &Article) -> TantivyDocument {
        let content = &article.revision.content;
        let mut document = TantivyDocument::default();
        document.add_bytes(self.id, article.id.0.as_bytes());
        let (high, low) = article.id.0.as_u64_pair();
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        document.add_i64(self.stored, place_in_time(article.stored));
        document.add_u64(self.revision, article.revision.number.into());
        document.add_text(self.outlet, article.outlet.as_str().to_lowercase());
        let language = content.language.as_deref().map(primary_subtag);
        if let Some(language) = &language {
            document.add_text(self.language, language);
        }
        for tag in &content.tags {
            document.add_text(self.tag, comparable_tag(tag));
        }
        let stems = Stems::of_article(language.as_deref());
        let title = words(content.title.as_deref().unwrap_or_default());
        let mut all = title.clone();
        let mut first = title.last().map_or(0, |last| last.place + GAP);
        for block in &content.blocks {
            if all.len() > MOST_WORDS {
                break;
            }
            let words = words(&block.text);
            let next = words.last().map_or(first, |last| first + last.place + 1);
            all.extend(words.into_iter().map(|word| Word {
                place: first + word.place,
                ..word
            }));
            first = next;
        }
        document.add_pre_tokenized_text(self.title_stems, stemmed(&stems, &title));
        document.add_pre_tokenized_text(self.title_words, exact(&title));
        document.add_pre_tokenized_text(self.stems, stemmed(&stems, &all));
        document.add_pre_tokenized_text(self.words, exact(&all));
        document
    }
}

fn exact(words: &[Word]) -> PreTokenizedString {
    tokens(words.iter().map(|word| (word.place, folded(word))))
}

fn stemmed(stems: &Stems, words: &[Word]) -> PreTokenizedString {
    let place = |word: &Word| word.place;
    tokens(
        words
            .iter()
            .flat_map(|word| stems.of(word).map(move |stem| (place(word), stem))),
    )
}

fn tokens(words: impl Iterator<Item = (usize, String)>) -> PreTokenizedString {
    let token = |(position, text)| Token {
        offset_from: 0,
        offset_to: 0,
        position,
        text,
        position_length: 1,
    };
    PreTokenizedString {
        text: String::new(),
        tokens: words.map(token).collect(),
    }
}

/// A time as the index holds it: nanoseconds, which last until the year 2262.
pub(super) fn place_in_time(time: jiff::Timestamp) -> i64 {
    let nanoseconds = time.as_nanosecond();
    i64::try_from(nanoseconds).unwrap_or(if nanoseconds < 0 { i64::MIN } else { i64::MAX })
}
